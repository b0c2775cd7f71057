import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase

from events import times
from events.models import Achievement, Event
from portal.partial_dates import Precision
from tests.factories import make_achievement, make_country, make_event

UTC = datetime.UTC


class EventTests(TestCase):
    def test_instants_follow_the_clock_of_the_place(self):
        event = make_event(
            starts_on=datetime.date(2026, 7, 1),
            starts_at=datetime.time(9),
            ends_on=datetime.date(2026, 7, 1),
            ends_at=datetime.time(17, 30),
            time_zone="Asia/Taipei",
        )

        self.assertEqual(event.start, datetime.datetime(2026, 7, 1, 1, tzinfo=UTC))
        self.assertEqual(event.end, datetime.datetime(2026, 7, 1, 9, 30, tzinfo=UTC))
        self.assertEqual(times.hours(event), "09:00–17:30")

    def test_a_whole_day_lasts_until_midnight_of_the_place(self):
        # The clock goes forward that day, so that it has 23 hours.
        event = make_event(starts_on=datetime.date(2026, 3, 29))

        self.assertEqual(event.start, datetime.datetime(2026, 3, 28, 23, tzinfo=UTC))
        self.assertEqual(event.end, datetime.datetime(2026, 3, 29, 22, tzinfo=UTC))

    def test_an_event_is_upcoming_until_it_is_over(self):
        event = make_event(starts_on=datetime.date(2026, 3, 28))
        end = datetime.datetime(2026, 3, 28, 23, tzinfo=UTC)
        before = end - datetime.timedelta(seconds=1)

        self.assertEqual(Event.objects.upcoming(before).get(), event)
        self.assertEqual(Event.objects.past(end).get(), event)

    def test_a_stated_month_reads_as_a_month(self):
        event = make_event(
            starts_on=datetime.date(2023, 5, 1),
            starts_on_precision=Precision.MONTH,
            ends_on=datetime.date(2023, 5, 1),
            ends_on_precision=Precision.MONTH,
        )

        self.assertEqual(event.days_display, "May 2023")
        self.assertEqual(event.ends_on, datetime.date(2023, 5, 31))

    def test_several_days_read_as_a_range(self):
        event = make_event(
            starts_on=datetime.date(2016, 10, 25), ends_on=datetime.date(2016, 10, 27)
        )

        self.assertEqual(event.days_display, "25 Oct 2016 – 27 Oct 2016")

    def test_a_country_finds_what_happens_there_or_is_about_it(self):
        country = make_country()
        there, about = make_event(country=country), make_event(country=make_country())
        about.more_countries.add(country)
        make_event()

        self.assertCountEqual(Event.objects.about([country]), [there, about])

    def test_a_last_day_before_the_first_is_refused(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make_event(ends_on=datetime.date(2030, 5, 5))

    def test_times_that_end_before_they_begin_are_refused(self):
        event = make_event()
        event.starts_at, event.ends_at = datetime.time(17), datetime.time(9)

        with pytest.raises(ValidationError, match="check the times"):
            event.full_clean()

    def test_an_unknown_time_zone_is_named(self):
        event = make_event()
        event.time_zone = "Europe/Atlantis"

        with pytest.raises(ValidationError, match="Europe/Atlantis"):
            event.full_clean()


class AchievementTests(TestCase):
    def test_an_image_needs_a_text_in_its_place(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make_achievement(image="achievements/a.png")

    def test_undated_achievements_come_last(self):
        undated = make_achievement(date=None)
        dated = make_achievement()

        self.assertEqual(list(Achievement.objects.latest_first()), [dated, undated])
