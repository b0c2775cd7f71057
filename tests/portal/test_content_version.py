import datetime
import re
import sys
from types import FunctionType

import pytest
from django.apps import apps
from django.db import DatabaseError, OperationalError, connection
from django.db.transaction import atomic
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from clusters.apps import CLASSIFICATIONS
from clusters.models import Industry
from countries.apps import COUNTRIES
from portal.content_version import (
    current_version,
    forget,
    kept,
    kept_with,
    numbers_of_subjects,
    one_version,
)
from portal.models import ContentVersion
from portal.partial_dates import BRUSSELS
from portal.triggers import EVERY, followed_tables
from tests.factories import make_cluster, make_country, make_event, make_industry

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


def test_an_event_that_is_over_gives_another_version(clock):
    make_event(
        starts_on=NOON.date(),
        ends_on=NOON.date(),
        starts_at=datetime.time(13),
        ends_at=datetime.time(15),
    )
    versions = []
    for hour in (0, 1.5, 2.9, 3.1):
        clock(hours(hour))
        versions.append(current_version())
    assert versions[0] == versions[1] == versions[2]
    assert versions[3] != versions[0]


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


def test_what_is_kept_with_subjects_is_made_anew_where_one_of_them_changes(clock):
    made = []

    @kept_with(CLASSIFICATIONS, COUNTRIES)
    def names():
        made.append(1)
        return len(made)

    cluster = make_cluster()
    assert [names(), names()] == [1, 1]
    cluster.save()
    assert names() == 1
    make_country()
    assert [names(), names()] == [2, 2]
    industry = make_industry("C13")
    assert names() == 3
    Industry.objects.filter(pk=industry.pk).update(title="Other")
    assert names() == 4
    industry.delete()
    assert names() == 5
    make_country(publish_at=hours(1))
    assert names() == 6
    clock(hours(2))
    assert [names(), names()] == [7, 7]
    forget()
    assert names() == 8


def kept_with_subjects():
    """Return the functions that are kept with subjects, each under its name."""
    # All of them are imported with the views.
    resolve("/")
    apps_of_ours = tuple(f"{config.name}." for config in apps.get_app_configs())
    return {
        f"{value.__module__}.{value.__qualname__}": value
        for name, module in list(sys.modules.items())
        if name.startswith(apps_of_ours)
        for value in vars(module).values()
        if isinstance(value, FunctionType) and hasattr(value, "subjects")
    }


def test_no_function_reads_what_its_subjects_do_not_follow():
    functions = kept_with_subjects()
    assert "partnerships.rows.names" in functions
    with one_version():
        numbers_of_subjects(current_version())
        for name, function in functions.items():
            followed = {
                one.table
                for one in followed_tables()
                if one.records == EVERY and one.subject in function.subjects
            }
            with CaptureQueriesContext(connection) as queries:
                function.__wrapped__()
            read = re.findall(r'(?:FROM|JOIN) "(\w+)"', str(queries.captured_queries))
            assert set(read) <= followed, name


def test_a_request_asks_for_the_version_once():
    current_version()
    with CaptureQueriesContext(connection) as queries, one_version():
        version = current_version()
        make_event()
        assert current_version() == version
    assert sum("portal_contentversion" in query["sql"] for query in queries) == 1


def break_connection():
    """End the connection in use from the side of the server."""
    if connection.vendor != "postgresql":
        pytest.skip("A file has no server that ends connections.")
    other = connection.copy()
    with other.cursor() as cursor:
        process = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_connection_of_an_earlier_request_is_renewed_where_it_broke():
    make_country()
    version = ContentVersion.objects.current()
    break_connection()
    connection.health_check_done = False
    assert ContentVersion.objects.current() == version
    assert connection.health_check_done


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_within_a_request_is_not_renewed():
    ContentVersion.objects.current()
    break_connection()
    with pytest.raises(OperationalError):
        ContentVersion.objects.current()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_whose_connection_broke_is_not_gone_on_with():
    with pytest.raises(OperationalError), atomic():
        ContentVersion.objects.current()
        connection.health_check_done = False
        break_connection()
        ContentVersion.objects.current()
    connection.close()


def test_a_connection_that_works_is_not_renewed_for_another_error(monkeypatch):
    monkeypatch.setattr("portal.models.PRESENT_VERSION", "SELECT nothing")
    used = connection.connection
    connection.health_check_done = False
    with pytest.raises(DatabaseError), atomic():
        ContentVersion.objects.current()
    assert connection.connection is used
