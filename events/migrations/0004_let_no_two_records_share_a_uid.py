import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_give_each_record_a_uid")]

    operations = [
        migrations.AlterField(
            model_name=model_name,
            name="uid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        )
        for model_name in ("achievement", "event", "newsitem")
    ]
