"""What keeps the history as it was written: the database refuses to change it.

Rows are only ever added to the histories of records and to the log of the back office,
whoever asks: a form, a shell or a plain statement. Emptying a whole database (``flush``)
is the exception, and lifts these triggers meanwhile.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connections

from .history import begin_history, has_history
from .triggers import DROP, Trigger, existing_triggers, is_history

LOG = "django_admin_log"
REFUSAL = "What stands in the history is never changed."
SQLITE = """
CREATE TRIGGER "{{name}}" BEFORE {event} ON "{{table}}"
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION "{{name}}"() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{refusal}'
USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER "{{name}}" BEFORE {event} ON "{{table}}"
FOR EACH {each} EXECUTE FUNCTION "{{name}}"()
"""
EVENTS = {
    "sqlite": [(SQLITE, "UPDATE", ""), (SQLITE, "DELETE", "")],
    "postgresql": [
        (POSTGRESQL, "UPDATE OR DELETE", "ROW"),
        (POSTGRESQL, "TRUNCATE", "STATEMENT"),
    ],
}


def history_tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if is_history(model)}


def guards(vendor: str, tables: set[str]) -> Iterator[Trigger]:
    """Yield what refuses each change of a table to which rows are only added."""
    for table in sorted(tables & {LOG, *history_tables()}):
        for create, event, each in EVENTS[vendor]:
            yield Trigger(table, create.format(event=event, each=each, refusal=REFUSAL))


def lift_guards(using: str) -> None:
    """Let the whole database be emptied."""
    connection = connections[using]
    with connection.cursor() as cursor:
        existing = existing_triggers(connection, cursor)
        names = existing & {guard.name for guard in _guards_of(connection)}
        _run(
            connection, cursor, [DROP[connection.vendor].format(name=n) for n in names]
        )


def set_guards(using: str) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        existing = existing_triggers(connection, cursor)
        _run(
            connection,
            cursor,
            [
                guard.create.format(name=guard.name, table=guard.table)
                for guard in _guards_of(connection)
                if guard.name not in existing
            ],
        )


def _guards_of(connection):
    tables = set(connection.introspection.table_names())
    return guards(connection.vendor, tables)


def _run(connection, cursor, statements):
    """Run statements at once, where the database takes several."""
    if connection.vendor == "postgresql" and statements:
        statements = ["; ".join(statements)]
    for statement in statements:
        cursor.execute(statement)


def begin_histories(using: str) -> None:
    """Give a first version to each record that has none yet."""
    tables = set(connections[using].introspection.table_names())
    for model in apps.get_models():
        if has_history(model) and model._meta.db_table in tables:
            begin_history(model, using)
