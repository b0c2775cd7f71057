"""The columns that an import understands: how they are headed, and what they hold."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.folding import fold
from portal.partial_dates import snap

from . import cells
from .cells import CellError
from .tables import UnreadableFile
from .vocabularies import Vocabulary

NOT_IN_HEADINGS = re.compile(r"[^\w]+")
KEPT = 5_000


def plain_heading(text: object) -> str:
    """Return a heading without what people write in one way or another."""
    words = NOT_IN_HEADINGS.sub(" ", fold(str(text))).split()
    return " ".join("no" if word in ("number", "nr", "num") else word for word in words)


class Column:
    """A column by the field that it fills; ``headings`` are its names, the best first.

    ``read`` returns values by column of the table, or keys by many-to-many field. The
    blank cell says nothing; a cell that says “not stated” empties the field.
    """

    is_text = False
    is_links = False
    # Whether a cell means the same throughout a file, so that it is read once.
    is_fixed = True

    def __init__(self, name: str, *headings: str, required=False, field: str = ""):
        self.name = name
        self.headings = headings
        self.required = required
        self.field_name = field or name
        self.field = None
        self.nothings = cells.words_for_nothing()

    @property
    def label(self) -> str:
        return str(self.headings[0])

    def bind(self, model) -> None:
        """Learn from the model what the field takes."""
        if self.field_name:
            self.field = model._meta.get_field(self.field_name)
        if self.is_fixed:
            self.said = lru_cache(KEPT, typed=True)(self.said)

    def read(self, cell: object) -> dict[str, Any]:
        """Return what a cell says, or raise CellError; nothing for a blank one."""
        if cell is None:
            return {}
        if isinstance(cell, str):
            if not self.is_text and cells.is_dash(cell):
                return {}
            if cell.casefold() in self.nothings:
                return self.nothing()
        return self.said(cell)

    def nothing(self) -> dict[str, Any]:
        if not (self.field.null or self.field.blank):
            raise CellError(_("it cannot be left open."))
        return {self.field.attname: None if self.field.null else ""}

    def said(self, cell) -> dict[str, Any]:
        return {self.field.attname: self.checked(self.value(cell))}

    def value(self, cell) -> Any:
        raise NotImplementedError

    def checked(self, value):
        try:
            self.field.run_validators(value)
        except ValidationError as error:
            raise CellError(" ".join(error.messages)) from error
        return value

    def text(self, values: dict[str, Any]) -> str:
        """Return what a record holds, for people who compare."""
        value = values.get(self.field.attname)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return "" if value is None else str(value)

    def exported(self, values: dict[str, Any]) -> Any:
        """Return what a download says, which an import understands."""
        return self.text(values) or None


class TextColumn(Column):
    is_text = True

    def value(self, cell):
        return cells.text_of(cell)


class AddressColumn(TextColumn):
    def value(self, cell):
        return cells.address(cell)


class NumberColumn(Column):
    def value(self, cell):
        return cells.whole_number(cell)

    def exported(self, values):
        return values.get(self.field.attname)


class DecimalColumn(Column):
    def value(self, cell):
        value = cells.decimal(cell)
        places = self.field.decimal_places
        most = self.field.max_digits - places
        if value.adjusted() >= most:
            message = _("at most %(number)d digits before the decimals are kept.")
            raise CellError(message % {"number": most})
        if value != round(value, places):
            message = _("at most %(number)d decimals are kept.")
            raise CellError(message % {"number": places})
        return round(value, places)

    def text(self, values):
        value = values.get(self.field.attname)
        return "" if value is None else f"{value.normalize():f}"


class FlagColumn(Column):
    def value(self, cell):
        return cells.flag(cell)


class DayColumn(Column):
    def value(self, cell):
        return cells.day(cell)


class ClockColumn(Column):
    def value(self, cell):
        return cells.clock(cell)

    def text(self, values):
        value = values.get(self.field.attname)
        return "" if value is None else f"{value:%H:%M}"


class PartialDateColumn(Column):
    """A day, month or year."""

    def said(self, cell):
        day, precision = cells.partial_date(cell)
        return {
            self.field.attname: snap(day, precision, self.field.edge),
            f"{self.field.attname}_precision": str(precision),
        }

    def nothing(self):
        return super().nothing() | {f"{self.field.attname}_precision": "day"}

    def text(self, values):
        day = values.get(self.field.attname)
        precision = values.get(f"{self.field.attname}_precision")
        return "" if day is None else day.isoformat()[: LENGTHS[precision]]


LENGTHS = {"day": 10, "month": 7, "year": 4}


class ChoiceColumn(Column):
    """One of some values, by value or by label."""

    def bind(self, model):
        super().bind(model)
        self.values = {}
        for value, label in self.field.flatchoices:
            for name in (value, label):
                self.values[plain_heading(name)] = value

    def value(self, cell):
        text = cells.text_of(cell)
        value = self.values.get(plain_heading(text))
        if value is None:
            message = _("“%(text)s” is none of: %(values)s.")
            values = ", ".join(str(label) for value, label in self.field.flatchoices)
            raise CellError(message % {"text": text, "values": values})
        return value

    def text(self, values):
        value = values.get(self.field.attname)
        return str(dict(self.field.flatchoices).get(value, ""))


class RecordColumn(Column):
    """A record by one of its names."""

    # A new source has its key when it is stored.
    is_fixed = False

    def __init__(self, name, *headings, vocabulary: Vocabulary, **options):
        super().__init__(name, *headings, **options)
        self.vocabulary = vocabulary

    def value(self, cell):
        return self.vocabulary.one(cells.text_of(cell))

    def checked(self, value):
        return value

    def text(self, values):
        return self.vocabulary.labels.get(values.get(self.field.attname), "")

    def exported(self, values):
        return self.vocabulary.codes.get(values.get(self.field.attname))


class RecordsColumn(RecordColumn):
    """Several records by any of their names."""

    is_links = True
    parted_by = "; "

    def said(self, cell):
        return {self.name: self.vocabulary.read(cells.text_of(cell))}

    def nothing(self):
        return {self.name: ()}

    def text(self, values):
        labels = self.vocabulary.labels
        return ", ".join(labels.get(pk, str(pk)) for pk in values.get(self.name, ()))

    def exported(self, values):
        codes = self.vocabulary.codes
        found = (codes[pk] for pk in values.get(self.name, ()) if pk in codes)
        return self.parted_by.join(found) or None


class IdentityColumn(Column):
    """A column that tells which record is meant, and how is up to the importer."""

    is_text = True

    def __init__(
        self,
        name,
        *headings,
        read: Callable[[str], Any],
        shown: Callable[[dict[str, Any]], str],
        **options,
    ):
        super().__init__(name, *headings, **options)
        self.reader, self.shown = read, shown

    def bind(self, model):
        """Be no field of the model."""

    def nothing(self):
        raise CellError(_("it cannot be left open."))

    def said(self, cell):
        return {f"?{self.name}": self.reader(cells.text_of(cell))}

    def text(self, values):
        return self.shown(values)


class Headings:
    """Finds which columns of a file are those of an import."""

    def __init__(self, columns: Sequence[Column]):
        self.columns = columns
        self.known = {
            plain_heading(heading): (column.name, rank)
            for column in columns
            for rank, heading in enumerate([*column.headings, column.name])
        }

    def count(self, row: Sequence[object]) -> int:
        names = {self.find(cell)[0] for cell in row}
        return len(names - {""})

    def find(self, cell: object) -> tuple[str, int]:
        return self.known.get(plain_heading(cell), ("", 0)) if cell else ("", 0)

    def positions(self, row: Sequence[object]) -> dict[str, int]:
        """Return where each column stands; the best heading wins."""
        best: dict[str, tuple[int, int]] = {}
        for position, cell in enumerate(row):
            name, rank = self.find(cell)
            if name in best and rank == best[name][0]:
                message = _("Two columns are headed “%(heading)s”; rename one.")
                raise UnreadableFile(message % {"heading": cell})
            if name and (name not in best or rank < best[name][0]):
                best[name] = rank, position
        return {name: position for name, (_rank, position) in best.items()}
