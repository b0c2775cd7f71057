import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.content_version import current_version, forget, kept, one_version
from portal.partial_dates import BRUSSELS
from tests.factories import make_country, make_event

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2026, 3, 4, 12, tzinfo=BRUSSELS)


@pytest.fixture
def clock(monkeypatch):
    """Return a function that sets the time."""

    def set_time(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    set_time(NOON)
    return set_time


def hours(number):
    return NOON + datetime.timedelta(hours=number)


def test_every_write_gives_another_version():
    versions = {current_version()}
    country = make_country()
    versions.add(current_version())
    country.delete()
    versions.add(current_version())
    assert len(versions) == 3


def test_the_clock_gives_another_version_where_it_changes_what_is_public(clock):
    make_country(publish_at=hours(1), unpublish_at=hours(3))
    versions = []
    for hour in (0, 0.5, 1, 2.9, 3, 11.9, 12):
        clock(hours(hour))
        versions.append(current_version())
    first, again, published, still, withdrawn, evening, next_day = versions
    assert first == again
    assert published == still
    assert withdrawn == evening
    assert len({first, published, withdrawn, next_day}) == 4


def test_the_clock_alone_never_gives_an_earlier_version_again(clock):
    make_country(publish_at=hours(1))
    clock(hours(2))
    published = current_version()
    clock(hours(0))
    assert current_version() != published


def test_what_is_kept_is_made_anew_for_another_version():
    made = []

    @kept
    def names():
        made.append(1)
        return len(made)

    assert [names(), names()] == [1, 1]
    make_country()
    assert [names(), names()] == [2, 2]
    forget()
    assert names() == 3


def test_a_request_asks_for_the_version_once():
    current_version()
    with CaptureQueriesContext(connection) as queries, one_version():
        version = current_version()
        make_event()
        assert current_version() == version
    assert sum("portal_contentversion" in query["sql"] for query in queries) == 1
