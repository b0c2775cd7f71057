"""The triggers by which the index of the site search follows every write.

They come through the same installer as those of ``triggers.py``. Where many rows are
written at once, PostgreSQL refreshes the entries of all of them in one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import search_postgresql, search_sqlite
from .search_index import Entries, Follows, declared_entries
from .triggers import EVENTS, ROWS, Trigger, postgresql_trigger

# The rows of one kind that a statement wrote, less those it left as they were.
WRITTEN = {
    "INSERT": ("SELECT {columns} FROM NEW_rows",),
    "UPDATE": (
        "SELECT {columns} FROM NEW_rows EXCEPT SELECT {columns} FROM OLD_rows",
        "SELECT {columns} FROM OLD_rows EXCEPT SELECT {columns} FROM NEW_rows",
    ),
    "DELETE": ("SELECT {columns} FROM OLD_rows",),
}


def search_triggers(vendor: str, tables: Iterable[str]) -> Iterator[Trigger]:
    if "portal_searchentry" not in tables:
        return
    make = {"sqlite": sqlite_triggers, "postgresql": postgresql_triggers}[vendor]
    for entries in declared_entries(tables):
        for followed in entries.follows:
            yield from make(entries, followed)
    yield from following_triggers(vendor)


def draft_triggers(table: str) -> Iterator[Trigger]:
    """Yield the triggers of SQLite that find nothing to do for new drafts of a table.

    The index has what is public or planned, and nothing leads to a new record yet.
    """
    for entries in declared_entries():
        for followed in entries.follows:
            if followed.table == table:
                yield next(sqlite_triggers(entries, followed))


def sqlite_triggers(entries: Entries, followed: Follows) -> Iterator[Trigger]:
    names = ("id", *followed.columns)
    changes = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    for event in EVENTS:
        keys = " UNION ".join(followed.keys.format(row=row) for row in ROWS[event])
        of = f" OF {columns}" if event == "UPDATE" else ""
        when = f" WHEN {changes}" if event == "UPDATE" else ""
        yield sqlite_trigger(
            followed.table,
            f"AFTER {event}{of}",
            entries.refresh("sqlite", keys),
            when,
        )


def sqlite_trigger(table: str, when: str, body: str, condition: str = "") -> Trigger:
    return Trigger(
        table,
        f'CREATE TRIGGER "{{name}}" {when} ON "{{table}}"{condition} '
        f"BEGIN {escaped(body)} END",
    )


def postgresql_triggers(entries: Entries, followed: Follows) -> Iterator[Trigger]:
    columns = ", ".join(["id", *followed.columns])
    keys = followed.keys.format(row="written")
    for event in EVENTS:
        found = " UNION ".join(
            f"SELECT found.key FROM ({rows.format(columns=columns)}) AS written "
            f"CROSS JOIN LATERAL ({keys}) AS found"
            for rows in WRITTEN[event]
        )
        # A new row has no entry; looking for some takes as long as writing them.
        is_new = followed.table == entries.table and event == "INSERT"
        write = entries.add if is_new else entries.refresh
        yield statement_trigger(followed.table, event, write("postgresql", found))
    yield postgresql_trigger(
        followed.table, "AFTER TRUNCATE", escaped(entries.refresh("postgresql"))
    )


def statement_trigger(table: str, event: str, body: str) -> Trigger:
    rows = " ".join(f"{row} TABLE AS {row}_rows" for row in ROWS[event])
    return postgresql_trigger(
        table, f"AFTER {event}", escaped(body), f"REFERENCING {rows}"
    )


def following_triggers(vendor: str) -> Iterator[Trigger]:
    """Yield what keeps the words, and in SQLite the full text, like the entries."""
    if vendor == "sqlite":
        for table, when, body in search_sqlite.FOLLOWING:
            yield sqlite_trigger(table, when, body)
        return
    for event, body in search_postgresql.FOLLOWING.items():
        if event == "TRUNCATE":
            yield postgresql_trigger(
                "portal_searchentry", f"AFTER {event}", escaped(body)
            )
        else:
            yield statement_trigger("portal_searchentry", event, body)


def escaped(body: str) -> str:
    """Return a body that keeps its braces where its trigger is given its name."""
    return body.replace("{", "{{").replace("}", "}}")
