"""Drafts beside public records: written, compared, published by people."""

from functools import partial
from io import BytesIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from events.models import NewsItem
from portal.publishing import reworking
from portal.publishing.drafts import Rework
from portal.publishing.previews import preview_address
from tests import back_office, factories
from tests.reworking import address, begin, draft, give, move, sign_in_editor, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in_editor(client)


def test_a_list_tells_how_the_draft_of_a_change_stands(admin_client):
    item, other = factories.make_news_item(), factories.make_news_item()
    count = partial(back_office.count_list_queries, admin_client, NewsItem)
    before = count()
    for record in (item, other):
        reworking.start(record, None)
    Rework.objects.of(item).update(state="in_review")

    assert count() == before
    page = admin_client.get(back_office.changelist_url(NewsItem)).content.decode()
    for record, state in ((item, "In review"), (other, "Draft")):
        compare = address(record, "rework_compare")
        link = f'Published<br><a href="{compare}">Draft of a change: {state}</a>'
        assert link in page


# Writing and publishing


def test_a_draft_changes_nothing_until_it_is_published(admin_client, admin_user):
    item = factories.make_news_item(title="Before")
    page = begin(admin_client, item)
    assert "The public still reads the version" in page.content.decode()

    draft(admin_client, item, title="After")
    before = stored(item)
    response = move(admin_client, item, "publish")
    after = stored(item)

    assert (before.title, before.updated_by) == ("Before", None)
    assert (after.title, after.updated_by) == ("After", admin_user)
    assert (after.status, after.published_at) == ("published", item.published_at)
    assert after.updated_at > before.updated_at
    assert back_office.messages_of(response)[-1] == (
        "The public now reads what was the draft of “Before”."
    )
    assert not Rework.objects.exists()


def test_a_draft_goes_on_where_it_was_left(admin_client):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="First")

    page = admin_client.get(address(item, "rework"))
    assert back_office.form_values(page)["title"] == ["First"]
    draft(admin_client, item, summary="Second")

    rework = Rework.objects.get()
    assert (rework.snapshot[""]["title"], rework.snapshot[""]["summary"]) == (
        "First",
        "Second",
    )
    assert rework.base[""]["title"] == "Before"


def test_a_draft_is_saved_without_a_change(admin_client):
    item = factories.make_news_item(title="Before")

    assert draft(admin_client, item).snapshot[""]["title"] == "Before"

    told = LogEntry.objects.latest("pk").get_change_message()
    assert told == "Draft of a change: No fields changed."


def test_rows_and_links_are_drafted_as_well(admin_client):
    cluster = factories.make_cluster()
    source = factories.make_source()
    kept, gone = (
        factories.make_label(cluster=cluster, level=level)
        for level in ("gold", "bronze")
    )
    cluster.former_names.create(name="Former")
    page = begin(admin_client, cluster)
    values = back_office.form_values(page)
    rows = {values[f"labels-{number}-id"][0]: f"labels-{number}" for number in range(2)}
    values |= {
        "sources": [source.pk],
        f"{rows[str(kept.pk)]}-level": "silver",
        f"{rows[str(gone.pk)]}-DELETE": "on",
        "former_names-TOTAL_FORMS": 2,
        "former_names-1-name": "Older",
        "former_names-1-until_precision": "day",
        "former_names-1-cluster": cluster.pk,
        "former_names-1-id": "",
    }
    answer = admin_client.post(address(cluster, "rework"), values, follow=True)
    text = answer.content.decode()
    assert "The draft deletes this." in text
    assert "The draft adds this." in text
    assert sorted(cluster.labels.values_list("level", flat=True)) == ["bronze", "gold"]
    assert [name.name for name in cluster.former_names.all()] == ["Former"]

    # The row that is in the draft only can be changed again.
    page = admin_client.get(address(cluster, "rework"))
    values = back_office.form_values(page)
    (number,) = (n for n in range(2) if values[f"former_names-{n}-name"] == ["Older"])
    values[f"former_names-{number}-name"] = ["Oldest"]
    answer = admin_client.post(address(cluster, "rework"), values)
    assert answer.status_code == 302, back_office.errors_of(answer)
    move(admin_client, cluster, "publish")

    assert list(cluster.labels.values_list("pk", "level")) == [(kept.pk, "silver")]
    assert {n.name for n in cluster.former_names.all()} == {"Former", "Oldest"}
    assert all(name.pk > 0 for name in cluster.former_names.all())
    assert list(cluster.sources.all()) == [source]


def test_a_form_with_an_error_keeps_what_was_typed(admin_client):
    item = factories.make_news_item(title="Before")
    values = back_office.form_values(begin(admin_client, item))

    answer = admin_client.post(address(item, "rework"), {**values, "slug": "a b"})

    assert answer.status_code == 200
    assert back_office.errors_of(answer)
    assert back_office.form_values(answer)["slug"] == ["a b"]
    assert Rework.objects.get().revision == 1


def test_a_new_address_is_led_to_from_the_former_one(admin_client, client):
    cluster = factories.make_cluster(slug="before")
    draft(admin_client, cluster, slug="after")
    assert client.get("/clusters/after/").status_code == 404
    assert not cluster.former_addresses.exists()

    move(admin_client, cluster, "publish")

    assert client.get("/clusters/before/").headers["Location"] == "/clusters/after/"


def test_saving_and_publishing_is_one_step(admin_client):
    item = factories.make_news_item(title="Before")
    values = back_office.form_values(begin(admin_client, item))

    admin_client.post(
        address(item, "rework"), {**values, "title": "After", "_move": "publish"}
    )

    assert stored(item).title == "After"
    assert not Rework.objects.exists()


