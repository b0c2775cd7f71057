"""Small spreadsheets for tests."""

import csv
import io
import zipfile
from pathlib import Path

from openpyxl import Workbook

from portal.importing.permits import AT_THE_SHELL
from portal.importing.run import import_sheet
from portal.importing.tables import open_sheet

FOUNDING = (
    *("Acronym", "Name", "Technology Fields", "Sectoral Industries"),
    *("Targeted third countries", "No. of SMEs involved", "No. of Partners"),
)
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK = (
    f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets>'
    '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
LINKS = (
    '<Relationships xmlns="r"><Relationship Id="rId1" '
    f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)


def csv_bytes(*rows, encoding="utf-8", delimiter=","):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(*rows, merge=""):
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    if merge:
        workbook.active.merge_cells(merge)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def raw_xlsx(rows, *, before="", types="<Types/>", **parts):
    """Return a workbook with this XML within its only sheet."""
    file = io.BytesIO()
    sheet = f'{before}<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        archive.writestr("xl/worksheets/sheet1.xml", f"{sheet}</worksheet>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def take(importer_class, content, *, writing=True, permit=AT_THE_SHELL):
    """Import a file; return the totals, and what became of each row."""
    importer, results = importer_class(permit.user), []
    sheet = open_sheet(io.BytesIO(content), importer.headings.count)
    totals = import_sheet(
        importer, sheet, results.append, writing=writing, permit=permit
    )
    return dict(totals), results


def rows_of(content):
    """Return the cells of a file, blank rows too."""
    return [
        (row.number, list(row.cells))
        for row in open_sheet(io.BytesIO(content), lambda cells: 0).rows
    ]


def stored(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)
