"""What records are about: their links, found by the names of what they lead to.

A partnership that goes to Mexico need not say so in a text. The words of a phrase are
looked for in the names of countries, of terms and of whatever else records link to,
and what has them leads to the records. Both are asked when somebody searches, so that
a link costs nothing when it is written, and only what is public leads anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db import connection

from .search_index import BACKENDS, LAST_CHARACTER, NAMES, Links, declared_links
from .search_text import Group, Term, Words

# What more of one kind than these have in their names is the name of none.
MOST_SUBJECTS = 20
# A word that so many names have is too common to be the name of any.
MOST_NAMES = 1000
# Of a longer phrase, nobody means each word as a subject; it may be the name of one.
MOST_SEGMENTS = 6
# How many records are looked at for each part of a phrase and each kind of link; where
# more have one, those are tried that were written first, and as many that have another
# part in a text.
MOST_PARTS = 1000
CALLED = """
SELECT {column}, kind, record FROM portal_searchentry
WHERE {condition} AND {column} IN ({names}) AND kind IN ({kinds})
AND public_from <= %s AND public_until > %s
"""
# Asked first, because to find out the same from the entries takes as long as all else.
COMMON = """
SELECT {number} WHERE EXISTS (
    SELECT 1 FROM portal_searchword WHERE word >= %s AND word <= %s AND number > %s
)
"""
# Public before they are limited: drafts may have more links than that.
LINKED = """
SELECT *, count(*) OVER () AS looked FROM (
    SELECT entry.kind, entry.record, {number} AS segment FROM ({pairs}) AS link
    JOIN portal_searchentry AS entry
    ON entry.kind = '{kind}' AND entry.record = link.record AND entry.part = ''
    WHERE link.subject IN ({subjects})
    AND entry.public_from <= %s AND entry.public_until > %s LIMIT %s
) AS lead
"""
# Where all that links lead to are known, no record is found by its texts alone.
IN_TEXTS = """
SELECT kind, record, {number} AS segment, count(*) OVER () AS looked FROM {source}
WHERE EXISTS (SELECT 1 FROM linked WHERE looked >= {most_parts})
"""
HAS_LINK = """
EXISTS (
    SELECT 1 FROM ({pairs}) AS link
    WHERE link.record = found.record AND link.subject IN ({subjects})
)
"""
HAS_TEXT = """
EXISTS (
    SELECT 1 FROM portal_searchentry AS own
    WHERE own.kind = found.kind AND own.record = found.record
    AND own.public_from <= %s AND own.public_until > %s AND {holds}
)
"""
# Where each list that a record is in ends at the limit, there may be others like it.
HAVING_ALL = """
(WITH linked AS ({linked}) SELECT entry.*, found.is_cut FROM (
    SELECT kind, record, {segments},
        CASE WHEN min(looked) < {most_parts} THEN 0 ELSE 1 END AS is_cut
    FROM ({parts}) AS part GROUP BY kind, record
) AS found
JOIN portal_searchentry AS entry
ON entry.kind = found.kind AND entry.record = found.record AND entry.part = ''
WHERE entry.public_from <= %s AND entry.public_until > %s {conditions} LIMIT %s) AS entry
"""
# Only what is public is named, whatever led to it. CROSS: or else SQLite would look for
# a link to each entry of a kind.
SUBJECTS = """
SELECT {number}, link.record, subject.kind, subject.title, subject.other
FROM ({pairs}) AS link CROSS JOIN portal_searchentry AS subject
WHERE link.record IN ({records}) AND link.subject IN ({keys})
AND subject.kind = '{subjects}' AND subject.record = link.subject AND subject.part = ''
AND subject.public_from <= %s AND subject.public_until > %s
"""


@dataclass(frozen=True)
class Segment:
    """A part of a phrase, and the keys of what may be meant by it, by kind."""

    groups: tuple[Group, ...]
    subjects: dict[str, set[int]]


# What parts of a phrase have in common with names: keys by kind.
Meanings = dict[tuple[Group, ...], dict[str, set[int]]]


def segments_of(groups: tuple[Group, ...], now, known: Meanings) -> list[Segment]:
    """Return the names in a phrase and its other words, each with what it may mean.

    What parts may mean that were asked before is taken from ``known``, and added there.
    """
    kinds = sorted({links.subjects for links in declared_links()})
    named, parts = parted(groups, kinds, now)
    if len(parts) > MOST_SEGMENTS:
        parts = [groups]
    if unknown := [part for part in parts if part not in known]:
        known |= having_in_names(unknown, kinds, now)
    return [
        Segment(part, {kind: named[part][kind] | known[part][kind] for kind in kinds})
        for part in parts
    ]


def parted(groups, kinds: Sequence[str], now) -> tuple[dict, list[tuple[Group, ...]]]:
    """Part a phrase into whole names of subjects, the longest first, and other words.

    Return what is called so, by part and kind, and the parts.
    """
    runs = {
        " ".join(group[0].text for group in groups[start:end]): groups[start:end]
        for start in range(len(groups))
        for end in range(start + 1, len(groups) + 1)
    }
    named = defaultdict(lambda: defaultdict(set))
    for name, kind, key in called(list(runs), kinds, now):
        named[runs[name]][kind].add(key)
    parts, left = [], set(groups)
    for run in sorted(named, key=len, reverse=True):
        if left.issuperset(run):
            parts.append(run)
            left.difference_update(run)
    return named, [*parts, *((group,) for group in groups if group in left)]


def called(names: Sequence[str], kinds: Sequence[str], now) -> list[tuple]:
    """Return names, kinds and keys of what is called exactly so."""
    statement = " UNION ".join(
        CALLED.format(
            column=column,
            condition=condition,
            names=places(names),
            kinds=places(kinds),
        )
        for condition, column in NAMES
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*names, *kinds, now, now] * len(NAMES))
        return cursor.fetchall()


def having_in_names(parts, kinds: Sequence[str], now) -> Meanings:
    """Return the keys of what has all words of a part in its names, by part and kind."""
    found = {part: {kind: [] for kind in kinds} for part in parts}
    common = common_among([term for part in parts for group in part for term in group])
    selects, parameters = [], []
    for number, part in enumerate(parts):
        groups = less(common, part)
        for kind in kinds if groups else ():
            words = Words(groups, kind, in_names=True)
            source, values = matching(words, now, MOST_SUBJECTS + 1)
            selects.append(f"SELECT {number}, kind, record FROM {source}")
            parameters += values
    if selects:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(selects), parameters)
            for number, kind, key in cursor:
                found[parts[number]][kind].append(key)
    return {
        part: {
            kind: set(keys) if len(keys) <= MOST_SUBJECTS else set()
            for kind, keys in by_kind.items()
        }
        for part, by_kind in found.items()
    }


def common_among(terms: Sequence[Term]) -> set[Term]:
    """Return the words, and beginnings of words, that very many names have."""
    selects = [COMMON.format(number=number) for number in range(len(terms))]
    bounds = [
        (term.text, term.text + LAST_CHARACTER * term.is_beginning, MOST_NAMES)
        for term in terms
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects), list(chain.from_iterable(bounds)))
        return {terms[number] for (number,) in cursor}


def less(common: Collection[Term], part: tuple[Group, ...]) -> tuple[Group, ...]:
    """Return a part of a phrase without its common words; nothing if it has no other.

    Of several words that have to stand together, one may be common.
    """
    rare = [tuple(term for term in group if term not in common) for group in part]
    if not any(rare):
        return ()
    return tuple(some or group for some, group in zip(rare, part, strict=True))


def matching(words: Words, now, most: int) -> tuple[str, tuple]:
    return BACKENDS[connection.vendor].matching(words, now, most)


def about(
    kind: str, segments: Sequence[Segment], now, most: int
) -> tuple[str, list] | None:
    """Return FROM of the records of a kind that are about a phrase, and its parameters.

    Each part of it is a subject of theirs, or else in their own texts.
    """
    links = list(links_to(kind, segments))
    if not links:
        return None
    by_links = [linked(*link, now) for link in links]
    in_texts, conditions = [], []
    if len(segments) > 1:
        in_texts = list(having_texts(kind, segments, now))
        conditions = [
            having(number, segment, links, now)
            for number, segment in enumerate(segments)
        ]
    source = HAVING_ALL.format(
        linked=" UNION ALL ".join(sql for sql, _values in by_links),
        segments=", ".join(
            f"max(CASE WHEN segment = {number} THEN 1 ELSE 0 END) AS has_{number}"
            for number in range(len(segments))
        ),
        most_parts=MOST_PARTS,
        parts=" UNION ALL ".join(
            ["SELECT * FROM linked", *(sql for sql, _values in in_texts)]
        ),
        conditions="".join(f"AND {sql}" for sql, _values in conditions),
    )
    values = [
        *chain.from_iterable(some for _sql, some in [*by_links, *in_texts]),
        *(now, now),
        *chain.from_iterable(some for _sql, some in conditions),
    ]
    return source, [*values, most]


def links_to(kind, segments) -> Iterator[tuple[int, Links, list[int]]]:
    """Yield the number of a segment, links that lead to what it may mean, and to which."""
    for number, segment in enumerate(segments):
        for links in declared_links():
            keys = segment.subjects[links.subjects]
            if links.kind == kind and keys:
                yield number, links, sorted(keys)


def linked(number, links, keys, now) -> tuple[str, list]:
    sql = LINKED.format(
        number=number, pairs=links.pairs, kind=links.kind, subjects=places(keys)
    )
    return sql, [*keys, now, now, MOST_PARTS]


def having_texts(kind, segments, now) -> Iterator[tuple[str, Sequence]]:
    for number, segment in enumerate(segments):
        source, values = matching(Words(segment.groups, kind), now, MOST_PARTS)
        sql = IN_TEXTS.format(number=number, source=source, most_parts=MOST_PARTS)
        yield sql, values


def having(number, segment, links, now) -> tuple[str, list]:
    """Return the condition that a record has a part of the phrase."""
    holds, text = BACKENDS[connection.vendor].holding(Words(segment.groups))
    conditions, values = [f"has_{number} = 1"], []
    for place, one, keys in links:
        if place == number:
            conditions.append(HAS_LINK.format(pairs=one.pairs, subjects=places(keys)))
            values += keys
    conditions.append(HAS_TEXT.format(holds=holds))
    return f"({' OR '.join(conditions)})", [*values, now, now, text]


def subjects_of(
    records: Mapping[str, Collection[int]], segments: Sequence[Segment], now
) -> list[tuple[Links, int, str, str, str]]:
    """Return by which links these records are about a phrase, in one query.

    Each comes with the key of the record, and the kind, title and other name of what it
    leads to, in the order in which the apps declare them.
    """
    declared = declared_links()
    selects, parameters = [], []
    for number, links in enumerate(declared):
        keys = set().union(*(one.subjects[links.subjects] for one in segments))
        of_kind = records.get(links.kind)
        if keys and of_kind:
            selects.append(
                SUBJECTS.format(
                    number=number,
                    pairs=links.pairs,
                    subjects=links.subjects,
                    records=places(of_kind),
                    keys=places(keys),
                )
            )
            parameters += [*of_kind, *keys, now, now]
    if not selects:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(selects), parameters)
        return [(declared[number], *names) for number, *names in sorted(cursor)]


def places(values: Collection) -> str:
    return ", ".join("%s" for _value in values)
