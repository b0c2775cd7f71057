"""The rejected rows of an import as a file, with the reasons in a column of their own."""

from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext as _

from portal.exports import Export, ExportColumn, export_response, in_batches

from . import files
from .models import Import
from .results import Outcome


class RowsExport(Export):
    """Rows that no record stands behind."""

    def sources(self):
        return ()


def rejected_response(owner: Import, importer, file_format: str):
    reasons = len(owner.headings)
    headings = [*owner.headings, _("Reasons")]
    columns = [
        ExportColumn(str(place), heading, partial(cell_of, place=place))
        for place, heading in enumerate(headings)
    ]
    export = RowsExport(
        name="rejected",
        columns=columns,
        batches=in_batches(rejected_rows(owner, importer, reasons)),
        records=owner.rows.none(),
        address="",
        filters=[],
    )
    return export_response(export, file_format)


def cell_of(row: list, place: int) -> object:
    cell = row[place]
    return cell if cell is None or isinstance(cell, (int, float)) else str(cell)


def rejected_rows(owner: Import, importer, reasons: int) -> Iterator[list]:
    """Yield the cells of each rejected row as they were, and why it was rejected."""
    rejected = owner.rows.filter(outcome=Outcome.REJECTED)
    found = rejected.values_list("number", "reasons").iterator(chunk_size=1000)
    wanted = next(found, None)
    with files.sheet_of(owner, importer) as sheet:
        for row in sheet.rows:
            if wanted is None:
                return
            if row.number == wanted[0]:
                cells = [row[place] for place in range(reasons)]
                yield [*cells, "\n".join(wanted[1])]
                wanted = next(found, None)
