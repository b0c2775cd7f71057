"""The rows from the index in memory and those of the serializer are the same."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partnerships import api, api_rows
from partnerships.api import PartnershipViewSet
from partnerships.index import PartnershipSource, live_partnerships
from partnerships.models import Partnership
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_membership,
    make_partnership,
    make_source,
    make_technology_field,
)

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/partnerships/"
FIELDS = PartnershipViewSet.serializer_class.Meta.fields
NUMBERS = [None, 0, 3, 3, 7]
DATES = [None, datetime.date(2016, 1, 1), datetime.date(2018, 7, 31)]


@pytest.fixture
def records(db):
    """Make partnerships that are alike in some columns, and of every kind of part."""
    countries = [make_country(iso2=code, name=code) for code in ("MX", "CL", "PE")]
    countries.append(make_country(iso2="QQ", status="draft"))
    section = make_industry("C", title="Manufacturing")
    industries = [section, make_industry("C13", parent=section)]
    fields = [make_technology_field("D"), make_technology_field("D03")]
    clusters = [make_cluster(country=country) for country in countries]
    source = make_source(retrieved_on=datetime.date(2020, 2, 1), publisher="")
    for number in range(24):
        partnership = make_partnership(
            acronym=f"Ácronym {number % 20}",
            generation=number // 5 or None,
            name=f"Name {number % 7}",
            sme_count=NUMBERS[number % 5],
            partner_count=NUMBERS[number % 4],
            start=DATES[number % 3],
            start_precision="month",
            joining=["", "open"][number % 2],
            targets=countries[: number % 5],
            industries=industries[: number % 3],
            technology_fields=fields[: number % 3],
        )
        partnership.suggested_industries.set(industries[number % 2 :])
        partnership.suggested_technology_fields.set(fields[number % 2 :])
        for cluster in clusters[: number % 5]:
            make_membership(partnership=partnership, cluster=cluster)
        make_membership(
            partnership=partnership,
            partner_name=["A partner", "Partner"][number % 2],
            country=[None, *countries][number % 5],
        )
        if number % 2:
            partnership.sources.add(source)


def answers(client, query, monkeypatch):
    """Return what an address answers from the index, and what without one."""
    assert live_partnerships.current() is not None
    indexed = client.get(ADDRESS, query)
    with monkeypatch.context() as patch:
        patch.setattr(live_partnerships, "current", lambda **_how: None)
        plain = client.get(ADDRESS, query)
    return indexed, plain


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "sort": st.sampled_from(
            [
                f"{sign}{name}"
                for sign in ("", "-")
                for name in PartnershipViewSet.orders()
            ]
        ),
        "target": st.lists(st.sampled_from(["MX", "CL", "PE"]), max_size=2),
        "match": st.sampled_from(["any", "all"]),
        "industry": st.sampled_from(["C", "C13"]),
        "technology": st.sampled_from(["D", "D03"]),
        "partner_country": st.sampled_from(["MX", "PE"]),
        "generation": st.sampled_from(["1", "4"]),
        "state": st.sampled_from(["ended", "not_stated"]),
        "joining": st.just("open"),
        "smes_min": st.integers(0, 8),
        "smes_max": st.integers(0, 8),
        "q": st.sampled_from(["acronym 1", "partner", "zzz"]),
        "per_page": st.integers(1, 7),
        "fields": st.lists(st.sampled_from(FIELDS), max_size=4),
    },
)


@given(query=QUERIES)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_pages_from_the_index_are_those_of_the_database(
    records, client, monkeypatch, query
):
    seen = 0
    while True:
        indexed, plain = answers(client, query, monkeypatch)
        assert indexed.content == plain.content
        page = indexed.json()
        seen += 1
        if page["next"] is None or seen > 6:
            break
        query = query | {"cursor": page["next"].split("cursor=")[1].split("&")[0]}
    while page["previous"] is not None and seen > 0:
        seen -= 1
        query = query | {"cursor": page["previous"].split("cursor=")[1].split("&")[0]}
        indexed, plain = answers(client, query, monkeypatch)
        assert indexed.content == plain.content
        page = indexed.json()


def test_the_page_after_a_record_that_changed_begins_where_it_stood(client):
    for number in range(5):
        make_partnership(acronym=f"P{number}")
    first = client.get(ADDRESS, {"per_page": 2}).json()
    edge = Partnership.objects.get(slug=first["results"][-1]["slug"])
    edge.acronym = "Z"
    edge.save()

    rest = client.get(first["next"]).json()["results"]

    assert [row["acronym"] for row in rest] == ["P2", "P3"]


def test_the_page_after_a_record_that_went_begins_where_it_stood(client):
    for number in range(5):
        make_partnership(acronym=f"P{number}")
    first = client.get(ADDRESS, {"per_page": 2}).json()
    Partnership.objects.filter(slug=first["results"][-1]["slug"]).delete()

    rest = client.get(first["next"]).json()["results"]

    assert [row["acronym"] for row in rest] == ["P2", "P3"]


def test_the_page_after_a_record_that_came_only_now_is_that_of_the_database(
    client, monkeypatch
):
    for acronym in ("P0", "P2", "P3"):
        make_partnership(acronym=acronym)
    former = PartnershipSource().build()
    make_partnership(acronym="P1")
    first = client.get(ADDRESS, {"per_page": 2}).json()
    monkeypatch.setattr(live_partnerships, "current", lambda **_how: former)

    rest = client.get(first["next"]).json()["results"]

    assert [row["acronym"] for row in rest] == ["P2", "P3"]


@pytest.mark.parametrize("gone", ["P0", "P1", "P2"])
def test_what_goes_while_a_page_is_read_ends_no_list(client, monkeypatch, gone):
    for number in range(6):
        make_partnership(acronym=f"P{number}")
    live_partnerships.current()
    read = api_rows.rows_by_key

    def read_after_withdrawal(query, keys):
        Partnership.objects.filter(acronym=gone).update(status="draft")
        return read(query, keys)

    monkeypatch.setattr(api_rows, "rows_by_key", read_after_withdrawal)
    page = client.get(ADDRESS, {"per_page": 2}).json()
    found = page["results"]
    while page["next"]:
        page = client.get(page["next"]).json()
        found += page["results"]
    left = {f"P{number}" for number in range(6)} - {gone}
    assert [row["acronym"] for row in found] == sorted(left)


def test_what_the_index_dropped_meanwhile_is_in_no_page(client, monkeypatch):
    for number in range(3):
        make_partnership(acronym=f"P{number}")
    index = live_partnerships.current()
    dropped = Partnership.objects.get(acronym="P1").pk
    rows = api.rows_of

    def rows_after_dropping(*arguments):
        index.drop(dropped)
        return rows(*arguments)

    monkeypatch.setattr(api, "rows_of", rows_after_dropping)
    query = {"per_page": 2, "fields": "acronym,state"}
    page = client.get(ADDRESS, query).json()
    # The index was wrong, so the database was asked.
    assert [row["acronym"] for row in page["results"]] == ["P0", "P1"]
    assert page["next"]
