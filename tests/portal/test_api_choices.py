"""Fields, expansion and order: what an answer holds, and which queries it takes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from countries.models import Country
from portal.api import RESOURCES
from tests.factories import make_partnership

from .linked_records import make_linked_records

pytestmark = pytest.mark.django_db
RELATIONS = [
    (name, path) for name, resource in RESOURCES.items() for path in resource.expandable
]
SORTED = [
    (name, f"{sign}{order}")
    for name, resource in RESOURCES.items()
    for order in resource.orders()
    for sign in ("", "-")
]


def fields_of(name):
    return RESOURCES[name].serializer_class.Meta.fields


def rows(client, name, **query):
    answer = client.get(f"/api/v1/{name}/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def query_count(client, name, query):
    # What is kept for as long as the content stays is read first.
    client.get(f"/api/v1/{name}/", query)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/api/v1/{name}/", query)
    assert answer.status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", RESOURCES)
def test_each_field_alone_is_as_it_is_among_all(client, name):
    for _ in range(2):
        make_linked_records()
    whole = rows(client, name)
    for field in fields_of(name):
        assert rows(client, name, fields=field) == [
            {field: row[field]} for row in whole
        ]


@pytest.mark.parametrize("name", RESOURCES)
def test_fields_keep_their_order_and_are_parted_by_commas_or_repeated(client, name):
    make_linked_records()
    first, second = fields_of(name)[0], fields_of(name)[-1]
    for query in (f"fields={second},{first}", f"fields={second}&fields={first},"):
        [row, *_others] = client.get(f"/api/v1/{name}/?{query}").json()["results"]
        assert list(row) == [first, second]


@pytest.mark.parametrize("name", RESOURCES)
def test_a_field_takes_the_same_number_of_queries_however_many_rows(client, name):
    counts = []
    for number in (1, 3):
        while Country.objects.count() < number:
            make_linked_records()
        counts.append(
            [query_count(client, name, {"fields": f}) for f in fields_of(name)]
        )
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["countries", "clusters", "events", "news"])
def test_only_what_is_asked_for_is_read(client, name):
    make_linked_records()
    client.get(f"/api/v1/{name}/", {"fields": "slug"})
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/api/v1/{name}/", {"fields": "slug"})
    _version, listed = [query["sql"] for query in queries]
    table = RESOURCES[name]().records().model._meta.db_table
    columns = listed.partition(" FROM ")[0]
    for column in ("intro", "summary", "body", "updated_at", "website"):
        assert f'"{table}"."{column}"' not in columns


@pytest.mark.parametrize(("name", "path"), RELATIONS)
def test_expanded_records_are_as_at_their_own_address(client, name, path):
    make_linked_records()
    resource = RESOURCES[name].expandable[path]
    other = next(n for n, viewset in RESOURCES.items() if viewset is resource)
    key = "id" if resource.lookup_field == "pk" else resource.lookup_field
    found = []
    for row in rows(client, name, expand=path):
        places = [row]
        for part in path.split("."):
            values = [place[part] for place in places if place[part] is not None]
            places = [
                v
                for value in values
                for v in (value if isinstance(value, list) else [value])
            ]
        found += places
    assert found
    for record in found:
        address = f"/api/v1/{other}/{record[key]}/"
        assert client.get(address).json() == record


@pytest.mark.parametrize(("name", "path"), RELATIONS)
def test_an_expansion_takes_the_same_number_of_queries_however_many_rows(
    client, name, path
):
    counts = []
    for number in (1, 3):
        while Country.objects.count() < number:
            make_linked_records()
        counts.append(query_count(client, name, {"expand": path}))
    assert counts[0] == counts[1]


def test_blanks_round_names_do_not_matter(client):
    make_linked_records()
    for blank, name in ((" slug , name ", "slug,name"), (" , slug", "slug")):
        assert rows(client, "clusters", fields=blank) == rows(
            client, "clusters", fields=name
        )
    spaced = rows(client, "partnerships", expand="targets, memberships.cluster ")
    assert spaced == rows(client, "partnerships", expand="targets,memberships.cluster")


def test_several_relations_are_expanded_at_once_and_for_a_single_record(client):
    _country, _cluster, _label, partnership, *_others = make_linked_records()
    query = {"expand": "targets,memberships.cluster"}
    [listed] = rows(client, "partnerships", **query)
    single = client.get(f"/api/v1/partnerships/{partnership.slug}/", query).json()
    assert single == listed
    assert listed["targets"][0]["iso3"]
    clusters = [member["cluster"] for member in listed["memberships"]]
    assert [cluster["labels"] != [] for cluster in clusters if cluster] == [True]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        (
            "fields=slug,secret",
            {"fields": "Unknown name: secret. Known are: iso2, iso3, slug, name, "},
        ),
        (
            "fields=slug,+secret+,+na+me",
            {"fields": "Unknown name: secret, na me. Known are: iso2, iso3, slug, "},
        ),
        ("sort=intro", {"sort": "Unknown value: intro. Known are: region, name, "}),
        ("sort=--name", {"sort": "Unknown value: --name. Known are: region, name, "}),
        ("expand=sections", {"expand": "Unknown parameter. Known are: cursor, fields"}),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(client, query, errors):
    answer = client.get(f"/api/v1/countries/?{query}")
    assert answer.status_code == 400
    found = answer.json()["errors"]
    assert found.keys() == errors.keys()
    for name, text in errors.items():
        assert found[name][0].startswith(text)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "expand=clusters",
            "Unknown name: clusters. Known are: targets, memberships.c",
        ),
    ],
)
def test_relations_that_cannot_be_expanded_are_refused(client, query, error):
    answer = client.get(f"/api/v1/partnerships/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"]["expand"][0].startswith(error)


def test_a_page_of_expanded_records_is_no_longer_than_usual(client):
    for _ in range(26):
        make_partnership()
    assert len(rows(client, "partnerships", per_page=100)) == 26
    assert len(rows(client, "partnerships", per_page=100, expand="targets")) == 25


def test_what_is_expanded_is_a_field_asked_for(client):
    make_linked_records()
    query = {"fields": "slug", "expand": "memberships.cluster,targets"}
    [row] = rows(client, "partnerships", **query)
    assert list(row) == ["slug", "targets", "memberships"]


@pytest.mark.parametrize(("name", "sort"), SORTED)
def test_order_is_that_of_the_page_and_pages_lead_through_all_of_it(client, name, sort):
    for number in range(3):
        make_linked_records(suffix=f" {number % 2}")
    listed = client.get(f"/{ {'news': 'news'}.get(name, name) }/", {"sort": sort})
    records = listed.context["page"].object_list
    expected = [record.get_absolute_url() for record in records]
    pages, address = [], f"/api/v1/{name}/?sort={sort}&per_page=1&fields=page"
    while address:
        page = client.get(address).json()
        pages += [row["page"] for row in page["results"]]
        back, address = page["previous"], page["next"]
    assert pages == [f"http://testserver{path}" for path in expected]
    while back:
        page = client.get(back).json()
        pages = pages[:-1]
        assert page["results"] == [{"page": pages[-1]}]
        back = page["previous"]
    assert len(pages) == 1


def test_a_cursor_belongs_to_one_order(client):
    for _ in range(2):
        make_linked_records()
    page = client.get("/api/v1/partnerships/?per_page=1").json()
    answer = client.get(page["next"] + "&sort=name")
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such page.",
        "errors": {"cursor": ["Unknown cursor; follow the links of a page."]},
    }
