from django.test import TestCase

from portal.api import RESOURCES
from portal.publishing.models import Publishable
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_label,
    make_membership,
    make_section,
    make_source,
)

from .linked_records import HIDDEN, link, make_linked_records


class DraftTests(TestCase):
    """What is not public is named nowhere and counted nowhere."""

    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        cls.public = make_linked_records()
        cls.public[0].organisations.update(successor=None)

    def answers(self):
        """Return what every list says; classifications are public as they are."""
        answers = {}
        for name in set(RESOURCES) - {"industries", "technology-fields", "indicators"}:
            viewset = RESOURCES[name]
            queries = [{"per_page": 100}]
            queries += [{"expand": path, "per_page": 25} for path in viewset.expandable]
            queries += [
                {"sort": f"{sign}{order}", "fields": "slug"}
                for order in viewset.orders()
                for sign in ("", "-")
            ]
            for query in queries:
                answer = self.client.get(f"/api/v1/{name}/", query)
                self.assertEqual(answer.status_code, 200, (name, query))
                self.assertNotIn("SECRET", answer.content.decode(), (name, query))
                answers[name, *query.items()] = answer.json()
        return answers

    def test_hidden_records_change_no_answer(self):
        before = self.answers()
        for values in HIDDEN:
            hidden = make_linked_records(suffix=" SECRET", **values)
            link(self.public, hidden)
            with self.subTest(values=values):
                self.assertEqual(self.answers(), before)
                self.assert_not_found(hidden)

    def assert_not_found(self, hidden):
        names = list(RESOURCES)[:7]
        for name, record in zip(names, hidden, strict=True):
            key = getattr(record, RESOURCES[name].lookup_field)
            response = self.client.get(f"/api/v1/{name}/{key}/")
            self.assertEqual((name, response.status_code), (name, 404))
        response = self.client.get(f"/api/v1/countries/{hidden[0].iso2}/")
        self.assertEqual(response.status_code, 404)

    def test_parts_that_are_hidden_or_of_a_hidden_country_change_no_answer(self):
        public = self.public
        before = self.answers()
        make_section(
            country=public[0], kind="policies", status=Publishable.Status.DRAFT
        ).sources.add(make_source(title="SECRET source"))
        country = make_country(name="SECRET", status=Publishable.Status.DRAFT)
        make_section(country=country)
        cluster = make_cluster(country=country, name="SECRET cluster")
        label = make_label(cluster=cluster)
        label.sources.add(make_source(title="SECRET source"))
        make_event(country=country)
        make_membership(partnership=public[3], cluster=cluster)
        public[3].targets.add(country)
        public[5].labels.add(label)
        public[5].clusters.add(cluster)

        self.assertEqual(self.answers(), before)
        for address in (f"clusters/{cluster.slug}", f"labels/{label.pk}"):
            response = self.client.get(f"/api/v1/{address}/")
            self.assertEqual(response.status_code, 404)
