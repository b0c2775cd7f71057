"""The figures of partnerships that texts can name, by the country that they target."""

from django.db.models import Count

from countries.models import Country
from portal.live_figures import Figure, Figures

from .models import Membership, Partnership


def figures(day) -> Figures:
    partnerships = Partnership.objects.published().order_by()
    partners = Membership.objects.published().order_by()
    numbers = {
        "partnerships": dict(
            partnerships.values_list("targets__iso2").annotate(
                number=Count("pk", distinct=True)
            )
        ),
        "partners counted": dict(
            partners.values_list("partnership__targets__iso2").annotate(
                number=Count("pk", distinct=True)
            )
        ),
    }
    codes = Country.objects.order_by().values_list("iso2", flat=True)
    return {
        name: {iso2: Figure(counted.get(iso2, 0)) for iso2 in codes}
        for name, counted in numbers.items()
    }
