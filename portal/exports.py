"""Downloads of a list: all rows of a view, written as they are read.

A column says what a record holds under it: a text, a number, None where nothing is
stated, or a list of texts. Rows come in batches, and a batch is written column by
column, because a step for each cell would take longer than reading them.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Protocol

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rustpy_xlsxwriter import write_worksheets

FORMATS = ("csv", "xlsx", "json")
ROWS_AT_A_TIME = 1_000
# What a spreadsheet takes for a formula, but for numbers with a sign: a text, here
# after a NUL, that begins so.
FORMULA = re.compile("\0[=+\\-@\t\r]")
SIGNED_NUMBER = re.compile(r"[+-]\d+([.,]\d+)*")
# Control characters, which a workbook cannot hold, and what a cell of it holds at most.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
LONGEST_TEXT = 32_767
# What the terms of use are called.
TERMS = {
    "licence": gettext_lazy("Licence"),
    "licence_url": gettext_lazy("Text of the licence"),
    "rights": gettext_lazy("Rights"),
}
# Tells how dates and lazy texts are written.
ENCODER = DjangoJSONEncoder()


@dataclass(frozen=True)
class ExportColumn:
    key: str
    heading: str
    value: Callable[[Model], Any]
    # The column of the table that shows the same; none where the table does not.
    column: str = ""
    # How many characters of a text a workbook shows.
    width: int = 16


class Batch(Protocol):
    """Some rows of a view, one after another."""

    def values(self, column: ExportColumn) -> Sequence[Any]:
        """Return what each row has in a column."""

    def cells(self, column: ExportColumn) -> Sequence[Any]:
        """Return the same with the texts of each list in one, parted by semicolons."""


# How one cell has the texts of a list.
parted = "; ".join


@dataclass(frozen=True)
class Rows:
    """A batch of rows that the columns themselves can tell the values of."""

    rows: Sequence[Any]

    def values(self, column):
        return list(map(column.value, self.rows))

    def cells(self, column):
        values = self.values(column)
        return [parted(value) if isinstance(value, list) else value for value in values]


def in_batches(rows: Iterable[Any]) -> Iterator[Rows]:
    rows = iter(rows)
    while batch := list(islice(rows, ROWS_AT_A_TIME)):
        yield Rows(batch)


@dataclass(frozen=True)
class Export:
    """All rows of a view, and what is to be said of them."""

    name: str
    columns: Sequence[ExportColumn]
    # What the list shows of each record, in its order.
    batches: Iterable[Batch]
    # The same records, to find their sources.
    records: QuerySet
    address: str
    # Label of filter and of value.
    filters: Sequence[tuple[str, str]]
    # On which terms others may use them; none for what is not public.
    terms: Mapping[str, str] = field(default_factory=dict)

    def sources(self) -> Iterable[str]:
        """Return the citations of the sources of these records."""
        sources = self.records.model._meta.get_field("sources")
        links = sources.remote_field.through.objects.filter(
            **{f"{sources.m2m_field_name()}__in": self.records.order_by().values("pk")}
        )
        used = links.values(f"{sources.m2m_reverse_field_name()}_id")
        found = sources.related_model.objects.filter(pk__in=used)
        return found.values_list("citation", flat=True)


def safe(values: Iterable[Any]) -> list[Any]:
    """Keep a spreadsheet from taking texts for formulas.

    Hardly ever is there one, so all texts are looked through at once.
    """
    values = list(values)
    try:
        text = "\0".join(["", *values])
    except TypeError:
        # Not all of them are texts, which most columns are.
        texts = [value for value in values if isinstance(value, str)]
        text = "\0".join(["", *texts])
    if FORMULA.search(text):
        return [f"'{value}" if is_formula(value) else value for value in values]
    return values


def is_formula(value: Any) -> bool:
    return (
        isinstance(value, str)
        and FORMULA.match(f"\0{value}") is not None
        and not SIGNED_NUMBER.fullmatch(value)
    )


def csv_parts(export: Export) -> Iterator[str]:
    headings = safe(str(column.heading) for column in export.columns)
    yield csv_lines([[heading] for heading in headings])
    for batch in export.batches:
        yield csv_lines([safe(batch.cells(column)) for column in export.columns])


def csv_lines(columns: Sequence[Sequence[Any]]) -> str:
    """Return the rows of two or more columns as Python's csv module writes them.

    That looks at each letter in turn, which takes four times as long.
    """
    rows = zip(*map(csv_cells, columns), strict=True)
    return "".join([f"{','.join(row)}\r\n" for row in rows])


def csv_cells(values: Sequence[Any]) -> Sequence[str]:
    try:
        text = "\0".join(values)
    except TypeError:
        values = ["" if value is None else str(value) for value in values]
        text = "\0".join(values)
    # Most columns have no such cell.
    if needs_quotes(text):
        return [quoted(cell) if needs_quotes(cell) else cell for cell in values]
    return values


def needs_quotes(text: str) -> bool:
    """Tell whether a cell has to stand in quotes, in a sixth of the time of a pattern."""
    return "," in text or '"' in text or "\n" in text or "\r" in text


def quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def as_json(value: Any) -> str:
    return orjson.dumps(
        value, ENCODER.default, orjson.OPT_PASSTHROUGH_DATETIME
    ).decode()


def json_parts(export: Export) -> Iterator[str]:
    about = {
        "address": export.address,
        "retrieved_at": timezone.now(),
        **export.terms,
    }
    # Sent with the first rows, so that a fault in finding them is no file cut off.
    opening = before = f'{as_json(about)[:-1]}, "results": [\n'
    keys = [column.key for column in export.columns]
    for batch in export.batches:
        rows = zip(*map(batch.values, export.columns), strict=True)
        found = [as_json(dict(zip(keys, row, strict=True))) for row in rows]
        # Of a batch, all may be gone.
        if found:
            yield before + ",\n".join(found)
            before = ",\n"
    # Looking for them takes longer than the first rows do.
    sources = as_json(list(export.sources()))
    yield f'{opening if before is opening else ""}\n], "sources": {sources}}}\n'


class Heading(str):
    """A heading that is a key of its own, though another one may read the same."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


