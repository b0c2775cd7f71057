"""Large downloads, kept as files for as long as the content stays the same."""

import datetime
import gzip
import json
import resource
import signal
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partnerships.models import Partnership
from portal import ready_downloads
from portal.content_version import current_version, forget
from portal.ready_downloads import ReadyDownloadsMiddleware, ReadyFiles, offer
from tests.factories import make_country, make_partnership

pytestmark = pytest.mark.django_db
DOWNLOADS = [
    "/partnerships/?format=csv",
    "/partnerships/?format=json",
    "/data/partnerships.csv",
    "/data/partnerships.json",
    "/data/partnerships.jsonl",
]


@pytest.fixture(autouse=True)
def files(monkeypatch):
    """Keep every download, however small."""
    files = ReadyFiles()
    monkeypatch.setattr(ready_downloads, "ready_files", files)
    monkeypatch.setattr(ready_downloads, "SMALLEST", 1)
    return files


def fetch(client, address, **headers):
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response, response.getvalue()


@pytest.mark.parametrize("address", DOWNLOADS)
def test_who_asks_again_gets_the_same_without_a_row_being_read(client, address):
    make_partnership(acronym="ALPHA")
    first, body = fetch(client, address)
    with CaptureQueriesContext(connection) as queries:
        again, same = fetch(client, address)
    assert same == body
    assert "Content-Length" not in first
    assert again["Content-Length"] == str(len(body))
    unlike = {"Content-Length", "Last-Modified"}
    told = {name: value for name, value in again.items() if name not in unlike}
    assert told == {name: v for name, v in first.items() if name not in unlike}
    assert not any('"partnerships_partnership"."name"' in str(q) for q in queries)


@pytest.mark.parametrize("address", DOWNLOADS)
def test_an_edit_shows_at_once(client, address):
    partnership = make_partnership(acronym="ALPHA")
    _response, body = fetch(client, address)
    Partnership.objects.filter(pk=partnership.pk).update(acronym="OMEGA")
    _response, edited = fetch(client, address)
    assert (b"ALPHA" in edited, b"OMEGA" in edited) == (False, b"ALPHA" in body)


def test_compressed_and_plain_are_kept_apart(client):
    make_partnership(acronym="ALPHA")
    address = "/data/partnerships.csv"
    _response, plain = fetch(client, address)
    for _round in range(2):
        response, body = fetch(client, address, accept_encoding="gzip")
        assert response["Content-Encoding"] == "gzip"
        assert response["ETag"].startswith("W/")
        assert gzip.decompress(body) == plain
        assert fetch(client, address)[1] == plain
    assert response["Content-Length"] == str(len(body))


def test_addresses_hosts_and_filters_are_kept_apart(client, settings):
    settings.ALLOWED_HOSTS = ["one.test", "two.test"]
    mexico = make_country(iso2="MX")
    make_partnership([mexico], acronym="ALPHA")
    make_partnership(acronym="OMEGA")
    for host in ("one.test", "two.test"):
        for _round in range(2):
            whole = fetch(client, "/partnerships/?format=csv", host=host)[1]
            some = fetch(client, "/partnerships/?target=MX&format=csv", host=host)[1]
            assert b"OMEGA" in whole
            assert b"OMEGA" not in some
            assert f"://{host}/".encode() in some


