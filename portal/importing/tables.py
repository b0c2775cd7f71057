"""Read a spreadsheet row by row, whatever kind of file it is, within limits.

Nothing here knows what the rows mean, and nothing is believed of a file before it has
been checked: what a file is, is told by its first bytes and never by its name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils.translation import gettext as _

# Bytes of a file.
LARGEST_FILE = 25 * 2**20
# Rows of a sheet that hold something, and columns that are looked at.
MOST_ROWS = 250_000
MOST_COLUMNS = 512
# As in a spreadsheet program.
LONGEST_CELL = 32_767

# What a cell holds: a text, a number, a day or a time; None where it is blank.
Cells = Sequence[object]
# Says how many headings a row has that are known.
Recognise = Callable[[Cells], int]


class UnreadableFile(Exception):  # noqa: N818 -- says what is wrong with a file
    """A file of which nothing can be taken, with what to do about it."""


@dataclass(frozen=True)
class SheetRow:
    # As a spreadsheet program counts them, from 1.
    number: int
    cells: Cells

    @property
    def is_blank(self) -> bool:
        return all(cell is None for cell in self.cells)

    def __getitem__(self, position: int) -> object:
        return self.cells[position] if position < len(self.cells) else None


@dataclass
class Sheet:
    """The rows of a file, which can be read once."""

    rows: Iterator[SheetRow]
    # First and last row of cells merged into one; known when all rows are read.
    merged: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Formula:
    """A cell whose formula was stored without its result."""


@dataclass(frozen=True)
class FailedFormula:
    """A cell that shows an error instead of a result."""

    text: str


def cell_name(position: int, row: int) -> str:
    """Return what a spreadsheet program calls a cell, such as column F of row 7."""
    letters, number = "", position + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def open_sheet(file: BinaryIO, recognise: Recognise) -> Sheet:
    """Return the rows of a CSV file or of the first sheet of an XLSX workbook."""
    from .csv_files import read_csv
    from .workbooks import read_workbook

    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size > LARGEST_FILE:
        raise UnreadableFile(
            _("The file has %(size)d MB; at most %(limit)d MB are read. Divide it.")
            % {"size": size // 2**20, "limit": LARGEST_FILE // 2**20}
        )
    if not size:
        raise UnreadableFile(_("The file is empty."))
    start = file.read(8)
    file.seek(0)
    refuse_other_kinds(start)
    if start.startswith(b"PK"):
        return read_workbook(file)
    return read_csv(file, recognise)


def refuse_other_kinds(start: bytes) -> None:
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(
            _(
                "This is a workbook of the old kind (.xls), or one with a password. "
                "Save it as an Excel workbook (.xlsx) without a password."
            )
        )
    known = {
        b"%PDF": "PDF",
        b"\x89PNG": "PNG",
        b"GIF8": "GIF",
        b"\xff\xd8\xff": "JPEG",
        b"{\\rtf": "RTF",
        b"\x1f\x8b": "gzip",
        b"Rar!": "RAR",
        b"7z\xbc\xaf": "7z",
        b"\x7fELF": "ELF",
        b"MZ": "EXE",
    }
    for magic, name in known.items():
        if start.startswith(magic):
            raise UnreadableFile(
                _("This is a file of the kind %(kind)s. Choose a CSV or XLSX file.")
                % {"kind": name}
            )


def too_many_rows() -> UnreadableFile:
    return UnreadableFile(
        _("The sheet has more than %(limit)s rows. Divide it.")
        % {"limit": f"{MOST_ROWS:,}"}
    )


def too_long(name: str) -> UnreadableFile:
    return UnreadableFile(
        _("Cell %(cell)s holds more than %(limit)s characters. Shorten it.")
        % {"cell": name, "limit": f"{LONGEST_CELL:,}"}
    )
