"""Which partnerships suit somebody's wishes, and why.

A partnership scores POINTS for each wished country that it targets, and for each wished
industry or technology field in which it or a part of it works, and POINTS_IF_OPEN if it
is known to be open to new partners. Those that have ended or fulfil no wish are left
out. The highest score comes first; ties stand by SMEs and acronym, as in the table.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from portal.facet_index import FacetIndex
from portal.index_scores import best_keys
from portal.rows_by_key import AmongKeys
from portal.selection import Sorting

from .index import live_partnerships
from .models import Partnership

POINTS = {"target": 3, "industry": 2, "technology": 2}
POINTS_IF_OPEN = 1
# Each wish is a condition of the query.
MOST_WISHES = 20


@dataclass(frozen=True)
class Wish:
    """A country, industry or technology field that somebody looks for."""

    kind: str
    code: str
    label: str

    @property
    def points(self) -> int:
        return POINTS[self.kind]

    @property
    def term(self) -> tuple[str, str]:
        """Return what the index calls it: each kind is a facet of the same name."""
        return self.kind, self.code

    def fulfilling(self) -> QuerySet:
        """Return the partnerships that fulfil the wish."""
        partnerships = Partnership.objects.all()
        keep = {
            "target": partnerships.targeting_any,
            "industry": partnerships.in_industries,
            "technology": partnerships.in_technology_fields,
        }[self.kind]
        return keep([self.code])

    def reason(self) -> str:
        if self.kind == "target":
            return _("It targets %(country)s.") % {"country": self.label}
        return _("It works in %(field)s.") % {"field": self.label}


@dataclass(frozen=True)
class Match:
    """A partnership, with its state, and which of the wishes it fulfils."""

    partnership: Partnership
    fulfilled: Sequence[Wish]

    @property
    def is_open(self) -> bool:
        return self.partnership.joining == Partnership.Joining.OPEN

    @property
    def score(self) -> int:
        return sum(points for _reason, points in self.reasons())

    def reasons(self) -> list[tuple[str, int]]:
        """Return what speaks for it, with the points it gave."""
        found = [(wish.reason(), wish.points) for wish in self.fulfilled]
        if self.is_open:
            found.append((_("It is open to new partners."), POINTS_IF_OPEN))
        return found


def best_matches(
    wishes: Sequence[Wish],
    day: datetime.date,
    number: int,
    except_for: Partnership | None = None,
) -> list[Match]:
    """Return the partnerships that fulfil the wishes best; see the rule above.

    ``except_for`` is left out. The index in memory ranks them where there is one.
    """
    if not wishes:
        return []
    index = live_partnerships.current()
    if index is None:
        return best_of_database(wishes, day, number, except_for)
    return best_of_index(index, wishes, day, number, except_for)


def count_matches(wishes: Sequence[Wish], day: datetime.date) -> int:
    """Return how many partnerships fulfil one or more of the wishes."""
    index = live_partnerships.current()
    if index is None:
        met = Q()
        for wish in wishes:
            met |= Q(pk__in=wish.fulfilling().values("pk"))
        partnerships = Partnership.objects.published().with_state(day)
        return partnerships.exclude(state=Partnership.State.ENDED).filter(met).count()
    ended = index.having("state", [Partnership.State.ENDED])
    met = index.having(wishes[0].kind, [wishes[0].code])
    for wish in wishes[1:]:
        met = met | index.having(wish.kind, [wish.code])
    return index.everything().narrowed(met & ~ended).count()


def count_unclassified(day: datetime.date) -> tuple[int, int]:
    """Return how many partnerships state no field of work, and how many there are.

    Those that have ended are not counted. A field of work is an industry or a
    technology field; without one, a partnership can only score by country.
    """
    index = live_partnerships.current()
    if index is None:
        found = Partnership.objects.published().with_state(day)
        found = found.exclude(state=Partnership.State.ENDED)
        unclassified = found.filter(industries=None, technology_fields=None)
        return unclassified.count(), found.count()
    ended = index.having("state", [Partnership.State.ENDED])
    found = index.everything().narrowed(~ended)
    unclassified = found
    for facet in ("industry", "technology"):
        codes = index.values[index.facets[facet]]
        unclassified = unclassified.narrowed(~index.having(facet, codes))
    return unclassified.count(), found.count()


def best_of_index(
    index: FacetIndex,
    wishes: Sequence[Wish],
    day: datetime.date,
    number: int,
    except_for: Partnership | None,
) -> list[Match]:
    left_out = index.having("state", [Partnership.State.ENDED])
    if except_for is not None:
        left_out = left_out | index.among([except_for.pk])
    keys = best_keys(
        index.everything().narrowed(~left_out),
        {wish.term: wish.points for wish in wishes},
        {("joining", Partnership.Joining.OPEN): POINTS_IF_OPEN},
        Sorting("sme_count", descending=True),
        number,
    )
    known = {wish.term: wish for wish in wishes if wish.term in index.rows}
    (fulfilled,) = index.terms([known], keys)
    found = Partnership.objects.published().with_state(day)
    records = {record.pk: record for record in found.filter(AmongKeys("pk", keys))}
    return [
        Match(records[key], met)
        for key, met in zip(keys, fulfilled, strict=True)
        if key in records
    ]


def best_of_database(
    wishes: Sequence[Wish],
    day: datetime.date,
    number: int,
    except_for: Partnership | None,
) -> list[Match]:
    partnerships = Partnership.objects.published().with_state(day)
    partnerships = partnerships.exclude(state=Partnership.State.ENDED)
    if except_for is not None:
        partnerships = partnerships.exclude(pk=except_for.pk)
    met, score = Q(), points_where(Q(joining=Partnership.Joining.OPEN), POINTS_IF_OPEN)
    for place, wish in enumerate(wishes):
        condition = Q(pk__in=wish.fulfilling().values("pk"))
        met |= condition
        points = points_where(condition, wish.points)
        partnerships = partnerships.annotate(**{f"wish_{place}": points})
        score += F(f"wish_{place}")
    ranked = partnerships.filter(met).order_by(
        score.desc(), F("sme_count").desc(nulls_last=True), "acronym_key", "pk"
    )
    return [
        Match(
            partnership,
            [
                wish
                for place, wish in enumerate(wishes)
                if getattr(partnership, f"wish_{place}")
            ],
        )
        for partnership in ranked[:number]
    ]


def points_where(condition: Q, points: int) -> Case:
    return Case(
        When(condition, then=Value(points)),
        default=Value(0),
        output_field=IntegerField(),
    )


def wishes_like(partnership: Partnership) -> list[Wish]:
    """Return what somebody wishes for who likes this partnership."""
    wishes = []
    for kind, terms in (
        ("industry", partnership.industries),
        ("technology", partnership.technology_fields),
    ):
        wishes += [
            Wish(kind, term.code, f"{term.code} {term.title}") for term in terms.all()
        ]
    # Of many, countries are what most partnerships have in common.
    wishes += [Wish("target", row.iso2, row.name) for row in partnership.targets.all()]
    return wishes[:MOST_WISHES]


def related_to(
    partnership: Partnership, day: datetime.date, number: int
) -> list[Match]:
    """Return the partnerships most like this one.

    Those that have ended are left out: they cannot be joined instead.
    """
    return best_matches(wishes_like(partnership), day, number, except_for=partnership)


def highest_score(wishes: Sequence[Wish]) -> int:
    return sum(wish.points for wish in wishes) + POINTS_IF_OPEN
