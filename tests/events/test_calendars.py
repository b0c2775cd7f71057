import datetime

from django.test import TestCase
from django.utils import timezone

from countries.models import Country
from events.models import Event
from portal.content_version import forget
from portal.models import ContentVersion
from tests.factories import make_country, make_event, make_partnership

from .rfc5545 import read_events

UTC = datetime.UTC
FEED = "/events/calendar.ics"
DAY = datetime.date(2030, 5, 6)


class CalendarTests(TestCase):
    maxDiff = None

    def read(self, address=FEED):
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response["Content-Type"], "text/calendar; charset=utf-8")
        return read_events(response.content)

    def read_one(self, event):
        (entry,) = self.read(f"/events/{event.slug}.ics")
        return entry

    def test_without_events_it_is_a_calendar_still(self):
        self.assertEqual(self.read(), [])
        content = self.client.get(FEED).content
        self.assertEqual(content.count(b"BEGIN:VTIMEZONE"), 1)
        make_event(starts_on=DAY)
        self.assertNotIn(b"VTIMEZONE", self.client.get(FEED).content)

    def test_an_event_tells_all_that_is_stated(self):
        event = make_event(
            title="Mission; Córdoba, “first” part",
            slug="mission",
            summary="One\r\nTwo \\ three",
            starts_on=DAY,
            starts_at=datetime.time(9),
            ends_at=datetime.time(13),
            time_zone="America/Mexico_City",
            venue="Centro",
            city="Córdoba",
            country=make_country(name="Mexico"),
            state=Event.State.CONFIRMED,
        )
        changed_at = event.updated_at.astimezone(UTC).replace(microsecond=0)

        self.assertEqual(
            self.read_one(event),
            {
                "UID": str(event.uid),
                "SEQUENCE": 0,
                "DTSTAMP": changed_at,
                "LAST-MODIFIED": changed_at,
                "SUMMARY": "Mission; Córdoba, “first” part",
                "DESCRIPTION": (
                    "One\nTwo \\ three\n\n"
                    "6 May 2030, 09:00–13:00 (America/Mexico_City, UTC-06:00)\n\n"
                    "http://testserver/events/mission/"
                ),
                "DTSTART": datetime.datetime(2030, 5, 6, 15, tzinfo=UTC),
                "DTEND": datetime.datetime(2030, 5, 6, 19, tzinfo=UTC),
                "LOCATION": "Centro, Córdoba, Mexico",
                "STATUS": "CONFIRMED",
                "URL": "http://testserver/events/mission/",
                "TRANSP": "TRANSPARENT",
            },
        )

    def test_whole_days_are_dates_and_end_with_the_day_after(self):
        for ends_on in (None, datetime.date(2030, 5, 8)):
            entry = self.read_one(make_event(starts_on=DAY, ends_on=ends_on))
            after = (ends_on or DAY) + datetime.timedelta(days=1)
            self.assertEqual((entry["DTSTART"], entry["DTEND"]), (DAY, after))

    def test_an_end_that_is_not_stated_is_not_told(self):
        event = make_event(starts_on=DAY, starts_at=datetime.time(9))

        self.assertNotIn("DTEND", self.read_one(event))

    def test_tells_the_instants_that_the_page_shows_when_clocks_change(self):
        for zone in (
            *("Europe/Brussels", "America/Mexico_City", "Asia/Kolkata"),
            *("Australia/Lord_Howe", "Africa/Cairo"),
        ):
            for day in (datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)):
                event = make_event(
                    starts_on=day,
                    starts_at=datetime.time(2, 30),
                    ends_at=datetime.time(5),
                    time_zone=zone,
                )
                entry = self.read_one(event)
                with self.subTest(zone=zone, day=day):
                    self.assertEqual(entry["DTSTART"], event.start)
                    self.assertEqual(entry["DTEND"], event.end)
                    page = self.client.get(event.get_absolute_url())
                    self.assertContains(page, event.time_display)
                    self.assertContains(page, event.local_start.isoformat())

    def test_an_end_in_another_time_zone_is_its_instant(self):
        event = make_event(
            starts_on=DAY,
            starts_at=datetime.time(9),
            ends_at=datetime.time(12),
            time_zone="Europe/London",
            end_time_zone="Europe/Brussels",
        )
        entry = self.read_one(event)

        self.assertEqual(entry["DTEND"] - entry["DTSTART"], datetime.timedelta(hours=2))

    def test_cancelled_and_moved_events_stay_and_are_marked(self):
        make_event(title="Fair", state=Event.State.CANCELLED)
        make_event(title="Talk", state=Event.State.MOVED)
        make_event(title="Mission")

        self.assertEqual(
            [(one["SUMMARY"], one["STATUS"]) for one in self.read()],
            [
                ("Cancelled: Fair", "CANCELLED"),
                ("Moved: Talk", "TENTATIVE"),
                ("Mission", "TENTATIVE"),
            ],
        )

    def test_the_name_stays_and_the_number_grows_with_a_change(self):
        event = make_event(slug="old")
        before = self.read_one(event)
        event.slug, event.city = "new", "Puebla"
        event.save()
        Event.objects.update(state=Event.State.CANCELLED)
        after = self.read_one(event)

        self.assertEqual(after["UID"], before["UID"])
        self.assertEqual([before["SEQUENCE"], after["SEQUENCE"]], [0, 2])

    def test_any_text_makes_a_valid_file(self):
        for text in (
            *(
                "é" * 200,
                "👩‍🔬" * 60,
                "مرحبا\u202e;,\\",
                "a\x00\x0bb\x7f\x1b",
                "A\rB\r\nC",
            ),
            "x\r\nBEGIN:VALARM\r\nEND:VALARM\r\nATTENDEE:mailto:a@b.example",
        ):
            if "\x00" not in text:
                make_event(title=text[:300], summary=text)
            else:
                # PostgreSQL holds no NUL.
                make_event(title=text.replace("\x00", ""), summary="\x0b")

        self.assertEqual(len(self.read()), 6)

    def test_a_view_of_the_list_is_a_calendar(self):
        mexico = make_country(iso2="MX", slug="mexico")
        partnership = make_partnership(slug="tex")
        online = make_event(title="A", country=mexico, format="online")
        online.partnerships.add(partnership)
        make_event(title="B", country=mexico, format="on_site", state="cancelled")
        make_event(title="Quux C")
        make_event(title="D", starts_on=datetime.date(2020, 2, 3))
        for query, titles in {
            "": "ABC",
            "past=1": "D",
            "country=MX": "AB",
            "country=mexico&format=online": "A",
            "format=online&format=on_site": "AB",
            "format=ics": "ABC",
            "partnership=tex": "A",
            "state=cancelled": "B",
            "q=quux&page=7&sort=nothing&per_page=1": "C",
            "view=month&month=2020-02": "D",
            "from=2030-05-07": "",
        }.items():
            with self.subTest(query=query):
                entries = self.read(f"{FEED}?{query}")
                found = "".join(one["SUMMARY"][-1] for one in entries)
                self.assertEqual(found, titles)

    def test_the_list_leads_to_its_calendar(self):
        make_country(slug="mexico")
        response = self.client.get(
            "/events/?page=2&country=mexico&format=ics&format=online&past="
        )
        self.assertRedirects(
            response, "/events/calendar.ics?country=mexico&format=online"
        )

    def test_holds_only_what_is_public(self):
        draft = make_event(status=Event.Status.DRAFT)
        make_event(country=make_country(status=Event.Status.DRAFT))

        self.assertEqual(self.client.get(f"/events/{draft.slug}.ics").status_code, 404)
        self.assertEqual(self.read(), [])

    def times_known(self, *addresses):
        """Return the Last-Modified of addresses an hour after a change."""
        hour_before = timezone.now() - datetime.timedelta(hours=1)
        ContentVersion.objects.update(changed_at=hour_before)
        forget()
        return {one: self.client.get(one)["Last-Modified"] for one in addresses}

    def test_answers_304_until_something_changes(self):
        event = make_event()
        known = self.times_known(FEED, f"/events/{event.slug}.ics")
        for address, since in known.items():
            for name, value in (
                ("if-none-match", self.client.get(address)["ETag"]),
                ("if-modified-since", since),
            ):
                again = self.client.get(address, headers={name: value})
                self.assertEqual((again.status_code, again.content), (304, b""))
        event.save()
        for address, since in known.items():
            changed = self.client.get(address, headers={"if-modified-since": since})
            self.assertEqual(changed.status_code, 200)

    def test_says_so_when_an_event_or_its_country_is_withdrawn(self):
        make_event(title="Own")
        make_event(title="Of Mexico", country=make_country(slug="mexico"))
        for withdrawn, left in (
            (Country.objects.filter(slug="mexico"), ["Own"]),
            (Event.objects.filter(title="Own"), []),
        ):
            headers = {"if-modified-since": self.times_known(FEED)[FEED]}
            withdrawn.unpublish()
            response = self.client.get(FEED, headers=headers)
            self.assertEqual(response.status_code, 200)
            titles = [one["SUMMARY"] for one in self.read()]
            self.assertEqual(titles, left)

    def test_query_count_does_not_grow_with_the_rows(self):
        for rows in (1, 3):
            while Event.objects.count() < rows:
                country = make_country()
                make_event(country=country).more_countries.add(country)
            # What is kept for as long as the content stays is not read again.
            self.client.get(FEED)
            with self.subTest(rows=rows), self.assertNumQueries(4):
                self.client.get(FEED)

    def test_answers_no_other_method(self):
        event = make_event()
        for address in (FEED, f"/events/{event.slug}.ics"):
            self.assertEqual(self.client.post(address).status_code, 405)
            self.assertEqual(self.client.head(address).status_code, 200)
