"""Who writes what a publisher makes public meanwhile loses no text, and saves nothing."""

import pytest

from clusters.models import Cluster, FormerName
from events.models import NewsItem
from portal.publishing.drafts import Rework
from tests import back_office, factories
from tests.reworking import address, begin, draft, give, move, sign_in_editor, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in_editor(client)


def opened(client, record):
    return back_office.form_values(client.get(back_office.change_url(record)))


def typed(response):
    return dict(response.context["typed"])


def done(response):
    return [
        (entry.user.get_username(), entry.get_change_message())
        for entry in response.context["done"]
    ]


@pytest.mark.parametrize("status", ["draft", "in_review"])
def test_a_draft_that_is_published_meanwhile_keeps_what_was_typed(
    client, editor, admin_client, status
):
    item = factories.make_news_item(status=status, title="Before", summary="Seen")
    values = opened(client, item)
    back_office.run_action(admin_client, "publish", item)

    response = client.post(
        back_office.change_url(item), {**values, "title": "Mine", "body": "<p>Long</p>"}
    )

    assert response.status_code == 409
    assert stored(item).title == "Before"
    assert done(response) == [("admin", "Moved to “Published”.")]
    assert typed(response) == {"Title": "Mine", "Text": "Long"}
    page = response.content.decode()
    assert "Not saved: “Before” is no longer yours to change." in page
    assert ">Mine</textarea>" in page
    assert f'action="{address(item, "rework_start")}"' in page


def test_rows_that_were_typed_are_kept_as_well(client, editor, admin_client):
    cluster = factories.make_cluster(status="draft")
    give(editor, "add_formername", "change_formername", "view_formername")
    client.force_login(editor)
    FormerName.objects.create(cluster=cluster, name="Left")
    FormerName.objects.create(cluster=cluster, name="Changed")
    values = opened(client, cluster)
    (number,) = (
        name.removesuffix("-name")
        for name, value in values.items()
        if value == ["Changed"]
    )
    Cluster.objects.all().publish()

    response = client.post(
        back_office.change_url(cluster), {**values, f"{number}-name": "Mine"}
    )

    assert typed(response) == {"former name: Name": "Mine"}
    assert done(response) == []
    assert not FormerName.objects.filter(name="Mine").exists()


def test_what_is_archived_meanwhile_is_not_reworked(client, editor, admin_client):
    item = factories.make_news_item(status="draft")
    values = opened(client, item)
    back_office.run_action(admin_client, "archive", item, post="yes")

    response = client.post(back_office.change_url(item), {**values, "title": "Mine"})

    assert done(response) == [("admin", "Moved to “Archived”.")]
    assert "Rework as a draft" not in response.content.decode()


def test_a_part_tells_of_the_record_that_was_published(client, editor, admin_client):
    give(editor, "view_escalabel", "change_escalabel")
    client.force_login(editor)
    label = factories.make_label(cluster=factories.make_cluster(status="draft"))
    values = opened(client, label)
    back_office.run_action(admin_client, "publish", label.cluster)

    response = client.post(back_office.change_url(label), {**values, "level": "gold"})

    assert typed(response) == {"Level": "Gold"}
    assert done(response) == [("admin", "Moved to “Published”.")]
    assert address(label.cluster, "rework_start") in response.content.decode()
    assert stored(label).level == label.level


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("publish", "Draft of a change: Publish now."),
        ("discard", "Draft of a change: Discard the draft."),
    ],
)
def test_a_draft_of_a_change_that_is_gone_keeps_what_was_typed(
    client, editor, admin_client, name, told
):
    item = factories.make_news_item(title="Before")
    draft(client, item, title="Handed in")
    values = back_office.form_values(client.get(address(item, "rework")))
    move(admin_client, item, name)

    response = client.post(address(item, "rework"), {**values, "title": "Mine"})

    assert response.status_code == 409
    assert typed(response) == {"Title": "Mine"}
    assert done(response) == [("admin", told)]
    page = response.content.decode()
    assert "is no longer there. It was published or discarded." in page
    assert f'action="{address(item, "rework_start")}"' in page
    assert stored(item).title != "Mine"
    assert not Rework.objects.exists()


def test_nothing_is_told_to_who_may_not_see_the_record(client, editor, admin_client):
    item = factories.make_news_item(status="draft")
    values = opened(client, item)
    NewsItem.objects.all().publish()
    client.force_login(factories.make_staff("stranger"))

    assert client.post(back_office.change_url(item), values).status_code == 403


def test_a_form_of_no_version_is_refused_as_before(client, editor, admin_client):
    item = factories.make_news_item()
    begin(client, item)
    Rework.objects.all().delete()

    assert client.post(back_office.change_url(item)).status_code == 403
    assert client.post(address(item, "rework")).status_code == 302
