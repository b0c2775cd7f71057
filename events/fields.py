from django.db import models

# What a calendar shows of an event.
CALENDAR_FIELDS = (
    *("title", "summary", "state", "format", "venue", "city", "country_id"),
    *("starts_on", "starts_on_precision", "starts_at", "time_zone"),
    *("ends_on", "ends_on_precision", "ends_at", "end_time_zone"),
)


class SequenceField(models.PositiveIntegerField):
    """How often what a calendar shows of an event has changed: SEQUENCE in iCalendar.

    Nobody sets it. Saving an event, and loading the data files, compares
    CALENDAR_FIELDS with the stored row and adds one where they differ;
    ``EventQuerySet.update()`` adds one whenever it writes any of them. It never
    shrinks, so that a calendar always takes the later of two versions.
    """

    def __init__(self, *args, **kwargs):
        kwargs["default"] = 0
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["default"], kwargs["editable"]
        return name, path, args, kwargs

    def pre_save(self, model_instance, add):
        number = getattr(model_instance, self.attname)
        if not add:
            number = self.following(model_instance) or number
            setattr(model_instance, self.attname, number)
        return number

    def following(self, event):
        """Return the number after saving; None where the event is not stored."""
        stored = type(event)._base_manager.filter(pk=event.pk)
        row = stored.values(self.attname, *CALENDAR_FIELDS).first()
        if row is None:
            return None
        has_changed = any(getattr(event, name) != row[name] for name in CALENDAR_FIELDS)
        return row[self.attname] + has_changed


class InstantField(models.DateTimeField):
    """The instant at which an event begins or ends, worked out at every save.

    Editors state the time on the clock of the place; lists sort and compare
    instants.
    """

    derived = True

    def __init__(self, *args, edge, **kwargs):
        self.edge = edge
        kwargs["editable"] = False
        kwargs["null"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["null"]
        kwargs["edge"] = self.edge
        return name, path, args, kwargs

    def pre_save(self, model_instance, add):
        instant = model_instance.instant(self.edge)
        setattr(model_instance, self.attname, instant)
        return instant
