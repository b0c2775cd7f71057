"""Bring back what was deleted, under the same key and with the links that still lead on."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .history import (
    CREATED,
    DELETED,
    copied_fields,
    has_history,
    links_history,
    recording,
)
from .models import ContentVersion
from .publishing.models import Publishable
from .record_values import Targets, change_of, described_fields, versions_of
from .timeline import EMPTY, RecordChanges

# Rows go with their record; outside a work, each has a moment of its own.
TOGETHER = datetime.timedelta(seconds=5)


def deleted_versions(model: type[models.Model]) -> models.QuerySet:
    """Return the last version of each record that is deleted, the latest first."""
    history = model.history.model
    latest = history.objects.filter(id=OuterRef("id")).order_by("-history_id")
    gone = history.objects.filter(
        history_type=DELETED, history_id=Subquery(latest.values("history_id")[:1])
    )
    live = model._base_manager.filter(pk=OuterRef("id"))
    gone = gone.filter(~models.Exists(live)).select_related("history_user")
    return gone.order_by("-history_date", "-history_id")


def cascading_relations(model: type[models.Model]) -> Iterator[models.ForeignKey]:
    """Yield the relations by which rows are deleted together with their record."""
    for relation in model._meta.related_objects:
        is_cascade = relation.on_delete is models.CASCADE
        if relation.one_to_many and is_cascade and has_history(relation.related_model):
            yield relation.field


@dataclass
class Restoration:
    """What comes back of one record, and what does not."""

    record: models.Model
    # What it holds, in words.
    told: RecordChanges
    # The keys of the targets that are still there, by name of the link.
    links: dict[str, list[int]]
    # What cannot be linked any more, in words.
    lost: list[str]
    # What keeps it from coming back, in sentences.
    problems: list[str]
    rows: list["Restoration"] = field(default_factory=list)

    def everything(self) -> list["Restoration"]:
        return [self, *self.rows]


def plan(version: models.Model, user) -> Restoration:
    """Work out what comes back with the last version of a deleted record."""
    model = version.instance_type
    found = [(model, [version])]
    for relation in cascading_relations(model):
        gone = deleted_versions(relation.model).filter(
            **{relation.attname: version.id},
            history_date__gte=version.history_date - TOGETHER,
            history_date__lte=version.history_date + TOGETHER,
        )
        found.append((relation.model, list(gone)))
    valued = [
        (one, rows, versions_of(rows, described_fields(one))) for one, rows in found
    ]
    named = (
        (field, values.get(field.name))
        for one, _rows, by_row in valued
        for values in by_row.values()
        for field in described_fields(one)
    )
    targets = Targets(named, user)
    # Its rows are called by its name.
    targets.add(version.history_object)
    planned = [
        _planned(row, by_row[row.history_id], targets, version)
        for _one, rows, by_row in valued
        for row in rows
    ]
    planned[0].rows = planned[1:]
    return planned[0]


def _planned(row, values, targets, version) -> Restoration:
    model = row.instance_type
    record = model(pk=row.id)
    title = targets.title(model, row.id, values)
    changes = [
        change_of(one, None, values[one.name], targets)
        for one in described_fields(model)
        if values[one.name] not in EMPTY
    ]
    planned = Restoration(record, RecordChanges(title, CREATED, changes), {}, [], [])
    for one in copied_fields(model):
        setattr(record, one.attname, getattr(row, one.attname))
    for one in described_fields(model):
        belongs = one.related_model is version.instance_type and (
            values[one.name] == version.id
        )
        if one.is_relation and not belongs:
            _relate(planned, one, values[one.name], targets)
    if isinstance(record, Publishable):
        record.status = Publishable.Status.DRAFT
    return planned


def _relate(planned, one, value, targets):
    label = capfirst(one.verbose_name)
    if one.many_to_many:
        planned.links[one.name] = [pk for pk in value if targets.is_there(one, pk)]
        missing = [pk for pk in value if not targets.is_there(one, pk)]
        planned.lost += [f"{label}: {targets.text(one, pk)}" for pk in missing]
    elif value and not targets.is_there(one, value):
        text = f"{label}: {targets.text(one, value)}"
        (planned.lost if one.null else planned.problems).append(text)
        setattr(planned.record, one.attname, None)


def restore(version: models.Model, user) -> models.Model:
    """Bring a deleted record back as a draft; raise ValidationError where it cannot."""
    deleted_at = formats.date_format(
        timezone.localtime(version.history_date), "DATETIME_FORMAT"
    )
    reason = _("Restored; it was deleted on %(moment)s") % {"moment": deleted_at}
    with recording(user, reason):
        ContentVersion.objects.hold()
        planned = plan(version, user)
        problems = [text for one in planned.everything() for text in one.problems]
        if problems:
            raise ValidationError(problems)
        for one in planned.everything():
            _write(one, user)
        _link_back(planned.record)
    return planned.record


def _write(planned: Restoration, user):
    record = planned.record
    if hasattr(record, "updated_by_id"):
        record.updated_by = user
    for one in record._meta.concrete_fields:
        if getattr(one, "derived", False):
            one.pre_save(record, add=True)
    record.validate_unique()
    record.validate_constraints()
    record.save(force_insert=True)
    for name, pks in planned.links.items():
        getattr(record, name).set(pks)


def _link_back(record: models.Model):
    """Let those name the record again whose last version still did."""
    for relation in record._meta.related_objects:
        if not relation.many_to_many or not has_history(relation.related_model):
            continue
        owner = relation.related_model
        history = owner.history.model
        latest = history.objects.filter(id=OuterRef("id")).order_by("-history_id")
        held = history.objects.filter(
            history_id=Subquery(latest.values("history_id")[:1])
        )
        links: Any = links_history(relation.field).objects.filter(
            **{relation.field.m2m_reverse_field_name(): record.pk},
            history__in=held.exclude(history_type=DELETED),
        )
        pks = links.values_list(f"{relation.field.m2m_field_name()}_id", flat=True)
        owners = owner._base_manager.filter(pk__in=list(pks))
        getattr(record, relation.get_accessor_name()).add(*owners)
