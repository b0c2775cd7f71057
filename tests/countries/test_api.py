import datetime

from django.test import TestCase

from countries.models import Country, Indicator
from tests.factories import (
    make_cluster,
    make_country,
    make_fact,
    make_indicator,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
    make_source,
)

SOURCE = {
    "id": 0,
    "citation": "World Bank, data.worldbank.org",
    "title": "World Bank",
    "publisher": None,
    "url": "https://data.worldbank.org/",
    "licence": "CC BY 4.0",
    "retrieved_on": "2026-01-02",
}


class CountryApiTests(TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        cls.source = make_source(
            **{key: value for key, value in SOURCE.items() if key != "id" and value}
        )
        cls.mexico = make_country(
            name="Mexico",
            slug="mexico",
            iso2="MX",
            iso3="MEX",
            capital="Mexico City",
            area_km2=1964375,
        )

    def setUp(self):
        self.source_row = SOURCE | {"id": self.source.pk}

    def get(self, address):
        return self.client.get(f"/api/v1/{address}").json()

    def test_a_country_with_little_stated_has_nulls(self):
        country = self.get("countries/mexico/")
        updated_at = country.pop("updated_at")
        self.assertEqual(
            datetime.datetime.fromisoformat(updated_at), self.mexico.updated_at
        )
        self.assertEqual(
            country,
            {
                "iso2": "MX",
                "iso3": "MEX",
                "slug": "mexico",
                "name": "Mexico",
                "aliases": [],
                "page": "http://testserver/countries/mexico/",
                "region": "Americas",
                "subregion": None,
                "capital": "Mexico City",
                "currency_name": None,
                "currency_code": None,
                "area_km2": 1964375,
                "is_target": True,
                "intro": None,
                "cluster_count": 0,
                "partnership_count": 0,
                "sections": [],
                "latest_facts": [],
                "organisations": [],
                "reports": [],
                "sources": [],
            },
        )

    def test_a_country_is_found_by_slug_and_by_code_of_any_case(self):
        for key in ("mexico", "MX", "mx"):
            with self.subTest(key=key):
                self.assertEqual(self.get(f"countries/{key}/")["iso3"], "MEX")

    def test_facts_are_the_latest_preferred_with_year_basis_and_source(self):
        gdp = make_indicator(
            code="gdp",
            name="GDP",
            price_basis=Indicator.PriceBasis.PPP,
            currency_code="USD",
            decimals=3,
            position=1,
        )
        growth = make_indicator(code="growth", name="Growth", unit="%", position=2)
        values = {"country": self.mexico, "source": self.source}
        make_fact(indicator=gdp, year=2014, value=1, **values)
        make_fact(indicator=gdp, year=2015, value=2_224_000_000_000, **values)
        make_fact(indicator=gdp, year=2016, value=3, preferred=False, **values)
        make_fact(indicator=growth, year=None, value="2.5", note="Estimate", **values)

        facts = self.get("countries/mexico/")["latest_facts"]

        gdp_row = {
            "code": "gdp",
            "name": "GDP",
            "unit": None,
            "price_basis": "ppp",
            "currency_code": "USD",
            "decimals": 3,
            "is_key_fact": True,
        }
        growth_row = {
            "code": "growth",
            "name": "Growth",
            "unit": "%",
            "price_basis": "none",
            "currency_code": None,
            "decimals": 0,
            "is_key_fact": True,
        }
        self.assertEqual(
            facts,
            [
                {
                    "indicator": gdp_row,
                    "year": 2015,
                    "value": "2224000000000",
                    "note": None,
                    "source": self.source_row,
                },
                {
                    "indicator": growth_row,
                    "year": None,
                    "value": "2.5",
                    "note": "Estimate",
                    "source": self.source_row,
                },
            ],
        )
        self.assertEqual(self.get("indicators/gdp/"), gdp_row)
        self.assertEqual(self.get("sources/")["results"], [self.source_row])

    def test_parts_of_a_country_are_told_with_it(self):
        for name in ("México", "Mejico"):
            self.mexico.aliases.create(name=name)
        section = make_section(country=self.mexico, as_at=datetime.date(2025, 6, 1))
        section.sources.add(self.source)
        old = make_organisation(
            country=self.mexico,
            name="INADEM",
            ended_on=datetime.date(2019, 12, 31),
            ended_on_precision="year",
        )
        old.successor = make_organisation(country=self.mexico, name="Unit")
        old.save()
        make_report(
            country=self.mexico,
            title="Report",
            published_on=datetime.date(2016, 7, 1),
            published_on_precision="month",
        )
        cluster = make_cluster(country=self.mexico)
        make_cluster(country=self.mexico, status="draft")
        make_partnership(targets=[self.mexico])
        make_partnership(targets=[self.mexico])
        make_partnership(targets=[self.mexico], status="draft")

        country = self.get(f"countries/{cluster.country.slug}/")

        self.assertEqual(country["aliases"], ["Mejico"])
        self.assertEqual(country["cluster_count"], 1)
        self.assertEqual(country["partnership_count"], 2)
        [section_row] = country["sections"]
        section_row.pop("updated_at")
        self.assertEqual(
            section_row,
            {
                "kind": "context",
                "lead": "What stands first.",
                "lead_html": "<p>What stands first.</p>",
                "rest": "What stands behind Read more.",
                "rest_html": "<p>What stands behind Read more.</p>",
                "as_at": "2025-06-01",
                "sources": [self.source_row],
            },
        )
        organisation = {
            "name": "Unit",
            "acronym": None,
            "kind": "ministry",
            "website": None,
            "ended_on": None,
            "successor": None,
            "sources": [],
        }
        self.assertEqual(
            country["organisations"],
            [
                organisation
                | {"name": "INADEM", "ended_on": "2019", "successor": "Unit"},
                organisation,
            ],
        )
        self.assertEqual(
            country["reports"],
            [
                {
                    "title": "Report",
                    "file": None,
                    "url": "https://example.org/report.pdf",
                    "language": "en",
                    "published_on": "2016-07",
                    "sources": [],
                }
            ],
        )

    def test_filters_are_those_of_the_page(self):
        make_country(name="Austria", slug="austria", region="Europe", is_target=False)
        self.mexico.aliases.create(name="Estados Unidos Mexicanos")
        for query, names in (
            ("q=unidos", ["mexico"]),
            ("region=europe", ["austria"]),
            ("target=true", ["mexico"]),
            ("target=false", ["austria"]),
            ("", ["austria", "mexico"]),
        ):
            with self.subTest(query=query):
                rows = self.get(f"countries/?{query}")["results"]
                self.assertEqual([row["slug"] for row in rows], names)

    def test_a_truth_is_spelled_true_or_false(self):
        self.assertEqual(
            self.get("countries/?target=perhaps")["errors"],
            {"target": ["Write true or false."]},
        )


class FactApiTests(TestCase):
    """The series of a figure, which a country gives only the latest of."""

    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(name="Mexico", slug="mexico", iso2="MX")
        cls.people = make_indicator(code="population", position=1)
        for year in (2015, None, 2020):
            make_fact(country=cls.mexico, indicator=cls.people, year=year)
        make_fact(country=cls.mexico, indicator=cls.people, year=2015, preferred=False)
        make_fact(country=make_country(iso2="CL"), indicator=make_indicator())

    def years(self, query):
        answer = self.client.get(f"/api/v1/facts/?fields=year,preferred&{query}")
        rows = answer.json()["results"]
        return [(row["year"], row["preferred"]) for row in rows]

    def test_a_series_has_all_years_and_all_sources_the_latest_first(self):
        series = [(2020, True), (2015, True), (2015, False), (None, True)]
        for country in ("MX", "mx", "mexico"):
            query = f"country={country}&indicator=population"
            self.assertEqual(self.years(query), series)
        self.assertEqual(
            self.years("country=mx&preferred=true"),
            [(2020, True), (2015, True), (None, True)],
        )
        self.assertEqual(self.years("indicator=population&year_min=2016"), series[:1])
        self.assertEqual(self.years("country=mx&year_max=2015"), series[1:3])

    def test_figures_of_a_draft_are_not_named(self):
        draft = make_country(iso2="XD", status=Country.Status.DRAFT)
        fact = make_fact(country=draft)
        rows = self.client.get("/api/v1/facts/?fields=id").json()["results"]
        self.assertNotIn({"id": fact.pk}, rows)
        self.assertEqual(self.client.get(f"/api/v1/facts/{fact.pk}/").status_code, 404)
        self.assertEqual(
            self.client.get("/api/v1/facts/?country=XD").json()["errors"],
            {"country": ["Unknown value: XD. Known are: CL, MX."]},
        )
