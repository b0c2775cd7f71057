"""Where the labels of a cluster stand on its time line, drawn by _timeline.html.

All lengths are whole units of the drawing, so that no language writes them otherwise.
"""

import datetime
from dataclasses import dataclass

from . import esca

WIDTH, LANE, TOP = 360, 34, 18
# The most years that are named above the lanes.
NAMED_YEARS = 9


@dataclass(frozen=True)
class Lane:
    """One label: its period, its renewal, or only the day of its award."""

    label: object
    y: int
    text_x: int
    start: int = 0
    width: int = 0
    window_start: int = 0
    window_width: int = 0
    # Where the award stands of a label whose end is not known.
    mark: int | None = None


@dataclass(frozen=True)
class Timeline:
    lanes: list[Lane]
    # Pairs of place and year; the year is empty where it would not fit.
    years: list[tuple[int, str]]
    today: int | None
    height: int
    width: int = WIDTH


@dataclass(frozen=True)
class Scale:
    first: datetime.date
    last: datetime.date

    def place(self, day):
        share = (day - self.first).days / ((self.last - self.first).days or 1)
        return round(min(max(share, 0), 1) * WIDTH)


def timeline(labels, today) -> Timeline | None:
    """Return the time line of labels that have a known day; None if there are none."""
    drawn = [label for label in labels if label.begins_on is not None]
    if not drawn:
        return None
    drawn.sort(key=lambda label: (label.begins_on, label.period.rank, label.pk))
    days = [
        day
        for label in drawn
        for day in (label.begins_on, label.valid_until, label.can_be_renewed_until)
        if day is not None
    ]
    years = range(min(days).year, max(days).year + 1)
    scale = Scale(datetime.date(years[0], 1, 1), datetime.date(years[-1], 12, 31))
    every = -(-len(years) // NAMED_YEARS)
    return Timeline(
        [_lane(label, scale, position) for position, label in enumerate(drawn)],
        [
            (
                scale.place(datetime.date(year, 1, 1)),
                str(year) if number % every == 0 else "",
            )
            for number, year in enumerate(years)
        ],
        scale.place(today) if scale.first <= today <= scale.last else None,
        TOP + LANE * len(drawn) + 4,
    )


def _lane(label, scale, position):
    y = TOP + LANE * position
    start = scale.place(label.begins_on)
    # The name stays inside the drawing; it is longer where the end is not known.
    text_x = min(start, WIDTH - (130 if label.valid_until is None else 40))
    if label.valid_until is None:
        return Lane(label, y, text_x, mark=min(max(start, 5), WIDTH - 5))
    stops = [
        day - esca.ONE_DAY
        for day in (label.revoked_on, label.succeeded_on)
        if day is not None and day <= label.valid_until
    ]
    end = scale.place(max(min([label.valid_until, *stops]), label.begins_on))
    lane = Lane(label, y, text_x, start, max(end - start, 2))
    closes = label.can_be_renewed_until
    if closes is None or stops:
        return lane
    if label.succeeded_on is not None:
        closes = min(closes, label.succeeded_on)
    return Lane(
        label, y, text_x, start, lane.width, end, max(scale.place(closes) - end, 0)
    )
