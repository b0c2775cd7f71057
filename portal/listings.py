"""The one way in which public lists are filtered, sorted and paged."""

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponsePermanentRedirect
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django_filters.views import FilterView
from django_tables2 import Column

from .exports import FORMATS, Export, ExportColumn, export_response

PAGE_SIZES = (25, 50, 100)
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

    def __init__(self, request, filterset, table_class, page_sizes=PAGE_SIZES):
        self.query = request.GET
        self.filterset = filterset
        self.page_sizes = page_sizes
        self.ignored = filterset.ignored() if filterset.is_bound else []
        self.table = table_class(data=filterset.qs)
        self.table.request = request
        self.sort()
        self.turn_to_page()

    def sort(self):
        columns = self.table.columns
        for key in self.query.getlist("sort"):
            column = key.removeprefix("-")
            if column in columns and columns[column].orderable:
                self.table.order_by = key
            elif key:
                self.ignored.append(("sort", key))

    def turn_to_page(self):
        """Show the page asked for, or the last where there are fewer."""
        per_page = self.whole_number("per_page", self.page_sizes[0])
        if per_page not in self.page_sizes:
            self.ignored.append(("per_page", self.query["per_page"]))
            per_page = self.page_sizes[0]
        number = self.whole_number("page", 1)
        if number < 1:
            self.ignored.append(("page", self.query["page"]))
            number = 1
        # A table that knows its paginator counts its rows and does not load them all.
        self.table.paginator = paginator = Paginator(self.table.rows, per_page)
        self.beyond_last_page = number > paginator.num_pages
        self.table.page = paginator.page(min(number, paginator.num_pages))

    def whole_number(self, key, default):
        text = self.query.get(key, "")
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            self.ignored.append((key, text))
            return default

    def context(self, kept_keys=("sort", "per_page")):
        """Return what the templates of a list show.

        ``kept_keys`` are those that new filters leave as they are.
        """
        page = self.table.page
        return {
            "filter": self.filterset,
            "table": self.table,
            "ignored": self.ignored,
            "beyond_last_page": self.beyond_last_page,
            "chosen": self.filterset.chosen(),
            "kept": [
                (key, self.query[key]) for key in kept_keys if self.query.get(key)
            ],
            "pages": list(page.paginator.get_elided_page_range(page.number)),
            "page_sizes": self.page_sizes,
            "total": page.paginator.count,
        }


def present_address(request, former_columns: dict[str, str]) -> str | None:
    """Return what an address with the sort keys of the former platform is called now.

    ``former_columns`` tells the present names of columns; None where the address
    asks for no such column.
    """
    column = former_columns.get(request.GET.get("order"))
    if column is None:
        return None
    query = request.GET.copy()
    del query["order"]
    query["sort"] = f"-{column}" if query.get("sort") == "desc" else column
    pairs = sorted((key, text) for key, texts in query.lists() for text in texts)
    return f"{request.path}?{urlencode(pairs)}"


class ListingView(FilterView):
    """The page of a public list: filters beside a table."""

    strict = False
    page_sizes = PAGE_SIZES
    kept_keys = ("sort", "per_page")
    template_name_suffix = "_list"
    former_columns = {}
    # What a download has in each row; none where the list cannot be downloaded.
    export_columns = ()

    def get(self, request, *args, **kwargs):
        if address := present_address(request, self.former_columns):
            return HttpResponsePermanentRedirect(address)
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return super().get_queryset().published()

    def get_context_data(self, **kwargs):
        listing = Listing(
            self.request, self.filterset, self.table_class, self.page_sizes
        )
        asked = self.request.GET.get("format")
        if self.export_columns and asked and asked not in FORMATS:
            listing.ignored.append(("format", asked))
        return (
            super().get_context_data(**kwargs)
            | listing.context(self.kept_keys)
            | {"formats": FORMATS if self.export_columns else ()}
        )

    def render_to_response(self, context, **response_kwargs):
        asked = self.request.GET.get("format")
        if asked not in context["formats"]:
            return super().render_to_response(context, **response_kwargs)
        page = ExportColumn("page", _("Page"), self.address_of)
        export = Export(
            name=self.model._meta.verbose_name_plural.replace(" ", "-"),
            columns=[*self.export_columns, page],
            records=context["table"].data.data.for_export(),
            address=self.request.build_absolute_uri(),
            filters=[(label, text) for _k, _v, label, text in context["chosen"]],
        )
        return export_response(export, asked)

    def address_of(self, record):
        return self.request.build_absolute_uri(record.get_absolute_url())
