"""Asking the index of the site search, ranked, on both databases alike.

The order: what is called exactly so, what is called so at its beginning, what has all
words in its names, what has them anywhere, what is about them by its links, and where
nothing is, what is spelt alike.
Within each of these the newest come first, then by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from django.db import connection
from django.utils import timezone

from .publishing.schedule import settle
from .search_index import BACKENDS, LAST_CHARACTER, NAMES
from .search_subjects import Meanings, about, segments_of, subjects_of
from .search_text import (
    MOST_SLIPS,
    Group,
    Phrase,
    Term,
    Words,
    allowed_slips,
    is_alike,
    slips,
    sounding,
)

EXACT, BEGINNING, IN_NAMES, ANYWHERE, ABOUT = range(5)
# How many entries of one kind are ranked; of more, those that were written first.
MOST = 500
# From so many records on, nobody needs those that only begin like the last word.
ENOUGH = 50
# Slips are looked for in a name, not in a sentence.
MOST_WORDS_ALIKE = 4
RANKED = f"""
SELECT kind, record, tier, number, entries, entries_having_words FROM (
    SELECT kind, record, min(tier) AS tier,
        count(*) OVER (PARTITION BY kind) AS number,
        max(max(entries)) OVER (PARTITION BY kind) AS entries,
        max(max(CASE WHEN tier < {ABOUT} THEN entries ELSE 0 END)) OVER ()
            AS entries_having_words,
        row_number() OVER (
            PARTITION BY kind ORDER BY min(tier), max(day) DESC, min(name), record
        ) AS place
    FROM ({{sources}}) AS found WHERE kind IN ({{kinds}}) GROUP BY kind, record
) AS ranked WHERE place <= %s ORDER BY kind, place
"""
SOURCE = """
SELECT {tier} AS tier, kind, record, day, name, {entries} AS entries
FROM {source}
"""
ENTRIES_ABOUT = f"""
CASE WHEN max(is_cut) OVER () = 1 THEN {MOST + 1} ELSE count(*) OVER () END
"""
NAMED = """
(SELECT * FROM portal_searchentry WHERE {condition} AND {column} >= %s
AND {column} < %s AND kind IN ({kinds}) AND public_from <= %s AND public_until > %s
{order} LIMIT %s) AS entry
"""


@dataclass(frozen=True)
class Source:
    """One way of finding entries: their tier and FROM in SQL, with the parameters."""

    tier: str
    sql: str
    parameters: tuple
    entries: str = "count(*) OVER ()"


@dataclass(frozen=True)
class Hit:
    """A record that was found, and how many of its kind there are.

    ``entries`` is how many the richest source of its kind has, and
    ``entries_having_words`` the richest of all kinds that looks for words, never more
    than MOST + 1.
    """

    kind: str
    record: int
    tier: int
    number: int
    entries: int
    entries_having_words: int

    @property
    def is_one_of_more(self) -> bool:
        """Whether there may be more of its kind than were counted."""
        return self.entries > MOST


@dataclass(frozen=True)
class Found:
    hits: list[Hit]
    # What was looked for in the end.
    wanted: Wanted
    is_alike: bool = False


def find(phrase: Phrase, kinds: Sequence[str], limit: int) -> Found:
    """Return the best ``limit`` records of each kind."""
    known: Meanings = {}
    for groups in (phrase.whole_words, phrase.last_begun):
        wanted = Wanted(groups, phrase.folded, known)
        hits = ranked(wanted, kinds, limit)
        if number_of(hits) >= ENOUGH:
            break
    if hits:
        return Found(hits, wanted)
    return find_alike(phrase, kinds, limit)


def find_of_kind(phrase: Phrase, kind: str, kinds: Sequence[str]) -> Found:
    """Return all that is ranked of one of these kinds, as many as ``find`` counts."""
    found = find(phrase, kinds, 1)
    hits = ranked(found.wanted, [kind], MOST) if found.hits else []
    return Found(hits, found.wanted, found.is_alike)


def number_of(hits: Iterable[Hit]) -> int:
    return sum({hit.kind: hit.number for hit in hits}.values())


@dataclass(frozen=True)
class Wanted:
    """What to look for: groups of words, and the name that they may be."""

    groups: tuple[Group, ...]
    name: str = ""
    # What parts of it may mean, as far as that was asked already.
    known: Meanings = field(default_factory=dict, compare=False)

    @cached_property
    def now(self):
        settle()
        return connection.ops.adapt_datetimefield_value(timezone.now())

    def named(self, kinds: Sequence[str]) -> Iterator[Source]:
        """Yield what finds records of these kinds by their very name."""
        if not self.name:
            return
        for condition, column in NAMES:
            sql = NAMED.format(
                condition=condition,
                column=column,
                kinds=", ".join("%s" for _kind in kinds),
                # Of several kinds all are counted first, in whatever order.
                order=f"ORDER BY {column}" if len(kinds) == 1 else "",
            )
            yield Source(
                f"CASE WHEN {column} = %s THEN {EXACT} ELSE {BEGINNING} END",
                sql,
                (
                    *(self.name, self.name, self.name + LAST_CHARACTER, *kinds),
                    *(self.now, self.now, MOST + 1),
                ),
            )

    def of_all(self) -> Source:
        """Return what finds the words, in a record of any kind."""
        in_names = " AND ".join(
            f"({' OR '.join('names LIKE %s' for _term in group)})"
            for group in self.groups
        )
        texts = [f"%{term.text}%" for group in self.groups for term in group]
        tier = f"CASE WHEN {in_names} THEN {IN_NAMES} ELSE {ANYWHERE} END"
        return self.matching(tier, Words(self.groups), texts)

    def of_kind(self, kind: str) -> Iterator[Source]:
        """Yield what finds the words in records of one kind, those in names first."""
        yield self.matching(IN_NAMES, Words(self.groups, kind, in_names=True))
        yield self.matching(ANYWHERE, Words(self.groups, kind))

    @cached_property
    def segments(self):
        return segments_of(self.groups, self.now, self.known)

    def about(self, kinds: Sequence[str]) -> Iterator[Source]:
        """Yield what finds records of these kinds by what they link to."""
        for kind in kinds:
            if found := about(kind, self.segments, self.now, MOST + 1):
                yield Source(ABOUT, *found, entries=ENTRIES_ABOUT)

    def subjects_of(self, hits: Iterable[Hit]) -> list[tuple]:
        """Return what those are about of which no text has the words."""
        records = defaultdict(list)
        for hit in hits:
            if hit.tier == ABOUT:
                records[hit.kind].append(hit.record)
        return subjects_of(records, self.segments, self.now) if records else []

    def matching(self, tier, words: Words, parameters: Iterable[str] = ()) -> Source:
        backend = BACKENDS[connection.vendor]
        sql, of_source = backend.matching(words, self.now, MOST + 1)
        return Source(tier, sql, (*parameters, *of_source))


def ranked(wanted: Wanted, kinds: Sequence[str], limit: int) -> list[Hit]:
    """Ask once for all kinds, and for each by itself where there are too many."""
    if len(kinds) > 1:
        sources = [*wanted.named(kinds), wanted.of_all(), *wanted.about(kinds)]
        hits = asked(sources, kinds, limit)
        # What is about them is asked of each kind by itself already.
        if not any(hit.entries_having_words > MOST for hit in hits):
            return hits
    sources = [
        source
        for kind in kinds
        for source in chain(
            wanted.named([kind]), wanted.of_kind(kind), wanted.about([kind])
        )
    ]
    return asked(sources, kinds, limit)


def asked(sources: list[Source], kinds: Sequence[str], limit: int) -> list[Hit]:
    """Ask for the records of these kinds; each source has no more than MOST + 1."""
    found = " UNION ALL ".join(
        SOURCE.format(tier=source.tier, source=source.sql, entries=source.entries)
        for source in sources
    )
    parameters = [value for source in sources for value in source.parameters]
    with connection.cursor() as cursor:
        statement = RANKED.format(
            sources=found, kinds=", ".join("%s" for _kind in kinds)
        )
        cursor.execute(statement, [*parameters, *kinds, limit])
        return [Hit(*row) for row in cursor]


def find_alike(phrase: Phrase, kinds: Sequence[str], limit: int) -> Found:
    """Look for the words that sound most like those of the phrase."""
    if len(phrase.words) > MOST_WORDS_ALIKE:
        return Found([], Wanted(()))
    choices = [alike(word) for word in phrase.words]
    for allowed in range(1 + MOST_SLIPS):
        groups = tuple(
            tuple(Term(word) for word, number in choice if number <= allowed)
            for choice in choices
        )
        wanted = Wanted(groups)
        if all(groups) and (hits := ranked(wanted, kinds, limit)):
            return Found(hits, wanted, is_alike=True)
    return Found([], Wanted(()))


def alike(word: str) -> list[tuple[str, int]]:
    """Return words of names that may be meant, and by how many letters they differ."""
    sound = sounding(word)
    allowed = allowed_slips(sound.strip())
    # A number is another number if one digit differs.
    if not allowed or not word.isalpha():
        return [(word, 0)]
    statement, parameters = BACKENDS[connection.vendor].alike(sound)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        near = [
            (other, slips(sound, sound_of_other))
            for other, sound_of_other in cursor
            if is_alike(sound, sound_of_other)
        ]
    return [
        (word, 0),
        *((other, number) for other, number in near if number <= allowed),
    ]
