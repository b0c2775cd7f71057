"""Clocks: what a time at a place is as an instant, and how both are written."""

import datetime
import difflib
import zoneinfo
from collections import defaultdict
from functools import cache

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.folding import fold
from portal.partial_dates import Precision

# How many time zones a message names, and how near they are to what was written.
FEW, NEAR = 3, 0.75


@cache
def known_time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def places() -> list[str]:
    """Return the time zones that are named by a place."""
    zones = sorted(known_time_zones())
    return [zone for zone in zones if "/" in zone and not zone.startswith("Etc/")]


@cache
def _called() -> dict[str, list[str]]:
    """Return time zones by folded name, and by folded city where no zone is named so."""
    names, cities = {}, defaultdict(list)
    for zone in sorted(known_time_zones()):
        name = _folded(zone)
        names[name] = [zone]
        cities[name.rpartition("/")[2]].append(zone)
    return cities | names


def _folded(text: str) -> str:
    return fold(text.replace("_", " "))


def time_zone_called(text: str) -> str:
    """Return the only time zone with this name or city; else the text as it is."""
    found = _called().get(_folded(text), ())
    return found[0] if len(found) == 1 else text


def time_zones_like(text: str) -> list[str]:
    """Return a few time zones that somebody may have meant."""
    called, sought = _called(), _folded(text)
    names = [name for name in called if sought in name]
    names = names or difflib.get_close_matches(sought, called, FEW, NEAR)
    zones = dict.fromkeys(zone for name in names for zone in called[name])
    return list(zones)[:FEW]


def validate_time_zone(name):
    if name not in known_time_zones():
        near = time_zones_like(name) or ["Europe/Brussels"]
        message = gettext_lazy(
            "“%(name)s” is not a time zone; write for instance %(near)s."
        )
        raise ValidationError(
            message, params={"name": name, "near": _(" or ").join(near)}
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
