"""The month view: weeks, their days, and the events of each."""

from __future__ import annotations

import calendar
import datetime
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format

from portal.partial_dates import Precision

from .times import name_of_month

ADDRESS = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
# A month before, and one after, must be there as well.
FIRST_YEAR, LAST_YEAR = datetime.MINYEAR + 1, datetime.MAXYEAR - 1


@dataclass(frozen=True)
class Month:
    """A month by its first day; ``key`` is how addresses call it."""

    first: datetime.date

    @classmethod
    def of(cls, day: datetime.date) -> Month:
        return cls(day.replace(day=1))

    @classmethod
    def read(cls, text: str) -> Month:
        """Read ``2026-10``; raises ValueError for what is no month."""
        match = ADDRESS.fullmatch(text)
        if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            raise ValueError(f"“{text}” is not a month; write YYYY-MM.")
        return cls(datetime.date(int(match[1]), int(match[2]), 1))

    @property
    def key(self) -> str:
        return self.first.isoformat()[:7]

    @property
    def name(self) -> str:
        return name_of_month(self.first)

    @property
    def last(self) -> datetime.date:
        _weekday, days = calendar.monthrange(self.first.year, self.first.month)
        return self.first.replace(day=days)

    @property
    def previous(self) -> Month:
        return self.of(self.first - datetime.timedelta(days=1))

    @property
    def following(self) -> Month:
        return self.of(self.last + datetime.timedelta(days=1))


@dataclass(frozen=True)
class Day:
    date: datetime.date
    weekday: str
    is_in_month: bool
    is_today: bool
    events: list


class MonthTable:
    """Events of a month by the days on the clocks of their places.

    Those of which only the month is stated are in ``undated``.
    """

    def __init__(self, month: Month, events: Iterable, today: datetime.date):
        self.month = month
        self.today = today
        self.undated = []
        self.by_day = defaultdict(list)
        for event in events:
            if event.starts_on_precision != Precision.DAY:
                self.undated.append(event)
                continue
            for day in self.days_of(event):
                self.by_day[day].append(event)
        self.calendar = calendar.Calendar((get_format("FIRST_DAY_OF_WEEK") - 1) % 7)

    def days_of(self, event):
        """Return those of its days that are in the month."""
        first = max(event.starts_on, self.month.first)
        last = min(event.last_day, self.month.last)
        return [
            first + datetime.timedelta(days=number)
            for number in range((last - first).days + 1)
        ]

    @property
    def weekdays(self) -> list[tuple[str, str]]:
        """Return name and abbreviation of each, as weeks run here."""
        numbers = self.calendar.iterweekdays()
        return [(WEEKDAYS[number], WEEKDAYS_ABBR[number]) for number in numbers]

    @property
    def weeks(self) -> list[list[Day]]:
        first = self.month.first
        weeks = self.calendar.monthdatescalendar(first.year, first.month)
        return [[self.day(date) for date in week] for week in weeks]

    def day(self, date: datetime.date) -> Day:
        return Day(
            date,
            WEEKDAYS[date.weekday()],
            date.month == self.month.first.month,
            date == self.today,
            self.by_day.get(date, []),
        )
