import datetime
import re

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event
from events.months import Month
from portal.partial_dates import Precision, today
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_news_item,
    make_partnership,
)

OCTOBER = "/events/?month=2026-10&view=month"
CELL = re.compile(r'<td class="month__day[^>]*>(.*?)</td>', re.S)


def october(day, **values):
    return make_event(starts_on=datetime.date(2026, 10, day), **values)


class EventListTests(TestCase):
    def titles(self, address):
        response = self.client.get(address)
        return [row.title for row in response.context["rows"]]

    def test_lists_what_is_to_come_by_month_and_the_past_behind_a_switch(self):
        next_year = today().year + 1
        for title, year, month in (
            *(("Later", next_year, 3), ("Sooner", next_year, 2)),
            *(("Latest", 2020, 5), ("First", 2020, 4)),
        ):
            make_event(title=title, starts_on=datetime.date(year, month, 9))

        self.assertEqual(self.titles("/events/"), ["Sooner", "Later"])
        self.assertEqual(self.titles("/events/?past=1"), ["Latest", "First"])
        for junk in ("0", "junk"):
            response = self.client.get(f"/events/?past={junk}")
            self.assertEqual(response.context["ignored"], [("past", junk)])
            self.assertEqual(self.titles(f"/events/?past={junk}"), ["Sooner", "Later"])
        headings = re.findall(
            r'<h2 class="event-month">(.+?)</h2>',
            self.client.get("/events/?past=1").content.decode(),
        )
        self.assertEqual(headings, ["May 2020", "April 2020"])

    def test_of_several_values_of_its_own_keys_the_last_counts(self):
        make_event(title="Past", starts_on=datetime.date(2020, 5, 6))
        for query, expected, ignored, canonical in (
            ("past=0&past=1", ["Past"], ["past=0"], "past=1"),
            ("past=1&past=1&past=", ["Past"], [], "past=1"),
            ("past=1&past=0", [], ["past=1", "past=0"], ""),
            (
                "view=week&view=month&month=2026-10&month=2020-05",
                *(["Past"], ["view=week", "month=2026-10"]),
                "month=2020-05&view=month",
            ),
            (
                "view=month&view=week&month=2020-05",
                *([], ["view=month", "view=week", "month=2020-05"]),
                "",
            ),
            (
                f"view=month&month={Month.of(today()).key}&month=junk",
                *([], [f"month={Month.of(today()).key}", "month=junk"]),
                "view=month",
            ),
        ):
            with self.subTest(query=query):
                response = self.client.get(f"/events/?{query}")
                context = response.context
                self.assertEqual([row.title for row in context["rows"]], expected)
                named = [f"{key}={value}" for key, value in context["ignored"]]
                self.assertEqual(named, ignored)
                address = f"/events/?{canonical}" if canonical else "/events/"
                self.assertEqual(str(context["address"]), address)

    def test_by_another_order_months_are_no_headings(self):
        make_event()
        response = self.client.get("/events/?sort=title")
        self.assertNotContains(response, "event-month")
        self.assertContains(response, "<h2><a")

    def test_the_box_of_an_event_shows_no_more_of_its_date_than_is_stated(self):
        for precision, title in (
            *((Precision.YEAR, "Year"), (Precision.MONTH, "Month")),
            (Precision.DAY, "Day"),
        ):
            make_event(
                title=title,
                starts_on=datetime.date(2020, 1, 1),
                starts_on_precision=precision,
            )
        content = self.client.get("/events/?past=1&sort=title").content.decode()
        boxes = re.findall(r'<div class="event__date".*?>(.*?)</div>', content)
        shown = [re.findall(r"<span[^>]*>(.*?)</span>", box) for box in boxes]
        self.assertEqual(shown, [["Jan 2020", "1"], ["Jan 2020"], ["2020"]])

    def test_filters_by_country_format_partnership_and_state(self):
        mexico = make_country(slug="mexico", iso2="MX")
        wanted = make_event(title="Wanted", country=mexico, format="online")
        wanted.partnerships.add(make_partnership(slug="tex", acronym="TEX"))
        make_event(title="Other", format="on_site", state=Event.State.MOVED)

        for query in (
            "country=MX",
            "format=online",
            "partnership=tex",
            "state=planned",
        ):
            with self.subTest(query=query):
                self.assertEqual(self.titles(f"/events/?{query}"), ["Wanted"])

    def test_links_keep_the_format_that_is_chosen(self):
        make_event(format="online", title="Fair")
        content = self.client.get("/events/?format=online&q=fair").content.decode()
        self.assertIn('href="/events/?format=online&amp;past=1&amp;q=fair"', content)
        self.assertIn('href="/events/?format=online"', content)

    def test_cancelled_and_moved_events_are_marked(self):
        make_event(state=Event.State.CANCELLED)
        make_event(state=Event.State.MOVED)
        for address in ("/events/", "/events/?month=2030-05&view=month"):
            response = self.client.get(address)
            self.assertContains(response, "badge--cancelled", 1)
            self.assertContains(response, "badge--moved", 1)

    def test_search_finds_places_and_countries_whatever_the_accents(self):
        bogota = make_country(slug="colombia", name="Colombia")
        make_event(title="Fair", venue="Palacio Quux", city="Bogotá", country=bogota)
        make_event(title="Other")
        for text in ("quux", "BOGOTÁ", "bogota", "colombia", "fair"):
            with self.subTest(text=text):
                self.assertEqual(self.titles(f"/events/?q={text}"), ["Fair"])

    def test_any_order_can_be_reached(self):
        make_event()
        for address in ("/events/", "/events/?sort=title"):
            response = self.client.get(address)
            self.assertContains(response, 'href="/events/?sort=-title"')
        self.assertNotContains(self.client.get(OCTOBER), "sort=-title")

    def test_where_nothing_is_to_come_what_is_past_is_offered(self):
        mexico = make_country(slug="mexico")
        for year in (2019, 2020):
            make_event(country=mexico, starts_on=datetime.date(year, 2, 3))
        make_event(starts_on=datetime.date(2018, 2, 3))
        for query, link in (
            ("?country=mexico", "/events/?country=mexico&amp;past=1"),
            ("", "/events/?past=1"),
        ):
            response = self.client.get(f"/events/{query}")
            number = 2 if query else 3
            self.assertContains(response, f'<a href="{link}">See {number} past events')


