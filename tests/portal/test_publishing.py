from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from countries.models import Country, CountrySection, Fact
from partnerships.models import Membership, Partnership
from portal.publishing.models import Publishable
from tests.factories import (
    make_cluster,
    make_country,
    make_fact,
    make_membership,
    make_partnership,
    make_section,
)

Status = Publishable.Status


class PublishedTests(TestCase):
    def assert_public(self, is_public, **values):
        country = make_country(**values)
        self.assertIs(
            Country.objects.published().filter(pk=country.pk).exists(), is_public
        )

    def test_only_published_records_are_public(self):
        for status in Status:
            values = {"publish_at": timezone.now() + timedelta(hours=1)}
            with self.subTest(status=status):
                self.assert_public(status == Status.PUBLISHED, status=status, **values)

    def test_an_approved_record_is_public_from_its_time_on(self):
        now = timezone.now()
        country = make_country(status=Status.APPROVED, publish_at=now)
        earlier = now - timedelta(microseconds=1)

        self.assertFalse(Country.objects.published(at=earlier).exists())
        self.assertEqual(Country.objects.published(at=now).get(), country)

    def test_a_record_stops_being_public_at_its_time(self):
        now = timezone.now()
        country = make_country(unpublish_at=now)
        earlier = now - timedelta(microseconds=1)

        self.assertEqual(Country.objects.published(at=earlier).get(), country)
        self.assertFalse(Country.objects.published(at=now).exists())

    def test_parts_of_a_draft_are_not_public(self):
        draft = make_country(status=Status.DRAFT)
        make_section(country=draft)
        make_fact(country=draft)
        make_membership(cluster=make_cluster(country=draft))

        self.assertFalse(CountrySection.objects.published().exists())
        self.assertFalse(Fact.objects.published().exists())
        self.assertFalse(Membership.objects.published().exists())

    def test_a_part_without_the_optional_parent_is_public(self):
        named = make_membership(partner_name="A partner that is no cluster")

        self.assertEqual(Membership.objects.published().get(), named)


class MoveTests(TestCase):
    def test_publishing_dates_the_record_and_ends_an_old_withdrawal(self):
        past = timezone.now() - timedelta(days=1)
        make_country(status=Status.DRAFT, unpublish_at=past)

        self.assertEqual(Country.objects.publish(), 1)

        country = Country.objects.published().get()
        self.assertIsNotNone(country.published_at)
        self.assertIsNone(country.unpublish_at)

    def test_publishing_keeps_a_withdrawal_to_come(self):
        later = timezone.now() + timedelta(days=1)
        make_country(status=Status.DRAFT, unpublish_at=later)

        Country.objects.publish()

        self.assertEqual(Country.objects.published().get().unpublish_at, later)

    def test_what_appeared_by_the_clock_was_published_then(self):
        now = timezone.now()
        times = {"due": now - timedelta(days=1), "later": now + timedelta(days=1)}
        for withdraw in ("unpublish", "archive"):
            made = {
                name: make_country(status=Status.APPROVED, publish_at=at)
                for name, at in times.items()
            }

            getattr(Country.objects, withdraw)()

            for country in made.values():
                country.refresh_from_db()
            with self.subTest(withdraw=withdraw):
                self.assertEqual(made["due"].published_at, times["due"])
                self.assertIsNone(made["later"].published_at)

    def test_what_went_off_the_site_at_its_time_is_published_again(self):
        past = timezone.now() - timedelta(days=1)
        for values in (
            {"status": Status.PUBLISHED},
            {"status": Status.APPROVED, "publish_at": past - timedelta(days=1)},
        ):
            make_country(unpublish_at=past, **values)

        self.assertEqual(Country.objects.publish(), 2)

        self.assertEqual(Country.objects.published().count(), 2)

    def test_publishing_again_counts_nothing(self):
        make_country()

        self.assertEqual(Country.objects.publish(), 0)

    def test_archived_records_stay_archived(self):
        make_country(status=Status.ARCHIVED)

        self.assertEqual(Country.objects.publish(), 0)
        self.assertEqual(Country.objects.unpublish(), 0)

    def test_only_drafts_go_to_review(self):
        make_country(status=Status.DRAFT)
        make_country()

        self.assertEqual(Country.objects.request_review(), 1)


class ConstraintTests(TestCase):
    def assert_refused(self, make, **values):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make(**values)

    def test_the_database_refuses_a_published_record_without_a_date(self):
        self.assert_refused(make_country, published_at=None)

    def test_the_database_refuses_an_approved_record_without_a_time(self):
        self.assert_refused(make_country, status=Status.APPROVED)

    def test_the_database_refuses_to_unpublish_before_publishing(self):
        now = timezone.now()
        self.assert_refused(make_country, publish_at=now, unpublish_at=now)

    def test_validation_asks_for_the_time_of_an_approved_record(self):
        partnership = make_partnership()
        partnership.status = Status.APPROVED

        with pytest.raises(ValidationError, match="needs the time"):
            partnership.full_clean()

    def test_saving_marks_the_last_change(self):
        partnership = make_partnership()
        before = partnership.updated_at

        partnership.save()

        self.assertGreater(Partnership.objects.get().updated_at, before)
