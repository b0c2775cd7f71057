"""Read data files, and say where something in them has to be mended."""

import csv
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from .partial_dates import Edge, Precision, parse_partial_date, snap


@dataclass(frozen=True)
class Place:
    """Where something stands in a data file, for those who have to mend it."""

    file: Path
    line: int

    def error(self, column: str, message: str) -> CommandError:
        return CommandError(
            f"{self.file}, line {self.line}, column {column}: {message}"
        )


@dataclass(frozen=True)
class Line:
    """A record of a data file; each reader of a cell refuses what makes no sense."""

    place: Place
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        if column not in self.cells:
            message = "the column is missing; add it to the first line."
            raise Place(self.place.file, 1).error(column, message)
        return self.cells[column]

    def texts(self, *columns: str) -> dict[str, str]:
        return {column: self[column] for column in columns}

    def error(self, column: str, message: str) -> CommandError:
        return self.place.error(column, message)

    def number(self, column: str) -> int | None:
        text = self[column]
        if text and not (text.isascii() and text.isdigit()):
            raise self.error(
                column, f"“{text}” is not a whole number; write digits only."
            )
        return int(text) if text else None

    def decimal(self, column: str) -> Decimal | None:
        try:
            value = Decimal(self[column]) if self[column] else None
        except InvalidOperation:
            value = Decimal("NaN")
        if value is not None and not value.is_finite():
            message = f"“{self[column]}” is not a number; write for instance 18857.5."
            raise self.error(column, message)
        return value

    def flag(self, column: str) -> bool:
        if self[column] not in ("0", "1"):
            raise self.error(
                column, f"“{self[column]}” is neither 0 nor 1; write 1 for yes."
            )
        return self[column] == "1"

    def partial_date(self, column: str) -> tuple[datetime.date | None, Precision]:
        try:
            return parse_partial_date(self[column])
        except ValueError as error:
            message = f"“{self[column]}” is not a date; write for instance 2018-04-25."
            raise self.error(column, message) from error

    def dates(self, **columns: str) -> dict[str, Any]:
        """Return the dates of the columns, and what was stated of them, by field."""
        values = {}
        for name, column in columns.items():
            values[name], values[f"{name}_precision"] = self.partial_date(column)
        return values

    def period(self, **columns: str) -> dict[str, Any]:
        """Return two dates as ``dates`` does; the second ends what the first begins."""
        values = self.dates(**columns)
        first, last = columns
        if values[last] is not None:
            precision = values[f"{last}_precision"]
            values[last] = snap(values[last], precision, Edge.LAST)
        if values[first] and values[last] and values[last] < values[first]:
            message = f"“{self[columns[last]]}” is before “{self[columns[first]]}”."
            raise self.error(columns[last], f"{message} Correct one of them.")
        return values

    def day(self, column: str) -> datetime.date | None:
        day, precision = self.partial_date(column)
        if precision != Precision.DAY:
            raise self.error(column, f"“{self[column]}” lacks the day of the month.")
        return day

    def codes(self, column: str, known: Mapping[str, int | None]) -> list[int]:
        """Return the records of the codes, without those that editors deleted."""
        codes = [code.strip() for code in self[column].split(";") if code.strip()]
        pks = [self.known(column, known, code) for code in codes]
        return [pk for pk in pks if pk is not None]

    def known(
        self, column: str, known: Mapping[str, Any], key: str | None = None
    ) -> Any:
        """Return what ``known`` has for the cell, or for ``key`` made of it."""
        key = self[column] if key is None else key
        if key not in known:
            raise self.error(
                column, f"“{key}” is not known; correct it, or add it to its own file."
            )
        return known[key]

    def known_or_none(self, column: str, known: Mapping[str, Any]) -> Any:
        """Return what ``known`` has for the cell; None for an empty one."""
        return self.known(column, known) if self[column] else None


def read_csv(path: Path) -> list[Line]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_lines(path, csv.reader(file, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: {error}. Save the file as CSV in UTF-8."
        raise CommandError(message) from error


def _lines(path, reader) -> Iterator[Line]:
    header = next(reader, None)
    if header is None:
        raise CommandError(f"{path}, line 1: write the names of the columns.")
    start = reader.line_num + 1
    for cells in reader:
        # A cell may run over several lines; the record begins at the first.
        place, start = Place(path, start), reader.line_num + 1
        if len(cells) != len(header):
            raise place.error(
                header[min(len(cells), len(header)) - 1],
                f"the line has {len(cells)} cells and the header {len(header)}; "
                "put a text that contains a comma between quotes.",
            )
        yield Line(place, dict(zip(header, map(str.strip, cells), strict=True)))
