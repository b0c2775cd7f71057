"""Answers that a client has already are not made again, nor sent."""

import datetime

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import http_date

from portal import revalidation
from portal.api import RESOURCES
from portal.content_version import changed_at, current_version
from portal.models import ContentVersion
from tests.factories import make_country, make_news_item, make_staff

from .linked_records import make_linked_records

pytestmark = pytest.mark.django_db
LISTS = [f"/api/v1/{name}/" for name in RESOURCES]


@pytest.fixture
def settled():
    """Make records a while ago."""
    records = make_linked_records()
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    ContentVersion.objects.update(changed_at=an_hour_ago)
    return records


@pytest.mark.parametrize("address", LISTS)
def test_304_comes_from_the_version_alone(client, settled, address):
    answer = client.get(address)
    with CaptureQueriesContext(connection) as queries:
        again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == answer["ETag"]
    assert again["Last-Modified"] == answer["Last-Modified"]
    assert len(queries) == 1


@pytest.mark.parametrize("address", LISTS)
def test_a_time_is_as_good(client, settled, address):
    headers = {"If-Modified-Since": client.get(address)["Last-Modified"]}
    assert client.get(address, headers=headers).status_code == 304
    make_news_item()
    assert client.get(address, headers=headers).status_code == 200


def test_single_records_are_revalidated_too(client, settled):
    for address in ("countries/" + settled[0].slug, f"labels/{settled[2].pk}"):
        answer = client.get(f"/api/v1/{address}/")
        for name, value in (
            ("If-None-Match", answer["ETag"]),
            ("If-Modified-Since", answer["Last-Modified"]),
        ):
            again = client.get(f"/api/v1/{address}/", headers={name: value})
            assert again.status_code == 304


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("address", ["/api/v1/", "/api/schema/"])
def test_what_tells_of_all_resources_is_revalidated_too(
    client, settled, address, method
):
    ask = getattr(client, method)
    answer = ask(address)
    for name, value in (
        ("If-None-Match", answer["ETag"]),
        ("If-Modified-Since", answer["Last-Modified"]),
    ):
        again = ask(address, headers={name: value})
        assert (again.status_code, again.content) == (304, b"")
    make_country()
    headers = {"If-None-Match": answer["ETag"]}
    assert ask(address, headers=headers).status_code == 200


@pytest.mark.parametrize("address", [LISTS[0], "/api/v1/"])
def test_options_have_no_tag_of_what_they_are_not(client, settled, address):
    answer = client.options(address)
    assert answer.status_code == 200
    assert not {"ETag", "Last-Modified"} & set(answer.headers)


def test_the_root_of_the_api_has_a_tag_for_each_form_of_it(client, settled):
    def tag(accept):
        return client.get("/api/v1/", headers={"Accept": accept})["ETag"]

    assert tag("application/json") == tag("*/*")
    assert tag("application/json; indent=2") != tag("application/json")


def test_a_write_changes_every_tag(client):
    tags = {client.get(address)["ETag"] for address in LISTS}
    make_country()
    assert tags.isdisjoint(client.get(address)["ETag"] for address in LISTS)


def test_tags_differ_by_path_query_host_and_representation(client, rf, settings):
    settings.ALLOWED_HOSTS = ["*"]
    addresses = [*LISTS, *(f"{LISTS[0]}?per_page={n}" for n in (1, 2))]
    addresses += [f"{LISTS[0]}?fields=slug", f"{LISTS[0]}?sort=-name"]
    tags = [client.get(address)["ETag"] for address in addresses]
    tags.append(client.get(LISTS[0], headers={"Host": "other.example.org"})["ETag"])
    tags.append(revalidation.etag(f"http://testserver{LISTS[0]}", "text/csv"))
    assert len(set(tags)) == len(tags)


def test_a_tag_is_that_of_the_bytes_whatever_else_a_client_accepts(client, settled):
    def tag(accept):
        return client.get(LISTS[0], headers={"Accept": accept})["ETag"]

    for accept in ("application/json", "text/html, */*;q=0.8", "application/json;q=1"):
        assert tag(accept) == tag("*/*"), accept
    assert tag("application/json; indent=2") != tag("application/json")


