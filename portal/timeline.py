"""The history of a record and of its rows, as a list of what was done to them."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from .hands import names_of_users
from .history import CREATED, DELETED
from .record_values import (
    Change,
    Targets,
    change_of,
    described_fields,
    versions_of,
)

EMPTY = (None, "", [])


@dataclass(frozen=True)
class Kept:
    """A model whose history belongs to that of a record: itself, or rows of it."""

    model: type[models.Model]
    # The column that names the record: its own key, or that of its rows to it.
    column: str

    def rows(self, pk):
        return self.model.history.filter(**{self.column: pk}).order_by()


@dataclass
class RecordChanges:
    title: str
    kind: str
    changes: list[Change]

    @property
    def is_new(self):
        return self.kind == CREATED

    @property
    def is_gone(self):
        return self.kind == DELETED

    @property
    def is_change(self):
        return not self.is_new and not self.is_gone


@dataclass
class Entry:
    """What one person did at one moment, to a record and to its rows."""

    moment: datetime.datetime
    user_id: int | None
    user: str = ""
    reason: str = ""
    # The version of the record itself; the one that held then, where it has none.
    version: int | None = None
    records: list[RecordChanges] = field(default_factory=list)


class Timeline:
    """Entries of a record, the latest first, for a paginator.

    The number of queries depends on the kinds of rows and links, not on the entries.
    """

    def __init__(self, pk: int, kept: list[Kept], user=None):
        self.pk, self.kept, self.user = pk, kept, user
        parts = [
            one.rows(pk).values_list("history_date", "history_user_id") for one in kept
        ]
        # What is twice in it counts once: rows of one work are one entry.
        if len(parts) == 1:
            moments = parts[0].distinct()
        else:
            moments = parts[0].union(*parts[1:])
        self.moments = moments.order_by("-history_date")

    def __len__(self):
        return self.moments.count()

    def __getitem__(self, part: slice) -> list[Entry]:
        entries = [Entry(*found) for found in self.moments[part]]
        users = names_of_users(entry.user_id for entry in entries)
        for entry in entries:
            entry.user = users.get(entry.user_id, "")
        if entries:
            self._fill(entries)
        return entries

    def _fill(self, entries):
        dates = [entry.moment for entry in entries]
        steps = [step for one in self.kept for step in _steps(one, self.pk, dates)]
        pairs = (pair for step in steps for pair in step.pairs())
        targets = Targets(pairs, self.user)
        found = {(entry.moment, entry.user_id): entry for entry in entries}
        for step in steps:
            entry = found[step.row.history_date, step.row.history_user_id]
            entry.reason = entry.reason or step.row.history_change_reason
            if step.kept is self.kept[0]:
                entry.version = step.row.history_id
            changes = step.changes(targets)
            if changes or step.row.history_type != "~":
                title = targets.title(step.kept.model, step.row.id, step.values)
                told = RecordChanges(title, step.row.history_type, changes)
                entry.records.append(told)
        self._fill_versions(entries)

    def _fill_versions(self, entries):
        """Find which version of the record held where only its rows were written."""
        missing = [entry for entry in entries if entry.version is None]
        if not missing:
            return
        rows = self.kept[0].rows(self.pk).order_by("history_id")
        versions = list(rows.values_list("history_date", "history_id"))
        for entry in missing:
            held = [pk for moment, pk in versions if moment <= entry.moment]
            entry.version = held[-1] if held else None


@dataclass
class Step:
    """One row of a history beside the one before it."""

    kept: Kept
    row: Any
    values: dict[str, Any]
    former: dict[str, Any] | None

    def _sides(self):
        """Return the values before and after; nothing is before a new record."""
        if self.row.history_type == DELETED:
            return self.values, {}
        return self.former or {}, self.values

    def pairs(self):
        for one in described_fields(self.kept.model):
            for values in (self.values, self.former or {}):
                yield one, values.get(one.name)

    def changes(self, targets):
        if self.former is None and self.row.history_type == "~":
            # The first version of a record that is older than its history.
            return []
        before, after = self._sides()
        return [
            change_of(one, before.get(one.name), after.get(one.name), targets)
            for one in described_fields(self.kept.model)
            if differ(before.get(one.name), after.get(one.name))
            and not (one.attname == self.kept.column and not (before and after))
        ]


def differ(before, after) -> bool:
    """Tell whether two plain values differ; nothing is the same in any form."""
    return before != after and not (before in EMPTY and after in EMPTY)


def _steps(kept: Kept, pk, dates) -> list[Step]:
    history = kept.model.history.model
    former = history.objects.filter(
        id=OuterRef("id"), history_id__lt=OuterRef("history_id")
    )
    former = former.order_by("-history_id").values("history_id")[:1]
    rows = list(
        kept.rows(pk)
        .filter(history_date__in=dates)
        .annotate(former_id=Subquery(former))
        .order_by("history_id")
    )
    formers = history.objects.filter(pk__in=[row.former_id for row in rows])
    fields = described_fields(kept.model)
    values = versions_of({row.pk: row for row in [*rows, *formers]}.values(), fields)
    return [
        Step(kept, row, values[row.history_id], values.get(row.former_id))
        for row in rows
    ]


def rows_at(kept: Kept, pk, moment: datetime.datetime) -> dict[int, dict[str, Any]]:
    """Return the values that the rows of a record had at a moment, by their keys."""
    history = kept.model.history.model
    latest = history.objects.filter(id=OuterRef("id"), history_date__lte=moment)
    latest = latest.order_by("-history_id").values("history_id")[:1]
    held = Q(history_id=Subquery(latest)) & ~Q(history_type=DELETED)
    rows = list(kept.rows(pk).filter(held, history_date__lte=moment).order_by("id"))
    values = versions_of(rows, described_fields(kept.model))
    return {row.id: values[row.history_id] for row in rows}
