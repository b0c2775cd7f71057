"""Nobody's save silently overwrites another's.

A form carries a signed token of all values that its editor saw, its rows among them.
Whoever changed them since, and by whatever way, the values in the database are other
ones when the form comes back. Then nothing is saved. The form is shown again: what its
editor typed stays, all else follows the database, and a table says what has changed.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .hands import Hand
from .record_values import Change, Targets, change_of, plain, values_of

SALT = "portal.collisions"
# Not in every form, and yet it decides what saving means.
WATCHED = ("status", "publish_at", "unpublish_at")
# Of users: what a form shows is not what is stored, and signing in is no change.
UNWATCHED = ("password", "last_login")

Values = dict[str, Any]


@dataclass
class Rows:
    """The rows that one inline of a form shows."""

    prefix: str
    model: type[models.Model]
    # The name of the relation to the record that they are rows of.
    parent: str
    form: type[forms.ModelForm]
    queryset: models.QuerySet


@dataclass
class Seen:
    """What the database held when a form was made of it, as plain values."""

    at: datetime.datetime
    record: Values
    # By prefix of the inline and by primary key, as texts.
    rows: dict[str, dict[str, Values]]

    def token(self, record) -> str:
        told = [_identity(record), self.at.isoformat(), self.record, self.rows]
        return signing.dumps(told, salt=SALT, compress=True)

    @classmethod
    def from_token(cls, token: str, record) -> "Seen | None":
        try:
            identity, at, values, rows = signing.loads(token, salt=SALT)
        except (signing.BadSignature, ValueError):
            return None
        if identity != _identity(record):
            return None
        return cls(datetime.datetime.fromisoformat(at), values, rows)

    def agrees_with(self, other: "Seen") -> bool:
        return (self.record, self.rows) == (other.record, other.rows)


def _identity(record):
    return [record._meta.label_lower, record.pk]


def watched_fields(model, form) -> list[models.Field]:
    names = {*form.base_fields, *WATCHED} - set(UNWATCHED)
    fields = [*model._meta.concrete_fields, *model._meta.local_many_to_many]
    return [one for one in fields if one.name in names]


def look(record: models.Model, form, inlines: list[Rows]) -> Seen:
    """Return what the database holds of a record and of its rows.

    The number of queries depends on the inlines and their kinds of links alone.
    """
    at = timezone.now()
    stored = record._meta.model._base_manager.filter(pk=record.pk)
    own = values_of(stored, watched_fields(record._meta.model, form))
    rows = {
        inline.prefix: {
            str(pk): values
            for pk, values in values_of(
                inline.queryset, watched_fields(inline.model, inline.form)
            ).items()
        }
        for inline in inlines
    }
    return Seen(at, own.get(record.pk, {}), rows)


@dataclass
class Difference:
    """A value that is another one than the editor saw; ``typed`` where they changed it."""

    name: str
    change: Change
    typed: str | None
    # Who saved it and when, as far as that is known.
    hand: Hand | None = None

    @property
    def is_conflict(self):
        return self.typed is not None


@dataclass
class RecordDifferences:
    model: type[models.Model]
    pk: int
    title: str
    # What happened to the whole row, in a sentence; empty where values changed.
    fate: str = ""
    differences: list[Difference] = field(default_factory=list)


class Clash:
    """A form that was made of values which somebody has changed since.

    ``data`` and ``files`` are what it says now: what its editor typed, and what the
    database holds of all that they left alone.
    """

    def __init__(self, record, form, inlines, request, seen: Seen | None, now: Seen):
        self.record, self.form, self.inlines = record, form, inlines
        self.seen, self.now = seen, now
        self.data, self.files = request.POST.copy(), copy(request.FILES)
        self.has_files = bool(request.FILES)
        self.records: list[RecordDifferences] = []
        if seen is not None:
            self.targets = Targets(self._values())
            self.targets.add(record)
            self._compare_record()
            for inline in inlines:
                self._compare_rows(inline)

    @property
    def differences(self):
        return [one for record in self.records for one in record.differences]

    @property
    def has_conflict(self):
        return any(one.is_conflict for one in self.differences)

    @property
    def hands(self):
        """Who saved what is new, and when, in their order."""
        found = {one.hand for one in self.differences if one.hand is not None}
        return sorted(found, key=lambda hand: hand.moment)

    def tell_hands(self, find):
        """Say who wrote each value, where ``find``, called as hands() is, tells it."""
        by_model = defaultdict(list)
        for record in self.records:
            by_model[record.model].append(record)
        for model, records in by_model.items():
            found = find(model, [one.pk for one in records], self.seen.at)
            for record in records:
                own = found.get(record.pk, {})
                for one in record.differences:
                    one.hand = own.get(one.name) or own.get("")

    def _values(self) -> Iterator[tuple[models.Field, Any]]:
        model = type(self.record)
        for seen in (self.seen, self.now):
            yield from _pairs(watched_fields(model, self.form), [seen.record])
            for inline in self.inlines:
                fields = watched_fields(inline.model, inline.form)
                yield from _pairs(fields, seen.rows.get(inline.prefix, {}).values())

    def _compare_record(self):
        form = self.form(self.data, self.files, instance=copy(self.record))
        title = f"{capfirst(self.record._meta.verbose_name)}: {self.record}"
        own = self.seen.record, self.now.record
        self._compare(self.record.pk, title, form, *own)

    def _compare(self, pk, title, form, was, now):
        found = [
            self._difference(form, field, was.get(field.name), now.get(field.name))
            for field in watched_fields(form._meta.model, type(form))
            if was.get(field.name) != now.get(field.name)
        ]
        if found:
            model = form._meta.model
            self.records.append(RecordDifferences(model, pk, title, "", found))

    def _difference(self, form, field, was, now):
        typed = typed_value(form, field, was)
        if typed is None and field.name in form.fields:
            self._write(form, field, now)
        elif typed is not None and typed_value(form, field, now) is None:
            # Both wrote the same.
            typed = None
        change = change_of(field, was, now, self.targets)
        return Difference(field.name, change, typed and typed.text)

    def _write(self, form, field, value):
        if isinstance(field, models.FileField):
            return
        bound = form[field.name]
        widget = bound.field.widget
        shown = bound.field.prepare_value(_for_form(field, value))
        fill_in(self.data, widget, bound.html_name, shown)

    def _compare_rows(self, inline):
        was = self.seen.rows.get(inline.prefix, {})
        now = self.now.rows[inline.prefix]
        sent = SentRows(inline, self.data, self.files)
        for pk in sorted({*was, *now}, key=int):
            title = self._title(inline, pk, now.get(pk) or was[pk])
            if pk not in was:
                fate = _("Added meanwhile. It stays when you save.")
                self._tell(pk, title, fate, inline, {}, now[pk])
            elif pk not in now:
                self._tell_of_removed(inline, sent, pk, was[pk], title)
            elif pk in sent.forms:
                self._compare(int(pk), title, sent.forms[pk], was[pk], now[pk])
        sent.write()

    def _tell_of_removed(self, inline, sent, pk, was, title):
        form = sent.forms.get(pk)
        fields = watched_fields(inline.model, inline.form)
        is_touched = form is not None and any(
            typed_value(form, field, was.get(field.name)) for field in fields
        )
        if is_touched and not sent.is_deleted(pk):
            sent.renew(pk)
            fate = _("Removed meanwhile. As you changed it, saving adds it again.")
        else:
            sent.drop(pk)
            fate = _("Removed meanwhile. It stays removed when you save.")
        self._tell(pk, title, fate, inline, was, {})

    def _tell(self, pk, title, fate, inline, was, now):
        differences = [
            Difference(
                field.name,
                change_of(
                    field, was.get(field.name), now.get(field.name), self.targets
                ),
                None,
            )
            for field in watched_fields(inline.model, inline.form)
            if (was.get(field.name) or now.get(field.name)) not in (None, "", [])
        ]
        told = RecordDifferences(inline.model, int(pk), title, fate, differences)
        self.records.append(told)

    def _title(self, inline, pk, values):
        known = values | {inline.parent: self.record.pk}
        return self.targets.title(inline.model, int(pk), known)


def typed_texts(form, was: Values) -> Iterator[tuple[str, str]]:
    """Yield label and text of each field that says something else than it showed."""
    for one in watched_fields(form._meta.model, type(form)):
        typed = typed_value(form, one, was.get(one.name))
        if typed is not None and typed.text.strip():
            yield form[one.name].label, typed.text


@dataclass
class Typed:
    text: str


def typed_value(form, field, was) -> Typed | None:
    """Return what an editor put in place of ``was``; None where they left it."""
    if field.name not in form.fields:
        return None
    bound = form[field.name]
    if bound.field.disabled:
        return None
    data, former = bound.data, _for_form(field, was)
    if isinstance(data, str) and isinstance(former, str):
        # As the field will store it.
        data, former = data.replace("\r\n", "\n").strip(), former.strip()
    if not bound.field.has_changed(former, data):
        return None
    try:
        value = bound.field.clean(data)
    except ValidationError:
        return Typed(str(data))
    if field.many_to_many:
        return Typed(", ".join(sorted(map(str, value))))
    if field.is_relation or isinstance(field, models.FileField):
        return Typed(str(value or ""))
    return Typed(Targets([]).text(field, plain(field, value)))


def _pairs(fields, all_values):
    for values in all_values:
        for one in fields:
            yield one, values.get(one.name)


def _for_form(field, value):
    """Return a plain value as the fields of forms compare it."""
    if field.is_relation or value is None:
        return value
    return field.to_python(value)


def fill_in(data: MultiValueDict, widget: forms.Widget, name: str, value: Any) -> None:
    """Let ``data`` say of one widget what it would if it had shown ``value``."""
    if isinstance(widget, RelatedFieldWidgetWrapper):
        widget = widget.widget
    if isinstance(widget, forms.MultiWidget):
        values = value if isinstance(value, list) else widget.decompress(value)
        for end, part, one in zip(
            widget.widgets_names, widget.widgets, values, strict=True
        ):
            fill_in(data, part, f"{name}{end}", one)
    elif isinstance(widget, forms.CheckboxInput):
        data.setlist(name, ["on"] if value else [])
    else:
        shown = widget.format_value(value)
        shown = shown if isinstance(shown, list | tuple) else [shown]
        data.setlist(name, ["" if one is None else str(one) for one in shown])


class SentRows:
    """The rows of an inline as the form sent them; they can be left out or renewed."""

    def __init__(self, inline: Rows, data, files):
        self.prefix, self.data, self.files = inline.prefix, data, files
        self.key = f"-{inline.model._meta.pk.name}"
        self.numbers = {}
        for number in range(self._count("INITIAL_FORMS")):
            pk = data.get(f"{self.prefix}-{number}{self.key}", "")
            if pk.isdecimal():
                self.numbers[str(int(pk))] = number
        self.forms = {
            pk: inline.form(data, files, prefix=f"{self.prefix}-{number}")
            for pk, number in self.numbers.items()
        }
        self.dropped, self.renewed = set(), set()

    def _count(self, name):
        value = self.data.get(f"{self.prefix}-{name}", "")
        return int(value) if value.isdecimal() and len(value) < 6 else 0

    def is_deleted(self, pk):
        return f"{self.prefix}-{self.numbers[pk]}-DELETE" in self.data

    def drop(self, pk):
        self.dropped.update({self.numbers[pk]} if pk in self.numbers else ())

    def renew(self, pk):
        self.renewed.add(self.numbers[pk])

    def write(self):
        """Give the rows new numbers: those that exist come first, then the new ones."""
        if not self.dropped and not self.renewed:
            return
        initial, total = self._count("INITIAL_FORMS"), self._count("TOTAL_FORMS")
        gone = self.dropped | self.renewed
        kept = [number for number in range(initial) if number not in gone]
        new = [*sorted(self.renewed), *range(initial, total)]
        for number in self.renewed:
            self.data[f"{self.prefix}-{number}{self.key}"] = ""
        for sent in (self.data, self.files):
            self._renumber(sent, {old: new for new, old in enumerate([*kept, *new])})
        self.data[f"{self.prefix}-INITIAL_FORMS"] = str(len(kept))
        self.data[f"{self.prefix}-TOTAL_FORMS"] = str(len(kept) + len(new))

    def _renumber(self, sent, numbers):
        moved = {}
        for name in list(sent):
            number, _dash, rest = name.removeprefix(f"{self.prefix}-").partition("-")
            if name.startswith(f"{self.prefix}-") and number.isdecimal() and rest:
                values = sent.getlist(name)
                del sent[name]
                if int(number) in numbers:
                    moved[f"{self.prefix}-{numbers[int(number)]}-{rest}"] = values
        for name, values in moved.items():
            sent.setlist(name, values)
