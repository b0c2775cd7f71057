from django.db import migrations

from portal.rich_text import paragraphs, plain_text

FIELDS = ("lead", "rest")


def to_paragraphs(apps, schema_editor):
    convert(apps, paragraphs)


def to_plain_text(apps, schema_editor):
    convert(apps, plain_text)


def convert(apps, write):
    """Write the texts otherwise, and what the data files last said of them."""
    section_model = apps.get_model("countries", "CountrySection")
    sections = list(section_model.objects.only(*FIELDS))
    for section in sections:
        for name in FIELDS:
            setattr(section, name, write(getattr(section, name)))
    section_model.objects.bulk_update(sections, FIELDS, batch_size=200)

    loaded_model = apps.get_model("portal", "LoadedRecord")
    loaded = list(loaded_model.objects.filter(entity="countries.countrysection"))
    for record in loaded:
        texts = {name: record.values[name] for name in FIELDS if name in record.values}
        record.values |= {name: write(text) for name, text in texts.items()}
    loaded_model.objects.bulk_update(loaded, ["values"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [
        ("countries", "0004_let_some_work_on_every_country"),
        ("portal", "0001_initial"),
    ]

    operations = [migrations.RunPython(to_paragraphs, to_plain_text)]
