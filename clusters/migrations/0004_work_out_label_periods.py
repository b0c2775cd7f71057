from django.db import migrations

BATCH = 1000


def fill(model, names):
    """Work out columns that follow from others, as saving would."""
    fields = [model._meta.get_field(name) for name in names]
    batch = []
    for record in model.objects.iterator(chunk_size=BATCH):
        for field in fields:
            field.pre_save(record, add=False)
        batch.append(record)
        if len(batch) == BATCH:
            model.objects.bulk_update(batch, names)
            batch = []
    model.objects.bulk_update(batch, names)


def fill_all(apps, schema_editor):
    fill(apps.get_model("clusters", "Cluster"), ["city_key"])
    fill(apps.get_model("clusters", "EscaLabel"), ["begins_on", "open_until"])


class Migration(migrations.Migration):
    dependencies = [("clusters", "0003_add_label_periods_and_cluster_history")]

    operations = [migrations.RunPython(fill_all, migrations.RunPython.noop)]
