import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from clusters.models import Cluster, EscaLabel, Industry
from countries.models import Country, Fact, Organisation, Source
from partnerships.models import Partnership
from portal.data_files import Place
from portal.loading import (
    Outcome,
    Row,
    loaded_primary_keys,
    merge,
    merge_values,
    primary_keys,
)
from portal.models import LoadedRecord
from portal.partial_dates import Precision
from tests.factories import (
    make_cluster,
    make_country,
    make_indicator,
    make_industry,
    make_source,
    make_staff,
)

PLACE = Place(Path("clusters.csv"), 7)


@pytest.mark.parametrize(
    ("new", "last", "current", "expected"),
    [
        ("A", "A", "A", "same"),
        ("A", "A", "edited", "same"),
        ("B", "A", "A", "follows"),
        ("B", "A", "edited", "kept"),
        ("B", "A", "B", "same"),
        ([1, 2], [1], [1], "follows"),
        ([1, 2], [1], [1, 3], "kept"),
    ],
)
def test_a_field_follows_the_files_until_an_editor_changes_it(
    new, last, current, expected
):
    follow, kept = merge_values({"f": new}, {"f": last}, {"f": current})

    found = "follows" if follow else "kept" if kept else "same"
    assert found == expected


class MergeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.country = make_country()
        cls.wood, cls.metal, cls.food = map(make_industry, ("C16", "C24", "C10"))

    def row(self, name="Árbol Cluster", industries=(), key="arbol", **values):
        values = {"name": name, "country_id": self.country.pk, "city": ""} | values
        related = {"industries": [industry.pk for industry in industries]}
        return Row(key, values, related, [f"{key}-cluster"], PLACE)

    def merge(self, *rows):
        tally = merge(Cluster, rows, ("name_key", "country_id"))
        return list(tally.outcomes.values())

    def test_a_new_record_is_published_with_its_links_and_derived_columns(self):
        self.assertEqual(self.merge(self.row(industries=[self.wood])), ["created"])

        cluster = Cluster.objects.published().get()
        self.assertEqual(cluster.name_key, "arbol cluster")
        self.assertEqual(cluster.slug, "arbol-cluster")
        self.assertIsNotNone(cluster.published_at)
        self.assertEqual(list(cluster.industries.all()), [self.wood])

    def test_the_same_rows_again_write_nothing(self):
        self.merge(self.row(industries=[self.wood]))

        with CaptureQueriesContext(
            connection,
        ) as queries:
            outcomes = self.merge(self.row(industries=[self.wood]))

        self.assertEqual(outcomes, ["same"])
        writes = [
            query["sql"]
            for query in queries
            if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        ]
        self.assertEqual(writes, [])

    def test_the_query_count_does_not_grow_with_the_rows(self):
        for number in (1, 3):
            rows = [
                self.row(f"Cluster {name}", [self.wood], f"cluster-{name}")
                for name in range(number)
            ]
            self.merge(*rows)
            # Loaded records, records, links, and two savepoints.
            with self.subTest(rows=number), self.assertNumQueries(7):
                self.merge(*rows)

    def test_a_new_value_arrives_with_what_follows_from_it(self):
        self.merge(self.row())
        before = Cluster.objects.get()
        Cluster.objects.update(updated_by=make_staff())

        outcomes = self.merge(self.row("Ébano Cluster", founded=2001))

        after = Cluster.objects.get()
        self.assertEqual(outcomes, ["changed"])
        self.assertEqual(
            (after.name, after.name_key, after.founded),
            ("Ébano Cluster", "ebano cluster", 2001),
        )
        self.assertGreater(after.updated_at, before.updated_at)
        self.assertIsNone(after.updated_by)

    def test_the_slug_stays_when_the_name_changes(self):
        self.merge(self.row())
        row = self.row("Ébano Cluster")
        row.slugs = ["ebano-cluster"]

        self.merge(row)

        self.assertEqual(Cluster.objects.get().slug, "arbol-cluster")

    def test_an_editors_value_stays_while_other_fields_follow(self):
        self.merge(self.row(city="Lyon", region="Rhône"))
        Cluster.objects.update(city="Paris")

        outcomes = self.merge(self.row(city="Lille", region="Nord"))

        cluster = Cluster.objects.get()
        self.assertEqual(outcomes, ["changed"])
        self.assertEqual((cluster.city, cluster.region), ("Paris", "Nord"))

    def test_a_record_in_which_only_an_editors_value_stays_is_skipped(self):
        self.merge(self.row(city="Lyon"))
        cluster = Cluster.objects.get()
        cluster.city = "Paris"
        cluster.save()

        self.assertEqual(self.merge(self.row(city="Lille")), ["skipped"])

        after = Cluster.objects.get()
        self.assertEqual(after.city, "Paris")
        self.assertEqual(after.updated_at, cluster.updated_at)

    def test_an_editors_value_is_left_alone_when_the_file_stays_as_it_was(self):
        self.merge(self.row(city="Lyon"))
        Cluster.objects.update(city="")

        self.assertEqual(self.merge(self.row(city="Lyon")), ["same"])
        self.assertEqual(Cluster.objects.get().city, "")

    def test_a_file_that_catches_up_with_an_editor_is_followed_again(self):
        self.merge(self.row(city="Lyon"))
        Cluster.objects.update(city="Paris")

        self.assertEqual(self.merge(self.row(city="Paris")), ["same"])
        self.assertEqual(self.merge(self.row(city="Lille")), ["changed"])
        self.assertEqual(Cluster.objects.get().city, "Lille")

    def test_links_follow_the_file_as_long_as_no_editor_changed_them(self):
        self.merge(self.row(industries=[self.wood, self.food]))
        before = Cluster.objects.get()

        outcomes = self.merge(self.row(industries=[self.metal, self.food]))

        after = Cluster.objects.get()
        self.assertEqual(outcomes, ["changed"])
        self.assertEqual(set(after.industries.all()), {self.metal, self.food})
        self.assertGreater(after.updated_at, before.updated_at)

    def test_an_editors_links_stay(self):
        self.merge(self.row(industries=[self.wood]))
        cluster = Cluster.objects.get()
        cluster.industries.add(self.food)

        for outcome, industries in (
            ("same", [self.wood]),
            ("skipped", [self.wood, self.metal]),
        ):
            with self.subTest(outcome):
                self.assertEqual(self.merge(self.row(industries=industries)), [outcome])
                self.assertEqual(set(cluster.industries.all()), {self.wood, self.food})

    def test_links_that_an_editor_removed_stay_away(self):
        self.merge(self.row(industries=[self.wood]))
        cluster = Cluster.objects.get()
        cluster.industries.clear()

        self.assertEqual(self.merge(self.row(industries=[self.wood])), ["same"])
        self.assertEqual(cluster.industries.count(), 0)

    def test_a_deleted_record_stays_deleted(self):
        self.merge(self.row())
        Cluster.objects.all().delete()

        self.assertEqual(self.merge(self.row(city="Lyon")), ["skipped"])
        self.assertFalse(Cluster.objects.exists())

    def test_an_unpublished_record_stays_a_draft(self):
        self.merge(self.row())
        Cluster.objects.unpublish()

        self.assertEqual(self.merge(self.row(city="Lyon")), ["changed"])
        self.assertEqual(Cluster.objects.get().status, Cluster.Status.DRAFT)

    def test_a_record_of_an_editor_is_never_touched(self):
        cluster = make_cluster(name="ARBOL Cluster", country=self.country)

        for _run in range(2):
            self.assertEqual(self.merge(self.row(city="Lyon")), ["skipped"])

        self.assertEqual(
            Cluster.objects.values("pk", "name", "city", "updated_at").get(),
            {
                "pk": cluster.pk,
                "name": "ARBOL Cluster",
                "city": "",
                "updated_at": cluster.updated_at,
            },
        )
        self.assertFalse(LoadedRecord.objects.exists())

    def test_a_slug_that_an_editor_took_gets_a_number(self):
        make_cluster(slug="arbol-cluster")
        make_cluster(slug="arbol-cluster-2")

        self.merge(self.row())

        cluster = Cluster.objects.get(name="Árbol Cluster")
        self.assertEqual(cluster.slug, "arbol-cluster-3")

    def test_a_field_that_is_loaded_since_today_fills_what_is_empty_only(self):
        for key in ("one", "two"):
            self.merge(self.row(key, key=key))
        Cluster.objects.filter(name="two").update(summary="By an editor.")

        outcomes = self.merge(
            *(self.row(key, key=key, summary="By the file.") for key in ("one", "two"))
        )

        self.assertEqual(outcomes, ["changed", "skipped"])
        self.assertEqual(
            dict(Cluster.objects.values_list("name", "summary")),
            {"one": "By the file.", "two": "By an editor."},
        )

    def test_a_row_whose_parent_an_editor_deleted_is_skipped(self):
        self.assertEqual(self.merge(self.row(country_id=None)), ["skipped"])

    def test_values_are_compared_whatever_their_notation(self):
        rows = [
            Row(
                "57",
                {
                    "country_id": self.country.pk,
                    "indicator_id": make_indicator().pk,
                    "source_id": make_source().pk,
                    "year": 2014,
                    "value": Decimal("57"),
                },
            )
        ]
        merge(Fact, rows)
        rows[0].values["value"] = Decimal("57.00")

        self.assertEqual(merge(Fact, rows).counts()["same"], 1)

    def test_partial_dates_are_stored_and_compared_at_their_edge(self):
        rows = [
            Row(
                "label",
                {
                    "cluster_id": make_cluster().pk,
                    "level": "gold",
                    "valid_until": datetime.date(2023, 2, 1),
                    "valid_until_precision": Precision.MONTH,
                },
            )
        ]
        merge(EscaLabel, rows)

        self.assertEqual(EscaLabel.objects.get().get_valid_until_iso(), "2023-02")
        self.assertEqual(
            EscaLabel.objects.get().valid_until, datetime.date(2023, 2, 28)
        )
        self.assertEqual(merge(EscaLabel, rows).counts()["same"], 1)

    def test_taken_keeps_a_row_out_of_the_way_of_an_editors_record(self):
        tally = merge(Cluster, [self.row()], taken=lambda cluster: cluster.city == "")

        self.assertEqual(list(tally.outcomes.values()), [Outcome.SKIPPED])

    def test_a_value_that_the_field_refuses_names_its_place(self):
        row = self.row(portfolio="Astrology")
        row.columns = {"portfolio": "sector"}

        with self.assertRaisesMessage(
            CommandError, "clusters.csv, line 7, column sector: "
        ) as raised:
            self.merge(row)

        self.assertIn("Choose one of: Aviation and space, ", str(raised.exception))

    def test_two_rows_of_one_key_or_one_identity_are_refused(self):
        for name, second in (
            ("key", self.row("Other")),
            ("identity", self.row("ARBOL cluster", key="other")),
        ):
            with (
                self.subTest(name),
                self.assertRaisesMessage(CommandError, "line 7, column name: another"),
            ):
                self.merge(self.row(), second)

    def test_what_only_the_database_refuses_names_its_place_and_stores_nothing(self):
        merge(Country, [self.country_row("ZZ", "Zedland"), self.country_row("YY", "Y")])
        Country.objects.filter(iso2="YY").update(name="Zed")

        with self.assertRaisesMessage(
            CommandError, "clusters.csv, line 7, column name: Country with this Name"
        ):
            merge(Country, [self.country_row("ZZ", "Zed"), self.country_row("XX", "X")])

        self.assertEqual(Country.objects.get(iso2="ZZ").name, "Zedland")
        self.assertFalse(Country.objects.filter(iso2="XX").exists())

    def country_row(self, iso2, name):
        values = {"iso2": iso2, "iso3": f"{iso2}Z", "name": name, "region": "Asia"}
        return Row(iso2, values, {}, [iso2.lower()], PLACE)


