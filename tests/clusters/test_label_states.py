"""The rules in SQL say what the rules in Python say, of any labels and on any day."""

import datetime
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusters import esca
from clusters.esca import State
from clusters.models import Cluster, EscaLabel
from tests.factories import make_cluster, make_country, make_label

from .periods import acceptable, days, is_valid, periods

pytestmark = pytest.mark.django_db

FILTERED = {
    "held": {State.HELD},
    "renewable": {State.RENEWABLE},
    "lapsed": {State.LAPSED, State.REVOKED},
}
NAMES = [name for name in esca.Period.__dataclass_fields__ if name != "key"]
random_labels = st.lists(st.lists(periods(), max_size=5).map(acceptable), max_size=4)


def store(clusters):
    """Store the labels of each cluster; return them as the manager loads them."""
    EscaLabel.objects.all().delete()
    for cluster, labels in zip(Cluster.objects.order_by("pk"), clusters, strict=False):
        EscaLabel.objects.bulk_create(
            EscaLabel(cluster=cluster, **{name: getattr(one, name) for name in NAMES})
            for one in labels
        )
    return EscaLabel.objects.select_related("cluster")


@pytest.fixture
def clusters():
    country = make_country()
    return [make_cluster(country=country) for _number in range(4)]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(random_labels, days)
def test_both_databases_say_what_the_rules_say(clusters, labels, day):
    stored = list(store(labels).with_state(day))
    periods = {
        cluster.pk: [one.period for one in stored if one.cluster == cluster]
        for cluster in clusters
    }
    expected = {}
    for label in stored:
        others = [one for one in periods[label.cluster_id] if one.key != label.pk]
        superseded = esca.succeeded_on(label.period, others)
        expected[label.pk] = esca.state_on(day, label.period, superseded)
        assert label.succeeded_on == superseded
        assert label.state_on(day) == expected[label.pk]

    assert {label.pk: label.state for label in stored} == expected
    for key, states in FILTERED.items():
        found = EscaLabel.objects.in_state(key, day)
        kept = {pk for pk, state in expected.items() if state in states}
        assert {label.pk for label in found} == kept
        owners = {label.cluster_id for label in stored if label.pk in kept}
        labelled = Cluster.objects.labelled(key, day)
        assert {cluster.pk for cluster in labelled} == owners
        counted = Cluster.objects.counted_by_label_state(day, states=[key, "ever"])
        assert counted == {key: len(owners), "ever": sum(map(bool, periods.values()))}
    rows = EscaLabel.objects.published().count_by_country(day)
    states = Counter(expected.values())
    assert sum(row["held"] for row in rows) == states[State.HELD]
    assert sum(row["unknown"] for row in rows) == states[State.PERIOD_UNKNOWN]


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(random_labels, st.integers(2011, 2026))
def test_the_chart_counts_what_is_held_at_the_end_of_a_year(clusters, labels, year):
    day = datetime.date(year, 12, 31)
    held = store(labels).held_on(day)
    counts = EscaLabel.objects.count_by_year([year])
    for level in EscaLabel.Level.values:
        number = len([label for label in held if label.level == level])
        assert counts[level][year] == number


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(periods(), max_size=5).map(acceptable), periods().filter(is_valid))
def test_both_databases_find_the_same_overlaps(clusters, labels, period):
    stored = store([labels])
    same_level = [one for one in stored if one.level == period.level]
    found = EscaLabel.objects.filter(level=period.level).overlapping(period)
    assert {label.pk for label in found} == {
        label.pk for label in same_level if esca.overlap(label.period, period)
    }


def test_a_label_just_made_knows_of_the_others():
    first = make_label(
        awarded_on=datetime.date(2016, 7, 1), valid_until=datetime.date(2018, 7, 31)
    )
    make_label(
        cluster=first.cluster,
        level="silver",
        awarded_on=datetime.date(2017, 5, 1),
        valid_until=datetime.date(2019, 5, 31),
    )

    assert first.state_on(datetime.date(2017, 4, 30)) == State.HELD
    assert first.state_on(datetime.date(2017, 5, 1)) == State.SUPERSEDED
