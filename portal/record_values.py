"""The values of records as they are compared, kept and shown to editors.

A value is *plain* when it is what JSON keeps of it: a relation is the key of its target,
links are a sorted list of keys, a file is its name.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal import rights

from .rich_text import RichTextField
from .rich_text_words import in_words, only_look_differs

# What says nothing of what an editor did.
BOOKKEEPING = {"updated_at", "updated_by", "uid", "sequence"}
TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST_COMPARED = 6000
KEPT_AROUND_CHANGES = 80


def plain(field: models.Field, value: Any) -> Any:
    if isinstance(field, models.FileField):
        return str(value or "")
    if isinstance(value, str):
        # Browsers send other ends of lines than files have.
        return value.replace("\r\n", "\n")
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def described_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields of a model that tell an editor something."""
    fields = [*model._meta.concrete_fields, *model._meta.local_many_to_many]
    return [
        field
        for field in fields
        if not field.primary_key
        and field.name not in BOOKKEEPING
        and not getattr(field, "derived", False)
    ]


def values_of(records: Iterable[models.Model], fields: Iterable[models.Field]) -> dict:
    """Return the plain values of records by key; one query for each kind of links."""
    fields, records = list(fields), list(records)
    values = {
        record.pk: {
            field.name: plain(field, field.value_from_object(record))
            for field in fields
            if not field.many_to_many
        }
        for record in records
    }
    for field in fields:
        if field.many_to_many:
            owner, target = field.m2m_field_name(), field.m2m_reverse_field_name()
            links = field.remote_field.through._base_manager.filter(
                **{f"{owner}__in": list(values)}
            )
            pairs = links.values_list(f"{owner}_id", f"{target}_id")
            _add_links(values, field.name, pairs)
    return values


def versions_of(rows: Iterable[models.Model], fields: Iterable[models.Field]) -> dict:
    """Return the plain values of rows of a history by their ``history_id``."""
    fields, rows = list(fields), list(rows)
    values = {
        row.history_id: {
            field.name: plain(field, getattr(row, field.attname))
            for field in fields
            if not field.many_to_many
        }
        for row in rows
    }
    for field in fields:
        if field.many_to_many and rows:
            target = field.m2m_reverse_field_name()
            links = getattr(type(rows[0]), field.name)
            pairs = links.filter(history_id__in=list(values)).values_list(
                "history_id", f"{target}_id"
            )
            _add_links(values, field.name, pairs)
    return values


def _add_links(values, name, pairs):
    links = defaultdict(list)
    for owner_pk, target_pk in pairs:
        links[owner_pk].append(target_pk)
    for pk, found in values.items():
        found[name] = sorted(links[pk])


class Targets:
    """The records that values name, read once for each model.

    Those that ``user`` may not know of stay without a name.
    """

    def __init__(self, values: Iterable[tuple[models.Field, Any]], user=None):
        self.hidden = set()
        wanted = defaultdict(set)
        for field, value in values:
            if field.is_relation and value:
                pks = value if isinstance(value, list) else [value]
                wanted[field.related_model].update(pks)
        self.found = {
            model: self._read(model, pks, user) for model, pks in sorted_by_name(wanted)
        }

    def _read(self, model, pks, user):
        # Their names may name others in turn.
        named = [field.name for field in model._meta.fields if field.many_to_one]
        records = model._base_manager.select_related(*named)
        pks = [pk for pk in pks if isinstance(pk, int)]
        found = records.in_bulk(pks)
        if user is None or not rights.is_limited(model, user):
            return found
        known = rights.choosable_by(model._base_manager.filter(pk__in=pks), user)
        keys = set(known.values_list("pk", flat=True))
        self.hidden |= {(model, pk) for pk in found if pk not in keys}
        return {pk: found[pk] for pk in found if pk in keys}

    def add(self, record):
        self.found.setdefault(record._meta.model, {})[record.pk] = record

    def get(self, field, pk):
        return self.found.get(field.related_model, {}).get(pk)

    def is_there(self, field, pk) -> bool:
        """Tell whether a record can still be linked, be its name known or not."""
        hidden = (field.related_model, pk) in self.hidden
        return hidden or self.get(field, pk) is not None

    def text(self, field, value) -> str:
        """Return a plain value in words; an empty text where it is not stated."""
        if value in (None, "", []):
            return ""
        if field.is_relation:
            pks = value if isinstance(value, list) else [value]
            return ", ".join(sorted(self._name(field, pk) for pk in pks))
        if isinstance(field, RichTextField):
            return in_words(value)
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        try:
            return _in_words(field.to_python(value))
        except ValidationError:
            return str(value)

    def _name(self, field, pk):
        target = self.get(field, pk)
        if target is not None:
            return str(target)
        kind = field.related_model._meta.verbose_name
        if (field.related_model, pk) in self.hidden:
            return _("%(kind)s that you do not work on") % {"kind": kind}
        return _("%(kind)s %(key)s, no longer there") % {"kind": kind, "key": pk}

    def title(self, model, pk, values) -> str:
        """Return what a record that had these values was called."""
        kind = capfirst(model._meta.verbose_name)
        own = {
            field: values[field.name]
            for field in model._meta.concrete_fields
            if field.name in values
        }
        if any((field.related_model, own[field]) in self.hidden for field in own):
            return kind
        record = model(pk=pk)
        for field, value in own.items():
            setattr(record, field.attname, field.to_python(value))
            target = field.is_relation and self.get(field, value)
            if target:
                field.set_cached_value(record, target)
            elif field.is_relation and value:
                return f"{kind} {pk}"
        try:
            return f"{kind}: {record}"
        except (ObjectDoesNotExist, AttributeError, TypeError):
            return f"{kind} {pk}"


def sorted_by_name(by_model):
    return sorted(by_model.items(), key=lambda item: item[0]._meta.label)


def _in_words(value):
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if hasattr(value, "tzinfo") and hasattr(value, "date"):
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if hasattr(value, "normalize"):
        return formats.localize(value.normalize() + 0, use_l10n=True)
    return str(formats.localize(value))


@dataclass(frozen=True)
class Part:
    text: str
    is_changed: bool


def compare(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Return both texts in parts, those marked in which they differ.

    Long stretches that are the same in both are cut short.
    """
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    if max(len(old), len(new)) > LONGEST_COMPARED:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    first, second = [], []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, low, high, other_low, other_high in matcher.get_opcodes():
        is_changed = kind != "equal"
        for parts, tokens in (
            (first, old[low:high]),
            (second, new[other_low:other_high]),
        ):
            if text := "".join(tokens):
                parts.append(Part(text if is_changed else _cut(text), is_changed))
    return first, second


def _cut(text):
    if len(text) <= 3 * KEPT_AROUND_CHANGES:
        return text
    return f"{text[:KEPT_AROUND_CHANGES]} … {text[-KEPT_AROUND_CHANGES:]}"


@dataclass(frozen=True)
class Change:
    """What became of one value, in words."""

    label: str
    before: list[Part]
    after: list[Part]


def change_of(field, before, after, targets: Targets) -> Change:
    label = str(capfirst(field.verbose_name))
    first, second = targets.text(field, before), targets.text(field, after)
    if first and first == second and isinstance(field, RichTextField):
        second = f"{second} {only_look_differs()}"
    if first and second:
        return Change(label, *compare(first, second))
    return Change(
        label, *([Part(text, False)] if text else [] for text in (first, second))
    )
