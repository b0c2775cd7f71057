import uuid

from django.db import migrations


def give_uids(apps, schema_editor):
    """Replace the one value that all rows of a table got when it gained the column."""
    for name in ("Achievement", "Event", "NewsItem"):
        manager = apps.get_model("events", name)._base_manager
        records = []
        for record in manager.only("pk").iterator():
            record.uid = uuid.uuid4()
            records.append(record)
        manager.bulk_update(records, ["uid"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("events", "0002_count_changes_and_end_elsewhere")]

    operations = [migrations.RunPython(give_uids, migrations.RunPython.noop)]
