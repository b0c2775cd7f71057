"""The start page of the back office: what needs attention, and what changed last.

Everything is asked through the admins, so that nobody is told of records that they
may not see.
"""

import operator
from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.utils import model_ngettext
from django.db.models import Count
from django.db.models.options import Options
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from .concerns import Concern, ConcernFilter

CHANGES_SHOWN = 10
# Of more, some may be on records that the reader may not see.
CHANGES_READ = 40


@dataclass(frozen=True)
class Place:
    """A list that has records of a concern."""

    kind: Options
    number: int
    address: str

    @property
    def name(self) -> str:
        return model_ngettext(self.kind, self.number)


@dataclass
class Line:
    """A concern with the lists that it is about."""

    concern: Concern
    places: list[Place] = field(default_factory=list)

    @property
    def number(self) -> int:
        return sum(place.number for place in self.places)

    @property
    def waiting(self) -> list[Place]:
        return [place for place in self.places if place.number]


@dataclass(frozen=True)
class Progress:
    """How much of a record is there, and what is missing."""

    name: str
    address: str
    percent: int
    missing: list[str]


@dataclass(frozen=True)
class Change:
    entry: LogEntry
    kind: str
    address: str


def visible_admins(request, site):
    """Yield the admins whose lists the reader may see."""
    for model_admin in site._registry.values():
        if model_admin.has_view_or_change_permission(request):
            yield model_admin


def lines(request, site) -> list[Line]:
    """Return what needs attention, in one query for each list."""
    found = {}
    now = timezone.now()
    for model_admin in visible_admins(request, site):
        concerns = getattr(model_admin, "concerns", ())
        numbers = counted(model_admin.get_queryset(request), concerns, now)
        for concern in concerns:
            line = found.setdefault(concern.key, Line(concern))
            place = Place(
                model_admin.opts,
                numbers[concern.key],
                f"{list_address(model_admin, site)}"
                f"?{ConcernFilter.parameter_name}={concern.key}",
            )
            line.places.append(place)
    return sorted(found.values(), key=lambda line: line.concern.position)


def counted(records, concerns, now) -> dict[str, int]:
    if not concerns:
        return {}
    model = records.model
    conditions = {concern.key: concern.of(model, now) for concern in concerns}
    # The condition on all of them lets the database use its indexes.
    some = records.filter(reduce(operator.or_, conditions.values())).order_by()
    return some.aggregate(
        **{
            key: Count("pk", filter=condition, distinct=True)
            for key, condition in conditions.items()
        }
    )


def list_address(model_admin, site) -> str:
    opts = model_admin.opts
    return reverse(f"{site.name}:{opts.app_label}_{opts.model_name}_changelist")


def progress(request, site) -> list[Progress]:
    return [
        record
        for model_admin in visible_admins(request, site)
        if hasattr(model_admin, "progress")
        for record in model_admin.progress(request)
    ]


def latest_changes(request, site) -> list[Change]:
    """Return the last changes, whoever made them, of records that the reader sees."""
    entries = list(
        LogEntry.objects.select_related("user", "content_type").order_by(
            "-action_time", "-pk"
        )[:CHANGES_READ]
    )
    seen = visible_keys(request, site, entries)
    changes = []
    for entry in entries:
        model = entry.content_type and entry.content_type.model_class()
        if entry.object_id in seen.get(model, ()):
            changes.append(Change(entry, kind_of(model), change_address(entry, site)))
        elif entry.action_flag == DELETION and request.user.is_superuser:
            changes.append(Change(entry, kind_of(model), ""))
    return changes[:CHANGES_SHOWN]


def visible_keys(request, site, entries):
    """Return the keys of the records that the reader sees, one query for a model."""
    keys = defaultdict(set)
    for entry in entries:
        if entry.content_type and entry.object_id:
            keys[entry.content_type.model_class()].add(entry.object_id)
    seen = {}
    for model_admin in visible_admins(request, site):
        if wanted := keys.get(model_admin.model):
            records = model_admin.get_queryset(request).filter(pk__in=wanted)
            found = records.order_by().values_list("pk", flat=True)
            seen[model_admin.model] = {str(key) for key in found}
    return seen


def kind_of(model) -> str:
    return capfirst(model._meta.verbose_name) if model else ""


def change_address(entry, site) -> str:
    kind = entry.content_type
    route = f"{site.name}:{kind.app_label}_{kind.model}_change"
    return reverse(route, args=[entry.object_id])
