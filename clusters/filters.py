import django_filters
from django.utils.translation import gettext_lazy as _

from countries.models import Country
from portal.filters import (
    KnownValuesFilter,
    ListingFilterSet,
    SearchFilter,
    WholeNumberFilter,
    YesNoFilter,
)
from portal.folding import fold
from portal.partial_dates import today

from .models import Cluster, EscaLabel, Industry, TechnologyField

LABEL_STATES = [
    ("held", _("Held today")),
    ("renewable", _("Ended, can be renewed")),
    ("lapsed", _("Lapsed")),
    ("ever", _("On record")),
]


def cluster_countries():
    clusters = Cluster.objects.published().values("country")
    countries = Country.objects.filter(pk__in=clusters).order_by("name_key")
    return countries.values_list("iso2", "name")


def cluster_regions():
    regions = Cluster.objects.published().exclude(region="").order_by("region_key")
    return [
        (name, name) for name in regions.values_list("region", flat=True).distinct()
    ]


def terms(model):
    """Return the options of a classification: every code with its title."""
    return lambda: [
        (code, f"{code} {title}")
        for code, title in model.objects.order_by("code").values_list("code", "title")
    ]


def is_division(code):
    """Tell whether a code of NACE or IPC is part of another: C13 is one of C."""
    return len(code) > 1


class ClusterFilterSet(ListingFilterSet):
    q = SearchFilter(help_text=_("Name, acronym, region or city"))
    country = KnownValuesFilter(
        "country__iso2", options=cluster_countries, label=_("Country")
    )
    region = KnownValuesFilter(
        "region_key",
        options=cluster_regions,
        counts=lambda clusters: clusters.counted_by("region"),
        label=_("Region"),
        method="filter_region",
    )
    portfolio = KnownValuesFilter(
        "portfolio", options=lambda: Cluster.Portfolio.choices, label=_("Portfolio")
    )
    label = KnownValuesFilter(
        options=lambda: EscaLabel.Level.choices,
        label=_("ESCA label"),
        method="filter_label",
    )
    label_state = django_filters.ChoiceFilter(
        choices=LABEL_STATES,
        label=_("State of the label"),
        empty_label=_("Any"),
        method="filter_label_state",
    )
    in_partnership = YesNoFilter(
        label=_("In a partnership"),
        method="filter_in_partnership",
    )
    industry = KnownValuesFilter(
        options=terms(Industry),
        is_part=is_division,
        counts=lambda clusters: clusters.counted_by_term("industries"),
        label=_("Industry (NACE)"),
        method="filter_industry",
    )
    technology = KnownValuesFilter(
        options=terms(TechnologyField),
        is_part=is_division,
        counts=lambda clusters: clusters.counted_by_term("technology_fields"),
        label=_("Technology field (IPC)"),
        method="filter_technology",
    )
    founded_min = WholeNumberFilter("founded", "gte", label=_("Founded from"))
    founded_max = WholeNumberFilter("founded", "lte", label=_("Founded to"))

    class Meta:
        model = Cluster
        fields = []

    def counted(self, name, queryset):
        if name == "label":
            state = self.cleaned().get("label_state") or "ever"
            return queryset.counted_by_label(state, today())
        return super().counted(name, queryset)

    def filter_region(self, queryset, name, value):
        return queryset.filter(region_key__in=[fold(region) for region in value])

    def filter_label(self, queryset, name, value):
        # The state narrows the same labels, so both are one condition.
        if self.form.cleaned_data.get("label_state"):
            return queryset
        return queryset.labelled("ever", today(), value)

    def filter_label_state(self, queryset, name, value):
        levels = self.form.cleaned_data.get("label") or []
        return queryset.labelled(value, today(), levels)

    def filter_in_partnership(self, queryset, name, value):
        return queryset.in_partnerships(value)

    def filter_industry(self, queryset, name, value):
        return queryset.in_industries(value)

    def filter_technology(self, queryset, name, value):
        return queryset.in_technology_fields(value)
