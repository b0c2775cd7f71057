import pytest

from events.models import Achievement, Event, NewsItem
from tests import back_office, factories

pytestmark = pytest.mark.django_db


def make_event():
    return factories.make_event(country=factories.make_country())


def make_achievement():
    achievement = factories.make_achievement(
        countries=[factories.make_country()], updated_by=back_office.make_editor()
    )
    achievement.labels.add(factories.make_label())
    return achievement


def make_news_item():
    news_item = factories.make_news_item(
        countries=[factories.make_country()], updated_by=back_office.make_editor()
    )
    news_item.corrections.create(corrected_on="2018-01-31", text="It was 2016.")
    return news_item


# Each list with its number of queries: session, user, what the filters offer,
# count, rows.
LISTS = [
    (Event, make_event, 5),
    (Achievement, make_achievement, 5),
    (NewsItem, make_news_item, 5),
]
MAKERS = [(model, make) for model, make, queries in LISTS]


@pytest.mark.parametrize(("model", "make", "queries"), LISTS)
def test_query_count_of_a_list_does_not_grow_with_its_rows(
    admin_client, model, make, queries
):
    for _ in range(2):
        make()
        assert back_office.count_list_queries(admin_client, model) == queries
        make()


@pytest.mark.parametrize(("model", "make"), MAKERS)
def test_a_record_is_saved_as_its_form_shows_it(admin_client, model, make):
    back_office.assert_unchanged_by_saving(admin_client, make())


@pytest.mark.parametrize(("model", "make"), MAKERS)
def test_no_query_string_makes_a_page_fail(admin_client, model, make):
    make()
    back_office.assert_withstands_hostile_queries(admin_client, model)


def test_adds_each_kind_of_record(admin_client):
    country, label = factories.make_country(), factories.make_label()
    event = back_office.add(
        admin_client,
        Event,
        title="Matchmaking",
        slug="matchmaking",
        starts_on="2018-02-20",
        starts_at="09:00",
        ends_on="2018-02-22",
        time_zone="America/Mexico_City",
        country=country.pk,
    )
    achievement = back_office.add(
        admin_client,
        Achievement,
        title="Gold",
        slug="gold",
        summary="A Gold label.",
        labels=[label.pk],
    )
    news_item = back_office.add(
        admin_client,
        NewsItem,
        title="News",
        slug="news",
        summary="What is new.",
        date="2016-05-17",
        date_precision="month",
        **{
            "corrections-TOTAL_FORMS": 1,
            "corrections-0-corrected_on": "2018-01-31",
            "corrections-0-text": "It was 2016.",
        },
    )

    assert event.start.isoformat() == "2018-02-20T15:00:00+00:00"
    assert list(achievement.labels.all()) == [label]
    assert news_item.get_date_display() == "May 2016"
    assert news_item.corrections.count() == 1


def test_an_event_that_ends_before_it_begins_is_refused(admin_client):
    event = factories.make_event()

    page = back_office.send(
        admin_client,
        back_office.change_url(event),
        starts_on="2018-02-20",
        ends_on="2018-02-19",
    )

    assert "The last day is before the first day." in page


def test_a_time_zone_is_known_by_its_city_and_offered_while_one_types(admin_client):
    event = factories.make_event()
    url = back_office.change_url(event)

    page = admin_client.get(url).content.decode()
    assert page.count(' list="time-zones"') == 2
    assert page.count('<datalist id="time-zones">') == 1
    assert '<option value="America/Mexico_City">America/Mexico City</option>' in page

    zones = {"time_zone": "bogotá", "end_time_zone": "asia/TAIPEI"}
    back_office.assert_saves(admin_client, url, **zones)
    event.refresh_from_db()
    assert (event.time_zone, event.end_time_zone) == ("America/Bogota", "Asia/Taipei")
    page = back_office.send(admin_client, url, time_zone="Mexiko City")
    assert "write for instance America/Mexico_City." in page


def test_news_is_found_without_accents(admin_client):
    news_item = factories.make_news_item(title="Cumbre en Querétaro")
    factories.make_news_item()

    assert back_office.found(admin_client, NewsItem, "QUERETARO") == [news_item]