def write_workbook(export: Export, path: str) -> None:
    """Write rows and, on a second sheet, where they come from."""
    about = [
        (_("Address"), export.address),
        (_("Retrieved"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")),
        *((str(TERMS[name]), text) for name, text in export.terms.items()),
        (_("Empty cell"), _("Not stated")),
        *((str(label), str(text)) for label, text in export.filters),
        *((_("Source"), citation) for citation in export.sources()),
    ]
    headings = [Heading(writable(str(column.heading))) for column in export.columns]
    rows = (
        zip(*map(batch.cells, export.columns), strict=True) for batch in export.batches
    )
    sheets = [
        (_("Data"), sheet_rows(headings, chain.from_iterable(rows))),
        (_("About"), sheet_rows([Heading(_("What")), Heading(_("Value"))], about)),
    ]
    data, about = (name for name, _rows in sheets)
    write_worksheets(
        sheets,
        path,
        bold_headers=True,
        # Headings stay in sight, and in the data what heads a row.
        freeze_panes={data: {"row": 1, "col": 1}, about: {"row": 1, "col": 0}},
        autofilter={data: True},
        column_widths={data: [one.width for one in export.columns], about: [16, 100]},
    )


def sheet_rows(headings: list[str], rows: Iterable[Sequence]) -> Iterator[dict]:
    """Yield rows by their headings, which come with the first row."""
    row = None
    for row in rows:
        yield dict(zip(headings, map(writable, row), strict=True))
    if row is None:
        yield dict.fromkeys(headings)


def writable(value: Any) -> Any:
    """Return what a cell of a workbook can hold; a text stays a text there."""
    if not isinstance(value, str):
        return value
    if UNWRITABLE.search(value):
        value = UNWRITABLE.sub("", value)
    return value[:LONGEST_TEXT]


def export_response(export: Export, file_format: str):
    """Return the download in one of FORMATS."""
    file_name = f"{export.name}.{file_format}"
    if file_format == "xlsx":
        # The response closes it, which deletes it.
        file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115
        write_workbook(export, file.name)
        return FileResponse(file, as_attachment=True, filename=file_name)
    parts, media_type = {
        "csv": (csv_parts, "text/csv; charset=utf-8"),
        "json": (json_parts, "application/json"),
    }[file_format]
    return StreamingHttpResponse(
        parts(export),
        content_type=media_type,
        headers={"Content-Disposition": content_disposition_header(True, file_name)},
    )
