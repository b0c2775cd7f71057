"""Every count of every filter, against a count that goes through the records."""

import datetime
import random
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from partnerships.filters import PartnershipFilterSet, generations
from partnerships.models import Partnership
from portal.filters import UNSTATED
from portal.partial_dates import today
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_membership,
    make_partnership,
    make_technology_field,
)

COUNTRIES = ["MX", "CL", "BR", "JP"]
GENERATIONS = ["1", "2"]
STATES = Partnership.State.values
JOINING = ["open", "full", "closed"]
INDUSTRIES = {"A": None, "A01": "A", "A02": "A", "C": None, "C13": "C"}
FIELDS = {"D": None, "D01": "D", "D03": "D"}
DATES = {
    "planned": (1, 9),
    "running": (-9, 9),
    "ended": (-9, -1),
    "not_stated": (None, None),
}
CHOICES = {
    "target": COUNTRIES,
    "partner_country": COUNTRIES,
    "generation": [*GENERATIONS, UNSTATED],
    "state": STATES,
    "joining": [*JOINING, UNSTATED],
    "industry": list(INDUSTRIES),
    "technology": list(FIELDS),
}


def with_parents(codes, tree):
    return set(codes) | {tree[code] for code in codes if tree[code]}


def day(offset):
    return None if offset is None else today() + datetime.timedelta(days=offset)


class FacetTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        draw = random.Random(4)
        countries = {
            code: make_country(iso2=code, iso3=f"{code}X", slug=code.lower())
            for code in COUNTRIES
        }
        trees = {}
        for tree, make in (
            (INDUSTRIES, make_industry),
            (FIELDS, make_technology_field),
        ):
            for code, parent in tree.items():
                trees[code] = make(code, parent=trees.get(parent))
        cls.records = []
        for number in range(30):
            record = {
                "target": set(draw.sample(COUNTRIES, draw.randint(0, 3))),
                "partner_country": set(draw.sample(COUNTRIES, draw.randint(0, 2))),
                "generation": draw.choice([*GENERATIONS, None]),
                "state": draw.choice(STATES),
                "joining": draw.choice([*JOINING, ""]),
                "industry": draw.sample(list(INDUSTRIES), draw.randint(0, 3)),
                "technology": draw.sample(list(FIELDS), draw.randint(0, 2)),
                "smes": draw.choice([None, 10, 500, 1000]),
            }
            start, end = DATES[record["state"]]
            partnership = make_partnership(
                [countries[code] for code in record["target"]],
                [trees[code] for code in record["industry"]],
                [trees[code] for code in record["technology"]],
                acronym=f"P{number}",
                generation=record["generation"],
                joining=record["joining"],
                sme_count=record["smes"],
                start=day(start),
                end=day(end),
            )
            for code in record["partner_country"]:
                if draw.random() < 0.5:
                    cluster = make_cluster(country=countries[code])
                    make_membership(partnership=partnership, cluster=cluster)
                for _again in range(draw.randint(1, 2)):
                    make_membership(
                        partnership=partnership,
                        partner_name=f"Partner {draw.random()}",
                        country=countries[code],
                    )
            record["industry"] = with_parents(record["industry"], INDUSTRIES)
            record["technology"] = with_parents(record["technology"], FIELDS)
            for key in ("generation", "state", "joining"):
                record[key] = {record[key] or UNSTATED}
            cls.records.append(record)

    def is_found(self, record, wanted, match, smes_min):
        for key, values in wanted.items():
            if not values:
                continue
            if key == "target" and match == "all":
                if not set(values) <= record["target"]:
                    return False
            elif not set(values) & record[key]:
                return False
        return smes_min is None or (record["smes"] or -1) >= smes_min

    def number_of(self, *conditions):
        return sum(self.is_found(record, *conditions) for record in self.records)

    @settings(max_examples=60)
    @given(
        wanted=st.fixed_dictionaries(
            {
                key: st.one_of(
                    st.just([]),
                    st.lists(st.sampled_from(values), unique=True, max_size=2),
                )
                for key, values in CHOICES.items()
            }
        ),
        match=st.sampled_from(["any", "all"]),
        smes_min=st.sampled_from([None, 10, 501]),
    )
    def test_each_count_is_what_choosing_the_option_finds(
        self, wanted, match, smes_min
    ):
        pairs = [("match", match), ("smes_min", "" if smes_min is None else smes_min)]
        pairs += [(key, value) for key, values in wanted.items() for value in values]
        filterset = PartnershipFilterSet(
            QueryDict(urlencode(pairs)), Partnership.objects.published()
        )

        self.assertEqual(filterset.qs.count(), self.number_of(wanted, match, smes_min))
        for key in CHOICES:
            adds = match == "all" and key == "target"
            facet = filterset.facet(key)
            self.assertEqual(facet.chosen, set(wanted[key]))
            for option in facet.options.all:
                own = {*wanted[key], option.value} if adds else {option.value}
                expected = self.number_of(wanted | {key: own}, match, smes_min)
                found = facet.counts.get(option.value, 0)
                self.assertEqual(found, expected, (key, option))


@pytest.mark.django_db
def test_a_generation_that_is_kept_is_named_in_the_language_of_who_reads(monkeypatch):
    make_partnership(generation=2)
    label = generations().labels["2"]
    assert str(label) == "Generation 2"
    monkeypatch.setattr(translation._trans, "gettext", lambda text: f"« {text} »")
    assert str(generations().labels["2"]) == "« Generation 2 »"
