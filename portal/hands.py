"""Whose hands records went through: who saved which value last, and when."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Count, Max, Q, Value

from .history import DELETED, has_history
from .record_values import described_fields, versions_of

# A save that was under way may show a moment later than the time that it carries.
SLACK = datetime.timedelta(seconds=5)


@dataclass(frozen=True)
class Hand:
    name: str
    moment: datetime.datetime


def names_of_users(pks: Iterable[int | None]) -> dict[int, str]:
    """Return how each user is called; one query."""
    users = get_user_model()._base_manager.in_bulk({pk for pk in pks if pk})
    return {pk: user.get_full_name() or str(user) for pk, user in users.items()}


def count_entries(user) -> int:
    """Return how many rows of any history, or of the log, name a user; one query."""
    histories = [
        model.history.model for model in apps.get_models() if has_history(model)
    ]
    counts = [
        model._base_manager.filter(**{name: user.pk})
        .order_by()
        .values(group=Value(1))
        .annotate(number=Count("pk"))
        .values_list("number")
        for model, name in [
            (LogEntry, "user"),
            *((one, "history_user") for one in histories),
        ]
    ]
    return sum(number for (number,) in counts[0].union(*counts[1:], all=True))


def hands(
    model: type[models.Model],
    pks: Iterable[int],
    since: datetime.datetime,
    until: datetime.datetime | None = None,
) -> dict[int, dict[str, Hand]]:
    """Return who saved each value of these records since, by key and field.

    An empty name stands for the record itself: who saved it last, or deleted it.
    """
    if not has_history(model):
        return {}
    pks = list(pks)
    rows = _rows_since(model.history.model, pks, since - SLACK)
    rows = [row for row in rows if until is None or row.history_date < until]
    versions = versions_of(rows, described_fields(model))
    users = names_of_users(row.history_user_id for row in rows)
    found, former = defaultdict(dict), {}
    for row in rows:
        values, before = versions[row.history_id], former.get(row.id, {})
        is_known = before or row.history_date >= since
        former[row.id] = values
        if row.history_date < since - SLACK or not is_known:
            continue
        changed = [name for name in values if values[name] != before.get(name)]
        if row.history_type == DELETED:
            changed = list(values)
        hand = Hand(users.get(row.history_user_id, ""), row.history_date)
        found[row.id] |= dict.fromkeys([*changed, ""] if changed else [], hand)
    return dict(found)


def _rows_since(history, pks, since):
    """Return the rows since then, each record's last one before included."""
    own = history.objects.filter(id__in=pks)
    before = own.filter(history_date__lt=since).order_by().values("id")
    before = before.annotate(last=Max("history_id")).values("last")
    wanted = Q(history_date__gte=since) | Q(history_id__in=before)
    return list(own.filter(wanted).order_by("history_id"))
