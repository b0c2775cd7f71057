"""Merge data files into the database without undoing what editors did.

LoadedRecord keeps what the files last said of each record. A field that still
holds that value follows the files; any other value is an editor's and stays.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import count
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from .data_files import Place
from .history import CREATED, has_history, record_history
from .models import LoadedRecord
from .publishing.models import Publishable


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    SKIPPED = "skipped"


@dataclass
class Tally:
    """What became of each row of an entity."""

    entity: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Take over what became of other rows; the first outcome of a row counts."""
        self.outcomes = other.outcomes | self.outcomes

    def counts(self) -> dict[str, int]:
        outcomes = list(self.outcomes.values())
        return {str(outcome): outcomes.count(outcome) for outcome in Outcome}


def key_of(*parts: object) -> str:
    return " / ".join(map(str, parts))


@dataclass
class Row:
    """What the files say of one record; ``key`` names it in every future run."""

    key: str
    # Values by column of the table, such as country_id.
    values: dict[str, Any]
    # Primary keys by many-to-many field.
    related: dict[str, list[int]] = field(default_factory=dict)
    # Names in the address, best first; only a new record takes one.
    slugs: Sequence[str] = ()
    place: Place | None = None
    # Columns of the file that are not called as the fields are.
    columns: Mapping[str, str] = field(default_factory=dict)

    def error(self, name: str, message: str) -> CommandError:
        column = self.columns.get(name, name).replace(NON_FIELD_ERRORS, "any")
        if self.place is None:
            return CommandError(f"{self.key}, {column}: {message}")
        return self.place.error(column, message)


def primary_keys(
    model: type[models.Model], fields: Sequence[str], identities: Iterable[tuple]
) -> dict[str, int | None]:
    """Map the key of each identity to its record, or to None where there is none.

    That is the record that was loaded, however editors renamed it since, or
    else the oldest one in which ``fields`` have these values.
    """
    identities = list(identities)
    records = model._base_manager.filter(
        **{f"{fields[-1]}__in": {identity[-1] for identity in identities}}
    )
    found = {
        key_of(*values): pk
        for *values, pk in records.order_by("-pk").values_list(*fields, "pk")
    }
    loaded = loaded_primary_keys(model)
    found |= {key: pk for key, pk in loaded.items() if pk is not None}
    return {key: found.get(key) for key in (key_of(*one) for one in identities)}


def loaded_primary_keys(model: type[models.Model]) -> dict[str, int | None]:
    """Map the keys of loaded records to them, or to None if an editor deleted them."""
    loaded = dict(_loaded_records(model).values_list("key", "object_pk"))
    records = model._base_manager.filter(pk__in=loaded.values())
    kept = set(records.values_list("pk", flat=True))
    return {key: pk if pk in kept else None for key, pk in loaded.items()}


def _loaded_records(model):
    return LoadedRecord.objects.filter(entity=model._meta.label_lower)


def refuse_repeated(rows: Iterable[Row]) -> None:
    seen = set()
    for row in rows:
        if row.key in seen:
            message = f"another line also is “{row.key}”; keep one of them."
            raise row.error(next(iter(row.values)), message)
        seen.add(row.key)


@transaction.atomic
def merge(
    model: type[models.Model],
    rows: Iterable[Row],
    *natural_keys: tuple[str, ...],
    taken: Callable[[Any], bool] | None = None,
) -> Tally:
    """Bring the records of ``model`` up to date with the rows.

    A row that was never loaded is left to the editors when a record agrees
    with it in all fields of a natural key, or when ``taken`` says that the
    unsaved record would be in the way of another. A row whose parent is gone
    (None for a required relation) is left out as well.
    """
    work = _Merge(model, list(rows), natural_keys)
    for row in work.rows:
        work.compare(row, taken)
    work.write()
    return Tally(model._meta.label_lower, work.outcomes)


def merge_values(
    new: Mapping[str, Any], last: Mapping[str, Any], current: Mapping[str, Any]
) -> tuple[set[str], set[str]]:
    """Return the fields that follow the files, and those that editors keep."""
    follow, kept = set(), set()
    for name, value in new.items():
        if value not in (last[name], current[name]):
            (follow if current[name] == last[name] else kept).add(name)
    return follow, kept


def _plain(model_field, value):
    """Return ``value`` as JSON keeps it, the same however it was written."""
    value = model_field.to_python(value)
    if isinstance(value, Decimal):
        value = f"{value.normalize():f}"
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


