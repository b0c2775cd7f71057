"""Find texts by any part of them, quickly on both databases.

The lookup ``holds`` of a folded name is ``contains``, served by an index of trigrams:
PostgreSQL's own, or a table of SQLite's full-text engine beside the table of the model.
An app names such columns in its ``apps.py``, as ``substrings``.
"""

import json
from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db import connection, connections
from django.db.models.lookups import Contains

from .folding import FoldedField
from .triggers import EVENTS, ROWS, Trigger

# A shorter text has no trigram.
SHORTEST = 3
MATCHING = '{alias}."id" IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)'


def searched_columns() -> dict[str, Sequence[str]]:
    """Return the columns to look in, by table."""
    return {
        table: columns
        for config in apps.get_app_configs()
        for table, columns in getattr(config, "substrings", {}).items()
    }


@FoldedField.register_lookup
class Holds(Contains):
    lookup_name = "holds"

    def as_sql(self, compiler, connection):
        return Contains(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_sqlite(self, compiler, connection):
        text = str(self.rhs)
        alias, table = self.lhs.alias, self.lhs.target.model._meta.db_table
        if len(text) < SHORTEST or table not in searched_columns():
            return self.as_sql(compiler, connection)
        name = connection.ops.quote_name
        phrase = text.replace('"', '""')
        sql = MATCHING.format(alias=name(alias), index=name(index_of(table)))
        return sql, [f'{self.lhs.target.column} : "{phrase}"']


def index_of(table: str) -> str:
    return f"{table}_substrings"


CREATE = """
CREATE VIRTUAL TABLE "{index}" USING fts5(
    {columns}, content="{table}", content_rowid="id", tokenize="trigram"
)
"""
ADD = 'INSERT INTO "{index}" (rowid, {columns}) VALUES (NEW.id, {new});'
REMOVE = (
    'INSERT INTO "{index}" ("{index}", rowid, {columns}) '
    "VALUES ('delete', OLD.id, {old});"
)
ADD_RECORDS = """
INSERT INTO "{index}" (rowid, {columns})
SELECT id, {columns} FROM "{table}" WHERE id IN (SELECT value FROM json_each(%s))
"""
REBUILD = 'INSERT INTO "{index}" ("{index}") VALUES (\'rebuild\')'


def sqlite_triggers(table: str, columns: Sequence[str]) -> Iterator[Trigger]:
    """Yield what keeps the trigrams of a table equal to it."""
    words = {
        "index": index_of(table),
        "columns": ", ".join(columns),
        "new": ", ".join(f"NEW.{column}" for column in columns),
        "old": ", ".join(f"OLD.{column}" for column in columns),
    }
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    for event in EVENTS:
        steps = {"OLD": REMOVE.format(**words), "NEW": ADD.format(**words)}
        body = "".join(steps[row] for row in ROWS[event])
        when = f"WHEN {changed}" if event == "UPDATE" else ""
        yield Trigger(
            table,
            f'CREATE TRIGGER "{{name}}" AFTER {event} ON "{{table}}" {when} '
            f"BEGIN {body} END",
        )


def insert_triggers(table: str) -> Iterator[Trigger]:
    """Yield what tells the trigrams of SQLite of each new record of a table."""
    columns = searched_columns().get(table)
    if columns:
        yield next(sqlite_triggers(table, columns))


def index_records(table: str, keys: Sequence[int]) -> None:
    """Tell the trigrams of SQLite of new records where no trigger did.

    At once this is eight times as quick as one by one.
    """
    columns = searched_columns().get(table)
    if columns and connection.vendor == "sqlite":
        words = {"index": index_of(table), "columns": ", ".join(columns)}
        with connection.cursor() as cursor:
            cursor.execute(ADD_RECORDS.format(table=table, **words), [json.dumps(keys)])


def triggers(vendor: str, tables: set[str]) -> Iterator[Trigger]:
    if vendor == "sqlite":
        for table, columns in searched_columns().items():
            if table in tables:
                yield from sqlite_triggers(table, columns)


def catch_up(using: str) -> None:
    """Make the trigrams of SQLite from what is there; PostgreSQL keeps them itself."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    existing = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table, columns in searched_columns().items():
            if table not in existing:
                continue
            words = {"index": index_of(table), "columns": ", ".join(columns)}
            if index_of(table) not in existing:
                cursor.execute(CREATE.format(table=table, **words))
            cursor.execute(REBUILD.format(**words))
