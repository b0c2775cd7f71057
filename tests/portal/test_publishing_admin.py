import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from clusters.models import Cluster
from countries.models import Country, CountrySection
from events.models import NewsItem
from partnerships.models import Partnership
from portal import rights
from portal.publishing import reworking
from tests import back_office, factories
from tests.back_office import form_values, messages_of, run_action
from tests.reworking import address as address_of
from tests.roles import make_person

pytestmark = pytest.mark.django_db
Status = Country.Status


@pytest.fixture
def editor(client):
    """Sign somebody in who may change clusters, and not publish them."""
    user = factories.make_staff()
    give(user, "view_cluster", "change_cluster", "edit_every_country")
    client.force_login(user)
    return user


def give(user, *codenames):
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def make_draft(**values):
    return factories.make_cluster(status=Status.DRAFT, **values)


def in_days(days):
    return timezone.now() + datetime.timedelta(days=days)


def status_of(record):
    return type(record).objects.get(pk=record.pk).status


def actions_offered(client):
    back_office_page = client.get(back_office.changelist_url(Cluster))
    form = back_office_page.context["action_form"]
    return [name for name, label in form.fields["action"].choices if name]


def test_publishing_makes_drafts_public(admin_client, admin_user):
    drafts = [make_draft(), make_draft(), factories.make_cluster(status="in_review")]

    response = run_action(admin_client, "publish", *drafts)

    assert messages_of(response) == ["3 records published."]
    assert set(Cluster.objects.published()) == set(drafts)
    assert {cluster.updated_by for cluster in Cluster.objects.all()} == {admin_user}


def test_publishing_one_draft_is_told_in_the_singular(admin_client):
    response = run_action(admin_client, "publish", make_draft())

    assert messages_of(response) == ["1 record published."]


def test_publishing_leaves_what_is_public_or_archived_alone(admin_client):
    published = factories.make_cluster(published_at=in_days(-9))
    archived = factories.make_cluster(status="archived")

    response = run_action(admin_client, "publish", published, archived)

    published.refresh_from_db()
    assert messages_of(response) == ["0 records published."]
    assert published.published_at < in_days(-8)
    assert status_of(archived) == Status.ARCHIVED


def test_publishing_refuses_incomplete_records_and_says_what_is_missing(admin_client):
    sound = make_draft()
    incomplete = make_draft(name="CLAUT", website="nonsense", founded=1)

    response = run_action(admin_client, "publish", sound, incomplete)

    assert messages_of(response) == [
        "Left as it was: “CLAUT”: Founded in: Ensure this value is greater than or "
        "equal to 1800. Website: Enter a valid URL.",
        "1 record published.",
    ]
    assert status_of(sound) == Status.PUBLISHED
    assert status_of(incomplete) == Status.DRAFT


def test_a_long_list_of_refusals_is_cut(admin_client):
    country = factories.make_country()
    drafts = [make_draft(country=country, founded=1) for _ in range(22)]

    response = run_action(admin_client, "publish", *drafts)

    told = messages_of(response)
    assert len(told) == 22
    assert told[-2] == "2 more records were left as they were."


def test_what_happened_to_a_record_stands_in_its_history(admin_client, admin_user):
    draft, published = make_draft(), factories.make_cluster()

    run_action(admin_client, "publish", draft, published)

    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin_user, str(draft.pk))
    assert entry.get_change_message() == "Moved to “Published”."


def test_approving_waits_for_the_time_of_the_record(admin_client):
    draft = make_draft(publish_at=in_days(1))

    response = run_action(admin_client, "approve", draft)

    assert messages_of(response) == ["1 record approved for its time."]
    assert status_of(draft) == Status.APPROVED
    assert not Cluster.objects.published().exists()
    assert Cluster.objects.published(at=in_days(2)).exists()


def test_approving_refuses_records_without_a_time_to_come(admin_client):
    timeless = make_draft(name="Timeless")
    late = make_draft(name="Late", publish_at=in_days(-1))

    response = run_action(admin_client, "approve", timeless, late)

    assert sorted(messages_of(response)) == [
        "0 records approved for their time.",
        "Left as it was: “Late”: “Publish at” has passed; set a later time, or "
        "publish at once.",
        "Left as it was: “Timeless”: “Publish at” is empty; set the time in the "
        "record first.",
    ]
    assert {status_of(timeless), status_of(late)} == {Status.DRAFT}


def test_unpublishing_and_archiving_hide_a_record(admin_client):
    first, second = factories.make_cluster(), factories.make_cluster()

    run_action(admin_client, "unpublish", first, post="yes")
    run_action(admin_client, "archive", second, post="yes")

    assert status_of(first) == Status.DRAFT
    assert status_of(second) == Status.ARCHIVED


