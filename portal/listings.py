"""The one way in which public lists are filtered, sorted and paged."""

from dataclasses import dataclass, replace

from django.core.paginator import Paginator
from django.http import HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.generic.base import ContextMixin, View
from django.views.generic.list import MultipleObjectTemplateResponseMixin

from .exports import FORMATS, Export, ExportColumn, export_response, in_batches
from .licence import terms_of_use
from .listing_address import ListingAddress
from .named_values import offers
from .publishing.schedule import settle
from .rate_limits import refusal
from .ready_downloads import offer
from .revalidation import revalidated
from .selection import Sorting

PAGE_SIZES = (25, 50, 100)
# The keys that every list has beside its filters.
KEYS = ("columns", "format", "page", "per_page", "sort")
# How many rows of a download are read at a time, and how many of them first. More at
# a time take memory that no process gives back, and no less time.
ROWS_AT_A_TIME = 500
FIRST_ROWS = 100


@dataclass(frozen=True)
class Heading:
    name: str
    text: str
    # Where a click on it leads; none where the column does not sort.
    address: ListingAddress | None
    # "ascending", "descending" or nothing.
    sorted: str
    is_number: bool


class LazyRecords:
    """The records of a list, described for the database only where that is asked.

    An index in memory answers without, and the description takes a twentieth of the
    time of a page.
    """

    def __init__(self, model, describe):
        self.model = model
        self.all = describe


class DatabaseRows:
    """The rows of a list in their order, read from the database as they are needed."""

    def __init__(self, queryset, table):
        self.queryset = queryset
        self.table = table

    def count(self):
        return self.queryset.count()

    def __getitem__(self, part):
        return [self.table.row_of(r) for r in self.table.load(self.queryset)[part]]

    def batches(self):
        records = self.table.load(self.queryset).for_export()
        rows = map(self.table.row_of, records.iterator(chunk_size=ROWS_AT_A_TIME))
        return in_batches(rows)


class IndexedRows:
    """The rows of a list in their order, found by an index in memory."""

    def __init__(self, selection, source, order):
        self.selection = selection
        self.source = source
        self.order = order

    def count(self):
        return self.selection.count()

    def __getitem__(self, part):
        keys = self.selection.keys(self.order, part.start, part.stop)
        return self.source.rows(self.selection.index, keys)

    def batches(self):
        # The first ones at once, so that a download begins to arrive.
        sizes = FIRST_ROWS, ROWS_AT_A_TIME
        keys = self.selection.keys_in_batches(self.order, *sizes)
        return self.source.batches(self.selection.index, keys)


class Listing:
    """The records that an address asks for: filtered, sorted, one page of them.

    What the address asks for and the list does not know is in ``ignored``, as
    pairs of key and value, and is left out.
    """

    def __init__(
        self,
        request,
        filterset,
        table_class,
        *,
        page_sizes=PAGE_SIZES,
        own_keys=(),
        fragment="",
    ):
        address = replace(ListingAddress.read(request), fragment=fragment)
        known = (*filterset.filters, *KEYS, *own_keys)
        self.address = filterset.canonical(address.only(*known))
        self.filterset = filterset
        self.page_sizes = page_sizes
        self.ignored = [*address.unknown(*known), *filterset.ignored()]
        # The definition of the list; its rows are below.
        self.table = table_class(data=[])
        self.choose_columns()
        self.sort()
        self.rows = self.ordered()
        self.read_paging()

    def choose_columns(self):
        """Show the columns asked for, or all; the heading of a row always stands."""
        columns = self.table.columns
        self.columns = [
            column for column in columns if not column.column.attrs.get("row_header")
        ]
        names = [column.name for column in self.columns]
        asked = self.address.values.get("columns", ())
        # The heading of a row may be named as well; it changes nothing.
        shown = {column.name for column in columns}
        unknown = [name for name in asked if name not in shown]
        self.ignored += [("columns", name) for name in unknown]
        chosen = [name for name in names if name in asked] or names
        for name in names:
            if name not in chosen:
                columns.hide(name)
        stated = chosen if len(chosen) < len(names) else []
        self.address = self.address.changed(columns=[*stated, *unknown])

    def sort(self):
        columns, asked = self.table.columns, self.address.values.get("sort", ())
        known = [
            key
            for key in asked
            if (column := key.removeprefix("-")) in columns.names()
            and columns[column].orderable
        ]
        usual = [str(key) for key in self.table.order_by or ()]
        self.is_order_asked = bool(known)
        if known:
            self.table.order_by = known[-1]
        self.ignored += [("sort", key) for key in asked if key not in known[-1:]]
        if known and known[-1:] == usual:
            self.address = self.address.less([("sort", known[-1])])

    def ordered(self):
        """Return all rows in the order asked for, or that of the table."""
        order = next(iter(self.table.order_by or ()), None)
        column = order and self.table.columns[order.bare].column
        selection, index = self.filterset.found, self.filterset.index
        if index is not None:
            return IndexedRows(
                selection,
                self.filterset.live_index.source,
                Sorting(column.sort, order.is_descending, column.ties == ()),
            )
        queryset = selection.queryset
        if column:
            queryset, _is_ordered = column.order(queryset, order.is_descending)
        return DatabaseRows(queryset, self.table)

    def read_paging(self):
        self.per_page = self.whole_number("per_page", self.page_sizes)
        self.number = self.whole_number("page", range(1, 10**10))

    @cached_property
    def page(self):
        """Return the page asked for, or the last where there are fewer."""
        paginator = Paginator(self.rows, self.per_page)
        return paginator.page(min(self.number, paginator.num_pages))

    def whole_number(self, key, allowed):
        """Return the last number that a key has; the first one allowed without any."""
        *others, text = self.address.values.get(key, ()) or [""]
        # Ten digits are more than there are pages of.
        number = int(text[:10]) if text.isascii() and text.isdigit() else -1
        if number not in allowed:
            others = [*others, *([text] if text else [])]
            number = allowed[0]
        self.ignored += [(key, other) for other in others]
        stated = None if number == allowed[0] else number
        self.address = self.address.changed(**{key: [*others, stated]})
        return number

    def headings(self, address):
        """Yield the headings of all columns, shown or not, with their links."""
        for column in self.table.columns.all():
            alias = column.order_by_alias
            direction = "descending" if alias.is_descending else "ascending"
            yield Heading(
                name=column.name,
                text=str(column.header),
                address=address.leading_to(sort=alias.next)
                if column.orderable
                else None,
                sorted=direction if column.is_ordered else "",
                is_number=column.column.attrs.get("number", False),
            )

    def context(self):
        """Return what the templates of a list show."""
        page = self.page
        filters = self.filterset.filters
        address = self.address.less(self.ignored)
        orders = list(self.headings(address))
        shown = {column.name for column in self.table.columns}
        headings = [heading for heading in orders if heading.name in shown]
        return {
            "address": address,
            "filter": self.filterset,
            "table": self.table,
            "caption": self.table.caption,
            "headings": headings,
            "orders": [heading for heading in orders if heading.address],
            # The usual one goes without saying where its column says it.
            "told_orders": [
                heading
                for heading in orders
                if heading.sorted and (self.is_order_asked or heading.name not in shown)
            ],
            "shown": {heading.name: heading.text for heading in headings},
            "rows_template": self.table.rows_template,
            "rows": page.object_list,
            "page": page,
            "ignored": self.ignored,
            "beyond_last_page": page.number < self.number and bool(page.object_list),
            "chosen": self.filterset.chosen(),
            "offers": offers(self.filterset, address),
            # What a form of filters, or of columns, leaves as it is.
            "kept": address.pairs(*filters, "page", "format"),
            "kept_by_columns": address.pairs("columns", "page", "format"),
            "columns": self.columns,
            "pages": list(page.paginator.get_elided_page_range(page.number)),
            "page_sizes": self.page_sizes,
            "total": page.paginator.count,
        }


