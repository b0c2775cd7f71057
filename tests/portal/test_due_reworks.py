"""Drafts beside public records that are published at a time."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from events.models import NewsItem
from portal.content_version import current_version, one_version
from portal.publishing import reworking
from portal.publishing.drafts import Rework
from tests import back_office, factories
from tests.reworking import (
    address,
    approve,
    draft,
    move,
    sign_in_editor,
    stored,
)

pytestmark = pytest.mark.django_db
State = Rework.State


@pytest.fixture
def editor(client):
    return sign_in_editor(client)


@pytest.fixture
def clock(monkeypatch):
    """Return a function that moves the time on."""
    real, moved = timezone.now, [datetime.timedelta()]
    monkeypatch.setattr("django.utils.timezone.now", lambda: real() + moved[0])

    def advance(**duration):
        moved[0] += datetime.timedelta(**duration)

    return advance


def test_an_approved_draft_is_public_from_its_time_on(admin_client, admin_user, clock):
    item = factories.make_news_item(title="Before")
    other = factories.make_news_item(title="Other")
    draft(admin_client, item, title="After")
    page = approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    assert "admin approved it; it becomes public on" in page.content.decode()
    visitor = Client()
    assert b"After" not in visitor.get("/news/").content

    clock(minutes=59)
    assert b"After" not in visitor.get("/news/").content
    clock(minutes=1, seconds=1)
    # Whatever page is asked for first.
    visitor.get(other.get_absolute_url())

    assert (stored(item).title, stored(item).updated_by) == ("After", admin_user)
    assert b"After" in visitor.get("/news/").content
    assert not Rework.objects.exists()


@pytest.mark.parametrize(
    "asked",
    ["/", "/news/", "/news/atom.xml", "/api/v1/news/", "/search/?q=After", "page"],
)
def test_the_first_answer_after_the_moment_is_right(admin_client, clock, asked):
    item = factories.make_news_item(title="Before", date=timezone.localdate())
    draft(admin_client, item, title="After the change")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    page = item.get_absolute_url() if asked == "page" else asked
    Client().get(page)

    clock(hours=1, seconds=1)

    content = Client().get(page).content.decode()
    assert "After the change" in content.replace("<mark>", "").replace("</mark>", "")
    assert "Before" not in content


def test_the_first_list_after_the_moment_is_right_where_an_index_answers(
    admin_client, clock
):
    item = factories.make_partnership(name="Before")
    draft(admin_client, item, name="After the change")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    assert "Before" in Client().get("/partnerships/").content.decode()

    clock(hours=1, seconds=1)

    content = Client().get("/partnerships/").content.decode()
    assert "After the change" in content
    assert "Before" not in content


def test_a_due_draft_changes_the_version_of_the_content(admin_client, clock):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")
    before = current_version()
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    approved = current_version()
    clock(hours=1, seconds=1)
    first, second = current_version(), current_version()

    # What is due may be made at any moment, so nothing is kept meanwhile.
    assert len({before, approved, first, second}) == 4
    with one_version():
        reworking.publish_due()
        assert current_version() not in {before, approved, first, second}
        assert current_version() == current_version()


def test_a_due_draft_that_is_no_longer_valid_breaks_no_page(admin_client, clock):
    cluster = factories.make_cluster(name="Before")
    draft(admin_client, cluster, name="After")
    approve(admin_client, cluster, timezone.now() + datetime.timedelta(hours=1))
    factories.make_cluster(country=cluster.country, name="After")
    clock(hours=1, seconds=1)

    response = Client().get(cluster.get_absolute_url())

    assert response.status_code == 200
    assert b"Before" in response.content
    rework = Rework.objects.failed().get()
    assert "already lists that cluster" in rework.problem
    page = admin_client.get(address(cluster, "rework_compare")).content.decode()
    assert "It could not be published on" in page
    assert "already lists that cluster" in page
    # It is not tried again.
    assert Client().get(cluster.get_absolute_url()).status_code == 200


def test_a_due_draft_that_meets_a_changed_record_waits_for_a_person(
    admin_client, clock
):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    NewsItem.objects.filter(pk=item.pk).update(title="Live")
    clock(hours=1, seconds=1)

    assert b"Live" in Client().get("/news/").content
    assert "has changed meanwhile" in Rework.objects.failed().get().problem


def test_a_failure_that_nobody_foresaw_breaks_no_page(admin_client, clock, caplog):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    rework = Rework.objects.get()
    rework.snapshot[""]["date"] = "no date"
    rework.save()
    clock(hours=1, seconds=1)

    assert Client().get("/news/").status_code == 200
    assert Rework.objects.failed().exists()
    assert stored(item).title == "Before"
    assert "could not be published" in caplog.text


def test_a_draft_of_what_is_off_the_site_by_then_is_not_published(admin_client, clock):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    NewsItem.objects.filter(pk=item.pk).unpublish()
    clock(hours=1, seconds=1)

    Client().get("/news/")

    assert Rework.objects.failed().get().problem == (
        "The record was no longer on the site at that time."
    )
    assert (stored(item).title, stored(item).status) == ("Before", "draft")


def test_a_publication_can_be_called_off(admin_client, clock):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    move(admin_client, item, "call_off")
    clock(hours=2)

    Client().get("/news/")

    assert stored(item).title == "Before"
    assert Rework.objects.get().state == State.DRAFT


def test_a_time_that_has_passed_is_refused(admin_client):
    item = factories.make_news_item()
    draft(admin_client, item, title="After")

    response = approve(admin_client, item, timezone.now() - datetime.timedelta(hours=1))

    assert "This time has passed" in back_office.messages_of(response)[-1]
    assert Rework.objects.get().state == State.DRAFT


def test_an_incomplete_draft_cannot_be_approved(admin_client):
    item = factories.make_news_item()
    draft(admin_client, item, summary="")

    response = approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))

    assert "Needed before it is published" in back_office.messages_of(response)[-1]
    assert Rework.objects.get().state == State.DRAFT


def test_an_editor_who_changes_an_approved_draft_calls_it_off(
    client, editor, admin_client
):
    item = factories.make_news_item(title="Before")
    draft(client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    rework = Rework.objects.get()
    refused = client.post(
        address(item, "rework_move", "discard"), {"revision": rework.revision}
    )
    assert refused.status_code == 403

    draft(client, item, title="Something else")

    assert Rework.objects.get().state == State.DRAFT


def test_a_command_publishes_what_is_due(admin_client, clock, capsys):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    call_command("apply_due_reworks")
    assert capsys.readouterr().out == "0 published, 0 failed.\n"
    clock(hours=1, seconds=1)

    call_command("apply_due_reworks")

    assert capsys.readouterr().out == "1 published, 0 failed.\n"
    assert stored(item).title == "After"


def test_the_command_tells_of_failures(admin_client, clock):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    NewsItem.objects.filter(pk=item.pk).unpublish()
    clock(hours=1, seconds=1)

    with pytest.raises(CommandError):
        call_command("apply_due_reworks")
