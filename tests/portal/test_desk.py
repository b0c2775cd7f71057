"""The start page of the back office: what it counts, for whom, and where it leads."""

import datetime

import pytest
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clusters.models import Cluster
from countries.models import Country, CountrySection
from events.models import NewsItem
from partnerships.models import Partnership
from portal import desk
from portal.concerns import OF_PUBLISHING
from portal.models import CheckedLink
from portal.partial_dates import today
from portal.publishing import reworking
from portal.publishing.drafts import Review, Rework
from portal.search_index import PUBLISHABLE
from tests.back_office import changelist_url, make_editor
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_fact,
    make_indicator,
    make_label,
    make_news_item,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
    make_source,
    make_staff,
)
from tests.reworking import move

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture
def request_of(rf):
    def make(user):
        request = rf.get("/admin/")
        request.user = user
        return request

    return make


@pytest.fixture
def administrator():
    return make_staff("ada", superuser=True)


def make_reader():
    """Make somebody who works on every country, with no right to any record yet."""
    reader = make_staff("reader")
    every = Permission.objects.get(codename="edit_every_country")
    reader.user_permissions.add(every)
    return reader


def counts(request):
    """Return the numbers of the start page that are not zero, by concern and list."""
    return {
        (line.concern.key, str(place.kind.verbose_name_plural)): place.number
        for line in desk.lines(request, admin.site)
        for place in line.waiting
    }


def only(key, request):
    return {name: n for (one, name), n in counts(request).items() if one == key}


def test_what_is_in_review_scheduled_and_ending_is_counted(request_of, administrator):
    now = timezone.now()
    make_news_item(status="in_review")
    make_news_item(status="in_review")
    make_event(status="in_review")
    make_news_item(status="draft")
    make_news_item(status="approved", publish_at=now + DAY)
    make_news_item(status="approved", publish_at=now - DAY)
    make_news_item(unpublish_at=now + 29 * DAY)
    make_news_item(unpublish_at=now + 31 * DAY)
    make_news_item(unpublish_at=now - DAY)
    make_news_item(status="draft", unpublish_at=now + DAY)
    assert counts(request_of(administrator)) == {
        ("in_review", "news items"): 2,
        ("in_review", "events"): 1,
        ("scheduled", "news items"): 1,
        ("ending", "news items"): 1,
    }


def test_changes_of_public_records_are_counted_as_their_drafts_stand(
    request_of, administrator
):
    now, editor = timezone.now(), make_editor()
    make_change(state="in_review")
    make_section(status="in_review")
    make_change(state="approved", publish_at=now + DAY)
    make_change(state="failed", publish_at=now - DAY)
    make_change(returned_by=editor)
    make_change()
    # A draft beside a record of another kind that has the same key.
    section = make_change(state="in_review")
    make_news_item(pk=section.pk)
    counted = counts(request_of(administrator))
    assert {key: n for key, n in counted.items() if key[0] != "past_review"} == {
        ("in_review", "sections"): 3,
        ("scheduled", "sections"): 1,
        ("failed", "sections"): 1,
        ("sent_back", "sections"): 1,
        ("incomplete", "countries"): Country.objects.count(),
    }


def test_what_was_sent_back_is_counted_until_review_is_asked_for_again(
    client, request_of, administrator
):
    client.force_login(administrator)
    draft, public = make_news_item(status="in_review"), make_news_item()
    make_news_item(status="draft")
    reworking.start(public, administrator)

    move(client, public, "request_review")
    move(client, public, "send_back", note="Name the source.")
    NewsItem.objects.filter(pk=draft.pk).send_back(administrator)
    Review.objects.send_back(draft, administrator, "")
    assert counts(request_of(administrator)) == {("sent_back", "news items"): 2}

    NewsItem.objects.filter(pk=draft.pk).request_review(administrator)
    move(client, public, "request_review")
    assert counts(request_of(administrator)) == {("in_review", "news items"): 2}
    move(client, public, "approve", publish_at_0="2999-01-01", publish_at_1="9:00")
    move(client, public, "call_off")
    assert counts(request_of(administrator)) == {("in_review", "news items"): 1}


def test_labels_that_end_or_can_be_renewed_are_counted(request_of, administrator):
    day = today()
    for ends in (day, day + 90 * DAY, day + 91 * DAY, day - DAY, day - 800 * DAY):
        make_label(awarded_on=ends - 730 * DAY, valid_until=ends)
    make_label(valid_until=None)
    make_label(awarded_on=day - 9 * DAY, valid_until=day + DAY, revoked_on=day - DAY)
    request = request_of(administrator)
    assert only("ending_labels", request) == {"ESCA labels": 2}
    assert only("renewable_labels", request) == {"ESCA labels": 1}


