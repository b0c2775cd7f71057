"""Write many rows at once, by what each database does best.

PostgreSQL copies rows, into a table of its own for a change; SQLite runs one prepared
statement for many rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, models

from portal import substrings
from portal.publishing.models import Publishable
from portal.rich_text import RichTextField
from portal.search_triggers import draft_triggers
from portal.triggers import EPOCHS, link_triggers, stored_triggers

STAGED = "imported_values"
# Locks the row, or makes it where nothing was ever written.
HOLD = """
INSERT INTO portal_contentversion (id, epoch, number) VALUES (1, {epoch}, 0)
ON CONFLICT (id) DO UPDATE SET number = portal_contentversion.number
"""
# What both databases take as it is, but for fields that store something else.
PLAIN = {str, int, bool, type(None)}


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def hold_content() -> None:
    """Let nobody else write content until this transaction ends.

    Whoever writes content waits for its version first; see triggers.py. On SQLite the
    transaction already holds the only lock there is.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(HOLD.format(epoch=EPOCHS["postgresql"]))


@contextmanager
def few_triggers(model: type[models.Model], links: Iterable[str]) -> Iterator[None]:
    """Do without triggers of SQLite that would run for each row to no purpose.

    Who writes links writes their record as well, whose own triggers note it once. New
    records are drafts, which no search finds; ``insert_records`` tells the index of
    their names of all at once. PostgreSQL runs triggers once a statement anyway.
    """
    if connection.vendor != "sqlite":
        yield
        return
    tables = {model._meta.get_field(name).m2m_db_table() for name in links}
    unwanted = [
        *link_triggers(tables),
        *substrings.insert_triggers(model._meta.db_table),
    ]
    if issubclass(model, Publishable):
        unwanted += draft_triggers(model._meta.db_table)
    with connection.cursor() as cursor:
        found = stored_triggers(cursor, unwanted)
        for name, _sql in found:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, sql in found:
            cursor.execute(sql)


def next_keys(model: type[models.Model], number: int) -> list[int]:
    """Return keys that no other record will have."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) "
                "FROM generate_series(1, %s)",
                [f'"{table}"', number],
            )
            return [key for (key,) in cursor]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        (last,) = cursor.fetchone() or (0,)
    return list(range(last + 1, last + number + 1))


def insert_records(records: Sequence[models.Model]) -> None:
    """Store records that have keys, within ``few_triggers``; nothing is checked."""
    if records:
        table = type(records[0])._meta.db_table
        fields = type(records[0])._meta.concrete_fields
        columns = [field.column for field in fields]
        insert(table, columns, (row_of(record, fields) for record in records))
        substrings.index_records(table, [record.pk for record in records])


def row_of(record, fields) -> list:
    values = vars(record)
    return [
        value
        if type(value := values[field.attname]) in PLAIN
        and not isinstance(field, (models.JSONField, RichTextField))
        else field.get_db_prep_save(value, connection)
        for field in fields
    ]


def insert(table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({quoted(columns)}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(
            f'INSERT INTO "{table}" ({quoted(columns)}) VALUES ({marks})',  # noqa: S608 -- names of our models
            rows,
        )


def update_records(records: Sequence[models.Model], names: Iterable[str]) -> None:
    """Write the fields with these names of stored records."""
    if not records:
        return
    meta = type(records[0])._meta
    fields = [field for field in meta.concrete_fields if field.attname in set(names)]
    columns = [field.column for field in fields]
    rows = ([*row_of(one, fields), one.pk] for one in records)
    if connection.vendor == "postgresql":
        update_staged(meta.db_table, columns, rows)
        return
    assigned = ", ".join(f'"{column}" = %s' for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{meta.db_table}" SET {assigned} WHERE "id" = %s',  # noqa: S608
            rows,
        )


def update_staged(table: str, columns: Sequence[str], rows: Iterable) -> None:
    names = [*columns, "id"]
    assigned = ", ".join(f'"{name}" = staged."{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE "{STAGED}" ON COMMIT DROP AS '  # noqa: S608
            f'SELECT {quoted(names)} FROM "{table}" LIMIT 0'
        )
        insert(STAGED, names, rows)
        cursor.execute(
            f'UPDATE "{table}" SET {assigned} FROM "{STAGED}" AS staged '  # noqa: S608
            f'WHERE "{table}"."id" = staged."id"'
        )
        cursor.execute(f'DROP TABLE "{STAGED}"')


class Links:
    """The links of one many-to-many field."""

    def __init__(self, model: type[models.Model], name: str):
        self.field = model._meta.get_field(name)
        self.through = self.field.remote_field.through
        self.table = self.field.m2m_db_table()
        self.owner = self.field.m2m_column_name()
        self.target = self.field.m2m_reverse_name()

    def of(self, owners: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Return the targets of each owner, in the order of keys."""
        found: dict[int, list[int]] = {}
        rows = self.through._base_manager.filter(**{f"{self.owner}__in": owners})
        for owner, target in rows.values_list(self.owner, self.target):
            found.setdefault(owner, []).append(target)
        return {owner: tuple(sorted(targets)) for owner, targets in found.items()}

    def add(self, pairs: Iterable[tuple[int, int]]) -> None:
        insert(self.table, [self.owner, self.target], pairs)

    def remove(self, pairs: Sequence[tuple[int, int]]) -> None:
        marks = f'"{self.owner}" = %s AND "{self.target}" = %s'
        with connection.cursor() as cursor:
            cursor.executemany(
                f'DELETE FROM "{self.table}" WHERE {marks}',  # noqa: S608
                pairs,
            )

    def remove_all(self, owners: Sequence[int]) -> None:
        rows = self.through._base_manager.filter(**{f"{self.owner}__in": owners})
        rows._raw_delete(rows.db)
