from django.db import migrations

from portal.rich_text import paragraphs, plain_text


def to_paragraphs(apps, schema_editor):
    convert(apps, paragraphs)


def to_plain_text(apps, schema_editor):
    convert(apps, plain_text)


def convert(apps, write):
    for name in ("Achievement", "NewsItem"):
        model = apps.get_model("events", name)
        records = list(model.objects.exclude(body="").only("body"))
        for record in records:
            record.body = write(record.body)
        model.objects.bulk_update(records, ["body"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("events", "0006_keep_history")]

    operations = [migrations.RunPython(to_paragraphs, to_plain_text)]
