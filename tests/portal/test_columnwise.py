"""Records read column by column, with what is linked to them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from countries.models import Country
from partnerships.models import Membership, Partnership
from portal import columnwise
from portal.columnwise import Linked, columns_in_batches
from tests.factories import (
    make_cluster,
    make_country,
    make_membership,
    make_partnership,
)

pytestmark = pytest.mark.django_db
TARGETS = Linked("targets", ("iso2",), Country.objects.published)


@pytest.fixture
def countries():
    return {
        iso2: make_country(iso2=iso2, name=name, status=status)
        for iso2, name, status in (
            ("MX", "Mexico", "published"),
            ("CL", "Chile", "published"),
            ("IN", "India", "draft"),
        )
    }


def read(records, *paths):
    """Return the rows of all batches."""
    rows = []
    for columns in columns_in_batches(records, paths):
        rows += zip(*(columns[path] for path in paths), strict=True)
    return rows


def test_what_is_linked_comes_in_its_order_and_only_if_it_may_be_told(countries):
    both = make_partnership(list(countries.values()), slug="a")
    make_partnership([countries["IN"]], slug="b")
    make_partnership([], slug="c")

    rows = read(Partnership.objects.order_by("slug"), "pk", "slug", TARGETS)
    assert rows[0] == (both.pk, "a", ["CL", "MX"])
    assert [row[1:] for row in rows[1:]] == [("b", []), ("c", [])]


def test_several_names_of_what_is_linked_come_together(countries):
    make_partnership([countries["MX"], countries["CL"]])
    pairs = Linked("targets", ("iso2", "name"), Country.objects.published)
    assert read(Partnership.objects.all(), pairs) == [
        ([("CL", "Chile"), ("MX", "Mexico")],)
    ]


def test_a_path_may_lead_further(countries):
    cluster = make_cluster(country=countries["CL"])
    first = make_membership(cluster=cluster)
    make_membership(partner_name="Alone", country=countries["MX"])
    home = Linked("cluster__country", ("iso2",), Country.objects.published)
    own = Linked("country", ("iso2",), Country.objects.published)

    rows = read(Membership.objects.order_by("pk"), "cluster__name", home, own)
    assert rows == [(first.name, ["CL"], []), (None, [], ["MX"])]


def test_no_record_is_lost_or_repeated_between_batches(countries, monkeypatch):
    monkeypatch.setattr(columnwise, "ROWS_AT_A_TIME", 2)
    several = list(countries.values())
    made = [make_partnership(several, slug=f"p-{n}") for n in range(5)]

    records = Partnership.objects.order_by("slug")
    batches = list(columns_in_batches(records, [TARGETS, TARGETS]))
    assert [len(batch["pk"]) for batch in batches] == [2, 2, 1]
    assert [key for batch in batches for key in batch["pk"]] == [p.pk for p in made]
    assert read(records, TARGETS) == [(["CL", "MX"],)] * 5


def test_one_query_reads_keys_one_records_and_one_each_kind_of_link(countries):
    for n in range(3):
        make_partnership([countries["MX"]], slug=f"p-{n}")
    sources = Linked("sources", ("pk",))
    with CaptureQueriesContext(connection) as queries:
        read(Partnership.objects.all(), "name", "acronym", TARGETS, sources, TARGETS)
    assert len(queries) == 4


def test_what_goes_while_others_are_read_is_left_out(countries, monkeypatch):
    monkeypatch.setattr(columnwise, "ROWS_AT_A_TIME", 1)
    for slug in "abc":
        make_partnership([countries["MX"]], slug=slug)
    batches = columns_in_batches(Partnership.objects.order_by("slug"), ["slug"])
    assert next(batches)["slug"] == ("a",)
    Partnership.objects.filter(slug="b").delete()
    assert [batch["slug"] for batch in batches] == [("c",)]


def test_without_records_there_is_no_batch():
    assert list(columns_in_batches(Partnership.objects.all(), ["name", TARGETS])) == []
