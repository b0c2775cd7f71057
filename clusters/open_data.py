"""The data sets of clusters, of their labels and of the classifications."""

from django.utils.translation import gettext_lazy as _

from countries.open_data import PAGE_FIELD, SOURCES_FIELD, UPDATED_FIELD
from portal.columnwise import Linked
from portal.open_data import DataField, DataSet, Kind, dated
from portal.partial_dates import today

from .models import Cluster, EscaLabel, Industry, MemberCount, TechnologyField


def terms_of(path):
    """Return what reads the codes of a classification at ``path``."""
    return Linked(path, ("code",))


CLUSTERS = DataSet(
    "clusters",
    _("Clusters"),
    _(
        "Cluster organisations of Europe and of third countries: place, industries, "
        "technology fields and members, as far as a source states them."
    ),
    (
        DataField("slug", _("Name in addresses of the portal."), Kind.CODE),
        DataField("name", _("Name.")),
        DataField("acronym", _("Acronym.")),
        DataField(
            "former_names",
            _("Names that it had before."),
            many=True,
            paths=(Linked("former_names", ("name",)),),
        ),
        DataField(
            "country",
            _("Code of the country, two letters."),
            Kind.CODE,
            paths=("country__iso2",),
        ),
        DataField("region", _("Region.")),
        DataField("city", _("City.")),
        DataField("portfolio", _("Portfolio under which ESCA lists it.")),
        DataField(
            "industries",
            _("Codes of NACE Rev. 2; see the data set “industries”."),
            Kind.CODE,
            many=True,
            paths=(terms_of("industries"),),
        ),
        DataField(
            "technology_fields",
            _("Codes of the IPC; see the data set “technology-fields”."),
            Kind.CODE,
            many=True,
            paths=(terms_of("technology_fields"),),
        ),
        DataField("founded", _("Year of its foundation."), Kind.INTEGER),
        DataField(
            "member_count",
            _("Members; empty: not stated."),
            Kind.INTEGER,
            unit=_("members"),
        ),
        DataField(
            "member_count_year", _("Year of the number of members."), Kind.INTEGER
        ),
        DataField("website", _("Website."), Kind.ADDRESS),
        DataField(
            "website_reachable_on",
            _("Last day on which the website answered."),
            Kind.DATE,
        ),
        DataField("summary", _("What it is about.")),
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: Cluster.objects.published().order_by("slug"),
    keywords=(_("clusters"), _("innovation"), _("small and medium-sized enterprises")),
    list_route="clusters:list",
    placed_by="country__name",
    reads=("country", "former_names", "industries", "technology_fields"),
)
LABELS = DataSet(
    "labels",
    _("ESCA labels"),
    _(
        "Bronze, Silver and Gold labels of the European Secretariat for Cluster "
        "Analysis, held or ended. An empty date means unknown, never “for ever”."
    ),
    (
        DataField("id", _("Key of the label."), Kind.INTEGER, paths=("pk",)),
        DataField(
            "cluster",
            _("The cluster; “slug” of the data set “clusters”."),
            Kind.CODE,
            paths=("cluster__slug",),
        ),
        DataField("cluster_name", _("Its name."), paths=("cluster__name",)),
        DataField(
            "country",
            _("Code of its country, two letters."),
            Kind.CODE,
            paths=("cluster__country__iso2",),
        ),
        DataField("level", _("bronze, silver or gold."), Kind.CODE),
        dated("awarded_on", _("When it was awarded.")),
        dated("runs_from", _("First day, where it is not that of the award.")),
        dated("valid_until", _("Last day.")),
        DataField("revoked_on", _("Day on which it was revoked."), Kind.DATE),
        DataField(
            "state",
            _(
                "State on the day of the download: held, renewable, lapsed, revoked, "
                "superseded or period_unknown; empty: it has not begun."
            ),
            Kind.CODE,
        ),
        SOURCES_FIELD,
    ),
    lambda: EscaLabel.objects.published().with_state(today()).order_by("pk"),
    keywords=(_("labels"), _("cluster management"), "ESCA"),
    list_route="clusters:labels",
    dated_by="awarded_on",
    ended_by="valid_until",
    placed_by="cluster__country__name",
    part_of="cluster",
    reads=("cluster__country",),
    state_from=("begins_on", "runs_from", "awarded_on", "revoked_on"),
    state_until=("valid_until", "open_until"),
)
MEMBER_COUNTS = DataSet(
    "member-counts",
    _("Numbers of members"),
    _(
        "How many members clusters had in other years, each number with its sources. "
        "The present number is in the data set “clusters”."
    ),
    (
        DataField(
            "cluster",
            _("The cluster; “slug” of the data set “clusters”."),
            Kind.CODE,
            paths=("cluster__slug",),
        ),
        DataField("year", _("Year that the number is of."), Kind.INTEGER),
        DataField(
            "number", _("Members in that year."), Kind.INTEGER, unit=_("members")
        ),
        SOURCES_FIELD,
    ),
    lambda: MemberCount.objects.published().order_by("cluster__slug", "-year"),
    keywords=(_("clusters"), _("members")),
    within="clusters",
    dated_by="year",
    placed_by="cluster__country__name",
    part_of="cluster",
)
TERM_FIELDS = (
    DataField("code", _("Code."), Kind.CODE),
    DataField("title", _("Title.")),
    DataField(
        "parent",
        _("Code of the section that it is part of; empty for a section."),
        Kind.CODE,
        paths=("parent__code",),
    ),
)
INDUSTRIES = DataSet(
    "industries",
    _("Industries"),
    _(
        "The sections and divisions of NACE Rev. 2, the classification of economic "
        "activities in the European Community."
    ),
    TERM_FIELDS,
    lambda: Industry.objects.order_by("code"),
    keywords=("NACE", _("classification")),
)
TECHNOLOGY_FIELDS = DataSet(
    "technology-fields",
    _("Technology fields"),
    _("The sections and classes of the International Patent Classification (IPC)."),
    TERM_FIELDS,
    lambda: TechnologyField.objects.order_by("code"),
    keywords=("IPC", _("classification")),
)
