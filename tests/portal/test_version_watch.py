import math
import sqlite3
import threading
import time

import pytest
from django.db import connection, connections, transaction

from portal import version_watch
from portal.models import ContentVersion
from portal.version_watch import (
    LONGEST_ROW,
    MINUTE,
    ROW,
    Commits,
    CommitsToPostgresql,
    CommitsToSqlite,
    DatabaseAwayError,
    VersionWatch,
    commits_of,
)
from tests.factories import make_country

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="Of PostgreSQL alone."
)


@pytest.fixture
def commits():
    commits = CommitsToPostgresql(connection)
    yield commits
    commits._connection.close()


def pause():
    """Let the next request not follow at once."""
    time.sleep(LONGEST_ROW)


def in_another_thread(action):
    def run():
        try:
            action()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_sqlite_tells_of_commits_of_other_connections(tmp_path):
    path = tmp_path / "portal.sqlite3"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE content (number INTEGER)")
    commits = CommitsToSqlite(path)
    assert [commits.happened() for _time in range(3)] == [True, False, False]
    writer.execute("INSERT INTO content VALUES (1)")
    assert not commits.happened()
    writer.commit()
    assert [commits.happened(), commits.happened()] == [True, False]
    writer.execute("INSERT INTO content VALUES (2)")
    writer.rollback()
    assert not commits.happened()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_postgresql_is_asked_for_commits_that_change_content(commits):
    assert [commits.happened() for _time in range(3)] == [True, False, False]
    with transaction.atomic():
        make_country()
        assert not commits.happened()
    assert [commits.happened(), commits.happened()] == [True, False]
    in_another_thread(make_country)
    assert commits.happened()
    with transaction.atomic():
        make_country()
        transaction.set_rollback(True)
    assert not commits.happened()


class Row:
    """Requests that follow each other closely, told of commits by hand."""

    class Commits(Commits):
        longest_row = LONGEST_ROW
        asked, commit = 0, False

        def happened(self):
            self.asked += 1
            told, self.commit = self.commit, False
            return told

    def __init__(self, monkeypatch):
        # Long before the next minute.
        self.now = time.time() // MINUTE * MINUTE
        monkeypatch.setattr(version_watch.time, "time", lambda: self.now)
        monkeypatch.setattr(version_watch.time, "monotonic", lambda: self.now)
        self.commits = self.Commits()
        self.watch = VersionWatch(self.commits)

    def ask(self, after):
        self.now += after
        return self.watch.edition()


@pytest.fixture
def row(monkeypatch):
    return Row(monkeypatch)


@pytest.mark.django_db(transaction=True)
def test_a_row_of_requests_asks_rarely_but_asks(row):
    # The first of a row asks, and any one that does not follow at once.
    for wait, asked in [(0, 1), (ROW / 2, 1), (ROW / 2, 1), (ROW * 1.1, 2)]:
        row.ask(after=wait)
        assert row.commits.asked == asked
    # In a row that does not end, one of them asks now and then.
    step = ROW * 0.4
    for _request in range(100):
        row.ask(after=step)
    asked = 2 + 100 // math.ceil(LONGEST_ROW / step)
    assert row.commits.asked == asked
    # While one of them asks, no other one does.
    with row.watch._lock:
        for _request in range(15):
            row.ask(after=step)
    assert row.commits.asked == asked


@pytest.mark.django_db(transaction=True)
def test_a_row_sees_a_commit_before_long(row):
    first = row.ask(after=0)
    make_country()
    row.commits.commit = True
    step = ROW * 0.4
    requests = math.ceil(LONGEST_ROW / step)
    editions = [row.ask(after=step) for _request in range(requests)]
    assert editions[:-1] == [first] * (requests - 1)
    assert editions[-1].version.number > first.version.number


@pytest.mark.django_db(transaction=True)
def test_a_row_sees_the_turn_of_a_minute_at_once(row):
    first = row.ask(after=MINUTE - ROW)
    assert row.ask(after=ROW * 0.9) == first
    assert row.ask(after=ROW * 0.2).minute == first.minute + 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_who_wait_asks_for_all(monkeypatch):
    now = time.time() // MINUTE * MINUTE
    monkeypatch.setattr(version_watch.time, "time", lambda: now)
    # All have begun to wait before the first is told, on a busy machine too.
    monkeypatch.setattr(version_watch, "PATIENCE", 30)

    class Slow(Commits):
        longest_row = LONGEST_ROW
        asked, reached = 0, threading.Event()

        def happened(self):
            self.asked += 1
            self.reached.set()
            time.sleep(1)
            return False

    commits = Slow()
    watch = VersionWatch(commits)
    # Known by now, so that no other thread reads it.
    watch.edition()
    commits.asked = 0
    commits.reached.clear()
    others = [
        threading.Thread(target=lambda: in_another_thread(watch.edition))
        for _other in range(5)
    ]
    others[0].start()
    commits.reached.wait(10)
    for other in others[1:]:
        other.start()
    for other in others:
        other.join()
    assert commits.asked <= 2


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_broken_connection_is_made_anew(commits):
    watch = VersionWatch(commits)
    first = watch.edition()
    with connection.cursor() as cursor:
        process = commits._connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
        assert cursor.fetchall() == [(True,)]
    pause()
    with pytest.raises(DatabaseAwayError):
        watch.edition()
    watch._resting_until = 0
    assert watch.edition() == first
    make_country()
    pause()
    assert watch.edition() != first


@pytest.mark.django_db(transaction=True)
def test_the_version_is_read_only_after_a_commit(django_assert_num_queries):
    class Told(Commits):
        commit = True

        def happened(self):
            told, self.commit = self.commit, False
            return told

    commits = Told()
    watch = VersionWatch(commits)
    first = watch.edition()
    make_country()
    with django_assert_num_queries(0):
        assert watch.edition() == first
    commits.commit = True
    second = watch.edition()
    assert second.version.number == ContentVersion.objects.get().number
    assert second != first


@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_holds_up_one_request_alone():
    may_end, reached = threading.Event(), threading.Event()

    class Hanging(Commits):
        def happened(self):
            reached.set()
            may_end.wait(10)
            return True

    watch = VersionWatch(Hanging())
    stuck = threading.Thread(target=lambda: in_another_thread(watch.edition))
    stuck.start()
    reached.wait(10)
    for _request in range(2):
        with pytest.raises(DatabaseAwayError):
            watch.edition()
    may_end.set()
    stuck.join()


@pytest.mark.django_db(transaction=True)
def test_each_kind_of_database_has_its_own_way():
    kinds = {"sqlite": Commits, "postgresql": CommitsToPostgresql}
    assert type(commits_of(connection)) is kinds[connection.vendor]