def test_the_strict_check_keeps_an_incomplete_draft_from_being_published(admin_client):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After", summary="")

    response = move(admin_client, item, "publish")

    told = back_office.messages_of(response)[-1]
    assert f"{address(item, 'rework')}#id_summary" in told
    assert "Summary: Needed before it is published." in told
    assert stored(item).title == "Before"
    assert Rework.objects.exists()


def test_what_happens_to_a_draft_stands_in_the_history_of_its_record(admin_client):
    item = factories.make_news_item()
    draft(admin_client, item, title="After")
    move(admin_client, item, "publish")

    told = [
        entry.get_change_message()
        for entry in LogEntry.objects.order_by("action_time", "pk")
    ]
    assert told == [
        "Began a draft of a change.",
        "Draft of a change: Changed Title.",
        "Draft of a change: Publish now.",
    ]


def test_discarding_is_asked_first_and_leaves_the_public_version(admin_client):
    item = factories.make_news_item(title="Before")
    draft(admin_client, item, title="After")

    page = admin_client.get(address(item, "rework_move", "discard"))
    assert "What the draft says is lost" in page.content.decode()
    assert Rework.objects.exists()
    move(admin_client, item, "discard")

    assert not Rework.objects.exists()
    assert stored(item).title == "Before"


def test_only_what_the_public_reads_has_a_draft_beside_it(admin_client):
    item = factories.make_news_item(status="draft")

    response = begin(admin_client, item)

    assert not Rework.objects.exists()
    assert (
        "has no draft beside its public version"
        in back_office.messages_of(response)[-1]
    )


# Who may do what


def test_an_editor_drafts_and_a_publisher_publishes(client, editor, admin_client):
    item = factories.make_news_item(title="Before")
    # The public version itself is closed to them.
    closed = client.post(back_office.change_url(item), {"title": "At once"})
    assert closed.status_code == 403
    page = client.get(back_office.change_url(item)).content.decode()
    assert "Rework as a draft" in page
    assert 'name="_save"' not in page

    rework = draft(client, item, title="After")
    assert (
        client.post(
            address(item, "rework_move", "publish"), {"revision": rework.revision}
        ).status_code
        == 403
    )
    response = move(client, item, "request_review")
    assert "ed asked for review on" in response.content.decode()
    assert Rework.objects.in_review().get().asked_by == editor

    response = move(admin_client, item, "send_back", note="Say where.")
    assert "Say where." in client.get(address(item, "rework")).content.decode()
    move(client, item, "request_review")
    move(admin_client, item, "publish")

    assert stored(item).title == "After"


def test_an_editor_can_neither_publish_nor_schedule_a_draft(client, editor):
    item = factories.make_news_item(title="Before")
    rework = draft(client, item, title="After")

    content = client.get(address(item, "rework_compare")).content.decode()
    assert "Publish" not in content.replace("Published", "")
    for name in ("publish", "approve"):
        answer = client.post(
            address(item, "rework_move", name),
            {"revision": rework.revision, "publish_at_0": "2999-01-01"},
        )
        assert answer.status_code == 403
    assert stored(item).title == "Before"


def test_who_may_only_look_sees_the_comparison_and_no_form(client):
    user = factories.make_staff("reader")
    give(user, "view_newsitem", "edit_every_country")
    item = factories.make_news_item()
    reworking.start(item, None)
    client.force_login(user)

    page = client.get(address(item, "rework"), follow=True)

    assert page.redirect_chain == [(address(item, "rework_compare"), 302)]
    assert "Discard" not in page.content.decode()
    for name, more in (
        ("rework_start", []),
        ("rework_resolve", []),
        ("rework_move", ["discard"]),
    ):
        assert client.post(address(item, name, *more)).status_code == 403
    assert Rework.objects.exists()


def test_who_has_no_right_sees_nothing(client):
    client.force_login(factories.make_staff("nobody"))
    item = factories.make_news_item()
    reworking.start(item, None)

    for name, more in (
        ("rework", []),
        ("rework_compare", []),
        ("rework_resolve", []),
        ("rework_move", ["publish"]),
        ("move", ["archive"]),
    ):
        assert client.get(address(item, name, *more)).status_code in (403, 404)


# Files


@pytest.fixture
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "achievements"


def picture(name, colour):
    content = BytesIO()
    Image.new("RGB", (400, 300), colour).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def draft_picture(client, name, **changes):
    """Put another picture into the draft of a new achievement, and return that."""
    record = factories.make_achievement(
        image=picture("live.png", "red"), image_alt="A red field."
    )
    draft(client, record, image=picture(name, "blue"), **changes)
    return record


def test_a_file_of_a_draft_is_previewed_and_published(admin_client, uploads):
    record = draft_picture(admin_client, "new.png", image_alt="A blue field.")
    assert stored(record).image.name == "achievements/live.png"
    page = Client().get(record.get_absolute_url()).content.decode()
    assert "live.png" in page
    assert "new.png" not in page

    preview = Client().get(preview_address(record, Rework.objects.get()))
    assert "achievements/new.png" in preview.content.decode()
    move(admin_client, record, "publish")

    assert stored(record).image.name == "achievements/new.png"
    page = Client().get(record.get_absolute_url()).content.decode()
    assert "achievements/new.png" in page
    assert "A blue field." in page


def test_a_file_of_a_draft_goes_with_the_draft(
    admin_client, uploads, django_capture_on_commit_callbacks
):
    record = draft_picture(admin_client, "new.png")
    Client().get(preview_address(record, Rework.objects.get()))
    assert (uploads / "new.png").exists()

    with django_capture_on_commit_callbacks(execute=True):
        move(admin_client, record, "discard")

    assert {path.name for path in uploads.iterdir() if "live" not in path.name} == set()
    assert (uploads / "live.png").exists()
