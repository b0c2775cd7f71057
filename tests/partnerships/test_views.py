from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from partnerships.models import Membership, Partnership
from portal.partial_dates import today
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_membership,
    make_partnership,
    make_technology_field,
)


class TableTests(TestCase):
    """The table, alone and on the page of a country."""

    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(iso2="MX", iso3="MEX", name="Mexico", slug="mexico")
        cls.chile = make_country(iso2="CL", iso3="CHL", name="Chile", slug="chile")
        manufacturing = make_industry("C", title="Manufacturing")
        wood = make_industry("C16", title="Wood", parent=manufacturing)
        field = make_technology_field("B27", title="Working wood")
        both = [cls.mexico, cls.chile]
        make_partnership(
            both,
            industries=[wood],
            acronym="BETA",
            name="ålpha woods",
            generation=1,
            sme_count=1000,
            partner_count=8,
            start=today() - timedelta(days=10),
            end=today() + timedelta(days=10),
            joining=Partnership.Joining.OPEN,
        )
        make_partnership(
            [cls.mexico],
            technology_fields=[field],
            acronym="ALPHA",
            name="Zebra",
            sme_count=1000,
            partner_count=9,
        )
        make_partnership(
            [cls.mexico], acronym="gamma", name="Beech", generation=2, sme_count=1232
        )
        blank = make_partnership(both, acronym="DELTA", name="Alder", partner_count=5)
        spain = make_country(iso2="ES", iso3="ESP", name="España", is_target=False)
        make_membership(
            partnership=blank,
            cluster=make_cluster(name="Clúster de Ñandú", country=spain),
            role=Membership.Role.LEAD,
        )

    def acronyms(self, query, path="/partnerships/"):
        response = self.client.get(f"{path}?{query}")
        self.assertEqual(response.status_code, 200)
        rows = response.context["table"].paginated_rows
        return [row.record.acronym for row in rows]

    def test_has_the_columns_in_their_order(self):
        columns = self.client.get("/partnerships/").context["table"].columns
        self.assertEqual(
            [column.header for column in columns],
            [
                *("Acronym", "Name", "Generation", "State", "Technology fields"),
                *("Sectoral industries", "Targeted third countries"),
                *("No. of SMEs involved", "No. of partners"),
            ],
        )

    def test_sorts_both_tables_ties_by_acronym_and_blanks_last(self):
        by_smes = {
            "": ["gamma", "ALPHA", "BETA", "DELTA"],
            "sort=-smes": ["gamma", "ALPHA", "BETA", "DELTA"],
            "sort=smes": ["ALPHA", "BETA", "gamma", "DELTA"],
        }
        orders = {
            "sort=name": ["DELTA", "BETA", "gamma", "ALPHA"],
            "sort=-name": ["ALPHA", "gamma", "BETA", "DELTA"],
            "sort=acronym": ["ALPHA", "BETA", "DELTA", "gamma"],
            "sort=-partners": ["ALPHA", "BETA", "DELTA", "gamma"],
            "sort=partners": ["DELTA", "BETA", "ALPHA", "gamma"],
            "sort=generation": ["BETA", "gamma", "ALPHA", "DELTA"],
            "sort=-generation": ["gamma", "BETA", "ALPHA", "DELTA"],
            "sort=start": ["BETA", "ALPHA", "DELTA", "gamma"],
        }
        for path, added in (("/partnerships/", by_smes), ("/countries/mexico/", {})):
            for query, expected in (orders | added).items():
                with self.subTest(path=path, query=query):
                    self.assertEqual(self.acronyms(query, path), expected)

    def test_ties_on_a_country_page_stand_in_the_order_of_entry(self):
        path = "/countries/mexico/"
        for query, expected in {
            "": ["gamma", "BETA", "ALPHA", "DELTA"],
            "sort=-smes": ["gamma", "BETA", "ALPHA", "DELTA"],
            "sort=smes": ["BETA", "ALPHA", "gamma", "DELTA"],
        }.items():
            with self.subTest(query=query):
                self.assertEqual(self.acronyms(query, path), expected)

    def test_filters_both_tables(self):
        chosen = {
            "target=CL": ["BETA", "DELTA"],
            "target=cl": ["BETA", "DELTA"],
            "target=CL&target=MX": ["gamma", "ALPHA", "BETA", "DELTA"],
            "target=CL&target=MX&match=all": ["BETA", "DELTA"],
            "q=alpha": ["ALPHA", "BETA"],
            "q=NANDU": ["DELTA"],
            "industry=C": ["BETA"],
            "industry=C16": ["BETA"],
            "technology=B27": ["ALPHA"],
            "technology=B27&industry=C16": [],
            "partner_country=ES": ["DELTA"],
            "generation=2": ["gamma"],
            "generation=1&generation=2": ["gamma", "BETA"],
            "state=running": ["BETA"],
            "state=not_stated": ["gamma", "ALPHA", "DELTA"],
            "joining=open": ["BETA"],
            "smes_min=1001": ["gamma"],
            "smes_max=1000": ["ALPHA", "BETA"],
            "smes_min=1001&smes_max=1000": [],
        }
        for path in ("/partnerships/", "/countries/mexico/"):
            for query, expected in chosen.items():
                with self.subTest(path=path, query=query):
                    self.assertCountEqual(self.acronyms(query, path), expected)

    def test_a_country_page_shows_only_what_targets_it(self):
        path = "/countries/chile/"
        self.assertEqual(self.acronyms("", path), ["BETA", "DELTA"])
        self.assertEqual(self.acronyms("target=MX", path), ["BETA", "DELTA"])
        self.assertEqual(self.acronyms("q=gamma", path), [])

    def test_addresses_of_the_former_platform_lead_to_the_present_ones(self):
        former = "?target=MX&order=field_escp_sme&sort="
        for path in ("/partnerships/", "/countries/mexico/"):
            for direction, key in (("desc", "-smes"), ("asc", "smes"), ("", "smes")):
                self.assertRedirects(
                    self.client.get(f"{path}{former}{direction}"),
                    f"{path}?sort={key}&target=MX",
                    status_code=301,
                )
        response = self.client.get("/partnerships/?order=unknown&sort=desc")
        self.assertEqual(response.context["ignored"], [("sort", "desc")])

    def test_marks_the_sorted_column_and_no_other(self):
        response = self.client.get("/partnerships/?sort=-partners")
        self.assertContains(response, "aria-sort", count=1)
        self.assertContains(response, 'aria-sort="descending"')

    def test_says_not_stated_and_never_zero(self):
        response = self.client.get("/partnerships/?q=gamma")
        self.assertContains(response, "1,232")
        self.assertContains(response, 'class="number not-stated">Not stated<')

    def test_names_what_it_ignores(self):
        asked = (
            "target=XX&state=dreaming&industry=Q999&smes_min=-1&smes_max=1e9"
            "&sort=password&page=minus&per_page=7&match=some&generation=%00"
        )
        for path in ("/partnerships/", "/countries/mexico/"):
            response = self.client.get(f"{path}?{asked}")
            with self.subTest(path=path):
                self.assertEqual(response.status_code, 200)
                self.assertEqual(len(response.context["ignored"]), 10)
                self.assertContains(response, "<code>target=XX</code>")
                self.assertEqual(len(response.context["table"].page), 4)

    def test_a_page_beyond_the_last_shows_the_last(self):
        for path in ("/partnerships/", "/countries/mexico/"):
            for number in ("2", "9" * 18):
                response = self.client.get(f"{path}?page={number}")
                self.assertContains(response, "this is the last one, page 1")

    def test_nothing_found_offers_a_way_back(self):
        response = self.client.get("/partnerships/?q=zzz")
        self.assertContains(response, "Nothing matches these filters.")
        self.assertContains(response, "Clear all filters")

    def test_nothing_found_says_which_filter_to_remove_and_what_that_gives(self):
        response = self.client.get("/partnerships/?q=gamma&target=CL&state=planned")
        self.assertNotContains(response, "there is")
        response = self.client.get("/partnerships/?q=gamma&target=CL")
        self.assertContains(response, "Without “Search: gamma” there are 2")
        self.assertContains(response, "Without “Targeted country: Chile” there is 1")
        self.assertContains(response, 'href="/partnerships/?q=gamma"')

    def test_chips_remove_one_filter_each(self):
        response = self.client.get("/partnerships/?target=CL&target=MX&q=a&page=1")
        for rest in ("?q=a&amp;target=MX", "?q=a&amp;target=CL"):
            self.assertContains(response, f'href="/partnerships/{rest}"')
        self.assertContains(
            response, 'href="/partnerships/?target=CL&amp;target=MX"', count=1
        )

    def test_pages_hold_as_many_rows_as_asked_and_never_overlap(self):
        for number in range(50):
            make_partnership(acronym=f"P{number:02}", sme_count=7)
        seen = []
        for page in (1, 2, 3):
            seen += self.acronyms(f"page={page}")
        self.assertEqual(len(seen), len(set(seen)), 54)
        self.assertEqual(len(self.acronyms("per_page=50")), 50)

    def test_loads_no_row_that_is_not_shown(self):
        for path in ("/partnerships/", "/countries/mexico/"):
            with CaptureQueriesContext(connection) as queries:
                self.client.get(path)
            rows = [
                query["sql"]
                for query in queries
                if '"partnerships_partnership"."summary"' in query["sql"]
            ]
            self.assertEqual(len(rows), 1)
            # All four are counted first, so the last page may hold no more.
            self.assertTrue(rows[0].endswith("LIMIT 4"), rows[0])
