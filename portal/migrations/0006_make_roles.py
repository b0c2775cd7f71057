"""Make the groups Editor, Publisher and Administrator; see docs/back-office.md."""

from django.db import migrations

from portal.role_migrations import grant

WRITTEN = (
    "countries.countrysection",
    "clusters.cluster",
    "partnerships.partnership",
    "events.event",
    "events.achievement",
    "events.newsitem",
)
PARTS = (
    "countries.countryalias",
    "countries.fact",
    "countries.organisation",
    "countries.report",
    "clusters.formername",
    "clusters.membercount",
    "clusters.escalabel",
    "partnerships.membership",
    "events.correction",
)
VOCABULARIES = (
    "countries.indicator",
    "clusters.industry",
    "clusters.technologyfield",
)
ALL = ["add", "change", "delete", "view"]

EDITOR = {
    "countries.country": ["change", "view"],
    **dict.fromkeys(WRITTEN, ["add", "change", "view"]),
    **dict.fromkeys(PARTS, ALL),
    "countries.source": ["add", "view"],
    **dict.fromkeys(VOCABULARIES, ["view"]),
}
PUBLISHER = {
    **EDITOR,
    "countries.country": ["add", "change", "view", "publish", "edit_every_country"],
    **dict.fromkeys(WRITTEN, ["add", "change", "view", "publish"]),
    "countries.source": ["add", "change", "view"],
}
ADMINISTRATOR = {
    "countries.country": [*ALL, "publish", "edit_every_country"],
    **dict.fromkeys(WRITTEN, [*ALL, "publish"]),
    **dict.fromkeys(PARTS, ALL),
    "countries.source": ALL,
    **dict.fromkeys(VOCABULARIES, ALL),
    "auth.user": ALL,
    "auth.group": ALL,
}


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0005_let_drafts_stand_beside_records"),
        ("countries", "0004_let_some_work_on_every_country"),
        ("clusters", "0007_keep_history"),
        ("partnerships", "0004_keep_history"),
        ("events", "0006_keep_history"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(
            *grant(
                {
                    "Editor": EDITOR,
                    "Publisher": PUBLISHER,
                    "Administrator": ADMINISTRATOR,
                }
            )
        )
    ]
