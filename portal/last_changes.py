"""When what the public reads of some records last changed.

Records tell of themselves, and histories of what was deleted, linked or part of others.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from django.db.models import Max, Model, Q, QuerySet

from .partial_dates import BRUSSELS
from .publishing.models import Publishable

DAY = datetime.timedelta(days=1)


def last_change_of(
    model: type[Model], at: datetime.datetime, part_of: str = ""
) -> datetime.datetime | None:
    """Return when a public record of a model last changed, appeared or went.

    ``part_of`` is the relation to the record with which each becomes public; when that
    one changed does not count.
    """
    versions = model.history.all()
    if issubclass(model, Publishable):
        # Of what was deleted, and of links, only versions tell.
        seen = Q(published_at__isnull=False)
        seen |= Q(status=Publishable.Status.APPROVED, publish_at__lte=at)
        moments = [model.objects.last_change(at), latest(versions.filter(seen))]
        return max(filter(None, moments), default=None)
    if part_of:
        field = model._meta.get_field(part_of)
        public = Q(**{f"{part_of}__in": field.related_model.objects.published()})
        if field.null:
            public |= Q(**{f"{part_of}__isnull": True})
        # What left a public record for a hidden one changed as well.
        versions = versions.filter(id__in=versions.filter(public).values("id"))
    return latest(versions)


def last_change_read(
    records: QuerySet, path: str, at: datetime.datetime
) -> datetime.datetime | None:
    """Return when something last changed that records read by a relation.

    Where its records are public by themselves, or parts of others, all of them count:
    one that went is linked no more.
    """
    model = records.model
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    part_of = getattr(model, "belongs_to", "")
    if part_of or issubclass(model, Publishable):
        return last_change_of(model, at, part_of)
    return latest(model.history.filter(id__in=records.values(path)))


def latest(versions: QuerySet) -> datetime.datetime | None:
    dates = versions.order_by("-history_date").values_list("history_date", flat=True)
    return dates.first()


def last_turns(
    records: QuerySet,
    at: datetime.datetime,
    begin: Sequence[str],
    end: Sequence[str],
) -> Iterator[datetime.datetime]:
    """Yield the moments at which a day last changed what is read of records.

    They turn when the day of a field in ``begin`` begins, and when that of one in
    ``end`` is over.
    """
    today = at.astimezone(BRUSSELS).date()
    days = {name: Q(**{f"{name}__lte": today}) for name in begin}
    days |= {name: Q(**{f"{name}__lt": today}) for name in end}
    # The day on which an address answered is written past the history, at some time
    # of this day.
    reachable = getattr(records.model, "reachable_fields", {})
    days |= {name: Q() for name in reachable.values()}
    found = records.aggregate(
        **{f"last_{name}": Max(name, filter=kept) for name, kept in days.items()}
    )
    for name in days:
        day = found[f"last_{name}"]
        if day is not None:
            yield min(at, midnight(day if name in begin else day + DAY))


def midnight(day: datetime.date) -> datetime.datetime:
    """Return when a day begins in Brussels."""
    return datetime.datetime.combine(day, datetime.time.min, BRUSSELS)
