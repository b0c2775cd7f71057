"""The rows of the API from the index in memory and flat columns of the database.

They are equal to those of the serializer; a list of them takes a fraction of the time,
because no object is made of anything, and one query reads all columns of a page.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet, Value
from django.utils import timezone

from clusters.api import ClusterReferenceSerializer
from clusters.apps import CLASSIFICATIONS
from clusters.models import Cluster, Industry, TechnologyField
from countries.api import CountryReferenceSerializer, SourceSerializer
from countries.apps import COUNTRIES
from countries.models import Country, Source
from portal.content_version import PRESENT, kept, kept_with
from portal.cursors import Order
from portal.facet_index import FacetIndex
from portal.partial_dates import iso_partial_date
from portal.rows_by_key import AmongKeys, rows_by_key

from .models import Membership, Partnership
from .rows import STATES, stated
from .tables import PartnershipTable

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
# All that a field or an order may need, so that the SQL stays the same.
COLUMNS = tuple(
    dict.fromkeys(
        [
            *("pk", "slug", "updated_at", *PLAIN.values()),
            *(column for name in DATES for column in (name, f"{name}_precision")),
            *Partnership._meta.ordering,
            *(column.sort for column in PartnershipTable.orders().values()),
        ]
    )
)
MEMBERSHIPS = ("memberships", "counted_partner_count")
MEMBER_COLUMNS = (
    *("partnership", "cluster", "role", "partner_name", "partner_name_key"),
    *("country", "id"),
)


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
def partners() -> dict[int, tuple[str, Row, Row | None]]:
    """Return the public clusters: by which name each is sorted, itself, its country."""
    rows = Cluster.objects.published().values_list("pk", "name_key", "country")
    return {
        key: (name_key, clusters()[key], countries().get(country))
        for key, name_key, country in rows.order_by()
    }


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
) -> list[tuple[Sequence, Row]]:
    """Return the rows of these records, each with its values in ``order``.

    They stand in the order of the keys; those gone meanwhile are left out. ``folder``
    is the address below which the pages of the records are.
    """
    records = {record[0]: record for record in rows_by_key(plain, keys)}
    parts = parts_of(index, keys, fields)
    keys = [key for key in keys if key in records and parts["state"][key]]
    if not keys:
        return []
    found = zip(*map(records.get, keys), strict=True)
    columns = dict(zip(COLUMNS, found, strict=True))
    values = [
        list(map(parts[name].__getitem__, keys))
        if name in parts
        else written_column(name, columns, folder)
        for name in fields
    ]
    rows = [dict(zip(fields, row, strict=True)) for row in zip(*values, strict=True)]
    places = zip(*(columns[step.path] for step in order.steps), strict=True)
    return list(zip(places, rows, strict=True))


def plain(keys: Iterable[int]) -> QuerySet:
    found = Partnership.objects.published(PRESENT).filter(AmongKeys("pk", keys))
    return found.order_by().values_list(*COLUMNS)


def written_column(name: str, columns: dict[str, Sequence], folder: str) -> list:
    """Return what each record has in a field that is made of its own columns."""
    if name == "page":
        return [f"{folder}{slug}/" for slug in columns["slug"]]
    if name == "updated_at":
        zone = timezone.get_current_timezone()
        return [in_utc(at).astimezone(zone).isoformat() for at in columns[name]]
    if name in DATES:
        dates = zip(columns[name], columns[f"{name}_precision"], strict=True)
        return [day and iso_partial_date(day, precision) for day, precision in dates]
    return [None if value == "" else value for value in columns[PLAIN[name]]]


def in_utc(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment as the database has it, which SQLite gives without its zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


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
    if not {*MEMBERSHIPS, *LINKED}.isdisjoint(fields):
        others = defaultdict(list)
        for name, *row in rows_by_key(others_of, keys):
            others[name].append(row)
        if not set(MEMBERSHIPS).isdisjoint(fields):
            members = memberships(others["memberships"], keys)
            parts["memberships"] = members
            parts["counted_partner_count"] = {key: len(members[key]) for key in keys}
        for name in LINKED.keys() & set(fields):
            parts[name] = links(others[name], LINKED[name]())
    return parts


def memberships(rows: Iterable[Sequence], keys: Sequence[int]) -> dict[int, list[Row]]:
    """Return the public memberships of these partnerships, which are public."""
    found, known, known_countries = {key: [] for key in keys}, partners(), countries()
    for key, cluster, role, name, name_key, country, own_key in rows:
        if cluster is None:
            home = known_countries.get(country)
            row = {"name": name, "role": role, "cluster": None, "country": home}
        elif cluster in known:
            name_key, reference, home = known[cluster]
            row = {"name": reference["name"], "role": role}
            row |= {"cluster": reference, "country": home}
        else:
            continue
        found[key].append((role, name_key, own_key, row))
    # As the database sorts them: by name, which it does by code point.
    return {key: [row for *_order, row in sorted(rows)] for key, rows in found.items()}


def links(rows: Iterable[Sequence], known: dict[int, Row]) -> dict[int, list[Row]]:
    """Return what partnerships are linked to, in the order of ``known``."""
    others = defaultdict(set)
    for key, other, *_rest in rows:
        others[key].add(other)
    return in_order(others, known)


def in_order(others: dict[int, set[int]], known: dict[int, Row]) -> dict:
    wanted = set().union(*others.values())
    ordered = [(other, row) for other, row in known.items() if other in wanted]
    found = defaultdict(list)
    for key, linked_to in others.items():
        found[key] = [row for other, row in ordered if other in linked_to]
    return found


def others_of(keys: Iterable[int]) -> QuerySet:
    """Return the name of each link, the key of its record and that of the other.

    Those of memberships say more; they and all others take one way to the database.
    """
    members = Membership.objects.filter(AmongKeys("partnership", keys)).order_by()
    parts = [members.values_list(Value("memberships"), *MEMBER_COLUMNS)]
    more = [
        Value(None, Membership._meta.get_field(name)) for name in MEMBER_COLUMNS[2:]
    ]
    for name in LINKED:
        field = Partnership._meta.get_field(name)
        through = field.remote_field.through.objects
        through = through.filter(AmongKeys("partnership", keys))
        columns = Value(name), "partnership", field.m2m_reverse_field_name()
        parts.append(through.values_list(*columns, *more))
    return parts[0].union(*parts[1:], all=True)
