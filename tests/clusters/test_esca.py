"""The rules of the labels, without any database."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters import esca
from clusters.esca import Basis, Period, State
from portal.partial_dates import Edge, Precision, snap

from .periods import acceptable, days, periods

LIVED = [None, State.PERIOD_UNKNOWN, State.HELD, State.RENEWABLE]
STAGES = {state: stage for stage, state in enumerate(LIVED)} | {
    State.LAPSED: 4,
    State.SUPERSEDED: 4,
    State.REVOKED: 5,
}


def date(text):
    return text and datetime.date.fromisoformat(text)


def label(level="bronze", awarded=None, until=None, **values):
    days = {name: date(values.pop(name, None)) for name in ("runs_from", "revoked_on")}
    return Period(level, date(awarded), date(until), **days, **values)


def state(day, period, *others):
    return esca.state_on(date(day), period, esca.succeeded_on(period, others))


BRONZE = label(awarded="2016-07-01", until="2018-07-31")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2016-06-30", None),
        ("2016-07-01", State.HELD),
        ("2018-07-31", State.HELD),
        ("2018-08-01", State.RENEWABLE),
        ("2019-07-31", State.RENEWABLE),
        ("2019-08-01", State.LAPSED),
    ],
)
def test_a_label_is_held_then_renewable_and_then_lapses(day, expected):
    assert state(day, BRONZE) == expected


def test_a_gold_label_lapses_at_once_as_no_rule_tells_how_to_renew_it():
    gold = replace(BRONZE, level="gold")
    assert state("2018-07-31", gold) == State.HELD
    assert state("2018-08-01", gold) == State.LAPSED


@pytest.mark.parametrize("unknown", [label(), label(awarded="2016-07-01")])
def test_an_end_that_is_not_known_is_never_for_ever(unknown):
    for day in ("2016-07-01", "2017-06-30", "2100-01-01"):
        assert state(day, unknown) == State.PERIOD_UNKNOWN


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2016-05-04", State.PERIOD_UNKNOWN),
        ("2016-05-05", State.HELD),
        ("2018-05-04", State.HELD),
        ("2018-05-05", State.RENEWABLE),
    ],
)
def test_a_label_with_an_end_alone_has_run_for_its_first_period(day, expected):
    assert state(day, label(until="2018-05-04")) == expected


def test_a_revoked_label_is_revoked_from_that_day_on():
    revoked = replace(BRONZE, revoked_on=date("2017-01-15"))
    assert state("2017-01-14", revoked) == State.HELD
    assert state("2017-01-15", revoked) == State.REVOKED
    assert state("2020-01-01", revoked) == State.REVOKED


@pytest.mark.parametrize(
    ("successor", "from_day"),
    [
        (label("silver", "2017-05-01", "2019-05-31"), "2017-05-01"),
        (label("gold", "2017-05-01"), "2017-05-01"),
        (label("bronze", "2019-03-01", "2021-07-31", runs_from="2018-08-01"), None),
        (label("silver", until="2019-06-30"), "2017-07-01"),
    ],
)
def test_a_label_is_superseded_from_the_beginning_of_its_successor(successor, from_day):
    day = date(from_day or "2018-08-01")
    before = str(day - esca.ONE_DAY)
    assert state(before, BRONZE, successor) == State.HELD
    for later in (str(day), "2019-07-31", "2030-01-01"):
        assert state(later, BRONZE, successor) == State.SUPERSEDED


@pytest.mark.parametrize(
    "other",
    [
        label("silver"),
        label("silver", "2016-06-30", "2018-06-30"),
        label("silver", "2019-08-01", "2021-08-31"),
    ],
)
def test_what_begins_at_no_known_day_before_or_too_late_supersedes_nothing(other):
    assert esca.succeeded_on(BRONZE, [other]) is None


def test_a_lower_label_supersedes_nothing():
    silver = replace(BRONZE, level="silver")
    assert not esca.succeeds(label("bronze", "2017-05-01", "2019-05-31"), silver)


def test_of_two_labels_of_one_day_the_higher_supersedes_the_lower():
    silver = replace(BRONZE, level="silver")
    assert esca.succeeds(silver, BRONZE)
    assert not esca.succeeds(BRONZE, silver)


def test_a_first_label_runs_two_years_from_the_month_of_the_award():
    for award, precision in (("2016-07-12", "day"), ("2016-07-01", "month")):
        proposal = esca.propose(
            label("silver", award, awarded_on_precision=precision), [label("bronze")]
        )
        assert proposal.basis == Basis.FIRST
        assert proposal.valid_until == date("2018-07-31")
        assert proposal.valid_until_precision == Precision.MONTH
        assert proposal.runs_from is None


@pytest.mark.parametrize("award", ["2018-02-01", "2018-07-31", "2019-07-31"])
def test_a_renewal_runs_three_years_from_the_old_end(award):
    proposal = esca.propose(label("bronze", award), [BRONZE])
    assert proposal.basis == Basis.RENEWAL
    assert proposal.renews == BRONZE
    assert proposal.runs_from == date("2018-08-01")
    assert proposal.valid_until == date("2021-07-31")


def test_a_renewal_is_as_precise_as_the_old_end():
    month = replace(BRONZE, valid_until_precision=Precision.MONTH)
    proposal = esca.propose(label("bronze", "2019-03-05"), [month])
    assert proposal.valid_until_precision == Precision.MONTH
    assert proposal.runs_from_precision == Precision.MONTH


def test_what_is_awarded_after_the_renewal_has_closed_is_a_first_label():
    proposal = esca.propose(label("bronze", "2019-08-01"), [BRONZE])
    assert (proposal.basis, proposal.valid_until) == (Basis.FIRST, date("2021-08-31"))


def test_a_revoked_label_is_not_renewed():
    revoked = replace(BRONZE, revoked_on=date("2017-01-15"))
    assert esca.propose(label("bronze", "2017-06-01"), [revoked]).basis == Basis.FIRST


@pytest.mark.parametrize(
    ("award", "others", "basis"),
    [
        (label("gold", "2016-07-01"), [], Basis.NO_RULE),
        (label("bronze"), [], Basis.AWARD_UNKNOWN),
        (
            label("bronze", "2016-01-01", awarded_on_precision="year"),
            [],
            Basis.MONTH_UNKNOWN,
        ),
        (label("bronze", "2016-07-01"), [label()], Basis.EARLIER_END_UNKNOWN),
    ],
)
def test_nothing_is_proposed_where_the_rules_tell_nothing(award, others, basis):
    proposal = esca.propose(award, others)
    assert (proposal.basis, proposal.valid_until) == (basis, None)


def test_the_end_of_february_stays_a_day_of_the_calendar():
    assert esca.years_later(date("2016-02-29"), 1) == date("2017-02-28")
    assert esca.years_later(date("9999-01-01"), 2) == datetime.date.max
    assert esca.begins_on(label(until="2018-02-28")) == date("2016-03-01")
    leap = label(until="2015-02-28", valid_until_precision=Precision.MONTH)
    assert esca.open_until(leap) == date("2016-02-29")


def test_the_platform_asks_for_a_profile_since_its_day():
    assert not esca.rule_on(date("2019-11-14")).needs_profile
    assert esca.rule_on(date("2019-11-15")).needs_profile


@given(periods(), st.lists(periods(), max_size=4), days)
def test_a_change_of_rules_does_not_rewrite_history(period, others, day):
    new = esca.Rule(
        datetime.date(2030, 1, 1), first_years=1, renewal_years=9, renewable_years=5
    )
    changed = (*esca.RULES, new)
    for rules in (esca.RULES, changed):
        facts = (
            esca.begins_on(period, rules),
            esca.open_until(period, rules),
            esca.succeeded_on(period, others, rules),
            esca.propose(period, others, rules),
            esca.state_on(day, period, esca.succeeded_on(period, others), rules),
        )
        if rules is esca.RULES:
            before = facts
    assert facts == before
    later = label("bronze", "2030-05-01")
    assert esca.propose(later, [], changed).valid_until == date("2031-05-31")


@st.composite
def awards(draw):
    """Make an award, and after how many days it is revoked if it is."""
    precision = draw(st.sampled_from([Precision.DAY, Precision.MONTH]))
    award = Period(
        draw(st.sampled_from(esca.RULED_LEVELS)),
        snap(draw(days), precision, Edge.FIRST),
        awarded_on_precision=precision,
    )
    after = draw(st.none() | st.integers(0, 900))
    return award, None if after is None else datetime.timedelta(days=after)


@st.composite
def histories(draw):
    """Make the labels of a cluster as the rules propose them, award after award."""
    labels = []
    given = draw(st.lists(awards(), max_size=8))
    for key, (award, after) in enumerate(sorted(given, key=lambda a: a[0].awarded_on)):
        proposal = esca.propose(award, labels)
        labels.append(
            replace(
                award,
                key=key,
                valid_until=proposal.valid_until,
                valid_until_precision=proposal.valid_until_precision,
                runs_from=proposal.runs_from,
                revoked_on=None if after is None else award.awarded_on + after,
            )
        )
    return labels


@given(histories())
def test_any_sequence_of_awards_gives_periods_that_do_not_overlap(labels):
    for number, one in enumerate(labels):
        assert one.valid_until is not None
        assert not any(esca.overlap(one, other) for other in labels[:number])


@given(histories(), days)
def test_no_level_is_held_twice(labels, day):
    held = []
    for one in labels:
        others = [other for other in labels if other is not one]
        if esca.state_on(day, one, esca.succeeded_on(one, others)) == State.HELD:
            held.append(one.level)
    assert len(held) == len(set(held))


@given(periods(), st.lists(periods(), max_size=4), st.lists(days, max_size=12))
def test_states_never_lead_back(period, others, dates):
    first = acceptable([period])
    superseded = esca.succeeded_on(period, others)
    states = [
        esca.state_on(day, one, superseded) for one in first for day in sorted(dates)
    ]
    assert [STAGES[one] for one in states] == sorted(STAGES[one] for one in states)
    assert len({State.LAPSED, State.SUPERSEDED}.intersection(states)) < 2


@given(histories(), days)
def test_states_of_a_history_never_lead_back(labels, day):
    for one in labels:
        superseded = esca.succeeded_on(one, [o for o in labels if o is not one])
        before = esca.state_on(day, one, superseded)
        after = esca.state_on(day + datetime.timedelta(days=31), one, superseded)
        assert STAGES[before] <= STAGES[after]
