import datetime
import json
import shutil
import tempfile
from io import StringIO
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

import clusters.loaders
import countries.loaders
from clusters.models import Cluster, EscaLabel, Industry, TechnologyField
from countries.models import (
    Country,
    CountryAlias,
    Fact,
)
from events.models import Achievement, Event, NewsItem
from partnerships.models import Membership, Partnership
from portal.content_version import forget
from portal.data_files import read_csv
from portal.models import ContentVersion, LoadedRecord, RecordVersion
from tests.factories import make_cluster

# Content types and permissions come with the migrations.
OWN_APPS = ["portal", "countries", "clusters", "partnerships", "events"]
# File, what it says, a mistake in its place, and the column and message for it.
MISTAKES = [
    (
        "countries/data/countries.csv",
        "MX,MEX,",
        "MX,mex,",
        "iso3",
        "Write three capital letters. Correct it.",
    ),
    (
        "countries/data/countries.csv",
        ",119530753,",
        ",119.5 million,",
        "population",
        "“119.5 million” is not a number",
    ),
    (
        "countries/data/countries.csv",
        ",18857,2015",
        ",1,2015",
        "gdp_per_capita_usd",
        "GDP per head is expected from 100",
    ),
    (
        "clusters/data/esca_labels.csv",
        ",2018-10-18,",
        ",2018-13-18,",
        "valid_until",
        "“2018-13-18” is not a date",
    ),
    (
        "clusters/data/clusters.csv",
        "FEMAC,,ES,",
        "FEMAC,,XX,",
        "country_iso2",
        "“XX” is not known",
    ),
    (
        "clusters/data/clusters.csv",
        "Mechatronik-Cluster,,AT,",
        "Kunststoff-Cluster,,AT,",
        "name",
        "another line also is “AT / kunststoff-cluster”",
    ),
    (
        "partnerships/data/partnerships.csv",
        ",A41;D01;",
        ",A41;D91;",
        "technology_fields",
        "“D91” is not known",
    ),
    (
        "partnerships/data/partnerships.csv",
        ",1232,9,",
        ",1232,",
        "partner_count",
        "the line has 12 cells and the header 13",
    ),
    (
        "events/data/events.csv",
        ",2012-05-29,",
        ",2012-06-29,",
        "end",
        "“2012-06-01” is before “2012-06-29”",
    ),
    (
        "events/data/partnership_links.csv",
        "event,NATUREEF prospecting",
        "event,Prospecting",
        "title",
        "“prospecting mission to the philippines” is not known",
    ),
]


def load(*arguments):
    printed = StringIO()
    call_command("load_portal_data", *arguments, stdout=printed)
    return printed.getvalue()


def totals(*arguments):
    return json.loads(load("--json", *arguments))["totals"]


# Change with every write, also one that stores what is there.
COUNTERS = {ContentVersion, RecordVersion}


def stored_rows():
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for app in OWN_APPS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model not in COUNTERS
    }


def rows_of(path):
    return read_csv(settings.BASE_DIR / path)


