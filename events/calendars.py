"""Events as iCalendar (RFC 5545), for the calendars of visitors.

Times are instants in UTC, which every calendar shows on its owner's clock; whole
days are dates, which are the same everywhere. Only what is stated is told: an event
whose end has no time ends nowhere, unless it has a last day.
"""

import datetime

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from icalendar import Calendar, Timezone, vText
from icalendar import Event as Entry

from .feeds import writable
from .models import Event

PRODUCT = "-//Cluster Portal//Events//EN"
# How often calendars should ask again.
REFRESH = datetime.timedelta(hours=12)
# A state in which the new time is not sure is like one that is planned.
STATUS = {
    Event.State.PLANNED: "TENTATIVE",
    Event.State.CONFIRMED: "CONFIRMED",
    Event.State.CANCELLED: "CANCELLED",
    Event.State.MOVED: "TENTATIVE",
}


def calendar_response(name, events, address_of, file_name) -> HttpResponse:
    """Return these events as a file; ``address_of`` gives the page of one."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    # Named outright, because the library takes these for texts that need no escapes.
    calendar.add("name", vText(writable(name)))
    calendar.add("x-wr-calname", vText(writable(name)))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for event in events:
        calendar.add_component(entry(event, address_of(event)))
    if not calendar.subcomponents:
        # A calendar has one component at least.
        calendar.add_component(Timezone.from_tzid(settings.TIME_ZONE))
    return HttpResponse(
        calendar.to_ical(),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{file_name}.ics"'},
    )


def entry(event, address) -> Entry:
    changed_at = event.changed_at.astimezone(datetime.UTC).replace(microsecond=0)
    entry = Entry()
    entry.add("uid", str(event.uid))
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", changed_at)
    entry.add("last-modified", changed_at)
    entry.add("summary", writable(event.marked_title))
    entry.add("status", STATUS[event.state])
    for name, moment in moments(event).items():
        entry.add(name, moment)
    if event.place:
        entry.add("location", writable(event.place))
    entry.add("description", writable(description(event, address)))
    entry.add("url", address)
    # Whoever subscribes does not attend all of it.
    entry.add("transp", "TRANSPARENT")
    return entry


def moments(event) -> dict[str, datetime.date]:
    """Return when it begins and, as far as it is stated, when it is over."""
    if event.is_all_day:
        day_after = event.last_day + datetime.timedelta(days=1)
        return {"dtstart": event.starts_on, "dtend": day_after}
    moments = {"dtstart": event.instant("start")}
    if event.ends_at is not None or event.last_day != event.starts_on:
        moments["dtend"] = event.instant("end")
    return moments


def description(event, address) -> str:
    """Return what it is about, and when it is on the clock of the place."""
    lines = [event.summary, event.time_display]
    if event.starts_on_precision != "day":
        lines.append(_("The day is not stated."))
    return "\n\n".join([*filter(None, lines), address])
