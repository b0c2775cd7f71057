"""What a record, its links and its rows say, as values that JSON holds.

A snapshot has a part for the record (``RECORD``) and one for each of its rows, by the
name of the relation and the key: ``labels/12``. A row that is in a draft only has a
negative key. A part has the values of its fields, and of its links the keys. What is
worked out at every save, and what concerns publishing itself, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import FileField

RECORD = ""
# Stands for the part itself where a conflict is about whether it is there.
WHOLE = ""
MISSING = object()

Part = dict[str, Any]
Snapshot = dict[str, Part]


@dataclass(frozen=True)
class Rows:
    """The rows of a record by one relation."""

    name: str
    model: type[models.Model]
    owner: str

    def key(self, row_key) -> str:
        return f"{self.name}/{row_key}"


def rows_of(model) -> list[Rows]:
    """Return the relations by which a model has rows that are reworked with it."""
    relations = [model._meta.get_field(name) for name in model.reworked_rows]
    return [Rows(r.name, r.related_model, r.field.name) for r in relations]


def parsed(key: str) -> tuple[str, int]:
    """Return the relation and the key of the row that a part is about."""
    name, row_key = key.split("/")
    return name, int(row_key)


def fields_of(model, *left_out):
    return [
        field
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and field.name not in left_out
    ]


def links_of(model, *left_out):
    return [link for link in model._meta.many_to_many if link.name not in left_out]


def encoded(field, record):
    value = field.value_from_object(record)
    if value is None or (
        isinstance(value, str | int) and not isinstance(field, FileField)
    ):
        return value
    return field.value_to_string(record)


def part_of(record, *left_out) -> Part:
    model = type(record)
    part = {field.name: encoded(field, record) for field in fields_of(model, *left_out)}
    for link in links_of(model, *left_out):
        part[link.name] = sorted(other.pk for other in getattr(record, link.name).all())
    return part


def taken(model, **condition):
    """Return records with all that a snapshot asks of them."""
    links = [link.name for link in links_of(model)]
    return model._base_manager.filter(**condition).prefetch_related(*links)


def take(record) -> Snapshot:
    """Read from the database what a record and its rows say."""
    model = type(record)
    snapshot = {RECORD: part_of(taken(model, pk=record.pk).get(), *model.kept_live)}
    for rows in rows_of(model):
        for row in taken(rows.model, **{rows.owner: record.pk}).order_by("pk"):
            snapshot[rows.key(row.pk)] = part_of(row, rows.owner)
    return snapshot


def numbered(snapshot: Snapshot, known: Snapshot) -> Snapshot:
    """Give rows that are in neither ``known`` nor an earlier draft negative keys."""
    parts, lowest = {}, 0
    new = []
    for key, part in snapshot.items():
        if key == RECORD or key in known or parsed(key)[1] < 0:
            parts[key] = part
            lowest = min(lowest, 0 if key == RECORD else parsed(key)[1])
        else:
            new.append((key, part))
    for number, (key, part) in enumerate(new, start=1):
        parts[f"{parsed(key)[0]}/{lowest - number}"] = part
    return parts


@dataclass
class Merge:
    """What comes of a draft when what it was made from has changed meanwhile.

    ``snapshot`` says what the draft changed, and otherwise what is live. ``base`` is
    what it can be said to be made from now. ``conflicts`` are pairs of a part and the
    name of a field that both have changed, each to something else.
    """

    snapshot: Snapshot = field(default_factory=dict)
    base: Snapshot = field(default_factory=dict)
    conflicts: list[tuple[str, str]] = field(default_factory=list)


def merge(base: Snapshot, live: Snapshot, draft: Snapshot) -> Merge:
    merged = Merge()
    for key in {**live, **base, **draft}:
        if key in base and key in live and key in draft:
            merge_part(merged, key, base[key], live[key], draft[key])
        else:
            merge_presence(merged, key, base.get(key), live.get(key), draft.get(key))
    return merged


def merged(rework, record) -> Merge:
    """Return what a draft makes of the record as it is stored now."""
    return merge(rework.base, take(record), rework.snapshot)


def merge_presence(merged: Merge, key: str, base, live, draft) -> None:
    """Merge a row that was added or deleted on one of the sides."""
    if base is None:
        merged.snapshot[key] = live if draft is None else draft
        if live is not None:
            merged.base[key] = live
        return
    kept = draft if draft is not None else live
    if kept is None:
        return
    is_conflict = kept != base
    if draft is not None and is_conflict:
        merged.snapshot[key] = draft
    if live is not None or is_conflict:
        merged.base[key] = base
    if is_conflict:
        merged.conflicts.append((key, WHOLE))


def merge_part(merged: Merge, key: str, base: Part, live: Part, draft: Part) -> None:
    part, made_from = dict(live), dict(live)
    for name, now in live.items():
        before, wanted = base.get(name, MISSING), draft.get(name, MISSING)
        if before is MISSING or wanted is MISSING or wanted in (before, now):
            continue
        part[name] = wanted
        if now != before:
            made_from[name] = before
            merged.conflicts.append((key, name))
    merged.snapshot[key], merged.base[key] = part, made_from


def apply(record, snapshot: Snapshot, *, keep_keys: bool) -> None:
    """Save what differs between a record, with its links and rows, and a snapshot.

    ``keep_keys`` gives rows that are in the draft only the key that they have there;
    otherwise the database does. Raises IntegrityError for what it refuses.
    """
    present = take(record)
    if present[RECORD] != snapshot[RECORD]:
        write(record, snapshot[RECORD])
    changed = []
    for rows in rows_of(type(record)):
        own = {
            parsed(key)[1]: part
            for key, part in snapshot.items()
            if key != RECORD and parsed(key)[0] == rows.name
        }
        stored = {row.pk: row for row in taken(rows.model, **{rows.owner: record.pk})}
        for key in stored.keys() - own.keys():
            stored[key].delete()
        for key, part in own.items():
            if key not in stored:
                new = rows.model(pk=key if keep_keys else None)
                setattr(new, rows.owner, record)
                changed.append((new, part))
            elif present[rows.key(key)] != part:
                changed.append((stored[key], part))
    write_all(changed)


def write_all(changed: list[tuple[models.Model, Part]]) -> None:
    """Save rows, those later that the database takes only after others."""
    while changed:
        refused = []
        for row, part in changed:
            try:
                with transaction.atomic():
                    write(row, part)
            except IntegrityError as error:
                refused.append((row, part))
                reason = error
        if len(refused) == len(changed):
            raise reason
        changed = refused


def write(record, part: Part) -> None:
    model = type(record)
    for one in fields_of(model):
        if one.name in part:
            setattr(record, one.attname, one.to_python(part[one.name]))
    is_new = record._state.adding
    record.save(force_insert=is_new)
    for link in links_of(model):
        if link.name in part:
            # What was deleted meanwhile cannot be linked to any more.
            others = link.related_model._base_manager
            getattr(record, link.name).set(others.filter(pk__in=part[link.name]))
