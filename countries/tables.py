from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from portal.exports import ExportColumn
from portal.listing_tables import CountColumn, ListingTable, SortedColumn

from .models import Country


class CountryTable(ListingTable):
    """The countries, drawn as a list under the names of their regions."""

    region = SortedColumn(_("Region"), sort="region", may_be_empty=True)
    name = SortedColumn(_("Country"), sort="name_key")
    clusters = CountColumn(_("Clusters"), count="cluster_count")
    partnerships = CountColumn(
        _("Partnerships that target it"), count="partnership_count"
    )

    class Meta:
        model = Country
        fields = ["region", "name", "clusters", "partnerships"]
        order_by = "region"
        template_name = "countries/_country_list.html"


EXPORT_COLUMNS = (
    ExportColumn("name", _("Country"), attrgetter("name"), "name", width=30),
    ExportColumn("iso2", _("ISO code, two letters"), attrgetter("iso2"), "name"),
    ExportColumn("iso3", _("ISO code, three letters"), attrgetter("iso3")),
    ExportColumn("region", _("Region"), attrgetter("region"), "region"),
    ExportColumn(
        "subregion", _("Part of the region"), lambda country: country.subregion or None
    ),
    ExportColumn("capital", _("Capital"), lambda country: country.capital or None),
    ExportColumn(
        "target",
        _("Target country"),
        lambda country: str(_("Yes") if country.is_target else _("No")),
    ),
    ExportColumn("clusters", _("Clusters"), attrgetter("cluster_count"), "clusters"),
    ExportColumn(
        "partnerships",
        _("Partnerships that target it"),
        attrgetter("partnership_count"),
        "partnerships",
    ),
)