@pytest.mark.parametrize("address", DOWNLOADS)
def test_a_copy_that_is_held_is_told_so_until_something_changes(client, address):
    partnership = make_partnership()
    for _round in range(3):
        etag = fetch(client, address)[0]["ETag"]
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert not any("partnerships_partnership" in str(q) for q in queries)
    Partnership.objects.filter(pk=partnership.pk).update(name="Renamed")
    answer = client.get(address, headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert answer["ETag"] != etag


def test_what_is_ready_counts_as_a_download(client, settings):
    cache.clear()
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"export": 3}
    make_partnership()
    address = "/partnerships/?format=csv"
    statuses = [client.get(address).status_code for _request in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_what_only_some_may_see_is_not_kept(client, admin_client, files):
    """Of the back office nothing is, and HEAD has no body to keep."""
    make_partnership()
    address = "/admin/partnerships/partnership/export/csv/"
    assert admin_client.get(address, secure=True).getvalue()
    client.head("/data/partnerships.csv").getvalue()
    assert not files._files


def test_who_leaves_half_way_leaves_nothing(files, monkeypatch):
    monkeypatch.setattr("portal.columnwise.ROWS_AT_A_TIME", 1)
    for _one in range(3):
        make_partnership()
    response = Client().get("/data/partnerships.csv")
    next(iter(response.streaming_content))
    response.close()
    assert not files._files


def test_what_changed_while_it_was_sent_is_not_kept(files):
    partnership = make_partnership()

    def parts():
        yield b"old"
        Partnership.objects.filter(pk=partnership.pk).update(name="New")
        yield b"new"

    version = current_version()
    files.get(version, "key")
    assert b"".join(files.written(version, "key", parts())) == b"oldnew"
    assert files.get(version, "key") is None


@pytest.fixture
def full_disk(monkeypatch):
    """Let no file grow beyond some bytes, as little as a disk without room does."""
    monkeypatch.setattr(ready_downloads, "SMALLEST", 5_000)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, former)


@pytest.mark.parametrize(
    "sizes",
    [[100] * 100, [20_000], [4_900, 2_000, 10], [5_000, 5_000], [1] * 6_001],
)
def test_a_full_disk_stops_no_download(files, full_disk, sizes):
    """Whether a part, the rest of the last ones or closing the file needs the room."""
    version = current_version()
    files.get(version, "key")
    parts = [b"x" * size for size in sizes]
    assert list(files.written(version, "key", parts)) == parts
    assert files.get(version, "key") is None


def test_what_fits_is_kept(files, full_disk):
    version = current_version()
    files.get(version, "key")
    list(files.written(version, "key", [b"x" * 5_500]))
    assert files.get(version, "key").size == 5_500


def test_no_descriptor_is_left_open(client):
    def number():
        return len(list(Path("/dev/fd").iterdir()))

    for _round in range(3):
        before = number()
        for query in "abcdef":
            fetch(client, f"/partnerships/?format=csv&q={query}")
        forget()
        fetch(client, "/partnerships/?format=csv")
    assert number() == before


def test_one_of_several_at_once_is_written(files):
    version = current_version()
    files.get(version, "key")
    first = files.written(version, "key", [b"one", b"two"])
    assert [next(first), next(first)] == [b"one", b"two"]
    assert list(files.written(version, "key", [b"one", b"two"])) == [b"one", b"two"]
    assert files.get(version, "key") is None
    assert list(first) == []
    assert files.get(version, "key").size == 6


def test_only_so_many_are_written_at_a_time(files):
    version = current_version()
    files.get(version, "a")
    waiting = [files.written(version, key, [b"x", b"y"]) for key in "ab"]
    for one in waiting:
        assert [next(one), next(one)] == [b"x", b"y"]
    assert list(files.written(version, "c", [b"x", b"y"])) == [b"x", b"y"]
    for one in waiting:
        list(one)
    assert [key for key in "abc" if files.get(version, key)] == ["a", "b"]


def test_small_ones_that_are_read_slowly_are_in_nobodys_way(monkeypatch):
    monkeypatch.setattr(ready_downloads, "SMALLEST", 3)
    files, version = ReadyFiles(), current_version()
    files.get(version, "a")
    waiting = [files.written(version, key, [b"x", b"y", b"z"]) for key in "abc"]
    for one in waiting:
        assert [next(one), next(one), next(one)] == [b"x", b"y", b"z"]
    list(files.written(version, "d", [b"large"]))
    assert files.get(version, "d").size == 5


