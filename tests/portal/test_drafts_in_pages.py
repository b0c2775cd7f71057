import re

from django.test import TestCase

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
from .test_pages import addresses

OF_THE_API = {"api_documentation", "api_reference", "api_resource"}
FILTERS = re.compile(r'<details class="facets-fold.*?</form>\s*</details>', re.S)
OPTIONS = re.compile(
    r'name="(\w+)" value="([^"]*)"(?: checked)?> .*?facets__count">\((\d+)\)', re.S
)


def counts(content):
    """Return the counts of the filters' options by name and value."""
    return {(name, value): number for name, value, number in OPTIONS.findall(content)}


class HiddenRecordTests(TestCase):
    """What is not public is named in no page, list or sitemap, and counted in none."""

    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        cls.public = make_linked_records()
        cls.public[0].organisations.update(successor=None)
        # Pages of data sets name the version of the content, which every write
        # changes; test_open_data.py looks at them.
        pages = addresses(cls.public)
        cls.addresses = {
            **{name: pages[name] for name in pages.keys() - {"data", "data_set"}},
            "past events": "/events/?past=1",
            "month of events": "/events/?view=month&month=2030-05",
            "calendar": "/events/calendar.ics",
            "feed of events": "/events/atom.xml",
            "feed of achievements": "/achievements/atom.xml",
            "feed of news": "/news/atom.xml",
            **{
                f"download of {name}": f"/{name}/?format=csv"
                for name in ("clusters", "events", "achievements", "news")
            },
            "search": "/partnerships/?q=SECRET",
            "clusters on record": "/clusters/?label_state=ever",
            **{
                f"sitemap of {name}": f"/sitemap-{name}.xml"
                for name in (
                    *("country", "cluster", "partnership", "event"),
                    *("achievement", "newsitem"),
                )
            },
        }

    def pages(self):
        return {
            name: self.client.get(address).getvalue().decode()
            for name, address in self.addresses.items()
        }

    def assert_nothing_shows(self, before):
        for name, content in self.pages().items():
            # Terms of a classification are public, whoever uses them.
            named = content.replace("Term SECRET", "").replace("q=SECRET", "")
            named = (
                named.replace("<bdi>", "")
                .replace('value="SECRET"', "")
                .replace("Search: SECRET", "")
            )
            named = named.replace("q%3DSECRET", "")
            self.assertNotIn("SECRET", named, name)
            # A term that only hidden records have is there, and counts none.
            expected = dict.fromkeys(counts(content), "0") | counts(before[name])
            self.assertEqual(counts(content), expected, name)
            self.assertEqual(
                FILTERS.sub("", content), FILTERS.sub("", before[name]), name
            )

    def test_hidden_records_change_no_page(self):
        before = self.pages()
        for values in HIDDEN:
            hidden = make_linked_records(suffix=" SECRET", **values)
            link(self.public, hidden)
            with self.subTest(values=values):
                self.assert_nothing_shows(before)
                for record in (*hidden[:2], *hidden[3:]):
                    response = self.client.get(record.get_absolute_url())
                    self.assertEqual(response.status_code, 404, record)

    def test_what_belongs_to_a_hidden_record_changes_no_page(self):
        before = self.pages()
        draft = Publishable.Status.DRAFT
        make_section(
            country=self.public[0], kind="policies", lead="SECRET", status=draft
        ).sources.add(make_source(title="SECRET source"))
        country = make_country(name="SECRET", status=draft)
        make_section(country=country)
        cluster = make_cluster(country=country, name="SECRET cluster")
        label = make_label(cluster=cluster)
        label.sources.add(make_source(title="SECRET source"))
        event = make_event(country=country, title="SECRET event")
        make_membership(partnership=self.public[3], cluster=cluster)
        secret = make_cluster(country=self.public[0], name="SECRET", status=draft)
        make_membership(partnership=self.public[3], cluster=secret)
        self.public[3].targets.add(country)
        self.public[5].labels.add(label)
        self.public[5].clusters.add(cluster)

        self.assert_nothing_shows(before)
        for record in (country, cluster, event):
            response = self.client.get(record.get_absolute_url())
            self.assertEqual(response.status_code, 404, record)

    def test_options_have_counts(self):
        content = self.pages()["partnerships:list"]
        country = self.public[0]
        self.assertEqual(counts(content)["target", country.iso2], "1")
        self.assertEqual(counts(content)["partner_country", country.iso2], "1")

    def test_the_same_records_show_once_they_are_public(self):
        """Proves that the tests above would notice a leak."""
        before = self.pages()
        link(self.public, make_linked_records(suffix=" SECRET"))

        for name, content in self.pages().items():
            if name not in ("about", "accessibility", "privacy", *OF_THE_API):
                self.assertNotEqual(content, before[name], name)
