from django.utils.translation import gettext_lazy as _

from portal.filters import (
    KnownValuesFilter,
    ListingFilterSet,
    SearchFilter,
    YesNoFilter,
)

from .models import Country


def regions():
    names = Country.objects.published().order_by("region")
    return [(name, name) for name in names.values_list("region", flat=True).distinct()]


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
