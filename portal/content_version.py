"""What all that is kept in memory depends on: which content it was made from.

The version changes with every write of content, and at the moment at which something
becomes public by the clock, stops being so, an event is over, or a day begins in
Brussels.
"""

import datetime
import functools
import itertools
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from .models import ContentVersion, RecordVersion, Rework
from .partial_dates import BRUSSELS
from .publishing.models import Publishable
from .triggers import EVERY_RECORD, followed_as_a_whole

Kept = TypeVar("Kept")

# Whose times they are: of records, or of drafts beside them.
RECORDS, REWORKS = 1, 2


@dataclass(frozen=True)
class Version:
    epoch: int
    number: int
    # The last moment at which the clock, and no write, changed what is public.
    moment: datetime.datetime
    # How often this process was told to forget.
    lives: int


class Moments:
    """The moment from which the present version holds, and that of the next one."""

    def __init__(self, now: datetime.datetime):
        midnight = datetime.datetime.combine(
            now.astimezone(BRUSSELS), datetime.time.min, BRUSSELS
        )
        tomorrow = midnight + datetime.timedelta(days=1)
        rows = read_moments(now)
        found = [moment for _group, moment in rows if moment is not None]
        self.last = max([midnight, *(moment for moment in found if moment <= now)])
        self.next = min([tomorrow, *(moment for moment in found if moment > now)])
        # Whether the draft of a change should have been published by now.
        self.is_rework_due = any(
            group == REWORKS and moment is not None and moment <= now
            for group, moment in rows
        )


# Stands for the present moment in SQL that is written once, because writing that of
# thirty parts takes longer than reading them.
PRESENT = datetime.datetime(2000, 1, 1, 1, 1, 1, 1, datetime.UTC)


def read_moments(now: datetime.datetime) -> list[tuple[int, datetime.datetime | None]]:
    """Return the last and the next of all moments, each with whose time it is."""
    sql, values, groups = moments_sql(connection.vendor)
    adapt = connection.ops.adapt_datetimefield_value
    present, adapted = adapt(PRESENT), adapt(now)
    with connection.cursor() as cursor:
        cursor.execute(sql, [adapted if one == present else one for one in values])
        row = cursor.fetchone()
    return list(zip(groups, map(as_stored, row), strict=True))


@functools.cache
def moments_sql(_vendor: str) -> tuple[str, list, list[int]]:
    """Return SQL that selects each moment, its values, and whose times they are.

    PostgreSQL plans this in a third of the time that it takes for a union.
    """
    groups, found = zip(*moments(PRESENT), strict=True)
    parts = [moment.query.sql_with_params() for moment in found]
    columns = ", ".join(f"({sql})" for sql, _values in parts)
    values = [value for _sql, values in parts for value in values]
    return f"SELECT {columns}", values, list(groups)


def as_stored(moment: datetime.datetime | str | None) -> datetime.datetime | None:
    """Return a moment as the database has it, in UTC, which SQLite does not say.

    SQLite may give it as a text, too: it promises types for plain columns alone.
    """
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment)
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment


def scheduled_models() -> list[type[Publishable]]:
    return [model for model in apps.get_models() if issubclass(model, Publishable)]


def moments(now: datetime.datetime) -> Iterator[tuple[int, QuerySet]]:
    """Yield for each time of the clock its last and its next moment, seen from ``now``."""
    for model in scheduled_models():
        for name in model.moments:
            yield from nearest(RECORDS, model.objects, name, now)
    yield from nearest(REWORKS, Rework.objects.scheduled(), "publish_at", now)


def nearest(
    group: int, records, name: str, now: datetime.datetime
) -> Iterator[tuple[int, QuerySet]]:
    for condition, order in (("lte", f"-{name}"), ("gt", name)):
        found = records.filter(**{f"{name}__{condition}": now}).order_by(order)
        yield group, found.values_list(name)[:1]


@dataclass
class Reading:
    """The version that a request reads first, which holds for all of it."""

    version: Version | None = None
    # Whether the answer has something of an earlier version, so that nobody may keep it.
    is_overtaken: bool = False


_of_this_request: ContextVar[Reading | None] = ContextVar(
    "content_version", default=None
)
# Whether the database says for now what a draft says.
_is_rehearsing: ContextVar[bool] = ContextVar("rehearsing", default=False)
_passing = itertools.count(1)
_lock = threading.Lock()
_known: tuple[tuple[int, int], Moments] | None = None
_lives = 0


