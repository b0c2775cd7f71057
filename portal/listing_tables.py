"""The columns of public lists: what they are called, and how each sorts."""

import copy

from django.db.models import CharField, F, Value
from django.db.models.functions import NullIf
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

    def __init__(self, *args, sort, ties=None, may_be_empty=False, **kwargs):
        self.sort = sort
        self.ties = ties
        # A text that is not stated is empty, which would come first.
        self.may_be_empty = may_be_empty
        super().__init__(*args, **kwargs)

    def order(self, queryset, is_descending):
        key = F(self.sort)
        if self.may_be_empty:
            key = F(f"{self.sort}_stated")
            stated = NullIf(self.sort, Value(""), output_field=CharField())
            queryset = queryset.annotate(**{key.name: stated})
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
