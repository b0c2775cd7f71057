import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from countries.models import Country
from portal.filters import KnownValuesFilter, ListingFilterSet, SearchFilter

from .models import Achievement, Event, NewsItem


def countries():
    """Return the public countries by slug; the iso2 code is as good."""
    names = Country.objects.published().order_by("name_key")
    return names.values_list("slug", "name", "iso2")


class DatedFilterSet(ListingFilterSet):
    q = SearchFilter()
    country = KnownValuesFilter(
        options=countries,
        counts=lambda records: records.counted_by_country(),
        label=_("Country"),
        method="filter_country",
    )

    @classmethod
    def get_filters(cls):
        """Add the keys ``from`` and ``to``, which Python keeps for itself."""
        date = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return super().get_filters() | {
            "from": django_filters.DateFilter(
                method="filter_from", label=_("From"), widget=date
            ),
            "to": django_filters.DateFilter(
                method="filter_to", label=_("To"), widget=date
            ),
        }

    def filter_country(self, queryset, name, value):
        return queryset.about(Country.objects.published().filter(slug__in=value))

    def filter_from(self, queryset, name, value):
        return queryset.filter(date__gte=value)

    def filter_to(self, queryset, name, value):
        return queryset.filter(date__lte=value)


class AchievementFilterSet(DatedFilterSet):
    class Meta:
        model = Achievement
        fields = []


class NewsItemFilterSet(DatedFilterSet):
    class Meta:
        model = NewsItem
        fields = []


class EventFilterSet(DatedFilterSet):
    format = KnownValuesFilter(
        "format", options=lambda: Event.Format.choices, label=_("Format")
    )
    state = KnownValuesFilter(
        "state", options=lambda: Event.State.choices, label=_("State")
    )

    class Meta:
        model = Event
        fields = []

    def filter_from(self, queryset, name, value):
        return queryset.ending_from(value)

    def filter_to(self, queryset, name, value):
        return queryset.filter(starts_on__lte=value)