# It only reads, and who asks otherwise is to be told so, with or without a token.
@method_decorator(csrf_exempt, name="dispatch")
class ListingView(MultipleObjectTemplateResponseMixin, ContextMixin, View):
    """The page of a public list: filters beside a table."""

    http_method_names = ["get", "head", "options"]
    model = None
    filterset_class = None
    table_class = None
    page_sizes = PAGE_SIZES
    # Keys of its address that are neither a filter nor those of every list.
    own_keys = ()
    template_name_suffix = "_list"
    former_columns = {}
    # What a download has in each row, beside the address of its page.
    export_columns = ()

    def get(self, request, *args, **kwargs):
        address = ListingAddress.read(request).present(self.former_columns)
        if address is not None:
            return HttpResponsePermanentRedirect(str(address))
        settle()
        self.object_list = LazyRecords(self.model, self.get_queryset)
        asked = [text for text in request.GET.getlist("format") if text]
        file_format = self.file_format(asked)
        query = request.GET
        if file_format:
            # Of events, it is a filter as well.
            query = query.copy()
            query.setlist("format", [text for text in asked if text != file_format])
        self.filterset = self.filterset_class(
            query, self.object_list, exact=bool(file_format)
        )
        listing = Listing(
            request,
            self.filterset,
            self.table_class,
            page_sizes=self.page_sizes,
            own_keys=self.own_keys,
        )
        listing.ignored += self.ignored()
        if "format" not in self.filterset.filters:
            listing.ignored += [("format", t) for t in asked if t != file_format]
        if file_format:
            if listing.ignored:
                # A file has no place to say what was left out; the page does.
                page = ListingAddress.read(request).less([("format", file_format)])
                return HttpResponseRedirect(str(page))
            return revalidated(
                request,
                file_format,
                lambda: (
                    refusal(request, "export") or self.download(listing, file_format)
                ),
            )
        return self.render_to_response(
            self.get_context_data(**listing.context(), formats=FORMATS)
        )

    def file_format(self, asked):
        """Return which of the formats asked for is that of a download; or nothing."""
        return next((text for text in reversed(asked) if text in FORMATS), "")

    def ignored(self):
        """Return what ``own_keys`` ask for and the list does not know, as pairs."""
        return []

    def get_queryset(self):
        return self.model.objects.published()

    def download(self, listing, file_format):
        site = self.request.build_absolute_uri("/").removesuffix("/")
        page = ExportColumn(
            "page", _("Page"), lambda r: f"{site}{r.get_absolute_url()}", width=50
        )
        shown = {column.name for column in listing.table.columns}
        columns = [
            column
            for column in self.export_columns
            # All there is, unless somebody chose what to see.
            if column.column in shown or not listing.address.first("columns")
        ]
        filterset = listing.filterset
        export = Export(
            name=self.model._meta.verbose_name_plural.replace(" ", "-"),
            columns=[*columns, page],
            # HEAD asks for no body, so none is made.
            batches=listing.rows.batches() if self.request.method == "GET" else (),
            records=filterset.filtered(filterset.cleaned()),
            address=self.request.build_absolute_uri(str(listing.address.of_page)),
            filters=[(label, text) for _k, _v, label, text in filterset.chosen()],
            terms=terms_of_use(),
        )
        response = export_response(export, file_format)
        if self.request.method == "HEAD":
            # That of a workbook without rows.
            del response["Content-Length"]
            return response
        # A workbook is made before it is sent.
        return response if file_format == "xlsx" else offer(response)
