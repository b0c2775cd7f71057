from copy import copy

import django_filters
from django.utils.translation import gettext_lazy as _

from countries.filters import countries_by_code, other_names_of_countries
from portal.content_version import kept, kept_with
from portal.facets import Option, Options, options_of
from portal.filter_fields import unknown_value
from portal.filters import (
    KnownValuesFilter,
    ListingFilterSet,
    SearchFilter,
    WholeNumberFilter,
    YesNoFilter,
)
from portal.folding import fold
from portal.partial_dates import today
from portal.rendering import number_formatter

from .apps import CLASSIFICATIONS
from .models import Cluster, EscaLabel, Industry, TechnologyField

LABEL_STATES = [
    ("held", _("Held today")),
    ("renewable", _("Ended, can be renewed")),
    ("lapsed", _("Lapsed or revoked")),
    ("ever", _("On record")),
]


def counted_menu(field, counts):
    """Return the field of a menu whose options say what choosing them finds."""
    menu = copy(field)
    # The field itself names what was chosen, without any number.
    menu.field = copy(field.field)
    as_text = number_formatter()
    menu.field.choices = [
        (value, f"{label} ({as_text(counts[value])})" if value in counts else label)
        for value, label in field.field.choices
    ]
    return menu


@kept
def cluster_regions():
    """Return each region once, however it is spelled; any spelling finds it."""
    clusters = Cluster.objects.published().exclude(region="")
    rows = clusters.order_by("region_key", "region").values_list("region_key", "region")
    regions, spellings = {}, {}
    for key, name in rows.distinct():
        spellings[name.casefold()] = regions.setdefault(key, name)
    options = options_of((name, name, key) for key, name in regions.items())
    options.values |= spellings
    return options


def terms(model):
    """Return the options of a classification: every code with its title."""
    parts = {None: []}
    for term in model.objects.order_by("code"):
        parts[term.pk] = []
        option = Option(term.code, str(term), parts=parts[term.pk])
        parts[term.parent_id].append(option)
    return Options(parts[None])


@kept_with(CLASSIFICATIONS)
def industries():
    return terms(Industry)


@kept_with(CLASSIFICATIONS)
def technology_fields():
    return terms(TechnologyField)


class ClusterFilterSet(ListingFilterSet):
    q = SearchFilter(help_text=_("Name, acronym, region or city"))
    country = KnownValuesFilter(
        "country__iso2",
        options=countries_by_code,
        other_names=other_names_of_countries,
        label=_("Country"),
        help_text=_("Slug, or ISO 3166 code of two letters"),
    )
    region = KnownValuesFilter(
        "region_key",
        options=cluster_regions,
        label=_("Region"),
        help_text=_("Name, as the clusters have it"),
        method="filter_region",
    )
    portfolio = KnownValuesFilter(
        "portfolio", options=options_of(Cluster.Portfolio.choices), label=_("Portfolio")
    )
    label = KnownValuesFilter(
        options=options_of(EscaLabel.Level.choices),
        label=_("ESCA label"),
        method="filter_label",
    )
    label_state = django_filters.ChoiceFilter(
        choices=LABEL_STATES,
        error_messages=unknown_value(LABEL_STATES),
        label=_("State of the label"),
        empty_label=_("Any"),
        method="filter_label_state",
    )
    in_partnership = YesNoFilter(
        label=_("In a partnership"),
        method="filter_in_partnership",
    )
    industry = KnownValuesFilter(
        options=industries,
        counts=lambda clusters: clusters.counted_by_term("industries"),
        label=_("Industry (NACE)"),
        help_text=_("NACE Rev. 2 code; a section includes its divisions"),
        method="filter_industry",
    )
    technology = KnownValuesFilter(
        options=technology_fields,
        counts=lambda clusters: clusters.counted_by_term("technology_fields"),
        label=_("Technology field (IPC)"),
        help_text=_("IPC code; a section includes its classes"),
        method="filter_technology",
    )
    founded_min = WholeNumberFilter("founded", "gte", label=_("Founded from"))
    founded_max = WholeNumberFilter("founded", "lte", label=_("Founded to"))

    ranges = (("founded_min", "founded_max"),)

    class Meta:
        model = Cluster
        fields = []

    def counted(self, name, queryset):
        if name == "label":
            state = self.cleaned().get("label_state") or "ever"
            return queryset.counted_by_label(state, today())
        if name == "region":
            counts = queryset.counted_by("region_key")
            regions = self.form.fields[name].options.labels
            return {region: counts.get(fold(region), 0) for region in regions}
        return super().counted(name, queryset)

    def facets(self):
        """Count the options of the two menus as well."""
        counts = self.menu_counts()
        return [
            (counted_menu(field, counts[field.name]), facet)
            if field.name in counts
            else (field, facet)
            for field, facet in super().facets()
        ]

    def menu_counts(self):
        """Return what choosing each option of a menu finds, by name and value."""
        states = self.filtered(self.cleaned() | {"label_state": ""})
        levels = self.cleaned().get("label") or []
        keys = [state for state, _label in LABEL_STATES]
        partners = self.filtered(self.cleaned() | {"in_partnership": None})
        return {
            "label_state": states.counted_by_label_state(today(), levels, keys),
            "in_partnership": partners.counted_in_partnerships(),
        }

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


class LabelFilterSet(ListingFilterSet):
    """The filters of the directory that tell of a label, under the same keys."""

    country = KnownValuesFilter(
        "cluster__country__iso2",
        options=countries_by_code,
        label=_("Country"),
        help_text=_("Slug, or ISO 3166 code of two letters"),
    )
    label = KnownValuesFilter(
        "level", options=options_of(EscaLabel.Level.choices), label=_("Level")
    )
    label_state = django_filters.ChoiceFilter(
        choices=LABEL_STATES,
        error_messages=unknown_value(LABEL_STATES),
        label=_("State of the label"),
        method="filter_label_state",
    )

    class Meta:
        model = EscaLabel
        fields = []

    def filter_label_state(self, queryset, name, value):
        return queryset.in_state(value, today())
