"""The form of an event."""

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget

from portal.record_forms import RecordForm

from . import times


class TimeZoneField(forms.CharField):
    """A time zone by its name or its city, with a list that the page has."""

    widget = AdminTextInputWidget(attrs={"list": "time-zones"})

    def to_python(self, value):
        return times.time_zone_called(super().to_python(value))


class EventForm(RecordForm):
    class Meta:
        field_classes = dict.fromkeys(["time_zone", "end_time_zone"], TimeZoneField)
        widgets = dict.fromkeys(field_classes, TimeZoneField.widget)

    @property
    def time_zones(self):
        """The names to choose from, and how people write them."""
        return [(zone, zone.replace("_", " ")) for zone in times.places()]
