"""Periods of labels for property tests."""

import datetime

from hypothesis import strategies as st

from clusters.esca import LEVELS, Period, overlap
from portal.partial_dates import Edge, Precision, snap

FIRST, LAST = datetime.date(2012, 1, 1), datetime.date(2024, 12, 31)
days = st.dates(FIRST, LAST)
precisions = st.sampled_from(Precision.values)


def is_valid(period):
    """Tell whether the database takes the dates of a period."""
    award, start, end = period.awarded_on, period.runs_from, period.valid_until
    return (
        not (award and end and end < award)
        and not (start and end and end < start)
        and not (award and period.revoked_on and period.revoked_on < award)
    )


@st.composite
def periods(draw, levels=LEVELS):
    """Make what a source may state of a label: any dates, or none."""
    awarded, ended = draw(precisions), draw(precisions)
    award, start, end, revoked = (
        draw(st.none() | days) for _name in ("award", "start", "end", "revoked")
    )
    # Most labels run from their award and are never revoked.
    start = start if draw(st.integers(0, 3)) == 0 else None
    revoked = revoked if draw(st.integers(0, 3)) == 0 else None
    return Period(
        level=draw(st.sampled_from(levels)),
        awarded_on=award and snap(award, awarded, Edge.FIRST),
        awarded_on_precision=awarded,
        runs_from=start,
        valid_until=end and snap(end, ended, Edge.LAST),
        valid_until_precision=ended,
        revoked_on=revoked,
    )


def acceptable(candidates):
    """Keep the periods that one cluster may have beside each other, in their order."""
    kept = []
    for period in candidates:
        if is_valid(period) and not any(overlap(period, other) for other in kept):
            kept.append(period)
    return kept
