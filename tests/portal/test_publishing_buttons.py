"""The buttons on the form of a record that publish it."""

import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from countries.models import CountrySection
from events.models import NewsItem
from portal.publishing.drafts import Review
from portal.publishing.moves import moment
from tests import back_office, factories

pytestmark = pytest.mark.django_db
Status = NewsItem.Status


def move_url(record, name):
    opts = record._meta
    route = f"admin:{opts.app_label}_{opts.model_name}_move"
    return reverse(route, args=[record.pk, name])


def give(user, *codenames):
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


@pytest.fixture
def editor(client):
    user = factories.make_staff("ed")
    give(user, "view_newsitem", "change_newsitem", "add_newsitem")
    give(user, "edit_every_country")
    client.force_login(user)
    return user


def buttons(client, record):
    """Return the publishing buttons on the form of a record."""
    content = client.get(back_office.change_url(record)).content.decode()
    rows = re.findall(
        r'<fieldset class="submit-row publishing-row">(.*?)</fieldset>', content, re.S
    )
    found = re.findall(
        r'<(?:button|a) class="publishing__button[^>]*>([^<]+)<', "".join(rows)
    )
    return [text.strip() for text in found]


def in_days(days):
    return timezone.now() + datetime.timedelta(days=days)


def status_of(record):
    return type(record).objects.get(pk=record.pk).status


def save(client, record, **changes):
    """Send the form of a record back as a button does, and return what follows."""
    address = back_office.change_url(record)
    values = back_office.form_values(client.get(address))
    return client.post(address, {**values, **changes}, follow=True)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            "draft",
            [
                "Ask for review",
                "Publish now",
                "Publish at the time in “Publish at”",
                "Archive…",
            ],
        ),
        (
            "in_review",
            [
                "Publish now",
                "Publish at the time in “Publish at”",
                "Send back to the editor…",
                "Archive…",
            ],
        ),
        ("published", ["Take off the site…", "Archive…"]),
        ("archived", ["Make it a draft again"]),
    ],
)
def test_a_publisher_is_offered_what_is_possible(admin_client, status, expected):
    assert buttons(admin_client, factories.make_news_item(status=status)) == expected


def test_a_button_names_the_time(admin_client):
    at = datetime.datetime(2999, 12, 4, 8, tzinfo=datetime.UTC)
    draft = factories.make_news_item(status="draft", publish_at=at)
    approved = factories.make_news_item(status="approved", publish_at=at)

    assert "Publish at 4 December 2999 09:00" in buttons(admin_client, draft)
    assert buttons(admin_client, approved) == [
        "Publish now",
        "Call off the publication",
        "Archive…",
    ]


@pytest.fixture
def off_the_site(db):
    at = datetime.datetime(2001, 12, 4, 8, tzinfo=datetime.UTC)
    return factories.make_news_item(unpublish_at=at)


def test_what_went_off_the_site_at_its_time_says_so(admin_client, off_the_site):
    told = "Off the site since 4 December 2001 09:00"

    page = admin_client.get(back_office.change_url(off_the_site)).content.decode()
    assert f"Status: {told}" in page
    assert "Publish it now, or give it a later time." in page
    assert "Published</div>" not in page
    listed = admin_client.get(back_office.changelist_url(NewsItem)).content.decode()
    assert told in listed


def test_what_went_off_the_site_at_its_time_can_be_published_again(
    admin_client, off_the_site
):
    assert buttons(admin_client, off_the_site) == [
        "Publish now",
        "Make it a draft again",
        "Archive…",
    ]

    response = save(admin_client, off_the_site, _move="publish")

    published = NewsItem.objects.published().get()
    assert published.published_at > off_the_site.published_at
    assert back_office.messages_of(response) == [
        "“Unpublish at” had passed, and is empty now.",
        f"“{off_the_site}” is public now.",
    ]
    assert LogEntry.objects.filter(change_message="Moved to “Published”.").exists()


def test_a_later_time_and_the_button_publish_again_together(admin_client, off_the_site):
    later = {"unpublish_at_0": "2999-12-04", "unpublish_at_1": "09:00"}

    response = save(admin_client, off_the_site, **later, _move="publish")

    assert NewsItem.objects.published().get().unpublish_at.year == 2999
    assert back_office.messages_of(response) == [f"“{off_the_site}” is public now."]


