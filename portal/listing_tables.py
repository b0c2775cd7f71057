"""The columns of public lists: what they are called, and how each sorts."""

import copy

from django.db.models import F
from django_tables2 import Column, Table


class ListingColumn(Column):
    """A column that tables share, although each of them copies its columns."""

    def __deepcopy__(self, memo):
        # A request changes nothing within.
        return copy.copy(self)


class SortedColumn(ListingColumn):
    """A column whose blanks come last in both directions.

    Ties stand in the order of the model, or that of ``ties``, and then in that of
    entry, so that pages never overlap.
    """

    def __init__(self, *args, sort, ties=None, **kwargs):
        self.sort = sort
        self.ties = ties
        super().__init__(*args, **kwargs)

    def order(self, queryset, is_descending):
        key = F(self.sort)
        ordered = (
            key.desc(nulls_last=True) if is_descending else key.asc(nulls_last=True)
        )
        ties = queryset.model._meta.ordering if self.ties is None else self.ties
        return queryset.order_by(ordered, *ties, "pk"), True


class CountColumn(SortedColumn):
    """How many there are of something, the most first."""

    def __init__(self, *args, count, **kwargs):
        super().__init__(
            *args,
            sort=count,
            attrs={"number": True},
            initial_sort_descending=True,
            **kwargs,
        )


class ListingTable(Table):
    """The columns of a public list: their headings, and how each sorts.

    ``Meta.template_name`` shows the list; the usual one is a table, whose rows are
    shown by ``rows_template``.
    """

    rows_template = ""
    caption = ""

    @classmethod
    def orders(cls):
        """Return the columns by which the list can be sorted, by their names."""
        columns = cls.base_columns.items()
        return {name: column for name, column in columns if hasattr(column, "sort")}

    @staticmethod
    def load(queryset):
        """Load all that the list shows of these records."""
        return queryset

    @staticmethod
    def row_of(record):
        """Return what the list shows of a record of its queryset."""
        return record
