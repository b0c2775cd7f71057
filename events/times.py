"""Clocks: what a time at a place is as an instant, and how both are written."""

import datetime
import zoneinfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.partial_dates import Precision


def validate_time_zone(name):
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            gettext_lazy(
                "“%(name)s” is not a time zone; write for instance Europe/Brussels."
            ),
            params={"name": name},
        )


def instant(
    day: datetime.date, clock: datetime.time | None, time_zone: str
) -> datetime.datetime:
    """Return when it is ``clock`` o'clock, or else midnight, on a day in a time zone.

    It is in UTC, because times of one zone compare as their clocks read.
    """
    zone = zoneinfo.ZoneInfo(time_zone)
    local = datetime.datetime.combine(day, clock or datetime.time.min, zone)
    return local.astimezone(datetime.UTC)


def describe(event) -> str:
    """Return days, times and time zones of an event, as far as they are stated.

    For instance ``6 May 2030, 09:00–17:30 (Europe/Brussels, UTC+02:00)``. Where the
    clock or the zone changes meanwhile, both ends have their own.
    """
    if event.is_all_day:
        return event.days_display
    start, end = event.local_start, event.local_end
    start_zone = zone_of(start)
    first = f"{_day(start)}, {date_format(start, 'H:i')}"
    if event.ends_at is None:
        # It is over at the midnight after the last day.
        last = "" if event.last_day == start.date() else f" – {_day(event.last_day)}"
        return f"{first}{last} ({start_zone})"
    end_zone = zone_of(end)
    last = f"{_day(end)}, {date_format(end, 'H:i')}"
    if start_zone != end_zone:
        return f"{first} ({start_zone}) – {last} ({end_zone})"
    if start.date() == end.date():
        return f"{_day(start)}, {hours(event)} ({start_zone})"
    return f"{first} – {last} ({start_zone})"


def hours(event) -> str:
    """Return the times that are stated, on the clocks of the place."""
    ends = [(event.starts_at, event.local_start), (event.ends_at, event.local_end)]
    return "–".join(date_format(at, "H:i") for stated, at in ends if stated is not None)


def _day(day: datetime.date) -> str:
    return date_format(day, "DATE_FORMAT")


def zone_of(moment: datetime.datetime) -> str:
    """Return the name of the time zone and how far it then is from UTC."""
    offset = moment.isoformat()[-6:]
    return f"{moment.tzinfo.key}, UTC{offset}"


def name_of_month(day: datetime.date, precision: str = Precision.DAY) -> str:
    if precision == Precision.YEAR:
        year = date_format(day, "Y")
        return _("%(year)s, month not stated") % {"year": year}
    return date_format(day, "YEAR_MONTH_FORMAT")


def short_name_of_month(day: datetime.date, precision: str) -> str:
    return date_format(day, "Y" if precision == Precision.YEAR else "M Y")


def days_left(deadline: datetime.date, time_zone: str) -> str:
    """Say how many days there are until the end of a day in a time zone."""
    today = timezone.localdate(timezone=zoneinfo.ZoneInfo(time_zone))
    days = (deadline - today).days
    if days < 0:
        return _("closed")
    if days == 0:
        return _("today is the last day")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
