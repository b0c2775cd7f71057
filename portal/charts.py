"""Where the bars of a chart stand; templates/components/bar_chart.html draws them.

All lengths are whole units of the drawing, so that no language writes them otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 360, 190
TOP, BOTTOM = 20, 24
# The most labels that fit under the bars.
LABELS = 12


@dataclass(frozen=True)
class Segment:
    series: str
    y: int
    height: int


@dataclass(frozen=True)
class Bar:
    label: str
    # Empty where the labels of all bars would not fit.
    shown_label: str
    x: int
    width: int
    total: int
    top: int
    segments: list[Segment]

    @property
    def middle(self):
        return self.x + self.width // 2


@dataclass(frozen=True)
class BarChart:
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM


def stacked_bars(
    rows: Sequence[tuple[str, Sequence[int]]], series: Sequence[str]
) -> BarChart:
    """Return a bar for each row, a label and a number for each of the series."""
    highest = max((sum(numbers) for _label, numbers in rows), default=0) or 1
    step = WIDTH / max(len(rows), 1)
    every = -(-len(rows) // LABELS)
    bars = []
    for position, (label, numbers) in enumerate(rows):
        segments, top = [], HEIGHT - BOTTOM
        for name, height in zip(series, _heights(numbers, highest), strict=True):
            top -= height
            segments.append(Segment(name, top, height))
        bars.append(
            Bar(
                label,
                label if position % every == 0 else "",
                round(position * step + step * 0.15),
                max(round(step * 0.7), 2),
                sum(numbers),
                top,
                segments,
            )
        )
    return BarChart(bars)


def _heights(numbers, highest):
    """Share out the height so that the sums are right and no number disappears."""
    room = HEIGHT - BOTTOM - TOP
    heights, done, drawn = [], 0, 0
    for number in numbers:
        done += number
        height = max(round(done * room / highest) - drawn, min(number, 1))
        heights.append(height)
        drawn += height
    return heights
