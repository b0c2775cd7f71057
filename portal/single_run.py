"""Let a command run once at a time, whichever process starts it."""

import fcntl
import hashlib
import tempfile
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


@contextmanager
def only_run(name: str):
    """Yield whether no other run of ``name`` on this database is under way."""
    hold = {"postgresql": _held_by_database, "sqlite": _held_by_file}
    with hold[connection.vendor](name) as is_free:
        yield is_free


def _key(name: str) -> int:
    text = f"{connection.settings_dict['NAME']} {name}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])


@contextmanager
def _held_by_database(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)])
        [is_free] = cursor.fetchone()
        try:
            yield is_free
        finally:
            if is_free:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])


@contextmanager
def _held_by_file(name):
    """Hold a file; the lock ends with the process, however that ends."""
    path = Path(tempfile.gettempdir()) / f"cluster-portal-{_key(name):x}.lock"
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
