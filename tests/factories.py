"""Records for tests: published, and complete enough to be valid."""

import datetime
from itertools import count

from django.contrib.auth import get_user_model
from django.utils import timezone

from clusters.models import Cluster, EscaLabel, Industry, TechnologyField
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
from partnerships.models import Membership, Partnership
from portal.models import ApiKey
from portal.publishing.models import Publishable

numbers = count(1)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def short_number():
    """Return a number of three digits at most, for codes of four signs."""
    return next(numbers) % 1000


def published(values):
    """Add what makes a record public, unless ``values`` say otherwise."""
    values.setdefault("status", Publishable.Status.PUBLISHED)
    if values["status"] == Publishable.Status.PUBLISHED:
        values.setdefault("published_at", timezone.now())
    return values


def make_source(**values):
    number = next(numbers)
    values.setdefault("citation", f"Source {number}, example.org/{number}")
    values.setdefault("title", f"Source {number}")
    values.setdefault("url", f"https://example.org/{number}")
    return Source.objects.create(**values)


def make_country(**values):
    number = next(numbers)
    # A letter and digits, so that none is a real country's.
    letter = LETTERS[number // 10 % 26]
    values.setdefault("iso2", f"{letter}{number % 10}")
    values.setdefault("iso3", f"{letter}{number % 100:02}")
    values.setdefault("name", f"Country {number}")
    values.setdefault("slug", f"country-{number}")
    values.setdefault("region", "Americas")
    values.setdefault("is_target", True)
    return Country.objects.create(**published(values))


def make_section(**values):
    values.setdefault("country", None)
    values["country"] = values["country"] or make_country()
    values.setdefault("kind", CountrySection.Kind.CONTEXT)
    values.setdefault("lead", "What stands first.")
    values.setdefault("rest", "What stands behind Read more.")
    return CountrySection.objects.create(**published(values))


def make_indicator(**values):
    number = next(numbers)
    values.setdefault("code", f"indicator-{number}")
    values.setdefault("name", f"Indicator {number}")
    return Indicator.objects.create(**values)


def make_fact(**values):
    values.setdefault("value", 42)
    values.setdefault("year", 2015)
    for field, make in (
        ("country", make_country),
        ("indicator", make_indicator),
        ("source", make_source),
    ):
        if field not in values:
            values[field] = make()
    return Fact.objects.create(**values)


def make_organisation(**values):
    values.setdefault("name", f"Organisation {next(numbers)}")
    values.setdefault("kind", Organisation.Kind.MINISTRY)
    if "country" not in values:
        values["country"] = make_country()
    return Organisation.objects.create(**values)


def make_report(**values):
    values.setdefault("title", f"Report {next(numbers)}")
    values.setdefault("url", "https://example.org/report.pdf")
    if "country" not in values:
        values["country"] = make_country()
    return Report.objects.create(**values)


def make_industry(code, **values):
    values.setdefault("title", f"Industry {code}")
    return Industry.objects.create(code=code, **values)


def make_technology_field(code, **values):
    values.setdefault("title", f"Technology {code}")
    return TechnologyField.objects.create(code=code, **values)


def make_cluster(**values):
    number = next(numbers)
    values.setdefault("name", f"Cluster {number}")
    values.setdefault("slug", f"cluster-{number}")
    if "country" not in values:
        values["country"] = make_country()
    return Cluster.objects.create(**published(values))


def make_label(**values):
    if "cluster" not in values:
        values["cluster"] = make_cluster()
    values.setdefault("level", EscaLabel.Level.BRONZE)
    return EscaLabel.objects.create(**values)


def make_partnership(targets=(), industries=(), technology_fields=(), **values):
    number = next(numbers)
    values.setdefault("acronym", f"PART {number}")
    values.setdefault("name", f"Partnership {number}")
    values.setdefault("slug", f"part-{number}")
    partnership = Partnership.objects.create(**published(values))
    partnership.targets.set(targets)
    partnership.industries.set(industries)
    partnership.technology_fields.set(technology_fields)
    return partnership


def make_membership(**values):
    if "partnership" not in values:
        values["partnership"] = make_partnership()
    if "partner_name" not in values and "cluster" not in values:
        values["cluster"] = make_cluster()
    return Membership.objects.create(**values)


def make_event(**values):
    number = next(numbers)
    values.setdefault("title", f"Event {number}")
    values.setdefault("slug", f"event-{number}")
    values.setdefault("starts_on", datetime.date(2030, 5, 6))
    return Event.objects.create(**published(values))


def make_achievement(countries=(), **values):
    number = next(numbers)
    values.setdefault("title", f"Achievement {number}")
    values.setdefault("slug", f"achievement-{number}")
    values.setdefault("summary", "What was achieved.")
    values.setdefault("date", datetime.date(2017, 3, 21))
    achievement = Achievement.objects.create(**published(values))
    achievement.countries.set(countries)
    return achievement


def make_news_item(countries=(), **values):
    number = next(numbers)
    values.setdefault("title", f"News {number}")
    values.setdefault("slug", f"news-{number}")
    values.setdefault("summary", "What is new.")
    values.setdefault("date", datetime.date(2017, 3, 21))
    news_item = NewsItem.objects.create(**published(values))
    news_item.countries.set(countries)
    return news_item


def make_staff(username="editor", *, superuser=False, **values):
    return get_user_model().objects.create_user(
        username=username,
        password="correct horse battery",
        is_staff=True,
        is_superuser=superuser,
        **values,
    )


def make_api_key(**values):
    """Make a key of the API; return it with the text that a client sends."""
    values.setdefault("name", f"Client {next(numbers)}")
    values.setdefault("contact", "client@example.org")
    key = ApiKey(**values)
    text = key.issue()
    key.save()
    return key, text
