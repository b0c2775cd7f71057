import datetime
from xml.etree import ElementTree

import feedparser
from django.test import TestCase
from django.utils import timezone

from events.models import Event, NewsItem
from portal.content_version import forget
from portal.models import ContentVersion
from portal.publishing.models import Publishable
from tests.factories import (
    make_achievement,
    make_country,
    make_event,
    make_label,
    make_news_item,
    make_partnership,
)

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = {
    "/events/atom.xml": make_event,
    "/achievements/atom.xml": make_achievement,
    "/news/atom.xml": make_news_item,
}
NEWS = "/news/atom.xml"


class AtomTests(TestCase):
    def read(self, address):
        """Return a feed as a parser reads it that has no complaint."""
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response["Content-Type"], "application/atom+xml; charset=utf-8"
        )
        self.assert_has_what_rfc_4287_requires(response.content)
        feed = feedparser.parse(response.content)
        self.assertFalse(feed.bozo, feed.get("bozo_exception"))
        self.assertEqual(feed.version, "atom10")
        return feed

    def assert_has_what_rfc_4287_requires(self, content):
        root = ElementTree.fromstring(content)
        self.assertEqual(root.tag, f"{ATOM}feed")
        for element in (root, *root.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                self.assertEqual(len(element.findall(f"{ATOM}{name}")), 1, name)
            updated = element.findtext(f"{ATOM}updated")
            moment = datetime.datetime.fromisoformat(updated)
            self.assertIsNotNone(moment.tzinfo)
            self.assertLessEqual(moment, timezone.now())
        self.assertEqual(len(root.findall(f"{ATOM}author/{ATOM}name")), 1)
        ids = [element.text for element in root.iter(f"{ATOM}id")]
        self.assertEqual(len(ids), len(set(ids)))

    def titles(self, address):
        return [entry.title for entry in self.read(address).entries]

    def test_an_entry_tells_what_the_record_is(self):
        item = make_news_item(
            [make_country(name="Mexico")],
            title="R&D <b>first</b>",
            slug="first",
            summary="Clusters & SMEs: 5 < 6.",
        )
        feed = self.read(NEWS)
        (entry,) = feed.entries

        self.assertEqual(entry.title, "R&D <b>first</b>")
        self.assertEqual(entry.title_detail.type, "text/plain")
        self.assertEqual(entry.summary, "21 Mar 2017 · Clusters &amp; SMEs: 5 &lt; 6.")
        self.assertEqual(entry.link, "http://testserver/news/first/")
        self.assertEqual(entry.id, f"urn:uuid:{item.uid}")
        self.assertEqual([tag.term for tag in entry.tags], ["Mexico"])
        self.assertEqual(
            datetime.datetime.fromisoformat(entry.updated), item.updated_at
        )
        self.assertEqual(feed.feed.updated, entry.updated)
        self.assertEqual(feed.feed.title, "Cluster Portal: news items")

    def test_ids_stay_whatever_changes(self):
        for address, make in FEEDS.items():
            record = make(slug="old")
            before = self.read(address)
            record.slug, record.title = "new", "New"
            record.save()
            after = self.read(address)

            self.assertEqual(after.entries[0].id, before.entries[0].id)
            self.assertEqual(after.feed.id, before.feed.id)
            self.assertGreater(after.entries[0].updated, before.entries[0].updated)
            self.assertEqual(after.feed.updated, after.entries[0].updated)

    def test_becoming_public_at_a_time_is_a_change(self):
        at = timezone.now() - datetime.timedelta(minutes=5)
        make_news_item(status=Publishable.Status.APPROVED, publish_at=at)
        long_before = at - datetime.timedelta(days=9)
        NewsItem.objects.update(updated_at=long_before)
        ContentVersion.objects.update(changed_at=long_before)
        response = self.client.get(NEWS)
        (entry,) = feedparser.parse(response.content).entries

        self.assertEqual(datetime.datetime.fromisoformat(entry.updated), at)
        self.assertEqual(
            response["Last-Modified"], at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        )

    def test_a_feed_without_entries_is_valid_and_stays_the_same(self):
        for address in FEEDS:
            first = self.read(address)
            self.assertEqual(first.entries, [])
            self.assertEqual(first.feed.updated, self.read(address).feed.updated)

    def test_any_text_makes_a_valid_feed(self):
        for address, make in FEEDS.items():
            make(title="]]> \x0b\x1b \ufffe مرحبا 👩‍🔬", summary="<script>\x0c&nbsp;")
            self.assertEqual(self.titles(address), ["]]>   مرحبا 👩‍🔬"])

    def test_a_view_of_the_list_is_a_feed(self):
        mexico = make_country(iso2="MX", slug="mexico", name="Mexico")
        tex = make_partnership(slug="tex")
        for address, make in FEEDS.items():
            concerned, other = make(title="Concerned"), make(title="Other")
            for record in (concerned, other):
                record.partnerships.add(tex)
            field = "countries" if hasattr(concerned, "countries") else "more_countries"
            getattr(concerned, field).add(mexico)
            with self.subTest(address=address):
                self.assertEqual(self.titles(f"{address}?country=MX"), ["Concerned"])
                both = self.titles(f"{address}?partnership=tex")
                self.assertCountEqual(both, ["Concerned", "Other"])
                feed = self.read(f"{address}?page=3&country=mexico&sort=title").feed
                canonical = f"http://testserver{address}?country=mexico"
                self.assertEqual(feed.id, canonical)
                self.assertEqual(
                    {link.rel: link.href for link in feed.links},
                    {"self": canonical, "alternate": canonical.replace("atom.xml", "")},
                )
                self.assertTrue(feed.title.endswith("(Mexico)"))

    def test_a_value_that_is_not_known_leads_to_the_list_that_names_it(self):
        make_country(slug="mexico")
        for address in [*FEEDS, "/events/calendar.ics"]:
            page = address.rpartition("/")[0] + "/"
            view = "country=mexico&country=nowhere"
            with self.subTest(address=address):
                response = self.client.get(f"{address}?{view}")
                self.assertRedirects(response, f"{page}?{view}")
                response = self.client.get(f"{page}?{view}")
                self.assertEqual(response.context["ignored"], [("country", "nowhere")])
                self.assertIn(f"{address}?country=mexico", response.content.decode())
                self.assertNotIn(f"{address}?country=mexico&amp;", response.text)

    def test_a_key_that_is_not_known_leads_to_the_list_that_names_it(self):
        for address in [*FEEDS, "/events/calendar.ics"]:
            page = address.rpartition("/")[0] + "/"
            with self.subTest(address=address):
                response = self.client.get(f"{address}?contry=mexico&utm_source=a")
                self.assertEqual(response.status_code, 302)
                response = self.client.get(response.url)
                self.assertEqual(response.request["PATH_INFO"], page)
                self.assertEqual(response.context["ignored"], [("contry", "mexico")])
        page = "/events/?past=yes"
        self.assertRedirects(self.client.get("/events/calendar.ics?past=yes"), page)
        self.assertContains(self.client.get(page), 'href="/events/calendar.ics"')

    def test_a_format_leads_to_a_feed_of_all_that_was_asked_for(self):
        make_country(slug="mexico")
        for address in [*FEEDS, "/events/calendar.ics"]:
            page = address.rpartition("/")[0] + "/"
            name = "ics" if address.endswith("ics") else "atom"
            for query, kept in (
                ("contry=MX", "contry=MX"),
                ("country=mexico&page=2&sort=title&per_page=50", "country=mexico"),
                ("country=mexico&country=nowhere", "country=mexico&country=nowhere"),
            ):
                with self.subTest(address=address, query=query):
                    response = self.client.get(f"{page}?format={name}&{query}")
                    self.assertRedirects(
                        response, f"{address}?{kept}", fetch_redirect_response=False
                    )
            response = self.client.get(f"{page}?format={name}&contry=MX", follow=True)
            self.assertEqual(response.redirect_chain[-1][0], f"{page}?contry=MX")
            self.assertEqual(response.context["ignored"], [("contry", "MX")])
        response = self.client.get("/events/?format=online&format=atom&format=ics")
        self.assertRedirects(response, "/events/calendar.ics?format=online")

    def test_achievements_are_filtered_by_label(self):
        make_achievement(title="Gold").labels.add(make_label(level="gold"))
        make_achievement(title="Other")

        titles = self.titles("/achievements/atom.xml?label=gold&label=silver")
        self.assertEqual(titles, ["Gold"])

    def test_cancelled_and_moved_events_are_marked(self):
        make_event(title="Fair", state=Event.State.CANCELLED)
        make_event(title="Talk", state=Event.State.MOVED)

        self.assertEqual(
            self.titles("/events/atom.xml"), ["Cancelled: Fair", "Moved: Talk"]
        )

    def test_the_list_names_its_feed_and_leads_to_it(self):
        make_country(slug="mexico")
        for address in FEEDS:
            page = address.removesuffix("atom.xml")
            response = self.client.get(f"{page}?country=mexico&page=1")
            self.assertContains(
                response,
                f'<link rel="alternate" type="application/atom+xml" '
                f'href="{address}?country=mexico"',
            )
            response = self.client.get(f"{page}?format=atom&country=mexico&page=1")
            self.assertRedirects(response, f"{address}?country=mexico")

    def test_holds_only_what_is_public(self):
        draft = make_country(status=Publishable.Status.DRAFT, name="SECRET")
        for address, make in FEEDS.items():
            make(title="SECRET", status=Publishable.Status.DRAFT)
            record = make(title="Public")
            field = "countries" if hasattr(record, "countries") else "more_countries"
            getattr(record, field).add(draft)
            self.read(address)
            self.assertNotContains(self.client.get(address), "SECRET")

    def test_answers_304_until_something_changes(self):
        hour_before = timezone.now() - datetime.timedelta(hours=1)
        for address, make in FEEDS.items():
            record = make()
            for name, header in (
                ("if-none-match", "ETag"),
                ("if-modified-since", "Last-Modified"),
            ):
                ContentVersion.objects.update(changed_at=hour_before)
                forget()
                asked = {name: self.client.get(address)[header]}
                again = self.client.get(address, headers=asked)
                self.assertEqual((again.status_code, again.content), (304, b""))
                record.save()
                changed = self.client.get(address, headers=asked)
                self.assertEqual(changed.status_code, 200)

    def test_query_count_does_not_grow_with_the_rows(self):
        def make_linked_event():
            country = make_country()
            make_event(country=country).more_countries.add(country)

        for address, make, number in (
            ("/events/atom.xml", make_linked_event, 4),
            ("/achievements/atom.xml", lambda: make_achievement([make_country()]), 3),
            ("/news/atom.xml", lambda: make_news_item([make_country()]), 3),
        ):
            for rows in (1, 3):
                while len(self.titles(address)) < rows:
                    make()
                # What is kept for as long as the content stays is not read again.
                self.client.get(address)
                test = self.subTest(address=address, rows=rows)
                with test, self.assertNumQueries(number):
                    self.client.get(address)
