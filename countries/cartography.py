"""Turn the borders of the World Atlas into the shapes that the portal draws.

The atlas is TopoJSON: countries are rings of *arcs*, lines that neighbours share. Each
arc is simplified once, so that no gap opens between the two. Longitudes are counted
from the middle of the map and run on beyond its edges until a ring is cut there.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]
Ring = list[Point]

# How wide the whole globe would be, in units of the map. The map leaves out the seas at
# its edges and begins at LEFT and TOP, counted from the middle of the globe.
GLOBE = 2000
LEFT, TOP, WIDTH, HEIGHT = -944, -512, 1935, 876
# The edges then run through the Bering Strait, where they cut no country.
MIDDLE = 11.0
# How many points a side are tried for the one with the most room.
GRID = 24
# A part of a country is a main one from this share of the largest.
MAIN_PART = 0.2
# What the atlas draws without a code, or not as the portal has to.
CODES_BY_NAME = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}
OMITTED = {"Antarctica", "Indian Ocean Ter.", "Siachen Glacier"}
SIMFEROPOL = (34.1 - MIDDLE, 44.95)


@dataclass(frozen=True)
class Detail:
    """How much is left out, in units of the map and their squares."""

    tolerance: float
    smallest: float


FINE = Detail(tolerance=0.7, smallest=4)
COARSE = Detail(tolerance=2, smallest=16)


def drawing(
    topology: Mapping[str, Any], code_of_number: Callable[[str], str]
) -> dict[str, Any]:
    """Return what the portal keeps of an atlas.

    ``land`` is one coarse path of all land. Each country has its ``path``, the
    ``point`` with the most ``room`` around it, and the ``bounds`` of its main parts.
    """
    atlas = Atlas(topology, code_of_number)
    coarse, fine = atlas.rings(COARSE), atlas.rings(FINE)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "land": path(itertools.chain(*coarse.values())),
        "countries": {code: country(rings) for code, rings in sorted(fine.items())},
    }


def country(rings: Sequence[Ring]) -> dict[str, Any]:
    point, room = roomiest_point(rings)
    main = [ring for ring in rings if area(ring) >= MAIN_PART * area(rings[0])]
    return {
        "path": path(rings),
        "point": whole(point),
        "room": round(room),
        "bounds": whole(bounds(itertools.chain(*main))),
    }


class Atlas:
    """The countries of a TopoJSON file by their codes of two letters."""

    def __init__(
        self, topology: Mapping[str, Any], code_of_number: Callable[[str], str]
    ):
        self.arcs = list(decoded_arcs(topology))
        self.polygons: dict[str, list[list[list[int]]]] = {}
        for geometry in topology["objects"]["countries"]["geometries"]:
            name = geometry["properties"]["name"]
            if name not in OMITTED:
                code = CODES_BY_NAME.get(name) or code_of_number(geometry["id"])
                arcs = geometry["arcs"]
                parts = [arcs] if geometry["type"] == "Polygon" else arcs
                self.polygons.setdefault(code, []).extend(parts)
        self.give_crimea_to_ukraine()

    def give_crimea_to_ukraine(self) -> None:
        crimea = [
            polygon
            for polygon in self.polygons["RU"]
            if contains([self.ring(polygon[0], self.arcs)], SIMFEROPOL)
        ]
        self.polygons["RU"] = [p for p in self.polygons["RU"] if p not in crimea]
        self.polygons["UA"] += crimea

    def rings(self, detail: Detail) -> dict[str, list[Ring]]:
        """Return the rings of each country on the map, the largest first."""
        arcs = [simplified(arc, detail.tolerance) for arc in self.arcs]
        rings = {}
        for code, polygons in self.polygons.items():
            outlines = self.dissolved(itertools.chain(*polygons))
            drawn = [
                ring
                for outline in outlines
                for ring in self.drawn(outline, arcs)
                if abs(area(ring)) >= detail.smallest
            ]
            # However small a country is, something of it stays.
            largest = max(
                (self.drawn(outline, self.arcs)[0] for outline in outlines),
                key=lambda ring: abs(area(ring)),
            )
            # Holes turn the other way and have a negative area.
            drawn.sort(key=area, reverse=True)
            rings[code] = drawn or [largest]
        return rings

    def dissolved(self, outlines: Iterable[list[int]]) -> list[list[int]]:
        """Join the rings of a country that share arcs, and drop what they share."""
        outlines = list(outlines)
        directed = set(itertools.chain(*outlines))
        shared = {arc for arc in directed if ~arc in directed}
        whole, loose = [], {}
        for outline in outlines:
            if shared.isdisjoint(outline):
                whole.append(outline)
            else:
                rest = [arc for arc in outline if arc not in shared]
                loose |= {self.ends(arc)[0]: arc for arc in rest}
        while loose:
            start, arc = loose.popitem()
            outline = [arc]
            while (end := self.ends(outline[-1])[1]) != start:
                outline.append(loose.pop(end))
            whole.append(outline)
        return whole

    def ends(self, arc: int) -> tuple[Point, Point]:
        points = self.arcs[max(arc, ~arc)]
        return (points[0], points[-1]) if arc >= 0 else (points[-1], points[0])

    def ring(self, outline: Iterable[int], arcs: Sequence[Ring]) -> Ring:
        """Return the points of a ring, longitudes running on from one to the next."""
        ring: Ring = []
        for arc in outline:
            points = arcs[arc] if arc >= 0 else arcs[~arc][::-1]
            ring = continued([*ring[:-1], *points])
        return ring

    def drawn(self, outline: Iterable[int], arcs: Sequence[Ring]) -> list[Ring]:
        """Return the pieces of a ring on the map, the largest first."""
        pieces = cut_at_the_edges(self.ring(outline, arcs))
        pieces = [[project(*point) for point in piece] for piece in pieces]
        return sorted(pieces, key=lambda piece: -abs(area(piece)))


def decoded_arcs(topology: Mapping[str, Any]) -> Iterator[Ring]:
    scale, start = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        steps = itertools.accumulate(arc, lambda a, b: (a[0] + b[0], a[1] + b[1]))
        yield continued(
            (x * scale[0] + start[0] - MIDDLE, y * scale[1] + start[1])
            for x, y in steps
        )


def continued(points: Iterable[Point]) -> Ring:
    """Let longitudes run on where they would jump from one side to the other."""
    ring: Ring = []
    for longitude, latitude in points:
        if ring:
            longitude -= 360 * round((longitude - ring[-1][0]) / 360)
        ring.append((longitude, latitude))
    return ring


def cut_at_the_edges(ring: Ring) -> list[Ring]:
    """Part a ring where it leaves the map, and move what is outside to the inside."""
    west, east = min(ring)[0], max(ring)[0]
    pieces = []
    for turn in range(math.floor((west + 180) / 360), math.ceil((east + 180) / 360)):
        moved = [(longitude - 360 * turn, latitude) for longitude, latitude in ring]
        for edge, side in ((-180, 1), (180, -1)):
            moved = clipped(moved, edge, side)
        if len(moved) > 3:
            pieces.append(moved)
    return pieces


def clipped(ring: Ring, edge: float, side: int) -> Ring:
    """Keep what is east (``side`` 1) or west (-1) of a meridian."""
    kept: Ring = []
    for (x, y), (next_x, next_y) in itertools.pairwise(ring):
        if (x - edge) * side >= 0:
            kept.append((x, y))
        if (x - edge) * (next_x - edge) < 0:
            kept.append((edge, y + (next_y - y) * (edge - x) / (next_x - x)))
    return [*kept, *kept[:1]]


def project(longitude: float, latitude: float) -> Point:
    """Place a point on the map, y downwards (Natural Earth projection by Patterson)."""
    phi = math.radians(latitude)
    square = phi * phi
    fourth = square * square
    length = 0.8707 - 0.131979 * square
    length += fourth * (-0.013791 + fourth * (0.003971 * square - 0.001529 * fourth))
    height = 1.007226 + square * 0.015085
    height += square * fourth * (-0.044475 + 0.028874 * square - 0.005916 * fourth)
    scale = GLOBE / (2 * math.pi * 0.8707)
    return (
        math.radians(longitude) * length * scale - LEFT,
        -phi * height * scale - TOP,
    )


def simplified(arc: Ring, tolerance: float) -> Ring:
    """Leave out the points that stray less than ``tolerance`` (Douglas and Peucker)."""
    points = [project(*point) for point in arc]
    kept, pending = {0, len(arc) - 1}, [(0, len(arc) - 1)]
    while pending:
        first, last = pending.pop()
        strays = [
            (distance(points[position], points[first], points[last]), position)
            for position in range(first + 1, last)
        ]
        stray, furthest = max(strays, default=(0, 0))
        if stray > tolerance:
            kept.add(furthest)
            pending += [(first, furthest), (furthest, last)]
    return [arc[position] for position in sorted(kept)]


def distance(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from the line between two others."""
    (x, y), (start_x, start_y) = point, start
    run, rise = end[0] - start_x, end[1] - start_y
    length = run * run + rise * rise
    along = ((x - start_x) * run + (y - start_y) * rise) / length if length else 0
    along = min(1, max(0, along))
    return math.hypot(x - start_x - along * run, y - start_y - along * rise)