def current_version() -> Version:
    if _is_rehearsing.get():
        return passing_version()
    reading = _of_this_request.get()
    if reading is not None and reading.version is not None:
        return reading.version
    version, _until = version_until()
    if reading is not None:
        reading.version = version
    return version


def passing_version() -> Version:
    """Return a version of which nobody ever asks again for what was made."""
    return Version(0, next(_passing), timezone.now(), lives=-1)


def version_until() -> tuple[Version, datetime.datetime]:
    """Return the version and when, if nobody writes, the clock will give another."""
    global _known
    numbers, now = ContentVersion.objects.current(), timezone.now()
    with _lock:
        if (
            _known is None
            or _known[0] != numbers
            or not _known[1].last <= now < _known[1].next
        ):
            _known = numbers, Moments(now)
        _numbers, moments = _known
        # While something is due the content may change at any moment.
        if moments.is_rework_due:
            return Version(*numbers, now, _lives), now
        return Version(*numbers, moments.last, _lives), moments.next


def is_rework_due() -> bool:
    """Tell whether the draft of a change should have been published by now."""
    if _is_rehearsing.get():
        return False
    current_version()
    known = _known
    return known is not None and known[1].is_rework_due


def read_anew() -> None:
    """Let the rest of a request have the version as it is after a change."""
    reading = _of_this_request.get()
    if reading is not None:
        reading.version = None


def note_overtaken() -> None:
    """Let nobody keep the answer to this request: part of it was overtaken."""
    reading = _of_this_request.get()
    if reading is not None:
        reading.is_overtaken = True


def is_rehearsing() -> bool:
    return _is_rehearsing.get()


@contextmanager
def rehearsing():
    """Keep nothing, and read nothing that is kept; see publishing/rehearsals.py."""
    token = _is_rehearsing.set(True)
    try:
        yield
    finally:
        _is_rehearsing.reset(token)


def forget() -> None:
    """Let go of all that is kept, after the database went back to an earlier state."""
    global _known, _lives
    with _lock:
        _known = None
        _lives += 1


@contextmanager
def one_version() -> Iterator[Reading]:
    """Ask for the version once, however often it is needed."""
    reading = Reading()
    token = _of_this_request.set(reading)
    try:
        yield reading
    finally:
        _of_this_request.reset(token)


def kept(function: Callable[[], Kept]) -> Callable[[], Kept]:
    """Remember what a function returns for as long as the content stays the same.

    Where another version of the content gives an equal value, the former one stays,
    with what was made of it.
    """
    return remembering(function, current_version)


def kept_with(*subjects: str):
    """Remember what a function returns for as long as these subjects stay the same.

    Triggers have to follow each of them as a whole, in every table that is read; see
    ``Followed``. What the clock changes counts as well.
    """

    def decorate(function: Callable[[], Kept]) -> Callable[[], Kept]:
        remember = remembering(function, functools.partial(version_of, subjects))
        remember.subjects = subjects
        return remember

    return decorate


def remembering(
    function: Callable[[], Kept], version_now: Callable[[], Hashable]
) -> Callable[[], Kept]:
    remembered: tuple[Hashable, Kept] | None = None

    @functools.wraps(function)
    def remember() -> Kept:
        nonlocal remembered
        if _is_rehearsing.get():
            return function()
        version, found = version_now(), remembered
        if found is None or found[0] != version:
            value = function()
            if found is not None and found[1] == value:
                value = found[1]
            found = remembered = version, value
        return found[1]

    return remember


def version_of(subjects: Iterable[str]) -> Hashable:
    version = current_version()
    numbers = numbers_of_subjects(version)
    changed = tuple(numbers.get(subject) for subject in subjects)
    return version.epoch, version.moment, version.lives, changed


@functools.lru_cache(maxsize=1)
def numbers_of_subjects(_version: Version) -> dict[str, int]:
    """Return in which version each subject that is followed as a whole changed last."""
    noted = RecordVersion.objects.filter(
        subject__in=followed_as_a_whole(), record=EVERY_RECORD
    )
    return dict(noted.values_list("subject", "number"))


@kept
def changed_at() -> datetime.datetime | None:
    """Return when what is public last changed, by a write or by the clock.

    None where nothing was ever written, or where the next write came in between.
    """
    version = current_version()
    written_at = ContentVersion.objects.written_at(version.epoch, version.number)
    return written_at and max(written_at, version.moment)
