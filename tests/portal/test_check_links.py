"""The command that checks links: what it stores, and that it can be stopped."""

import datetime
import tempfile
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from portal.links import all_addresses, take_stock
from portal.management.commands import check_links
from portal.models import CheckedLink, ContentVersion
from portal.partial_dates import today
from portal.single_run import only_run
from tests.factories import (
    make_achievement,
    make_cluster,
    make_event,
    make_news_item,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
    make_source,
)
from tests.portal.test_link_checker import make_checker
from tests.web_server import serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_locks(monkeypatch, tmp_path):
    """Let no test beside this one, whose database has the same name, hold its lock."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def server(monkeypatch):
    checker = staticmethod(make_checker)
    monkeypatch.setattr(check_links.Command, "make_checker", checker)
    with serving() as server:
        yield server


def run(**options):
    out = StringIO()
    call_command("check_links", stdout=out, **options)
    return out.getvalue().strip()


def paths_asked(server):
    return [path for path in server.asked if path != "/robots.txt"]


def test_every_field_and_text_that_leads_somewhere_is_looked_at():
    link = '<p><a href="https://{0}.example/?a=1&amp;b">Words</a></p>'
    make_source(url="https://source.example/")
    make_organisation(website="https://organisation.example/")
    make_report(url="https://report.example/")
    make_cluster(website="https://cluster.example/")
    make_partnership(website="https://partnership.example/")
    make_event(
        website="https://event.example/",
        registration_url="https://registration.example/",
    )
    make_achievement(
        proof_url="https://proof.example/", body=link.format("achievement")
    )
    make_news_item(source_url="https://news.example/", body=link.format("body"))
    make_section(
        lead=link.format("lead"),
        rest=f'{link.format("rest")}<a href="mailto:a@b.example">M</a>'
        '<a href="/clusters/">Own</a>',
    )
    names = {
        *("source", "organisation", "report", "cluster", "partnership", "event"),
        *("registration", "proof", "news"),
    }
    texts = {"achievement", "body", "lead", "rest"}
    assert all_addresses() == {f"https://{name}.example/" for name in names} | {
        f"https://{name}.example/?a=1&b" for name in texts
    }


def test_answers_are_stored_and_reach_the_cluster(server):
    good = make_cluster(website=f"{server.address}/good")
    bad = make_cluster(website=f"{server.address}/404")
    assert run() == "2 of 2 addresses asked, 1 fail."
    links = {link.address: link for link in CheckedLink.objects.all()}
    reached, failing = links[good.website], links[bad.website]
    assert (reached.status, reached.reason) == (200, "")
    assert (reached.last_ok_on, reached.first_failed_at) == (today(), None)
    assert (failing.status, failing.reason) == (404, "It answers 404 Not Found.")
    assert failing.last_ok_on is None
    assert failing.first_failed_at == failing.checked_at
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.website_reachable_on == today()
    assert bad.website_reachable_on is None


def test_a_link_keeps_since_when_it_fails_and_forgets_when_it_is_well(server):
    make_source(url=f"{server.address}/404")
    make_source(url=f"{server.address}/fine")
    since = timezone.now() - datetime.timedelta(days=9)
    take_stock()
    CheckedLink.objects.update(first_failed_at=since, checked_at=since)
    run()
    failing = CheckedLink.objects.get(address__endswith="404")
    well = CheckedLink.objects.get(address__endswith="fine")
    assert failing.first_failed_at == since
    assert well.first_failed_at is None


def test_the_command_takes_up_where_it_was_stopped(server):
    for name in "abcd":
        make_source(url=f"{server.address}/{name}")
    assert run(limit=3) == "3 of 4 addresses asked, 0 fail."
    assert run(limit=3) == "1 of 4 addresses asked, 0 fail."
    assert run() == "0 of 4 addresses asked, 0 fail."
    assert sorted(paths_asked(server)) == ["/a", "/b", "/c", "/d"]


def test_what_was_asked_longest_ago_comes_first(server):
    for name in "abc":
        make_source(url=f"{server.address}/{name}")
    take_stock()
    now = timezone.now()
    for name, days in (("a", 20), ("b", 40), ("c", 1)):
        CheckedLink.objects.filter(address__endswith=f"/{name}").update(
            checked_at=now - datetime.timedelta(days=days)
        )
    run(limit=1)
    assert paths_asked(server) == ["/b"]
    run()
    assert paths_asked(server) == ["/b", "/a"]
    run(older_than=0)
    assert sorted(paths_asked(server)[2:]) == ["/a", "/b", "/c"]


def test_addresses_that_nobody_leads_to_any_more_are_forgotten():
    source = make_source(url="https://gone.example/")
    take_stock()
    source.delete()
    take_stock()
    assert not CheckedLink.objects.exists()


def test_what_robots_must_not_read_is_not_called_failing(server):
    make_source(url=f"{server.address}/private")
    assert run() == "1 of 1 addresses asked, 0 fail."
    link = CheckedLink.objects.get()
    assert "robots.txt" in link.reason
    assert link.first_failed_at is None
    assert link.last_ok_on is None


def test_checking_again_on_one_day_does_not_change_the_content(server):
    make_cluster(website=f"{server.address}/good")
    run()
    before = ContentVersion.objects.current()
    run(older_than=0)
    assert ContentVersion.objects.current() == before


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_do_the_work_once(server):
    import threading

    from django.db import connection

    make_source(url=f"{server.address}/a")
    said = []

    def run_beside():
        said.append(run())
        connection.close()

    with only_run("check_links") as is_free:
        assert is_free
        other = threading.Thread(target=run_beside)
        other.start()
        other.join()
    assert said == ["Another run is under way; this one does nothing."]
    assert run() == "1 of 1 addresses asked, 0 fail."
