"""Downloads of a list: all rows of a view, written as they are read.

A column says what a record holds under it: a text, a number, None where nothing is
stated, or a list of texts.
"""

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

FORMATS = ("csv", "xlsx", "json")
ROWS_AT_A_TIME = 1000
# What a spreadsheet takes for a formula, but for numbers with a sign.
FORMULA = re.compile(r"[=+\-@\t\r]")
SIGNED_NUMBER = re.compile(r"[+-]\d+([.,]\d+)*")
# Control characters, which a workbook cannot hold.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class ExportColumn:
    key: str
    heading: str
    value: Callable[[Model], Any]
    # The column of the table that shows the same; none where the table does not.
    column: str = ""


@dataclass(frozen=True)
class Export:
    """All rows of a view, and what is to be said of them."""

    name: str
    columns: Sequence[ExportColumn]
    records: QuerySet
    address: str
    # Label of filter and of value.
    filters: Sequence[tuple[str, str]]

    def rows(self) -> Iterator[list[Any]]:
        for record in self.records.iterator(chunk_size=ROWS_AT_A_TIME):
            yield [column.value(record) for column in self.columns]

    def sources(self) -> Iterable[str]:
        """Return the citations of the sources of these records."""
        sources = self.records.model._meta.get_field("sources")
        links = sources.remote_field.through.objects.filter(
            **{f"{sources.m2m_field_name()}__in": self.records.order_by().values("pk")}
        )
        used = links.values(f"{sources.m2m_reverse_field_name()}_id")
        found = sources.related_model.objects.filter(pk__in=used)
        return found.values_list("citation", flat=True)


class Echo:
    """Gives back what is written, so that a writer can feed a stream."""

    def write(self, text):
        return text


def one_cell(value: Any) -> Any:
    """Return what one cell holds: the texts of a list are parted by semicolons."""
    return "; ".join(value) if isinstance(value, list) else value


def safe(value: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula."""
    is_formula = (
        isinstance(value, str)
        and FORMULA.match(value)
        and not SIGNED_NUMBER.fullmatch(value)
    )
    return f"'{value}" if is_formula else value


def csv_lines(export: Export) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow([safe(str(column.heading)) for column in export.columns])
    for row in export.rows():
        yield writer.writerow([safe(one_cell(value)) for value in row])


def json_lines(export: Export) -> Iterator[str]:
    encoder = DjangoJSONEncoder(ensure_ascii=False)
    about = {
        "address": export.address,
        "retrieved_at": timezone.now(),
        "licence": licence(),
        "sources": list(export.sources()),
    }
    yield encoder.encode(about)[:-1] + ', "results": ['
    keys = [column.key for column in export.columns]
    separator = "\n"
    for row in export.rows():
        yield separator + encoder.encode(dict(zip(keys, row, strict=True)))
        separator = ",\n"
    yield "\n]}\n"


def licence() -> str:
    return _("Each fact under the licence of its source; see the sources.")


def write_workbook(export: Export, file) -> None:
    """Write rows and, on a second sheet, where they come from."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_("Data"))
    sheet.append([as_text(sheet, str(column.heading)) for column in export.columns])
    for row in export.rows():
        sheet.append([as_text(sheet, one_cell(value)) for value in row])
    about = workbook.create_sheet(_("About"))
    lines = [
        (_("Address"), export.address),
        (_("Retrieved"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")),
        (_("Licence"), licence()),
        *export.filters,
        *((_("Source"), citation) for citation in export.sources()),
    ]
    for line in lines:
        about.append([as_text(about, str(text)) for text in line])
    workbook.save(file)


def as_text(sheet, value: Any) -> Any:
    """Return a cell in which a text stays a text, whatever it begins with."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, UNWRITABLE.sub("", value))
    cell.data_type = "s"
    return cell


def export_response(export: Export, file_format: str):
    """Return the download in one of FORMATS."""
    file_name = f"{export.name}.{file_format}"
    if file_format == "xlsx":
        # The response closes it.
        file = tempfile.TemporaryFile()  # noqa: SIM115
        write_workbook(export, file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=file_name)
    lines, media_type = {
        "csv": (csv_lines, "text/csv; charset=utf-8"),
        "json": (json_lines, "application/json"),
    }[file_format]
    return StreamingHttpResponse(
        lines(export),
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