class FileCopiesTestCase(TestCase):
    """Works on a copy of the data files, to change what they say."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for app in OWN_APPS[1:]:
            shutil.copytree(settings.BASE_DIR / app / "data", self.root / app / "data")

    def edit(self, path, old, new):
        """Replace a text that the file has once; return the line it is in."""
        file = self.root / path
        text = file.read_bytes().decode()
        self.assertEqual(text.count(old), 1, f"{old} in {path}")
        file.write_bytes(text.replace(old, new).encode())
        return text[: text.index(old)].count("\n") + 1

    def load_copy(self):
        return totals("--root", str(self.root))


class SecondRunTests(FileCopiesTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.first = json.loads(load("--json"))

    def test_the_first_run_creates_all_and_skips_none(self):
        self.assertEqual(self.first["totals"]["changed"], 0)
        self.assertEqual(self.first["totals"]["skipped"], 0)
        for path, entity, number in (
            ("countries/data/countries.csv", "countries.country", Country),
            ("countries/data/organisations.csv", "countries.organisation", None),
            ("clusters/data/clusters.csv", "clusters.cluster", Cluster),
            ("clusters/data/esca_labels.csv", "clusters.escalabel", EscaLabel),
            ("clusters/data/nace.csv", "clusters.industry", Industry),
            ("clusters/data/ipc.csv", "clusters.technologyfield", TechnologyField),
            ("partnerships/data/partnerships.csv", "partnerships.partnership", None),
            (
                "partnerships/data/partnership_partners.csv",
                "partnerships.membership",
                Membership,
            ),
            ("events/data/events.csv", "events.event", Event),
            ("events/data/achievements.csv", "events.achievement", Achievement),
            ("events/data/news.csv", "events.newsitem", NewsItem),
        ):
            with self.subTest(entity):
                number = len(rows_of(path))
                self.assertEqual(self.first["entities"][entity]["created"], number)
                self.assertEqual(apps.get_model(entity).objects.count(), number)

    def test_the_second_run_changes_no_row(self):
        before = stored_rows()

        second = json.loads(load("--json"))

        self.assertEqual(stored_rows(), before)
        self.assertEqual(
            second["totals"],
            {
                "created": 0,
                "changed": 0,
                "same": sum(self.first["totals"].values()),
                "skipped": 0,
            },
        )

    def test_the_query_count_does_not_grow_with_the_rows(self):
        # What the process remembers of them is no matter of rows.
        ContentType.objects.get_for_models(*apps.get_models())
        forget()
        with CaptureQueriesContext(connection) as few:
            self.load_copy()
        self.add_lines()
        self.assertEqual(self.load_copy()["created"], 120)

        forget()
        with CaptureQueriesContext(connection) as many:
            self.load_copy()

        self.assertEqual(len(many), len(few))

    def add_lines(self):
        for path, line in (
            ("clusters/data/clusters.csv", "New {0},,MX,,,,,,,a.org/{0}"),
            ("events/data/news.csv", "News {0},MX;CL,New {0},2020,S.,,a.org/{0}"),
        ):
            with (self.root / path).open("a", encoding="utf-8", newline="") as file:
                file.writelines(f"{line.format(number)}\r\n" for number in range(40))

    def test_a_new_value_in_the_files_arrives(self):
        self.edit("partnerships/data/partnerships.csv", ",1232,9,", ",1240,9,")
        self.edit("countries/data/countries.csv", ",119530753,2015", ",119530754,2015")

        self.assertEqual(self.load_copy()["changed"], 2)
        partnership = Partnership.objects.get(acronym="NATUREEF")
        self.assertEqual(partnership.sme_count, 1240)
        population = Fact.objects.get(
            country__iso2="MX", indicator__code="population", year=2015
        )
        self.assertEqual(population.value, 119_530_754)

    def test_a_lead_may_pass_from_one_partner_to_another(self):
        for name, old, new in (("FEMAC,ES", 1, 0), ("Agrocluster Ribatejo,PT", 0, 1)):
            line = f"NATUREEF,{name}"
            path = "partnerships/data/partnership_partners.csv"
            self.edit(path, f"{line},{old}", f"{line},{new}")

        self.assertEqual(self.load_copy()["changed"], 2)
        lead = Membership.objects.get(partnership__slug="natureef", role="lead")
        self.assertEqual(lead.cluster.name, "Agrocluster Ribatejo")

    def test_what_editors_changed_added_or_deleted_stays(self):
        mexico = Country.objects.get(iso2="MX")
        mexico.intro = "By an editor."
        mexico.save()
        Cluster.objects.filter(name="FEMAC").update(name="FEMAC Cluster")
        natureef = Partnership.objects.get(acronym="NATUREEF")
        natureef.targets.remove(mexico)
        NewsItem.objects.filter(countries=mexico).delete()
        Event.objects.unpublish()
        CountryAlias.objects.create(country=mexico, name="Meksyk")
        before = stored_rows()

        self.assertEqual(totals()["changed"], 0)

        self.assertEqual(stored_rows(), before)

    def test_a_lead_that_an_editor_chose_stays_alone(self):
        natureef = Partnership.objects.get(acronym="NATUREEF")
        natureef.memberships.filter(role="lead").update(role="partner")
        chosen = make_cluster(name="Chosen")
        natureef.memberships.create(cluster=chosen, role="lead")
        self.edit(
            "partnerships/data/partnership_partners.csv",
            "NATUREEF,FEMAC,ES,1,",
            "NATUREEF,FEMAC Nova,ES,1,",
        )

        self.assertEqual(self.load_copy()["skipped"], 1)
        self.assertEqual(natureef.memberships.get(role="lead").cluster, chosen)

    def test_a_label_of_an_editor_for_the_same_time_stays_alone(self):
        label = EscaLabel.objects.get(
            cluster__name="GCE Ocean Technology",
            valid_until=datetime.date(2023, 12, 31),
        )
        LoadedRecord.objects.filter(object_pk=label.pk).filter(
            entity="clusters.escalabel"
        ).delete()
        EscaLabel.objects.filter(pk=label.pk).update(
            awarded_on=datetime.date(2022, 1, 15), awarded_on_precision="day"
        )

        self.assertEqual(totals()["skipped"], 1)
        self.assertEqual(EscaLabel.objects.count(), 75)

    def test_a_country_that_an_editor_made_first_is_used_and_left_alone(self):
        LoadedRecord.objects.filter(entity="countries.country", key="MX").delete()
        before = stored_rows()

        self.assertEqual(totals()["skipped"], 1)

        self.assertEqual(stored_rows(), before)


class MalformedFileTests(FileCopiesTestCase):
    def test_a_mistake_names_its_place_and_stores_nothing(self):
        for path, old, new, column, message in MISTAKES:
            original = (self.root / path).read_bytes()
            line = self.edit(path, old, new)
            with self.subTest(column), self.assertRaises(CommandError) as raised:
                self.load_copy()
            (self.root / path).write_bytes(original)
            self.assertIn(
                f"{self.root / path}, line {line}, column {column}: {message}",
                str(raised.exception),
            )
            self.assertEqual([rows for rows in stored_rows().values() if rows], [])

    def test_a_mistake_in_a_section_names_its_place(self):
        line = self.edit("countries/data/sections/mx.toml", "[policies]", "[politics]")

        with self.assertRaisesMessage(
            CommandError, f"mx.toml, line {line}, column kind: "
        ):
            self.load_copy()

    def test_a_broken_section_file_is_refused(self):
        self.edit("countries/data/sections/mx.toml", "[policies]", "[policies")

        with self.assertRaisesMessage(CommandError, "mx.toml: "):
            self.load_copy()

    def test_two_leads_of_one_partnership_are_refused(self):
        path = "partnerships/data/partnership_partners.csv"
        old = "NATUREEF,Biomastec,DE,0"
        line = self.edit(path, old, old.replace(",0", ",1"))

        with self.assertRaisesMessage(
            CommandError, f"line {line}, column is_coordinator: “natureef” has a lead"
        ):
            self.load_copy()

    def test_two_labels_of_one_time_are_refused(self):
        path = "clusters/data/esca_labels.csv"
        line = self.edit(path, "gold,2019,,", "gold,2019,2022,") + 1

        with self.assertRaisesMessage(
            CommandError, f"line {line}, column awarded_on: an earlier label"
        ):
            self.load_copy()


class PrintedTests(TestCase):
    def test_prints_an_aligned_table(self):
        lines = load().splitlines()

        self.assertEqual(lines[0].split(), ["created", "changed", "same", "skipped"])
        self.assertEqual(len({len(line) for line in lines}), 1)
        self.assertEqual(lines[2].split(), ["countries.country", "77", "0", "0", "0"])
        self.assertTrue(lines[-1].startswith("total "))

    def test_an_app_can_be_loaded_by_itself(self):
        countries.loaders.load()

        tallies = {tally.entity: tally for tally in clusters.loaders.load()}

        self.assertEqual(tallies["clusters.cluster"].counts()["created"], 197)
        self.assertFalse(Partnership.objects.exists())
