"""What is not public changes no answer of the site search, by not one letter."""

from django.test import TestCase

from countries.models import CountrySection
from portal.publishing.models import Publishable
from portal.search import KINDS
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_membership,
    make_organisation,
    make_report,
    make_section,
)

from .linked_records import HIDDEN, link, make_linked_records

TYPED = (
    "SECRET",
    "secr",
    "sekret",
    "secert",
    "lead secret",
    "country",
    "alias",
    "part",
)
ADDRESSES = (
    *(f"/search/?q={typed}" for typed in TYPED),
    *(f"/search/?q=secret&type={kind}" for kind in KINDS),
    *(f"/search/?q=sekret&type={kind}" for kind in KINDS),
    *(f"/search/suggest?q={typed}" for typed in TYPED),
)


class HiddenRecordTests(TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        cls.public = make_linked_records()

    def answers(self):
        return {
            address: self.client.get(address).content.decode() for address in ADDRESSES
        }

    def test_hidden_records_change_nothing(self):
        before = self.answers()
        for values in HIDDEN:
            link(self.public, make_linked_records(suffix=" SECRET", **values))
            # What can only be seen through the link is no name of its own.
            self.public[0].organisations.update(successor=None)
            with self.subTest(values=values):
                self.assertEqual(self.answers(), before)

    def test_the_parts_of_hidden_records_change_nothing(self):
        before = self.answers()
        for values in HIDDEN:
            hidden = make_country(**values)
            hidden.aliases.create(name=f"SECRET alias {hidden.pk}")
            make_section(country=hidden, lead="SECRET")
            make_organisation(country=hidden, name="SECRET body")
            make_report(country=hidden, title="SECRET report")
            make_event(country=hidden, title="SECRET event")
            cluster = make_cluster(country=hidden, name="SECRET cluster")
            make_membership(partnership=self.public[3], cluster=cluster)
            with self.subTest(values=values):
                self.assertEqual(self.answers(), before)

    def test_hidden_parts_of_public_records_change_nothing(self):
        country, partnership = self.public[0], self.public[3]
        before = self.answers()
        for number, values in enumerate(HIDDEN):
            make_membership(
                partnership=partnership,
                cluster=make_cluster(
                    country=country, name=f"SECRET draft {number}", **values
                ),
            )
            CountrySection.objects.filter(kind="policies").delete()
            make_section(country=country, lead="SECRET", kind="policies", **values)
            with self.subTest(values=values):
                self.assertEqual(self.answers(), before)

    def test_the_same_records_are_found_once_they_are_public(self):
        """Proves that the tests above would notice a leak."""
        before = self.answers()
        link(self.public, make_linked_records(suffix=" SECRET"))
        after = self.answers()
        for address in ADDRESSES:
            self.assertNotEqual(after[address], before[address], address)

    def test_what_is_withdrawn_is_gone_at_once(self):
        before = self.answers()
        hidden = make_linked_records(suffix=" SECRET")
        for record in hidden:
            if isinstance(record, Publishable):
                type(record).objects.filter(pk=record.pk).unpublish()
        hidden[0].sections.all().unpublish()
        self.assertEqual(self.answers(), before)
