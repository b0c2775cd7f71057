import datetime
import threading
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError
from django.utils import timezone

from portal import response_cache, version_watch
from portal.models import ContentVersion
from portal.open_data import FILE_FORMATS
from portal.response_cache import Pages, ResponseCache
from portal.shared_pages import SharedPages
from portal.version_watch import Commits, VersionWatch
from tests.factories import (
    make_country,
    make_news_item,
    make_partnership,
    make_staff,
)

# A request ends the connections that it finds in a transaction.
pytestmark = pytest.mark.django_db(transaction=True)


class Answer:
    def __init__(self, application, address="/countries/", method="GET", **headers):
        path, _, query = address.partition("?")
        environ = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method}
        environ |= {f"HTTP_{name}": value for name, value in headers.items()}
        setup_testing_defaults(environ)
        environ |= {"HTTP_HOST": "testserver", "wsgi.input": BytesIO()}
        response = application(environ, self.start)
        self.body = b"".join(response)
        if hasattr(response, "close"):
            response.close()

    def start(self, status, headers, exc_info=None):
        self.status, self.headers = int(status[:3]), dict(headers)

    @property
    def how(self):
        return self.headers.get("Cache-Status")


class Counting:
    """Django, and how often it was asked."""

    def __init__(self):
        self.django, self.asked = get_wsgi_application(), 0

    def __call__(self, environ, start_response):
        self.asked += 1
        return self.django(environ, start_response)


@pytest.fixture
def django_itself():
    return Counting()


@pytest.fixture
def cached(django_itself):
    return ResponseCache(django_itself, VersionWatch(Commits()))


@pytest.fixture
def clock(monkeypatch):
    """Return a function that lets time pass, in seconds."""
    start = datetime.datetime(2026, 3, 4, 12, 0, 10, tzinfo=datetime.UTC)
    moment = [start]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    for module in (version_watch, response_cache):
        monkeypatch.setattr(module.time, "time", lambda: moment[0].timestamp())

    def pass_time(seconds):
        moment[0] += datetime.timedelta(seconds=seconds)

    return pass_time


def test_a_page_is_made_once(cached, django_itself):
    make_country(name="Chile")
    first, second = Answer(cached), Answer(cached)
    assert b"Chile" in first.body
    assert (first.how, second.how) == ("portal; fwd=miss; stored", "portal; hit")
    assert second.body == first.body
    assert second.status == 200
    assert {**second.headers, "Cache-Status": None} == {
        **first.headers,
        "Cache-Status": None,
    }
    assert django_itself.asked == 1


def test_what_is_published_or_withdrawn_shows_at_once(cached):
    assert b"Chile" not in Answer(cached).body
    chile = make_country(name="Chile")
    assert b"Chile" in Answer(cached).body
    type(chile).objects.unpublish()
    assert b"Chile" not in Answer(cached).body


def test_what_is_scheduled_shows_at_its_second(cached, clock):
    noon = timezone.now()
    make_country(
        name="Chile",
        status="approved",
        published_at=None,
        publish_at=noon + datetime.timedelta(seconds=5),
        unpublish_at=noon + datetime.timedelta(seconds=7),
    )
    shown = []
    for _second in range(9):
        shown.append(b"Chile" in Answer(cached).body)
        clock(1)
    assert shown == [False] * 5 + [True] * 2 + [False] * 2


def test_a_page_is_made_anew_each_minute(cached, clock, django_itself):
    Answer(cached)
    clock(49)
    assert Answer(cached).how == "portal; hit"
    clock(1)
    assert Answer(cached).how == "portal; fwd=miss; stored"
    assert django_itself.asked == 2


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/countries/", {"COOKIE": "sessionid=x"}),
        ("/countries/", {"AUTHORIZATION": "Bearer x"}),
        ("/countries/", {"RANGE": "bytes=0-9"}),
        ("/admin/login/", {}),
        ("/health/live", {}),
        ("/api/v1/countries/", {}),
        ("/partnerships/?format=csv", {}),
        ("/data/news.csv", {}),
        ("/nowhere/", {}),
        ("/countries", {}),
    ],
)
def test_what_is_personal_counted_streamed_or_no_page_is_not_kept(
    cached, django_itself, address, headers
):
    answers = [Answer(cached, address, **headers) for _time in range(2)]
    assert [answer.how for answer in answers] == [None, None]
    assert django_itself.asked == 2


