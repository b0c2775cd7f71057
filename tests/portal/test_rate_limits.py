"""How often a client may ask, and what happens beyond that."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from portal import rate_limits
from portal.api import RESOURCES
from portal.client_addresses import client_address
from portal.rate_limits import WINDOW, count
from tests.factories import make_api_key, make_country

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/news/"
# The beginning of a minute.
START = 1_800_000_000.0


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Begin with nothing counted; return a function that sets the seconds."""
    cache.clear()
    rate_limits.counters.own.clear()

    def set_seconds(seconds):
        monkeypatch.setattr("portal.rate_limits.time.time", lambda: START + seconds)

    set_seconds(0)
    return set_seconds


@pytest.fixture
def limits(settings):
    settings.RATE_LIMITS = {"api": 3, "data": 2, "export": 2, "search": 2}


def asked(number, limit=3):
    return [count("test", "192.0.2.1", limit).is_refused for _ in range(number)]


def test_a_client_has_its_number_within_any_sixty_seconds(clock):
    clock(30)
    assert asked(4) == [False, False, False, True]
    clock(60)
    assert asked(1) == [True]
    # Two thirds of the minute before lie within the last sixty seconds.
    clock(80)
    assert asked(2) == [False, True]
    clock(3 * WINDOW)
    assert asked(4) == [False, False, False, True]


def test_who_waits_as_told_is_let_through(clock):
    for start in (0, 10, 59.5):
        cache.clear()
        for seconds in (start, start + 31, start + 47):
            clock(seconds)
            asked(5)
        standing = count("test", "192.0.2.1", 3)
        assert standing.is_refused
        clock(start + 47 + standing.wait)
        assert not count("test", "192.0.2.1", 3).is_refused


def test_clients_and_scopes_are_counted_apart():
    asked(3)
    assert not count("test", "192.0.2.2", 3).is_refused
    assert not count("other", "192.0.2.1", 3).is_refused


def test_the_api_refuses_the_next_request_and_says_when_to_ask_again(client, limits):
    answers = [client.get(ADDRESS) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == list("2100")
    refused = answers[-1]
    # A whole minute, and a third of the next one.
    assert refused["Retry-After"] == "80"
    assert refused["X-RateLimit-Limit"] == "3"
    assert refused["Cache-Control"] == "no-store"
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json() == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Too many requests. Ask again in 80 seconds.",
    }


def test_every_address_of_the_api_counts(client, limits):
    for address in [f"/api/v1/{name}/" for name in RESOURCES] + [
        "/api/v1/",
        "/api/v1/countries/nowhere/",
        "/api/v1/nothing/",
        "/api/v1/news/?junk=1",
    ]:
        cache.clear()
        statuses = [client.get(address).status_code for _ in range(4)]
        assert statuses[-1] == 429, address
        assert 429 not in statuses[:-1], address


@pytest.mark.parametrize("address", [ADDRESS, "/api/v1/"])
def test_who_has_the_answer_is_told_so_beyond_the_limit_too(client, limits, address):
    etag = client.get(address)["ETag"]
    for _ in range(5):
        answer = client.get(address, headers={"If-None-Match": etag})
        assert answer.status_code == 304
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]


def test_a_key_has_a_number_of_its_own(client, limits):
    key, text = make_api_key(rate=5)
    for _ in range(4):
        client.get(ADDRESS)
    statuses = [
        client.get(ADDRESS, headers=headers).status_code
        for headers in [{"Authorization": f"Bearer {text}"}, {"X-API-Key": text}] * 3
    ]
    assert statuses == [200] * 5 + [429]


def test_trying_keys_counts_for_the_address(client, limits):
    statuses = [
        client.get(ADDRESS, headers={"X-API-Key": f"key{n}.x"}).status_code
        for n in range(4)
    ]
    assert statuses == [401, 401, 401, 429]
    assert client.get(ADDRESS).status_code == 429


def test_no_limit_is_said_by_nought(client, settings):
    settings.RATE_LIMITS = {"api": 0}
    answers = [client.get(ADDRESS) for _ in range(70)]
    assert {answer.status_code for answer in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0].headers


@pytest.mark.parametrize(
    "address",
    [
        *("/partnerships/?format=csv", "/clusters/?format=json", "/search/?q=a"),
        *("/data/news.jsonl", "/countries/compare/?country=MX&country=CL&format=csv"),
    ],
)
def test_downloads_and_searches_are_limited_with_a_page_to_read(
    client, limits, address
):
    make_country(iso2="MX")
    make_country(iso2="CL")
    answers = [client.get(address) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[-1]
    assert "<h1>Too many requests</h1>" in refused.content.decode()
    assert refused["Retry-After"] == "90"
    assert refused["Cache-Control"] == "no-store"
    assert "ETag" not in refused
    # Pages stay open to who downloads or searches too much.
    assert client.get("/partnerships/").status_code == 200


@pytest.mark.parametrize("address", ["/partnerships/?format=csv", "/data/news.csv"])
def test_who_has_the_download_may_ask_as_often_as_it_likes(client, limits, address):
    etag = client.get(address)["ETag"]
    for _ in range(3):
        answer = client.get(address, headers={"If-None-Match": etag})
        assert answer.status_code == 304
    assert [client.get(address).status_code for _ in range(2)] == [200, 429]


def test_suggestions_count_as_searches(client, limits):
    address = reverse("search_suggestions")
    statuses = [client.get(address, {"q": "a"}).status_code for _ in range(3)]
    assert statuses[-1] == 429


def test_each_process_counts_while_the_cache_is_away(client, limits, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # Nobody listens there.
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    statuses = [client.get(ADDRESS).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    rate_limits.counters.failed_at = float("-inf")


@pytest.mark.parametrize(
    ("proxies", "seen", "address"),
    [
        (0, "", "127.0.0.1"),
        (0, "192.0.2.7", "127.0.0.1"),
        (1, "192.0.2.7", "192.0.2.7"),
        (1, "192.0.2.66, 192.0.2.7", "192.0.2.7"),
        (2, "192.0.2.66, 192.0.2.7, 10.0.0.1", "192.0.2.7"),
        (2, "192.0.2.7", "127.0.0.1"),
        (1, "nonsense", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2::1", "2001:db8:1:2::/64"),
        (1, "::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_client_is_known_by_what_our_own_proxies_saw(
    rf, settings, proxies, seen, address
):
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": seen} if seen else {}
    assert client_address(rf.get("/", headers=headers)) == address
