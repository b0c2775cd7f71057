import datetime

from django.test import TestCase

from clusters.models import Cluster, FormerAddress
from portal.partial_dates import today
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_label,
    make_membership,
    make_source,
    make_technology_field,
)


class ClusterApiTests(TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        cls.country = make_country(iso2="MX", slug="mexico", name="Mexico")
        cls.cluster = make_cluster(
            country=cls.country,
            name="Clúster Automotriz",
            slug="claut",
            acronym="CLAUT",
            region="Nuevo León",
            founded=2007,
            website_reachable_on=datetime.date(2018, 5, 3),
        )
        cls.cluster.former_names.create(
            name="Clúster de Autopartes",
            until=datetime.date(2009, 12, 31),
            until_precision="year",
        )
        cls.count = cls.cluster.member_counts.create(year=2016, number=80)
        section = make_industry("C", title="Manufacturing")
        cls.cluster.industries.add(
            make_industry("C29", title="Motor vehicles", parent=section)
        )
        cls.cluster.technology_fields.add(
            make_technology_field("B60", title="Vehicles")
        )

    def get(self, address):
        return self.client.get(f"/api/v1/{address}").json()

    def test_a_cluster_tells_its_codes_and_labels(self):
        label = make_label(
            cluster=self.cluster,
            level="silver",
            awarded_on=datetime.date(2014, 7, 1),
            awarded_on_precision="month",
            valid_until=datetime.date(2016, 12, 31),
            valid_until_precision="year",
        )
        cluster = self.get("clusters/claut/")
        del cluster["updated_at"]
        self.assertEqual(
            cluster,
            {
                "slug": "claut",
                "name": "Clúster Automotriz",
                "acronym": "CLAUT",
                "former_names": [{"name": "Clúster de Autopartes", "until": "2009"}],
                "page": "http://testserver/clusters/claut/",
                "country": {"iso2": "MX", "slug": "mexico", "name": "Mexico"},
                "region": "Nuevo León",
                "city": None,
                "portfolio": None,
                "industries": [{"code": "C29", "title": "Motor vehicles"}],
                "technology_fields": [{"code": "B60", "title": "Vehicles"}],
                "founded": 2007,
                "member_count": None,
                "member_count_year": None,
                "member_counts": [{"year": 2016, "number": 80, "sources": []}],
                "website": None,
                "website_reachable_on": "2018-05-03",
                "summary": None,
                "labels": [
                    {
                        "id": label.pk,
                        "level": "silver",
                        "awarded_on": "2014-07",
                        "runs_from": None,
                        "valid_until": "2016",
                        "revoked_on": None,
                        "state": "lapsed",
                        "sources": [],
                    }
                ],
                "sources": [],
            },
        )

    def test_a_former_address_leads_to_the_present_one(self):
        FormerAddress.objects.create(slug="old", cluster=self.cluster)
        for query in ("", "?fields=name,city&expand=country"):
            answer = self.client.get(f"/api/v1/clusters/old/{query}")
            present = f"http://testserver/api/v1/clusters/claut/{query}"
            self.assertRedirects(answer, present, 301)
            self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        wrong = self.client.get("/api/v1/clusters/old/?junk=1")
        self.assertEqual(wrong.status_code, 400)
        self.assertEqual(self.client.get("/api/v1/clusters/none/").status_code, 404)
        Cluster.objects.update(status="draft")
        self.assertEqual(self.client.get("/api/v1/clusters/old/").status_code, 404)

    def test_each_number_of_members_tells_its_own_sources(self):
        self.cluster.sources.add(make_source(citation="Of the cluster"))
        self.count.sources.add(make_source(citation="Of 2016"))
        self.cluster.member_counts.create(year=2018, number=90)
        counts = self.get("clusters/claut/?fields=member_counts")["member_counts"]
        self.assertEqual(
            [
                (count["year"], [source["citation"] for source in count["sources"]])
                for count in counts
            ],
            [(2018, []), (2016, ["Of 2016"])],
        )

    def test_a_label_tells_its_cluster_and_state(self):
        label = make_label(cluster=self.cluster)
        self.assertEqual(
            self.get("labels/")["results"],
            [
                {
                    "cluster": {
                        "slug": "claut",
                        "name": "Clúster Automotriz",
                        "acronym": "CLAUT",
                    },
                    "country": {"iso2": "MX", "slug": "mexico", "name": "Mexico"},
                    "id": label.pk,
                    "level": "bronze",
                    "awarded_on": None,
                    "runs_from": None,
                    "valid_until": None,
                    "revoked_on": None,
                    "state": "period_unknown",
                    "sources": [],
                }
            ],
        )

    def test_states_of_labels_are_those_of_today(self):
        day = datetime.timedelta(days=1)
        for expected, values in (
            ("held", {"valid_until": today()}),
            ("renewable", {"valid_until": today() - day}),
            ("lapsed", {"valid_until": today() - day, "level": "gold"}),
            ("revoked", {"valid_until": today() + day, "revoked_on": today()}),
            ("period_unknown", {"awarded_on": today() - day}),
            (None, {"awarded_on": today() + day, "valid_until": today() + 2 * day}),
        ):
            with self.subTest(values=values):
                label = make_label(**values)
                self.assertEqual(self.get(f"labels/{label.pk}/")["state"], expected)

    def test_what_the_filter_finds_has_the_state_that_it_names(self):
        make_label(cluster=self.cluster, valid_until=today(), revoked_on=today())
        rows = self.get("clusters/?label_state=lapsed")["results"]
        self.assertEqual(
            [[label["state"] for label in row["labels"]] for row in rows], [["revoked"]]
        )

    def test_labels_are_filtered_as_the_clusters_that_have_them(self):
        make_label(cluster=self.cluster, level="silver", valid_until=today(), pk=101)
        make_label(cluster=self.cluster, valid_until=datetime.date(2001, 1, 1), pk=102)
        make_label(level="silver", valid_until=today(), pk=103)
        for query, expected in (
            ("country=mexico", [101, 102]),
            ("country=MX&label=silver", [101]),
            ("label=silver", [101, 103]),
            ("label=silver&label=bronze&label_state=held", [101, 103]),
            ("label_state=lapsed", [102]),
            ("label_state=ever", [101, 102, 103]),
        ):
            with self.subTest(query=query):
                rows = self.get(f"labels/?{query}")["results"]
                self.assertEqual([row["id"] for row in rows], expected)
                names = {
                    row["slug"] for row in self.get(f"clusters/?{query}")["results"]
                }
                self.assertEqual({row["cluster"]["slug"] for row in rows}, names)
        problem = self.get("labels/?label=platinum&country=nowhere")
        self.assertEqual(set(problem["errors"]), {"label", "country"})

    def test_a_label_that_another_continues_is_superseded(self):
        day = datetime.timedelta(days=1)
        make_label(
            cluster=self.cluster,
            awarded_on=today() - 9 * day,
            valid_until=today() + 9 * day,
        )
        make_label(
            cluster=self.cluster,
            level="silver",
            awarded_on=today() - day,
            valid_until=today() + 99 * day,
        )
        states = {row["level"]: row["state"] for row in self.get("labels/")["results"]}
        self.assertEqual(states, {"bronze": "superseded", "silver": "held"})

    def test_classifications_tell_the_upper_level(self):
        section = {"code": "C", "title": "Manufacturing"}
        self.assertEqual(
            self.get("industries/")["results"],
            [
                section | {"parent": None},
                {"code": "C29", "title": "Motor vehicles", "parent": section},
            ],
        )
        self.assertEqual(
            self.get("technology-fields/B60/"),
            {"code": "B60", "title": "Vehicles", "parent": None},
        )

    def test_filters_are_those_of_the_page(self):
        make_cluster(name="Other", slug="other", founded=1999)
        make_membership(cluster=self.cluster)
        make_label(cluster=self.cluster, level="gold", valid_until=today())
        for query in (
            *("q=automotriz", "country=mx", "region=nuevo+león", "industry=C"),
            *("technology=b60", "founded_min=2000", "in_partnership=true"),
            *("label=gold", "label_state=held", "label=gold&label_state=held"),
        ):
            with self.subTest(query=query):
                rows = self.get(f"clusters/?{query}")["results"]
                self.assertEqual([row["slug"] for row in rows], ["claut"])
        self.assertEqual(self.get("clusters/?label_state=lapsed")["results"], [])

    def test_a_number_is_written_in_digits(self):
        for text in ("-1E+9999999", "1e3", "2000.5", "-1", "9" * 30):
            with self.subTest(text=text):
                response = self.client.get("/api/v1/clusters/", {"founded_min": text})
                self.assertEqual(
                    (response.status_code, list(response.json()["errors"])),
                    (400, ["founded_min"]),
                )
