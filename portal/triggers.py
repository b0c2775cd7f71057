"""What the database notes at every write of content, whoever writes.

A trigger on each table of an app whose configuration says ``holds_content`` raises
the content version in the same transaction. Tables that an app follows also note
which record has changed, or that one has; see ``ContentVersion`` and ``RecordVersion``.

Triggers are made after every migration, not in one: SQLite loses those of a table
whenever Django alters it. Their names end in a digest of what they do, so that only
those that are missing or no longer wanted are touched. SQLite alters no table that
the trigger of another one names, so there all of them go before migrations.

An app whose configuration has ``more_triggers`` adds its own, and ``catch_up`` is told
where rows may have been written while triggers were missing.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from django.apps import apps
from django.db import connections

PREFIX = "content_"
EVENTS = ("INSERT", "UPDATE", "DELETE")
# The rows of a table as they were before an event, and as they are after it.
ROWS = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}
EPOCHS = {
    "sqlite": "abs(random() / 2)",
    "postgresql": "(random() * 4611686018427387904)::bigint",
}
# The time of the write itself; that of its transaction may lie before another's.
CLOCKS = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgresql": "clock_timestamp()",
}
RAISE = """
INSERT INTO portal_contentversion (id, epoch, number, changed_at)
VALUES (1, {epoch}, 1, {clock})
ON CONFLICT (id) DO UPDATE SET number = portal_contentversion.number + 1,
changed_at = {clock};
"""
NOTE = """
INSERT INTO portal_recordversion (subject, record, number)
SELECT DISTINCT '{subject}', found.record,
COALESCE((SELECT number FROM portal_contentversion), 0)
FROM ({found}) AS found WHERE found.record IS NOT NULL
ON CONFLICT (subject, record) DO UPDATE SET number = excluded.number;
"""
# The records of all rows that a statement wrote, on PostgreSQL.
CHANGED = """
SELECT written.record FROM {row}_rows AS changed
CROSS JOIN LATERAL ({records}) AS written
"""
# Noted in place of a record where all of them may have changed.
EVERY_RECORD = 0
EVERY = f"SELECT {EVERY_RECORD} AS record"


def raise_version(vendor: str) -> str:
    return RAISE.format(epoch=EPOCHS[vendor], clock=CLOCKS[vendor])


@dataclass(frozen=True)
class Followed:
    """A table whose writes change records of ``subject``.

    ``records`` is a SELECT of their keys in one column ``record``; in it, ``{row}``
    stands for the row that is written.
    """

    subject: str
    table: str
    records: str

    @property
    def is_whole(self) -> bool:
        """Whether it is noted that something changed, and not which record."""
        return self.records == EVERY


def whole(subject: str, *tables: str) -> tuple[Followed, ...]:
    return tuple(Followed(subject, table, EVERY) for table in tables)


@dataclass(frozen=True)
class Trigger:
    table: str
    # With {name} and {table} for its own name and that of its table.
    create: str

    @property
    def name(self) -> str:
        digest = blake2b(f"{self.table}{self.create}".encode(), digest_size=6)
        return f"{PREFIX}{self.table[:36]}_{digest.hexdigest()}"


def note(subject: str, records: str) -> str:
    return NOTE.format(subject=subject, found=records)


def sqlite_triggers(table: str, followed: Iterable[Followed]) -> Iterator[Trigger]:
    for event in EVENTS:
        # The same once where it does not ask for the row.
        notes = dict.fromkeys(
            note(follower.subject, follower.records.format(row=row))
            for follower in followed
            for row in ROWS[event]
        )
        body = "".join([raise_version("sqlite"), *notes])
        yield Trigger(
            table,
            f'CREATE TRIGGER "{{name}}" AFTER {event} ON "{{table}}" BEGIN {body} END',
        )


def postgresql_triggers(table: str, followed: Iterable[Followed]) -> Iterator[Trigger]:
    # Before the statement: whoever writes waits for the version first and holds no
    # row of content meanwhile, so that two who write cannot wait for each other.
    followed = list(followed)
    notes = [note(one.subject, EVERY) for one in followed if one.is_whole]
    yield postgresql_trigger(
        table,
        "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE",
        "".join([raise_version("postgresql"), *notes]),
    )
    for follower in followed:
        if follower.is_whole:
            continue
        yield note_on_postgresql(table, "TRUNCATE", follower.subject, EVERY)
        for event in EVENTS:
            found = " UNION ".join(
                CHANGED.format(row=row, records=follower.records.format(row="changed"))
                for row in ROWS[event]
            )
            tables = " ".join(f"{row} TABLE AS {row}_rows" for row in ROWS[event])
            yield note_on_postgresql(
                table, event, follower.subject, found, f"REFERENCING {tables}"
            )


def note_on_postgresql(table, event, subject, found, referencing="") -> Trigger:
    return postgresql_trigger(
        table, f"AFTER {event}", note(subject, found), referencing
    )


def postgresql_trigger(table: str, when: str, body: str, referencing="") -> Trigger:
    return Trigger(
        table,
        'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN {body} RETURN NULL; END $$; "
        f'CREATE TRIGGER "{{name}}" {when} ON "{{table}}" {referencing} '
        'FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()',
    )


EXISTING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
    "AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = "
    "current_schema()::regnamespace)",
}
DROP = {
    "sqlite": 'DROP TRIGGER "{name}"',
    # Its trigger goes with it.
    "postgresql": 'DROP FUNCTION "{name}" CASCADE',
}
MAKERS = {"sqlite": sqlite_triggers, "postgresql": postgresql_triggers}


def content_tables() -> list[str]:
    """Return the tables of the apps that hold content, those of links too."""
    return sorted(
        model._meta.db_table
        for config in apps.get_app_configs()
        if getattr(config, "holds_content", False)
        for model in config.get_models(include_auto_created=True)
        if not is_history(model)
    )


def is_history(model) -> bool:
    """Tell whether a model keeps versions of others, which are bookkeeping."""
    return hasattr(model, "instance_type")


def followed_tables() -> list[Followed]:
    """Return what the apps follow, for what is kept of their records."""
    return [
        followed
        for config in apps.get_app_configs()
        for followed in getattr(config, "followed", ())
    ]


@functools.cache
def followed_as_a_whole() -> list[str]:
    """Return the subjects of which no single record is noted in some table."""
    return sorted({one.subject for one in followed_tables() if one.is_whole})


def wanted_triggers(vendor: str, tables: set[str]) -> Iterator[Trigger]:
    followed = followed_tables()
    for table in tables & set(content_tables()):
        yield from MAKERS[vendor](table, [f for f in followed if f.table == table])
    for config in apps.get_app_configs():
        if hasattr(config, "more_triggers"):
            yield from config.more_triggers(vendor, tables)


def install_triggers(using: str, **kwargs) -> None:
    """Bring the triggers of a database up to date; called after migrations."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    wanted = {
        trigger.name: trigger for trigger in wanted_triggers(connection.vendor, tables)
    }
    with connection.cursor() as cursor:
        existing = existing_triggers(connection, cursor)
        for name in existing - wanted.keys():
            cursor.execute(DROP[connection.vendor].format(name=name))
        for name in wanted.keys() - existing:
            trigger = wanted[name]
            cursor.execute(trigger.create.format(name=name, table=trigger.table))
        if wanted.keys() != existing:
            cursor.execute(raise_version(connection.vendor))
    if wanted.keys() != existing:
        for config in apps.get_app_configs():
            if hasattr(config, "catch_up"):
                config.catch_up(using)


def remove_triggers(using: str, plan=(), **kwargs) -> None:
    """Make way for migrations on SQLite; called before them."""
    connection = connections[using]
    if connection.vendor != "sqlite" or not plan:
        return
    with connection.cursor() as cursor:
        for name in existing_triggers(connection, cursor):
            cursor.execute(DROP["sqlite"].format(name=name))


def link_triggers(tables: Iterable[str]) -> Iterator[Trigger]:
    """Yield the triggers of SQLite that only note writes of tables.

    Those by which search and the like follow a table are not among them.
    """
    for table in tables:
        followed = [one for one in followed_tables() if one.table == table]
        yield from sqlite_triggers(table, followed)


def stored_triggers(cursor, wanted: Iterable[Trigger]) -> list[tuple[str, str]]:
    """Return name and SQL of those among some triggers of SQLite that there are."""
    names = {trigger.name for trigger in wanted}
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return [(name, sql) for name, sql in cursor.fetchall() if name in names]


def existing_triggers(connection, cursor) -> set[str]:
    cursor.execute(EXISTING[connection.vendor])
    return {name for (name,) in cursor if name.startswith(PREFIX)}
