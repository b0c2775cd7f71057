"""Read flat rows that belong to many records, by the keys of these.

Each key as a value of its own, and SQL that is written anew for each request, take
several times as long as the database takes to find fifty rows.
"""

import functools
from collections.abc import Callable, Iterable

from django.db import connection
from django.db.models import BooleanField, Func, QuerySet, TextField, Value
from django.utils import timezone

from .content_version import PRESENT


class AmongKeys(Func):
    """Whether a key is among others, which the database gets as one text."""

    output_field = BooleanField()

    def __init__(self, key: str, keys: Iterable[int]):
        super().__init__(key, Value(joined(keys), output_field=TextField()))

    def as_sqlite(self, compiler, connection, **context):
        return super().as_sql(
            compiler,
            connection,
            template="(%(expressions)s || ']')))",
            arg_joiner=" IN (SELECT value FROM json_each('[' || ",
            **context,
        )

    def as_postgresql(self, compiler, connection, **context):
        return super().as_sql(
            compiler,
            connection,
            template="(%(expressions)s, ',')::bigint[]))",
            arg_joiner=" = ANY(string_to_array(",
            **context,
        )


# Stands for the keys where SQL is written once, as PRESENT does for the moment at which
# it is asked; no text of a query is the same.
MARK = "any keys"


def joined(keys: Iterable[int]) -> str:
    return ",".join(map(str, keys))


@functools.cache
def written(query: Callable[[Iterable[int]], QuerySet]) -> tuple[str, tuple]:
    """Return the SQL of a query and its values, with MARK in place of the keys."""
    sql, values = query([MARK]).query.sql_with_params()
    if MARK not in values:
        raise ValueError(f"The query {query.__name__} asks for no keys.")
    return sql, values


def rows_by_key(
    query: Callable[[Iterable[int]], QuerySet], keys: Iterable[int]
) -> list[tuple]:
    """Return the rows of a query of AmongKeys, as the database has them.

    So they are the same of every database for numbers and texts, and for dates that are
    columns as they are; moments in such a column have no zone on SQLite.
    """
    sql, values = written(query)
    adapt = connection.ops.adapt_datetimefield_value
    meant = {MARK: joined(keys), adapt(PRESENT): adapt(timezone.now())}
    with connection.cursor() as cursor:
        cursor.execute(sql, [meant.get(value, value) for value in values])
        return cursor.fetchall()