class StoryListTests(TestCase):
    LISTS = (
        ("/news/", make_news_item),
        ("/achievements/", make_achievement),
    )

    def titles(self, address):
        return [row.title for row in self.client.get(address).context["rows"]]

    def test_search_finds_summaries_whatever_the_accents(self):
        for address, make in self.LISTS:
            make(title="Found", summary="Una visita a León.")
            make(title="Other")
            for text in ("León", "LEÓN", "leon"):
                with self.subTest(address=address, text=text):
                    self.assertEqual(self.titles(f"{address}?q={text}"), ["Found"])

    def test_a_month_or_year_that_may_be_meant_is_in_the_period(self):
        for address, make in self.LISTS:
            for title, month, precision in (
                ("Day", 12, Precision.DAY),
                ("Month", 12, Precision.MONTH),
                ("Year", 1, Precision.YEAR),
            ):
                date = datetime.date(2018, month, 1)
                make(title=title, date=date, date_precision=precision)
            for query, expected in (
                ("from=2018-12-10&to=2018-12-31", {"Month", "Year"}),
                ("from=2018-12-01", {"Day", "Month", "Year"}),
                ("from=2019-01-01", set()),
                ("to=2018-06-30", {"Year"}),
            ):
                with self.subTest(address=address, query=query):
                    self.assertEqual(set(self.titles(f"{address}?{query}")), expected)

    def test_of_one_day_the_latest_entered_comes_first_everywhere(self):
        mexico = make_country(slug="mexico")
        cluster = make_cluster(slug="claut", country=mexico)
        slugs = ["first", "second", "third"]
        for address, make in self.LISTS:
            kind = address.strip("/")
            for slug in slugs:
                make([mexico], slug=slug).clusters.add(cluster)
            pages = [address, f"{address}atom.xml", f"/api/v1{address}"]
            pages += [f"/data/{kind}.json", "/countries/mexico/", "/clusters/claut/"]
            for page in [*pages, "/"] if kind == "news" else pages:
                response = self.client.get(page)
                text = b"".join(response).decode()
                found = re.findall(rf"/{kind}/({'|'.join(slugs)})/", text)
                with self.subTest(page=page):
                    self.assertEqual(list(dict.fromkeys(found)), slugs[::-1])

    def test_any_order_can_be_reached(self):
        for address, make in self.LISTS:
            make()
            response = self.client.get(f"{address}?sort=title")
            self.assertContains(response, f'href="{address}?sort=-date"')

    def test_a_format_that_is_none_is_named(self):
        for address, _make in self.LISTS:
            response = self.client.get(f"{address}?format=pdf")
            self.assertEqual(response.context["ignored"], [("format", "pdf")])


