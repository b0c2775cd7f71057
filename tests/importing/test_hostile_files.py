"""Files that are no spreadsheets, or more than one should be: refused, or read right."""

import io
import subprocess
import sys

import pytest

from partnerships.importers import PartnershipImporter
from partnerships.models import Partnership
from portal.importing import tables
from portal.importing.tables import UnreadableFile, open_sheet

from .sheets import csv_bytes, raw_xlsx, rows_of, take, xlsx_bytes

CELL = '<row r="1"><c r="A1" t="str"><v>{}</v></c></row>'
REFUSED = {
    "empty": (b"", "The file is empty."),
    "picture": (b"\x89PNG\r\n\x1a\n", "This is a file of the kind PNG."),
    "document": (b"%PDF-1.7", "This is a file of the kind PDF."),
    "old workbook or password": (b"\xd0\xcf\x11\xe0\xa1\xb1", "without a password"),
    "other archive": (b"PK\x05\x06" + b"\0" * 18, "This is not an Excel workbook."),
    "null character": (b"Acronym,Name\nA,b\0c", "Line 2, column 4: this is not text."),
    "damaged text": ("Ä\n".encode() + b"ab\xff", "Line 2, column 3: this is not text."),
    "UTF-16 without mark": ("A,b\n".encode("utf-16-le"), "Line 1, column 2"),
    "open quotes": (b'Acronym,Name\n"A,b\n', "Line 2"),
    "long cell": (b"a" * 40_000, "Cell A1 holds more than 32,767 characters."),
    "long line": (b"," * 300_000, "Line 1, column 262144: the line has no end."),
    "wide row": (b"," * 600 + b"x", "The row reaches beyond the table, to SS1."),
    "cut short": (xlsx_bytes(("Acronym",))[:-200], "The workbook is damaged"),
    "no XML": (raw_xlsx("<row"), "The workbook is damaged or cut short (line 1,"),
    "document type": (
        raw_xlsx("", before='<!DOCTYPE a [<!ENTITY b "c">]>'),
        "The workbook declares a document type",
    ),
    "macros": (raw_xlsx("", **{"xl/vbaProject.bin": b""}), "The workbook has macros."),
    "macros by type": (
        raw_xlsx("", types="<Types>macroEnabled</Types>"),
        "The workbook has macros.",
    ),
    "bomb": (raw_xlsx("", bomb=b"\0" * (257 * 2**20)), "Unpacked, the workbook would"),
    "long text": (raw_xlsx(CELL.format("a" * 40_000)), "Cell A1 holds more than"),
    "furthest cell": (
        raw_xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "Cell XFD1048576 lies far outside of the table.",
    ),
    "too many rows": (
        raw_xlsx('<row r="250001"><c r="A250001"><v>1</v></c></row>'),
        "The sheet has more than 250,000 rows.",
    ),
    "millions of empty rows": (raw_xlsx("<row/>" * 1_100_000), "more cells than"),
    "cells in one place": (
        raw_xlsx('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>1</v></c></row>'),
        "The workbook is damaged",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    content, message = REFUSED[name]
    with pytest.raises(UnreadableFile) as error:
        rows_of(content)
    assert message in str(error.value)


def test_refuses_by_size_without_reading(monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_FILE", 5)
    with pytest.raises(UnreadableFile, match="The file has 0 MB"):
        rows_of(b"a,b,c,d")


ROWS = [("Acronym", "Name"), ("ÄÖ", "Straße – “Łódź”")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_reads_what_programs_write(encoding, delimiter):
    content = csv_bytes(*ROWS, encoding=encoding, delimiter=delimiter)
    importer_rows = open_sheet(
        io.BytesIO(content), lambda cells: len({*cells} & {"Acronym", "Name"})
    )
    assert [tuple(row.cells) for row in importer_rows.rows] == ROWS


def test_reads_the_encoding_of_windows():
    content = csv_bytes(("Äö", "– “x”"), encoding="cp1252")
    assert rows_of(content) == [(1, ["Äö", "– “x”"])]


def test_reads_text_that_looks_like_a_formula_as_it_was_before_its_download():
    content = csv_bytes(("'=1+1", "'@x", "'+x", "+49", "'plain"))
    assert rows_of(content) == [(1, ["=1+1", "@x", "+x", "+49", "'plain"])]


def test_reads_blank_rows_dates_numbers_and_formulas_of_a_workbook():
    content = raw_xlsx(
        '<row r="1"><c r="A1"><v>1234</v></c><c r="C1"><v>1.5</v></c></row>'
        '<row r="3"><c r="B3"><f>1+1</f><v>2</v></c><c r="C3"><f>1+1</f></c>'
        '<c r="D3" t="e"><v>#REF!</v></c><c r="E3" t="b"><v>1</v></c></row>'
    )
    (_one, first), (two, second), (_three, third) = rows_of(content)
    assert (first, two, second) == ([1234, None, 1.5], 2, [])
    assert third == [
        *(None, 2, tables.Formula(), tables.FailedFormula("#REF!"), "yes"),
    ]


@pytest.mark.django_db
def test_a_formula_without_a_result_rejects_its_row():
    content = xlsx_bytes(("Acronym", "Name"), ("A", "=1+1"), ("B", "Good"))
    totals, results = take(PartnershipImporter, content)
    assert (totals["created"], totals["rejected"]) == (1, 1)
    assert results[0].reasons == [
        "Name (B2): it holds a formula without its result; paste it as a value."
    ]


@pytest.mark.django_db
def test_merged_cells_below_the_headings_are_refused_and_nothing_is_stored():
    rows = (("Acronym", "Name"), ("A", "One"), ("B", "Two"))
    with pytest.raises(UnreadableFile, match="Cells A2:A3 are merged"):
        take(PartnershipImporter, xlsx_bytes(*rows, merge="A2:A3"))
    assert Partnership.objects.count() == 0
    take(PartnershipImporter, xlsx_bytes(("Title",), *rows, merge="A1:B1"))
    assert Partnership.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((("Words", "More"), ("A", "b")), "none has the headings of a table"),
        ((("Name", "Generation"), ("A", 1)), "The file has no column Acronym."),
        ((("Acronym", "Name", "Name"), ("A", "b")), "Two columns are headed “Name”"),
    ],
)
def test_tables_of_something_else_are_refused(rows, message):
    with pytest.raises(UnreadableFile, match=message):
        take(PartnershipImporter, csv_bytes(*rows))


PROGRAM = """
import io, resource, sys
from django.conf import settings
settings.configure(USE_I18N=False)
import django
django.setup()
from portal.importing.tables import UnreadableFile, open_sheet
for name in sys.argv[1:]:
    content = open(name, "rb").read()
    held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + 200 * 2**20, -1))
    try:
        print(sum(1 for row in open_sheet(io.BytesIO(content), lambda c: 0).rows))
    except UnreadableFile as error:
        print("refused")
"""


def test_hostile_files_are_refused_within_200_mebibytes(tmp_path):
    names = {
        "bomb": raw_xlsx(" " * (200 * 2**20)),
        "text": raw_xlsx(CELL.format("a" * (100 * 2**20))),
        "cells": raw_xlsx("<row>" + "<c/>" * 10_000_000 + "</row>"),
        "rows": b",\n" * 5_000_000,
        "commas": b"," * (20 * 2**20),
        "quotes": b'"' + b"a" * (20 * 2**20),
    }
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *(tmp_path / name for name in names)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == ["0", *["refused"] * 5], done.stderr[-500:]
