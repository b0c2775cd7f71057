"""Which partnerships suit somebody's wishes, and why.

A partnership scores 3 points for each wished country that it targets, 2 for each
wished industry or technology field in which it or a part of it works, and 1 more if
it is known to be open to new partners. Those that have ended or fulfil no wish are
left out. The highest score comes first; ties stand by SMEs and acronym, as in the
table.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

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


def points_where(condition: Q, points: int) -> Case:
    return Case(
        When(condition, then=Value(points)),
        default=Value(0),
        output_field=IntegerField(),
    )


def best_matches(
    partnerships: QuerySet, wishes: Sequence[Wish], day: datetime.date
) -> QuerySet:
    """Rank the partnerships that fulfil one of the wishes; see the rule above.

    Each has its ``score``, and for ``reasons()`` the points of each wish.
    """
    if not wishes:
        return partnerships.none()
    ranked = partnerships.with_state(day).exclude(state=Partnership.State.ENDED)
    met = Q()
    for number, wish in enumerate(wishes):
        condition = Q(pk__in=wish.fulfilling().values("pk"))
        met |= condition
        ranked = ranked.annotate(
            **{wish_name(number): points_where(condition, wish.points)}
        )
    is_open = points_where(Q(joining=Partnership.Joining.OPEN), POINTS_IF_OPEN)
    score = sum((F(wish_name(number)) for number in range(len(wishes))), is_open)
    return (
        ranked.filter(met)
        .annotate(score=score)
        .order_by("-score", F("sme_count").desc(nulls_last=True), "acronym_key", "pk")
    )


def reasons(partnership: Partnership, wishes: Sequence[Wish]) -> list[tuple[str, int]]:
    """Return what speaks for a ranked partnership, with the points it gave."""
    found = [
        (wish.reason(), wish.points)
        for number, wish in enumerate(wishes)
        if getattr(partnership, wish_name(number))
    ]
    if partnership.joining == Partnership.Joining.OPEN:
        found.append((_("It is open to new partners."), POINTS_IF_OPEN))
    return found


def wishes_like(partnership: Partnership) -> list[Wish]:
    """Return what somebody wishes for who likes this partnership."""
    wishes = [Wish("target", row.iso2, row.name) for row in partnership.targets.all()]
    for kind, terms in (
        ("industry", partnership.industries),
        ("technology", partnership.technology_fields),
    ):
        wishes += [
            Wish(kind, term.code, f"{term.code} {term.title}") for term in terms.all()
        ]
    return wishes[:MOST_WISHES]


def related_to(
    partnership: Partnership, day: datetime.date, number: int
) -> list[tuple[Partnership, list[str]]]:
    """Return the partnerships most like this one, with what both have in common.

    Those that have ended are left out: they cannot be joined instead.
    """
    wishes = wishes_like(partnership)
    others = Partnership.objects.published().exclude(pk=partnership.pk)
    return [
        (
            other,
            [
                wish.label
                for position, wish in enumerate(wishes)
                if getattr(other, wish_name(position))
            ],
        )
        for other in best_matches(others, wishes, day)[:number]
    ]


def highest_score(wishes: Sequence[Wish]) -> int:
    return sum(wish.points for wish in wishes) + POINTS_IF_OPEN


def wish_name(number: int) -> str:
    return f"wish_{number}"
