import datetime

from django.test import TestCase

from events.models import Event
from portal.loading import Row, merge
from tests.factories import make_event


class SequenceTests(TestCase):
    """SEQUENCE grows when a calendar shows something else, and only then."""

    def setUp(self):
        self.event = make_event(title="Fair")

    def sequence(self):
        return Event.objects.get(pk=self.event.pk).sequence

    def test_begins_at_nothing(self):
        self.assertEqual(self.sequence(), 0)

    def test_saving_what_is_the_same_is_no_change(self):
        Event.objects.get(pk=self.event.pk).save()
        self.event.save()
        self.event.registration_url = "https://example.org/register"
        self.event.save()

        self.assertEqual(self.sequence(), 0)

    def test_saving_another_title_time_place_or_state_is_one(self):
        changes = {
            "title": "Great fair",
            "starts_at": datetime.time(9),
            "time_zone": "America/Mexico_City",
            "city": "Puebla",
            "state": Event.State.CANCELLED,
        }
        for number, (name, value) in enumerate(changes.items(), start=1):
            setattr(self.event, name, value)
            self.event.save()
            with self.subTest(name=name):
                self.assertEqual(self.sequence(), number)
                self.assertEqual(self.event.sequence, number)

    def test_a_copy_from_before_counts_on(self):
        copy = Event.objects.get(pk=self.event.pk)
        self.event.city = "Puebla"
        self.event.save()
        copy.city = "Toluca"
        copy.save()

        self.assertEqual(self.sequence(), 2)

    def test_saving_only_some_fields_counts(self):
        self.event.starts_on = datetime.date(2030, 5, 7)
        self.event.save(update_fields=["starts_on"])

        event = Event.objects.get(pk=self.event.pk)
        self.assertEqual(event.sequence, 1)
        self.assertEqual(event.start.day, 6)
        self.assertEqual(event.local_start.day, 7)

    def test_an_update_of_many_counts_for_each(self):
        Event.objects.update(state=Event.State.MOVED)
        self.assertEqual(self.sequence(), 1)
        Event.objects.update(website="https://example.org/")
        self.assertEqual(self.sequence(), 1)
        self.event.city = "Puebla"
        Event.objects.bulk_update([self.event], ["city"])
        self.assertEqual(self.sequence(), 2)

    def test_publishing_is_no_change(self):
        Event.objects.unpublish()
        Event.objects.publish()

        self.assertEqual(self.sequence(), 0)

    def test_loading_a_change_counts(self):
        Event.objects.all().delete()
        for city, number in (("Puebla", 0), ("Puebla", 0), ("Toluca", 1)):
            values = {
                "title": "Mission",
                "starts_on": datetime.date(2030, 5, 6),
                "city": city,
            }
            merge(Event, [Row("mission", values, slugs=["mission"])], ("title_key",))
            self.assertEqual(Event.objects.get().sequence, number)
