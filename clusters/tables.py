from django.utils.translation import gettext_lazy as _

from portal.exports import ExportColumn
from portal.listing_tables import (
    CountColumn,
    ListingColumn,
    ListingTable,
    SortedColumn,
)


class ClusterTable(ListingTable):
    rows_template = "clusters/rows.html"
    caption = _("Cluster organisations")

    @staticmethod
    def load(queryset):
        return queryset.for_directory()

    name = SortedColumn(_("Name"), sort="name_key", attrs={"row_header": True})
    country = SortedColumn(_("Country"), sort="country__name_key")
    region = SortedColumn(_("Region"), sort="region_key", may_be_empty=True)
    portfolio = SortedColumn(_("Portfolio"), sort="portfolio", may_be_empty=True)
    labels = ListingColumn(_("ESCA labels on record"), orderable=False)
    founded = SortedColumn(_("Founded"), sort="founded", attrs={"number": True})
    members = CountColumn(_("Members"), count="member_count")

    class Meta:
        order_by = "name"


def label_text(label):
    """Return level, award and end of a label, as precise as they are stated."""
    award = label.get_awarded_on_display() or _("award not stated")
    end = label.get_valid_until_display() or _("end not stated")
    return f"{label.get_level_display()} ({award} – {end})"


EXPORT_COLUMNS = (
    ExportColumn("name", _("Name"), lambda row: row.name, "name", width=50),
    ExportColumn("acronym", _("Acronym"), lambda row: row.acronym or None),
    ExportColumn(
        "country_code", _("Country (ISO code)"), lambda row: row.country.iso2, "country"
    ),
    ExportColumn("country", _("Country"), lambda row: row.country.name, "country"),
    ExportColumn("region", _("Region"), lambda row: row.region or None, "region"),
    ExportColumn("city", _("City"), lambda row: row.city or None),
    ExportColumn(
        "portfolio",
        _("Portfolio"),
        lambda row: str(row.get_portfolio_display()) or None,
        "portfolio",
        width=30,
    ),
    ExportColumn(
        "industry_codes",
        _("Industries (NACE codes)"),
        lambda row: [term.code for term in row.industries.all()],
    ),
    ExportColumn(
        "technology_codes",
        _("Technology fields (IPC codes)"),
        lambda row: [term.code for term in row.technology_fields.all()],
    ),
    ExportColumn(
        "labels",
        _("ESCA labels on record"),
        lambda row: [label_text(label) for label in row.labels.all()],
        "labels",
        width=50,
    ),
    ExportColumn("founded", _("Founded"), lambda row: row.founded, "founded"),
    ExportColumn("members", _("Members"), lambda row: row.member_count, "members"),
    ExportColumn("website", _("Website"), lambda row: row.website or None, width=40),
)
