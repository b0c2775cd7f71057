"""Keeps an index in memory equal to the database, in each process of its own accord.

A change of a few records is read before the next answer. After a change of many, the
index is built anew by a thread; the old one answers meanwhile.
"""

import ctypes
import datetime
import logging
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Protocol

from django.db import connection
from django.db.models import Model

from .content_version import (
    Kept,
    Version,
    current_version,
    is_rehearsing,
    note_overtaken,
    passing_version,
    remembering,
)
from .exports import Batch
from .facet_index import FacetIndex, NoRoomError
from .models import RecordVersion
from .triggers import EVERY_RECORD

logger = logging.getLogger(__name__)

# Built at once, within a request: that takes a few milliseconds.
FEW_RECORDS = 2_000
# More would take more memory than a process should; the database answers then.
MOST_RECORDS = 2_000_000
# Read within a request.
MOST_CHANGES = 50
SECONDS_AFTER_A_FAILURE = 60
# How to begin to read, so that no query sees more than the one before.
BEGIN = {
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


class Source(Protocol):
    """Where the records of an index come from."""

    model: type[Model]
    subject: str

    def count(self) -> int:
        """Return how many records the index would hold."""

    def build(self) -> FacetIndex:
        """Return an index of all records that are public now."""

    def update(self, index: FacetIndex, keys: Iterable[int]) -> None:
        """Read these records anew; raises NoRoomError where that takes a new index.

        Until there is one, this index answers, with each record as it was or as it is.
        Where no record is named, terms may have come that the index does not know.
        """

    def turned(self, since: datetime.datetime, until: datetime.datetime) -> list[int]:
        """Return the keys of what the clock made public, or took away, meanwhile."""

    def rows(self, index: FacetIndex, keys: Sequence[int]) -> list:
        """Return what a list shows of these records, in their order."""

    def batches(
        self, index: FacetIndex, keys_in_batches: Iterable[Sequence[int]]
    ) -> Iterator[Batch]:
        """Yield what a download has of these records, in their order."""

    def numbers_linked(self, index: FacetIndex, field: str) -> dict[int, int]:
        """Return how many records are linked to others by a field, by keys of these."""

    def turn_day(self, index: FacetIndex) -> None:
        """Bring up to date what depends on the day."""


# Those of this process, by the models of their records.
live_indexes: dict[type[Model], "LiveIndex"] = {}


class LiveIndex:
    def __init__(self, source: Source):
        live_indexes[source.model] = self
        self.source = source
        self.lock = threading.Lock()
        self.index: FacetIndex | None = None
        self.version: Version | None = None
        # In which version something that it holds changed last.
        self.edition: Version | None = None
        self.building: threading.Thread | None = None
        self.failed_at = float("-inf")

    def current(self, *, exact=False) -> FacetIndex | None:
        """Return the index as of now; None while there is none, and SQL has to answer.

        While another one is being built, the former is good enough for a page, which
        nobody may keep then. Where the answer has to be ``exact``, there is none.
        """
        if is_rehearsing():
            return None
        version = current_version()
        if version == self.version:
            return self.index
        with self.lock:
            if version != self.version:
                self.follow(version)
            index, is_overtaken = self.index, version != self.version
        if index is not None and is_overtaken:
            if exact:
                return None
            note_overtaken()
        return index

    def current_edition(self) -> Version:
        """Return what stays equal for as long as the records it follows do.

        Where no index follows them, that is as long as all content does. It is asked
        before that which is made of the records, which may then be newer.
        """
        index, version = self.current(), current_version()
        with self.lock:
            if index is not None and self.version == version:
                return self.edition
            if index is None and self.index is None and not self.is_being_built():
                return version
        # What is shown meanwhile, or by an index that comes now, is of another version.
        return passing_version()

    def kept(self, function: Callable[[], Kept]) -> Callable[[], Kept]:
        """Remember what a function makes of these records until one of them changes."""
        return remembering(function, self.current_edition)

    def follow(self, version: Version) -> None:
        former = self.version
        if self.index is None or (former.epoch, former.lives) != (
            version.epoch,
            version.lives,
        ):
            self.index = self.version = None
            self.build()
            return
        if self.is_being_built():
            return
        changed = self.changed(former, version)
        try:
            if len(changed) > MOST_CHANGES or EVERY_RECORD in changed:
                raise NoRoomError
            with one_moment() if changed else nullcontext():
                self.source.update(self.index, changed)
        except NoRoomError:
            self.build()
            return
        if former.moment != version.moment:
            self.source.turn_day(self.index)
        if changed or former.moment != version.moment:
            self.edition = version
        self.version = version

    def changed(self, former: Version, version: Version) -> set[int]:
        """Return the keys of what changed; of many changes, as many as tell that."""
        noted = RecordVersion.objects.filter(
            subject=self.source.subject, number__gt=former.number
        )
        keys = set(noted.values_list("record", flat=True)[: MOST_CHANGES + 1])
        if former.moment != version.moment:
            keys.update(self.source.turned(former.moment, version.moment))
        return keys

    def build(self) -> None:
        """Build the index now where that is quick, and in a thread where it is not."""
        is_resting = time.monotonic() < self.failed_at + SECONDS_AFTER_A_FAILURE
        if is_resting or self.is_being_built():
            return
        # Read first, so that a write meanwhile counts as one that came later.
        version, number = current_version(), self.source.count()
        if number <= FEW_RECORDS:
            with one_moment():
                self.index = self.source.build()
            self.version = self.edition = version
        elif number <= MOST_RECORDS:
            self.build_apart()
        else:
            # They are counted again when something changed.
            self.index, self.version = None, version

    def is_being_built(self) -> bool:
        return self.building is not None and self.building.is_alive()

    def build_apart(self) -> None:
        self.building = threading.Thread(target=self.build_in_thread, daemon=True)
        self.building.start()

    def build_in_thread(self) -> None:
        try:
            with one_moment():
                version = current_version()
                index = self.source.build()
        except Exception:
            # Whatever the reason, visitors get the answers of the database.
            logger.exception("The index of %s was not built", self.source.subject)
            with self.lock:
                self.failed_at = time.monotonic()
                self.index = self.version = None
            return
        finally:
            connection.close()
        with self.lock:
            self.index, self.version, self.edition = index, version, version
        # Apart, because until this thread ends nobody follows the content.
        threading.Thread(target=give_back_memory, daemon=True).start()


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all that is read be of one moment, whatever others write meanwhile.

    An index of records that came between two of its queries would be wrong for others
    as well. Django's own transactions take the lock of writers on SQLite; within one,
    all that is read is as that has it.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(BEGIN[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("COMMIT")


def give_back_memory() -> None:
    """Return to the system what building an index, and the former one, took.

    glibc keeps it for the process otherwise; other systems have no such function.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
