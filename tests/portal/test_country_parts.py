"""The parts of a country page, each kept for as long as what it shows stays the same."""

import datetime
import re

import pytest
from django.core.cache import caches
from django.core.cache.utils import make_template_fragment_key
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clusters.models import Cluster, EscaLabel
from countries.apps import COUNTRIES
from countries.models import (
    Country,
    CountrySection,
    Fact,
    Indicator,
    Organisation,
    Report,
    Source,
)
from events.models import Achievement, Event, NewsItem
from partnerships.apps import SUBJECT
from partnerships.index import known_rows
from partnerships.models import Partnership
from portal.content_version import forget, rehearsing
from portal.country_views import PARTS
from portal.partial_dates import BRUSSELS
from portal.triggers import followed_tables
from tests.factories import make_cluster, make_event

from .linked_records import make_linked_records

pytestmark = pytest.mark.django_db
CLOCK = "SELECT (SELECT"
# Those that an index follows record by record.
OF_PARTNERSHIPS = {"counters", "partnerships"}


@pytest.fixture
def address():
    country, *_others = make_linked_records()
    return country.get_absolute_url()


def tables_read(queries):
    """Return the tables of some queries, but that of what the clock changes next."""
    asked = [one["sql"] for one in queries if not one["sql"].startswith(CLOCK)]
    return set(re.findall(r'(?:FROM|JOIN) "(\w+)"', str(asked)))


@pytest.mark.parametrize(
    "part", [part for part in PARTS if part != "sections without figures"]
)
def test_no_part_shows_what_its_subjects_do_not_follow(client, address, part):
    client.get(address)
    editions = client.get(address).context["editions"]
    country = Country.objects.get()
    key = make_template_fragment_key(f"country-{part}", [country.pk, editions[part]])
    assert caches["parts"].delete(key)
    known_rows().clear()
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    subjects = {COUNTRIES, *PARTS[part]}
    followed = {
        one.table
        for one in followed_tables()
        if (one.subject in subjects and one.is_whole)
        or (one.subject == SUBJECT and part in OF_PARTNERSHIPS)
    }
    read = tables_read(queries)
    assert read <= followed
    # Beside the country itself.
    assert len(read) > 1


CHANGES = {
    "counters": lambda: EscaLabel.objects.all().delete(),
    "reports": lambda: Report.objects.update(title="New"),
    "facts": lambda: Fact.objects.update(value=4321),
    "unit of a fact": lambda: Indicator.objects.update(name="New"),
    "source": lambda: Source.objects.update(title="New"),
    "sections": lambda: CountrySection.objects.update(lead="New"),
    "cluster without a partnership": lambda: make_cluster(
        country=Country.objects.get()
    ),
    "figure in a section": lambda: Cluster.objects.update(status="draft"),
    "organisations": lambda: Organisation.objects.update(name="New"),
    "events": lambda: Event.objects.update(title="New"),
    "achievements": lambda: Achievement.objects.update(title="New"),
    "cluster with a label": lambda: Cluster.objects.update(acronym="NEW"),
    "news": lambda: NewsItem.objects.update(title="New"),
    "partnerships": lambda: Partnership.objects.update(acronym="New"),
    "number of partnerships": lambda: Partnership.objects.update(status="draft"),
    "country": lambda: Country.objects.update(name="New", capital="New"),
    "source of the country": lambda: Country.sources.through.objects.all().delete(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_shows_at_once(client, address, name):
    country = Country.objects.get()
    country.sources.add(Source.objects.first())
    CountrySection.objects.update(lead="<p>Of clusters: [[clusters]].</p>")
    former = client.get(address).content
    assert client.get(address).content == former
    CHANGES[name]()
    page = client.get(address).content
    assert page != former
    forget()
    assert page == client.get(address).content


def test_a_publication_reads_only_what_tells_of_it(client, address):
    for _round in range(2):
        NewsItem.objects.update(title="New")
        with CaptureQueriesContext(connection) as queries:
            assert "New" in client.get(address).content.decode()
    assert "events_newsitem" in tables_read(queries)
    assert tables_read(queries).isdisjoint(
        {"events_event", "clusters_cluster", "partnerships_partnership"}
    )
    # Version, clock, country, which subjects changed, and which partnerships; news.
    assert len(queries) == 6


def test_an_event_that_is_over_leaves_the_upcoming_ones(client, address, monkeypatch):
    day = datetime.date(2026, 3, 4)
    make_event(
        country=Country.objects.get(),
        starts_on=day,
        ends_on=day,
        starts_at=datetime.time(13),
        ends_at=datetime.time(15),
    )
    for hour, is_over in ((14, False), (16, True)):
        now = datetime.datetime.combine(day, datetime.time(hour), BRUSSELS)
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        page = client.get(address).content.decode()
        assert ("Past events" in page) is is_over


def test_nothing_is_kept_of_a_draft_or_while_templates_are_written(
    client, address, settings
):
    assert client.get(address).context["cache"] == "parts"
    with rehearsing():
        assert client.get(address).context["cache"] == "none"
    settings.DEBUG = True
    assert client.get(address).context["cache"] == "none"


def test_filters_of_the_table_show_what_they_find(client, address):
    assert "1 partnership" in client.get(address).content.decode()
    page = client.get(f"{address}?smes_min=999").content.decode()
    assert "None of those that target" in page
    assert "None of those that target" not in client.get(address).content.decode()