def test_a_late_file_of_a_former_version_takes_no_place(files):
    former = current_version()
    files.get(former, "former")
    late = files.written(former, "former", [b"x", b"y"])
    next(late)
    forget()
    present = current_version()
    files.get(present, "present")
    list(files.written(present, "present", [b"z"]))
    list(late)
    assert files.get(present, "present").size == 1


def test_a_database_that_went_away_cuts_no_download(files, monkeypatch):
    version = current_version()
    files.get(version, "key")

    def refuse():
        raise OperationalError

    monkeypatch.setattr(ready_downloads, "version_until", refuse)
    assert list(files.written(version, "key", [b"x"])) == [b"x"]
    assert files.get(version, "key") is None


def test_what_the_clock_withdraws_is_in_no_download(client, monkeypatch):
    until = timezone.now() + datetime.timedelta(hours=1)
    make_partnership(acronym="ALPHA", unpublish_at=until)
    address = "/data/partnerships.csv"
    for _round in range(2):
        assert b"ALPHA" in fetch(client, address)[1]
    monkeypatch.setattr(timezone, "now", lambda: until)
    assert b"ALPHA" not in fetch(client, address)[1]


def test_what_was_overtaken_is_not_kept(files):
    def overtaken(request):
        response = offer(StreamingHttpResponse(["x"]))
        response["Cache-Control"] = "no-store"
        return response

    middleware = ReadyDownloadsMiddleware(overtaken)
    request = RequestFactory().get("/")
    for _round in range(2):
        assert middleware(request).getvalue() == b"x"
    assert not files._files


def test_languages_are_kept_apart(monkeypatch):
    spoken = iter(["en", "fr", "en", "fr"])
    monkeypatch.setattr(ready_downloads, "get_language", lambda: next(spoken))
    texts = iter(["Countries", "Pays"])
    view = ReadyDownloadsMiddleware(
        lambda request: offer(StreamingHttpResponse(next(texts) for _ in "x"))
    )
    request = RequestFactory().get("/")
    sent = [view(request).getvalue() for _language in range(4)]
    assert sent == [b"Countries", b"Pays"] * 2


def test_small_downloads_and_those_without_room_are_not_kept(monkeypatch):
    monkeypatch.setattr(ready_downloads, "SMALLEST", 10)
    files, version = ReadyFiles(limit=30), current_version()

    def sent(key, size):
        files.get(version, key)
        list(files.written(version, key, [b"x"] * size))
        return files.get(version, key) is not None

    assert [sent(size, size) for size in (9, 10, 30, 31)] == [False, True, True, False]


def test_the_one_asked_for_the_longest_ago_makes_room():
    files, version = ReadyFiles(limit=30), current_version()
    files.get(version, "a")
    for key in "ab":
        list(files.written(version, key, [b"x" * 10]))
    files.get(version, "a")
    list(files.written(version, "c", [b"x" * 15]))
    assert [key for key in "abc" if files.get(version, key)] == ["a", "c"]


def test_another_version_lets_go_of_all_files(files):
    version = current_version()
    files.get(version, "former")
    list(files.written(version, "former", [b"x"]))
    assert list(files._files) == ["former"]
    forget()
    files.get(current_version(), "present")
    assert not files._files


def test_several_read_a_file_at_once(files):
    version, body = current_version(), bytes(range(256)) * 4096
    files.get(version, "key")
    list(files.written(version, "key", [body]))
    ready = files.get(version, "key")
    one, two = ready.parts(), ready.parts()
    read = [(next(one), next(two)) for _part in range(4)]
    assert b"".join(first for first, _second in read) == body
    assert b"".join(second for _first, second in read) == body


def test_what_is_offered_is_of_the_version_at_that_time():
    response = offer(StreamingHttpResponse())
    version = current_version()
    forget()
    assert response.content_version == version != current_version()


def test_a_json_file_says_when_it_was_retrieved(client):
    make_partnership()
    address = "/partnerships/?format=json"
    retrieved = [json.loads(fetch(client, address)[1])["retrieved_at"] for _ in "ab"]
    assert retrieved[0] == retrieved[1]
