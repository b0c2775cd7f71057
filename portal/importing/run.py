"""Take the rows of a file into the database: compare them, and write what is new.

Rows are read in batches, so that memory does not grow with the file. Each batch asks a
fixed number of queries, and writes with as few statements.
"""

import datetime
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.history import record_history
from portal.publishing.models import Publishable

from . import bulk
from .importer import Draft, RecordImporter, RowError
from .permits import AT_THE_SHELL, Permit, Reach
from .results import Outcome, Result, Totals
from .tables import Sheet, SheetRow, UnreadableFile

ROWS_AT_A_TIME = 2_000

Sink = Callable[[Result], None]


class Batch:
    """What one batch of rows is going to write."""

    def __init__(self):
        self.created: list[tuple[Result, models.Model, Draft]] = []
        self.changed: list[tuple[Result, models.Model, Draft]] = []
        self.columns: set[str] = set()


class Run:
    """One import of one file; without ``writing`` it only tells what it would do."""

    def __init__(
        self,
        importer: RecordImporter,
        sink: Sink,
        *,
        writing: bool,
        permit: Permit = AT_THE_SHELL,
        reason: str = "",
        now: datetime.datetime | None = None,
    ):
        self.importer, self.sink, self.writing = importer, sink, writing
        self.permit, self.reason = permit, reason
        self.totals = Totals()
        # The row that first named a record, by what names it.
        self.claimed: dict[object, int] = {}
        self.now = now or timezone.now()
        self.links: dict[str, bulk.Links] = {}
        self.reach = Reach(permit)

    def take(
        self,
        sheet: Sheet,
        chosen: dict[str, int] | None = None,
        progress: Callable[[int], None] = lambda rows: None,
    ) -> Totals:
        """Take all rows of a sheet; the caller holds the transaction."""
        rows = self.importer.rows_below_headings(sheet.rows, chosen)
        self.links = self.importer.links()
        if not self.writing:
            self._take_batches(rows, progress)
        else:
            with bulk.few_triggers(self.importer.model, self.links):
                self._take_batches(rows, progress)
        self._refuse_merged(sheet)
        return self.totals

    def _refuse_merged(self, sheet):
        for reference, first, last in sheet.merged:
            if last > first and last > self.importer.heading_row:
                message = _(
                    "Cells %(cells)s are merged, so that rows lack what they share. "
                    "Unmerge them, and fill in each row."
                )
                raise UnreadableFile(message % {"cells": reference})

    def _take_batches(self, rows: Iterable[SheetRow], progress):
        rows, done = iter(rows), 0
        while batch := list(itertools.islice(rows, ROWS_AT_A_TIME)):
            self._take_batch(batch)
            done += len(batch)
            progress(done)

    def _take_batch(self, rows: Sequence[SheetRow]):
        drafts = {
            row.number: self.importer.read(row) for row in rows if not row.is_blank
        }
        sound = [draft for draft in drafts.values() if not draft.reasons]
        self.importer.look_up(sound)
        self._match(sound)
        new = [one for one in sound if one.current is None and not one.reasons]
        if new:
            self.importer.warn(new)
        batch, results = Batch(), []
        for row in rows:
            draft = drafts.get(row.number)
            if draft is None:
                results.append(Result(row.number, Outcome.SKIPPED))
            else:
                results.append(self._decide(draft, batch))
        if self.writing:
            self._write(batch)
        for result in results:
            self.totals.count(result)
            self.sink(result)

    def _match(self, drafts):
        """Find the record that each row means, and what it is linked to."""
        for draft in drafts:
            try:
                draft.current = self.importer.match(draft)
            except RowError as error:
                draft.reasons.append(str(error))
        known = [draft.current for draft in drafts if draft.current is not None]
        keys = {current["id"] for current in known}
        for name, links in self.links.items():
            found = links.of(list(keys))
            for current in known:
                current[name] = found.get(current["id"], ())
        self.reach = Reach.of(self.permit, self.importer.model, drafts)
        for draft in drafts:
            draft.reasons += [
                self.importer.reason(draft, name, text)
                for name, text in self.reach.refusals(draft)
            ]

    def _decide(self, draft: Draft, batch: Batch) -> Result:
        result = Result(draft.row.number, Outcome.REJECTED, draft.name, draft.reasons)
        first = None if draft.reasons else self._first_with_the_same(draft)
        if first is not None:
            message = _("Row %(row)d has the same record; keep one of them.")
            draft.reasons.append(message % {"row": first})
        if draft.reasons:
            return result
        if draft.current is None:
            self._create(draft, result, batch)
        else:
            self._compare(draft, result, batch)
        if not draft.reasons:
            self._claim(draft)
        return result

    def _first_with_the_same(self, draft):
        keys = [*self.importer.conflicts(draft)]
        if draft.current is not None:
            keys.append(draft.current["id"])
        found = (self.claimed.get(key) for key in keys)
        return next((row for row in found if row is not None), None)

    def _claim(self, draft):
        keys = [*self.importer.claims(draft)]
        if draft.current is not None:
            keys.append(draft.current["id"])
        for key in keys:
            self.claimed.setdefault(key, draft.row.number)

    def _create(self, draft, result, batch):
        draft.reasons += self.importer.missing(draft)
        if draft.reasons:
            return
        self.importer.complete(draft)
        record = self._record(draft, {})
        if not self._is_sound(record, None, draft):
            return
        self.importer.derive(record, None)
        result.outcome = Outcome.CREATED
        result.warnings = draft.warnings
        result.after = draft.values()
        batch.created.append((result, record, draft))

    def _compare(self, draft, result, batch):
        values = draft.values()
        changed = {
            key: value for key, value in values.items() if draft.current[key] != value
        }
        if not changed:
            result.outcome = Outcome.SAME
            return
        record = self._record(draft, draft.current)
        former = self.importer.model(**self._columns(draft.current))
        if not self._is_sound(record, former, draft):
            return
        derived = self.importer.derive(record, former)
        result.outcome = Outcome.CHANGED
        result.pk = record.pk
        result.differences = self.importer.differences(draft)
        result.before = {key: draft.current[key] for key in changed}
        result.after = changed
        batch.changed.append((result, record, draft))
        batch.columns |= (set(self._columns(changed)) | derived) - {"id"}

    def _columns(self, values: dict[str, Any]) -> dict[str, Any]:
        return {key: values[key] for key in values if key not in self.links}

    def _record(self, draft, current):
        record = self.importer.model(**self._columns({**current, **draft.values()}))
        if isinstance(record, Publishable):
            record.updated_at = self.now
            record.updated_by = self.permit.user
        return record

    def _is_sound(self, record, former, draft):
        refusal = self.permit.refusal(
            is_new=former is None, is_closed=record.pk in self.reach.closed
        )
        if refusal:
            draft.reasons.append(refusal)
            return False
        draft.reasons += [
            self.importer.reason(draft, name, text)
            for name, text in self.importer.problems(record, draft)
        ]
        if not draft.reasons:
            self.importer.take(record, draft)
        return not draft.reasons

    def _write(self, batch: Batch):
        self.importer.write_parts([*batch.created, *batch.changed])
        self._write_created(batch.created)
        self._write_changed(batch)

    def _write_created(self, created):
        if not created:
            return
        model = self.importer.model
        keys = bulk.next_keys(model, len(created))
        for key, (result, record, _draft) in zip(keys, created, strict=True):
            result.pk = record.pk = key
        records = [record for _result, record, _draft in created]
        if any(field.name == "slug" for field in model._meta.concrete_fields):
            self.importer.give_slugs(records)
        bulk.insert_records(records)
        self.importer.made.update(keys)
        for name, links in self.links.items():
            links.add(
                (record.pk, target)
                for _result, record, draft in created
                for target in draft.said.get(name, ())
            )
        record_history(model, keys, self.permit.user, self.reason, "+")

    def _write_changed(self, batch):
        model = self.importer.model
        records = [record for _result, record, _draft in batch.changed]
        if not records:
            return
        columns = batch.columns
        if issubclass(model, Publishable):
            columns |= {"updated_at", "updated_by_id"}
        if columns:
            bulk.update_records(records, columns)
        for name, links in self.links.items():
            write_difference(
                links,
                [
                    (record.pk, draft.current[name], draft.said.get(name))
                    for _result, record, draft in batch.changed
                ],
            )
        keys = [record.pk for record in records]
        record_history(model, keys, self.permit.user, self.reason, "~")


def write_difference(links: bulk.Links, changes: Iterable[tuple]) -> None:
    """Bring links from the old targets of each record to the new ones, None for no."""
    added, removed = [], []
    for key, old, new in changes:
        if new is not None:
            added += [(key, target) for target in set(new) - set(old)]
            removed += [(key, target) for target in set(old) - set(new)]
    if removed:
        links.remove(removed)
    links.add(added)


def import_sheet(
    importer: RecordImporter,
    sheet: Sheet,
    sink: Sink,
    *,
    writing: bool,
    permit: Permit = AT_THE_SHELL,
    reason: str = "",
) -> Totals:
    """Take a sheet as a whole: what goes wrong half-way leaves nothing behind.

    Two imports at once follow one another, and so does whoever else writes content.
    """
    run = Run(importer, sink, writing=writing, permit=permit, reason=reason)
    if not writing:
        return run.take(sheet)
    with transaction.atomic():
        bulk.hold_content()
        return run.take(sheet)
