import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase

from partnerships.models import Membership, Partnership
from tests.factories import (
    make_cluster,
    make_country,
    make_membership,
    make_partnership,
)

DAY = datetime.date(2017, 6, 30)


def date(text):
    return text and datetime.date.fromisoformat(text)


class PartnershipTests(TestCase):
    def assert_refused(self, make, **values):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make(**values)

    def test_an_acronym_is_unique_in_its_generation(self):
        make_partnership(acronym="AdPack", generation=1)
        make_partnership(acronym="AdPack", generation=2)
        make_partnership(acronym="AdPack")

        self.assert_refused(make_partnership, acronym="ADPACK", generation=1)
        self.assert_refused(make_partnership, acronym="adpack")

    def test_figures_are_not_negative_and_ends_follow_starts(self):
        self.assert_refused(make_partnership, sme_count=-1)
        self.assert_refused(make_partnership, partner_count=-1)
        self.assert_refused(
            make_partnership, start=date("2018-01-02"), end=date("2018-01-01")
        )

    def test_state_follows_from_the_dates(self):
        for start, end, state in [
            ("2017-07-01", None, "planned"),
            ("2017-07-01", "2018-07-01", "planned"),
            ("2016-01-01", "2017-06-30", "running"),
            ("2017-06-30", "2018-01-01", "running"),
            ("2016-01-01", "2017-06-29", "ended"),
            (None, "2017-06-29", "ended"),
            ("2016-01-01", None, "not_stated"),
            (None, "2018-01-01", "not_stated"),
            (None, None, "not_stated"),
        ]:
            partnership = make_partnership(start=date(start), end=date(end))
            with self.subTest(start=start, end=end):
                found = Partnership.objects.with_state(DAY).get(pk=partnership.pk)
                self.assertEqual(found.state, state)

    def test_targets_are_found_by_any_and_by_all(self):
        chile, peru = make_country(iso2="CL"), make_country(iso2="PE")
        both = make_partnership(targets=[chile, peru])
        one = make_partnership(targets=[chile])

        found_any = Partnership.objects.targeting_any(["CL", "PE"])
        found_all = Partnership.objects.targeting_all(["CL", "PE"])

        self.assertCountEqual(found_any, [both, one])
        self.assertCountEqual(found_all, [both])

    def test_is_found_by_acronym_name_and_partner(self):
        cluster = make_cluster(name="Agrupación Textil", acronym="ATX")
        partnership = make_partnership(acronym="TEXGLOBAL", name="Textiles géniaux")
        make_membership(partnership=partnership, cluster=cluster)
        make_membership(partnership=partnership, partner_name="Næringsklynge")
        make_partnership()

        for text in ("texglobal", "GENIAUX", "agrupacion", "atx", "naeringsklynge"):
            with self.subTest(text=text):
                self.assertEqual(Partnership.objects.search(text).get(), partnership)

    def test_a_draft_partner_does_not_help_to_find_a_partnership(self):
        cluster = make_cluster(name="Hidden", status="draft")
        make_membership(cluster=cluster)

        self.assertFalse(Partnership.objects.search("hidden").exists())


class MembershipTests(TestCase):
    def assert_refused(self, **values):
        with self.assertRaises(IntegrityError), transaction.atomic():
            Membership.objects.create(**values)

    def test_a_partnership_has_one_lead(self):
        lead = make_membership(role="lead")
        make_membership(partnership=lead.partnership)

        self.assert_refused(
            partnership=lead.partnership, partner_name="Other", role="lead"
        )

    def test_a_partner_is_a_cluster_or_a_name(self):
        partnership = make_partnership()
        self.assert_refused(partnership=partnership)
        self.assert_refused(
            partnership=partnership, cluster=make_cluster(), partner_name="Name"
        )

    def test_a_partner_is_listed_once(self):
        first = make_membership()
        named = make_membership(partner_name="Café", partnership=first.partnership)
        self.assert_refused(partnership=first.partnership, cluster=first.cluster)
        self.assert_refused(partnership=named.partnership, partner_name="CAFE")

    def test_partners_stand_by_name_whether_or_not_in_the_directory(self):
        partnership = make_partnership()
        for name in ("Ábel", "zeta"):
            make_membership(partnership=partnership, cluster=make_cluster(name=name))
        for name in ("Mu", "écru"):
            make_membership(partnership=partnership, partner_name=name)
        lead = make_cluster(name="Omega")
        make_membership(partnership=partnership, cluster=lead, role="lead")
        names = [membership.name for membership in partnership.memberships.all()]
        self.assertEqual(names, ["Omega", "Ábel", "écru", "Mu", "zeta"])

    def test_the_country_of_a_cluster_is_not_stated_twice(self):
        membership = make_membership()
        membership.country = make_country()

        with pytest.raises(ValidationError, match="comes from the cluster"):
            membership.full_clean()
