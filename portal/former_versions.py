"""A form of the back office filled with what a record and its rows once were."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.text import capfirst

from .history import CHANGED, CREATED, DELETED
from .record_values import (
    Targets,
    change_of,
    described_fields,
    values_of,
)
from .timeline import Kept, RecordChanges, differ, rows_at


@dataclass
class FormerVersion:
    """What a record and its rows were at a moment."""

    moment: datetime.datetime
    record: models.Model
    values: dict[str, Any]
    # By model of the rows and by their keys.
    rows: dict[type[models.Model], dict[int, dict[str, Any]]]
    # The names of the fields that the form writes, by model: all else stays as it is.
    written: dict[type[models.Model], set[str]]
    # What it would bring back, as the histories tell changes.
    records: list[RecordChanges] = field(default_factory=list)
    # What its links led to and is no longer there, in words.
    lost: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, record, kept: list[Kept], moment, user, written
    ) -> "FormerVersion | None":
        """Return what there was at a moment, naming what ``user`` may know of."""
        held = rows_at(kept[0], record.pk, moment).get(record.pk)
        if held is None:
            return None
        rows = {one.model: rows_at(one, record.pk, moment) for one in kept[1:]}
        version = cls(moment, record, held, rows, written)
        version._compare(kept, user)
        return version

    def _compare(self, kept, user):
        own = {self.record.pk: self.values}
        pairs = []
        for one in kept:
            then = own if one is kept[0] else self.rows[one.model]
            live = one.model._base_manager.filter(**{one.column: self.record.pk})
            pairs.append(
                (one.model, then, values_of(live, described_fields(one.model)))
            )
        values = (
            (field, values.get(field.name))
            for model, *both in pairs
            for by_key in both
            for values in by_key.values()
            for field in described_fields(model)
        )
        self.targets = Targets(values, user)
        for model, then, now in pairs:
            for pk in sorted({*then, *now}):
                self._tell(model, pk, now.get(pk), then.get(pk))
            self.lost += [
                text for values in then.values() for text in self._lost(model, values)
            ]

    def _tell(self, model, pk, now, then):
        changes = [
            change_of(
                one, (now or {}).get(one.name), (then or {}).get(one.name), self.targets
            )
            for one in self._written_fields(model)
            if differ((now or {}).get(one.name), (then or {}).get(one.name))
        ]
        kind = CREATED if now is None else DELETED if then is None else CHANGED
        if changes:
            title = self.targets.title(model, pk, then or now)
            self.records.append(RecordChanges(title, kind, changes))

    def _written_fields(self, model):
        written = self.written.get(model, ())
        return [one for one in described_fields(model) if one.name in written]

    def _lost(self, model, values):
        for one in self._written_fields(model):
            value = values[one.name]
            pks = value if isinstance(value, list) else [value] if value else []
            for pk in pks if one.is_relation else ():
                if not self.targets.is_there(one, pk):
                    yield f"{capfirst(one.verbose_name)}: {self.targets.text(one, pk)}"

    def initial(self, model, values, *, files_only=False) -> dict[str, Any]:
        """Return the values as a form takes them, without targets that are gone."""
        initial = {}
        for one in described_fields(model):
            if files_only and not isinstance(one, models.FileField):
                continue
            value = values[one.name]
            if isinstance(value, list):
                initial[one.name] = [
                    pk for pk in value if self.targets.is_there(one, pk)
                ]
            elif one.is_relation:
                initial[one.name] = value if self.targets.is_there(one, value) else None
            else:
                initial[one.name] = one.to_python(value)
        return initial

    def fill_rows(self, formset) -> None:
        """Show the rows of then: those added since are marked to be deleted."""
        then = self.rows.get(formset.model)
        if then is None:
            return
        formset.__dict__.pop("forms", None)
        live = {record.pk for record in formset.get_queryset()}
        missing = [values for pk, values in then.items() if pk not in live]
        formset.extra = len(missing)
        formset.initial_extra = [
            self.initial(formset.model, values) for values in missing
        ]
        for form in formset.initial_forms:
            if form.instance.pk in then:
                values = then[form.instance.pk]
                form.initial |= self.initial(formset.model, values)
            else:
                form.initial["DELETE"] = True


class FormOfVersion:
    """The form of a record that shows a former version of it, to be saved anew."""

    version: FormerVersion

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What browsers do not send back has to be known when the form is saved.
        values = self.version.initial(
            self._meta.model, self.version.values, files_only=self.is_bound
        )
        self.initial |= values
