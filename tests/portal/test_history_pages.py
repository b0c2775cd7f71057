"""The pages on which editors read histories, go back, and bring back what is deleted."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clusters.models import Cluster, EscaLabel, FormerName, Industry
from countries.models import Country, CountrySection, Fact, Source
from events.models import NewsItem
from partnerships.models import Partnership
from portal.history import has_history, recording
from portal.history_admin import moment_in_address
from tests import back_office, factories
from tests.back_office import change_url, form_values, messages_of

from .linked_records import link, make_linked_records

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(db):
    return factories.make_staff("grace", superuser=True, first_name="Grace")


def address(model, name, *arguments):
    route = f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}"
    return reverse(route, args=arguments)


def history_url(record):
    return address(type(record), "history", record.pk)


def told(response):
    """Return what the page tells: who, which record, what, from what, to what."""
    return [
        (
            entry.user,
            record.title,
            record.kind,
            change.label,
            "".join(part.text for part in change.before),
            "".join(part.text for part in change.after),
        )
        for entry in response.context["entries"]
        for record in entry.records
        for change in record.changes
        if record.kind == "~"
    ]


def version_url(record, number):
    """Return the address of an earlier version, counted from the first one."""
    rows = type(record).history.filter(id=record.pk).order_by("history_id")
    moment = moment_in_address(rows[number].history_date)
    return address(type(record), "version", record.pk, moment)


def test_a_history_tells_who_changed_what_field_by_field(admin_client, grace):
    old, new = factories.make_country(name="Old"), factories.make_country(name="New")
    partnership = factories.make_partnership(name="Before", targets=[old])
    with recording(grace):
        partnership.name, partnership.joining = "After", "open"
        partnership.sme_count = 12
        partnership.save()
        partnership.targets.set([new])

    response = admin_client.get(history_url(partnership))

    title = f"Partnership: {partnership.acronym}"
    assert told(response)[:4] == [
        ("Grace", title, "~", "Name", "Before", "After"),
        ("Grace", title, "~", "Joining", "", "Open to new partners"),
        ("Grace", title, "~", "SMEs involved, as declared", "", "12"),
        ("Grace", title, "~", "Targeted third countries", "Old", "New"),
    ]
    page = response.content.decode()
    assert "<del>Before</del>" in page
    assert "<ins>After</ins>" in page


def test_rows_that_were_added_changed_or_removed_stand_in_it(admin_client, grace):
    cluster = factories.make_cluster(name="CLAUT")
    label = factories.make_label(cluster=cluster)
    former = FormerName.objects.create(cluster=cluster, name="Old name")
    with recording(grace, "Tidied up"):
        label.level = "gold"
        label.save()
        former.delete()
        FormerName.objects.create(cluster=cluster, name="New name")

    response = admin_client.get(history_url(cluster))

    entry = response.context["entries"][0]
    assert (entry.user, entry.reason) == ("Grace", "Tidied up")
    assert sorted((record.title, record.kind) for record in entry.records) == [
        ("ESCA label: Gold: CLAUT", "~"),
        ("Former name: New name", "+"),
        ("Former name: Old name", "-"),
    ]


def test_publishing_stands_in_it_with_its_reason(admin_client, admin_user):
    draft = factories.make_cluster(status="draft")

    back_office.run_action(admin_client, "publish", draft)
    response = admin_client.get(history_url(draft))

    entry = response.context["entries"][0]
    assert (entry.user, entry.reason) == (str(admin_user), "Moved to “Published”.")
    assert ("Status", "Draft", "Published") in [line[3:] for line in told(response)]


def test_a_form_with_links_and_rows_is_one_entry_and_one_row(admin_client, admin_user):
    cluster = factories.make_cluster()
    factories.make_label(cluster=cluster)
    industry = factories.make_industry("C13")
    before = Cluster.history.count()

    back_office.assert_saves(
        admin_client,
        change_url(cluster),
        name="Saved",
        industries=[industry.pk],
        **{"labels-0-level": "silver"},
    )

    assert Cluster.history.count() == before + 1
    entry = admin_client.get(history_url(cluster)).context["entries"][0]
    assert entry.user == str(admin_user)
    assert {(record.title, record.kind) for record in entry.records} == {
        ("Cluster: Saved", "~"),
        ("ESCA label: Silver: Saved", "~"),
    }


def test_long_texts_are_compared_word_by_word(admin_client):
    words = " ".join(f"word{number}" for number in range(300))
    item = factories.make_news_item(body=f"{words} old end")
    item.body = f"{words} new end"
    item.save()

    page = admin_client.get(history_url(item)).content.decode()

    assert "<del>old</del>" in page
    assert "<ins>new</ins>" in page
    assert "word150" not in page.split("Before")[1].split("</table>")[0]


def test_every_record_has_a_history_page_in_a_fixed_number_of_queries(admin_client):
    link(make_linked_records(), make_linked_records())
    for model in admin.site._registry:
        record = model._base_manager.first()
        if record is None or not has_history(model):
            continue
        numbers = []
        for _time in range(2):
            for _again in range(2):
                record.save()
            with CaptureQueriesContext(connection) as queries:
                response = admin_client.get(history_url(record))
            assert response.status_code == 200
            numbers.append(len(queries))
        assert numbers[0] == numbers[1], model


def test_a_long_history_is_paged(admin_client):
    cluster = factories.make_cluster()
    for number in range(25):
        cluster.city = f"City {number}"
        cluster.save()

    first = admin_client.get(history_url(cluster))
    second = admin_client.get(history_url(cluster), {"p": 2})

    assert [len(page.context["entries"]) for page in (first, second)] == [20, 6]
    assert "Page 1 of 2" in first.content.decode()


def test_going_back_shows_the_old_values_and_saves_them_anew(admin_client, admin_user):
    country, gone = factories.make_country(), factories.make_source(title="Gone")
    kept = factories.make_source(title="Kept")
    cluster = factories.make_cluster(name="Before", country=country, founded=1999)
    with recording():
        cluster.sources.add(gone, kept)
        label = factories.make_label(cluster=cluster)
        removed = FormerName.objects.create(cluster=cluster, name="Removed")
    with recording():
        cluster.name, cluster.founded = "After", None
        cluster.save()
        cluster.sources.clear()
        label.level = "gold"
        label.save()
        removed.delete()
        FormerName.objects.create(cluster=cluster, name="Added")
    gone.delete()
    back = version_url(cluster, 1)

    page = admin_client.get(back)
    shown = form_values(page)
    saved = admin_client.post(back, shown)

    assert Cluster.objects.get().name == "Before"
    assert shown["name"] == ["Before"]
    assert shown["sources"] == [str(kept.pk)]
    assert "no longer there" in page.content.decode()
    assert saved.status_code == 302, back_office.errors_of(saved)
    cluster.refresh_from_db()
    assert (cluster.name, cluster.founded) == ("Before", 1999)
    assert list(cluster.sources.all()) == [kept]
    assert [one.level for one in cluster.labels.all()] == ["bronze"]
    assert [one.name for one in cluster.former_names.all()] == ["Removed"]
    row = Cluster.history.filter(id=cluster.pk).order_by("history_id").last()
    assert row.history_user == admin_user
    assert row.history_change_reason.startswith("Went back to the version of ")


def changes_told(page):
    return {
        (record.title, change.label)
        for record in page.context["version"].records
        for change in record.changes
    }


def test_going_back_tells_only_what_the_form_writes(admin_client):
    country = factories.make_country(
        name="Mexico", iso2="MX", iso3="MEX", status="draft"
    )
    section = factories.make_section(country=country, status="draft", lead="Old")
    Country.objects.filter(pk=country.pk).publish()
    CountrySection.objects.filter(pk=section.pk).publish()
    with recording():
        country.refresh_from_db()
        country.capital = "Puebla"
        country.save()
        section.refresh_from_db()
        section.lead = "New"
        section.save()
    moment = CountrySection.history.order_by("history_id")[0].history_date
    back = address(Country, "version", country.pk, moment_in_address(moment))

    page = admin_client.get(back)

    assert changes_told(page) == {
        ("Country: Mexico", "Capital"),
        (f"Section: {section}", "Always shown"),
    }
    saved = admin_client.post(back, form_values(page))
    assert saved.status_code == 302, back_office.errors_of(saved)
    country.refresh_from_db()
    section.refresh_from_db()
    assert (country.status, country.capital) == ("published", "")
    assert (section.status, section.lead) == ("published", "<p>Old</p>")


def test_going_back_does_not_overwrite_what_was_saved_meanwhile(admin_client, grace):
    cluster = factories.make_cluster(name="First")
    cluster.name = "Second"
    cluster.save()
    back = version_url(cluster, 0)
    shown = form_values(admin_client.get(back))
    with recording(grace):
        cluster.city = "Puebla"
        cluster.save()

    response = admin_client.post(back, shown)

    assert response.status_code == 200
    assert "Grace saved it on" in response.content.decode()
    assert Cluster.objects.get().name == "Second"


@pytest.mark.parametrize("moment", ["nonsense", "20000101T000000000000Z"])
def test_a_version_that_never_was_is_not_found(admin_client, moment):
    cluster = factories.make_cluster()

    response = admin_client.get(address(Cluster, "version", cluster.pk, moment))

    assert response.status_code == 404


def test_addresses_that_no_page_has_are_no_errors(admin_client):
    cluster = factories.make_cluster()
    huge = 10**30
    for url in (
        address(Cluster, "restore", huge),
        address(Cluster, "version", huge, "20260101T000000000000Z"),
        address(Cluster, "version", "nonsense", "20260101T000000000000Z"),
        address(Cluster, "version", cluster.pk, "00010101T000000000000Z"),
        f"{history_url(cluster)}?p=nonsense",
        f"{address(Cluster, 'deleted')}?p={huge}",
        address(User, "deleted"),
    ):
        assert admin_client.get(url).status_code in {200, 302, 403, 404}, url


def test_a_deleted_record_comes_back_with_its_key_rows_and_links(admin_client):
    lost, source = factories.make_source(title="Lost"), factories.make_source()
    industry = factories.make_industry("C13")
    cluster = factories.make_cluster(name="CLAUT", founded=2007)
    cluster.sources.add(lost, source)
    cluster.industries.add(industry)
    label = factories.make_label(cluster=cluster, level="gold")
    achievement = factories.make_achievement()
    achievement.clusters.add(cluster)
    pk = cluster.pk
    admin_client.post(back_office.delete_url(cluster), {"post": "yes"})
    assert not Cluster.objects.exists()
    lost.delete()

    deleted = admin_client.get(address(Cluster, "deleted"))
    (_title, version, restore), *_others = deleted.context["lines"]
    page = admin_client.get(restore)
    answer = admin_client.post(restore, follow=True)

    assert "Cluster: CLAUT" in deleted.content.decode()
    assert "ESCA label: Gold: CLAUT" in page.content.decode()
    cluster = Cluster.objects.get()
    assert (cluster.pk, cluster.name, cluster.founded) == (pk, "CLAUT", 2007)
    assert (cluster.status, cluster.name_key) == ("draft", "claut")
    assert list(cluster.sources.all()) == [source]
    assert list(cluster.industries.all()) == [industry]
    assert [(one.pk, one.level) for one in EscaLabel.objects.all()] == [
        (label.pk, "gold")
    ]
    assert list(achievement.clusters.all()) == [cluster]
    assert messages_of(answer)[0] == "“CLAUT” is back."
    assert messages_of(answer)[1].startswith("Not linked again: Sources: ")
    kinds = Cluster.history.filter(id=pk).order_by("history_id")
    assert [row.history_type for row in kinds][-2:] == ["-", "+"]
    assert list(admin_client.get(address(Cluster, "deleted")).context["lines"]) == []
    assert version.id == pk


def test_a_record_whose_name_is_taken_cannot_come_back_and_says_why(admin_client):
    country = factories.make_country()
    cluster = factories.make_cluster(name="CLAUT", slug="claut", country=country)
    with recording():
        cluster.delete()
    factories.make_cluster(name="Claut", slug="claut", country=country)
    version = Cluster.history.filter(history_type="-").get()

    answer = admin_client.post(address(Cluster, "restore", version.history_id))

    assert answer.status_code == 200
    assert "It cannot come back yet" in answer.content.decode()
    assert Cluster.objects.count() == 1


def test_a_record_whose_country_is_gone_cannot_come_back(admin_client):
    country = factories.make_country(name="Atlantis")
    cluster = factories.make_cluster(country=country)
    with recording():
        cluster.delete()
        country.delete()
    version = Cluster.history.filter(history_type="-").get()

    page = admin_client.get(address(Cluster, "restore", version.history_id))

    assert "Country: country" in page.content.decode()
    answer = admin_client.post(address(Cluster, "restore", version.history_id))
    assert answer.status_code == 200
    assert not Cluster.objects.exists()


def give(user, *codenames):
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def test_pages_ask_for_the_rights_to_what_they_show(client):
    user = factories.make_staff()
    give(user, "edit_every_country")
    # What is public is changed by those alone who may publish it.
    cluster = factories.make_cluster(status="draft", published_at=None)
    gone = factories.make_cluster()
    gone.delete()
    version = Cluster.history.get(history_type="-")
    pages = {
        "history": history_url(cluster),
        "version": version_url(cluster, 0),
        "deleted": address(Cluster, "deleted"),
        "restore": address(Cluster, "restore", version.history_id),
    }

    def statuses():
        # New rights end the session.
        client.force_login(user)
        return {name: client.get(url).status_code for name, url in pages.items()}

    assert statuses() == dict.fromkeys(pages, 403)
    give(user, "view_cluster")
    assert statuses() == dict.fromkeys(pages, 403) | {"history": 200}
    give(user, "change_cluster")
    assert statuses() == dict.fromkeys(pages, 403) | {"history": 200, "version": 200}
    give(user, "add_cluster", "delete_cluster")
    # The countries of what is gone are gone with it, so only publishers see it.
    assert statuses() == dict.fromkeys(pages, 200) | {"restore": 404}
    give(user, "publish_cluster")
    assert statuses() == dict.fromkeys(pages, 200)


def test_a_user_in_a_history_is_made_inactive_and_not_deleted(admin_client, grace):
    cluster = factories.make_cluster()
    with recording(grace):
        cluster.save()

    url = back_office.delete_url(grace)
    page = admin_client.get(url).content.decode()
    admin_client.post(url, {"post": "yes"})

    assert "stands in the history of 1 change." in page
    assert User.objects.filter(pk=grace.pk).exists()


def test_a_user_in_no_history_can_be_deleted(admin_client):
    user = factories.make_staff("new")

    admin_client.post(back_office.delete_url(user), {"post": "yes"})

    assert not User.objects.filter(pk=user.pk).exists()


def test_the_list_of_deleted_records_has_a_fixed_number_of_queries(admin_client):
    numbers = []
    for count in (1, 3):
        while Country.history.filter(history_type="-").count() < count:
            factories.make_country().delete()
        with CaptureQueriesContext(connection) as queries:
            response = admin_client.get(address(Country, "deleted"))
        assert len(response.context["lines"]) == count
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_lists_lead_to_what_was_deleted(admin_client):
    for model in (Source, Industry, NewsItem, Partnership):
        page = admin_client.get(back_office.changelist_url(model)).content.decode()
        assert f'href="{address(model, "deleted")}"' in page


def test_an_editor_of_some_countries_sees_deleted_rows_in_as_many_queries(client):
    user = factories.make_staff()
    mexico, chile = factories.make_country(), factories.make_country()
    for country in (mexico, chile):
        type(country).objects.filter(pk=country.pk).update(status="draft")
    mexico.editors.add(user)
    give(user, "view_fact", "add_fact", "change_fact", "delete_fact")
    client.force_login(user)
    numbers = []
    for count in (1, 3):
        for country in (mexico, chile):
            while Fact.history.filter(history_type="-", country_id=country).count() < (
                count
            ):
                factories.make_fact(country=country).delete()
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address(Fact, "deleted"))
        assert len(response.context["lines"]) == count
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
