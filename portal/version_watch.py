"""Tell, in microseconds and for each request, whether the content is still the same.

Asking Django for the version of the content costs more than serving a page that is
ready. SQLite counts in memory what other connections commit; PostgreSQL is asked
without Django. Only where something was committed, and at every turn of a minute, is
the version read.

Where requests follow each other at once, most of them rely on what was asked just
before, because threads that ask take turns, which costs more than the answer. Any
other request asks, so it sees what was committed before it came.
"""

import math
import sqlite3
import threading
import time
from dataclasses import dataclass

import psycopg
from django.db import Error, close_old_connections, connection

from . import content_version
from .models import PRESENT_VERSION

# What begins, ends or turns a day by the clock does so at whole minutes.
MINUTE = 60
# How long a request waits for another one that reads the version, and how long all
# do without a database that did not answer, in seconds.
PATIENCE = 0.5
REST = 1.0
# Requests to one process that are closer together are a row, and how long a row relies
# on what was asked once, in seconds; twice as long while another request asks.
ROW = 0.001
LONGEST_ROW = 0.005


@dataclass(frozen=True)
class Edition:
    """What a page that is made now stays right for."""

    version: content_version.Version
    minute: int


class DatabaseAwayError(Exception):
    """The version cannot be read, so nobody knows what holds."""


class VersionWatch:
    """The present edition of the content; one for each process.

    Until when it holds is told by the wall clock, because records are published by it.
    """

    def __init__(self, commits: "Commits | None" = None):
        self._commits = commits or commits_of(connection)
        self._lock = threading.Lock()
        # With the moment at which the clock ends it.
        self._known: tuple[Edition, float] | None = None
        self._resting_until = 0.0
        self._called_at = self._asked_at = self._relied_until = -math.inf

    def edition(self) -> Edition:
        """Return the present edition; raise DatabaseAwayError where nobody knows it."""
        came = time.monotonic()
        in_a_row, self._called_at = came - self._called_at < ROW, came
        # Asked for in this order, because they are written in the other one.
        if in_a_row and came < self._relied_until and (known := self._known):
            return known[0]
        if in_a_row and self._lock.locked() and (found := self._relied_on(came, 2)):
            return found
        if time.time() < self._resting_until:
            raise DatabaseAwayError
        # Another request may wait for a database that does not answer.
        if not self._lock.acquire(timeout=PATIENCE):
            self._rest()
            raise DatabaseAwayError
        try:
            # Meanwhile another one may have asked, for those who came before as well.
            is_told = in_a_row or came < self._asked_at
            return (is_told and self._relied_on(came)) or self._ask()
        except (Error, psycopg.Error, sqlite3.Error) as error:
            self._known = None
            self._rest()
            raise DatabaseAwayError from error
        finally:
            self._lock.release()

    def _relied_on(self, came, rows=1):
        """Return the edition that a row may rely on, where there is one."""
        longest = self._commits.longest_row * rows
        known = self._known
        if known and came < self._asked_at + longest and time.time() < known[1]:
            return known[0]
        return None

    def _ask(self):
        asked_at = time.monotonic()
        # Asked before the version is read, so that no commit falls between.
        changed = self._commits.happened()
        if changed or not self._known or time.time() >= self._known[1]:
            self._known = self._read()
        edition, until = self._known
        lasts = min(self._commits.longest_row, until - time.time())
        self._asked_at, self._relied_until = asked_at, asked_at + lasts
        return edition

    def _rest(self):
        self._resting_until = time.time() + REST

    def _read(self):
        close_old_connections()
        now = time.time()
        version, until = content_version.version_until()
        minute = int(now // MINUTE)
        return Edition(version, minute), min(until.timestamp(), (minute + 1) * MINUTE)


def commits_of(connection) -> "Commits":
    """Return what tells of the commits to the database of a connection of Django."""
    if connection.vendor == "postgresql":
        return CommitsToPostgresql(connection)
    if connection.is_in_memory_db():
        return Commits()
    return CommitsToSqlite(connection.settings_dict["NAME"])


class Commits:
    """Nothing tells of commits, so there may always have been one."""

    longest_row = 0.0

    def happened(self) -> bool:
        """Tell whether the content may have changed since this was asked last."""
        return True


class CommitsToSqlite(Commits):
    longest_row = LONGEST_ROW

    def __init__(self, path):
        self._path, self._connection, self._number = path, None, None

    def happened(self):
        if self._connection is None:
            # The watch lets one thread in at a time.
            self._connection = sqlite3.connect(self._path, check_same_thread=False)
        (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        same, self._number = number == self._number, number
        return not same


class CommitsToPostgresql(Commits):
    """Ask on a connection of its own, which costs a tenth of a millisecond."""

    longest_row = LONGEST_ROW

    def __init__(self, connection):
        self._django, self._connection = connection, None
        # Like no version that the database may answer.
        self._version = ...

    def happened(self):
        same, self._version = self._version, self._ask()
        return self._version != same

    def _ask(self):
        if self._connection is None or self._connection.closed:
            parameters = self._django.get_connection_params()
            self._connection = self._django.get_new_connection(parameters)
            self._connection.autocommit = True
        try:
            return self._connection.execute(PRESENT_VERSION).fetchone()
        except psycopg.Error:
            self._connection.close()
            raise
