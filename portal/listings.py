"""The one way in which public lists are filtered, sorted and paged."""

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponsePermanentRedirect
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django_filters.views import FilterView
from django_tables2 import Column

from .exports import FORMATS, Export, ExportColumn, export_response
from .listing_address import ListingAddress

PAGE_SIZES = (25, 50, 100)
# The keys that every list has beside its filters.
KEYS = ("columns", "format", "page", "per_page", "sort")
NOT_STATED = _("Not stated")


class SortedColumn(Column):
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
            accessor=count,
            default=NOT_STATED,
            attrs={"number": True},
            initial_sort_descending=True,
            **kwargs,
        )

    def render(self, value):
        return number_format(value, force_grouping=True)


class Listing:
    """The records that an address asks for: filtered, sorted, one page of them.

    What the address asks for and the list does not know is in ``ignored``, as
    pairs of key and value, and is left out.
    """

    def __init__(
        self, request, filterset, table_class, page_sizes=PAGE_SIZES, own_keys=()
    ):
        self.address = ListingAddress.read(request).only(
            *filterset.filters, *KEYS, *own_keys
        )
        self.filterset = filterset
        self.page_sizes = page_sizes
        self.ignored = filterset.ignored() if filterset.is_bound else []
        self.table = table_class(data=filterset.qs)
        self.table.request = request
        self.choose_columns()
        self.sort()
        self.turn_to_page()

    def choose_columns(self):
        """Show the columns asked for, or all; the heading of a row always stands."""
        columns = self.table.columns
        self.columns = [
            column for column in columns if not column.column.attrs.get("row_header")
        ]
        names = {column.name for column in self.columns}
        asked = self.address.values.get("columns", ())
        self.ignored += [("columns", name) for name in asked if name not in names]
        chosen = names.intersection(asked) or names
        for name in names - chosen:
            columns.hide(name)

    def sort(self):
        columns = self.table.columns
        for key in self.address.values.get("sort", ()):
            column = key.removeprefix("-")
            if column in columns.names() and columns[column].orderable:
                self.table.order_by = key
            else:
                self.ignored.append(("sort", key))

    def turn_to_page(self):
        """Show the page asked for, or the last where there are fewer."""
        per_page = self.whole_number("per_page", self.page_sizes[0])
        if per_page not in self.page_sizes:
            self.ignored.append(("per_page", self.address.first("per_page")))
            per_page = self.page_sizes[0]
        number = self.whole_number("page", 1)
        if number < 1:
            self.ignored.append(("page", self.address.first("page")))
            number = 1
        # A table that knows its paginator counts its rows and does not load them all.
        self.table.paginator = paginator = Paginator(self.table.rows, per_page)
        self.beyond_last_page = number > paginator.num_pages
        self.table.page = paginator.page(min(number, paginator.num_pages))

    def whole_number(self, key, default):
        text = self.address.first(key)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            self.ignored.append((key, text))
            return default

    def context(self):
        """Return what the templates of a list show."""
        page = self.table.page
        filters = self.filterset.filters
        address = self.address.less(self.ignored)
        return {
            "address": address,
            "filter": self.filterset,
            "table": self.table,
            "ignored": self.ignored,
            "beyond_last_page": self.beyond_last_page,
            "chosen": self.filterset.chosen(),
            # What a form of filters, or of columns, leaves as it is.
            "kept": address.pairs(*filters, "page", "format"),
            "kept_by_columns": address.pairs("columns", "page", "format"),
            "columns": self.columns,
            "pages": list(page.paginator.get_elided_page_range(page.number)),
            "page_sizes": self.page_sizes,
            "total": page.paginator.count,
        }


class ListingView(FilterView):
    """The page of a public list: filters beside a table."""

    strict = False
    page_sizes = PAGE_SIZES
    # Keys of its address that are neither a filter nor those of every list.
    own_keys = ()
    template_name_suffix = "_list"
    former_columns = {}
    # What a download has in each row; none where the list cannot be downloaded.
    export_columns = ()

    def get(self, request, *args, **kwargs):
        address = ListingAddress.read(request).present(self.former_columns)
        if address is not None:
            return HttpResponsePermanentRedirect(str(address))
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return super().get_queryset().published()

    def get_context_data(self, **kwargs):
        listing = Listing(
            self.request,
            self.filterset,
            self.table_class,
            self.page_sizes,
            self.own_keys,
        )
        asked = self.request.GET.get("format")
        if self.export_columns and asked and asked not in FORMATS:
            listing.ignored.append(("format", asked))
        return (
            super().get_context_data(**kwargs)
            | listing.context()
            | {"formats": FORMATS if self.export_columns else ()}
        )

    def render_to_response(self, context, **response_kwargs):
        asked = self.request.GET.get("format")
        if asked not in context["formats"]:
            return super().render_to_response(context, **response_kwargs)
        page = ExportColumn("page", _("Page"), self.address_of)
        shown = {column.name for column in context["table"].columns}
        columns = [
            column
            for column in self.export_columns
            # All there is, unless somebody chose what to see.
            if column.column in shown or not context["address"].first("columns")
        ]
        export = Export(
            name=self.model._meta.verbose_name_plural.replace(" ", "-"),
            columns=[*columns, page],
            records=context["table"].data.data.for_export(),
            address=self.request.build_absolute_uri(),
            filters=[(label, text) for _k, _v, label, text in context["chosen"]],
        )
        return export_response(export, asked)

    def address_of(self, record):
        return self.request.build_absolute_uri(record.get_absolute_url())
