"""The figures of clusters and labels that texts can name."""

from django.db.models import Count

from countries.models import Country
from portal.live_figures import Figure, Figures

from .models import Cluster, EscaLabel


def figures(day) -> Figures:
    clusters = Cluster.objects.published().order_by().values_list("country__iso2")
    held = EscaLabel.objects.published().held_on(day).order_by()
    by_level = list(
        held.values_list("level", "cluster__country__iso2").annotate(number=Count("pk"))
    )
    numbers = {
        "clusters": dict(clusters.annotate(number=Count("pk"))),
        "labels held": {},
        **{f"{level} labels held": {} for level in EscaLabel.Level.values},
    }
    for level, iso2, number in by_level:
        numbers[f"{level} labels held"][iso2] = number
        every = numbers["labels held"]
        every[iso2] = every.get(iso2, 0) + number
    codes = Country.objects.order_by().values_list("iso2", flat=True)
    return {
        name: {iso2: Figure(counted.get(iso2, 0)) for iso2 in codes}
        for name, counted in numbers.items()
    }
