"""Load partnerships and their partners."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from clusters.loaders import cluster_identity, cluster_pks_by_any_name, term_pks
from clusters.models import Industry, TechnologyField
from countries.loaders import cited, country_pks, merge_sources
from portal.data_files import read_csv
from portal.folding import fold, slug_of
from portal.loading import (
    Row,
    Tally,
    key_of,
    merge,
    primary_keys,
    refuse_repeated,
)

from .models import Membership, Partnership

DATA = Path("partnerships", "data")
MEMBERSHIP_COLUMNS = {
    "partnership_id": "partnership_acronym",
    "partner_name": "cluster_name",
}
SUGGESTED = {"IPC": "suggested_technology_fields", "NACE": "suggested_industries"}


def partnership_pks(root: Path) -> dict[str, int | None]:
    """Return the partnerships of the file by folded acronym; None for a deleted one."""
    lines = read_csv(root / DATA / "partnerships.csv")
    acronyms = [(fold(line["acronym"]),) for line in lines]
    return primary_keys(Partnership, ["acronym_key"], acronyms)


def load(root: Path = settings.BASE_DIR) -> list[Tally]:
    folder = root / DATA
    partnerships = read_csv(folder / "partnerships.csv")
    partners = read_csv(folder / "partnership_partners.csv")
    tally, sources = merge_sources([*partnerships, *partners])
    fields = term_pks(TechnologyField, root, "ipc.csv")
    industries = term_pks(Industry, root, "nace.csv")
    suggestions = read_csv(folder / "partnership_codes_suggested.csv")
    suggested = read_suggestions(
        suggestions,
        {fold(line["acronym"]) for line in partnerships},
        {"IPC": fields, "NACE": industries},
    )
    return [
        tally,
        merge_partnerships(
            partnerships, country_pks(root), fields, industries, suggested, sources
        ),
        merge_memberships(partners, root, sources),
    ]


def read_suggestions(lines, acronyms, schemes) -> dict[str, dict[str, list[int]]]:
    """Return the suggested codes by partnership and field."""
    suggested = defaultdict(lambda: {field: [] for field in SUGGESTED.values()})
    for line in lines:
        known = line.known("scheme", schemes)
        acronym = fold(line["partnership_acronym"])
        if acronym not in acronyms:
            raise line.error(
                "partnership_acronym", "write an acronym that partnerships.csv has."
            )
        suggested[acronym][SUGGESTED[line["scheme"]]] += line.codes("code", known)
    return suggested


def merge_partnerships(
    lines, countries, fields, industries, suggested, sources
) -> Tally:
    rows = []
    for line in lines:
        key = fold(line["acronym"])
        related = suggested[key] | {
            "targets": line.codes("target_countries", countries),
            "technology_fields": line.codes("technology_fields", fields),
            "industries": line.codes("sectoral_industries", industries),
            "sources": cited(line, sources),
        }
        slug = slug_of(line["acronym"], "partnership")
        rows.append(Row(key, _values(line), related, [slug], line.place))
    return merge(Partnership, rows, ("acronym_key", "generation"))


def _values(line):
    return line.texts("acronym", "name", "strand", "website") | {
        "generation": line.number("generation"),
        **line.period(start="start", end="end"),
        "sme_count": line.number("sme_count"),
        "partner_count": line.number("partner_count"),
    }


def merge_memberships(lines, root: Path, sources) -> Tally:
    """Merge the partners, the leads last: a new lead follows the former one."""
    partnerships = partnership_pks(root)
    clusters, countries = cluster_pks_by_any_name(root), country_pks(root)
    partners, leads = [], []
    for line in lines:
        acronym = fold(line["partnership_acronym"])
        is_lead = line.flag("is_coordinator")
        values = {
            "partnership_id": line.known("partnership_acronym", partnerships, acronym),
            "role": Membership.Role.LEAD if is_lead else Membership.Role.PARTNER,
        } | _partner(line, clusters, countries)
        identity = cluster_identity(line, "cluster_country_iso2", "cluster_name")
        related = {"sources": cited(line, sources)}
        row = Row(key_of(acronym, *identity), values, related, place=line.place)
        row.columns = MEMBERSHIP_COLUMNS
        (leads if is_lead else partners).append(row)
    refuse_repeated([*partners, *leads])
    refuse_second_leads(leads)
    naturals = ("partnership_id", "cluster_id", "partner_name_key", "country_id")
    tally = merge(Membership, partners, naturals)
    tally.add(merge(Membership, leads, naturals, taken=has_lead))
    return tally


def refuse_second_leads(leads: Iterable[Row]) -> None:
    led = set()
    for row in leads:
        partnership, _, _partner = row.key.partition(" / ")
        if partnership in led:
            message = f"“{partnership}” has a lead already; write 0 for one of them."
            raise row.error("is_coordinator", message)
        led.add(partnership)


def _partner(line, clusters, countries):
    """Name the partner, unless the directory has it."""
    identity = cluster_identity(line, "cluster_country_iso2", "cluster_name")
    cluster = clusters.get(key_of(*identity))
    return {
        "cluster_id": cluster,
        "partner_name": "" if cluster else line["cluster_name"],
        "country_id": None if cluster else countries.get(line["cluster_country_iso2"]),
    }


def has_lead(membership: Membership) -> bool:
    """Tell whether editors gave the partnership another lead."""
    return Membership.objects.filter(
        partnership=membership.partnership_id, role=Membership.Role.LEAD
    ).exists()
