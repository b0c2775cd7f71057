from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from portal.exports import ExportColumn
from portal.listing_tables import (
    CountColumn,
    ListingColumn,
    ListingTable,
    SortedColumn,
)
from portal.partial_dates import today

from .rows import row_of

# What the addresses of the former platform called columns; the others are not known.
FORMER_COLUMNS = {"field_escp_sme": "smes"}


class PartnershipTable(ListingTable):
    rows_template = "partnerships/rows.html"
    caption = _("ESCP-4i partnerships")
    row_of = staticmethod(row_of)

    @staticmethod
    def load(queryset):
        return queryset.for_table(today())

    acronym = SortedColumn(_("Acronym"), sort="acronym_key", attrs={"row_header": True})
    name = SortedColumn(_("Name"), sort="name_key")
    generation = SortedColumn(
        _("Generation"), sort="generation", attrs={"number": True}
    )
    state = ListingColumn(_("State"), orderable=False)
    technology_fields = ListingColumn(_("Technology fields"), orderable=False)
    industries = ListingColumn(_("Sectoral industries"), orderable=False)
    targets = ListingColumn(_("Targeted third countries"), orderable=False)
    smes = CountColumn(_("No. of SMEs involved"), count="sme_count")
    partners = CountColumn(_("No. of partners"), count="partner_count")
    # Sorts, but is not shown.
    start = SortedColumn(_("Start"), sort="start", visible=False)

    class Meta:
        order_by = "-smes"


class CountryPartnershipTable(PartnershipTable):
    """The table on the page of a country.

    Partnerships with as many SMEs stand in the order of their entry, which is that
    of the document that the first of them come from.
    """

    smes = CountColumn(_("No. of SMEs involved"), count="sme_count", ties=())

    class Meta(PartnershipTable.Meta):
        pass


def codes(terms):
    return [term.code for term in terms]


def titles(terms):
    return [term.title for term in terms]


EXPORT_COLUMNS = (
    ExportColumn("acronym", _("Acronym"), attrgetter("acronym"), "acronym"),
    ExportColumn("name", _("Name"), attrgetter("name"), "name", width=50),
    ExportColumn("generation", _("Generation"), attrgetter("generation"), "generation"),
    ExportColumn(
        "state",
        _("State"),
        attrgetter("state_label"),
        "state",
    ),
    ExportColumn(
        "technology_codes",
        _("Technology fields (IPC codes)"),
        lambda row: codes(row.technology_fields),
        "technology_fields",
    ),
    ExportColumn(
        "technology_fields",
        _("Technology fields"),
        lambda row: titles(row.technology_fields),
        "technology_fields",
        width=50,
    ),
    ExportColumn(
        "industry_codes",
        _("Sectoral industries (NACE codes)"),
        lambda row: codes(row.industries),
        "industries",
    ),
    ExportColumn(
        "industries",
        _("Sectoral industries"),
        lambda row: titles(row.industries),
        "industries",
        width=50,
    ),
    ExportColumn(
        "target_codes",
        _("Targeted third countries (ISO codes)"),
        lambda row: [country.iso2 for country in row.targets],
        "targets",
    ),
    ExportColumn(
        "targets",
        _("Targeted third countries"),
        lambda row: [country.name for country in row.targets],
        "targets",
        width=50,
    ),
    ExportColumn("smes", _("No. of SMEs involved"), attrgetter("sme_count"), "smes"),
    ExportColumn(
        "partners", _("No. of partners"), attrgetter("partner_count"), "partners"
    ),
)
