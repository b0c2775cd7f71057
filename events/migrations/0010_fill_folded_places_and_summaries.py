from django.db import migrations

FIELDS = {
    "Event": ["venue_key", "city_key"],
    "Achievement": ["summary_key"],
    "NewsItem": ["summary_key"],
}


def fill(apps, schema_editor):
    for name, keys in FIELDS.items():
        model = apps.get_model("events", name)
        fields = [model._meta.get_field(key) for key in keys]
        records = list(model.objects.only(*(field.source for field in fields)))
        for record in records:
            for field in fields:
                field.pre_save(record, add=False)
        model.objects.bulk_update(records, keys, batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("events", "0009_fold_places_and_summaries")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
