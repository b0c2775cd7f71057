import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clusters.filters import industries, technology_fields
from countries.apps import COUNTRIES
from countries.filters import other_names_of_countries
from countries.models import Country
from portal.content_version import kept, kept_with
from portal.facets import options_of
from portal.filter_fields import unknown_value
from portal.filters import (
    UNSTATED,
    DatabaseSelection,
    KnownValuesFilter,
    ListingFilterSet,
    SearchFilter,
    StatedValuesFilter,
    WholeNumberFilter,
)
from portal.partial_dates import today

from .index import live_partnerships
from .models import Partnership

MATCHES = [("any", _("any of them")), ("all", _("all of them"))]


@kept
def targets():
    """Return the countries that public partnerships target, or could."""
    index = live_partnerships.current(exact=True)
    if index is None:
        records = Partnership.objects.published().filter(targets=OuterRef("pk"))
        is_targeted = Exists(records)
    else:
        counts = index.everything().counts("target")
        is_targeted = Q(iso2__in=[code for code, count in counts.items() if count])
    countries = Country.objects.published().filter(Q(is_target=True) | is_targeted)
    return options_of(countries.order_by("name_key").values_list("iso2", "name"))


@kept_with(COUNTRIES)
def partner_countries():
    countries = Country.objects.published().order_by("name_key")
    return options_of(countries.values_list("iso2", "name"))


@kept
def generations():
    index = live_partnerships.current(exact=True)
    if index is None:
        numbers = Partnership.objects.published().exclude(generation=None)
        numbers = numbers.order_by("generation").values_list("generation", flat=True)
        numbers = numbers.distinct()
    else:
        counts = index.everything().counts("generation")
        numbers = [
            int(value) for value, count in counts.items() if count and value != UNSTATED
        ]
    known = [
        # Kept for readers of any language.
        (str(number), format_lazy(_("Generation {number}"), number=number))
        for number in numbers
    ]
    return options_of([*known, (UNSTATED, _("Not stated"))])


class PartnershipFilterSet(ListingFilterSet):
    live_index = live_partnerships

    q = SearchFilter(help_text=_("Acronym, name or partner"))
    target = KnownValuesFilter(
        options=targets,
        counts=lambda partnerships: partnerships.counted_by("targets__iso2"),
        other_names=other_names_of_countries,
        label=_("Targeted country"),
        help_text=_("ISO 3166 code of two letters"),
        method="filter_target",
    )
    match = django_filters.ChoiceFilter(
        choices=MATCHES,
        error_messages=unknown_value(MATCHES),
        label=_("Match of the targets"),
        empty_label=None,
        method="filter_match",
        widget=forms.Select(attrs={"data-default": "any"}),
    )
    technology = KnownValuesFilter(
        options=technology_fields,
        counts=lambda partnerships: partnerships.counted_by_term("technology_fields"),
        label=_("Technology field (IPC)"),
        help_text=_("IPC code; a section includes its classes"),
        method="filter_technology",
    )
    industry = KnownValuesFilter(
        options=industries,
        counts=lambda partnerships: partnerships.counted_by_term("industries"),
        label=_("Sectoral industry (NACE)"),
        help_text=_("NACE Rev. 2 code; a section includes its divisions"),
        method="filter_industry",
    )
    partner_country = KnownValuesFilter(
        options=partner_countries,
        other_names=other_names_of_countries,
        counts=lambda partnerships: partnerships.counted_by_partner_country(),
        label=_("Country of a partner"),
        help_text=_("ISO 3166 code of two letters"),
        method="filter_partner_country",
    )
    generation = StatedValuesFilter(
        "generation", blank=None, options=generations, label=_("Generation")
    )
    state = KnownValuesFilter(
        options=options_of(Partnership.State.choices),
        counts=lambda partnerships: partnerships.counted_by_state(today()),
        label=_("State"),
        method="filter_state",
    )
    joining = StatedValuesFilter(
        "joining",
        blank="",
        options=options_of([*Partnership.Joining.choices, (UNSTATED, _("Not stated"))]),
        label=_("Joining"),
    )
    smes_min = WholeNumberFilter("sme_count", "gte", label=_("SMEs from"))
    smes_max = WholeNumberFilter("sme_count", "lte", label=_("SMEs to"))

    ranges = (("smes_min", "smes_max"),)

    @property
    def implied(self):
        # Without targets there is nothing to match.
        alone = () if self.cleaned().get("target") else (("match", "all"),)
        return (("match", "any"), *alone)

    class Meta:
        model = Partnership
        fields = []

    def narrows(self, name, values):
        return name == "target" and values.get("match") == "all"

    def filter_target(self, queryset, name, value):
        if self.form.cleaned_data.get("match") == "all":
            return queryset.targeting_all(value)
        return queryset.targeting_any(value)

    def filter_match(self, queryset, name, value):
        # How the targets are combined; filter_target reads it.
        return queryset

    def filter_technology(self, queryset, name, value):
        return queryset.in_technology_fields(value)

    def filter_industry(self, queryset, name, value):
        return queryset.in_industries(value)

    def filter_partner_country(self, queryset, name, value):
        return queryset.with_partners_from(value)

    def filter_state(self, queryset, name, value):
        return queryset.in_state(value, today())


class MatchFilterSet(ListingFilterSet):
    """What somebody looks for in a partnership; nothing is left out, only ranked."""

    live_index = live_partnerships

    target = KnownValuesFilter(
        options=targets,
        counts=lambda partnerships: partnerships.counted_by("targets__iso2"),
        label=_("Countries to go to"),
        method="leave_all",
    )
    industry = KnownValuesFilter(
        options=industries,
        counts=lambda partnerships: partnerships.counted_by_term("industries"),
        label=_("Your industries (NACE)"),
        method="leave_all",
    )
    technology = KnownValuesFilter(
        options=technology_fields,
        counts=lambda partnerships: partnerships.counted_by_term("technology_fields"),
        label=_("Your technology fields (IPC)"),
        method="leave_all",
    )

    class Meta:
        model = Partnership
        fields = []

    def leave_all(self, queryset, name, value):
        return queryset

    def selection(self, **changes):
        """Return what can be joined: all that has not ended, whatever is wished for."""
        selection = super().selection(**dict.fromkeys(self.filters))
        ended = Partnership.State.ENDED
        if self.index is not None:
            return selection.narrowed(~self.index.having("state", [ended]))
        states = [state for state in Partnership.State.values if state != ended]
        return DatabaseSelection(self, selection.queryset.in_state(states, today()))