@pytest.mark.parametrize(
    ("action", "label", "after"),
    [("unpublish", "Take off the site", "draft"), ("archive", "Archive", "archived")],
)
def test_what_takes_records_off_the_site_is_asked_first(
    admin_client, action, label, after
):
    public = [factories.make_cluster(name=f"Public {n}") for n in range(2)]
    others = [make_draft(name="Hidden"), factories.make_cluster(status="archived")]

    asked = run_action(admin_client, action, *public, *others)

    page = " ".join(asked.content.decode().split())
    assert "2 of them are public. The public can no longer read them" in page
    assert "<li>Public 0</li>" in page
    assert "<li>Hidden</li>" not in page
    assert f">{label}</button>" in page
    assert [status_of(record) for record in public] == ["published", "published"]

    sent = form_values(asked)
    admin_client.post(back_office.changelist_url(Cluster), sent)

    assert [status_of(record) for record in public] == [after, after]


def test_all_records_of_a_list_are_asked_about_and_moved(admin_client):
    country = factories.make_country()
    chosen = [factories.make_cluster(country=country) for _number in range(25)]
    left = factories.make_cluster()
    address = f"{back_office.changelist_url(Cluster)}?country__id__exact={country.pk}"
    values = {"action": "archive", "_selected_action": chosen[0].pk, "index": 0}

    asked = admin_client.post(address, {**values, "select_across": 1})

    page = " ".join(asked.content.decode().split())
    assert "25 of them are public" in page
    assert page.count("<li>Cluster") == 20
    admin_client.post(address, form_values(asked))
    assert {status_of(record) for record in chosen} == {Status.ARCHIVED}
    assert status_of(left) == Status.PUBLISHED


def test_archived_records_are_turned_into_drafts_from_the_list(admin_client):
    archived = factories.make_cluster(status="archived")
    public = factories.make_cluster()

    response = run_action(admin_client, "restore", archived, public)

    assert messages_of(response) == ["1 record is a draft again."]
    assert status_of(archived) == Status.DRAFT
    assert status_of(public) == Status.PUBLISHED


def test_an_editor_asks_for_review(client, editor):
    draft = make_draft()

    response = run_action(client, "request_review", draft)

    draft.refresh_from_db()
    assert messages_of(response) == ["1 draft now waits for review."]
    assert (draft.status, draft.updated_by) == (Status.IN_REVIEW, editor)


def test_an_editor_is_not_offered_what_only_a_publisher_may_do(client, editor):
    downloads = ["export_csv", "export_xlsx"]
    assert actions_offered(client) == ["request_review", *downloads]

    give(editor, "publish_cluster")
    # New rights end the session.
    client.force_login(editor)

    assert actions_offered(client) == [
        "request_review",
        "publish",
        "approve",
        "unpublish",
        "archive",
        "restore",
        *downloads,
    ]


@pytest.mark.parametrize(
    "action", ["publish", "approve", "unpublish", "archive", "restore"]
)
def test_an_editor_who_sends_a_hidden_action_changes_nothing(client, editor, action):
    draft = make_draft(publish_at=in_days(1))
    published = factories.make_cluster()

    run_action(client, action, draft, published, post="yes")

    assert status_of(draft) == Status.DRAFT
    assert status_of(published) == Status.PUBLISHED


def test_an_editor_cannot_set_when_a_record_becomes_public(client, editor):
    draft = make_draft()
    address = back_office.change_url(draft)

    back_office.assert_saves(
        client,
        address,
        status="published",
        publish_at_0="2018-01-01",
        publish_at_1="09:00",
    )

    draft.refresh_from_db()
    assert (draft.status, draft.publish_at) == (Status.DRAFT, None)
    assert draft.updated_by == editor


def test_a_publisher_sets_when_a_record_becomes_public(admin_client):
    draft = make_draft()

    back_office.assert_saves(
        admin_client,
        back_office.change_url(draft),
        publish_at_0="2030-01-01",
        publish_at_1="09:00",
    )

    draft.refresh_from_db()
    assert draft.publish_at.isoformat() == "2030-01-01T08:00:00+00:00"


def test_an_approved_record_keeps_its_time(admin_client):
    approved = factories.make_cluster(status="approved", publish_at=in_days(1))

    page = back_office.send(
        admin_client,
        back_office.change_url(approved),
        publish_at_0="",
        publish_at_1="",
    )

    assert "An approved record needs the time of publication." in page


@pytest.mark.parametrize(
    "make",
    [
        factories.make_country,
        factories.make_section,
        factories.make_cluster,
        factories.make_partnership,
        factories.make_event,
        factories.make_achievement,
        factories.make_news_item,
    ],
)
def test_only_what_is_public_is_viewed_on_the_site(admin_client, make):
    shown, hidden = make(), make(status=Status.DRAFT)

    def has_link(record):
        page = admin_client.get(back_office.change_url(record)).content.decode()
        return f'href="{record.get_absolute_url()}"' in page

    assert has_link(shown)
    assert not has_link(hidden)


