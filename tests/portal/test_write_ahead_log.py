"""The log is on in every file, also where many connect to a new one at once."""

import sqlite3
import threading

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from portal import write_ahead_log

pytestmark = pytest.mark.django_db


def connection_to(path, **options):
    engine = "django.db.backends.sqlite3"
    databases = {"ENGINE": engine, "NAME": str(path), "OPTIONS": options}
    return ConnectionHandler({"default": databases})["default"]


def test_many_connect_to_a_new_file_at_once(tmp_path):
    path = tmp_path / "portal.sqlite3"
    found = []

    def connect(start):
        connection = connection_to(path)
        start.wait()
        with connection.cursor() as cursor:
            found.extend(cursor.execute("PRAGMA journal_mode").fetchone())
        connection.close()

    for _time in range(40):
        with sqlite3.connect(path) as file:
            file.execute("PRAGMA journal_mode=DELETE")
            file.execute("CREATE TABLE IF NOT EXISTS content (number INTEGER)")
        file.close()
        start = threading.Barrier(4)
        threads = [threading.Thread(target=connect, args=[start]) for _one in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["wal"] * 160


def test_a_file_that_stays_locked_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr(write_ahead_log, "SECONDS_AT_MOST", 0)
    other = sqlite3.connect(tmp_path / "portal.sqlite3")
    other.execute("BEGIN EXCLUSIVE")
    connection = connection_to(tmp_path / "portal.sqlite3", timeout=0)
    with pytest.raises(OperationalError, match="locked"):
        connection.ensure_connection()
    other.close()
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
