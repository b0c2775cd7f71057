import datetime
import json

from django.test import TestCase

from events.models import Correction
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_label,
    make_news_item,
    make_partnership,
)

MEXICO = {"iso2": "MX", "slug": "mexico", "name": "Mexico"}
PARTNERSHIP = {"slug": "tex", "acronym": "TEX", "name": "Textiles"}
CLUSTER = {"slug": "claut", "name": "Automotive", "acronym": None}


class EventsApiTests(TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(**MEXICO)
        cls.partnership = make_partnership(**PARTNERSHIP)
        cls.cluster = make_cluster(slug="claut", name="Automotive", country=cls.mexico)

    def get(self, address):
        return self.client.get(f"/api/v1/{address}").json()

    def test_an_event_tells_days_of_the_place_and_instants(self):
        event = make_event(
            title="Mission",
            slug="mission",
            starts_on=datetime.date(2030, 5, 6),
            starts_at=datetime.time(9, 30),
            ends_on=datetime.date(2030, 5, 7),
            time_zone="America/Mexico_City",
            country=self.mexico,
            format="on_site",
        )
        event.partnerships.add(self.partnership)
        row = self.get("events/mission/")
        del row["updated_at"]
        start = datetime.datetime.fromisoformat(row.pop("start"))
        self.assertEqual(start, event.start)
        self.assertEqual(
            row,
            {
                "end": None,
                "uid": str(event.uid),
                "slug": "mission",
                "title": "Mission",
                "page": "http://testserver/events/mission/",
                "summary": None,
                "starts_on": "2030-05-06",
                "starts_at": "09:30:00",
                "ends_on": "2030-05-07",
                "ends_at": None,
                "time_zone": "America/Mexico_City",
                "end_time_zone": None,
                "venue": None,
                "city": None,
                "country": MEXICO,
                "more_countries": [],
                "format": "on_site",
                "state": "planned",
                "website": None,
                "registration_url": None,
                "registration_deadline": None,
                "partnerships": [PARTNERSHIP],
                "sources": [],
            },
        )

    def test_an_event_is_an_instant_only_where_a_time_of_day_is_stated(self):
        whole_day = {"starts_at": None, "ends_at": None}
        morning = {"starts_at": datetime.time(9), "ends_at": datetime.time(12)}
        for slug, times, expected in (
            ("month", whole_day | {"starts_on_precision": "month"}, (False, False)),
            ("day", whole_day, (False, False)),
            ("evening", whole_day | {"starts_at": datetime.time(19)}, (True, False)),
            ("midnight", whole_day | {"starts_at": datetime.time(0)}, (True, False)),
            ("morning", morning, (True, True)),
        ):
            event = make_event(slug=slug, **times)
            stored = zip((event.start, event.end), expected, strict=True)
            instants = [moment if stated else None for moment, stated in stored]
            data = b"".join(self.client.get("/data/events.json")).decode()
            (published,) = (
                row for row in json.loads(data)["results"] if row["slug"] == slug
            )
            for row in (
                self.get(f"events/{slug}/"),
                self.get(f"events/{slug}/?fields=start,end"),
                published,
            ):
                with self.subTest(slug=slug, row=row):
                    read = [
                        row[name] and datetime.datetime.fromisoformat(row[name])
                        for name in ("start", "end")
                    ]
                    self.assertEqual(read, instants)

    def test_an_achievement_tells_what_it_is_about(self):
        label = make_label(
            cluster=self.cluster,
            awarded_on=datetime.date(2016, 7, 1),
            awarded_on_precision="month",
        )
        achievement = make_achievement(
            countries=[self.mexico],
            title="First label",
            slug="first-label",
            date=datetime.date(2016, 7, 1),
            date_precision="month",
        )
        achievement.clusters.add(self.cluster)
        achievement.labels.add(label)
        achievement.partnerships.add(self.partnership)
        row = self.get("achievements/first-label/")
        del row["updated_at"]
        self.assertEqual(
            row,
            {
                "uid": str(achievement.uid),
                "slug": "first-label",
                "title": "First label",
                "page": "http://testserver/achievements/first-label/",
                "summary": "What was achieved.",
                "body": None,
                "body_html": None,
                "date": "2016-07",
                "image": None,
                "image_alt": None,
                "countries": [MEXICO],
                "clusters": [CLUSTER],
                "labels": [
                    {
                        "id": label.pk,
                        "level": "bronze",
                        "awarded_on": "2016-07",
                        "cluster": CLUSTER,
                    }
                ],
                "partnerships": [PARTNERSHIP],
                "proof_url": None,
                "sources": [],
            },
        )

    def test_a_news_item_tells_its_corrections(self):
        news_item = make_news_item(
            countries=[self.mexico], title="News", slug="news", date=None
        )
        Correction.objects.create(
            news_item=news_item,
            corrected_on=datetime.date(2020, 1, 2),
            text="It was seven.",
        )
        row = self.get("news/news/")
        del row["updated_at"]
        self.assertEqual(
            row,
            {
                "uid": str(news_item.uid),
                "slug": "news",
                "title": "News",
                "page": "http://testserver/news/news/",
                "summary": "What is new.",
                "body": None,
                "body_html": None,
                "date": None,
                "countries": [MEXICO],
                "clusters": [],
                "partnerships": [],
                "source_url": None,
                "corrections": [
                    {"corrected_on": "2020-01-02", "text": "It was seven."}
                ],
                "sources": [],
            },
        )

    def test_filters_are_those_of_the_page(self):
        make_event(slug="old", starts_on=datetime.date(2016, 1, 1), format="online")
        make_event(slug="new", country=self.mexico, format="on_site")
        for query, slugs in (
            ("", ["old", "new"]),
            ("country=mx", ["new"]),
            ("country=mexico", ["new"]),
            ("format=online", ["old"]),
            ("from=2020-01-01", ["new"]),
            ("to=2020-01-01", ["old"]),
            ("state=planned&format=on_site", ["new"]),
        ):
            with self.subTest(query=query):
                rows = self.get(f"events/?{query}")["results"]
                self.assertEqual([row["slug"] for row in rows], slugs)

    def test_a_day_that_does_not_exist_is_refused(self):
        for address in ("events", "news", "achievements"):
            response = self.client.get(f"/api/v1/{address}/?from=2016-02-30")
            self.assertEqual(response.status_code, 400)
            told = {"from": ["Write a day as 2018-07-31."]}
            self.assertEqual(response.json()["errors"], told)
