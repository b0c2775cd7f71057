"""The index of the site search follows every write, and holds what is public."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import TestCase
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from clusters.models import Cluster, FormerName, Industry, TechnologyField
from countries.models import (
    Country,
    CountryAlias,
    CountrySection,
    Organisation,
    Report,
)
from events.models import Achievement, Event, NewsItem
from partnerships.models import Membership, Partnership
from portal.models import SearchEntry, SearchWord
from portal.publishing.models import Publishable
from portal.search_index import declared_entries, rebuild
from portal.search_triggers import search_triggers
from portal.triggers import DROP, content_tables, install_triggers
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_membership,
    make_news_item,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
)

from .linked_records import HIDDEN, LONG_AGO, link, make_linked_records

MODELS = {
    ("countries", ""): Country,
    ("countries", "alias"): CountryAlias,
    ("countries", "section"): CountrySection,
    ("clusters", ""): Cluster,
    ("clusters", "former"): FormerName,
    ("industries", ""): Industry,
    ("technologies", ""): TechnologyField,
    ("partnerships", ""): Partnership,
    ("partnerships", "partner"): Membership,
    ("events", ""): Event,
    ("achievements", ""): Achievement,
    ("news", ""): NewsItem,
    ("organisations", ""): Organisation,
    ("reports", ""): Report,
}
# Which are no records of their own, but what others are about.
TERMS = (Industry, TechnologyField)
STATUSES = [
    {"status": Publishable.Status.PUBLISHED, "published_at": LONG_AGO},
    *({"publish_at": None, "unpublish_at": None, **values} for values in HIDDEN),
    {"status": Publishable.Status.APPROVED, "publish_at": LONG_AGO},
]


def public_keys(model):
    """Return what ``published()``, the one door to public data, lets through."""
    if model in TERMS:
        return set(model.objects.values_list("pk", flat=True))
    if hasattr(model.objects, "published"):
        return set(model.objects.published().values_list("pk", flat=True))
    return {
        alias.pk for alias in model.objects.all() if alias.country.pk in countries()
    }


def countries():
    return public_keys(Country)


def assert_index_is_right():
    assert not rebuild(check_only=True)
    for (kind, part), model in MODELS.items():
        entries = SearchEntry.objects.public().filter(kind=kind, part=part)
        assert set(entries.values_list("part_key", flat=True)) == public_keys(model)


def entry(kind, part=""):
    return SearchEntry.objects.get(kind=kind, part=part)


class DeclarationTests(TestCase):
    def test_every_kind_of_entry_is_compared_with_its_model(self):
        tables = connection.introspection.table_names()
        declared = {
            (entries.kind, entries.part): entries.table
            for entries in declared_entries(tables)
        }
        self.assertEqual(
            declared, {key: model._meta.db_table for key, model in MODELS.items()}
        )

    def test_every_column_that_entries_depend_on_is_followed(self):
        """Write each column of each table, one by one, and compare."""
        link(make_linked_records(), make_linked_records())
        written = 0
        for table in content_tables():
            with connection.cursor() as cursor:
                description = connection.introspection.get_table_description
                columns = description(cursor, table)
                relations = connection.introspection.get_relations(cursor, table)
            # Another key would leave what points at it hanging.
            for column in (column for column in columns if column.name != "id"):
                value = another_value(column, relations)
                with self.subTest(table=table, column=column.name, value=value):
                    written += self.write_and_compare(table, column.name, value)
        self.assertGreater(written, 100)

    def write_and_compare(self, table, column, value):
        with transaction.atomic():
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        f'UPDATE "{table}" SET "{column}" = {value} '
                        f'WHERE id = (SELECT min(id) FROM "{table}")'
                    )
            except DatabaseError:
                # It refuses a wrong value, which is as well.
                return 0
            assert_index_is_right()
            transaction.set_rollback(True)
        return 1


def another_value(column, relations):
    """Return as SQL a value that the column of a record may have as well."""
    if column.name in relations:
        table = relations[column.name][1]
        return f'(SELECT max(id) FROM "{table}")'
    by_name = {
        "status": "'archived'",
        "publish_at": "'2999-01-01 00:00:00+00'",
        "unpublish_at": "'2001-01-01 00:00:00+00'",
    }
    kind = connection.introspection.get_field_type(column.type_code, column)
    by_kind = {"CharField": "'Zz'", "TextField": "'Zz'", "DateField": "'2021-02-03'"}
    return by_name.get(column.name) or by_kind.get(kind, "NULL")


class FollowingTests(TestCase):
    def test_a_name_is_found_anew_at_once(self):
        country = make_country(name="Mexico")
        country.name = "Chile"
        country.save()
        self.assertEqual(entry("countries").names.split("\n")[0], "chile")
        self.assertFalse(SearchWord.objects.filter(word="mexico").exists())
        self.assertEqual(SearchWord.objects.get(word="chile").number, 1)

    def test_a_country_that_is_renamed_renames_itself_in_what_is_its(self):
        make_linked_records()
        Country.objects.update(name="Chile", name_key="chile", slug="chile")
        for kind in ("clusters", "events", "organisations", "reports"):
            for found in SearchEntry.objects.filter(kind=kind, part=""):
                self.assertIn("Chile", found.context)
        assert_index_is_right()

    def test_bulk_writes_and_plain_sql_are_followed(self):
        Partnership.objects.bulk_create(
            Partnership(
                acronym=f"P{number}",
                slug=f"p{number}",
                name="Alliance",
                status="published",
                published_at=LONG_AGO,
            )
            for number in range(3)
        )
        assert_index_is_right()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE partnerships_partnership SET name_key = 'x' WHERE slug = 'p1'"
            )
        assert_index_is_right()
        Partnership.objects.filter(slug="p2").delete()
        assert_index_is_right()
        self.assertEqual(SearchEntry.objects.count(), 2)

    def test_what_is_rolled_back_leaves_the_index_as_it_was(self):
        with transaction.atomic():
            make_cluster(name="Rolled back")
            self.assertTrue(SearchEntry.objects.exists())
            transaction.set_rollback(True)
        self.assertFalse(SearchEntry.objects.exists())
        self.assertFalse(SearchWord.objects.exists())

    def test_a_change_of_something_else_writes_no_entry(self):
        cluster = make_cluster()
        before = set(SearchEntry.objects.values_list("pk", flat=True))
        Cluster.objects.update(member_count=5)
        cluster.country.area_km2 = 7
        cluster.country.save()
        cluster.save()
        after = set(SearchEntry.objects.values_list("pk", flat=True))
        self.assertEqual(before, after)

    def test_a_record_that_moves_is_found_where_it_went(self):
        make_section(country=make_country(name="Chile"))
        CountrySection.objects.update(country=make_country(name="Peru"))
        self.assertEqual(entry("countries", "section").title, "Peru")
        assert_index_is_right()

    def test_a_key_that_changes_is_followed(self):
        make_news_item()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE events_newsitem SET id = id + 100")
        assert_index_is_right()

    def test_a_long_text_is_no_obstacle(self):
        make_news_item(body="word " * 400_000, summary="x" * 3_000)
        make_cluster(name="x" * 300)
        assert_index_is_right()


class PublicTests(TestCase):
    def test_the_entries_are_what_published_lets_through(self):
        for values in HIDDEN:
            public = make_linked_records()
            hidden = make_linked_records(suffix=" SECRET", **values)
            link(public, hidden)
            with self.subTest(values=values):
                assert_index_is_right()

    def test_drafts_are_not_even_in_the_index(self):
        for status in ("draft", "in_review", "archived"):
            make_linked_records(suffix=" SECRET", status=status)
        make_organisation(country=None)
        for model in TERMS:
            model.objects.update(title_key="")
        entries = SearchEntry.objects.exclude(kind__in=["industries", "technologies"])
        self.assertEqual(entries.count(), 1)
        self.assertFalse(SearchWord.objects.filter(word="secret").exists())

    def test_the_clock_publishes_and_withdraws_without_a_write(self):
        now = timezone.now()
        later = now + datetime.timedelta(hours=1)
        last = now + datetime.timedelta(hours=2)
        country = make_country(unpublish_at=last)
        make_cluster(country=country, status="approved", publish_at=later)
        clusters = SearchEntry.objects.filter(kind="clusters")
        for at, number in ((now, 0), (later, 1), (last, 0)):
            self.assertEqual(clusters.public(at).count(), number)
            self.assertEqual(Cluster.objects.published(at).count(), number)

    def test_a_partner_that_is_not_public_finds_no_partnership(self):
        partnership = make_partnership()
        draft = make_country(status="draft")
        for cluster in (make_cluster(status="draft"), make_cluster(country=draft)):
            make_membership(partnership=partnership, cluster=cluster)
        partners = SearchEntry.objects.filter(part="partner")
        self.assertFalse(partners.exists())
        Cluster.objects.update(status="published", published_at=LONG_AGO)
        self.assertEqual(partners.count(), 1)
        Country.objects.update(status="published", published_at=LONG_AGO)
        self.assertEqual(partners.count(), 2)


class RebuildTests(TestCase):
    def setUp(self):
        make_linked_records()

    def damage(self):
        SearchEntry.objects.filter(kind="clusters").delete()
        SearchEntry.objects.filter(kind="news").delete()
        SearchEntry.objects.filter(kind="events").update(names="wrong")
        SearchWord.objects.filter(number=1).first().delete()

    def test_a_right_index_stays_as_it_is(self):
        before = list(SearchEntry.objects.values_list())
        self.assertFalse(rebuild())
        self.assertEqual(list(SearchEntry.objects.values_list()), before)

    def test_mends_what_is_wrong(self):
        self.damage()
        difference = rebuild()
        self.assertEqual((difference.missing, difference.surplus), (4, 1))
        assert_index_is_right()

    def test_makes_all_of_it_from_nothing(self):
        SearchEntry.objects.all().delete()
        SearchWord.objects.all().delete()
        rebuild()
        assert_index_is_right()

    def test_the_command_says_what_was_wrong_and_mends_it(self):
        call_command("rebuild_search", "--check")
        self.damage()
        with self.assertRaises(CommandError):
            call_command("rebuild_search", "--check")
        call_command("rebuild_search")
        call_command("rebuild_search", "--check")

    def test_full_text_that_lost_track_is_noticed_and_mended(self):
        if connection.vendor != "sqlite":
            self.skipTest("PostgreSQL itself keeps its indexes right.")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO portal_searchtext (portal_searchtext) "
                "VALUES ('delete-all')"
            )
        self.assertTrue(rebuild().is_damaged)
        assert_index_is_right()

    def test_triggers_that_were_missing_make_up_for_what_they_missed(self):
        with connection.cursor() as cursor:
            drop_search_triggers(cursor)
        make_news_item(title="Unwatched")
        self.assertFalse(SearchEntry.objects.filter(title="Unwatched").exists())
        install_triggers(using="default")
        self.assertTrue(SearchEntry.objects.filter(title="Unwatched").exists())
        assert_index_is_right()


def drop_search_triggers(cursor):
    tables = set(connection.introspection.table_names())
    for trigger in search_triggers(connection.vendor, tables):
        cursor.execute(DROP[connection.vendor].format(name=trigger.name))


PLACES = st.integers(0, len(MODELS) - 1)
# What may happen to the records of a small site.
ACTIONS = st.one_of(
    st.tuples(st.just("publish"), PLACES, st.integers(0, len(STATUSES) - 1)),
    st.tuples(st.just("rename"), PLACES, st.sampled_from(["Ærø", "x", ""])),
    st.tuples(st.just("delete"), PLACES, st.just(0)),
    st.tuples(st.just("move"), PLACES, st.integers(0, 1)),
    st.tuples(st.just("add"), PLACES, st.integers(0, len(STATUSES) - 1)),
)
KINDS = list(MODELS.values())
NAME_FIELDS = {
    **dict.fromkeys(KINDS, "title"),
    **dict.fromkeys(
        [Country, CountryAlias, Cluster, FormerName, Partnership, Organisation], "name"
    ),
    CountrySection: "lead",
    Membership: "partner_name",
}


class PropertyTests(HypothesisTestCase):
    @classmethod
    def setUpTestData(cls):
        link(make_linked_records(), make_linked_records())

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(ACTIONS, min_size=1, max_size=8))
    def test_whatever_happens_the_index_equals_a_rebuild(self, actions):
        for action, place, value in actions:
            perform(action, KINDS[place % len(KINDS)], value)
            assert_index_is_right()


def perform(action, model, value):
    record = model.objects.order_by("pk").first()
    if record is None:
        return
    try:
        with transaction.atomic():
            change(action, record, value)
    except (IntegrityError, ProtectedError):
        # Others depend on it, or it would not be valid.
        return


def change(action, record, value):
    records = type(record).objects.filter(pk=record.pk)
    if action == "publish" and isinstance(record, Publishable):
        records.update(**STATUSES[value])
    elif action == "rename":
        setattr(record, NAME_FIELDS[type(record)], f"{value} {record.pk}")
        record.save()
    elif action == "move" and hasattr(record, "country_id"):
        countries = Country.objects.order_by("pk")[: value + 1]
        records.update(country=countries[len(countries) - 1])
    elif action == "delete":
        record.delete()
    elif action == "add":
        add_another(record, STATUSES[value])


def add_another(record, values):
    """Add a record like this one, with a name of its own."""
    number = type(record).objects.latest("pk").pk + 1
    if isinstance(record, Publishable):
        values = {**values, "slug": f"added-{number}"}
        for name, new in values.items():
            setattr(record, name, new)
    setattr(record, NAME_FIELDS[type(record)], f"Added {number}")
    record.pk, record._state.adding = None, True
    record.save()


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_has_an_empty_index():
    make_linked_records()
    call_command("flush", interactive=False, verbosity=0)
    assert not SearchEntry.objects.exists()
    assert not SearchWord.objects.exists()
    make_report(country=make_country())
    make_event()
    assert_index_is_right()
