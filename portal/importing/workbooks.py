"""Read the first visible sheet of an XLSX workbook in flat memory.

A workbook is XML in a ZIP file. Libraries read it without limits, or hold the whole
rectangle up to its furthest cell; this reads one row after the other, counts what it is
given, and refuses what no spreadsheet program would have written.
"""

import datetime
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO
from xml.parsers import expat

from django.utils.translation import gettext as _

from .tables import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    FailedFormula,
    Formula,
    Sheet,
    SheetRow,
    UnreadableFile,
    cell_name,
    too_long,
    too_many_rows,
)
from .workbook_parts import (
    MOST_ELEMENTS,
    PIECE,
    Directory,
    Reader,
    SharedTexts,
    Styles,
    too_many_cells,
)

# As in a spreadsheet program.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
MOST_PARTS = 2_000
# Bytes of all parts unpacked.
LARGEST_UNPACKED = 256 * 2**20
RANGE = re.compile(r"[A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
FIRST_DAY = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 -- a clock on the wall
FIRST_DAY_1904 = datetime.datetime(1904, 1, 1)  # noqa: DTZ001
LAST_SERIAL = 2_958_465


def read_workbook(file: BinaryIO) -> Sheet:
    try:
        archive = zipfile.ZipFile(file)
        check_parts(archive)
        return Workbook(archive).first_sheet()
    except DAMAGE as error:
        raise damaged(error) from error


DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, KeyError),
    *(NotImplementedError, RuntimeError, UnicodeError, ValueError, OSError),
)


def damaged(error: Exception) -> UnreadableFile:
    place = ""
    if isinstance(error, expat.ExpatError):
        place = _(" (line %(line)d, column %(column)d of a part)") % {
            "line": error.lineno,
            "column": error.offset + 1,
        }
    return UnreadableFile(
        _(
            "The workbook is damaged or cut short%(place)s. Open it in a spreadsheet "
            "program and save it anew as .xlsx."
        )
        % {"place": place}
    )


