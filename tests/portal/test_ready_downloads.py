"""Large downloads, kept as files for as long as the content stays the same."""

import gzip
import json
from tempfile import SpooledTemporaryFile

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnerships.models import Partnership
from portal import ready_downloads
from portal.content_version import current_version, forget
from portal.ready_downloads import ReadyFiles, offer
from tests.factories import make_country, make_partnership

pytestmark = pytest.mark.django_db
DOWNLOADS = [
    "/partnerships/?format=csv",
    "/partnerships/?format=json",
    "/clusters/?format=csv",
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


def test_a_copy_that_is_held_is_still_told_so(client):
    make_partnership()
    for _round in range(3):
        etag = fetch(client, "/data/partnerships.csv")[0]["ETag"]
    answer = client.get("/data/partnerships.csv", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_what_is_ready_counts_as_a_download(client, settings):
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
    assert b"".join(files.written(version, "key", parts())) == b"oldnew"
    assert files.get(version, "key") is None


def test_a_full_disk_stops_no_download(files, monkeypatch):
    def refuse(*_part):
        raise OSError(28, "No space left on device")

    make_partnership(acronym="ALPHA")
    monkeypatch.setattr(SpooledTemporaryFile, "write", refuse)
    for _round in range(2):
        assert b"ALPHA" in fetch(Client(), "/data/partnerships.csv")[1]
    assert not files._files


def test_small_downloads_and_those_without_room_are_not_kept(monkeypatch):
    monkeypatch.setattr(ready_downloads, "SMALLEST", 10)
    files, version = ReadyFiles(limit=30), current_version()

    def sent(key, size):
        list(files.written(version, key, [b"x"] * size))
        return files.get(version, key) is not None

    assert [sent(size, size) for size in (9, 10, 30, 31)] == [False, True, True, False]


def test_the_one_asked_for_the_longest_ago_makes_room():
    files, version = ReadyFiles(limit=30), current_version()
    for key in "ab":
        list(files.written(version, key, [b"x" * 10]))
    files.get(version, "a")
    list(files.written(version, "c", [b"x" * 15]))
    assert [key for key in "abc" if files.get(version, key)] == ["a", "c"]


def test_another_version_lets_go_of_all_files(files):
    list(files.written(current_version(), "former", [b"x"]))
    forget()
    list(files.written(current_version(), "present", [b"y"]))
    assert list(files._files) == ["present"]


def test_several_read_a_file_at_once(files):
    version, body = current_version(), bytes(range(256)) * 4096
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