def test_a_page_is_kept_for_what_it_depends_on(cached):
    make_country(name="Chile")
    asked = [
        Answer(cached, "/countries/?q=chile"),
        Answer(cached, "/countries/?q=peru"),
        Answer(cached, "/countries/"),
        Answer(cached, "/countries/", ACCEPT_ENCODING="gzip, br"),
        Answer(cached, "/countries/", X_FORWARDED_PROTO="https"),
    ]
    assert {answer.how for answer in asked} == {"portal; fwd=miss; stored"}
    assert asked[3].headers["Content-Encoding"] == "gzip"
    assert Answer(cached, "/countries/", ACCEPT_ENCODING="br").body == asked[2].body


def test_another_host_is_refused_each_time(cached):
    def foreign(environ, start_response):
        return cached(environ | {"HTTP_HOST": "evil.example"}, start_response)

    assert [Answer(foreign).status for _time in range(2)] == [400, 400]


def test_a_visitor_who_has_the_page_is_told_so(cached, django_itself):
    make_country(name="Chile")
    etag = Answer(cached).headers["ETag"]
    for held in (etag, f'"other", {etag}', etag.removeprefix("W/")):
        answer = Answer(cached, IF_NONE_MATCH=held)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert "Content-Length" not in answer.headers
        # A browser would take it for that of its copy.
        assert "Content-Security-Policy" not in answer.headers
    assert Answer(cached, IF_NONE_MATCH='"other"').status == 200
    assert django_itself.asked == 1
    make_country(name="Peru")
    assert Answer(cached, IF_NONE_MATCH=etag).status == 200


def test_asking_whether_a_page_changed_makes_it_for_all(cached, django_itself):
    etag = Answer(django_itself).headers["ETag"]
    assert Answer(cached, IF_NONE_MATCH=etag).status == 304
    assert Answer(cached).how == "portal; hit"


def test_feeds_are_known_by_their_time_as_well(cached):
    make_news_item()
    hour_before = timezone.now() - datetime.timedelta(hours=1)
    ContentVersion.objects.update(changed_at=hour_before)
    feed = Answer(cached, "/news/atom.xml")
    assert feed.how == "portal; fwd=miss; stored"
    since = feed.headers["Last-Modified"]
    assert Answer(cached, "/news/atom.xml", IF_MODIFIED_SINCE=since).status == 304
    assert Answer(cached, "/news/atom.xml", IF_MODIFIED_SINCE="never").status == 200


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_a_download_is_asked_for_once_and_not_made_for_head(file_format, settings):
    make_partnership(acronym="SECRET")
    counting = Counting()
    cached = ResponseCache(counting)
    address = f"/partnerships/?format={file_format}"
    head = Answer(cached, address, method="HEAD")
    assert (head.status, counting.asked) == (200, 1)
    assert "SECRET" in Answer(cached, "/partnerships/?format=csv").body.decode()
    assert b"SECRET" not in head.body
    assert "attachment" in head.headers["Content-Disposition"]
    assert Answer(cached, address, IF_NONE_MATCH='"x"').status == 200
    assert counting.asked == 3


@pytest.mark.parametrize(
    "address",
    [
        *("/partnerships/?format=csv", "/countries/compare/?country=MX&format=json"),
        *(f"/data/news.{name}" for name in FILE_FORMATS),
        *("/data/news.csv?junk=1", "/data/news.csv?version=1"),
        # Written as no page writes it.
        "/partnerships/?%66ormat=%63sv",
    ],
)
@pytest.mark.parametrize(
    "asked", [{"method": "HEAD"}, {"IF_NONE_MATCH": '"stale"'}, {}]
)
def test_a_file_is_made_and_counted_once_however_it_is_asked_for(
    cached, django_itself, address, asked
):
    Answer(cached, address, **asked)
    assert django_itself.asked == 1


@pytest.mark.parametrize("address", ["/partnerships/?format=csv", "/data/news.csv"])
def test_who_has_the_download_may_ask_as_often_as_it_likes(cached, settings, address):
    cache.clear()
    settings.RATE_LIMITS = dict.fromkeys(("data", "export"), 3)
    etag = Answer(cached, address).headers["ETag"]
    for _ in range(3):
        assert Answer(cached, address, IF_NONE_MATCH=etag).status == 304
    others = [{"method": "HEAD"}, {"IF_NONE_MATCH": '"stale"'}, {}]
    statuses = [Answer(cached, address, **asked).status for asked in others]
    assert statuses == [200, 200, 429]


