import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from clusters.models import EscaLabel
from countries.apps import COUNTRIES
from countries.filters import other_names_of_countries
from countries.models import Country
from partnerships.models import Partnership
from portal.content_version import kept, kept_with
from portal.facets import options_of
from portal.filters import KnownValuesFilter, ListingFilterSet, SearchFilter

from .models import Achievement, Event, NewsItem


@kept_with(COUNTRIES)
def countries_by_slug():
    """Return the public countries by slug; the iso2 code is as good."""
    names = Country.objects.published().order_by("name_key")
    return options_of(names.values_list("slug", "name", "iso2"))


def partnership_filter(model):
    """Return a filter by the public partnerships that public records are linked to."""

    @kept
    def partnerships():
        linked = model.objects.published().values("partnerships")
        names = Partnership.objects.published().filter(pk__in=linked)
        return options_of(names.values_list("slug", "acronym"))

    return KnownValuesFilter(
        options=partnerships,
        counts=lambda records: records.counted_by("partnerships__slug"),
        label=_("Partnership"),
        help_text=_("Slug of a partnership"),
        method="filter_partnership",
    )


class DatedFilterSet(ListingFilterSet):
    q = SearchFilter()
    country = KnownValuesFilter(
        options=countries_by_slug,
        other_names=other_names_of_countries,
        counts=lambda records: records.counted_by_country(),
        label=_("Country"),
        help_text=_("Slug, or ISO 3166 code of two letters"),
        method="filter_country",
    )

    ranges = (("from", "to"),)

    @classmethod
    def get_filters(cls):
        """Add the keys ``from`` and ``to``, which Python keeps for itself."""
        ways = {
            "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "error_messages": {"invalid": _("Write a day as 2018-07-31.")},
        }
        return super().get_filters() | {
            "from": django_filters.DateFilter(
                method="filter_from", label=_("From"), **ways
            ),
            "to": django_filters.DateFilter(method="filter_to", label=_("To"), **ways),
        }

    def filter_country(self, queryset, name, value):
        return queryset.about(Country.objects.published().filter(slug__in=value))

    def filter_partnership(self, queryset, name, value):
        return queryset.with_partnerships(value)

    def filter_from(self, queryset, name, value):
        return queryset.since(value)

    def filter_to(self, queryset, name, value):
        return queryset.filter(date__lte=value)


class AchievementFilterSet(DatedFilterSet):
    partnership = partnership_filter(Achievement)
    label = KnownValuesFilter(
        options=options_of(EscaLabel.Level.choices),
        counts=lambda records: records.counted_by_label(),
        label=_("ESCA label"),
        method="filter_label",
    )

    class Meta:
        model = Achievement
        fields = []

    def filter_label(self, queryset, name, value):
        return queryset.with_labels(value)


class NewsItemFilterSet(DatedFilterSet):
    partnership = partnership_filter(NewsItem)

    class Meta:
        model = NewsItem
        fields = []


class EventFilterSet(DatedFilterSet):
    partnership = partnership_filter(Event)
    format = KnownValuesFilter(
        "format", options=options_of(Event.Format.choices), label=_("Format")
    )
    state = KnownValuesFilter(
        "state", options=options_of(Event.State.choices), label=_("State")
    )

    class Meta:
        model = Event
        fields = []

    def filter_from(self, queryset, name, value):
        return queryset.ending_from(value)

    def filter_to(self, queryset, name, value):
        return queryset.filter(starts_on__lte=value)
