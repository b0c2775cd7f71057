from unittest import mock

from django.test import TestCase

from countries.models import Country
from partnerships.index import live_partnerships
from partnerships.models import Partnership
from portal.linked_counts import live_indexes, number_linked
from tests.factories import make_country, make_partnership


class LinkedCountTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        mexico, chile, _brazil, hidden = [
            make_country(iso2=code, iso3=f"{code}X", name=code)
            for code in ("MX", "CL", "BR", "XX")
        ]
        hidden.status = "draft"
        hidden.save()
        make_partnership([mexico, chile, hidden])
        make_partnership([mexico])
        make_partnership([mexico, chile], status="draft")

    def counts(self, sort):
        countries = Country.objects.for_list().order_by(sort, "iso2")
        return list(countries.values_list("iso2", "partnership_count"))

    def test_an_index_counts_as_the_database_does(self):
        self.assertIs(live_indexes[Partnership], live_partnerships)
        self.assertIsNotNone(number_linked(Partnership, "targets"))
        for sort in ("partnership_count", "-partnership_count"):
            found = self.counts(sort)
            with mock.patch.dict(live_indexes, clear=True):
                self.assertIsNone(number_linked(Partnership, "targets"))
                self.assertEqual(self.counts(sort), found)
        self.assertEqual(found, [("MX", 2), ("CL", 1), ("XX", 1), ("BR", 0)])

    def test_counts_are_those_of_the_present_content(self):
        make_partnership([Country.objects.get(iso2="BR")])
        self.assertIn(("BR", 1), self.counts("iso2"))