class PrimaryKeysTests(TestCase):
    def test_a_loaded_record_is_found_after_an_editor_renamed_it(self):
        merge(Source, [Row("A", {"citation": "A", "title": "A"})])
        loaded = Source.objects.get()
        Source.objects.update(citation="B")
        editors = make_source(citation="A")
        other = make_source(citation="C")

        found = primary_keys(Source, ["citation"], [("A",), ("C",), ("D",)])

        self.assertEqual(found, {"A": loaded.pk, "C": other.pk, "D": None})
        self.assertNotIn(editors.pk, found.values())

    def test_a_loaded_record_that_an_editor_deleted_is_none(self):
        merge(Industry, [Row("C13", {"code": "C13", "title": "Textiles"})])
        Industry.objects.all().delete()

        self.assertEqual(loaded_primary_keys(Industry), {"C13": None})

    def test_an_identity_may_run_over_relations(self):
        cluster = make_cluster(name="Über", country=make_country(iso2="DE"))
        make_cluster(name="Über")

        found = primary_keys(Cluster, ["country__iso2", "name_key"], [("DE", "uber")])

        self.assertEqual(found, {"DE / uber": cluster.pk})


class RelatedModelsTests(TestCase):
    def test_organisations_without_a_country_are_told_apart_from_others(self):
        Organisation.objects.create(
            name="EDA", kind="EU body", country=make_country(iso2="BE")
        )
        rows = [Row("EDA", {"name": "EDA", "kind": "EU body", "country_id": None})]

        tally = merge(Organisation, rows, ("name_key", "country_id"))

        self.assertEqual(tally.counts()["created"], 1)

    def test_a_blank_generation_is_an_identity_of_its_own(self):
        rows = [
            Row(
                "cross",
                {"acronym": "CROSS", "name": "Cross", "generation": None},
                slugs=["cross"],
            )
        ]
        natural = ("acronym_key", "generation")
        Partnership.objects.create(acronym="Cross", name="X", generation=2, slug="x")

        self.assertEqual(merge(Partnership, rows, natural).counts()["created"], 1)
