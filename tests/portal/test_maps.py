"""The maps on the pages: public countries only, and the same as their tables."""

import re

from django.test import TestCase

from portal.publishing.models import Publishable
from tests.factories import make_cluster, make_country, make_partnership

DRAFT = Publishable.Status.DRAFT
AREAS = re.compile(r'<a class="map__area[^>]*? href="([^"]*)" aria-label="([^"]*)"')
ROWS = re.compile(
    r'<tr><th scope="row"><a href="([^"]*)">([^<]*)</a></th><td>([^<]*)</td></tr>'
)


class MapTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(
            iso2="MX", name="Mexico", slug="mexico", region="Americas"
        )
        cls.chile = make_country(
            iso2="CL", name="Chile", slug="chile", region="Americas"
        )
        cls.japan = make_country(iso2="JP", name="Japan", slug="japan", region="Asia")
        cls.hidden = make_country(iso2="KR", name="SECRET", slug="secret", status=DRAFT)
        targets = [cls.mexico, cls.japan, cls.hidden]
        cls.partnership = make_partnership(targets)
        make_partnership([cls.mexico])
        make_partnership([cls.mexico, cls.chile], status=DRAFT)
        make_cluster(country=cls.chile, name="Copper", founded=1990)
        make_cluster(country=cls.mexico, name="Silver", founded=1990)
        make_cluster(country=cls.mexico, name="Cars", founded=2010)
        make_cluster(country=cls.mexico, name="Copper too", status=DRAFT)
        make_cluster(country=cls.hidden, name="Ships")

    def content(self, address, **query):
        return self.client.get(address, query).content.decode()

    def assert_map(self, content, expected):
        """Compare map and table with ``expected``: address, name, number and unit."""
        self.assertCountEqual(
            AREAS.findall(content),
            [(link, f"{name}: {text}") for link, name, text in expected],
        )
        numbers = [(link, name, text.split()[0]) for link, name, text in expected]
        self.assertEqual(ROWS.findall(content), numbers)

    def test_the_countries_lead_to_their_pages(self):
        expected = [
            ("/countries/mexico/", "Mexico", "2 partnerships"),
            ("/countries/japan/", "Japan", "1 partnership"),
        ]
        self.assert_map(self.content("/countries/"), expected)

    def test_the_map_of_the_countries_follows_the_filters(self):
        content = self.content("/countries/", region="Asia")
        self.assert_map(content, [("/countries/japan/", "Japan", "1 partnership")])
        content = self.content("/countries/", q="chile")
        self.assert_map(content, [])
        self.assertNotIn("<figure", content)

    def test_the_countries_of_the_clusters_lead_to_their_part_of_the_list(self):
        expected = [
            ("/clusters/?country=MX", "Mexico", "2 clusters"),
            ("/clusters/?country=CL", "Chile", "1 cluster"),
        ]
        self.assert_map(self.content("/clusters/"), expected)

    def test_the_map_of_the_clusters_follows_the_filters_and_keeps_them(self):
        content = self.content(
            "/clusters/", founded_max="2000", sort="-name", page="1", unknown="1"
        )
        kept = "founded_max=2000&amp;sort=-name"
        expected = [
            (f"/clusters/?country=CL&amp;{kept}", "Chile", "1 cluster"),
            (f"/clusters/?country=MX&amp;{kept}", "Mexico", "1 cluster"),
        ]
        self.assert_map(content, expected)
        content = self.content("/clusters/", q="nothing")
        self.assert_map(content, [])
        self.assertNotIn('id="map"', content)

    def test_a_map_counts_all_pages_and_a_cluster_once(self):
        for number in range(24):
            make_cluster(country=self.mexico, name=f"Cluster {number}")
        content = self.content("/clusters/", page="2", in_partnership="false")
        [(_link, name, number), _chile] = ROWS.findall(content)
        self.assertEqual((name, number), ("Mexico", "26"))

    def test_a_partnership_shows_its_public_targets(self):
        content = self.content(self.partnership.get_absolute_url())
        expected = [("/countries/japan/", "Japan"), ("/countries/mexico/", "Mexico")]
        self.assertEqual(AREAS.findall(content), expected)
        self.assertNotIn("SECRET", content)

    def test_a_partnership_without_targets_has_no_map(self):
        content = self.content(make_partnership().get_absolute_url())
        self.assertNotIn("<figure", content)

    def test_a_country_page_shows_where_the_country_is(self):
        content = self.content("/countries/mexico/")
        self.assertIn("Where Mexico is in the world", content)
        self.assertIn("<title>Mexico</title>", content)
        self.assertEqual(AREAS.findall(content), [])

    def test_a_country_without_a_shape_has_no_map(self):
        country = make_country()
        self.assertNotIn("<figure", self.content(country.get_absolute_url()))

    def test_source_and_note_stand_beside_each_map(self):
        for address in (
            *("/countries/", "/clusters/", "/countries/mexico/"),
            self.partnership.get_absolute_url(),
        ):
            with self.subTest(address=address):
                content = self.content(address)
                self.assertEqual(content.count("<figure"), 1)
                self.assertIn("Natural Earth 4.1.0, public domain", content)
                self.assertIn("takes no position on borders", content)
