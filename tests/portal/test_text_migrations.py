"""Plain texts become paragraphs and come back, and what was loaded with them."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from countries.models import CountrySection
from events.models import NewsItem
from portal.models import LoadedRecord
from tests.factories import make_news_item, make_section

pytestmark = pytest.mark.django_db

PLAIN = "One & two < three.\nSame paragraph.\n\nAnother."
RICH = "<p>One &amp; two &lt; three.<br>Same paragraph.</p><p>Another.</p>"
SECTIONS = import_module("countries.migrations.0005_turn_section_texts_into_paragraphs")
BODIES = import_module("events.migrations.0007_turn_bodies_into_paragraphs")


def write_as_before(record, column):
    """Store a plain text past the field, as earlier versions did."""
    table = record._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = %s WHERE id = %s", [PLAIN, record.pk]
        )


def stored(record, column):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM {record._meta.db_table} WHERE id = %s", [record.pk]
        )
        return cursor.fetchone()[0]


def test_sections_and_what_the_files_said_of_them_become_paragraphs():
    section = make_section()
    write_as_before(section, "lead")
    LoadedRecord.objects.create(
        entity="countries.countrysection",
        key="MX / context",
        object_pk=section.pk,
        values={"kind": "context", "lead": PLAIN, "rest": ""},
    )
    SECTIONS.to_paragraphs(apps, None)
    assert stored(section, "lead") == RICH
    assert LoadedRecord.objects.get().values == {
        "kind": "context",
        "lead": RICH,
        "rest": "",
    }
    assert CountrySection.objects.get().lead == RICH


def test_bodies_become_paragraphs():
    news = make_news_item()
    write_as_before(news, "body")
    BODIES.to_paragraphs(apps, None)
    assert NewsItem.objects.get().body == stored(news, "body") == RICH


def test_the_way_back_gives_the_plain_text():
    assert SECTIONS.paragraphs(PLAIN) == RICH
    assert SECTIONS.plain_text(RICH) == PLAIN
    assert BODIES.plain_text(RICH) == PLAIN
