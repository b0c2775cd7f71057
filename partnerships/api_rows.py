"""The rows of the API from the index in memory and flat columns of the database.

They are equal to those of the serializer; a list of them takes a fraction of the time,
because no object is made of anything, and one query reads all columns of a page.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet, Value
from django.utils import timezone

from clusters.api import ClusterReferenceSerializer
from clusters.apps import CLASSIFICATIONS
from clusters.models import Cluster, Industry, TechnologyField
from countries.api import CountryReferenceSerializer, SourceSerializer
from countries.apps import COUNTRIES
from countries.models import Country, Source
from portal.content_version import kept, kept_with
from portal.cursors import Order
from portal.facet_index import FacetIndex
from portal.partial_dates import iso_partial_date
from portal.rows_by_key import AmongKeys, rows_by_key

from .models import Membership, Partnership
from .rows import STATES, stated

Row = dict[str, Any]

# Fields that are columns as they are, and what the columns are called.
PLAIN = {
    **{name: name for name in ("slug", "acronym", "name", "generation", "strand")},
    **{name: name for name in ("funding", "website", "summary", "joining")},
    "joining_details": "joining_details",
    "declared_sme_count": "sme_count",
    "declared_partner_count": "partner_count",
}
DATES = ("start", "end")
MEMBERSHIPS = ("memberships", "counted_partner_count")
MEMBER_COLUMNS = ("partnership", "role", "partner_name", "country", "cluster")


def written(records: QuerySet, fields: Sequence[str]) -> dict[int, Row]:
    """Return what records are written as, by their keys and in their order."""
    return {
        key: {f: None if v == "" else v for f, v in zip(fields, values, strict=True)}
        for key, *values in records.values_list("pk", *fields)
    }


@kept_with(COUNTRIES)
def countries() -> dict[int, Row]:
    countries = Country.objects.published().for_names()
    return written(countries, CountryReferenceSerializer.Meta.fields)


@kept
def clusters() -> dict[int, Row]:
    return written(Cluster.objects.published(), ClusterReferenceSerializer.Meta.fields)


@kept
def homes() -> dict[int, Row | None]:
    """Return the countries of the public clusters."""
    rows = Cluster.objects.published().values_list("pk", "country")
    return {key: countries().get(country) for key, country in rows.order_by()}


@kept
def sources() -> dict[int, Row]:
    rows = written(Source.objects.all(), SourceSerializer.Meta.fields)
    for row in rows.values():
        day = row["retrieved_on"]
        row["retrieved_on"] = day and day.isoformat()
    return rows


@kept_with(CLASSIFICATIONS)
def industries() -> dict[int, Row]:
    return written(Industry.objects.order_by("code"), ("code", "title"))


@kept_with(CLASSIFICATIONS)
def technology_fields() -> dict[int, Row]:
    return written(TechnologyField.objects.order_by("code"), ("code", "title"))


LINKED = {
    "suggested_industries": industries,
    "suggested_technology_fields": technology_fields,
    "sources": sources,
}


@kept_with(CLASSIFICATIONS, COUNTRIES)
def references() -> dict[str, dict[tuple[str, str], Row]]:
    """Return for each field that the index knows what its terms are written as."""
    return {
        "technology_fields": terms("technology", TechnologyField),
        "industries": terms("industry", Industry),
        "targets": {("target", row["iso2"]): row for row in countries().values()},
    }


def terms(facet: str, model) -> dict[tuple[str, str], Row]:
    rows = model.objects.order_by("code").values_list("code", "title", "parent")
    return {
        (facet if parent else stated(facet), code): {"code": code, "title": title}
        for code, title, parent in rows
    }


def rows_of(
    index: FacetIndex,
    keys: Sequence[int],
    fields: Sequence[str],
    folder: str,
    order: Order,
) -> list[tuple[list, Row]]:
    """Return the rows of these records, each with its values in ``order``.

    They stand in the order of the keys; those gone meanwhile are left out. ``folder``
    is the address below which the pages of the records are.
    """
    paths = [step.path for step in order.steps]
    plain = [(name, PLAIN[name]) for name in fields if name in PLAIN]
    parts = parts_of(index, keys, fields)
    made = {**makers(folder), **{name: reader(part) for name, part in parts.items()}}
    others = [(name, made[name]) for name in fields if name not in PLAIN]
    found = []
    for record in records_of(keys, paths):
        row = dict.fromkeys(fields)
        for name, column in plain:
            if record[column] != "":
                row[name] = record[column]
        for name, make in others:
            row[name] = make(record)
        found.append((record["pk"], [record[path] for path in paths], row))
    rows = {key: (values, row) for key, values, row in found}
    return [rows[key] for key in keys if key in rows and parts["state"][key]]


def records_of(keys: Sequence[int], paths: Sequence[str]) -> list[dict]:
    columns = {"pk", "slug", "updated_at", *PLAIN.values(), *paths}
    columns.update(column for name in DATES for column in (name, f"{name}_precision"))
    return list(
        Partnership.objects.filter(AmongKeys("pk", keys)).order_by().values(*columns)
    )


def makers(folder: str) -> dict[str, Callable[[dict], Any]]:
    """Return what makes the fields of a record that are not columns as they are."""
    zone = timezone.get_current_timezone()
    return {
        "page": lambda record: f"{folder}{record['slug']}/",
        "updated_at": lambda record: record["updated_at"].astimezone(zone).isoformat(),
        **{name: date_maker(name, f"{name}_precision") for name in DATES},
    }


def date_maker(name: str, precision: str) -> Callable[[dict], str | None]:
    return lambda record: (
        record[name] and iso_partial_date(record[name], record[precision])
    )


def reader(part: dict[int, Any]) -> Callable[[dict], Any]:
    return lambda record: part[record["pk"]]


def parts_of(index, keys, fields) -> dict[str, dict[int, Any]]:
    """Return for each field made of other records its value by the keys."""
    states = {("state", value): value for value in STATES}
    known = {name: named for name, named in references().items() if name in fields}
    state_of, *lists = index.terms([states, *known.values()], keys)
    parts = {
        name: dict(zip(keys, found, strict=True))
        for name, found in zip(known, lists, strict=True)
    }
    parts["state"] = {
        key: next(iter(state), None) for key, state in zip(keys, state_of, strict=True)
    }
    if not set(MEMBERSHIPS).isdisjoint(fields):
        members = parts["memberships"] = memberships(keys)
        parts["counted_partner_count"] = {key: len(members[key]) for key in keys}
    if not LINKED.keys().isdisjoint(fields):
        parts |= links([name for name in LINKED if name in fields], keys)
    return parts


def memberships(keys: Sequence[int]) -> dict[int, list[Row]]:
    """Return the public memberships of these partnerships, which are public."""
    found = defaultdict(list)
    known, known_homes, known_countries = clusters(), homes(), countries()
    for key, role, name, country, cluster in rows_by_key(members_of, keys):
        if cluster is None:
            home = known_countries.get(country)
            row = {"name": name, "role": role, "cluster": None, "country": home}
        elif cluster in known:
            row = {"name": known[cluster]["name"], "role": role}
            row |= {"cluster": known[cluster], "country": known_homes[cluster]}
        else:
            continue
        found[key].append(row)
    return found


def links(names: Sequence[str], keys: Sequence[int]) -> dict[str, dict[int, list[Row]]]:
    """Return what partnerships are linked to by each name, in the order of ``LINKED``."""
    found = {name: defaultdict(set) for name in names}
    for name, key, other in rows_by_key(links_of, keys):
        if name in found:
            found[name][key].add(other)
    return {name: in_order(others, LINKED[name]()) for name, others in found.items()}


def in_order(others: dict[int, set[int]], known: dict[int, Row]) -> dict:
    wanted = set().union(*others.values())
    ordered = [(other, row) for other, row in known.items() if other in wanted]
    found = defaultdict(list)
    for key, linked_to in others.items():
        found[key] = [row for other, row in ordered if other in linked_to]
    return found


def members_of(keys: Sequence[int]) -> QuerySet:
    members = Membership.objects.filter(AmongKeys("partnership", keys))
    return members.values_list(*MEMBER_COLUMNS)


def links_of(keys: Sequence[int]) -> QuerySet:
    """Return the name of each link, the key of its record and that of the other."""
    parts = []
    for name in LINKED:
        field = Partnership._meta.get_field(name)
        through = field.remote_field.through.objects
        through = through.filter(AmongKeys("partnership", keys))
        columns = Value(name), "partnership", field.m2m_reverse_field_name()
        parts.append(through.values_list(*columns))
    return parts[0].union(*parts[1:], all=True)
