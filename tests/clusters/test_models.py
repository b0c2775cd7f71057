import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from clusters.esca import State
from clusters.models import Cluster, EscaLabel, Industry
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_label,
    make_membership,
    make_technology_field,
)

DAY = datetime.date(2017, 6, 30)


def date(text):
    return datetime.date.fromisoformat(text)


class ClusterTests(TestCase):
    def test_a_country_lists_a_name_once_whatever_its_accents(self):
        cluster = make_cluster(name="Clúster Energético")
        make_cluster(name="Clúster Energético")

        with self.assertRaises(IntegrityError), transaction.atomic():
            make_cluster(name="CLUSTER ENERGETICO", country=cluster.country)

    def test_is_found_by_name_acronym_and_place(self):
        cluster = make_cluster(
            name="Clúster Automotriz", acronym="CLAUT", region="Nuevo León"
        )
        make_cluster()

        for text in ("cluster automotriz", "claut", "nuevo leon"):
            with self.subTest(text=text):
                self.assertEqual(Cluster.objects.search(text).get(), cluster)

    def test_a_section_includes_the_clusters_of_its_divisions(self):
        section = make_industry("C")
        division = make_industry("C13", parent=section)
        textile, other = make_cluster(), make_cluster()
        textile.industries.set([division, section])
        other.industries.set([make_industry("A01")])
        field = make_technology_field("D03", parent=make_technology_field("D"))
        textile.technology_fields.set([field])

        self.assertEqual(Cluster.objects.in_industries(["C"]).get(), textile)
        self.assertEqual(Cluster.objects.in_industries(["C13"]).get(), textile)
        self.assertEqual(Cluster.objects.in_technology_fields(["D"]).get(), textile)

    def test_partners_of_public_partnerships_are_in_a_partnership(self):
        partner = make_membership().cluster
        make_cluster()
        hidden = make_membership()
        hidden.partnership.status = "draft"
        hidden.partnership.save()

        self.assertEqual(Cluster.objects.in_partnerships().get(), partner)

    def test_classifications_have_two_levels(self):
        division = make_industry("C13", parent=make_industry("C"))
        third = Industry(code="C131", title="Spinning", parent=division)

        with pytest.raises(ValidationError, match="upper level"):
            third.full_clean()


class LabelTests(TestCase):
    def test_only_a_known_end_proves_that_a_label_is_in_force(self):
        for awarded, until, revoked, held in [
            ("2016-07-01", "2018-04-29", None, True),
            ("2016-07-01", "2017-06-30", None, True),
            ("2016-07-01", "2017-06-29", None, False),
            ("2017-07-01", "2018-04-29", None, False),
            (None, "2018-05-04", None, True),
            (None, "2019-06-30", None, False),
            (None, "2019-06-29", None, True),
            ("2017-01-01", None, None, False),
            (None, None, None, False),
            ("2016-07-01", "2018-04-29", "2017-06-30", False),
            ("2016-07-01", "2018-04-29", "2017-07-01", True),
        ]:
            label = make_label(
                awarded_on=awarded and date(awarded),
                valid_until=until and date(until),
                revoked_on=revoked and date(revoked),
            )
            with self.subTest(awarded=awarded, until=until, revoked=revoked):
                self.assertIs(label.state_on(DAY) == State.HELD, held)
                found = EscaLabel.objects.held_on(DAY).filter(pk=label.pk)
                self.assertIs(found.exists(), held)

    def test_ended_labels_can_be_renewed_for_a_year(self):
        for level, until, state in [
            ("bronze", "2017-06-29", "renewable"),
            ("silver", "2016-06-30", "renewable"),
            ("bronze", "2016-06-29", "lapsed"),
            ("gold", "2017-06-29", "lapsed"),
            ("bronze", "2017-06-30", "held"),
        ]:
            label = make_label(
                level=level, awarded_on=date("2015-01-01"), valid_until=date(until)
            )
            for candidate in ("held", "renewable", "lapsed"):
                found = Cluster.objects.labelled(candidate, DAY, [level])
                with self.subTest(level=level, until=until, candidate=candidate):
                    self.assertIs(
                        found.filter(pk=label.cluster.pk).exists(), candidate == state
                    )

    def test_counts_labels_in_force_and_clusters_on_record(self):
        country = make_country(name="Mexico", slug="mexico", iso2="MX")
        cluster = make_cluster(country=country)
        make_label(cluster=cluster, valid_until=date("2018-05-04"))
        make_label(cluster=cluster, valid_until=date("2014-05-04"))
        make_label(cluster=make_cluster(country=country, status="draft"))

        rows = EscaLabel.objects.published().count_by_country(DAY)

        self.assertEqual(
            list(rows),
            [
                {
                    "country": "Mexico",
                    "slug": "mexico",
                    "iso2": "MX",
                    "level": "bronze",
                    "held": 1,
                    "unknown": 0,
                    "ever": 1,
                }
            ],
        )

    def test_validation_refuses_an_overlap_and_names_the_other_label(self):
        first = make_label(
            awarded_on=date("2016-07-01"), valid_until=date("2018-04-29")
        )
        second = EscaLabel(
            cluster=first.cluster,
            level="bronze",
            awarded_on=date("2018-04-28"),
            valid_until=date("2021-04-29"),
        )

        with pytest.raises(ValidationError, match="1 Jul 2016 to 29 Apr 2018"):
            second.full_clean()
        second.awarded_on = date("2018-04-29")
        second.full_clean()

    def test_postgresql_refuses_an_overlap(self):
        if connection.vendor != "postgresql":
            self.skipTest("only PostgreSQL has exclusion constraints")
        values = {
            "cluster": make_cluster(),
            "awarded_on": date("2016-07-01"),
            "valid_until": date("2018-04-29"),
        }
        make_label(**values)
        make_label(**values | {"level": "silver"})
        make_label(**values | {"awarded_on": None})

        with self.assertRaises(IntegrityError), transaction.atomic():
            make_label(**values)

    def test_the_database_refuses_a_label_that_ends_before_it_begins(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make_label(awarded_on=date("2016-07-01"), valid_until=date("2016-06-30"))
