"""The write-ahead log of SQLite, with which readers go on while one writes."""

import sqlite3
import time

# As long as a connection waits for any other lock.
SECONDS_AT_MOST = 5


def turn_on(sender, connection, **_unused):
    """Turn the log of a new connection on, which the file remembers.

    Where two connections do so at once SQLite refuses one of them right away, whatever
    its timeout. Raises sqlite3.OperationalError where the file stays locked.
    """
    if connection.vendor != "sqlite":
        return
    latest = time.monotonic() + SECONDS_AT_MOST
    while True:
        try:
            connection.connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # The first byte of what SQLite tells is the kind of the error.
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > latest:
                # Who tries again connects anew.
                connection.close()
                raise
            time.sleep(0.01)
