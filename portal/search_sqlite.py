"""The index of the site search in SQLite: its full-text engine, FTS5.

One table has the words of the entries, another the trigrams of all words of names.
Both are made of the tables of the models, and triggers keep them so.
"""

from __future__ import annotations

from django.db import DatabaseError

from .search_text import (
    PUNCTUATION_OF_NAMES,
    Term,
    Words,
    marked_up_sql,
    quoted,
    replaced,
    sounding_sql,
    spelled_sql,
    trigrams,
    unescaped_sql,
)

# The words in which SELECTs of entries differ.
DIALECT = {
    "latest": "max",
    "earliest": "min",
    "ever": "'0001-01-01 00:00:00'",
    "never": "'9999-12-31 00:00:00'",
    "no_day": "'0001-01-01'",
}
# Whether a key is among those of a SELECT.
AMONG = "IN ({})"
TEXTS = ("kind", "names", "context", "body")
CREATE = (
    "CREATE VIEW portal_searchtext_source AS SELECT id, kind, names, "
    f"{spelled_sql('context')} AS context, {spelled_sql('body')} AS body "
    "FROM portal_searchentry",
    f"CREATE VIRTUAL TABLE portal_searchtext USING fts5({', '.join(TEXTS)}, "
    "content='portal_searchtext_source', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE portal_searchsound USING fts5(sound, "
    "content='portal_searchword', content_rowid='id', tokenize='trigram')",
)
DROP = (
    "DROP TABLE portal_searchsound",
    "DROP TABLE portal_searchtext",
    "DROP VIEW portal_searchtext_source",
)


def words_of_rich_text(expression: str) -> str:
    """Return SQL of the words of a rich text, as ``rich_text.plain_text`` does.

    The text is parted before each tag; of each part, the tag is left out.
    """
    parts = replaced(f"json_quote({marked_up_sql(expression)})", [("<", '","')])
    tagless = (
        "SELECT group_concat(substr(part.value, instr(part.value, '>') + 1), '') "
        f"FROM json_each('[' || {parts} || ']') AS part"
    )
    return unescaped_sql(f"coalesce(({tagless}), '')")


def words_of(names: str) -> str:
    """Return the SQL of a table of the words in a text."""
    spaced = replaced(names, [(sign, " ") for sign in PUNCTUATION_OF_NAMES])
    words = replaced(f"json_quote({spaced})", [(" ", '","')])
    return f"json_each('[' || {words} || ']') AS word"


WORDS = (
    f"SELECT word.value AS word, {sounding_sql('word.value')} AS sound, "
    "count(DISTINCT entry.id) AS number FROM portal_searchentry AS entry "
    f"CROSS JOIN {words_of('entry.names')} WHERE word.value <> '' "
    "GROUP BY word.value"
)


def index(command: str, row: str) -> str:
    """Return the statement that adds an entry to the words, or takes it away."""
    first = "portal_searchtext, " if command else ""
    value = f"{quoted(command)}, " if command else ""
    columns = ", ".join(TEXTS)
    return (
        f"INSERT INTO portal_searchtext ({first}rowid, {columns}) "
        f"SELECT {value}id, {columns} FROM portal_searchtext_source "
        f"WHERE id = {row}.id;"
    )


ADD_WORDS = (
    "INSERT INTO portal_searchword (word, sound, number) SELECT DISTINCT word.value, "
    f"{sounding_sql('word.value')}, 1 FROM {words_of('NEW.names')} "
    "WHERE word.value <> '' "
    "ON CONFLICT (word) DO UPDATE SET number = number + 1;"
)
WORDS_OF_OLD = f"word IN (SELECT word.value FROM {words_of('OLD.names')})"
DROP_WORDS = (
    f"UPDATE portal_searchword SET number = number - 1 WHERE {WORDS_OF_OLD}; "
    f"DELETE FROM portal_searchword WHERE number <= 0 AND {WORDS_OF_OLD};"
)
ADD_SOUND = "INSERT INTO portal_searchsound (rowid, sound) VALUES (NEW.id, NEW.sound);"
DROP_SOUND = (
    "INSERT INTO portal_searchsound (portal_searchsound, rowid, sound) "
    "VALUES ('delete', OLD.id, OLD.sound);"
)
# What follows the entries and their words, in the transaction that writes them.
FOLLOWING = (
    ("portal_searchentry", "AFTER INSERT", index("", "NEW") + ADD_WORDS),
    ("portal_searchentry", "BEFORE UPDATE", index("delete", "OLD") + DROP_WORDS),
    ("portal_searchentry", "AFTER UPDATE", index("", "NEW") + ADD_WORDS),
    ("portal_searchentry", "BEFORE DELETE", index("delete", "OLD") + DROP_WORDS),
    ("portal_searchword", "AFTER INSERT", ADD_SOUND),
    ("portal_searchword", "BEFORE UPDATE OF sound", DROP_SOUND),
    ("portal_searchword", "AFTER UPDATE OF sound", ADD_SOUND),
    ("portal_searchword", "AFTER DELETE", DROP_SOUND),
)


def matching(words: Words, now, most: int) -> tuple[str, tuple]:
    """Return FROM of the entries that match and are public, and its parameters.

    The full-text engine gives them in the order of their keys, as it finds them.
    """
    source = (
        "(SELECT entry.* FROM portal_searchtext "
        # CROSS: or else each entry would be looked up in the full text.
        "CROSS JOIN portal_searchentry AS entry ON entry.id = portal_searchtext.rowid "
        "WHERE portal_searchtext MATCH %s "
        "AND entry.public_from <= %s AND entry.public_until > %s LIMIT %s) AS entry"
    )
    return source, (query_of(words), now, now, most)


def holding(words: Words) -> tuple[str, str]:
    """Return the condition that an entry, ``own``, matches, and its parameter."""
    # All are found at once, because to ask of one takes nearly as long. The plus keeps
    # SQLite from beginning with them: it looks up the entries of each record instead.
    condition = (
        "+own.id IN (SELECT rowid FROM portal_searchtext "
        "WHERE portal_searchtext MATCH %s)"
    )
    return condition, query_of(words)


def query_of(words: Words) -> str:
    columns = "names" if words.in_names else "names context body"
    query = " AND ".join(
        f"({' OR '.join(token(term) for term in group)})" for group in words.groups
    )
    of_kind = f'{{kind}} : "{words.kind}" AND ' if words.kind else ""
    return f"{of_kind}{{{columns}}} : ({query})"


def token(term: Term) -> str:
    # A term holds letters and digits alone.
    return f'"{term.text}"*' if term.is_beginning else f'"{term.text}"'


def alike(sound: str) -> tuple[str, list]:
    """Return the SELECT of words that share much of a sound, and its parameters."""
    parts = sorted(trigrams(sound))
    return (
        "SELECT word.word, word.sound FROM portal_searchsound "
        "JOIN portal_searchword AS word ON word.id = portal_searchsound.rowid "
        "WHERE portal_searchsound MATCH %s "
        "ORDER BY portal_searchsound.rank, word.word LIMIT 60",
        [" OR ".join(f'"{part}"' for part in parts)],
    )


def is_damaged(cursor) -> bool:
    """Tell whether the full-text tables differ from what they are made of."""
    try:
        for table in ("portal_searchtext", "portal_searchsound"):
            cursor.execute(
                f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"
            )
    except DatabaseError:
        return True
    return False


def repair(cursor) -> None:
    for table in ("portal_searchtext", "portal_searchsound"):
        cursor.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
