"""The parts of an XLSX workbook beside its sheets, and how each part is read."""

import re
from collections.abc import Iterator
from xml.parsers import expat

from django.utils.translation import gettext as _

from .tables import UnreadableFile

# Elements of a part, and texts that cells share.
MOST_ELEMENTS = 8_000_000
MOST_SHARED = 1_000_000
LONGEST_SHARED = 64 * 2**20
PIECE = 64 * 1024
# The parser hands over a text in pieces of up to PIECE bytes.
MOST_PIECES = 500
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
NO_DATE_SIGNS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
DATE_SIGNS = re.compile(r"[ymdhs]", re.I)


def too_many_cells() -> UnreadableFile:
    return UnreadableFile(
        _("The sheet has more cells than are read. Copy the table to a new one.")
    )


class Reader:
    """Feeds an XML part to the methods ``start``, ``end`` and ``text``."""

    def __init__(self):
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.parser.StartElementHandler = self.count
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.elements = 0
        # The text of the present cell, as it comes.
        self.parts: list[str] = []

    def refuse_doctype(self, *declaration):
        raise UnreadableFile(
            _("The workbook declares a document type, which none needs. Save it anew.")
        )

    def count(self, name, attributes):
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise too_many_cells()
        self.start(name[name.rfind(":") + 1 :], attributes)

    def start(self, name, attributes):
        """Take the begin of an element."""

    def end(self, name):
        """Take the end of an element, named with its prefix."""

    def text(self, text):
        """Take text within an element."""

    def pieces(self, archive, part) -> Iterator[None]:
        """Read a part piece by piece."""
        with archive.open(part) as stream:
            while piece := stream.read(PIECE):
                self.parser.Parse(piece, False)
                if len(self.parts) > MOST_PIECES:
                    raise UnreadableFile(_("A cell holds more text than is read."))
                yield
        self.parser.Parse(b"", True)
        yield

    def read(self, archive, part):
        for _piece in self.pieces(archive, part):
            pass
        return self


class Directory(Reader):
    """The sheets of a workbook, and where relations lead."""

    def __init__(self):
        super().__init__()
        self.sheets, self.targets, self.is_from_1904 = [], {}, False

    def start(self, name, attributes):
        if name == "sheet":
            relation = next(
                (value for key, value in attributes.items() if key.endswith(":id")), ""
            )
            if attributes.get("state", "visible") == "visible":
                self.sheets.append(relation)
        elif name == "workbookPr":
            self.is_from_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "Relationship":
            self.targets[attributes.get("Id")] = attributes


class Styles(Reader):
    """Which styles of cells show a number as a date or a time."""

    def __init__(self):
        super().__init__()
        self.formats, self.dates, self.in_styles = {}, [], False

    def start(self, name, attributes):
        if name == "numFmt":
            code = NO_DATE_SIGNS.sub("", attributes.get("formatCode", ""))
            self.formats[attributes.get("numFmtId")] = bool(DATE_SIGNS.search(code))
        elif name == "cellXfs":
            self.in_styles = True
        elif name == "xf" and self.in_styles:
            number = attributes.get("numFmtId", "0")
            is_date = self.formats.get(number, int(number) in DATE_FORMATS)
            self.dates.append(is_date)

    def end(self, name):
        if name.endswith("cellXfs"):
            self.in_styles = False


class SharedTexts(Reader):
    """The texts that cells of a workbook share; readings of Japanese are left out."""

    def __init__(self):
        super().__init__()
        self.texts, self.size = [], 0
        self.in_text = self.in_reading = False

    def start(self, name, attributes):
        if name == "si":
            self.parts = []
        elif name == "rPh":
            self.in_reading = True
        self.in_text = name == "t" and not self.in_reading

    def text(self, text):
        if self.in_text:
            self.parts.append(text)

    def end(self, name):
        self.in_text = False
        if name.endswith("rPh"):
            self.in_reading = False
        elif name in ("si", "x:si"):
            text = "".join(self.parts)
            self.size += len(text)
            self.texts.append(text)
            if len(self.texts) > MOST_SHARED or self.size > LONGEST_SHARED:
                raise UnreadableFile(_("The workbook has more text than is read."))
