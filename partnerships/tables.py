import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from portal.exports import ExportColumn
from portal.listings import NOT_STATED, CountColumn, SortedColumn

from .models import Partnership

# What the addresses of the former platform called columns; the others are not known.
FORMER_COLUMNS = {"field_escp_sme": "smes"}


class PartnershipTable(tables.Table):
    acronym = SortedColumn(
        _("Acronym"), sort="acronym_key", linkify=True, attrs={"row_header": True}
    )
    name = SortedColumn(_("Name"), sort="name_key")
    generation = SortedColumn(
        _("Generation"), sort="generation", default=NOT_STATED, attrs={"number": True}
    )
    state = tables.TemplateColumn(
        template_name="partnerships/_state.html",
        verbose_name=_("State"),
        orderable=False,
    )
    technology_fields = tables.TemplateColumn(
        template_name="partnerships/_terms.html",
        verbose_name=_("Technology fields"),
        orderable=False,
    )
    industries = tables.TemplateColumn(
        template_name="partnerships/_terms.html",
        verbose_name=_("Sectoral industries"),
        orderable=False,
    )
    targets = tables.TemplateColumn(
        template_name="partnerships/_targets.html",
        verbose_name=_("Targeted third countries"),
        orderable=False,
    )
    smes = CountColumn(_("No. of SMEs involved"), count="sme_count")
    partners = CountColumn(_("No. of partners"), count="partner_count")
    # Sorts, but is not shown.
    start = SortedColumn(_("Start"), sort="start", visible=False)

    class Meta:
        model = Partnership
        fields = [
            *("acronym", "name", "generation", "state", "technology_fields"),
            *("industries", "targets", "smes", "partners"),
        ]
        order_by = "-smes"
        caption = _("ESCP-4i partnerships")


class CountryPartnershipTable(PartnershipTable):
    """The table on the page of a country.

    Partnerships with as many SMEs stand in the order of their entry, which is that
    of the document that the first of them come from.
    """

    smes = CountColumn(_("No. of SMEs involved"), count="sme_count", ties=())

    class Meta(PartnershipTable.Meta):
        pass


def codes(terms):
    return [term.code for term in terms.all()]


def titles(terms):
    return [str(term.title) for term in terms.all()]


EXPORT_COLUMNS = (
    ExportColumn("acronym", _("Acronym"), lambda row: row.acronym, "acronym"),
    ExportColumn("name", _("Name"), lambda row: row.name, "name"),
    ExportColumn(
        "generation", _("Generation"), lambda row: row.generation, "generation"
    ),
    ExportColumn(
        "state",
        _("State"),
        lambda row: str(Partnership.State(row.state).label),
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
    ),
    ExportColumn(
        "target_codes",
        _("Targeted third countries (ISO codes)"),
        lambda row: [country.iso2 for country in row.targets.all()],
        "targets",
    ),
    ExportColumn(
        "targets",
        _("Targeted third countries"),
        lambda row: [country.name for country in row.targets.all()],
        "targets",
    ),
    ExportColumn("smes", _("No. of SMEs involved"), lambda row: row.sme_count, "smes"),
    ExportColumn(
        "partners", _("No. of partners"), lambda row: row.partner_count, "partners"
    ),
)
