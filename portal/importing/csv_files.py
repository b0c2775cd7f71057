"""Read CSV files in the encodings and with the separators that programs write."""

import codecs
import contextlib
import csv
import io
import itertools
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from portal.exports import is_formula

from .tables import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Recognise,
    Sheet,
    SheetRow,
    UnreadableFile,
    cell_name,
    too_long,
    too_many_rows,
)

SEPARATORS = ",;\t"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PART = 2**20
# How many rows may stand above the headings.
ROWS_TRIED = 20
LONGEST_LINE = 256 * 2**10


def read_csv(file: BinaryIO, recognise: Recognise) -> Sheet:
    encoding = encoding_of(file)
    separator = max(SEPARATORS, key=lambda one: score(file, encoding, one, recognise))
    return Sheet(rows(file, encoding, separator))


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding of a text; refuse what is none, and say where."""
    start = file.read(4)
    file.seek(0)
    marked = (name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark))
    encoding = next(marked, "utf-8")
    fault = first_fault(file, encoding)
    if fault is None:
        return encoding
    line, column, is_text, has_letters = fault
    # Programs of Windows write this where they do not write UTF-8. A text that was
    # UTF-8 up to here is damaged.
    may_be_older = is_text and encoding == "utf-8" and not has_letters
    if may_be_older and first_fault(file, "cp1252") is None:
        return "cp1252"
    raise UnreadableFile(
        _(
            "Line %(line)d, column %(column)d: this is not text. Save the file as "
            "“CSV UTF-8”, or as an Excel workbook (.xlsx)."
        )
        % {"line": line, "column": column}
    )


def first_fault(file: BinaryIO, encoding: str) -> tuple[int, int, bool, bool] | None:
    """Return where a text cannot be read, or None.

    With line and column come whether it has no null character, and whether letters
    beyond ASCII stand before the fault.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line, column, has_letters = 1, 1, False
    file.seek(0)
    try:
        while True:
            part = file.read(PART)
            text, is_wrong = decoded(decoder, part)
            null = text.find("\0")
            before = text if null < 0 else text[:null]
            has_letters = has_letters or not before.isascii()
            line += before.count("\n")
            column = (
                len(before)
                - before.rfind("\n")
                + (column - 1 if "\n" not in before else 0)
            )
            if null >= 0 or is_wrong:
                return line, column, null < 0, has_letters
            if not part:
                return None
    finally:
        file.seek(0)


def decoded(decoder, part: bytes) -> tuple[str, bool]:
    """Return the text of a part, and whether it ends before its end."""
    pending, state = decoder.getstate()
    try:
        return decoder.decode(part, final=not part), False
    except UnicodeDecodeError as error:
        decoder.setstate((b"", state))
        good = (pending + part)[: error.start]
        return decoder.decode(good), True


def score(file, encoding, separator, recognise) -> int:
    """Return how many headings are found if cells are parted by ``separator``."""
    first = itertools.islice(rows(file, encoding, separator), ROWS_TRIED)
    try:
        return max((recognise(row.cells) for row in first), default=0)
    except UnreadableFile:
        return 0
    finally:
        file.seek(0)


def rows(file: BinaryIO, encoding: str, separator: str) -> Iterator[SheetRow]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    reader = csv.reader(lines(text), delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield row_of(number, cells)
            if number > MOST_ROWS:
                raise too_many_rows()
    except (csv.Error, UnicodeDecodeError) as error:
        raise UnreadableFile(
            _(
                "Line %(line)d, row %(row)d, column 1 or later: %(error)s. Put a text "
                "with quotes or line breaks between quotes, and double those inside."
            )
            % {"line": reader.line_num, "row": number + 1, "error": error}
        ) from error
    finally:
        # Or else the text would close the file; whoever opened it may have done so.
        with contextlib.suppress(ValueError):
            text.detach()


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a text; one without end is refused before it is read."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise UnreadableFile(
                _("Line %(line)d, column %(column)d: the line has no end. Divide it.")
                % {"line": number, "column": LONGEST_LINE}
            )
        yield line


def row_of(number: int, cells: list[str]) -> SheetRow:
    if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
        name = cell_name(MOST_COLUMNS, number)
        message = _("The row reaches beyond the table, to %(cell)s. Delete it.")
        raise UnreadableFile(message % {"cell": name})
    for position, cell in enumerate(cells):
        if len(cell) > LONGEST_CELL:
            raise too_long(cell_name(position, number))
    return SheetRow(number, [plain(cell) for cell in cells])


def plain(text: str) -> str | None:
    """Return the text of a cell, without what our downloads put before formulas."""
    is_escaped = text[:1] == "'" and is_formula(text[1:])
    return text[is_escaped:].strip() or None
