"""What a draft says is read by nobody but who writes it or has its link."""

import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.test import Client

from clusters.models import Cluster
from countries.models import CountrySection
from partnerships.index import live_partnerships
from partnerships.models import Partnership
from portal.content_version import current_version, forget, kept
from portal.publishing import reworking
from portal.publishing.drafts import Rework
from portal.publishing.models import Publishable
from portal.publishing.previews import preview_address
from portal.publishing.rehearsals import rehearsal, rehearse, show
from portal.publishing.snapshots import RECORD, take
from tests import factories
from tests.portal.linked_records import make_linked_records
from tests.portal.test_pages import addresses

SECRET = "SECRET"
MORE_ADDRESSES = (
    "/events/?past=1",
    "/events/?view=month&month=2030-05",
    "/events/calendar.ics",
    "/events/atom.xml",
    "/achievements/atom.xml",
    "/news/atom.xml",
    f"/search/?q={SECRET}",
    f"/search/suggest?q={SECRET}",
    f"/partnerships/?q={SECRET}",
    f"/clusters/?q={SECRET}",
    "/partnerships/?format=csv",
    "/partnerships/?format=json",
    "/clusters/?format=csv",
    "/events/?format=csv",
    "/achievements/?format=csv",
    "/news/?format=csv",
    "/sitemap.xml",
    *(
        f"/api/v1/{name}/"
        for name in (
            *("countries", "clusters", "labels", "partnerships"),
            *("events", "achievements", "news", "sources"),
        )
    ),
)
# The pages of data sets tell of which version of the content they are.
VERSION = re.compile(r"\b[0-9a-f]{4,}\.\d+\.\d{8}T\d{6}Z")
# What says when an answer was made.
CHANGING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?[^\s<\"]*"
    r"|\d+ \w+ \d{4}, [\d:]+ [ap]\.m\. \w+"
)


def reworked(records):
    """Begin drafts in which each text of each record says a secret."""
    for record in records:
        if not isinstance(record, Publishable):
            continue
        rework = reworking.start(record, None)
        snapshot = {key: dict(part) for key, part in rework.snapshot.items()}
        for name in ("name", "title", "lead", "summary", "intro", "acronym", "city"):
            if name in snapshot[RECORD]:
                snapshot[RECORD][name] = f"{SECRET} {record.pk}"
        if isinstance(record, Partnership):
            snapshot[RECORD]["generation"] = 77
            del snapshot[next(key for key in snapshot if key != RECORD)]
        if isinstance(record, Cluster):
            snapshot["former_names/-1"] = {
                "name": f"Former {SECRET}",
                "until": None,
                "until_precision": "day",
            }
        Rework.objects.filter(pk=rework.pk).update(snapshot=snapshot)
    begun = list(Rework.objects.all())
    assert begun
    return begun


def public_answers(records):
    visitor = Client()
    answers = {}
    for address in [*addresses(records).values(), *MORE_ADDRESSES]:
        response = visitor.get(address)
        content = b"".join(response) if response.streaming else response.content
        text = content.decode(errors="replace")
        answers[address] = VERSION.sub("", CHANGING.sub("", text))
    return answers


def assert_public_reads(records, before):
    for address, content in public_answers(records).items():
        named = content.replace(f"q={SECRET}", "").replace(f"q%3D{SECRET}", "")
        named = named.replace(f'value="{SECRET}"', "")
        named = re.sub(rf"(Search: (<bdi>)?|“|\"){SECRET}\b", "", named)
        assert SECRET not in named, address
        assert content == before[address], address


@pytest.fixture
def records(db):
    made = make_linked_records()
    country = made[0]
    # Real enough for the strict check.
    country.iso2, country.iso3 = "QX", "QXX"
    country.save()
    return (country, *made[1:], CountrySection.objects.get(country=country))


@pytest.mark.parametrize("ahead", ["cold", "warm"])
def test_drafts_and_rehearsals_change_nothing_that_the_public_reads(records, ahead):
    public = records[:7]
    before = public_answers(public)
    reworks = reworked(records)
    assert_public_reads(public, before)
    if ahead == "cold":
        forget()
        live_partnerships.index = live_partnerships.version = None

    for rework in reworks:
        address = preview_address(rework.record, rework)
        page = Client().get(address)
        assert SECRET in page.content.decode(), address
        with rehearsal():
            rehearse(rework, rework.record)
            # Whatever asks in the rehearsal itself is told what the draft says.
            rehearsed = "".join(public_answers(public).values())
            assert f"{SECRET} {rework.record.pk}" in rehearsed

    assert_public_reads(public, before)


