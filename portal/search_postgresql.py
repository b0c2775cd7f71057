"""The index of the site search in PostgreSQL: full text, and trigrams of words."""

from __future__ import annotations

from .search_text import (
    PUNCTUATION,
    SIMILAR,
    Term,
    Words,
    marked_up_sql,
    quoted,
    sounding_sql,
    unescaped_sql,
)

# The words in which SELECTs of entries differ.
DIALECT = {
    "latest": "greatest",
    "earliest": "least",
    "ever": "TIMESTAMPTZ '0001-01-01 00:00:00+00'",
    "never": "TIMESTAMPTZ '9999-12-31 00:00:00+00'",
    "no_day": "DATE '0001-01-01'",
}
# Whether a key is among those of a SELECT. As an array they lead into the index; the
# planner, which knows of none of the entries that a long import wrote, would compare
# each of these with each key.
AMONG = "= ANY (ARRAY ({}))"


def words_of_rich_text(expression: str) -> str:
    """Return SQL of the words of a rich text, as ``rich_text.plain_text`` does."""
    tagless = f"regexp_replace({marked_up_sql(expression)}, '<[^>]*>', '', 'g')"
    return unescaped_sql(tagless)


def plain(expression: str) -> str:
    """Return SQL of a text in which the parser of PostgreSQL sees words alone.

    Otherwise it takes a/b for a file and a-b for another word.
    """
    spaces = " " * len(PUNCTUATION)
    return f"translate({expression}, {quoted(PUNCTUATION)}, '{spaces}')"


# A longer text could not be stored as a vector.
TEXT = "left(context || ' ' || body, 100000)"
VECTOR = (
    f"setweight(to_tsvector('portal_search', {plain('names')}), 'A') || "
    f"setweight(to_tsvector('portal_search', {plain(TEXT)}), 'B')"
)
# Functions, because only they can tell the planner to use the index whatever it
# guesses: how many entries have a rare word is not in its statistics, and then it reads
# the whole table. The index gives the entries in the order in which they lie there.
MATCHING = """
CREATE FUNCTION {name}({arguments}, moment timestamptz, most integer)
RETURNS SETOF portal_searchentry LANGUAGE sql STABLE
SET enable_seqscan = off SET max_parallel_workers_per_gather = 0
AS $$
    SELECT * FROM portal_searchentry
    WHERE vector @@ words AND {condition}
    AND public_from <= moment AND public_until > moment LIMIT most
$$
"""
ALIKE = f"""
CREATE FUNCTION portal_search_alike(wanted text)
RETURNS SETOF portal_searchword LANGUAGE sql STABLE
SET pg_trgm.similarity_threshold = {SIMILAR}
AS $$
    SELECT * FROM portal_searchword WHERE sound % wanted
    ORDER BY similarity(sound, wanted) DESC, word LIMIT 60
$$
"""
CREATE = (
    # Each may be that of others as well, and stays when the index goes.
    *(
        f"CREATE EXTENSION IF NOT EXISTS {extension}"
        for extension in ("btree_gin", "pg_trgm", "unaccent")
    ),
    "CREATE TEXT SEARCH CONFIGURATION portal_search (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION portal_search ALTER MAPPING FOR asciiword, "
    "asciihword, hword_asciipart, word, hword, hword_part, numword, numhword, "
    "hword_numpart WITH unaccent, simple",
    "ALTER TABLE portal_searchentry "
    f"ADD COLUMN vector tsvector GENERATED ALWAYS AS ({VECTOR}) STORED",
    "CREATE INDEX portal_searchentry_vector ON portal_searchentry "
    "USING gin (kind, vector)",
    "CREATE INDEX portal_searchword_sounds ON portal_searchword "
    "USING gin (sound gin_trgm_ops)",
    MATCHING.format(
        name="portal_search_all", arguments="words tsquery", condition="TRUE"
    ),
    MATCHING.format(
        name="portal_search_kind",
        arguments="words tsquery, wanted text",
        condition="kind = wanted",
    ),
    ALIKE,
)
DROP = (
    "DROP FUNCTION portal_search_alike",
    "DROP FUNCTION portal_search_all",
    "DROP FUNCTION portal_search_kind",
    "DROP INDEX portal_searchword_sounds",
    "ALTER TABLE portal_searchentry DROP COLUMN vector",
    "DROP TEXT SEARCH CONFIGURATION portal_search",
)

WORDS_OF = (
    "SELECT word, {sound} AS sound, count(*) AS number FROM {entries} AS entry "
    "CROSS JOIN LATERAL unnest(tsvector_to_array(ts_filter(entry.vector, '{{a}}'))) "
    "AS word GROUP BY word"
)


def words_of(entries: str) -> str:
    return WORDS_OF.format(sound=sounding_sql("word"), entries=entries)


WORDS = words_of("portal_searchentry")
# What follows the entries, in the transaction that writes them.
AFTER_INSERT = (
    "INSERT INTO portal_searchword (word, sound, number) "
    f"{words_of('NEW_rows')} ON CONFLICT (word) "
    "DO UPDATE SET number = portal_searchword.number + excluded.number;"
)
AFTER_DELETE = (
    "UPDATE portal_searchword AS present SET number = present.number - gone.number "
    f"FROM ({words_of('OLD_rows')}) AS gone WHERE present.word = gone.word; "
    f"DELETE FROM portal_searchword AS present USING ({words_of('OLD_rows')}) AS gone "
    "WHERE present.word = gone.word AND present.number <= 0;"
)
FOLLOWING = {
    "INSERT": AFTER_INSERT,
    "UPDATE": AFTER_INSERT + AFTER_DELETE,
    "DELETE": AFTER_DELETE,
    "TRUNCATE": "DELETE FROM portal_searchword;",
}


LEXEMES = "to_tsquery('portal_search', %s)"


def matching(words: Words, now, most: int) -> tuple[str, tuple]:
    """Return FROM of the entries that match and are public, and its parameters."""
    query = query_of(words)
    if words.kind:
        source = f"portal_search_kind({LEXEMES}, %s, %s, %s) AS entry"
        return source, (query, words.kind, now, most)
    return f"portal_search_all({LEXEMES}, %s, %s) AS entry", (query, now, most)


def holding(words: Words) -> tuple[str, str]:
    """Return the condition that an entry, ``own``, matches, and its parameter."""
    return f"own.vector @@ {LEXEMES}", query_of(words)


def query_of(words: Words) -> str:
    return " & ".join(
        f"({' | '.join(lexeme(term, words.in_names) for term in group)})"
        for group in words.groups
    )


def lexeme(term: Term, in_names: bool) -> str:
    flags = ("*" if term.is_beginning else "") + ("A" if in_names else "")
    # A term holds letters and digits alone.
    return f"'{term.text}':{flags}" if flags else f"'{term.text}'"


def alike(sound: str) -> tuple[str, list]:
    """Return the SELECT of words that share much of a sound, and its parameters."""
    return "SELECT word, sound FROM portal_search_alike(%s)", [sound]


def is_damaged(cursor) -> bool:
    """PostgreSQL itself keeps indexes and generated columns right."""
    return False


def repair(cursor) -> None:
    pass
