from django.utils.translation import gettext_lazy as _

from portal.listings import CountColumn, ListingTable, SortedColumn

from .models import Country


class CountryTable(ListingTable):
    """The countries, drawn as a list under the names of their regions."""

    region = SortedColumn(_("Region"), sort="region")
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