class MonthTests(TestCase):
    def days(self, address=OCTOBER):
        """Return the titles in each cell that has a number, by the number."""
        content = self.client.get(address).content.decode()
        found = {}
        for cell in CELL.findall(content):
            number = re.search(r"<time[^>]*>(\d+)</time>", cell)
            titles = re.findall(r"<a[^>]*>(.+?)</a>", cell)
            if titles:
                found[int(number[1])] = titles
        return found

    def test_shows_each_event_on_all_its_days(self):
        make_event(
            title="Long",
            starts_on=datetime.date(2026, 9, 28),
            ends_on=datetime.date(2026, 10, 2),
        )
        october(2, title="Short")
        october(30, title="Beyond", ends_on=datetime.date(2026, 11, 3))
        october(25, title="Night", starts_at=datetime.time(2, 30))
        october(1, title="A year on", ends_on=datetime.date(2026, 10, 1))
        make_event(title="Other", starts_on=datetime.date(2026, 11, 1))

        self.assertEqual(
            self.days(),
            {
                1: ["Long", "A year on"],
                2: ["Long", "Short"],
                25: ["Night"],
                30: ["Beyond"],
                31: ["Beyond"],
            },
        )

    def test_days_are_those_of_the_place(self):
        late = datetime.time(23)
        october(5, title="Far", starts_at=late, time_zone="America/Mexico_City")

        self.assertEqual(self.days(), {5: ["Far"]})

    def test_is_a_table_with_the_days_of_the_week_as_headings(self):
        content = self.client.get(OCTOBER).content.decode()
        table = re.search(r'<table class="month">.*?</table>', content, re.S)[0]
        self.assertEqual(
            re.findall(r'<th scope="col"><abbr title="(\w+)">', table),
            [
                *("Monday", "Tuesday", "Wednesday", "Thursday"),
                *("Friday", "Saturday", "Sunday"),
            ],
        )
        self.assertIn("<caption>Events of October 2026", table)
        rows = re.findall(r"<tr>.*?</tr>", table, re.S)[1:]
        self.assertEqual([len(CELL.findall(row)) for row in rows], [7] * 5)
        self.assertEqual(
            re.findall(r'datetime="2026-10-(\d\d)"', table),
            [f"{day:02}" for day in range(1, 32)],
        )

    def test_a_month_without_days_is_told_beside_the_table(self):
        october(1, title="Some day", starts_on_precision=Precision.MONTH)

        self.assertEqual(self.days(), {})
        response = self.client.get(OCTOBER)
        self.assertContains(response, "The day is not stated")
        self.assertContains(response, "Some day")
        self.assertContains(response, "1 event in October 2026")

    def test_leads_to_the_months_beside_it_as_far_as_there_are_events(self):
        october(9)
        response = self.client.get(OCTOBER)
        before = 'id="month-previous" href="/events/?month=2026-09&amp;view=month"'
        after = 'id="month-following" href="/events/?month=2026-11&amp;view=month"'
        self.assertContains(response, before)
        self.assertContains(response, after)
        response = self.client.get("/events/?month=2026-11&view=month")
        self.assertContains(response, 'id="month-previous"')
        self.assertNotContains(response, 'id="month-following"')
        response = self.client.get("/events/?month=2025-01&view=month")
        self.assertNotContains(response, 'id="month-previous"')
        self.assertContains(
            response, 'id="month-after" href="/events/?month=2026-10&amp;view=month"'
        )

    def test_keeps_the_filters(self):
        make_country(slug="mexico", iso2="MX")
        october(9, title="Wanted", country=make_country(slug="chile"))
        october(9, title="Other")

        address = f"{OCTOBER}&country=chile"
        self.assertEqual(self.days(address), {9: ["Wanted"]})
        response = self.client.get(address)
        self.assertContains(response, "country=chile&amp;month=2026-09&amp;view=month")
        self.assertContains(
            response, "/events/calendar.ics?country=chile&amp;month=2026-10"
        )

    def test_without_a_month_it_is_the_present_one(self):
        response = self.client.get("/events/?view=month")
        self.assertEqual(response.context["month"].month, Month.of(today()))
        self.assertContains(response, 'aria-current="date"', 1)

    def test_what_is_no_month_or_view_is_named_and_left_out(self):
        for query in (
            *("view=month&month=2026-13", "view=month&month=0001-01", "view=week"),
            *("view=month&month=9999-12", "view=month&month=١٢٣٤-٠٥", "month=2026-10"),
            *("view=month&month=%00", "view=month&month=2026-10&past=1"),
        ):
            with self.subTest(query=query):
                response = self.client.get(f"/events/?{query}")
                self.assertEqual(response.status_code, 200)
                (ignored,) = response.context["ignored"]
                self.assertEqual(ignored[0], query.split("&")[-1].split("=")[0])
                download = self.client.get(f"/events/?{query}&format=csv")
                self.assertEqual(download.status_code, 302)
                self.assertNotIn("csv", download.url)

    def test_shows_more_than_a_page_of_a_list(self):
        for number in range(30):
            october(9, title=f"Event {number}")

        self.assertEqual(len(self.days()[9]), 30)
        self.assertNotContains(self.client.get(OCTOBER), 'rel="next" href="/events/?pa')

    def test_reads_its_events_once(self):
        october(9, country=make_country())
        with CaptureQueriesContext(connection) as queries:
            self.client.get(OCTOBER)
        of_events = [one for one in queries if '"events_event"."title"' in one["sql"]]
        self.assertEqual(len(of_events), 1)

    def test_query_count_does_not_grow_with_the_rows(self):
        for rows in (1, 3):
            while Event.objects.count() < rows:
                october(9, country=make_country())
            # What is kept for as long as the content stays is not read again.
            self.client.get(OCTOBER)
            with self.subTest(rows=rows), self.assertNumQueries(9):
                self.client.get(OCTOBER)