def check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse by the directory of the file, before anything is unpacked."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile(_("The file has a password. Save it without one."))
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise UnreadableFile(
            _("This is not an Excel workbook. Choose a CSV or XLSX file.")
        )
    if any("vbaproject" in name.lower() for name in names):
        raise UnreadableFile(
            _(
                "The workbook has macros. Save it as an Excel workbook without macros "
                "(.xlsx)."
            )
        )
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED:
        raise UnreadableFile(
            _("Unpacked, the workbook would have %(size)s MB; %(limit)d MB are read.")
            % {"size": f"{unpacked // 2**20:,}", "limit": LARGEST_UNPACKED // 2**20}
        )


class SheetReader(Reader):
    """The rows of a sheet, as far as they have been read.

    Most of the time of an import goes by here: what happens at each element is little.
    """

    def __init__(self, workbook, merged):
        super().__init__()
        self.workbook, self.merged = workbook, merged
        self.ready, self.cells = [], []
        self.row = self.position = 0
        self.kind, self.style = "n", None
        self.has_formula = False
        self.starts = {
            "c": self.start_cell,
            "v": self.start_value,
            "t": self.start_value,
            "f": self.start_formula,
            "row": self.start_row,
            "rPh": self.start_reading,
            "mergeCell": self.note_merged,
        }
        self.ends = {
            "c": self.end_cell,
            "v": self.end_value,
            "t": self.end_value,
            "row": self.end_row,
            "rPh": self.end_reading,
        }
        self.parser.CharacterDataHandler = None

    def count(self, name, attributes):
        self.elements += 1
        if ":" in name:
            name = name[name.rfind(":") + 1 :]
        if start := self.starts.get(name):
            start(attributes)

    def end(self, name):
        if ":" in name:
            name = name[name.rfind(":") + 1 :]
        if end := self.ends.get(name):
            end()

    def start_row(self, attributes):
        self.row = int(attributes.get("r", self.row + 1))
        self.cells, self.position = [], -1
        if self.row > LAST_ROW:
            raise too_many_cells()

    def end_row(self):
        if self.cells:
            self.ready.append(SheetRow(self.row, self.cells))

    def start_cell(self, attributes):
        self.position += 1
        if reference := attributes.get("r"):
            self.position = column_of(reference)
        if self.position >= LAST_COLUMN or self.elements > MOST_ELEMENTS:
            raise too_many_cells()
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s")
        self.parts = []
        self.has_formula = False

    def start_value(self, attributes):
        if self.kind != "reading":
            self.parser.CharacterDataHandler = self.parts.append

    def end_value(self):
        self.parser.CharacterDataHandler = None

    def start_formula(self, attributes):
        self.has_formula = True

    def start_reading(self, attributes):
        """Leave out how a text is read aloud, which is no part of it."""
        self.kind = "reading"

    def end_reading(self):
        self.kind = "inlineStr"

    def note_merged(self, attributes):
        if match := RANGE.fullmatch(attributes["ref"]):
            first, last = map(int, match.groups())
            self.merged.append((attributes["ref"], first, last))

    def end_cell(self):
        text = "".join(self.parts)
        value = self.value(text) if text else None
        if self.has_formula and value is None and self.kind != "str":
            value = Formula()
        if value is None:
            return
        self.check_place()
        self.cells.extend([None] * (self.position - len(self.cells)))
        if len(self.cells) > self.position:
            raise ValueError("Two cells have one place.")
        self.cells.append(value)

    def check_place(self):
        if self.row == MOST_ROWS + 1:
            raise too_many_rows()
        if self.position >= MOST_COLUMNS or self.row > MOST_ROWS:
            name = cell_name(self.position, self.row)
            message = _("Cell %(cell)s lies far outside of the table. Delete it.")
            raise UnreadableFile(message % {"cell": name})

    def value(self, text):
        if len(text) > LONGEST_CELL:
            raise too_long(cell_name(self.position, self.row))
        if self.kind == "s":
            text = self.workbook.shared[int(text)]
        if self.kind in ("s", "inlineStr", "str"):
            return unescaped(text).strip() or None
        if self.kind == "e":
            return FailedFormula(text)
        if self.kind == "b":
            return "yes" if text == "1" else "no"
        if self.kind == "d":
            return datetime.datetime.fromisoformat(text)
        return self.number(text)

    def number(self, text):
        number = float(text)
        is_date = self.style is not None and self.workbook.is_date(int(self.style))
        if is_date and 0 <= number <= LAST_SERIAL:
            return self.workbook.moment(number)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


def unescaped(text: str) -> str:
    """Return a text with the signs that XML cannot hold, written as _x000D_."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def column_of(reference: str) -> int:
    return column_named(reference.rstrip("0123456789"))


@lru_cache(MOST_COLUMNS)
def column_named(letters: str) -> int:
    if not (letters.isascii() and letters.isupper() and len(letters) <= 3):
        raise ValueError(f"{letters} is no column.")
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1


class Workbook:
    def __init__(self, archive: zipfile.ZipFile):
        self.archive = archive
        types = archive.read("[Content_Types].xml")[:PIECE]
        if b"macroEnabled" in types:
            raise UnreadableFile(_("The workbook has macros. Save it as .xlsx."))
        self.directory = Directory().read(archive, "xl/workbook.xml")
        self.relations = Directory().read(archive, "xl/_rels/workbook.xml.rels").targets
        self.dates = self.part_of("styles", Styles, "dates")
        self.shared = self.part_of("sharedStrings", SharedTexts, "texts")

    def part_of(self, kind, reader, found):
        for relation in self.relations.values():
            if relation.get("Type", "").endswith(f"/{kind}"):
                path = self.path_of(relation)
                if path in self.archive.namelist():
                    return getattr(reader().read(self.archive, path), found)
        return []

    @staticmethod
    def path_of(relation):
        target = relation.get("Target", "")
        return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")

    def is_date(self, style: int) -> bool:
        return style < len(self.dates) and self.dates[style]

    def moment(self, number: float):
        """Return the day, the time or the moment that a number stands for."""
        first = FIRST_DAY_1904 if self.directory.is_from_1904 else FIRST_DAY
        moment = first + datetime.timedelta(seconds=round(number * 86_400))
        return moment.time() if number < 1 else moment

    def first_sheet(self) -> Sheet:
        for relation in self.directory.sheets:
            found = self.relations.get(relation, {})
            if found.get("Type", "").endswith("/worksheet"):
                merged = []
                rows = self.rows(self.path_of(found), merged)
                return Sheet(rows, merged)
        raise UnreadableFile(_("The workbook has no sheet with a table."))

    def rows(self, path: str, merged) -> Iterator[SheetRow]:
        """Yield the rows, and blank ones where the sheet leaves some out."""
        reader, last = SheetReader(self, merged), 0
        try:
            for _piece in reader.pieces(self.archive, path):
                ready, reader.ready = reader.ready, []
                for row in ready:
                    if row.number <= last:
                        raise ValueError("Two rows have one place.")
                    for number in range(last + 1, row.number):
                        yield SheetRow(number, ())
                    yield row
                    last = row.number
        except DAMAGE as error:
            raise damaged(error) from error
