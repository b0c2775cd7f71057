"""The figures of clusters and labels that texts can name."""

from django.db.models import Count

from countries.apps import COUNTRIES
from countries.live_figures import codes
from portal.content_version import kept_with
from portal.live_figures import Figure, Figures
from portal.partial_dates import today

from .apps import CLUSTERS, LABELS
from .models import Cluster, EscaLabel

UNKNOWN = "labels of unknown period"


def names() -> list[str]:
    levels = [f"{level} labels held" for level in EscaLabel.Level.values]
    return ["clusters", "clusters labelled", "labels held", *levels, UNKNOWN]


@kept_with(CLUSTERS, COUNTRIES, LABELS)
def figures() -> Figures:
    clusters = Cluster.objects.published().order_by()
    labels = EscaLabel.objects.published().order_by()
    held = labels.held_on(today())
    by_level = list(
        held.values_list("level", "cluster__country__iso2").annotate(number=Count("pk"))
    )
    numbers = {
        "clusters": number_by_country(clusters),
        "clusters labelled": number_by_country(clusters.labelled("ever", today())),
        "labels held": {},
        **{f"{level} labels held": {} for level in EscaLabel.Level.values},
        UNKNOWN: number_by_country(labels.of_unknown_period(today()), "cluster__"),
    }
    for level, iso2, number in by_level:
        numbers[f"{level} labels held"][iso2] = number
        every = numbers["labels held"]
        every[iso2] = every.get(iso2, 0) + number
    return {
        name: {iso2: Figure(counted.get(iso2, 0)) for iso2 in codes()}
        for name, counted in numbers.items()
    }


def number_by_country(records, path="") -> dict[str, int]:
    rows = records.values_list(f"{path}country__iso2")
    return dict(rows.annotate(number=Count("pk")))
