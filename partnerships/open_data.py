"""The data sets of partnerships and of who is part of them."""

from django.utils.translation import gettext_lazy as _

from clusters.open_data import terms_of
from countries.open_data import PAGE_FIELD, SOURCES_FIELD, UPDATED_FIELD, codes_of
from portal.open_data import DataField, DataSet, Kind, dated
from portal.partial_dates import today

from .models import Membership, Partnership


def classified(key, meaning):
    """Return a field of the codes of a classification."""
    return DataField(key, meaning, Kind.CODE, many=True, paths=(terms_of(key),))


def first_stated(of_cluster, own):
    return of_cluster or own


PARTNERSHIPS = DataSet(
    "partnerships",
    _("Partnerships"),
    _(
        "European Strategic Cluster Partnerships – Going International (ESCP-4i): what "
        "they are about, which countries they target, and whether one can join."
    ),
    (
        DataField("slug", _("Name in addresses of the portal."), Kind.CODE),
        DataField("acronym", _("Acronym; unique within its generation.")),
        DataField("name", _("Name.")),
        DataField(
            "generation",
            _("1 for the partnerships of 2016, 2 for 2018 and so on."),
            Kind.INTEGER,
        ),
        DataField("strand", _("1, 2, voluntary or dual use."), Kind.CODE),
        DataField("funding", _("Programme that pays.")),
        dated("start", _("Start.")),
        dated("end", _("End.")),
        DataField(
            "state",
            _("State on the day of the download: planned, running, ended, not_stated."),
            Kind.CODE,
        ),
        DataField("website", _("Website."), Kind.ADDRESS),
        DataField("summary", _("What it is about.")),
        DataField("joining", _("open, full or closed; empty: not stated."), Kind.CODE),
        DataField("joining_details", _("How to join.")),
        DataField(
            "targets",
            _("Codes of the targeted third countries, two letters."),
            Kind.CODE,
            many=True,
            paths=(codes_of("targets"),),
        ),
        classified("technology_fields", _("Codes of the IPC that a source states.")),
        classified("industries", _("Codes of NACE Rev. 2 that a source states.")),
        classified(
            "suggested_technology_fields",
            _("Codes of the IPC that editors read from the theme; no source has them."),
        ),
        classified(
            "suggested_industries",
            _("Codes of NACE that editors read from the theme; no source has them."),
        ),
        DataField(
            "declared_sme_count",
            _("SMEs involved, as declared; empty: not stated."),
            Kind.INTEGER,
            unit=_("enterprises"),
            paths=("sme_count",),
        ),
        DataField(
            "declared_partner_count",
            _("Partners, as declared; empty: not stated."),
            Kind.INTEGER,
            unit=_("partners"),
            paths=("partner_count",),
        ),
        DataField(
            "counted_partner_count",
            _("Partners in the data set “memberships”."),
            Kind.INTEGER,
            unit=_("partners"),
        ),
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: Partnership.objects.published().for_open_data(today()),
    keywords=(_("cluster partnerships"), "ESCP-4i", _("internationalisation")),
    list_route="partnerships:list",
    dated_by="start",
    ended_by="end",
    reads=(
        *("targets", "technology_fields", "industries"),
        *("suggested_technology_fields", "suggested_industries"),
        *("memberships", "memberships__cluster"),
    ),
    state_from=("start",),
    state_until=("end",),
)
MEMBERSHIPS = DataSet(
    "memberships",
    _("Memberships"),
    _("Who is part of which partnership: clusters, and partners that are none."),
    (
        DataField("id", _("Key of the membership."), Kind.INTEGER, paths=("pk",)),
        DataField(
            "partnership",
            _("The partnership; “slug” of the data set “partnerships”."),
            Kind.CODE,
            paths=("partnership__slug",),
        ),
        DataField("acronym", _("Its acronym."), paths=("partnership__acronym",)),
        DataField("role", _("lead or partner."), Kind.CODE),
        DataField(
            "name",
            _("Name of the partner."),
            paths=("cluster__name", "partner_name"),
            value=first_stated,
        ),
        DataField(
            "cluster",
            _("“slug” of the data set “clusters”; empty: not in that directory."),
            Kind.CODE,
            paths=("cluster__slug",),
        ),
        DataField(
            "country",
            _("Code of the country of the partner, two letters."),
            Kind.CODE,
            paths=(codes_of("cluster__country"), codes_of("country")),
            value=first_stated,
        ),
        SOURCES_FIELD,
    ),
    lambda: Membership.objects.published().by_partnership(),
    keywords=(_("cluster partnerships"), _("partners")),
    part_of="partnership",
    reads=("cluster", "country"),
    within="partnerships",
)
