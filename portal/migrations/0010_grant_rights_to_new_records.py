"""Grant the roles what they may do with API keys, checked links and imports."""

from django.db import migrations

from portal.role_migrations import grant

LINKS = {"portal.checkedlink": ["view"]}


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0009_api_keys_and_time_of_change"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(
            *grant(
                {
                    "Editor": LINKS,
                    "Publisher": LINKS,
                    "Administrator": {
                        **LINKS,
                        # They are revoked, which changes them, and never deleted.
                        "portal.apikey": ["add", "change", "view"],
                        # Those of others: one's own imports take no permission.
                        "portal.import": ["view"],
                    },
                }
            )
        )
    ]
