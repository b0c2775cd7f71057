from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0010_fill_folded_places_and_summaries"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="achievement",
            options={
                "default_permissions": ["add", "change", "delete", "view", "publish"],
                "ordering": (
                    models.OrderBy(models.F("date"), descending=True, nulls_last=True),
                    "-pk",
                ),
                "verbose_name": "achievement",
                "verbose_name_plural": "achievements",
            },
        ),
        migrations.AlterModelOptions(
            name="newsitem",
            options={
                "default_permissions": ["add", "change", "delete", "view", "publish"],
                "ordering": (
                    models.OrderBy(models.F("date"), descending=True, nulls_last=True),
                    "-pk",
                ),
                "verbose_name": "news item",
                "verbose_name_plural": "news items",
            },
        ),
    ]
