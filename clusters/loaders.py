"""Load industries, technology fields, clusters and their ESCA labels."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from django.conf import settings

from countries.loaders import cited, country_pks, merge_sources
from portal.data_files import Line, read_csv
from portal.folding import fold, slug_of
from portal.loading import (
    Row,
    Tally,
    key_of,
    loaded_primary_keys,
    merge,
    primary_keys,
    refuse_repeated,
)

from .models import Cluster, EscaLabel, Industry, TechnologyField

DATA = Path("clusters", "data")


def cluster_identity(line: Line, country_column: str, name_column: str) -> tuple:
    """Return what names a cluster in the files: country code and folded name."""
    return line[country_column], fold(line[name_column])


def cluster_pks(root: Path) -> dict[str, int | None]:
    """Return the clusters of the file by identity; None if an editor deleted one."""
    identities = [
        cluster_identity(line, "country_iso2", "name")
        for line in read_csv(root / DATA / "clusters.csv")
    ]
    return primary_keys(Cluster, ["country__iso2", "name_key"], identities)


def cluster_pks_by_any_name(root: Path) -> dict[str, int | None]:
    """Return the clusters of the file by identity, and by acronym in its place.

    Sources name partners either way. An acronym that two clusters of a country share
    is left out.
    """
    pks = cluster_pks(root)
    acronyms = defaultdict(list)
    for line in read_csv(root / DATA / "clusters.csv"):
        if line["acronym"]:
            key = key_of(*cluster_identity(line, "country_iso2", "acronym"))
            name = key_of(*cluster_identity(line, "country_iso2", "name"))
            acronyms[key].append(pks[name])
    return {
        key: owners[0] for key, owners in acronyms.items() if len(owners) == 1
    } | pks


def label_pks(root: Path) -> dict[str, list[int | None]]:
    """Return the labels of the file by cluster and level, in the order of the file."""
    loaded = loaded_primary_keys(EscaLabel)
    labels = defaultdict(list)
    for line in read_csv(root / DATA / "esca_labels.csv"):
        cluster = cluster_identity(line, "country_iso2", "cluster_name")
        labels[key_of(*cluster, line["level"])].append(loaded.get(_label_key(line)))
    return labels


def term_pks(model, root: Path, file: str) -> dict[str, int | None]:
    """Return the terms of a classification by code; None if an editor deleted one."""
    codes = [(line["code"],) for line in read_csv(root / DATA / file)]
    return primary_keys(model, ["code"], codes)


def load(root: Path = settings.BASE_DIR) -> list[Tally]:
    folder = root / DATA
    clusters = read_csv(folder / "clusters.csv")
    labels = read_csv(folder / "esca_labels.csv")
    tally, sources = merge_sources([*clusters, *labels])
    return [
        tally,
        merge_terms(Industry, root, "nace.csv"),
        merge_terms(TechnologyField, root, "ipc.csv"),
        merge_clusters(clusters, country_pks(root), sources),
        merge_labels(labels, cluster_pks(root), sources),
    ]


def merge_terms(model, root: Path, file: str) -> Tally:
    """Merge the upper level of a classification, and then the level below."""
    lines = read_csv(root / DATA / file)
    sections = [_term_row(line, {}) for line in lines if not line["parent"]]
    tally = merge(model, sections, ("code",))
    parents = term_pks(model, root, file)
    children = [_term_row(line, parents) for line in lines if line["parent"]]
    refuse_repeated([*sections, *children])
    tally.add(merge(model, children, ("code",)))
    return tally


def _term_row(line, parents) -> Row:
    values = line.texts("code", "title")
    values["parent_id"] = line.known_or_none("parent", parents)
    return Row(line["code"], values, place=line.place)


def merge_clusters(lines, countries, sources) -> Tally:
    rows = []
    for line in lines:
        values = line.texts("name", "acronym", "region", "city", "website") | {
            "country_id": line.known("country_iso2", countries),
            "portfolio": line["sector"],
            "founded": line.number("founded"),
            "member_count": line.number("members"),
        }
        iso2, name = cluster_identity(line, "country_iso2", "name")
        slug = slug_of(name, "cluster")
        rows.append(
            Row(
                key_of(iso2, name),
                values,
                {"sources": cited(line, sources)},
                [slug, f"{slug}-{iso2.lower()}"],
                line.place,
                {"portfolio": "sector", "member_count": "members"},
            )
        )
    return merge(Cluster, rows, ("name_key", "country_id"))


def merge_labels(lines, clusters, sources) -> Tally:
    rows = []
    for line in lines:
        cluster = key_of(*cluster_identity(line, "country_iso2", "cluster_name"))
        values = {
            "cluster_id": line.known("cluster_name", clusters, cluster),
            "level": line["level"],
            **line.period(awarded_on="awarded_on", valid_until="valid_until"),
        }
        related = {"sources": cited(line, sources)}
        row = Row(_label_key(line), values, related, place=line.place)
        row.columns = {"cluster_id": "cluster_name"}
        rows.append(row)
    refuse_overlaps(rows)
    return merge(
        EscaLabel,
        rows,
        ("cluster_id", "level", "awarded_on", "valid_until"),
        taken=lambda label: label.overlapping().exists(),
    )


def refuse_overlaps(rows: Iterable[Row]) -> None:
    """Refuse two labels of one cluster and level that run at the same time."""
    periods = defaultdict(list)
    for row in rows:
        if row.values["awarded_on"] and row.values["valid_until"]:
            cluster = row.values["cluster_id"], row.values["level"]
            periods[cluster].append(row)
    for labels in periods.values():
        labels.sort(key=lambda row: row.values["awarded_on"])
        for earlier, later in pairwise(labels):
            if later.values["awarded_on"] < earlier.values["valid_until"]:
                message = "an earlier label of this level still runs; correct a date."
                raise later.error("awarded_on", message)


def _label_key(line):
    cluster = cluster_identity(line, "country_iso2", "cluster_name")
    return key_of(*cluster, *line.texts("level", "awarded_on", "valid_until").values())
