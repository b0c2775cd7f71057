"""What holders of labels have to do, and by when; as a list and as a calendar."""

import datetime
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import icalendar
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import esca
from .models import EscaLabel

# Never to change: calendars know their entries by it.
NAMESPACE = uuid.UUID("5f0b7c9e-6d0b-4d5e-9a4f-8b5f1a3c2d10")


class Kind(models.TextChoices):
    ENDS = "ends", gettext_lazy("Last day of the label")
    CLOSES = "closes", gettext_lazy("Last day to renew it")


@dataclass(frozen=True)
class Deadline:
    day: datetime.date
    kind: Kind
    label: EscaLabel

    @property
    def precision(self):
        return self.label.valid_until_precision

    @property
    def day_display(self):
        """The day, as precise as the end of the label is stated."""
        if self.kind == Kind.ENDS:
            return self.label.get_valid_until_display()
        return self.label.renewal_display

    @property
    def uid(self):
        """The same at every time for the same deadline, whatever its day becomes."""
        return str(uuid.uuid5(NAMESPACE, f"{self.label.pk} {self.kind}"))


def deadlines(labels: Iterable[EscaLabel], day: datetime.date) -> list[Deadline]:
    """Return the deadlines of ``labels`` in the year from ``day`` on, in their order."""
    last = esca.years_later(day, 1)
    found = [
        Deadline(due, kind, label)
        for label in labels
        for kind, due in (
            (Kind.ENDS, label.valid_until),
            (Kind.CLOSES, label.can_be_renewed_until),
        )
        if due is not None and day <= due <= last
    ]
    return sorted(
        found, key=lambda one: (one.day, one.label.cluster.name_key, one.label.pk)
    )


def calendar(
    deadlines: Iterable[Deadline], address_of: Callable[[EscaLabel], str]
) -> bytes:
    """Return the deadlines as iCalendar, each a whole day that blocks no time."""
    feed = icalendar.Calendar()
    feed.add("prodid", "-//Cluster Portal//ESCA labels//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", _("Renewal of ESCA labels"))
    for deadline in deadlines:
        feed.add_component(_event(deadline, address_of))
    if not feed.subcomponents:
        # A calendar has one component at least.
        feed.add_component(icalendar.Timezone.from_tzid(settings.TIME_ZONE))
    return feed.to_ical()


def _event(deadline, address_of):
    label = deadline.label
    event = icalendar.Event()
    event.add("uid", deadline.uid)
    # The last change, and not the moment, so that the same calendar is the same file.
    event.add("dtstamp", label.cluster.updated_at)
    event.add("dtstart", deadline.day)
    event.add("dtend", esca.day_after(deadline.day))
    event.add("transp", "TRANSPARENT")
    event.add(
        "summary",
        _("%(cluster)s, %(level)s: %(what)s")
        % {
            "cluster": label.cluster.name,
            "level": label.get_level_display(),
            "what": deadline.kind.label,
        },
    )
    event.add("description", _("As stated: %(day)s") % {"day": deadline.day_display})
    event.add("location", label.cluster.country.name)
    event.add("url", address_of(label))
    return event