def test_a_public_record_of_a_hidden_country_is_not_viewed_on_the_site(admin_client):
    country = factories.make_country(status=Status.DRAFT)
    cluster = factories.make_cluster(country=country)

    page = admin_client.get(back_office.change_url(cluster))

    assert f'href="{cluster.get_absolute_url()}"' not in page.content.decode()


@pytest.mark.parametrize(
    "model", [Country, CountrySection, Cluster, Partnership, NewsItem]
)
def test_a_stranger_is_asked_to_sign_in(client, model):
    for address in (back_office.changelist_url(model), back_office.add_url(model)):
        response = client.get(address)

        login = reverse("admin:login")
        assert (response.status_code, response.url) == (302, f"{login}?next={address}")


def test_the_back_office_bears_the_name_of_the_portal(admin_client):
    page = admin_client.get(reverse("admin:index")).content.decode()

    assert "Cluster Portal back office" in page
    assert "portal/css/admin.css" in page


@pytest.mark.parametrize(
    "query",
    ["username__exact=%00", "groups__id__exact=x", "password__regex=[(", "q=%00"],
)
def test_no_query_string_makes_the_list_of_users_fail(admin_client, query):
    answer = admin_client.get(f"{reverse('admin:auth_user_changelist')}?{query}")

    assert answer.status_code in {200, 302, 400}


# What has no status of its own is public with its record

AT_ONCE = "readers see what you change as soon as you save it"
PARTS = [
    (factories.make_fact, "country"),
    (factories.make_organisation, "country"),
    (factories.make_report, "country"),
    (factories.make_label, "cluster"),
    (factories.make_membership, "partnership"),
]


@pytest.mark.parametrize(("make", "owner"), PARTS)
def test_the_form_of_a_public_part_says_that_it_is_read_at_once(
    admin_client, client, make, owner
):
    public = make()
    hidden = make(**{owner: getattr(factories, f"make_{owner}")(status="draft")})

    assert AT_ONCE in admin_client.get(back_office.change_url(public)).content.decode()
    page = admin_client.get(back_office.change_url(hidden)).content.decode()
    assert AT_ONCE not in page
    page = admin_client.get(back_office.add_url(type(public))).content.decode()
    assert f"Where the {owner} is public, readers see this as soon as you save" in page


@pytest.fixture
def sign_in_editor_of(client):
    def sign_in(part):
        path = rights.country_paths(type(part))[0]
        keys = type(part).objects.filter(pk=part.pk).values(path)
        countries = Country.objects.filter(pk__in=keys)
        client.force_login(make_person("ed", "Editor", countries))

    return sign_in


def make_part(make, owner):
    part = make()
    if owner == "partnership":
        part.partnership.targets.add(factories.make_country())
    return part, getattr(part, owner)


@pytest.mark.parametrize(("make", "owner"), PARTS)
def test_the_page_of_a_public_part_leads_an_editor_to_the_draft_of_its_record(
    client, sign_in_editor_of, make, owner
):
    part, record = make_part(make, owner)
    sign_in_editor_of(part)

    page = client.get(back_office.change_url(part)).content.decode()

    assert f"This belongs to {record}, which is public." in page
    start = address_of(record, "rework_start")
    assert f'action="{start}" id="start-rework"' in page
    assert client.post(start).url == address_of(record, "rework")

    type(record).objects.filter(pk=record.pk).update(status="draft")
    page = client.get(back_office.change_url(part)).content.decode()
    assert "start-rework" not in page


@pytest.mark.parametrize(("make", "owner"), PARTS)
def test_the_form_of_a_new_part_says_where_an_editor_adds_to_what_is_public(
    client, sign_in_editor_of, make, owner
):
    part, record = make_part(make, owner)
    sign_in_editor_of(part)

    page = client.get(back_office.add_url(type(part))).content.decode()

    assert f"A {owner} that is public cannot be chosen here" in page
    assert f'<a href="{back_office.changelist_url(type(record))}">' in page
    assert "readers see this as soon as you save" not in page


def test_the_form_of_a_public_record_says_which_rows_are_read_at_once(admin_client):
    text = "Readers see what you save here as soon as you save it."
    rows = "other names, reports, facts, organisations"
    country = factories.make_country()
    page = admin_client.get(back_office.change_url(country)).content.decode()
    assert text in page
    told = " ".join(re.search(r"no status of their own:([^<]*)", page)[1].split())
    assert told == f"{rows}."

    reworking.start(country, None)
    assert text in admin_client.get(back_office.change_url(country)).content.decode()
    draft = factories.make_country(status="draft")
    assert text not in admin_client.get(back_office.change_url(draft)).content.decode()
