import django.core.validators
from django.db import migrations, models

import portal.partial_dates


class Migration(migrations.Migration):
    dependencies = [
        ("countries", "0007_let_drafts_be_incomplete"),
    ]

    operations = [
        migrations.AlterField(
            model_name="fact",
            name="year",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty where it is not stated.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1800),
                    portal.partial_dates.not_after_this_year,
                ],
                verbose_name="year",
            ),
        ),
        migrations.AlterField(
            model_name="historicalfact",
            name="year",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty where it is not stated.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1800),
                    portal.partial_dates.not_after_this_year,
                ],
                verbose_name="year",
            ),
        ),
    ]