def test_a_page_that_is_not_kept_is_still_asked_for_by_condition(cached):
    calendar = "/events/calendar.ics"
    etag = Answer(cached, calendar).headers["ETag"]
    assert Answer(cached, calendar, IF_NONE_MATCH=etag).status == 304


def test_head_gives_the_headers_of_the_page(cached, django_itself):
    make_country(name="Chile")
    head, page = Answer(cached, method="HEAD"), Answer(cached)
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(page.body))
    assert Answer(cached, method="HEAD").how == "portal; hit"
    assert django_itself.asked == 1


def test_writing_is_never_answered_from_memory(cached):
    Answer(cached)
    answer = Answer(cached, method="POST")
    assert (answer.status, answer.how) == (405, None)


def test_nobody_signed_in_leaves_a_page_to_others(cached, client):
    client.force_login(make_staff("ada", superuser=True))
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    assert Answer(cached, COOKIE=cookie).how is None
    assert Answer(cached).how == "portal; fwd=miss; stored"


class Away(Commits):
    """A database that is away whenever ``away`` says so."""

    away = False

    def happened(self):
        if self.away:
            raise OperationalError
        return True


def test_without_the_database_visitors_get_what_there_was(django_itself, clock):
    commits = Away()
    cached = ResponseCache(django_itself, VersionWatch(commits))
    page = Answer(cached)
    commits.away = True
    clock(30)
    stale = Answer(cached)
    assert (stale.status, stale.how) == (200, "portal; hit; ttl=-30")
    assert stale.body == page.body
    # What was never made, Django answers as it can.
    assert Answer(cached, "/clusters/").how is None
    clock(24 * 60 * 60)
    assert Answer(cached).how is None
    commits.away = False
    clock(2)
    assert Answer(cached).how == "portal; fwd=miss; stored"


def test_a_page_that_many_ask_for_is_made_once():
    asked, may_end = [], threading.Event()

    class Page(list):
        streaming = False

        def close(self):
            pass

    def slow(environ, start_response):
        asked.append(1)
        may_end.wait(10)
        headers = {"Cache-Control": "no-cache", "ETag": '"a"', "Content-Length": "4"}
        start_response("200 OK", list(headers.items()))
        return Page([b"page"])

    class Same:
        def edition(self):
            return "the same"

    cached = ResponseCache(slow, watch=Same())
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(Answer(cached).body))
        for _number in range(5)
    ]
    for thread in threads:
        thread.start()
    while not asked:
        pass
    may_end.set()
    for thread in threads:
        thread.join()
    assert answers == [b"page"] * 5
    assert len(asked) == 1


@pytest.mark.parametrize("header", ["Accept-Language", "Accept", "Origin"])
def test_what_depends_on_more_than_the_key_says_is_not_kept(django_itself, header):
    def varying(environ, start_response):
        def start(status, headers, *error):
            vary = f"{dict(headers).get('Vary', 'Cookie')}, {header}"
            headers = [*(pair for pair in headers if pair[0] != "Vary"), ("Vary", vary)]
            return start_response(status, headers, *error)

        return django_itself(environ, start)

    cached = ResponseCache(varying, VersionWatch(Commits()))
    assert [Answer(cached).how for _time in range(2)] == [None, None]


def test_pages_used_last_stay_and_the_limit_holds(cached):
    page = response_cache.Page("now", "200 OK", [("ETag", '"a"')], b"x" * 1000)
    pages = Pages(limit=3 * page.size)
    for key in "abc":
        pages.put(key, page)
    pages.get("a")
    pages.put("d", page)
    pages.put("d", page)
    assert {key for key in "abcd" if pages.get(key)} == {"a", "c", "d"}


def test_processes_share_pages(django_itself):
    first, second = (
        ResponseCache(django_itself, VersionWatch(Commits()), SharedPages())
        for _process in range(2)
    )
    made, given = Answer(first), Answer(second)
    assert (made.how, given.how) == ("portal; fwd=miss; stored", "portal; hit")
    assert given.body == made.body
    assert django_itself.asked == 1
    make_country(name="Chile")
    assert b"Chile" in Answer(second).body


def test_a_shared_memory_that_is_away_costs_nothing(settings, django_itself):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # Nobody listens there.
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    cached = ResponseCache(django_itself, VersionWatch(Commits()), SharedPages())
    assert [Answer(cached).status for _time in range(3)] == [200] * 3