def test_a_write_after_a_rehearsal_brings_nothing_of_it_to_light(records):
    """The next write of all gets the number that the rehearsal had."""
    public = records[:7]
    before = public_answers(public)
    for rework in reworked(records):
        Client().get(preview_address(rework.record, rework))
        factories.make_cluster(status="draft", country=records[0])
        assert_public_reads(public, before)


def test_the_secrets_show_once_the_drafts_are_published(records):
    """Proves that the tests above would notice a leak."""
    public = records[:7]
    before = public_answers(public)
    for rework in reworked(records):
        reworking.publish(rework, None)

    after = public_answers(
        [type(record).objects.get(pk=record.pk) for record in public]
    )

    changed = {address for address in before if after[address] != before[address]}
    silent = {
        *("/partnerships/match/", "/about/", "/accessibility/", "/privacy/"),
        *("/api/docs/", "/sitemap.xml", "/api/v1/labels/", "/api/v1/sources/"),
        # It tells of the fields, and of which version their file is.
        *("/clusters/labels/", "/data/partnerships/"),
        *(address for address in before if address.startswith("/api/reference/")),
    }
    assert set(before) - changed <= silent


def test_a_rehearsal_keeps_nothing_in_memory(db):
    made = []

    @kept
    def names():
        made.append(1)
        return list(Cluster.objects.values_list("name", flat=True))

    cluster = factories.make_cluster(name="Live")
    assert [names(), names()] == [["Live"], ["Live"]]
    with rehearsal():
        Cluster.objects.filter(pk=cluster.pk).update(name="Draft")
        versions = {current_version(), current_version()}
        assert [names(), names()] == [["Draft"], ["Draft"]]
        assert live_partnerships.current() is None
    assert len(versions) == 2
    assert current_version() not in versions
    assert names() == ["Live"]
    assert len(made) == 3


def test_a_rehearsal_that_fails_is_undone_as_well(db):
    cluster = factories.make_cluster(name="Live")

    with pytest.raises(ZeroDivisionError), rehearsal():
        Cluster.objects.filter(pk=cluster.pk).update(name="Draft")
        raise ZeroDivisionError

    assert Cluster.objects.get().name == "Live"
    assert take(cluster)[RECORD]["name"] == "Live"


def test_what_a_record_is_a_part_of_counts_as_published_in_a_preview(db):
    country = factories.make_country(status="draft")
    cluster = factories.make_cluster(country=country, status="in_review")

    with rehearsal():
        show(cluster)
        assert Cluster.objects.published().get() == cluster

    assert not Cluster.objects.published().exists()


@contextmanager
def a_database_of_files(path):
    """Let several connections read and write, as those of a site do.

    That of the tests of SQLite is in memory, where readers wait for who writes.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    original = connection.connection
    settings = connection.settings_dict
    name = settings["NAME"]
    copy = sqlite3.connect(path)
    original.backup(copy)
    copy.close()
    settings["NAME"] = str(path)
    # The original stays open, or the database in memory would be gone.
    connection.connection = None
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = name
        connection.connection = original


def in_threads(number, function):
    """Call a function in threads with connections of their own; return what came."""

    def run():
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as executor:
        futures = [executor.submit(run) for _ in range(number)]
        return [future.result(timeout=120) for future in futures]


@pytest.mark.django_db(transaction=True)
def test_during_a_rehearsal_others_read_what_is_public(tmp_path):
    with a_database_of_files(tmp_path / "site.sqlite3"):
        made = make_linked_records()
        forget()
        before = public_answers(made)
        reworks = reworked(made)

        with rehearsal():
            for rework in reworks:
                rehearse(rework, rework.record)
            assert SECRET in "".join(public_answers(made).values())
            in_threads(1, lambda: assert_public_reads(made, before))

        assert_public_reads(made, before)


@pytest.mark.django_db(transaction=True)
def test_what_is_due_is_published_once_however_many_ask(tmp_path):
    with a_database_of_files(tmp_path / "site.sqlite3"):
        item = factories.make_news_item(title="Before")
        rework = reworking.start(item, None)
        snapshot = {RECORD: rework.snapshot[RECORD] | {"title": "After"}}
        Rework.objects.filter(pk=rework.pk).update(
            snapshot=snapshot, state="approved", publish_at="2020-01-01T00:00Z"
        )
        forget()
        together = threading.Barrier(4)

        def ask():
            together.wait()
            return Client().get("/news/").content

        seen = in_threads(4, ask)

        assert [b"After" in content for content in seen] == [True] * 4
        item.refresh_from_db()
        assert item.title == "After"
        assert not Rework.objects.exists()
