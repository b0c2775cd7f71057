from datetime import timedelta
from unittest import mock

from django.test import TestCase

from clusters.models import TechnologyField
from partnerships import views
from partnerships.filters import MatchFilterSet
from partnerships.index import live_partnerships
from partnerships.matching import count_unclassified
from partnerships.models import Partnership
from portal.partial_dates import today
from portal.publishing.models import Publishable
from tests.factories import (
    make_country,
    make_industry,
    make_partnership,
    make_technology_field,
)

current = live_partnerships.current


class MatchTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        mexico = make_country(iso2="MX", iso3="MEX", name="Mexico")
        chile = make_country(iso2="CL", iso3="CHL", name="Chile")
        section = make_industry("C", title="Manufacturing")
        textiles = make_industry("C13", title="Textiles", parent=section)
        weaving = make_technology_field("D03", title="Weaving")
        make_partnership(
            [mexico, chile], [textiles], [weaving], acronym="ALL", joining="open"
        )
        make_partnership([mexico], acronym="COUNTRY", sme_count=5)
        make_partnership([], [textiles], acronym="INDUSTRY", sme_count=900)
        make_partnership([mexico], acronym="LARGER", sme_count=50)
        make_partnership([], acronym="NOTHING", joining=Partnership.Joining.OPEN)
        make_partnership([mexico], acronym="OVER", end=today() - timedelta(days=1))
        make_partnership([mexico], acronym="SECRET", status=Publishable.Status.DRAFT)

    def matches(self, query):
        response = self.client.get(f"/partnerships/match/?{query}")
        self.assertEqual(response.status_code, 200)
        return [
            (match.partnership.acronym, match.score, match.reasons())
            for match in response.context["matches"]
        ]

    def test_ranks_by_points_then_smes_and_says_why(self):
        targets = ("It targets Mexico.", 3)
        works = ("It works in C Manufacturing.", 2)
        self.assertEqual(
            self.matches("target=mx&industry=C&technology=D03"),
            [
                (
                    "ALL",
                    8,
                    [
                        targets,
                        works,
                        ("It works in D03 Weaving.", 2),
                        ("It is open to new partners.", 1),
                    ],
                ),
                ("LARGER", 3, [targets]),
                ("COUNTRY", 3, [targets]),
                ("INDUSTRY", 2, [works]),
            ],
        )

    def test_it_says_how_many_have_no_field_of_work(self):
        for source in (live_partnerships, None):
            with mock.patch.object(
                live_partnerships, "current", lambda index=source: index and current()
            ):
                self.assertEqual(count_unclassified(today()), (3, 5))
        self.assertContains(
            self.client.get("/partnerships/match/"),
            "3 of 5 partnerships that are not known to have ended state no industry",
        )
        for partnership in Partnership.objects.all():
            partnership.technology_fields.set(TechnologyField.objects.all())
        response = self.client.get("/partnerships/match/")
        self.assertNotContains(response, "that are not known to have ended state")

    def test_the_score_is_the_sum_of_its_reasons(self):
        for query in ("target=MX&target=CL", "industry=C&industry=C13&target=CL"):
            for acronym, score, reasons in self.matches(query):
                self.assertEqual(
                    score, sum(points for _why, points in reasons), acronym
                )

    def test_filters_are_called_as_on_no_other_page(self):
        self.client.get("/partnerships/")
        response = self.client.get("/partnerships/match/")
        for label in ("Countries to go to", "Your industries (NACE)"):
            self.assertContains(response, f"{label}</legend>")
        self.assertContains(
            self.client.get("/partnerships/"), "Targeted country</legend>"
        )

    def test_nothing_wished_is_nothing_found(self):
        self.assertEqual(self.matches(""), [])
        response = self.client.get("/partnerships/match/")
        self.assertContains(response, "Choose at least one country")

    def test_unknown_wishes_are_named_and_left_out(self):
        response = self.client.get("/partnerships/match/?target=XX&industry=%00")
        self.assertContains(response, "<code>target=XX</code>")
        self.assertEqual(response.context["matches"], [])

    def test_keys_of_other_lists_are_named_and_left_out(self):
        response = self.client.get("/partnerships/match/?target=mx&sort=name&page=2")
        self.assertEqual(response.context["ignored"], [("page", "2"), ("sort", "name")])
        self.assertEqual(
            str(response.context["address"]), "/partnerships/match/?target=MX"
        )

    def test_each_option_counts_what_it_would_find(self):
        for live_index in (MatchFilterSet.live_index, None):
            with mock.patch.object(MatchFilterSet, "live_index", live_index):
                response = self.client.get("/partnerships/match/?target=CL")
            for _field, facet in response.context["filter"].facets():
                for option in facet.options.all:
                    query = f"{facet.name}={option.value}"
                    found = len(self.matches(query))
                    counted = facet.counts.get(option.value, 0)
                    self.assertEqual((query, counted), (query, found))

    def test_says_how_many_suit_where_not_all_are_shown(self):
        for index in (live_partnerships.current(), None):
            with (
                mock.patch.object(live_partnerships, "current", return_value=index),
                mock.patch.object(views, "MATCHES_SHOWN", 1),
            ):
                query = "target=CL&industry=C&target=MX"
                self.assertEqual([name for name, *_ in self.matches(query)], ["ALL"])
                response = self.client.get(f"/partnerships/match/?{query}")
            self.assertContains(
                response, "4 partnerships suit you; here are the best 1"
            )

    def test_many_wishes_are_cut_off_with_a_notice(self):
        codes = [make_industry(f"A{number:02}").code for number in range(25)]
        query = "&".join(f"industry={code}" for code in codes)
        response = self.client.get(f"/partnerships/match/?{query}")
        self.assertContains(response, "Only the first 20 of your wishes were counted.")

    def test_a_page_names_related_partnerships_and_what_they_share(self):
        response = self.client.get(
            Partnership.objects.get(acronym="ALL").get_absolute_url()
        )
        self.assertEqual(
            [
                (match.partnership.acronym, [wish.label for wish in match.fulfilled])
                for match in response.context["related"]
            ],
            [
                ("LARGER", ["Mexico"]),
                ("COUNTRY", ["Mexico"]),
                ("INDUSTRY", ["C13 Textiles"]),
            ],
        )
        self.assertContains(response, "Related partnerships")
        nothing = Partnership.objects.get(acronym="NOTHING").get_absolute_url()
        self.assertNotContains(self.client.get(nothing), "Related partnerships")

    def test_the_number_of_queries_does_not_grow_with_the_rows(self):
        for query in ("industry=C13&target=CL", "target=MX"):
            self.client.get(f"/partnerships/match/?{query}")
            with self.assertNumQueries(2):
                self.client.get(f"/partnerships/match/?{query}")