def test_facts_are_overdue_by_the_frequency_of_their_indicator(
    request_of, administrator
):
    year = today().year
    yearly = make_indicator(expected_every=1)
    once = make_indicator(expected_every=None)
    country = make_country()
    make_fact(country=country, indicator=yearly, year=year - 3)
    make_fact(country=country, indicator=yearly, year=year - 1)
    make_fact(indicator=yearly, year=year - 1)
    make_fact(indicator=yearly, year=year - 2)
    make_fact(indicator=yearly, year=None)
    make_fact(indicator=yearly, year=year - 9, preferred=False)
    make_fact(indicator=once, year=year - 9)
    assert only("overdue", request_of(administrator)) == {"facts": 1}


def test_sections_are_past_their_review(request_of, administrator):
    day = today()
    make_section(as_at=day - 800 * DAY)
    make_section(as_at=None)
    make_section(as_at=day, review_by=day - DAY)
    make_section(as_at=day)
    make_section(as_at=day - 800 * DAY, review_by=day)
    make_section(as_at=None, status="draft")
    assert only("past_review", request_of(administrator)) == {"sections": 3}


def test_partnerships_that_are_over_do_not_stay_open(request_of, administrator):
    day = today()
    make_partnership(joining="open", end=day - DAY)
    make_partnership(joining="open", end=day)
    make_partnership(joining="closed", end=day - DAY)
    make_partnership(joining="open", end=None)
    assert only("over_but_open", request_of(administrator)) == {"partnerships": 1}


def test_failing_links_are_counted(request_of, administrator):
    CheckedLink.objects.create(address="https://a.example/")
    CheckedLink.objects.create(
        address="https://b.example/", first_failed_at=timezone.now()
    )
    assert only("failing", request_of(administrator)) == {"checked links": 1}


def make_complete_country(**values):
    country = make_country(
        intro="In short.",
        capital="Capital",
        currency_code="MXN",
        area_km2=1,
        **values,
    )
    make_fact(country=country)
    make_report(country=country)
    make_organisation(country=country)
    for kind in CountrySection.Kind:
        make_section(country=country, kind=kind)
    return country


def test_the_pages_that_miss_most_are_named_with_what_they_miss(
    request_of, administrator
):
    make_complete_country(name="Complete")
    most = make_complete_country(name="Nearly")
    most.sections.filter(kind="policies").update(status="draft")
    make_country(name="Empty")
    make_country(name="Not a target", is_target=False)
    request = request_of(administrator)
    assert only("incomplete", request) == {"countries": 2}
    [empty, nearly] = desk.progress(request, admin.site)
    assert (empty.name, empty.percent, len(empty.missing)) == ("Empty", 0, 9)
    assert (nearly.name, nearly.percent) == ("Nearly", 89)
    assert nearly.missing == ["Cluster policies and programmes"]
    assert nearly.address == f"/admin/countries/country/{most.pk}/change/"


def make_change(**values):
    """Make a public section with the draft of a change beside it."""
    section = make_section()
    reworking.start(section, None)
    Rework.objects.of(section).update(**values)
    return section


def make_everything():
    """Make a record of each concern."""
    now, day = timezone.now(), today()
    for make in (make_country, make_cluster, make_partnership, make_event):
        make(status="in_review")
        make(status="approved", publish_at=now + DAY)
        make(unpublish_at=now + DAY)
    make_section(status="in_review")
    make_change(state="in_review")
    make_change(state="approved", publish_at=now + DAY)
    make_change(state="failed", publish_at=now - DAY)
    make_change(returned_by=make_editor())
    make_section(as_at=None)
    make_fact(indicator=make_indicator(expected_every=1), year=2001)
    make_label(awarded_on=day - 700 * DAY, valid_until=day + DAY)
    make_label(awarded_on=day - 700 * DAY, valid_until=day - DAY)
    make_partnership(joining="open", end=day - DAY)
    make_source(url="https://b.example/")
    CheckedLink.objects.create(address="https://b.example/", first_failed_at=now)


def test_each_number_is_that_of_the_list_it_leads_to(client, administrator, request_of):
    make_everything()
    client.force_login(administrator)
    keys = set()
    for line in desk.lines(request_of(administrator), admin.site):
        for place in line.waiting:
            keys.add(line.concern.key)
            page = client.get(place.address)
            assert page.status_code == 200
            assert page.context["cl"].result_count == place.number
    assert keys == {
        line.concern.key for line in desk.lines(request_of(administrator), admin.site)
    }


def test_an_unknown_concern_filters_nothing(client, administrator):
    make_news_item()
    client.force_login(administrator)
    page = client.get(f"{changelist_url(NewsItem)}?attention=%00nonsense")
    assert page.status_code in (200, 302, 400)
    page = client.get(f"{changelist_url(NewsItem)}?attention=nonsense")
    assert page.context["cl"].result_count == 1


