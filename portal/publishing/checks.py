"""What keeps a record from being published, in sentences for editors."""

from dataclasses import dataclass

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.readability import problems_for_readers

from .snapshots import rows_of


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where in the form of the record to mend it."""

    text: str
    label: str = ""
    # The fragment that leads to the field; empty where none does.
    anchor: str = ""

    def __str__(self):
        return f"{self.label}: {self.text}" if self.label else self.text


def problems_of(record) -> list[Problem]:
    """Return what keeps ``record`` itself from being published."""
    missing = record.missing_for_publication()
    problems = [of_field(record, name, text) for name, text in missing.items()]
    problems += [
        of_field(record, name, text)
        for name, texts in errors_of(record).items()
        if name not in missing
        for text in texts
    ]
    problems += [of_field(record, *found) for found in problems_for_readers(record)]
    return problems


def errors_of(record) -> dict[str, list[str]]:
    """Return what the validation of a stored record finds, by the names of fields."""
    try:
        record.full_clean()
    except ValidationError as error:
        return error.message_dict
    finally:
        for field in record._meta.concrete_fields:
            if isinstance(field, models.FileField):
                # Validators look into the file, and leave it open.
                getattr(record, field.name).close()
    return {}


def of_field(record, name, text) -> Problem:
    if name == NON_FIELD_ERRORS:
        return Problem(str(text))
    field = record._meta.get_field(name)
    # Their widget has two inputs, of which the first is the day.
    part = "_0" if isinstance(field, models.DateTimeField) else ""
    anchor = f"id_{name}{part}" if field.editable else ""
    return Problem(str(text), str(capfirst(field.verbose_name)), anchor)


def problems_of_rows(record) -> list[Problem]:
    """Return what is wrong with the rows of a record, as they are stored."""
    problems = []
    for rows in rows_of(type(record)):
        for row in rows.model._base_manager.filter(**{rows.owner: record.pk}):
            setattr(row, rows.owner, record)
            label = f"{capfirst(row._meta.verbose_name)} “{row}”"
            anchor = f"{rows.name}-group"
            problems += [
                Problem(text, label, anchor)
                for texts in errors_of(row).values()
                for text in texts
            ]
    return problems


def timing_problems_of(record) -> list[Problem]:
    """Return what keeps ``record`` from being approved for a time."""
    anchor = "id_publish_at_0"
    if record.publish_at is None:
        text = _("“Publish at” is empty; set the time in the record first.")
        return [Problem(text, anchor=anchor)]
    if record.publish_at <= timezone.now():
        text = _("“Publish at” has passed; set a later time, or publish at once.")
        return [Problem(text, anchor=anchor)]
    return problems_of(record)