class _Merge:
    def __init__(self, model, rows, natural_keys):
        self.model = model
        self.rows = rows
        self.natural_keys = natural_keys
        refuse_repeated(rows)
        self.drafts = {row.key: self._draft(row) for row in rows}
        self._refuse_twins()
        self.loaded = {record.key: record for record in _loaded_records(model)}
        self.records = self._read_records()
        self.naturals = {
            natural for record in self.records.values() for natural in self._of(record)
        }
        self.links = {
            name: self._read_links(name)
            for name in sorted({name for row in rows for name in row.related})
        }
        self.new, self.changed, self.noted, self.outcomes = [], {}, [], {}

    def _draft(self, row):
        """Return the unsaved record of a row, or refuse what its fields refuse."""
        draft = self.model(**row.values)
        fields = [
            one for one in self.model._meta.concrete_fields if not one.is_relation
        ]
        try:
            draft.clean_fields(
                exclude={one.name for one in self.model._meta.fields}
                - {one.name for one in fields if one.name in row.values}
            )
        except ValidationError as error:
            raise self._refusal(row, error) from error
        for one in self.model._meta.concrete_fields:
            one.pre_save(draft, add=True)
        if isinstance(draft, Publishable):
            draft.status = Publishable.Status.PUBLISHED
            draft.published_at = timezone.now()
        return draft

    def _refusal(self, row, error):
        name, messages = next(iter(error.message_dict.items()))
        message = f"{messages[0]} Correct it."
        known = {one.name: one for one in self.model._meta.fields}
        if name in known and known[name].choices:
            values = ", ".join(value for value, _ in known[name].flatchoices if value)
            message = f"{messages[0]} Choose one of: {values}."
        return row.error(name, message)

    def _of(self, record):
        for number, names in enumerate(self.natural_keys):
            yield number, *(getattr(record, name) for name in names)

    def _refuse_twins(self):
        """Refuse rows of which the database would take only one."""
        seen = set()
        for row in self.rows:
            naturals = set(self._of(self.drafts[row.key]))
            if self._has_parents(self.drafts[row.key]):
                for number, *_values in naturals & seen:
                    one = self.model._meta.get_field(self.natural_keys[number][0])
                    name = getattr(one, "source", one.attname)
                    message = "another line says the same; keep one of them."
                    raise row.error(name, message)
                seen |= naturals

    def _has_parents(self, draft):
        return not any(
            one.is_relation and not one.null and getattr(draft, one.attname) is None
            for one in self.model._meta.concrete_fields
        )

    def _read_records(self):
        """Lock and return what was loaded, and what may be the editors' own."""
        condition = Q(pk__in=[record.object_pk for record in self.loaded.values()])
        for names in self.natural_keys:
            values = {getattr(draft, names[0]) for draft in self.drafts.values()}
            condition |= Q(**{f"{names[0]}__in": values - {None}})
        return (
            self.model._base_manager.select_for_update(no_key=True)
            .filter(condition)
            .order_by()
            .in_bulk()
        )

    def _through(self, name):
        """Return the table of links, and its columns for both ends."""
        one = self.model._meta.get_field(name)
        ends = one.m2m_field_name(), one.m2m_reverse_field_name()
        return one.remote_field.through, *(f"{end}_id" for end in ends)

    def _read_links(self, name):
        through, owner, target = self._through(name)
        links = defaultdict(dict)
        stored = through._base_manager.filter(**{f"{owner}__in": list(self.records)})
        for owner_pk, target_pk, pk in stored.values_list(owner, target, "pk"):
            links[owner_pk][target_pk] = pk
        return links

    def _plain_values(self, record, names):
        fields = {name: self.model._meta.get_field(name) for name in names}
        return {
            name: _plain(one, getattr(record, one.attname))
            for name, one in fields.items()
        }

    def _said(self, row):
        """Return what the files say, in the form in which it is compared."""
        return self._plain_values(self.drafts[row.key], row.values) | {
            name: sorted(set(targets)) for name, targets in row.related.items()
        }

    def compare(self, row, taken):
        """Decide what becomes of a row; nothing is written yet."""
        if row.key not in self.loaded:
            is_free = self._is_free(self.drafts[row.key], taken)
            self.outcomes[row.key] = Outcome.CREATED if is_free else Outcome.SKIPPED
            if is_free:
                self.new.append(row)
        elif self.loaded[row.key].object_pk not in self.records:
            self.outcomes[row.key] = Outcome.SKIPPED
        else:
            self.outcomes[row.key] = self._compare_fields(row, self.loaded[row.key])

    def _is_free(self, draft, taken):
        if not self._has_parents(draft):
            return False
        if not self.naturals.isdisjoint(self._of(draft)):
            return False
        return taken is None or not taken(draft)

    def _compare_fields(self, row, loaded):
        record = self.records[loaded.object_pk]
        new = self._said(row)
        # A field that earlier versions did not load counts as empty then.
        empty = self._plain_values(self.model(), row.values)
        last = empty | dict.fromkeys(row.related, []) | loaded.values
        current = self._plain_values(record, row.values) | {
            name: sorted(self.links[name][record.pk]) for name in row.related
        }
        follow, kept = merge_values(new, last, current)
        base = last | {name: new[name] for name in new if name not in kept}
        if base != loaded.values:
            loaded.values = base
            self.noted.append(loaded)
        if follow:
            self.changed[row.key] = (row, record, follow)
            return Outcome.CHANGED
        return Outcome.SKIPPED if kept else Outcome.SAME

    def write(self):
        """Store what was decided, in bulk."""
        try:
            with transaction.atomic():
                self._create()
                self._change()
                LoadedRecord.objects.bulk_update(self.noted, ["values"])
                self._keep_history()
        except IntegrityError as error:
            raise self._explanation(error) from error

    def _keep_history(self):
        if has_history(self.model):
            reason = gettext("Loaded from the data files.")
            new = [self.drafts[row.key].pk for row in self.new]
            record_history(self.model, new, None, reason, CREATED)
            changed = [record.pk for _row, record, _follow in self.changed.values()]
            record_history(self.model, changed, None, reason)

    def _create(self):
        self._give_slugs()
        drafts = [self.drafts[row.key] for row in self.new]
        self.model._base_manager.bulk_create(drafts)
        self._link(
            (name, draft.pk, target)
            for row, draft in zip(self.new, drafts, strict=True)
            for name, targets in row.related.items()
            for target in set(targets)
        )
        LoadedRecord.objects.bulk_create(
            LoadedRecord(
                entity=self.model._meta.label_lower,
                key=row.key,
                object_pk=draft.pk,
                values=self._said(row),
            )
            for row, draft in zip(self.new, drafts, strict=True)
        )

    def _give_slugs(self):
        if not any(row.slugs for row in self.new):
            return
        taken = set(self.model._base_manager.values_list("slug", flat=True))
        for row in self.new:
            numbered = (f"{row.slugs[0][:190]}-{number}" for number in count(2))
            wanted = next((slug for slug in row.slugs if slug not in taken), None)
            slug = wanted or next(slug for slug in numbered if slug not in taken)
            self.drafts[row.key].slug = slug
            taken.add(slug)

    def _link(self, links):
        by_name = defaultdict(list)
        for name, owner_pk, target_pk in links:
            through, owner, target = self._through(name)
            by_name[name].append(through(**{owner: owner_pk, target: target_pk}))
        for name, rows in by_name.items():
            self._through(name)[0]._base_manager.bulk_create(rows)

    def _change(self):
        names, added, removed = set(), [], defaultdict(list)
        for row, record, follow in self.changed.values():
            for name in follow & set(row.values):
                setattr(record, name, getattr(self.drafts[row.key], name))
                names.add(self.model._meta.get_field(name).name)
            for name in follow & set(row.related):
                old, new = self.links[name][record.pk], set(row.related[name])
                added += [(name, record.pk, target) for target in new - set(old)]
                removed[name] += [old[target] for target in set(old) - new]
            names |= self._derive(record)
        if names:
            records = [record for _row, record, _follow in self.changed.values()]
            self.model._base_manager.bulk_update(records, names)
        for name, pks in removed.items():
            self._through(name)[0]._base_manager.filter(pk__in=pks).delete()
        self._link(added)

    def _derive(self, record):
        """Work out the columns that follow from others, as saving would."""
        if isinstance(record, Publishable):
            record.updated_by_id = None
        fields = [one for one in self.model._meta.concrete_fields if not one.editable]
        for one in fields:
            one.pre_save(record, add=False)
        return {one.name for one in fields if not one.primary_key}

    def _explanation(self, error):
        """Find the row that the database refused; it does not say which it was."""
        written = [(row, self.drafts[row.key]) for row in self.new]
        written += [(row, record) for row, record, _follow in self.changed.values()]
        for row, record in written:
            try:
                record.full_clean()
            except ValidationError as refused:
                return self._refusal(row, refused)
        name = self.model._meta.verbose_name_plural
        return CommandError(f"The database refused the {name}: {error}")
