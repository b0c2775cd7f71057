"""The figures of the project's own labels, counted by hand from the file."""

import csv
import datetime
import re
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.test import TestCase

from clusters import label_figures
from clusters.models import Cluster, EscaLabel
from portal.partial_dates import today

DAY = datetime.date(2017, 6, 30)
# All Bronze: the lines of Mexico whose end lies from 30 June 2017 to 29 June 2019.
HELD_IN_MEXICO = [
    "AIMSI - Asociación Internacional de Mentefactura, Software e Internet, A.C.",
    "Aerospace Alliance of Baja California",
    "Asociación Industrial de Productos Médicos de las Californias A.C.",
    "Automotive Cluster of Queretaro, A.C.",
    "Centro Articulador del Sector Productivo Forestal de Jalisco A.C.",
    "andea - Asociación Nacional de Emprendedores",
]
RENEWABLE_IN_MEXICO = ["CITI Tabasco A.C.", "Chihuahua IT Cluster"]
# Nine clusters with Bronze, one of them with Silver as well, and two with Gold.
EVER_IN_MEXICO = {"bronze": 9, "silver": 1, "gold": 2}


class MexicoTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("load_portal_data", stdout=StringIO())

    def names(self, state, day):
        clusters = Cluster.objects.published().filter(country__iso2="MX")
        return sorted(clusters.labelled(state, day).values_list("name", flat=True))

    def counts(self, day):
        return {
            count.level: (count.held, count.ever)
            for count in label_figures.counts_by_country(day)
            if count.iso2 == "MX"
        }

    def test_labels_on_30_june_2017(self):
        self.assertEqual(self.names("held", DAY), HELD_IN_MEXICO)
        self.assertEqual(self.names("renewable", DAY), RENEWABLE_IN_MEXICO)
        self.assertEqual(self.names("lapsed", DAY), [])
        self.assertEqual(len(self.names("ever", DAY)), 11)
        self.assertEqual(
            self.counts(DAY), {"bronze": (6, 9), "silver": (0, 1), "gold": (0, 2)}
        )

    def test_no_label_is_known_to_be_in_force_today(self):
        self.assertEqual(self.names("held", today()), [])
        self.assertEqual(self.names("renewable", today()), [])
        self.assertEqual(
            self.counts(today()), {"bronze": (0, 9), "silver": (0, 1), "gold": (0, 2)}
        )

    def test_every_country_agrees_with_the_lines_of_the_file(self):
        path = Path(settings.BASE_DIR, "clusters/data/esca_labels.csv")
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        expected = {}
        for line in lines:
            key = line["country_iso2"], line["level"]
            held, names = expected.setdefault(key, ([], set()))
            names.add(line["cluster_name"])
            award, end = line["awarded_on"], line["valid_until"]
            # Texts of one form compare as days do; a first period is two years.
            if end[:10] >= "2017-06-30" and (
                award[:7] <= "2017-06" if award else end < "2019-06-30"
            ):
                held.append(line["cluster_name"])
        found = {
            (count.iso2, count.level): (count.held, count.ever)
            for count in label_figures.counts_by_country(DAY)
        }
        self.assertEqual(
            found,
            {key: (len(held), len(names)) for key, (held, names) in expected.items()},
        )

    def test_reported_figures_stand_beside_and_change_no_count(self):
        page = self.client.get("/clusters/labels/?on=2017-06-30").content.decode()
        row = next(
            row
            for row in re.findall(r"<tr>.*?</tr>", page, re.S)
            if "/countries/mexico/" in row and "badge--bronze" in row
        )
        cells = [
            " ".join(re.sub(r"<[^>]+>", "", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        self.assertEqual(
            cells,
            [
                *("Mexico", "Bronze", "6, and 1 whose period is not known", "9"),
                "26 (over 26), year not stated · ECCP country page Mexico",
            ],
        )
        self.assertIn("10 labels are in force on 30 Jun 2017.", page)

    def test_country_page_list_and_api_say_the_same(self):
        page = self.client.get("/countries/mexico/").content.decode()
        for query, unit, number in (
            (
                "country=MX&amp;label_state=held",
                "ESCA labels in force, and 4 whose period is not known",
                0,
            ),
            ("country=MX&amp;label_state=ever", "clusters with a label on record", 11),
        ):
            self.assertIn(f"?{query}", page)
            self.assertRegex(page, rf"{unit}</a></dt><dd>{number}</dd>")
            address = f"/clusters/?{query.replace('&amp;', '&')}"
            self.assertEqual(self.client.get(address).context["total"], number)
        rows = self.client.get(
            "/api/v1/clusters/?country=MX&label_state=ever&per_page=100"
        ).json()["results"]
        self.assertEqual(len(rows), 11)

    def test_the_lists_behind_the_counts_have_as_many_clusters(self):
        for level, number in EVER_IN_MEXICO.items():
            address = f"/clusters/?country=MX&label={level}&label_state=ever"
            self.assertEqual(self.client.get(address).context["total"], number)

    def test_of_several_gold_labels_only_the_last_counts(self):
        ocean = EscaLabel.objects.filter(cluster__name="GCE Ocean Technology")
        states = ocean.with_state(datetime.date(2022, 6, 30)).order_by("awarded_on")
        self.assertEqual(
            list(states.values_list("awarded_on__year", "state")),
            [
                *((2013, "superseded"), (2015, "superseded"), (2019, "superseded")),
                (2021, "held"),
            ],
        )
