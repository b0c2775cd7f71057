import uuid

from django.db import migrations, models

import events.fields
import events.times

SYNDICATED = ("achievement", "event", "newsitem")


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="end_time_zone",
            field=models.CharField(
                blank=True,
                help_text="Only where it ends in another time zone than it begins in.",
                max_length=60,
                validators=[events.times.validate_time_zone],
                verbose_name="time zone of the end",
                default="",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="event",
            name="sequence",
            field=events.fields.SequenceField(),
        ),
        *(
            migrations.AddField(
                model_name=model_name,
                name="uid",
                field=models.UUIDField(default=uuid.uuid4, editable=False, null=True),
            )
            for model_name in SYNDICATED
        ),
    ]
