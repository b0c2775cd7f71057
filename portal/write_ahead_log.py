"""The write-ahead log of SQLite, with which readers go on while one writes."""

import sqlite3
import time

# As long as a connection waits for any other lock.
SECONDS_AT_MOST = 5


def turn_on(sender, connection, **_unused):
    """Turn the log on, which the file remembers.

    Where two connections do so at once SQLite refuses one of them right away,
    whatever its timeout: https://sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode

    Raises sqlite3.OperationalError where the file stays locked.
    """
    if connection.vendor != "sqlite":
        return
    latest = time.monotonic() + SECONDS_AT_MOST
    while True:
        try:
            connection.connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > latest:
                raise
            time.sleep(0.01)