def test_tags_differ_by_release(client, monkeypatch):
    before = client.get(LISTS[0])["ETag"]
    monkeypatch.setattr("portal.revalidation.release", lambda: b"another")
    assert client.get(LISTS[0])["ETag"] != before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANGUAGE_CODE", "fr"),
        ("DATA_LICENCE", "Another licence"),
        ("DATA_LICENCE_URL", "https://example.org/another/"),
        ("CONTACT_EMAIL", "another@example.org"),
    ],
)
@pytest.mark.parametrize(
    "address", [LISTS[0], "/data/news.csv", "/countries/?format=json"]
)
def test_tags_differ_by_language_terms_of_use_and_contact(
    client, settings, name, value, address
):
    before = client.get(address)["ETag"]
    setattr(settings, name, value)
    answer = client.get(address, headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert answer["ETag"] != before


@pytest.mark.parametrize(
    "query", ["?junk=1", "?sort=junk", "?fields=junk", "?per_page=0"]
)
@pytest.mark.parametrize("name", ["If-None-Match", "If-Modified-Since"])
def test_what_is_not_valid_stays_a_problem(client, settled, query, name):
    values = {
        "If-None-Match": "*",
        "If-Modified-Since": client.get(LISTS[0])["Last-Modified"],
    }
    headers = {name: values[name]}
    assert client.get(f"{LISTS[0]}{query}", headers=headers).status_code == 400


@pytest.mark.parametrize(
    "headers", [{"If-None-Match": "*"}, {"If-Modified-Since": http_date(4e9)}]
)
def test_what_is_not_there_stays_missing(client, settled, headers):
    answer = client.get("/api/v1/countries/nowhere/", headers=headers)
    assert answer.status_code == 404
    assert "Last-Modified" not in answer.headers


@pytest.mark.parametrize("value", ["junk", "Thu, 01 Jan 1970", "\0", "é"])
def test_junk_is_as_good_as_no_condition(client, settled, value):
    for name in (
        "If-None-Match",
        "If-Modified-Since",
        "If-Match",
        "If-Unmodified-Since",
    ):
        status = client.get(LISTS[0], headers={name: value}).status_code
        assert status in (200, 412), name


def test_the_time_is_that_of_the_write_or_of_the_clock(monkeypatch):
    make_country()
    written = ContentVersion.objects.get().changed_at
    assert changed_at() == max(written, current_version().moment)
    noon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    make_country(publish_at=noon)
    monkeypatch.setattr(
        "django.utils.timezone.now", lambda: noon + datetime.timedelta(seconds=1)
    )
    assert changed_at() >= noon


def test_no_time_is_told_while_another_change_may_have_the_same(client, monkeypatch):
    make_country()
    moment = changed_at()
    for seconds, is_told in ((0, False), (1.9, False), (2.1, True)):
        now = moment + datetime.timedelta(seconds=seconds)
        monkeypatch.setattr("portal.revalidation.timezone.now", lambda now=now: now)
        assert ("Last-Modified" in client.get(LISTS[0]).headers) == is_told


def test_a_time_is_not_told_of_another_version():
    version = current_version()
    make_country()
    assert ContentVersion.objects.written_at(version.epoch, version.number) is None


def test_other_sites_may_read_every_answer(client):
    for address in (
        *(
            *LISTS,
            "/api/v1/",
            "/api/schema/",
            "/api/v1/nothing/",
            "/data/catalog.jsonld",
        ),
        *("/data/countries.csv", "/data/countries.csv?version=1", "/data/nothing.csv"),
        *("/embed/oembed?url=/partnerships/", "/embed/oembed?url=/nowhere/"),
    ):
        answer = client.get(address, headers={"Origin": "https://example.org"})
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for address in ("/", "/data/", "/data/countries/", "/embed/"):
        assert "Access-Control-Allow-Origin" not in client.get(address).headers


FEEDS = [
    *(f"/{name}/atom.xml" for name in ("events", "achievements", "news")),
    *("/events/calendar.ics", "/clusters/labels/renewals.ics"),
]
DOWNLOADS = [
    f"/{name}/?format={file_format}"
    for name in ("countries", "clusters", "partnerships", "events", "news")
    for file_format in ("csv", "json", "xlsx")
]


@pytest.mark.parametrize("address", [*FEEDS, *DOWNLOADS])
def test_other_sites_may_read_feeds_and_downloads_but_no_page(client, address):
    make_linked_records()
    answer = client.get(address)
    answer.close()
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    page = client.get(address.partition("?")[0].rpartition("/")[0] + "/")
    assert page["Content-Type"].startswith("text/html")
    assert "Access-Control-Allow-Origin" not in page.headers
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"


OF_FILES = {
    "/clusters/?country=XX&format=csv": 302,
    "/clusters/?order=name&format=csv": 302,
    "/clusters?format=csv": 301,
    "/countries/compare?country=MX&country=CL&format=csv": 301,
    "/events/?format=ics": 302,
    "/news/?format=atom": 302,
    "/news/atom.xml?country=XX": 302,
    "/events/nowhere.ics": 404,
    "/countries/compare/?country=MX&format=csv": 302,
    "/countries/compare/?country=MX&country=CL&format=json": 200,
    "/data/countries.csv?junk=1": 400,
    "/data/countries.csv?version=1": 410,
}


@pytest.mark.parametrize(("address", "status"), OF_FILES.items())
def test_other_sites_may_read_whatever_a_file_answers(client, address, status):
    for iso2 in ("MX", "CL"):
        make_country(iso2=iso2)
    answer = client.get(address)
    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("address", ["/data/news.csv", *FEEDS, *DOWNLOADS])
def test_other_sites_may_read_that_a_file_is_the_same(client, settled, address):
    first = client.get(address)
    first.getvalue()
    answer = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert answer.status_code == 304
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in answer["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("address", ["/data/news.csv", "/clusters/?format=json"])
def test_other_sites_may_read_when_to_ask_for_a_file_again(client, settings, address):
    cache.clear()
    settings.RATE_LIMITS = dict.fromkeys(("data", "export"), 1)
    client.get(address).getvalue()
    answer = client.get(address)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "address",
    [
        *("/events/?format=online", "/clusters/?format=atom", "/news/?format=ics"),
        *("/clusters/labels/?format=csv", "/countries/compare/?format=xlsx"),
        *("/countries/nowhere/?format=csv", "/?format=csv", "/search/?format=csv"),
    ],
)
def test_a_page_stays_closed_whatever_format_it_is_asked_for(client, address):
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/html")
    assert "Access-Control-Allow-Origin" not in answer.headers
    etag = answer.get("ETag", '"none"')
    again = client.get(address, headers={"If-None-Match": etag})
    assert "Access-Control-Allow-Origin" not in again.headers


def test_other_sites_may_not_read_the_back_office(client):
    client.force_login(make_staff(superuser=True))
    for address, media_type in (
        ("/admin/", "text/html"),
        ("/admin/countries/country/export/csv/", "text/csv"),
    ):
        answer = client.get(address)
        assert answer["Content-Type"].startswith(media_type)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


FILES = [
    *("/news/atom.xml", "/events/calendar.ics", "/partnerships/?format=csv"),
    "/countries/compare/?country=MX&country=CL&format=json",
]


@pytest.mark.parametrize("address", [LISTS[0], "/data/countries.csv", *FILES])
def test_a_browser_is_told_what_it_may_send(client, django_assert_num_queries, address):
    with django_assert_num_queries(0):
        answer = client.options(
            address,
            headers={
                "Origin": "https://example.org",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization",
            },
        )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "Authorization" in answer["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("address", ["/partnerships/", "/admin/?format=csv", "/"])
def test_of_pages_no_other_site_is_told_so(client, address):
    headers = {"Origin": "https://other.org", "Access-Control-Request-Method": "GET"}
    answer = client.options(address, headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_database_that_is_away_is_a_problem(client, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(ContentVersion.objects, "current", fail)
    for address in [*LISTS, "/api/v1/countries/nowhere/"]:
        answer = client.get(address)
        assert answer.status_code == 503
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Retry-After"] == "10"
        assert answer["Cache-Control"] == "no-store"
