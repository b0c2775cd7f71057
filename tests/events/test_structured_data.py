import datetime
import json
import re

from django.test import TestCase

from events.models import Event
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_news_item,
    make_source,
)

SCRIPT = re.compile(r'<script type="application/ld\+json">(.+?)</script>', re.S)


class StructuredDataTests(TestCase):
    maxDiff = None

    def about(self, address):
        """Return what a page says it is about, by type."""
        content = self.client.get(address).content.decode()
        data = [json.loads(text) for text in SCRIPT.findall(content)]
        return {one["@type"]: one for one in data}

    def test_an_event_at_a_place(self):
        event = make_event(
            title="Mission",
            slug="mission",
            starts_on=datetime.date(2026, 3, 28),
            starts_at=datetime.time(9),
            ends_on=datetime.date(2026, 3, 29),
            ends_at=datetime.time(17),
            country=make_country(iso2="BE", name="Belgium"),
            city="Brussels",
            format="hybrid",
            website="https://example.org/mission",
        )
        self.assertEqual(
            self.about("/events/mission/")["Event"],
            {
                "@context": "https://schema.org",
                "@type": "Event",
                "@id": f"urn:uuid:{event.uid}",
                "name": "Mission",
                "url": "http://testserver/events/mission/",
                "startDate": "2026-03-28T09:00:00+01:00",
                "endDate": "2026-03-29T17:00:00+02:00",
                "eventStatus": "https://schema.org/EventScheduled",
                "eventAttendanceMode": "https://schema.org/MixedEventAttendanceMode",
                "location": [
                    {
                        "@type": "Place",
                        "name": "Brussels, Belgium",
                        "address": {
                            "@type": "PostalAddress",
                            "addressLocality": "Brussels",
                            "addressCountry": "BE",
                        },
                    },
                    {"@type": "VirtualLocation", "url": "https://example.org/mission"},
                ],
                "sameAs": "https://example.org/mission",
            },
        )

    def test_online_is_where_to_register_or_the_website_but_no_source(self):
        article, website, register = (
            f"https://example.org/{name}" for name in ("article", "website", "register")
        )
        source = make_source(url=article)
        gone, to_come = datetime.date(2020, 5, 6), datetime.date(2999, 5, 6)
        for starts_on, website_url, registration_url, expected in (
            (to_come, website, register, {"url": register}),
            (to_come, article, register, {"url": register}),
            (to_come, website, "", {"url": website}),
            (to_come, article, "", {}),
            (to_come, "", "", {}),
            (gone, website, register, {"url": website}),
            (gone, "", register, {}),
        ):
            event = make_event(
                starts_on=starts_on,
                format=Event.Format.ONLINE,
                website=website_url,
                registration_url=registration_url,
            )
            event.sources.add(source)
            data = self.about(event.get_absolute_url())["Event"]
            place = {"@type": "VirtualLocation"} | expected
            with self.subTest(expected=expected, website=website_url):
                self.assertEqual(data["location"], [place])

    def test_a_day_is_a_day_and_a_state_a_state(self):
        for state, status in (
            (Event.State.CANCELLED, "EventCancelled"),
            (Event.State.MOVED, "EventRescheduled"),
        ):
            event = make_event(state=state)
            data = self.about(event.get_absolute_url())["Event"]
            self.assertEqual(data["eventStatus"], f"https://schema.org/{status}")
            self.assertEqual(data["startDate"], "2030-05-06")
            self.assertNotIn("endDate", data)
            self.assertNotIn("location", data)

    def test_news_tell_their_dates_and_corrections(self):
        item = make_news_item([make_country(name="Mexico")], title="New", slug="new")
        make_news_item()
        item.clusters.add(make_cluster(name="CLAUT"))
        item.clusters.add(make_cluster(name="SECRET", status="draft"))
        item.corrections.create(
            corrected_on=datetime.date(2026, 1, 2), text="24, not 42."
        )
        data = self.about("/news/new/")["NewsArticle"]
        self.assertEqual(data["headline"], "New")
        self.assertEqual(data["datePublished"], "2017-03-21")
        self.assertTrue(data["dateModified"].startswith(str(item.updated_at.date())))
        self.assertEqual(
            data["about"],
            [
                {"@type": "Country", "name": "Mexico"},
                {"@type": "Organization", "name": "CLAUT"},
            ],
        )
        self.assertEqual(data["publisher"]["@type"], "Organization")
        self.assertEqual(
            data["correction"],
            [
                {
                    "@type": "CorrectionComment",
                    "text": "24, not 42.",
                    "datePublished": "2026-01-02",
                }
            ],
        )
        self.assertContains(
            self.client.get("/news/new/"), '<time datetime="2026-01-02">Corrected on'
        )

    def test_an_achievement_is_an_article(self):
        achievement = make_achievement(proof_url="https://example.org/proof")
        data = self.about(achievement.get_absolute_url())["Article"]
        self.assertEqual(data["citation"], "https://example.org/proof")

    def test_the_way_to_a_page(self):
        make_event(title="Mission “A” & <B>", slug="mission")
        steps = self.about("/events/mission/")["BreadcrumbList"]["itemListElement"]
        self.assertEqual(
            [(one["position"], one["name"], one.get("item")) for one in steps],
            [
                (1, "Home", "http://testserver/"),
                (2, "Events", "http://testserver/events/"),
                (3, "Mission “A” & <B>", None),
            ],
        )

    def test_the_site_and_its_data(self):
        site = self.about("/")["WebSite"]
        self.assertEqual(site["publisher"]["@type"], "Organization")
        dataset = self.about("/api/docs/")["Dataset"]
        self.assertGreater(len(dataset["description"]), 50)
        for download in dataset["distribution"]:
            response = self.client.get(download["contentUrl"])
            self.assertIn(download["encodingFormat"], response["Content-Type"])
            response.getvalue()