def test_lines_of_zero_are_shown_without_links(client, administrator):
    client.force_login(administrator)
    page = client.get("/admin/").content.decode()
    assert "In review" in page
    assert "attention=in_review" not in page
    make_news_item(status="in_review")
    page = client.get("/admin/").content.decode()
    assert 'href="/admin/events/newsitem/?attention=in_review"' in page


def test_nobody_is_told_of_lists_that_they_may_not_see(client, request_of):
    make_everything()
    reader = make_reader()
    client.force_login(reader)
    assert desk.lines(request_of(reader), admin.site) == []
    page = client.get("/admin/").content.decode()
    assert "What needs attention" not in page
    assert "Country pages that miss most" not in page
    reader.user_permissions.add(Permission.objects.get(codename="view_cluster"))
    reader = type(reader).objects.get(pk=reader.pk)
    assert counts(request_of(reader)) == {
        ("in_review", "clusters"): 1,
        ("scheduled", "clusters"): 1,
        ("ending", "clusters"): 1,
    }


def log(user, record, flag=CHANGE):
    LogEntry.objects.log_actions(user.pk, [record], flag, "")


def test_the_latest_changes_are_those_that_the_reader_may_see(
    request_of, administrator
):
    cluster, news = make_cluster(name="Seen"), make_news_item(title="Not seen")
    gone = make_cluster(name="Gone")
    log(administrator, cluster, ADDITION)
    log(administrator, news)
    log(administrator, gone, DELETION)
    gone.delete()
    reader = make_reader()
    reader.user_permissions.add(Permission.objects.get(codename="view_cluster"))
    changes = desk.latest_changes(request_of(reader), admin.site)
    assert [change.entry.object_repr for change in changes] == ["Seen"]
    assert changes[0].address == f"/admin/clusters/cluster/{cluster.pk}/change/"
    changes = desk.latest_changes(request_of(administrator), admin.site)
    named = [(change.entry.object_repr, bool(change.address)) for change in changes]
    assert named == [("Gone", False), ("Not seen", True), ("Seen", True)]


def count_queries(client):
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/admin/").status_code == 200
    return len(queries)


def test_queries_do_not_grow_with_the_records(client, administrator):
    """One for each list with a concern (10), one for the pages that miss most.

    One for the changes and one for each kind of record in them; two for who asks, and
    two for the version of the content, which tells whether a draft is due.
    """
    client.force_login(administrator)
    make_everything()
    log(administrator, Cluster.objects.first())
    assert count_queries(client) == 17
    for _number in range(3):
        make_everything_again()
    for model in (Cluster, Country, Partnership):
        for record in model.objects.all()[:5]:
            log(administrator, record)
    # Changes of two more kinds.
    assert count_queries(client) == 19


def make_everything_again():
    CheckedLink.objects.all().delete()
    make_everything()


def test_failing_links_name_the_records_in_a_fixed_number_of_queries(
    client, administrator
):
    client.force_login(administrator)
    now, numbers = timezone.now(), []
    for number in range(4):
        address = f"https://{number}.example/?a=1&b"
        make_source(url=address, title=f"Source {number}")
        make_news_item(
            title=f"News {number}",
            body=f'<p><a href="{address.replace("&", "&amp;")}">Words</a></p>',
        )
        CheckedLink.objects.create(
            address=address, first_failed_at=now, reason="It answers 404 Not Found."
        )
        if number in (0, 3):
            with CaptureQueriesContext(connection) as queries:
                page = client.get("/admin/portal/checkedlink/?attention=failing")
            numbers.append(len(queries))
    assert numbers[0] == numbers[1]
    text = page.content.decode()
    for number in range(4):
        assert f">Source {number}</a>" in text
        assert f">News {number}</a>" in text
    assert "It answers 404 Not Found." in text


def test_a_link_names_only_records_that_the_reader_may_see(client):
    reader = make_reader()
    codenames = ["view_checkedlink", "view_source"]
    reader.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(reader)
    address = "https://a.example/"
    make_source(url=address, title="A source")
    make_news_item(source_url=address, title="Secret news", status="draft")
    CheckedLink.objects.create(address=address, first_failed_at=timezone.now())
    page = client.get("/admin/portal/checkedlink/").content.decode()
    assert "A source" in page
    assert "Secret news" not in page


def test_every_publishable_list_has_the_concerns_of_publishing():
    for model, model_admin in admin.site._registry.items():
        if all(hasattr(model, name) for name in PUBLISHABLE):
            keys = [concern.key for concern in model_admin.concerns]
            wanted = [concern.key for concern in OF_PUBLISHING]
            assert keys[: len(wanted)] == wanted, model


def test_one_record_is_told_of_as_one(admin_client):
    make_news_item(status="in_review")
    page = admin_client.get(reverse("admin:index")).content.decode()
    assert ">1 news item<" in page
