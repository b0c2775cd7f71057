"""Dates of which a source may state only the month or the year.

Such a date is two columns: the day, and how much of it was stated. The day
column holds the first day of a stated month or year where something begins
and the last where it ends, so that comparing days needs no special case.
"""

import calendar
import datetime
import re
from dataclasses import dataclass
from functools import partialmethod
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

STATED = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


# Labels and partnerships begin and end with the day in Brussels.
BRUSSELS = ZoneInfo("Europe/Brussels")


def today() -> datetime.date:
    return timezone.localdate(timezone=BRUSSELS)


def not_after_this_year(year: int) -> None:
    """Refuse a year that has not begun, for what can be known only afterwards."""
    if year > today().year:
        message = _("The year %(year)d has not begun yet.")
        raise ValidationError(message, params={"year": year})


class Precision(models.TextChoices):
    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


class Edge(models.TextChoices):
    FIRST = "first"
    LAST = "last"


def parse_partial_date(text: str) -> tuple[datetime.date | None, Precision]:
    """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; nothing stated gives None.

    Raises ValueError for any other text and for days that do not exist.
    """
    if not text:
        return None, Precision.DAY
    match = STATED.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}” is not a date; write YYYY, YYYY-MM or YYYY-MM-DD.")
    year, month, day = match.groups()
    stated = datetime.date(int(year), int(month or 1), int(day or 1))
    if day:
        return stated, Precision.DAY
    return stated, Precision.MONTH if month else Precision.YEAR


def snap(day: datetime.date, precision: str, edge: str) -> datetime.date:
    """Move ``day`` to the first or last day of the period that was stated."""
    if precision == Precision.DAY:
        return day
    if precision == Precision.YEAR:
        day = day.replace(month=12 if edge == Edge.LAST else 1, day=1)
    if edge == Edge.LAST:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day.replace(day=1)


def format_partial_date(day: datetime.date, precision: str) -> str:
    patterns = {Precision.DAY: "DATE_FORMAT", Precision.MONTH: "YEAR_MONTH_FORMAT"}
    return formats.date_format(day, patterns.get(precision, "Y"))


@dataclass(frozen=True)
class PartialDate:
    """A day, and how much of it was stated."""

    day: datetime.date
    precision: str = Precision.DAY

    def __str__(self):
        return format_partial_date(self.day, self.precision)

    @property
    def iso(self) -> str:
        return iso_partial_date(self.day, self.precision)

    def snapped(self, edge: str) -> datetime.date:
        return snap(self.day, self.precision, edge)


def iso_partial_date(day: datetime.date, precision: str) -> str:
    """Return as much of the ISO 8601 date as was stated."""
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]


class PrecisionField(models.CharField):
    """How much of the date beside it was stated."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("verbose_name", _("stated to the"))
        kwargs["max_length"] = 5
        kwargs["choices"] = Precision
        kwargs["default"] = Precision.DAY
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for implied in ("max_length", "choices", "default"):
            del kwargs[implied]
        return name, path, args, kwargs


class PartialDateField(models.DateField):
    """A date whose precision stands in the field ``<name>_precision``.

    The model gains ``get_<name>_display()`` and ``get_<name>_iso()``; both
    return an empty text when the date is not stated.
    """

    def __init__(self, *args, edge=Edge.FIRST, **kwargs):
        self.edge = edge
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.edge != Edge.FIRST:
            kwargs["edge"] = str(self.edge)
        return name, path, args, kwargs

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        for suffix, form in (
            ("display", format_partial_date),
            ("iso", iso_partial_date),
        ):
            method = partialmethod(_stated, field=self, form=form)
            setattr(cls, f"get_{name}_{suffix}", method)

    def snapped(self, value, instance):
        if value is None:
            return None
        return snap(value, getattr(instance, f"{self.name}_precision"), self.edge)

    def clean(self, value, model_instance):
        return self.snapped(super().clean(value, model_instance), model_instance)

    def pre_save(self, model_instance, add):
        value = self.snapped(
            self.to_python(super().pre_save(model_instance, add)), model_instance
        )
        setattr(model_instance, self.attname, value)
        return value


def _stated(instance, field, form):
    value = getattr(instance, field.attname)
    if value is None:
        return ""
    return form(value, getattr(instance, f"{field.name}_precision"))
