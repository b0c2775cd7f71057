"""Maps of the world, drawn on the server from countries/data/world_map.json."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _

DATA = Path(__file__).parent / "data" / "world_map.json"
# From 1, next to what has none, to this one.
SHADES = 4
MARK = 3
# In pixels: a country that is smaller gets a dot as well, and one with more room around
# its middle shows its number.
TINY = 9
ROOM_FOR_A_NUMBER = 8
NUMBER_HEIGHT = 11
# A map is this much wider than what it shows, and no less than this share of the world;
# if it needs more than the last one, it is all of it.
AROUND = 1.2
CLOSEST = 0.4
NEARLY_ALL = 0.85


class Box(NamedTuple):
    """A part of the map; ``y`` runs downwards."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self):
        return " ".join(map(str, self))

    def overlaps(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True)
class Shape:
    """A country as it is drawn; ``point`` has the most ``room`` around it."""

    path: str
    point: tuple[int, int]
    room: int
    # West, north, east and south of its main parts.
    bounds: tuple[int, int, int, int]

    @property
    def size(self) -> int:
        west, north, east, south = self.bounds
        return max(east - west, south - north)

    @property
    def dot(self) -> str:
        """A line too short to see, but for its round ends."""
        return f"M{self.point[0]} {self.point[1]}h.01"


@dataclass(frozen=True)
class World:
    """All land as coarse pieces, each with its box, and the countries in detail."""

    source: str
    box: Box
    pieces: list[tuple[Box, str]]
    shapes: dict[str, Shape]

    def land(self, box: Box) -> str:
        """Return the land that can be seen in a box, as one path."""
        return "".join(piece for around, piece in self.pieces if around.overlaps(box))


@cache
def world() -> World:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    pieces = re.findall("M[^M]+", data["land"])
    return World(
        data["source"],
        Box(0, 0, data["width"], data["height"]),
        [(box_of(piece), piece) for piece in pieces],
        {code: Shape(**country) for code, country in data["countries"].items()},
    )


def box_of(piece: str) -> Box:
    numbers = [int(number) for number in re.findall(r"-?\d+", piece)]
    # After the first point, a path is written in steps from one to the next.
    xs, ys = list(accumulate(numbers[::2])), list(accumulate(numbers[1::2]))
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


class Entry(NamedTuple):
    """A country for a map; it is a link where it has an address."""

    iso2: str
    name: str
    address: str = ""
    number: int = 1

    @classmethod
    def of(cls, country, number: int = 1) -> Entry:
        return cls(country.iso2, country.name, country.get_absolute_url(), number)


@dataclass(frozen=True)
class Area:
    """A country on a map: how dark it is, what is said of it, what there is room for."""

    entry: Entry
    shape: Shape
    shade: int
    text: str
    is_tiny: bool
    has_room: bool

    @property
    def label(self) -> str:
        """What the country is called, such as "Mexico: 5 partnerships"."""
        if not self.text:
            return self.entry.name
        return _("%(name)s: %(text)s") % {"name": self.entry.name, "text": self.text}


class Map:
    """The part of the world around some countries, which are all marked alike.

    The entries are read when the map is drawn.
    """

    # In pixels, where there is room for all of it.
    width_on_screen = 320

    def __init__(self, entries: Iterable[Entry]):
        self._entries = entries

    @cached_property
    def entries(self) -> list[Entry]:
        return list(self._entries)

    @cached_property
    def shapes(self) -> list[tuple[Entry, Shape]]:
        """The entries with their shapes, but for those that no map shows."""
        shapes = world().shapes
        return [
            (entry, shapes[entry.iso2])
            for entry in self.entries
            if entry.iso2 in shapes
        ]

    @cached_property
    def box(self) -> Box:
        return box_around([shape for _entry, shape in self.shapes])

    @property
    def text_size(self) -> int:
        """How high numbers are, in units of the map."""
        return round(NUMBER_HEIGHT * self.box.width / self.width_on_screen)

    @property
    def source(self) -> str:
        return world().source

    def land(self) -> str:
        return world().land(self.box)

    def areas(self) -> list[Area]:
        """Return the countries in the order of their names, those with a dot last."""
        areas = [self.area(entry, shape) for entry, shape in self.shapes]
        # What is drawn later lies on top, and a dot may lie in a neighbour.
        return sorted(areas, key=lambda area: (area.is_tiny, area.entry.name))

    def area(self, entry: Entry, shape: Shape) -> Area:
        scale = self.width_on_screen / self.box.width
        return Area(
            entry,
            shape,
            self.shade(entry),
            self.text(entry),
            is_tiny=shape.size * scale < TINY,
            has_room=shape.room * scale > ROOM_FOR_A_NUMBER,
        )

    def shade(self, entry: Entry) -> int:
        return MARK

    def text(self, entry: Entry) -> str:
        return ""


class ShadedMap(Map):
    """The countries that have some of something, the darker the more they have.

    ``unit`` is a lazy plural by ``number``, such as "%(shown)s clusters".
    """

    width_on_screen = 960

    def __init__(self, entries: Iterable[Entry], unit):
        super().__init__(entries)
        self.unit = unit

    @cached_property
    def entries(self) -> list[Entry]:
        """The entries in the order of the table, the highest number first."""
        counted = [entry for entry in self._entries if entry.number]
        return sorted(counted, key=lambda entry: -entry.number)

    @cached_property
    def limits(self) -> list[int]:
        """The highest number of each shade; they grow by the same factor."""
        highest = max(entry.number for entry in self.entries)
        shares = [(shade + 1) / SHADES for shade in range(SHADES)]
        return sorted({round(highest**share) for share in shares})

    def legend(self) -> list[tuple[int, int, int]]:
        """Return each shade with the first and the last of its numbers."""
        return [
            (self.shade_of(last), before + 1, last)
            for before, last in pairwise([0, *self.limits])
        ]

    def shade_of(self, number: int) -> int:
        """Return 1 to SHADES; where few are needed, the darkest are used."""
        return SHADES - len(self.limits) + 1 + bisect_left(self.limits, number)

    def shade(self, entry: Entry) -> int:
        return self.shade_of(entry.number)

    def text(self, entry: Entry) -> str:
        shown = number_format(entry.number, force_grouping=True)
        return self.unit % {"number": entry.number, "shown": shown}


def box_around(shapes: Sequence[Shape]) -> Box:
    """Return the part of the map around shapes, in the proportions of the whole."""
    whole = world().box
    if not shapes:
        return whole
    wests, norths, easts, souths = zip(*(s.bounds for s in shapes), strict=True)
    west, north, east, south = min(wests), min(norths), max(easts), max(souths)
    proportion = whole.width / whole.height
    wanted = AROUND * max(east - west, (south - north) * proportion)
    if wanted > NEARLY_ALL * whole.width:
        return whole
    width = round(max(wanted, CLOSEST * whole.width))
    height = round(width / proportion)
    return Box(
        inside((west + east - width) // 2, whole.width - width),
        inside((north + south - height) // 2, whole.height - height),
        width,
        height,
    )


def inside(start: int, last: int) -> int:
    return max(0, min(start, last))
