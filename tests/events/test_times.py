import datetime
import re
import zoneinfo

import pytest
from django.core.exceptions import ValidationError
from django.test import TestCase

from events.models import Event
from events.times import known_time_zones, places, time_zone_called, time_zones_like
from portal.partial_dates import Precision
from tests.factories import make_event

UTC = datetime.UTC
MARCH, OCTOBER = datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)


def utc(*parts):
    return datetime.datetime(*parts, tzinfo=UTC)


def at(day, start, end=None, **values):
    return make_event(starts_on=day, starts_at=start, ends_at=end, **values)


class ClockTests(TestCase):
    def test_a_time_that_the_clock_skips_is_what_the_clock_then_shows(self):
        event = at(MARCH, datetime.time(2, 30), datetime.time(4))

        self.assertEqual(event.start, utc(2026, 3, 29, 1, 30))
        self.assertEqual(
            event.time_display, "29 Mar 2026, 03:30–04:00 (Europe/Brussels, UTC+02:00)"
        )

    def test_a_time_that_comes_twice_is_the_first(self):
        event = at(OCTOBER, datetime.time(2, 30), datetime.time(5))

        self.assertEqual(event.start, utc(2026, 10, 25, 0, 30))
        self.assertEqual(
            event.time_display,
            "25 Oct 2026, 02:30 (Europe/Brussels, UTC+02:00) – "
            "25 Oct 2026, 05:00 (Europe/Brussels, UTC+01:00)",
        )

    def test_a_day_is_as_long_as_its_clock_says(self):
        for day, hours in ((MARCH, 23), (OCTOBER, 25)):
            event = make_event(starts_on=day)
            self.assertEqual(event.end - event.start, datetime.timedelta(hours=hours))

    def test_the_shown_time_is_the_instant_in_every_zone(self):
        for name in (
            *("Europe/Brussels", "America/Mexico_City", "Asia/Kolkata"),
            *("Australia/Lord_Howe", "Africa/Cairo"),
        ):
            for day in (MARCH, OCTOBER):
                event = at(day, datetime.time(2, 30), time_zone=name)
                with self.subTest(name=name, day=day):
                    shown = re.fullmatch(
                        r"(.+) \(.+, UTC(.+)\)", event.time_display
                    ).groups()
                    local = datetime.datetime.strptime(
                        " ".join(shown), "%d %b %Y, %H:%M %z"
                    )
                    self.assertEqual(local, event.start)

    def test_half_a_day(self):
        event = at(datetime.date(2026, 7, 1), datetime.time(9), datetime.time(13))

        self.assertEqual(
            event.time_display, "1 Jul 2026, 09:00–13:00 (Europe/Brussels, UTC+02:00)"
        )

    def test_several_days_over_a_change_of_the_clock(self):
        event = at(
            datetime.date(2026, 3, 28),
            datetime.time(9),
            datetime.time(17),
            ends_on=MARCH,
        )

        self.assertEqual(event.end, utc(2026, 3, 29, 15))
        self.assertEqual(
            event.time_display,
            "28 Mar 2026, 09:00 (Europe/Brussels, UTC+01:00) – "
            "29 Mar 2026, 17:00 (Europe/Brussels, UTC+02:00)",
        )

    def test_an_end_in_another_time_zone(self):
        event = at(
            datetime.date(2026, 7, 1),
            datetime.time(9),
            datetime.time(12),
            time_zone="Europe/London",
            end_time_zone="Europe/Brussels",
        )

        self.assertEqual(event.end, utc(2026, 7, 1, 10))
        self.assertEqual(
            event.time_display,
            "1 Jul 2026, 09:00 (Europe/London, UTC+01:00) – "
            "1 Jul 2026, 12:00 (Europe/Brussels, UTC+02:00)",
        )

    def test_a_start_without_an_end_claims_no_end(self):
        event = at(datetime.date(2026, 7, 1), datetime.time(9))

        self.assertEqual(
            event.time_display, "1 Jul 2026, 09:00 (Europe/Brussels, UTC+02:00)"
        )

    def test_whole_days_have_no_time(self):
        event = make_event(starts_on=MARCH, ends_on=datetime.date(2026, 3, 31))

        self.assertEqual(event.time_display, "29 Mar 2026 – 31 Mar 2026")

    def test_a_stated_month_is_over_with_its_last_day(self):
        event = make_event(
            starts_on=datetime.date(2026, 5, 1), starts_on_precision=Precision.MONTH
        )

        self.assertEqual(event.end, utc(2026, 5, 31, 22))
        for day, number in ((datetime.date(2026, 5, 31), 1), (MARCH, 1)):
            self.assertEqual(Event.objects.ending_from(day).count(), number)
        self.assertFalse(Event.objects.ending_from(datetime.date(2026, 6, 1)).exists())

    def test_an_end_before_the_start_is_refused_where_the_clock_hides_it(self):
        event = make_event(starts_on=MARCH)
        # 2:30 is 3:30 that night, and 3:15 comes before it.
        event.starts_at, event.ends_at = datetime.time(2, 30), datetime.time(3, 15)

        with pytest.raises(ValidationError, match="check the times"):
            event.full_clean()

    def test_an_end_without_a_start_is_refused(self):
        event = make_event()
        event.ends_at = datetime.time(9)

        with pytest.raises(ValidationError, match="State when it begins as well"):
            event.full_clean()

    def test_years_beyond_all_calendars_are_refused(self):
        event = make_event()
        event.ends_on = datetime.date.max

        with pytest.raises(ValidationError, match="does not know such years"):
            event.full_clean()

    def test_registration_counts_days_at_the_place(self):
        zone = zoneinfo.ZoneInfo("Pacific/Kiritimati")
        today = datetime.datetime.now(zone).date()
        for days, text in (
            *((-1, "closed"), (0, "today is the last day"), (1, "1 day left")),
            (30, "30 days left"),
        ):
            event = make_event(
                time_zone="Pacific/Kiritimati",
                registration_deadline=today + datetime.timedelta(days=days),
            )
            self.assertEqual(event.registration_notice, text)


def test_time_zones_are_called_by_name_or_by_a_city_that_is_the_only_one():
    for text, zone in (
        ("Mexico City", "America/Mexico_City"),
        ("america/mexico_city", "America/Mexico_City"),
        ("Bogotá", "America/Bogota"),
        ("utc", "UTC"),
        # Of two continents.
        ("Istanbul", "Istanbul"),
        ("Atlantis", "Atlantis"),
        ("", ""),
    ):
        assert time_zone_called(text) == zone
    assert all(time_zone_called(zone) == zone for zone in known_time_zones())


def test_time_zones_that_may_be_meant_are_named():
    assert time_zones_like("istanbul") == ["Asia/Istanbul", "Europe/Istanbul"]
    assert time_zones_like("Mexiko City") == ["America/Mexico_City"]
    assert time_zones_like("Elsewhere") == []
    assert "America/Mexico_City" in places()
