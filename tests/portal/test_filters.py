from unittest import mock
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from clusters.filters import ClusterFilterSet
from partnerships.filters import PartnershipFilterSet
from partnerships.tables import PartnershipTable
from portal.filters import MOST_WORDS, searched_for
from tests.factories import (
    make_cluster,
    make_industry,
    make_membership,
    make_partnership,
)


def filtered(filterset_class, query, **options):
    queryset = filterset_class._meta.model.objects.published()
    return filterset_class(QueryDict(query), queryset, **options)


class CopyTests(TestCase):
    def test_requests_share_no_field_of_a_filter(self):
        # Read once, as documentation of the API may.
        PartnershipFilterSet.base_filters["target"].field  # noqa: B018
        one = filtered(PartnershipFilterSet, "target=zz", strict=True)
        other = filtered(PartnershipFilterSet, "target=xx")
        self.assertIn("target", one.form.errors)
        self.assertEqual(other.ignored(), [("target", "xx")])
        self.assertEqual(one.form.fields["target"].unknown, ["zz"])

    def test_a_filter_with_a_method_asks_its_own_set(self):
        make_partnership(acronym="OLD", start="2001-01-01", end="2002-01-01")
        make_partnership(acronym="NEW")
        for query, acronym in (("state=ended", "OLD"), ("state=not_stated", "NEW")):
            (found,) = filtered(PartnershipFilterSet, query).qs
            self.assertEqual(found.acronym, acronym)

    def test_tables_share_no_column_that_one_hides(self):
        table = PartnershipTable([])
        table.columns.hide("smes")
        self.assertTrue(PartnershipTable([]).columns["smes"].visible)


class NothingFoundTests(TestCase):
    def test_what_to_remove_is_asked_once_for_each_filter(self):
        make_cluster(name="Alpha")
        codes = [make_industry(f"C{number}").code for number in range(10, 40)]
        numbers = set()
        for some in (codes[:2], codes):
            clusters = filtered(
                ClusterFilterSet, f"q=zz&industry={'&industry='.join(some)}"
            )
            clusters.cleaned()
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(clusters.remedies(), [])
            numbers.add(len(queries))
        self.assertEqual(numbers, {2})

    def test_says_which_range_is_the_wrong_way_round(self):
        clusters = filtered(ClusterFilterSet, "founded_min=2000&founded_max=1990")
        (contradiction,) = clusters.contradictions()
        self.assertIn("“Founded from” is above “Founded to”", contradiction)


class YesNoFilterTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.partner = make_cluster(name="Partner")
        cls.other = make_cluster(name="Other")
        make_membership(cluster=cls.partner)

    def test_keeps_what_is_so_or_what_is_not(self):
        answers = {
            "true": {self.partner},
            "1": {self.partner},
            "Yes": {self.partner},
            "false": {self.other},
            "": {self.partner, self.other},
        }
        for text, expected in answers.items():
            with self.subTest(text=text):
                clusters = filtered(ClusterFilterSet, f"in_partnership={text}")
                self.assertEqual(set(clusters.qs), expected)

    def test_names_what_it_does_not_know(self):
        clusters = filtered(ClusterFilterSet, "in_partnership=banana")

        self.assertEqual(clusters.ignored(), [("in_partnership", "banana")])
        self.assertEqual(set(clusters.qs), {self.partner, self.other})

    def test_shows_the_usual_spelling_as_chosen(self):
        clusters = filtered(ClusterFilterSet, "in_partnership=yes")

        self.assertEqual(
            clusters.chosen(), [("in_partnership", "true", "In a partnership", "Yes")]
        )


class SingleValueTests(TestCase):
    def test_the_last_of_several_counts_and_the_others_are_named(self):
        for name in ("Ann", "Ben"):
            make_cluster(name=name)

        for query in ("q=ann&q=ben", "q=ben&q=ann&q=ben", "q=ann&q=ben&q="):
            with self.subTest(query=query):
                clusters = filtered(ClusterFilterSet, query)

                self.assertEqual([one.name for one in clusters.qs], ["Ben"])
                self.assertEqual(clusters.ignored(), [("q", "ann")])


class KnownValuesFilterTests(TestCase):
    def test_names_what_is_chosen(self):
        make_partnership(generation=2)

        partnerships = filtered(PartnershipFilterSet, "generation=2&state=RUNNING")

        self.assertEqual(
            partnerships.chosen(),
            [
                ("generation", "2", "Generation", "Generation 2"),
                ("state", "running", "State", "Running"),
            ],
        )


class WholeNumberFilterTests(TestCase):
    def test_bounds_are_part_of_the_range(self):
        for count in (9, 10, 20, 21):
            make_partnership(sme_count=count)
        query = "smes_min=10&smes_max=20"

        counts = filtered(PartnershipFilterSet, query).qs.values_list(
            "sme_count", flat=True
        )

        self.assertEqual(set(counts), {10, 20})

    def test_names_what_is_no_whole_number(self):
        partnership = make_partnership(sme_count=5)
        for text in ("-1", "2.5", "1E400000", "9" * 5000, "1_000", "٣", "ten"):
            with self.subTest(text=text[:20]):
                partnerships = filtered(PartnershipFilterSet, f"smes_min={text}")
                self.assertEqual(partnerships.ignored(), [("smes_min", text)])
                self.assertEqual(partnerships.qs.get(), partnership)


class SearchFilterTests(TestCase):
    def test_names_a_text_too_long_to_look_for(self):
        partnership = make_partnership()
        text = "x" * 201

        partnerships = filtered(PartnershipFilterSet, f"q={text}")

        self.assertEqual(partnerships.ignored(), [("q", text)])
        self.assertEqual(partnerships.qs.get(), partnership)

    def test_finds_all_words_wherever_they_stand(self):
        cluster = make_cluster(name="Nanoprogress")
        found = make_partnership(acronym="GLOBAL", name="Advanced Smart Packaging")
        make_membership(partnership=found, cluster=cluster)
        make_partnership(acronym="SMART", name="Smart cities")
        for index in (PartnershipFilterSet.live_index, None):
            for text in (
                *("packaging smart", "smart, advanced!", "global “nano”", "packag"),
                *("smart pack advanced global nanoprogress", "a d v g s m"),
            ):
                with (
                    self.subTest(text=text, index=index),
                    mock.patch.object(PartnershipFilterSet, "live_index", index),
                ):
                    partnerships = filtered(
                        PartnershipFilterSet, urlencode({"q": text})
                    )
                    self.assertEqual(partnerships.qs.get(), found)
                    self.assertEqual(partnerships.found.count(), 1)

    def test_looks_for_marks_where_there_is_nothing_else(self):
        make_partnership(acronym="A", name="Why not?")
        make_partnership(acronym="B", name="Never")
        for index in (PartnershipFilterSet.live_index, None):
            with mock.patch.object(PartnershipFilterSet, "live_index", index):
                partnerships = filtered(PartnershipFilterSet, "q=?")
                self.assertEqual(partnerships.found.count(), 1)
                self.assertEqual(partnerships.qs.count(), 1)

    def test_however_many_words_there_are_few_are_looked_for_one_by_one(self):
        text = " ".join(f"w{number}" for number in range(50))
        words = searched_for(text)
        self.assertEqual(len(words), MOST_WORDS)
        self.assertEqual(" ".join(words), text)