class EventPageTests(TestCase):
    def test_tells_how_long_one_can_register_and_where(self):
        day = timezone.localdate() + datetime.timedelta(days=40)
        event = make_event(
            registration_deadline=day, registration_url="https://example.org/register"
        )
        response = self.client.get(event.get_absolute_url())
        self.assertRegex(response.content.decode(), r"\((39|40|41) days left\)")
        self.assertContains(response, 'href="https://example.org/register"')

    def test_one_cannot_register_for_what_does_not_take_place(self):
        event = make_event(
            state=Event.State.CANCELLED, registration_url="https://example.org/register"
        )
        response = self.client.get(event.get_absolute_url())
        self.assertContains(response, "This event does not take place.")
        self.assertNotContains(response, "https://example.org/register")

    def test_nobody_is_invited_to_what_is_over_or_cancelled(self):
        year = today().year
        for state, starts_on, is_open in (
            (Event.State.CONFIRMED, datetime.date(year + 1, 5, 6), True),
            (Event.State.MOVED, datetime.date(year + 1, 5, 6), True),
            (Event.State.CANCELLED, datetime.date(year + 1, 5, 6), False),
            (Event.State.CONFIRMED, datetime.date(year - 1, 5, 6), False),
        ):
            event = make_event(
                state=state,
                starts_on=starts_on,
                registration_deadline=starts_on,
                registration_url="https://example.org/register",
            )
            with self.subTest(state=state, starts_on=starts_on):
                page = self.client.get(event.get_absolute_url()).text
                for text in ("Register by", "Register for this event"):
                    self.assertIs(text in page, is_open)

    def test_names_country_partnerships_and_its_calendar_file(self):
        event = make_event(country=make_country(slug="mexico", name="Mexico"))
        event.partnerships.add(make_partnership(slug="tex", acronym="TEX"))
        response = self.client.get(event.get_absolute_url())
        self.assertContains(response, '<a href="/countries/mexico/">Mexico</a>')
        self.assertContains(response, '<a href="/partnerships/tex/">TEX</a>')
        self.assertContains(response, f'href="/events/{event.slug}.ics"', 2)
