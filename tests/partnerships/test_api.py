import datetime

from django.test import TestCase

from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_membership,
    make_partnership,
    make_technology_field,
)


class PartnershipApiTests(TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(iso2="MX", slug="mexico", name="Mexico")
        cls.chile = make_country(iso2="CL", slug="chile", name="Chile")
        section = make_industry("C", title="Manufacturing")
        industry = make_industry("C13", title="Textiles", parent=section)
        field = make_technology_field("D03", title="Weaving")
        cls.partnership = make_partnership(
            acronym="TEX4IM",
            slug="tex4im",
            name="Textiles for the Markets",
            generation=1,
            targets=[cls.mexico, cls.chile],
            industries=[industry],
            technology_fields=[field],
            sme_count=0,
            partner_count=6,
            start=datetime.date(2016, 7, 1),
            start_precision="month",
            end=datetime.date(2017, 12, 31),
            end_precision="year",
        )
        cls.partnership.suggested_industries.add(section)
        spain = make_country(iso2="ES", slug="spain", name="Spain")
        cluster = make_cluster(slug="aei", name="AEI Textils", country=spain)
        make_membership(partnership=cls.partnership, cluster=cluster, role="lead")
        make_membership(partnership=cls.partnership, partner_name="A Partner")

    def get(self, address):
        return self.client.get(f"/api/v1/{address}").json()

    def test_a_partnership_tells_the_founding_fields_and_its_partners(self):
        partnership = self.get("partnerships/tex4im/")
        del partnership["updated_at"]
        self.assertEqual(
            partnership,
            {
                "slug": "tex4im",
                "acronym": "TEX4IM",
                "name": "Textiles for the Markets",
                "page": "http://testserver/partnerships/tex4im/",
                "generation": 1,
                "strand": None,
                "funding": None,
                "start": "2016-07",
                "end": "2017",
                "state": "ended",
                "website": None,
                "summary": None,
                "joining": None,
                "joining_details": None,
                "targets": [
                    {"iso2": "CL", "slug": "chile", "name": "Chile"},
                    {"iso2": "MX", "slug": "mexico", "name": "Mexico"},
                ],
                "technology_fields": [{"code": "D03", "title": "Weaving"}],
                "industries": [{"code": "C13", "title": "Textiles"}],
                "suggested_technology_fields": [],
                "suggested_industries": [{"code": "C", "title": "Manufacturing"}],
                "declared_sme_count": 0,
                "declared_partner_count": 6,
                "counted_partner_count": 2,
                "memberships": [
                    {
                        "name": "AEI Textils",
                        "role": "lead",
                        "cluster": {
                            "slug": "aei",
                            "name": "AEI Textils",
                            "acronym": None,
                        },
                        "country": {"iso2": "ES", "slug": "spain", "name": "Spain"},
                    },
                    {
                        "name": "A Partner",
                        "role": "partner",
                        "cluster": None,
                        "country": None,
                    },
                ],
                "sources": [],
            },
        )

    def test_what_is_not_stated_is_null(self):
        make_partnership(slug="bare", acronym="BARE")
        partnership = self.get("partnerships/bare/")
        unknown = [
            *("generation", "start", "end", "declared_sme_count"),
            "declared_partner_count",
        ]
        self.assertEqual([partnership[name] for name in unknown], [None] * 5)
        self.assertEqual(partnership["state"], "not_stated")

    def test_filters_are_those_of_the_page(self):
        make_partnership(slug="other", acronym="OTHER", name="Another", sme_count=9)
        for query in (
            *("target=mx&target=cl&match=all", "target=MX", "technology=d03"),
            *("industry=C", "partner_country=es", "generation=1", "state=ended"),
            *("smes_max=5", "q=a+partner", "q=TEX4"),
        ):
            with self.subTest(query=query):
                rows = self.get(f"partnerships/?{query}")["results"]
                self.assertEqual([row["slug"] for row in rows], ["tex4im"])

    def test_choices_that_do_not_exist_are_refused(self):
        for query, key in (
            *(("match=some", "match"), ("state=gone", "state")),
            *(("joining=maybe", "joining"), ("industry=Z99", "industry")),
        ):
            with self.subTest(query=query):
                response = self.client.get(f"/api/v1/partnerships/?{query}")
                self.assertEqual(
                    (response.status_code, list(response.json()["errors"])),
                    (400, [key]),
                )
