"""What every kind of import has in common: from the cells of a row to a record."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from portal.folding import FoldedField

from .bulk import Links
from .cells import CellError
from .columns import Column, Headings
from .results import Difference
from .tables import SheetRow, UnreadableFile, cell_name

TOTAL = re.compile(r"(grand |sub-?)?totals?\b.{0,30}|sum\b.{0,30}|Σ.{0,30}", re.I)
# How many rows may stand above the headings.
ROWS_TRIED = 20
# Characters of a folded name.
LONGEST_NAME = 400


class RowError(ValueError):
    """What keeps a row from being taken, as it concerns no single cell."""


@dataclass
class Draft:
    """A row whose cells have been read."""

    row: SheetRow
    # Values by column of the table, keys of records by many-to-many field; what only
    # tells which record is meant begins with a question mark.
    said: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    # What somebody should look at, though it keeps nothing from being stored.
    warnings: list[str] = field(default_factory=list)
    name: str = ""
    # The values of the record that is meant; none for a new one.
    current: dict[str, Any] | None = None

    def clue(self, name: str) -> Any:
        return self.said.get(f"?{name}")

    def values(self) -> dict[str, Any]:
        """Return what the record is to hold."""
        return {key: value for key, value in self.said.items() if key[0] != "?"}


class RecordImporter:
    """Turns rows into records of one model; a subclass says which and how.

    ``key_columns`` name a record in reports, and ``needed`` are those without which
    a file makes no sense.
    """

    model: ClassVar[type[models.Model]]
    key_columns: ClassVar[Sequence[str]]
    needed: ClassVar[Sequence[str]]

    def __init__(self, user=None):
        # Names mean what this person may see; without one, as at the shell, all.
        self.user = user
        self.columns = list(self.make_columns())
        for column in self.columns:
            column.bind(self.model)
        self.by_name = {column.name: column for column in self.columns}
        self.headings = Headings(self.columns)
        # Where each column stands in the file.
        self.positions: dict[str, int] = {}
        # How the file heads each column, and which others it has.
        self.written: dict[str, str] = {}
        self.unused: list[str] = []
        # The records that this run has made; no later row means them.
        self.made: set[int] = set()

    def make_columns(self) -> Iterable[Column]:
        """Return the columns that a file may have."""
        raise NotImplementedError

    # Which columns a file has

    def rows_below_headings(
        self, rows: Iterable[SheetRow], chosen: dict[str, int] | None = None
    ) -> Iterator[SheetRow]:
        """Find the headings, or take the ``chosen`` columns, and yield what follows."""
        rows = iter(rows)
        heading = self.find_headings(rows)
        self.positions = (
            self.headings.positions(heading.cells) if chosen is None else chosen
        )
        missing = [
            self.by_name[name].label
            for name in self.needed
            if name not in self.positions
        ]
        if missing:
            message = _("The file has no column %(columns)s.")
            raise UnreadableFile(message % {"columns": ", ".join(missing)})
        self.heading_row = heading.number
        self.written = {
            name: str(heading[position])
            for name, position in self.positions.items()
            if heading[position] is not None
        }
        used = set(self.positions.values())
        self.unused = [
            str(cell)
            for position, cell in enumerate(heading.cells)
            if cell is not None and position not in used
        ]
        return rows

    def find_headings(self, rows: Iterator[SheetRow]) -> SheetRow:
        """Return the row among the first that has the most headings."""
        for row in rows:
            if self.headings.count(row.cells) >= min(2, len(self.columns)):
                return row
            if row.number >= ROWS_TRIED:
                break
        labels = ", ".join(column.label for column in self.columns[:7])
        raise UnreadableFile(
            _(
                "Among the first %(number)d rows none has the headings of a table. "
                "Write them into the first row, for instance: %(labels)s."
            )
            % {"number": ROWS_TRIED, "labels": labels}
        )

    @property
    def link_names(self) -> list[str]:
        return [
            column.name
            for column in self.columns
            if column.is_links and column.name in self.positions
        ]

    # From cells to what they say

    def read(self, row: SheetRow) -> Draft:
        draft = Draft(row)
        for name, position in self.positions.items():
            cell = row[position]
            try:
                draft.said |= self.by_name[name].read(cell)
            except CellError as error:
                draft.reasons.append(self.reason(draft, name, str(error)))
        draft.name = self.name_of(row)
        self.refuse_totals(draft)
        for name in self.needed:
            if row[self.positions[name]] is None:
                draft.reasons.insert(0, self.reason(draft, name, _("it is missing.")))
        return draft

    def name_of(self, row: SheetRow) -> str:
        found = [
            row[self.positions[name]]
            for name in self.key_columns
            if name in self.positions
        ]
        return " / ".join(str(cell) for cell in found if cell is not None)

    def refuse_totals(self, draft: Draft) -> None:
        first = next((cell for cell in draft.row.cells if cell is not None), None)
        if isinstance(first, str) and TOTAL.fullmatch(first):
            draft.reasons.insert(0, _("This is a total, and no record; leave it out."))

    def reason(self, draft: Draft, name: str, message: str) -> str:
        """Say what is wrong with a cell, and where it stands."""
        column = self.by_name.get(name)
        position = self.positions.get(name)
        if column is None:
            return message
        if position is None:
            return f"{column.label}: {message}"
        label = self.written.get(name, column.label)
        return f"{label} ({cell_name(position, draft.row.number)}): {message}"

    # Which record is meant

    def look_up(self, drafts: Sequence[Draft]) -> None:
        """Read what ``match`` needs for these rows, in a fixed number of queries."""

    def match(self, draft: Draft) -> dict[str, Any] | None:
        """Return the values of the record that a row means; None for a new one.

        Raises RowError where that cannot be told.
        """
        raise NotImplementedError

    def claims(self, draft: Draft) -> Sequence[object]:
        """Return the keys that a row takes, so that no other row has its record."""
        raise NotImplementedError

    def conflicts(self, draft: Draft) -> Sequence[object]:
        """Return the keys that no row before may have taken."""
        return self.claims(draft)

    def stored(self, **condition) -> list[dict[str, Any]]:
        """Return the values of records, without those that this run has made."""
        return self.values_of(self.model._base_manager.filter(**condition))

    def stored_as(self, name: str, keys: Iterable[str]) -> list[dict[str, Any]]:
        """Return the values of records by their folded name."""
        records = self.model._base_manager.alias(sought=F(name))
        if connection.vendor == "postgresql":
            # A plain comparison would ask the index of trigrams for each key.
            records = self.model._base_manager.alias(sought=Left(name, LONGEST_NAME))
        return self.values_of(records.filter(sought__in=set(keys)))

    def values_of(self, records: models.QuerySet) -> list[dict[str, Any]]:
        names = [field.attname for field in self.model._meta.concrete_fields]
        found = records.order_by("pk").values(*names)
        return [one for one in found if one["id"] not in self.made]

    def links(self) -> dict[str, Links]:
        return {name: Links(self.model, name) for name in self.link_names}

    def exported_rows(self, batches: Iterable[Sequence[int]]) -> Iterator[dict]:
        """Yield the values of records in the order of their keys, for a download."""
        self.positions = dict.fromkeys(self.by_name, 0)
        links = self.links()
        for keys in batches:
            records = self.model._base_manager.filter(pk__in=keys)
            found = {values["id"]: values for values in self.values_of(records)}
            for name, one in links.items():
                targets = one.of(keys)
                for key, values in found.items():
                    values[name] = targets.get(key, ())
            yield from (found[key] for key in keys if key in found)

    def warn(self, drafts: Sequence[Draft]) -> None:
        """Add warnings to rows of new records, in a fixed number of queries."""

    # The record that a row makes

    def complete(self, draft: Draft) -> None:
        """Add to a new record what its row does not say but what follows from it."""

    def missing(self, draft: Draft) -> list[str]:
        """Return what a new record lacks."""
        return [
            self.reason(draft, column.name, _("a new record needs it."))
            for column in self.columns
            if column.required and not self._says(draft, column)
        ]

    def _says(self, draft, column):
        if column.name in self.positions and draft.row[self.positions[column.name]]:
            return True
        return column.field is not None and column.field.attname in draft.said

    def write_parts(self, made: Iterable[tuple]) -> None:
        """Store what the records of a batch lead to and nothing else makes.

        Each is a result, a record that is not written yet, and its draft.
        """

    def problems(self, record: models.Model, draft: Draft) -> Iterator[tuple[str, str]]:
        """Yield column and text of what keeps a whole record from being stored."""
        yield from ()

    def take(self, record: models.Model, draft: Draft) -> None:
        """Note a record that will be stored, for the rows that follow."""

    def derive(self, record: models.Model, former: models.Model | None) -> set[str]:
        """Work out the columns that follow from others, and return their names."""
        for one in self.derived_fields:
            one.pre_save(record, add=former is None)
        return {one.attname for one in self.derived_fields}

    @cached_property
    def derived_fields(self) -> list[models.Field]:
        names = self.derived_names()
        return [
            one
            for one in self.model._meta.concrete_fields
            if not one.editable and one.attname in names
        ]

    def derived_names(self) -> set[str]:
        return {
            one.attname
            for one in self.model._meta.concrete_fields
            if isinstance(one, FoldedField)
        }

    def differences(self, draft: Draft) -> list[Difference]:
        """Return what a row changes, by column and in words."""
        new = {**draft.current, **draft.values()}
        found = []
        for column in self.columns:
            if column.name not in self.positions or column.field is None:
                continue
            old_text, new_text = column.text(draft.current), column.text(new)
            if old_text != new_text:
                found.append(Difference(column.label, old_text, new_text))
        return found

    def told(self, values: dict[str, Any]) -> list[Difference]:
        """Return what the file says of a new record, by column and in words."""
        texts = [
            (column.label, column.text(values))
            for column in self.columns
            if column.name in self.positions
        ]
        return [Difference(label, "", text) for label, text in texts if text]

    # The name in the address

    def slugs(self, record: models.Model) -> Iterator[str]:
        """Yield names for the address of a new record, the best first."""
        yield from ()

    def give_slugs(self, records: Sequence[models.Model]) -> None:
        """Give each new record the first name that no other has."""
        names = {record.pk: self.slugs(record) for record in records}
        waiting, given = records, set()
        while waiting:
            wanted = {one.pk: self.next_slug(names[one.pk]) for one in waiting}
            stored = self.model._base_manager.filter(slug__in=set(wanted.values()))
            taken = set(stored.values_list("slug", flat=True)) | given
            left = []
            for record in waiting:
                slug = wanted[record.pk]
                if slug in taken:
                    left.append(record)
                    continue
                record.slug = slug
                taken.add(slug)
                given.add(slug)
            waiting = left

    def next_slug(self, names: Iterator[str]) -> str:
        field = self.model._meta.get_field("slug")
        for slug in names:
            try:
                field.run_validators(slug)
            except ValidationError:
                continue
            return slug
        raise RuntimeError("No name for an address is left.")