def test_many_that_went_off_the_site_are_published_again(admin_client, off_the_site):
    response = back_office.run_action(admin_client, "publish", off_the_site)

    assert "1 record published." in back_office.messages_of(response)
    assert NewsItem.objects.published().exists()


def test_who_reworks_what_is_off_the_site_is_not_told_that_the_public_reads_it(
    client, editor, off_the_site
):
    page = client.get(back_office.change_url(off_the_site)).content.decode()

    assert "Off the site since" in page
    assert "The public reads this." not in page
    assert buttons(client, off_the_site) == []


@pytest.mark.parametrize("status", ["published", "draft"])
def test_a_past_time_of_going_is_warned_of(admin_client, status):
    record = factories.make_news_item(status=status)
    past = {"unpublish_at_0": "2001-12-04", "unpublish_at_1": "09:00"}

    response = save(admin_client, record, **past)

    text = f"“Unpublish at” has passed: the public cannot read “{record}”."
    assert text in back_office.messages_of(response)
    assert text not in back_office.messages_of(save(admin_client, record))


def test_a_time_of_this_year_needs_no_year():
    now = timezone.localtime()
    at = now.replace(month=12, day=4, hour=9, minute=0)

    assert moment(at) == "4 December 09:00"


def test_an_editor_is_offered_no_more_than_review(client, editor):
    for status, expected in (
        ("draft", ["Ask for review"]),
        ("in_review", []),
        ("published", []),
        ("archived", []),
    ):
        record = factories.make_news_item(status=status)
        assert buttons(client, record) == expected


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("draft", "publish"),
        ("draft", "approve"),
        ("draft", "archive"),
        ("in_review", "send_back"),
        ("published", "unpublish"),
        ("approved", "unpublish"),
        ("archived", "restore"),
    ],
)
def test_what_is_not_offered_is_refused(client, editor, status, name):
    record = factories.make_news_item(status=status, publish_at=in_days(1))

    assert client.post(move_url(record, name)).status_code == 403
    assert status_of(record) == status
    if status == "draft":
        assert save(client, record, _move=name).status_code == 403
        assert status_of(record) == status


def test_saving_and_publishing_is_one_step(admin_client, admin_user):
    record = factories.make_news_item(status="draft")

    response = save(admin_client, record, title="Changed", _move="publish")

    record = NewsItem.objects.get()
    assert (record.title, record.status) == ("Changed", Status.PUBLISHED)
    assert record.updated_by == admin_user
    assert back_office.messages_of(response) == ["“Changed” is public now."]


def test_publishing_keeps_the_time_at_which_a_record_goes(admin_client):
    record = factories.make_news_item(status="draft")

    response = save(
        admin_client,
        record,
        unpublish_at_0="2999-12-04",
        unpublish_at_1="09:00",
        _move="publish",
    )

    assert NewsItem.objects.get().unpublish_at.year == 2999
    (told,) = back_office.messages_of(response)
    assert told.endswith("is public now.")


def test_publishing_says_that_a_time_that_had_passed_is_cleared(admin_client):
    record = factories.make_news_item(status="draft", unpublish_at=in_days(-1))

    response = save(admin_client, record, _move="publish")

    assert NewsItem.objects.published().get().unpublish_at is None
    told = back_office.messages_of(response)
    assert "“Unpublish at” had passed, and is empty now." in told


def test_a_new_record_can_be_published_at_once(admin_client):
    address = back_office.add_url(NewsItem)
    page = admin_client.get(address)
    values = back_office.form_values(page)
    values |= {"title": "New", "slug": "new", "summary": "New.", "_move": "publish"}

    admin_client.post(address, values)

    assert NewsItem.objects.published().get().title == "New"


def test_an_incomplete_draft_is_saved_and_told_what_it_lacks(admin_client):
    address = back_office.add_url(NewsItem)
    values = back_office.form_values(admin_client.get(address))
    values |= {"title": "New", "slug": "new", "_move": "publish"}

    response = admin_client.post(address, values, follow=True)

    record = NewsItem.objects.get()
    assert (record.title, record.status) == ("New", Status.DRAFT)
    (told,) = back_office.messages_of(response)
    assert "“New” is saved, but cannot be published yet" in told
    assert '<a href="#id_summary">Summary: Needed before it is published.</a>' in told
    assert 'id="id_summary"' in response.content.decode()


