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

from django.db import connection

from .search_index import BACKENDS, NAMES, Links, declared_links
from .search_text import Group, Words

# What more of one kind than these have in their names is the name of none.
MOST_SUBJECTS = 20
# Of a longer phrase, nobody means each word as a subject; it may be the name of one.
MOST_SEGMENTS = 6
# How many entries are looked at for each part of a phrase and each kind of link; where
# more have one part, those are tried that were written first, and all that have another.
MOST_PARTS = 1000
CALLED = """
SELECT {column}, kind, record FROM portal_searchentry
WHERE {condition} AND {column} IN ({names}) AND kind IN ({kinds})
AND public_from <= %s AND public_until > %s
"""
# Public before they are limited: drafts may have more links than that.
LINKED = """
SELECT *, count(*) OVER () AS looked FROM (
    SELECT entry.kind, entry.record, {number} AS segment FROM ({pairs}) AS link
    JOIN portal_searchentry AS entry
    ON entry.kind = '{kind}' AND entry.record = link.record AND entry.part = ''
    WHERE link.subject IN ({subjects})
    AND entry.public_from <= %s AND entry.public_until > %s LIMIT %s
) AS linked
"""
# Where each list that a record is in ends at the limit, there may be others like it.
HAVING_ALL = """
(SELECT entry.*, found.is_cut FROM (
    SELECT kind, record, {segments},
        CASE WHEN min(looked) < {most_parts} THEN 0 ELSE 1 END AS is_cut
    FROM ({parts}) AS part GROUP BY kind, record
) AS found
JOIN portal_searchentry AS entry
ON entry.kind = found.kind AND entry.record = found.record AND entry.part = ''
WHERE {conditions}
AND entry.public_from <= %s AND entry.public_until > %s LIMIT %s) AS entry
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


def segments_of(groups: tuple[Group, ...], now) -> list[Segment]:
    """Return the names in a phrase and its other words, each with what it may mean."""
    kinds = sorted({links.subjects for links in declared_links()})
    named, parts = parted(groups, kinds, now)
    if len(parts) > MOST_SEGMENTS:
        parts = [groups]
    having = having_in_names(parts, kinds, now)
    segments = []
    for number, part in enumerate(parts):
        subjects = {
            kind: named[part][kind] | having.get((number, kind), set())
            for kind in kinds
        }
        segments.append(Segment(part, subjects))
    return segments


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


def having_in_names(parts, kinds: Sequence[str], now) -> dict:
    """Return the keys of what has all words of a part in its names, by part and kind."""
    found = defaultdict(list)
    selects, parameters = [], []
    for number, part in enumerate(parts):
        for kind in kinds:
            words = Words(part, kind, in_names=True)
            source, values = matching(words, now, MOST_SUBJECTS + 1)
            selects.append(f"SELECT {number}, kind, record FROM {source}")
            parameters += values
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects), parameters)
        for number, kind, key in cursor:
            found[number, kind].append(key)
    return {
        place: set(keys) for place, keys in found.items() if len(keys) <= MOST_SUBJECTS
    }


def matching(words: Words, now, most: int) -> tuple[str, tuple]:
    return BACKENDS[connection.vendor].matching(words, now, most)


def about(
    kinds: Sequence[str], segments: Sequence[Segment], now, most: int
) -> tuple[str, list] | None:
    """Return FROM of the records that are about a phrase, and its parameters.

    Each part of it is a subject of theirs, or else in their own texts.
    """
    links = list(links_to(kinds, segments))
    if not links:
        return None
    parts = [linked(*link, now) for link in links]
    conditions = [
        (f"entry.kind IN ({places(links)})", [one.kind for _n, one, _k in links])
    ]
    if len(segments) > 1:
        parts += having_texts(kinds, segments, now)
        conditions += [having(number, links) for number in range(len(segments))]
    source = HAVING_ALL.format(
        segments=", ".join(
            f"max(CASE WHEN segment = {number} THEN 1 ELSE 0 END) AS has_{number}"
            for number in range(len(segments))
        ),
        most_parts=MOST_PARTS,
        parts=" UNION ALL ".join(sql for sql, _values in parts),
        conditions=" AND ".join(sql for sql, _values in conditions),
    )
    values = [value for _sql, some in [*parts, *conditions] for value in some]
    return source, [*values, now, now, most]


def links_to(kinds, segments) -> Iterator[tuple[int, Links, list[int]]]:
    """Yield the number of a segment, links that lead to what it may mean, and to which."""
    for number, segment in enumerate(segments):
        for links in declared_links():
            keys = segment.subjects[links.subjects]
            if links.kind in kinds and keys:
                yield number, links, sorted(keys)


def linked(number, links, keys, now) -> tuple[str, list]:
    sql = LINKED.format(
        number=number, pairs=links.pairs, kind=links.kind, subjects=places(keys)
    )
    return sql, [*keys, now, now, MOST_PARTS]


def having_texts(kinds, segments, now) -> Iterator[tuple[str, Sequence]]:
    kind = kinds[0] if len(kinds) == 1 else ""
    for number, segment in enumerate(segments):
        source, values = matching(Words(segment.groups, kind), now, MOST_PARTS)
        sql = f"SELECT kind, record, {number}, count(*) OVER () FROM {source}"
        yield sql, values


def having(number, links) -> tuple[str, list]:
    """Return the condition that a record has a part of the phrase."""
    own = [(one, keys) for place, one, keys in links if place == number]
    conditions = [
        f"found.kind = '{one.kind}' AND EXISTS (SELECT 1 FROM ({one.pairs}) AS link "
        f"WHERE link.record = found.record AND link.subject IN ({places(keys)}))"
        for one, keys in own
    ]
    values = [key for _one, keys in own for key in keys]
    return f"({' OR '.join([f'has_{number} = 1', *conditions])})", values


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
