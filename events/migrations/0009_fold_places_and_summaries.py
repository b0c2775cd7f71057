from django.db import migrations

import portal.folding

FIELDS = {
    "event": {"venue_key": "venue", "city_key": "city"},
    "achievement": {"summary_key": "summary"},
    "newsitem": {"summary_key": "summary"},
}
LONGEST = {"venue_key": 400, "city_key": 400, "summary_key": 2000}


class Migration(migrations.Migration):
    dependencies = [("events", "0008_let_drafts_be_incomplete")]

    operations = [
        migrations.AddField(
            model_name=model,
            name=name,
            field=portal.folding.FoldedField(
                default="", max_length=LONGEST[name], source=source
            ),
            preserve_default=False,
        )
        for model, fields in FIELDS.items()
        for name, source in fields.items()
    ]
