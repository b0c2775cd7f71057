"""The figures of partnerships that texts can name, by the country that they target."""

from django.db.models import Count

from countries.live_figures import codes
from portal.live_figures import Figure, Figures

from .index import live_partnerships
from .models import Membership, Partnership


def names() -> list[str]:
    return list(COUNTS)


def figures() -> Figures:
    counted = {name: count() for name, count in COUNTS.items()}
    return {
        name: {iso2: Figure(numbers.get(iso2, 0)) for iso2 in codes()}
        for name, numbers in counted.items()
    }


@live_partnerships.kept
def partnerships() -> dict[str, int]:
    index = live_partnerships.current(exact=True)
    if index is not None:
        return index.everything().counts("target")
    rows = Partnership.objects.published().order_by().values_list("targets__iso2")
    return dict(rows.annotate(number=Count("pk", distinct=True)))


@live_partnerships.kept
def partners() -> dict[str, int]:
    members = Membership.objects.published().order_by()
    rows = members.values_list("partnership__targets__iso2")
    return dict(rows.annotate(number=Count("pk", distinct=True)))


COUNTS = {"partnerships": partnerships, "partners counted": partners}
