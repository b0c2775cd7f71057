"""The rules of the ESCA labels for cluster management.

Source: ESCA, www.cluster-analysis.org/benchmarked-clusters and /silver-label. A first
Bronze or Silver label runs two years from the month of the assessment. It can be
renewed until one year after its end, and then runs three years from the old end.

All here is pure: days come in as arguments, and nothing is read or stored. What the
querysets say in SQL they say of the columns that ``begins_on`` and ``open_until`` fill.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.partial_dates import Edge, Precision, snap

# From the lowest to the highest.
LEVELS = ("bronze", "silver", "gold")
ONE_DAY = datetime.timedelta(days=1)


class State(models.TextChoices):
    """What is known of a label on a day.

    A label that has not begun has no state. Days go by in the order *period unknown*,
    *held*, *renewable*, *lapsed* or *superseded*, *revoked*; none leads back.
    """

    HELD = "held", _("In force")
    RENEWABLE = "renewable", _("Ended, can be renewed")
    LAPSED = "lapsed", _("Lapsed")
    REVOKED = "revoked", _("Revoked")
    SUPERSEDED = "superseded", _("Superseded")
    PERIOD_UNKNOWN = "period_unknown", _("Period unknown")


@dataclass(frozen=True)
class Rule:
    """The terms of Bronze and Silver labels from a day on."""

    since: datetime.date
    first_years: int = 2
    renewal_years: int = 3
    renewable_years: int = 1
    # Whether a cluster needs a profile on the platform to obtain a label.
    needs_profile: bool = False


# A change of terms is a further rule; labels keep the terms of their own day.
RULES = (
    Rule(datetime.date.min),
    Rule(datetime.date(2019, 11, 15), needs_profile=True),
)
# No source states the terms of Gold labels.
RULED_LEVELS = ("bronze", "silver")


def rule_on(day: datetime.date, rules=RULES) -> Rule:
    return max((rule for rule in rules if rule.since <= day), key=lambda r: r.since)


def years_later(day: datetime.date, years: int) -> datetime.date:
    """Return the same day ``years`` on; 29 February becomes the 28th where needed.

    What would leave the calendar stays at its end.
    """
    year = day.year + years
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        return datetime.date.max if years > 0 else datetime.date.min
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def day_after(day: datetime.date) -> datetime.date:
    return day if day == datetime.date.max else day + ONE_DAY


@dataclass(frozen=True)
class Period:
    """What is stated of a label; None means that no source states it.

    ``runs_from`` is the first day where that is not the award: a renewal continues
    from the old end, however late it was awarded. ``key`` parts labels of one day.
    """

    level: str
    awarded_on: datetime.date | None = None
    valid_until: datetime.date | None = None
    runs_from: datetime.date | None = None
    revoked_on: datetime.date | None = None
    awarded_on_precision: str = Precision.DAY
    valid_until_precision: str = Precision.DAY
    key: int = 0

    @classmethod
    def of(cls, label) -> "Period":
        """Return the period of a record that has these fields."""
        names = [name for name in cls.__dataclass_fields__ if name != "key"]
        return cls(**{name: getattr(label, name) for name in names}, key=label.pk or 0)

    @property
    def stated_start(self) -> datetime.date | None:
        return self.runs_from or self.awarded_on

    @property
    def rank(self) -> int:
        return LEVELS.index(self.level) if self.level in LEVELS else -1


def terms_of(period: Period, rules=RULES) -> Rule:
    """Return the rule of the day of the award or, where it is not known, of the end."""
    day = period.awarded_on or period.valid_until or datetime.date.min
    return rule_on(day, rules)


def begins_on(period: Period, rules=RULES) -> datetime.date | None:
    """Return the first day on which the label is known to run.

    Where only the end is known, the label has run for at least its first period
    before it; a label of any level is taken to do so.
    """
    if period.stated_start or period.valid_until is None:
        return period.stated_start
    years = terms_of(period, rules).first_years
    day = years_later(period.valid_until, -years)
    while years_later(day, years) <= period.valid_until < datetime.date.max:
        day += ONE_DAY
    return day


def open_until(period: Period, rules=RULES) -> datetime.date | None:
    """Return the last day on which another label can still continue this one.

    For Bronze and Silver it is the last day of the renewal. For Gold it is the day
    after the end, because nothing is known of a time to renew it.
    """
    if period.valid_until is None:
        return None
    if period.level not in RULED_LEVELS:
        return day_after(period.valid_until)
    years = terms_of(period, rules).renewable_years
    day = years_later(period.valid_until, years)
    return snap(day, period.valid_until_precision, Edge.LAST)


def succeeds(later: Period, earlier: Period, rules=RULES) -> bool:
    """Tell whether ``later`` supersedes ``earlier`` from the day on which it begins.

    It does when both labels are of one cluster and it has the same level or a higher
    one, begins later (on one day: is the higher, or was entered later), and begins
    while the earlier one runs or can be renewed. A label of which no day is known
    neither supersedes nor is superseded, and one revoked before it began never ran.
    """
    first, second = begins_on(earlier, rules), begins_on(later, rules)
    if first is None or second is None or later.rank < earlier.rank:
        return False
    if later.revoked_on is not None and later.revoked_on <= second:
        return False
    if (second, later.rank, later.key) <= (first, earlier.rank, earlier.key):
        return False
    last = open_until(earlier, rules)
    return last is None or second <= last


def succeeded_on(
    period: Period, others: Iterable[Period], rules=RULES
) -> datetime.date | None:
    """Return the day on which the first of ``others`` supersedes the label."""
    days = [begins_on(one, rules) for one in others if succeeds(one, period, rules)]
    return min(days, default=None)


def state_on(
    day: datetime.date,
    period: Period,
    superseded_on: datetime.date | None = None,
    rules=RULES,
) -> State | None:
    """Return the state of a label on ``day``; None where it had not begun.

    A label is in force on its last day, and no longer on that of its revocation.
    An end that is not known proves nothing, least of all that a label runs.
    """
    if period.revoked_on is not None and period.revoked_on <= day:
        return State.REVOKED
    if period.stated_start is not None and day < period.stated_start:
        return None
    if superseded_on is not None and superseded_on <= day:
        return State.SUPERSEDED
    if period.valid_until is None or day < begins_on(period, rules):
        return State.PERIOD_UNKNOWN
    if day <= period.valid_until:
        return State.HELD
    if period.level in RULED_LEVELS and day <= open_until(period, rules):
        return State.RENEWABLE
    return State.LAPSED


def overlap(one: Period, other: Period) -> bool:
    """Tell whether two labels of one level are known to run at the same time.

    The day on which one ends may be that on which the next begins.
    """
    if one.level != other.level or not (_ran(one) and _ran(other)):
        return False
    return one.stated_start < _last(other) and other.stated_start < _last(one)


def _ran(period):
    if period.stated_start is None or period.valid_until is None:
        return False
    return period.revoked_on is None or period.revoked_on > period.stated_start


def _last(period):
    return min(period.valid_until, period.revoked_on or period.valid_until)


class Basis(StrEnum):
    """Why an end is proposed, or why none is."""

    FIRST = "first"
    RENEWAL = "renewal"
    NO_RULE = "no rule"
    AWARD_UNKNOWN = "award unknown"
    MONTH_UNKNOWN = "month unknown"
    EARLIER_END_UNKNOWN = "earlier end unknown"


@dataclass(frozen=True)
class Proposal:
    """The period that the rules give an award; nothing where they tell nothing."""

    basis: Basis
    rule: Rule
    valid_until: datetime.date | None = None
    valid_until_precision: str = Precision.DAY
    runs_from: datetime.date | None = None
    runs_from_precision: str = Precision.DAY
    renews: Period | None = None


def propose(award: Period, others: Iterable[Period], rules=RULES) -> Proposal:
    """Return the period of ``award`` beside the other labels of its cluster.

    A first label runs from the month of the award, so its end is a month. A renewal
    runs from the day after the old end, whether it was awarded before or after it.
    """
    rule = terms_of(award, rules)
    basis, earlier = _basis(award, others, rules)
    if basis == Basis.FIRST:
        end = years_later(award.awarded_on, rule.first_years)
        month = Precision.MONTH
        return Proposal(basis, rule, snap(end, month, Edge.LAST), month)
    if basis == Basis.RENEWAL:
        precision = earlier.valid_until_precision
        end = years_later(earlier.valid_until, rule.renewal_years)
        return Proposal(
            basis,
            rule,
            snap(end, precision, Edge.LAST),
            precision,
            day_after(earlier.valid_until),
            precision,
            earlier,
        )
    return Proposal(basis, rule)


def _basis(award, others, rules):
    """Return why ``award`` has its period, and the label that it renews."""
    if award.level not in RULED_LEVELS:
        return Basis.NO_RULE, None
    if award.awarded_on is None:
        return Basis.AWARD_UNKNOWN, None
    earlier = _latest_before(award, others)
    if earlier is not None and earlier.valid_until is None:
        return Basis.EARLIER_END_UNKNOWN, None
    if earlier is not None and award.awarded_on <= open_until(earlier, rules):
        return Basis.RENEWAL, earlier
    if award.awarded_on_precision == Precision.YEAR:
        return Basis.MONTH_UNKNOWN, None
    return Basis.FIRST, None


def _latest_before(award, others):
    """Return the last label of this level up to the award that was not revoked.

    One whose end is not known counts as the last, unless another superseded it.
    """
    day = award.awarded_on
    earlier = [
        one
        for one in others
        if one.level == award.level
        and (one.awarded_on or begins_on(one) or datetime.date.min) <= day
    ]
    last = [
        one
        for one in earlier
        if (one.revoked_on is None or one.revoked_on > day)
        and succeeded_on(one, earlier) is None
    ]
    latest = datetime.date.max
    return max(last, key=lambda one: one.valid_until or latest, default=None)
