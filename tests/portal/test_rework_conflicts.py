"""Drafts beside public records that others change meanwhile."""

import pytest

from events.models import NewsItem
from portal.history import recording
from portal.publishing.drafts import Rework
from tests import back_office, factories
from tests.reworking import address, begin, draft, move, stored

pytestmark = pytest.mark.django_db


def test_a_draft_that_somebody_saved_meanwhile_is_not_written_over(
    admin_client, client
):
    other = factories.make_staff("bob", superuser=True)
    item = factories.make_news_item(title="Before")
    mine = back_office.form_values(begin(admin_client, item))
    client.force_login(other)
    draft(client, item, title="Theirs")

    answer = admin_client.post(address(item, "rework"), {**mine, "title": "Mine"})

    (error,) = back_office.errors_of(answer)
    assert error["__all__"] == [
        "Nothing is saved yet; read above what has changed meanwhile."
    ]
    assert told(answer) == [("Title", "Theirs", "Mine", "bob")]
    page = answer.content.decode()
    assert page.count("bob saved it on") == 1
    assert "admin saved it" not in page
    assert back_office.form_values(answer)["title"] == ["Mine"]
    assert Rework.objects.get().snapshot[""]["title"] == "Theirs"

    again = {**back_office.form_values(answer), "title": "Mine"}
    assert admin_client.post(address(item, "rework"), again).status_code == 302
    assert Rework.objects.get().snapshot[""]["title"] == "Mine"


def told(response):
    """Return what the page tells of each value: field, now, typed, by whom."""
    return [
        (
            difference.change.label,
            "".join(part.text for part in difference.change.after),
            difference.typed,
            difference.hand and difference.hand.name,
        )
        for difference in response.context["clash"].differences
    ]


def test_who_saved_a_draft_without_a_change_is_told_as_well(admin_client, client):
    other = factories.make_staff("bob", superuser=True)
    item = factories.make_news_item(title="Before")
    mine = back_office.form_values(begin(admin_client, item))
    client.force_login(other)
    draft(client, item)

    answer = admin_client.post(address(item, "rework"), {**mine, "title": "Mine"})

    (error,) = back_office.errors_of(answer)
    (text,) = error["__all__"]
    assert text.startswith("bob saved this draft on")
    assert text.endswith("Your text differs from the saved draft in: Title.")


def test_who_changed_the_public_version_is_not_taken_for_who_saved_the_draft(
    admin_client, client
):
    bob, eve = (factories.make_staff(name, superuser=True) for name in ("bob", "eve"))
    item = factories.make_news_item(title="Before", summary="Before")
    mine = back_office.form_values(begin(admin_client, item))
    with recording(eve):
        item.summary = "Hers"
        item.save()

    answer = admin_client.post(address(item, "rework"), {**mine, "title": "Mine"})
    assert told(answer) == [("Summary", "Hers", None, "eve")]
    client.force_login(bob)
    draft(client, item, title="Theirs")
    answer = admin_client.post(address(item, "rework"), {**mine, "title": "Mine"})

    assert sorted(told(answer)) == [
        ("Summary", "Hers", None, "eve"),
        ("Title", "Theirs", "Mine", "bob"),
    ]


def test_nobody_publishes_another_draft_than_they_compared(admin_client):
    item = factories.make_news_item(title="Before")
    compared = draft(admin_client, item, title="Compared").revision
    draft(admin_client, item, title="Later")

    response = move(admin_client, item, "publish", revision=compared)

    assert "look at it again" in back_office.messages_of(response)[-1]
    assert stored(item).title == "Before"


def test_changes_of_other_fields_of_the_record_are_kept(admin_client):
    item = factories.make_news_item(title="Before", body="<p>Before</p>")
    draft(admin_client, item, title="Draft")
    NewsItem.objects.filter(pk=item.pk).update(body="<p>Live</p>")

    page = admin_client.get(address(item, "rework"))
    assert back_office.form_values(page)["body"] == ["<p>Live</p>"]
    move(admin_client, item, "publish")

    assert (stored(item).title, stored(item).body) == ("Draft", "<p>Live</p>")


def conflicting(client):
    """Return a record that changed in the same two fields as its draft."""
    item = factories.make_news_item(title="Before", summary="Before")
    draft(client, item, title="Draft", summary="Draft", body="Draft")
    NewsItem.objects.filter(pk=item.pk).update(title="Live", summary="Live")
    return item


def test_a_draft_whose_fields_have_changed_is_refused_and_compared(admin_client):
    item = conflicting(admin_client)

    response = move(admin_client, item, "publish")

    assert "has changed meanwhile" in back_office.messages_of(response)[-1]
    assert (stored(item).title, stored(item).body) == ("Live", "")
    content = response.content.decode()
    for text in ("<del>Live</del>", "<ins>Draft</ins>", "Which stays: Title"):
        assert text in content
    assert "Publish now" not in content


def test_of_each_conflict_one_chooses_what_stays(admin_client):
    item = conflicting(admin_client)
    rework = Rework.objects.get()

    page = admin_client.post(
        address(item, "rework_resolve"),
        {
            "revision": rework.revision,
            "conflict::title": "live",
            "conflict::summary": "draft",
        },
        follow=True,
    )
    assert "Which stays" not in page.content.decode()
    move(admin_client, item, "publish")

    published = stored(item)
    assert (published.title, published.summary, published.body) == (
        "Live",
        "Draft",
        "<p>Draft</p>",
    )


def test_a_draft_that_contradicts_the_record_leads_to_the_comparison(admin_client):
    cluster = factories.make_cluster()
    label = factories.make_label(cluster=cluster)
    draft(admin_client, cluster, name="Draft")
    other = factories.make_cluster(country=cluster.country, name="Taken")
    rework = Rework.objects.get()
    rework.snapshot[""]["name"] = other.name
    rework.save()

    page = admin_client.get(address(cluster, "rework"), follow=True)

    assert page.redirect_chain == [(address(cluster, "rework_compare"), 302)]
    response = move(admin_client, cluster, "publish")
    assert "already lists that cluster" in " ".join(back_office.messages_of(response))
    assert label in cluster.labels.all()
