"""What becomes of the draft of a change when its record is deleted or merged."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clusters.models import Cluster
from events.models import NewsItem
from portal.publishing import reworking
from portal.publishing.drafts import Rework
from portal.publishing.previews import preview_address
from tests import back_office, factories
from tests.reworking import address, approve, draft, move, stored

pytestmark = pytest.mark.django_db
COMES_BACK = "it is beside the record again if that is brought back"


def delete(client, record):
    """Delete a record on its page; return what that says before."""
    page = client.get(back_office.delete_url(record))
    assert client.post(back_office.delete_url(record), {"post": "yes"}).status_code
    assert not type(record).objects.filter(pk=record.pk).exists()
    return page.content.decode()


def restore(client, model, pk):
    """Bring a deleted record back; return what the page says before."""
    version = model.history.filter(id=pk, history_type="-").latest("history_id")
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_restore"
    page = client.get(reverse(name, args=[version.history_id]))
    client.post(reverse(name, args=[version.history_id]))
    assert model.objects.filter(pk=pk).exists()
    return page.content.decode()


def make_country():
    return factories.make_country(iso2="MX", iso3="MEX")


MAKERS = [
    (make_country, "capital"),
    (factories.make_section, "lead"),
    (factories.make_cluster, "city"),
    (factories.make_partnership, "summary"),
    (factories.make_event, "summary"),
    (factories.make_achievement, "summary"),
    (factories.make_news_item, "summary"),
]


@pytest.mark.parametrize(("make", "field"), MAKERS)
def test_a_draft_goes_with_its_record_and_comes_back_with_it(admin_client, make, field):
    record = make()
    draft(admin_client, record, **{field: "After"})
    link = preview_address(record, Rework.objects.get())

    assert COMES_BACK in delete(admin_client, record)
    assert Client().get(link).status_code == 410
    told = restore(admin_client, type(record), record.pk)

    assert "A draft of a change, last saved by admin on" in told
    for name in ("rework", "rework_compare"):
        page = admin_client.get(address(record, name)).content.decode()
        assert "After" in page
    assert "The record itself is not public now." in page
    assert b"After" in Client().get(link).content
    answer = move(admin_client, record, "publish")
    assert "and is not public" in back_office.messages_of(answer)[-1]
    assert "After" in getattr(stored(record), field)
    assert stored(record).status == "draft"


def test_a_list_tells_of_the_drafts_of_what_it_deletes(admin_client):
    item = factories.make_news_item()
    draft(admin_client, item, title="After")

    page = back_office.run_action(admin_client, "delete_selected", item)

    assert COMES_BACK in page.content.decode()


def test_a_draft_whose_record_is_gone_at_its_time_says_so(admin_client, monkeypatch):
    item = factories.make_news_item()
    draft(admin_client, item, title="After")
    approve(admin_client, item, timezone.now() + datetime.timedelta(hours=1))
    delete(admin_client, item)

    later = timezone.now() + datetime.timedelta(hours=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert Client().get("/news/").status_code == 200

    assert Rework.objects.failed().get().problem == (
        "The record was no longer on the site at that time."
    )
    restore(admin_client, type(item), item.pk)
    page = admin_client.get(address(item, "rework_compare")).content.decode()
    assert "The record was no longer on the site" in page


@pytest.fixture
def two():
    country = factories.make_country()
    return [
        factories.make_cluster(country=country, name=name) for name in ("Kept", "Gone")
    ]


def merge_page(kept, dropped):
    return reverse("admin:clusters_cluster_merge", args=[kept.pk, dropped.pk])


def test_no_cluster_is_merged_away_with_its_draft(admin_client, two):
    kept, dropped = two
    rework = draft(admin_client, dropped, city="Puebla")

    for method in (admin_client.get, admin_client.post):
        page = method(merge_page(kept, dropped)).content.decode()
        assert "“Gone” has a draft of a change beside it" in page
    assert Cluster.objects.count() == 2

    assert reworking.discard(rework)
    admin_client.post(merge_page(kept, dropped))
    assert Cluster.objects.get() == kept


def test_the_draft_of_what_is_kept_takes_over_what_is_merged(admin_client, two):
    kept, dropped = two
    label = factories.make_label(cluster=dropped, level="gold")
    draft(admin_client, kept, city="Puebla")

    admin_client.post(merge_page(kept, dropped))
    assert Cluster.objects.get() == kept
    assert admin_client.get(address(kept, "rework")).status_code == 200
    assert b"Puebla" in admin_client.get(address(kept, "rework_compare")).content
    move(admin_client, kept, "publish")

    assert stored(kept).city == "Puebla"
    assert list(kept.labels.all()) == [label]
    assert kept.former_names.get().name == "Gone"


def test_a_draft_that_a_merger_contradicts_is_refused_in_words(admin_client, two):
    kept, dropped = two
    rework = reworking.start(kept, None)
    # The name that the merger is about to note.
    snapshot = rework.snapshot | {"former_names/-1": {"name": "Gone"}}
    reworking.keep(rework, rework.base, snapshot, None, rework.state)

    admin_client.post(merge_page(kept, dropped))
    page = admin_client.get(address(kept, "rework"), follow=True)
    assert "contradicts what has changed" in back_office.messages_of(page)[-1]
    page = move(admin_client, kept, "publish")
    assert "This was not done" in back_office.messages_of(page)[-1]
    assert Rework.objects.of(kept).exists()


def test_deleting_what_is_gone_already_is_no_fault(admin_client):
    item = factories.make_news_item()
    chosen = {"action": "delete_selected", "_selected_action": item.pk}
    item.delete()
    response = admin_client.post(
        back_office.changelist_url(NewsItem), chosen, follow=True
    )
    assert response.status_code == 200


def test_nothing_is_planned_beside_a_record_that_is_not_public(admin_client):
    item = factories.make_news_item(status="draft")
    rework = reworking.start(item, None)
    compare = reverse("admin:events_newsitem_rework_compare", args=[item.pk])
    assert "Publish at this time" not in admin_client.get(compare).text
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    with pytest.raises(reworking.RefusedError):
        reworking.approve(rework, None, tomorrow)
