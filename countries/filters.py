from django.utils.translation import gettext_lazy as _

from portal.content_version import kept, kept_with
from portal.facets import options_of
from portal.filters import (
    KnownValuesFilter,
    ListingFilterSet,
    SearchFilter,
    WholeNumberFilter,
    YesNoFilter,
)

from .apps import COUNTRIES
from .models import Country, CountryAlias, Fact, Indicator


@kept_with(COUNTRIES)
def regions():
    names = Country.objects.published().order_by("region")
    return options_of(
        (name, name) for name in names.values_list("region", flat=True).distinct()
    )


class CountryFilterSet(ListingFilterSet):
    q = SearchFilter(help_text=_("Name, other name, or code"))
    region = KnownValuesFilter("region", options=regions, label=_("Region"))
    target = YesNoFilter(
        "is_target",
        label=_("Target country"),
    )

    class Meta:
        model = Country
        fields = ["q", "region", "target"]


@kept_with(COUNTRIES)
def countries_by_code():
    """Return the public countries by code; the slug is as good."""
    names = Country.objects.published().order_by("name_key")
    return options_of(names.values_list("iso2", "name", "slug"))


@kept
def other_names_of_countries():
    """Return the codes of the public countries by their other names, folded.

    The code of three letters is one of them.
    """
    countries = Country.objects.published()
    aliases = CountryAlias.objects.told().filter(country__in=countries)
    codes = countries.values_list("iso3", "iso2")
    return dict(aliases.values_list("name_key", "country__iso2")) | {
        iso3.casefold(): iso2 for iso3, iso2 in codes
    }


@kept
def indicators():
    return options_of(
        Indicator.objects.order_by("position", "code").values_list("code", "name")
    )


class FactFilterSet(ListingFilterSet):
    country = KnownValuesFilter(
        "country__iso2",
        options=countries_by_code,
        label=_("Country"),
        help_text=_("Slug, or ISO 3166 code of two letters"),
    )
    indicator = KnownValuesFilter(
        "indicator__code",
        options=indicators,
        label=_("Indicator"),
        help_text=_("Code, as the indicators have it"),
    )
    year_min = WholeNumberFilter("year", "gte", label=_("Year from"))
    year_max = WholeNumberFilter("year", "lte", label=_("Year to"))
    preferred = YesNoFilter(
        "preferred",
        label=_("Whether it is the figure to show, where sources differ for a year"),
    )

    class Meta:
        model = Fact
        fields = []
