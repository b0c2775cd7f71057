"""What became of each row of an import, and the report that tells it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TextIO


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Difference:
    """What a cell changes, in words that people compare."""

    column: str
    old: str
    new: str


@dataclass
class Result:
    """What becomes of a row; ``before`` and ``after`` are what it changes."""

    row: int
    outcome: Outcome
    name: str = ""
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    # The record, once it is stored.
    pk: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    def reported(self) -> dict[str, Any]:
        line = {
            "row": self.row,
            "outcome": str(self.outcome),
            "acronym": self.name,
            "reasons": self.reasons,
        }
        if self.warnings:
            line["warnings"] = self.warnings
        if self.differences:
            line["differences"] = [vars(one) for one in self.differences]
        return line


class Totals(dict):
    """How many rows had each outcome."""

    def __init__(self):
        super().__init__({str(outcome): 0 for outcome in Outcome})

    def count(self, result: Result) -> None:
        self[str(result.outcome)] += 1


encode = json.JSONEncoder(ensure_ascii=False).encode


class JsonReport:
    """Writes rows as they come, and the totals, which are known last."""

    def __init__(self, file: TextIO):
        self.file = file
        self.separator = "\n"
        file.write('{"rows": [')

    def add(self, result: Result) -> None:
        self.file.write(self.separator + encode(result.reported()))
        self.separator = ",\n"

    def close(self, totals: Totals, unused: Sequence[str]) -> None:
        end = {"totals": totals}
        if unused:
            end["unused_columns"] = unused
        self.file.write(f"\n], {encode(end)[1:]}\n")
