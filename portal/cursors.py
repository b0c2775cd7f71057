"""Pages of a list that stay whole while records come and go.

A cursor holds the values by which a list is sorted, as they were of the record beside
which a page begins. Whatever is added, changed or withdrawn meanwhile, the next page
begins with what then stands behind these values. Rows that are blank in a column come
last in both of its directions.
"""

import datetime
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Q, QuerySet
from django.db.models.functions import NullIf

# The longest values that a list is sorted by, in the characters of an address.
LONGEST_CURSOR = 3500


@dataclass(frozen=True)
class Step:
    """One of the columns by which a list is sorted."""

    path: str
    is_descending: bool
    field: Field
    has_blanks: bool

    def expression(self, *, backwards: bool):
        descends = self.is_descending != backwards
        # Told only where there are blanks, because no index is sorted so by itself.
        if not self.has_blanks:
            options = {}
        elif backwards:
            options = {"nulls_first": True}
        else:
            options = {"nulls_last": True}
        column = F(self.path)
        return column.desc(**options) if descends else column.asc(**options)

    def beyond(self, value, *, backwards: bool) -> Q | None:
        """Return the condition of standing behind a value; None where nothing does."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backwards else None
        lookup = "lt" if self.is_descending != backwards else "gt"
        condition = Q(**{f"{self.path}__{lookup}": value})
        if self.has_blanks and not backwards:
            condition |= Q(**{f"{self.path}__isnull": True})
        return condition

    def equal(self, value) -> Q:
        if value is None:
            return Q(**{f"{self.path}__isnull": True})
        return Q(**{self.path: value})

    def read(self, value) -> Any:
        """Return what a cursor says of this column; ValueError where it cannot be."""
        if value is None and self.has_blanks:
            return None
        if not isinstance(value, str | int) or "\0" in str(value):
            raise ValueError(value)
        # Half of a pair of surrogates is no text.
        str(value).encode()
        value = self.field.to_python(value)
        if value is None:
            raise ValueError(value)
        self.field.run_validators(value)
        if hasattr(value, "tzinfo"):
            # Databases write it so, and cannot where the year becomes none.
            value = value.astimezone(datetime.UTC)
        return value


class Order:
    """How a list is sorted: columns that together have no ties."""

    def __init__(self, queryset: QuerySet):
        """Read the order of a queryset; its last column is that of the keys."""
        self.steps: list[Step] = []
        for item in queryset.query.order_by:
            step = self.step(queryset, item)
            if step.path not in [known.path for known in self.steps]:
                self.steps.append(step)
        if not self.steps:
            raise ValueError(f"{queryset.model.__name__}: a list needs an order.")

    @staticmethod
    def step(queryset: QuerySet, item) -> Step:
        if isinstance(item, str):
            path, is_descending = item.removeprefix("-"), item.startswith("-")
        else:
            path, is_descending = item.expression.name, item.descending
        annotation = queryset.query.annotations.get(path)
        if annotation is not None:
            has_blanks = isinstance(annotation, NullIf)
            return Step(path, is_descending, annotation.output_field, has_blanks)
        options, parts = queryset.model._meta, path.split("__")
        for part in parts[:-1]:
            options = options.get_field(part).related_model._meta
        field = options.pk if parts[-1] == "pk" else options.get_field(parts[-1])
        return Step(path, is_descending, field, field.null)

    def sorted(self, queryset: QuerySet, *, backwards: bool) -> QuerySet:
        """Sort, and let each record say by which values."""
        order = [step.expression(backwards=backwards) for step in self.steps]
        return self.annotated(queryset).order_by(*order)

    @property
    def names(self) -> list[str]:
        return [f"cursor_{number}" for number in range(len(self.steps))]

    def annotated(self, queryset: QuerySet) -> QuerySet:
        """Let each record say by which values it is sorted, as ``names``."""
        paths = [F(step.path) for step in self.steps]
        return queryset.annotate(**dict(zip(self.names, paths, strict=True)))

    def values_of(self, record) -> list:
        return [getattr(record, name) for name in self.names]

    def beyond(self, values: Sequence, *, backwards: bool) -> Q:
        """Return the condition of standing behind these values, or before them."""
        found, equal = Q(), Q()
        for step, value in zip(self.steps, values, strict=True):
            further = step.beyond(value, backwards=backwards)
            if further is not None:
                found |= equal & further
            equal &= step.equal(value)
        return found

    def read(self, values) -> list:
        """Return values of a cursor as those of the columns; raises ValueError."""
        if not isinstance(values, list) or len(values) != len(self.steps):
            raise ValueError(values)
        try:
            pairs = zip(self.steps, values, strict=True)
            return [step.read(value) for step, value in pairs]
        except (TypeError, OverflowError, ValidationError) as error:
            raise ValueError(values) from error


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: behind these values, or before them.

    Without values it is the first page of all, or backwards the last one.
    """

    # The order of the list, as its address names it.
    sort: str
    backwards: bool
    values: Sequence = ()

    def __str__(self):
        values = [
            value.isoformat() if hasattr(value, "isoformat") else value
            for value in self.values
        ]
        parts = [self.sort, int(self.backwards), values]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str, order: Order) -> "Cursor":
        """Read a cursor of a list in this order; ValueError where it is none."""
        padding = "=" * (-len(text) % 4)
        content = urlsafe_b64decode((text + padding).encode("ascii"))
        try:
            parts = json.loads(content)
        except RecursionError as error:
            raise ValueError(text) from error
        match parts:
            case [str(named), 0 | 1 as backwards, values] if named == sort:
                values = order.read(values) if values != [] else ()
                return cls(sort, backwards == 1, values)
        raise ValueError(text)


@dataclass(frozen=True)
class Page:
    """Rows in their order, and the cursors of the pages beside them."""

    rows: list
    next: Cursor | None
    previous: Cursor | None

    @classmethod
    def of(cls, found: list[tuple[Sequence, Any]], size: int, sort: str, cursor):
        """Make a page of rows with their values, in the order in which they were asked.

        There is one more than the page has room for, where there are more.
        """
        backwards = cursor is not None and cursor.backwards
        has_more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        is_beside_rows = cursor is not None and bool(cursor.values)
        if not found:
            return cls.empty(sort, backwards) if is_beside_rows else cls([], None, None)
        first, last = found[0][0], found[-1][0]
        has_next = is_beside_rows if backwards else has_more
        has_previous = has_more if backwards else is_beside_rows
        return cls(
            [row for _values, row in found],
            Cursor(sort, False, last) if has_next else None,
            Cursor(sort, True, first) if has_previous else None,
        )

    @classmethod
    def empty(cls, sort: str, backwards: bool):
        """Make the page of rows that all went, which leads back to those that stand."""
        if backwards:
            return cls([], Cursor(sort, backwards=False), None)
        return cls([], None, Cursor(sort, backwards=True))