@pytest.mark.parametrize(
    ("make", "values", "missing"),
    [
        (factories.make_section, {"lead": ""}, "lead"),
        (factories.make_country, {"region": "", "iso2": "QX", "iso3": "QXX"}, "region"),
        (factories.make_partnership, {"name": ""}, "name"),
        (factories.make_achievement, {"summary": ""}, "summary"),
        (factories.make_news_item, {"summary": ""}, "summary"),
    ],
)
def test_a_draft_may_lack_what_publication_needs(admin_client, make, values, missing):
    record = make(status="draft", **values)
    back_office.assert_saves(admin_client, back_office.change_url(record))

    response = admin_client.post(move_url(record, "publish"), follow=True)

    assert status_of(record) == Status.DRAFT
    assert f"#id_{missing}" in back_office.messages_of(response)[-1]


def test_publishing_at_a_time_in_one_step(admin_client):
    record = factories.make_news_item(status="draft")

    save(
        admin_client,
        record,
        publish_at_0="2999-12-04",
        publish_at_1="09:00",
        _move="approve",
    )

    assert status_of(record) == Status.APPROVED


def test_publishing_at_no_time_leads_to_the_field(admin_client):
    record = factories.make_news_item(status="draft")

    response = save(admin_client, record, _move="approve")

    assert "#id_publish_at_0" in back_office.messages_of(response)[-1]
    assert status_of(record) == Status.DRAFT


@pytest.mark.parametrize(
    ("name", "question", "after"),
    [
        ("unpublish", "The public can no longer read it", Status.DRAFT),
        ("archive", "It is taken out of use", Status.ARCHIVED),
    ],
)
def test_what_is_not_undone_easily_is_asked_first(admin_client, name, question, after):
    record = factories.make_news_item()

    page = admin_client.get(move_url(record, name))
    assert question in page.content.decode()
    assert status_of(record) == Status.PUBLISHED
    admin_client.post(move_url(record, name))

    assert status_of(record) == after


def test_an_archived_record_can_be_a_draft_again(admin_client):
    record = factories.make_news_item(status="archived")

    admin_client.post(move_url(record, "restore"))

    assert status_of(record) == Status.DRAFT


def test_who_asked_for_review_is_told_and_hears_what_is_to_be_done(
    client, editor, admin_client
):
    record = factories.make_news_item(status="draft")
    save(client, record, _move="request_review")
    page = admin_client.get(back_office.change_url(record)).content.decode()
    assert "ed asked for review on" in page

    admin_client.post(move_url(record, "send_back"), {"note": "Say <where>."})

    assert status_of(record) == Status.DRAFT
    page = client.get(back_office.change_url(record)).content.decode()
    assert "admin sent it back on" in page
    assert "Say &lt;where&gt;." in page
    save(client, record, _move="request_review")
    review = Review.objects.get()
    assert (review.asked_by, review.returned_by, review.note) == (editor, None, "")


def test_asking_for_the_review_of_many_is_noted_of_each(client, editor):
    drafts = [factories.make_news_item(status="draft") for _ in range(2)]

    back_office.run_action(client, "request_review", *drafts)

    asked = Review.objects.values_list("object_id", "asked_by")
    assert set(asked) == {(draft.pk, editor.pk) for draft in drafts}


def test_a_second_click_is_told_that_it_is_done(admin_client):
    record = factories.make_news_item()

    response = admin_client.post(move_url(record, "publish"), follow=True)

    assert "or it is done already" in back_office.messages_of(response)[0]


def test_an_editor_does_not_change_what_the_public_reads(client, editor):
    published = factories.make_news_item(title="Before")
    approved = factories.make_news_item(status="approved", publish_at=in_days(1))
    for record in (published, approved):
        answer = client.post(back_office.change_url(record), {"title": "After"})
        assert answer.status_code == 403
    assert NewsItem.objects.filter(title="After").count() == 0


def test_unknown_moves_and_records_are_not_found(admin_client):
    record = factories.make_news_item()
    gone = NewsItem(pk=10**9)

    assert admin_client.post(move_url(gone, "publish")).status_code == 404
    response = admin_client.post(move_url(record, "nonsense"), follow=True)
    assert "not possible" in back_office.messages_of(response)[0]


def test_the_row_of_a_form_has_no_status_to_choose(admin_client):
    section = factories.make_section(status="draft")

    save(admin_client, section, status="published")

    assert CountrySection.objects.get().status == Status.DRAFT