def area(ring: Ring) -> float:
    pairs = itertools.pairwise(ring)
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs) / 2


def contains(rings: Iterable[Ring], point: Point) -> bool:
    """Tell whether a line from the point eastwards leaves the rings once more."""
    x, y = point
    crossings = (
        (one_y > y) != (other_y > y)
        and x < one_x + (other_x - one_x) * (y - one_y) / (other_y - one_y)
        for ring in rings
        for (one_x, one_y), (other_x, other_y) in itertools.pairwise(ring)
    )
    return sum(crossings) % 2 == 1


def roomiest_point(rings: Sequence[Ring]) -> tuple[Point, float]:
    """Return the point in a country that is furthest from its borders, and how far."""
    west, north, east, south = bounds(rings[0])
    candidates = [
        (west + (east - west) * column / GRID, north + (south - north) * row / GRID)
        for column in range(1, GRID)
        for row in range(1, GRID)
    ]
    sides = [side for ring in rings for side in itertools.pairwise(ring)]
    room, point = max(
        (min(distance(point, *side) for side in sides), point)
        for point in candidates
        if contains(rings, point)
    )
    return point, room


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def whole(numbers: Iterable[float]) -> tuple[int, ...]:
    return tuple(round(number) for number in numbers)


def path(rings: Iterable[Ring]) -> str:
    """Write rings as the path of an SVG: a point, and the steps to the others."""
    return "".join(
        f"M{pair(first)}l{steps([first, *others])}z"
        for first, *others in map(corners, rings)
        if len(others) > 1
    )


def corners(ring: Ring) -> list[tuple[int, ...]]:
    """Return the points of a ring in whole numbers, each but once."""
    points = [point for point, _same in itertools.groupby(map(whole, ring))]
    return points[:-1] if len(points) > 1 else points


def steps(points: Iterable[tuple[int, ...]]) -> str:
    moves = (
        pair((next_x - x, next_y - y))
        for (x, y), (next_x, next_y) in itertools.pairwise(points)
    )
    return " ".join(moves).replace(" -", "-")


def pair(numbers: tuple[int, ...]) -> str:
    return "{} {}".format(*numbers).replace(" -", "-")
