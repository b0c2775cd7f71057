import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from portal.listings import KnownValuesFilter, ListingFilterSet

from .models import Country


def regions():
    names = Country.objects.published().order_by("region")
    return [(name, name) for name in names.values_list("region", flat=True).distinct()]


class CountryFilterSet(ListingFilterSet):
    q = django_filters.CharFilter(
        method="filter_search",
        label=_("Search"),
        help_text=_("Name, other name, or code"),
    )
    region = KnownValuesFilter("region", options=regions, label=_("Region"))
    target = django_filters.BooleanFilter(
        "is_target",
        label=_("Target countries only"),
        widget=forms.CheckboxInput(attrs={"value": "true"}),
    )

    class Meta:
        model = Country
        fields = ["q", "region", "target"]

    def filter_search(self, queryset, name, value):
        return queryset.search(value)
