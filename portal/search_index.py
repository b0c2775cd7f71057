"""The index of the site search: which records are found by which texts.

Each app says in its ``search.py`` what is found of its tables, as SELECTs that both
databases run. Triggers on these tables, and on those whose names and publication they
use, write the entries anew in the same transaction as any change, whoever makes it;
``rebuild`` makes all of them from the same SELECTs.

The index has entries of what is public and of what the clock alone will publish, each
with the time from which and until which it is public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connections, transaction

from . import search_postgresql, search_sqlite

BACKENDS = {"sqlite": search_sqlite, "postgresql": search_postgresql}
# The columns by which entries are found exactly, each with the condition of its index.
NAMES = (("part = ''", "name"), ("NOT (other_key = '')", "other_key"))
LAST_CHARACTER = "\U0010ffff"
# What a record itself has to be for the index to hold it; see public_condition().
PUBLISHABLE = ("status", "publish_at", "unpublish_at")
# The columns of an entry, in the order in which the statements write them.
COLUMNS = (
    *("kind", "part", "part_key", "record", "slug", "title", "other"),
    *("name", "other_key", "names", "context", "body", "day"),
    *("public_from", "public_until"),
)


def lines(*expressions: str) -> str:
    """Return the SQL of one text with a line for each of these texts."""
    return " || '\n' || ".join(expressions)


@dataclass(frozen=True)
class Follows:
    """A table on which entries depend.

    ``keys`` is a SELECT of the rows behind these entries, in one column ``key``;
    in it ``{row}`` stands for the row that is written. Only a change of ``columns``
    counts.
    """

    table: str
    columns: tuple[str, ...]
    keys: str = "SELECT {row}.id AS key"


@dataclass(frozen=True)
class Entries:
    """What is found of one table; each row, called ``own``, has one entry.

    All texts are SQL. ``record`` is the key of the record that is found by it: the row
    itself, or what it is a ``part`` of. ``name`` and ``other_key`` are folded names by
    which it is found exactly, ``names`` all folded names, ``context`` facts of a word
    or two, one a line, ``body`` its prose, with the columns of ``rich`` after it.
    """

    kind: str
    table: str
    follows: tuple[Follows, ...]
    slug: str
    title: str
    name: str
    part: str = ""
    record: str = "own.id"
    other: str = "''"
    other_key: str = "''"
    names: str = "''"
    context: str = "''"
    body: str = "''"
    # Columns with texts of rich_text.py.
    rich: tuple[str, ...] = ()
    day: str = "{no_day}"
    joins: str = ""
    # The tables whose publication decides, and those of them that may be absent; a row
    # is always public where there is none.
    public: tuple[str, ...] = ()
    public_if_any: tuple[str, ...] = ()

    def select(self, vendor: str, keys: str = "") -> str:
        """Return the SELECT of all entries, or of those of the rows with ``keys``."""
        dialect = BACKENDS[vendor].DIALECT
        until = [
            f"coalesce({name}.unpublish_at, {{never}})" for name in self.publishing
        ]
        begins = [
            f"CASE WHEN {name}.status = 'approved' THEN {name}.publish_at "
            "ELSE {ever} END"
            for name in self.publishing
        ]
        values = (
            *(f"'{self.kind}'", f"'{self.part}'", "own.id", self.record, self.slug),
            *(self.title, self.other, self.name, self.other_key, self.names),
            *(self.context, self.prose(vendor), self.day),
            combined("{latest}", begins or ["{ever}"]),
            combined("{earliest}", until or ["{never}"]),
        )
        shown = zip(values, COLUMNS, strict=True)
        conditions = [*self.conditions(), *([f"own.id IN ({keys})"] if keys else [])]
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return (
            f"SELECT {', '.join(f'{value} AS {name}' for value, name in shown)} "
            f"FROM {self.table} AS own {self.joins} {where}"
        ).format(**dialect)

    def prose(self, vendor: str) -> str:
        words = map(BACKENDS[vendor].words_of_rich_text, self.rich)
        return lines(*([self.body] if self.body != "''" else []), *words) or "''"

    @property
    def publishing(self) -> tuple[str, ...]:
        return self.public + self.public_if_any

    def conditions(self) -> Iterator[str]:
        may_be_public = "{0}.status IN ('published', 'approved')"
        for name in self.public:
            yield may_be_public.format(name)
        for name in self.public_if_any:
            yield f"({name}.id IS NULL OR {may_be_public.format(name)})"

    def refresh(self, vendor: str, keys: str = "") -> str:
        """Return the statements that write entries anew, all or those of some rows."""
        some = f" AND part_key {BACKENDS[vendor].AMONG.format(keys)}" if keys else ""
        return (
            f"DELETE FROM portal_searchentry WHERE kind = '{self.kind}' "
            f"AND part = '{self.part}'{some}; {self.add(vendor, keys)}"
        )

    def add(self, vendor: str, keys: str = "") -> str:
        """Return the statement that writes the entries of rows that have none."""
        return (
            f"INSERT INTO portal_searchentry ({', '.join(COLUMNS)}) "
            f"{self.select(vendor, keys)};"
        )


def combined(function: str, expressions: list[str]) -> str:
    if len(expressions) == 1:
        return expressions[0]
    return f"{function}({', '.join(expressions)})"


def declared_entries(tables: Iterable[str] | None = None) -> list[Entries]:
    """Return what the apps declare, as far as these tables are there for it."""
    return [
        entries
        for config in apps.get_app_configs()
        for entries in getattr(config, "search_entries", ())
        if tables is None
        or {follower.table for follower in entries.follows} <= set(tables)
    ]


@dataclass(frozen=True)
class Links:
    """By what records of one kind are about others, their subjects.

    ``pairs`` is a SELECT of the keys of both, as ``record`` and ``subject``; ``label``
    says beside a record what its subjects are to it.
    """

    kind: str
    subjects: str
    pairs: str
    label: str


def pairs(table: str, record: str, subject: str) -> str:
    return f"SELECT {record} AS record, {subject} AS subject FROM {table}"


def declared_links() -> list[Links]:
    return [
        links
        for config in apps.get_app_configs()
        for links in getattr(config, "search_links", ())
    ]


@dataclass(frozen=True)
class Difference:
    """How many entries an index lacks, and how many it has that it should not."""

    missing: int
    surplus: int
    words: int
    is_damaged: bool

    def __bool__(self):
        return bool(self.missing or self.surplus or self.words or self.is_damaged)


def rebuild(using: str = "default", *, check_only: bool = False) -> Difference:
    """Make the index equal to what its records say, and return what was not.

    Entries that are right stay as they are.
    """
    connection = connections[using]
    backend = BACKENDS[connection.vendor]
    fresh = all_entries(connection)
    if not fresh:
        return Difference(0, 0, 0, is_damaged=False)
    present = f"SELECT {', '.join(COLUMNS)} FROM portal_searchentry"
    missing = f"SELECT * FROM ({fresh}) AS fresh EXCEPT {present}"
    surplus = f"{present} EXCEPT SELECT * FROM ({fresh}) AS fresh"
    with transaction.atomic(using), connection.cursor() as cursor:
        # Whoever writes content waits for this row first; see triggers.py.
        cursor.execute("UPDATE portal_contentversion SET number = number WHERE id = 1")
        difference = Difference(
            missing=number_of(cursor, missing),
            surplus=number_of(cursor, surplus),
            words=number_of(cursor, different_words(backend)),
            is_damaged=backend.is_damaged(cursor),
        )
        if difference and not check_only:
            write(cursor, backend, difference, missing, surplus)
    return difference


def all_entries(connection) -> str:
    """Return the SELECT of all entries; empty where there is no index yet."""
    tables = connection.introspection.table_names()
    if "portal_searchentry" not in tables:
        return ""
    return " UNION ALL ".join(
        entries.select(connection.vendor) for entries in declared_entries(tables)
    )


def different_words(backend) -> str:
    """Return the SELECT of the words that the entries and their words do not share."""
    present = "SELECT word, sound, number FROM portal_searchword"
    fresh = f"SELECT word, sound, number FROM ({backend.WORDS}) AS fresh"
    return (
        f"SELECT * FROM ({fresh} EXCEPT {present}) AS missing "
        f"UNION ALL SELECT * FROM ({present} EXCEPT {fresh}) AS surplus"
    )


def number_of(cursor, select: str) -> int:
    cursor.execute(f"SELECT count(*) FROM ({select}) AS counted")
    return cursor.fetchone()[0]


def write(cursor, backend, difference, missing, surplus) -> None:
    if difference.is_damaged:
        backend.repair(cursor)
    cursor.execute(
        "DELETE FROM portal_searchentry WHERE (kind, part, part_key) IN "
        f"(SELECT kind, part, part_key FROM ({surplus}) AS surplus)"
    )
    cursor.execute(f"INSERT INTO portal_searchentry ({', '.join(COLUMNS)}) {missing}")
    cursor.execute("DELETE FROM portal_searchword")
    cursor.execute(
        "INSERT INTO portal_searchword (word, sound, number) "
        f"SELECT word, sound, number FROM ({backend.WORDS}) AS fresh"
    )
