"""The shapes that the portal draws, and the maps that are made of them."""

import csv
import gzip
import re
from itertools import accumulate, pairwise

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import ngettext_lazy

from countries.cartography import MIDDLE, contains, project
from countries.world_map import DATA, SHADES, Box, Entry, Map, ShadedMap, world

CLUSTERS = ngettext_lazy("%(shown)s cluster", "%(shown)s clusters", "number")
# Of a place: the countries whose shape holds it.
PLACES = {
    "Simferopol": (34.1, 44.95, {"UA"}),
    "Kerch": (36.3, 45.3, {"UA"}),
    "Kherson": (33.2, 46.9, {"UA"}),
    "Krasnodar": (39.0, 45.0, {"RU"}),
    "Kyrenia": (33.3, 35.25, {"CY"}),
    "Limassol": (33.0, 34.8, {"CY"}),
    "Hargeisa": (44.06, 9.56, {"SO"}),
    "Mogadishu": (45.2, 2.2, {"SO"}),
    "Pristina": (21.17, 42.67, {"XK"}),
    "Belgrade": (20.46, 44.8, {"RS"}),
    "Chukotka, beyond the 180th meridian": (-176.0, 66.9, {"RU"}),
    "Lesotho, inside another country": (28.2, -29.6, {"LS"}),
    "Mexico City": (-99.1, 19.4, {"MX"}),
    "Munich": (11.6, 48.1, {"DE"}),
    "the North Sea": (3.5, 56.0, set()),
}
# The longest straight borders, such as that along the 49th parallel.
LONGEST_LINE = 0.08
SMALLEST = ["BH", "HK", "LU", "MT", "SG"]


def rings(path):
    """Return the rings of a path as the browser would read them."""
    for piece in re.findall(r"M([^z]+)z", path):
        numbers = [int(number) for number in re.findall(r"-?\d+", piece)]
        points = zip(accumulate(numbers[::2]), accumulate(numbers[1::2]), strict=True)
        ring = list(points)
        yield [*ring, ring[0]]


def entries(*codes):
    return [Entry(code, f"Country {code}", f"/{code}/") for code in codes]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_in_its_country(place):
    longitude, latitude, expected = PLACES[place]
    point = project((longitude - MIDDLE + 180) % 360 - 180, latitude)
    shapes = world().shapes.items()
    found = {code for code, shape in shapes if contains(rings(shape.path), point)}
    assert found == expected


def test_every_country_of_the_portal_is_drawn():
    path = settings.BASE_DIR / "countries" / "data" / "countries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        codes = {line["iso2"] for line in csv.DictReader(file)}
    assert codes - set(world().shapes) == set()
    assert [code for code in codes if not world().shapes[code].path] == []


def test_the_smallest_countries_are_there_and_the_south_pole_is_not():
    assert set(SMALLEST) <= set(world().shapes)
    assert "AQ" not in world().shapes


def test_every_point_lies_in_its_country_and_on_the_map():
    box = world().box
    for code, shape in world().shapes.items():
        x, y = shape.point
        assert 0 < x < box.width, code
        assert 0 < y < box.height, code
        if shape.room > 1:
            assert contains(rings(shape.path), (x + 0.1, y + 0.1)), code


def test_no_line_crosses_the_map():
    box = world().box
    land = "".join(piece for _box, piece in world().pieces)
    for path in (land, *(shape.path for shape in world().shapes.values())):
        for ring in rings(path):
            xs, ys = zip(*ring, strict=True)
            assert 0 <= min(xs) <= max(xs) <= box.width
            assert 0 <= min(ys) <= max(ys) <= box.height
            for (x, y), (next_x, next_y) in pairwise(ring):
                assert abs(next_x - x) < LONGEST_LINE * box.width, ring[0]
                assert abs(next_y - y) < LONGEST_LINE * box.width, ring[0]


def test_the_file_stays_small():
    assert DATA.stat().st_size < 100_000


def test_maps_stay_light():
    every = ShadedMap(
        [Entry(code, code, f"/{code}/", 1) for code in world().shapes], CLUSTERS
    )
    none = ShadedMap(entries("MX", "JP"), CLUSTERS)
    for shaded_map, limit in ((every, 45_000), (none, 15_000)):
        context = {"map": shaded_map, "caption": "Clusters", "heading": "Clusters"}
        text = render_to_string("components/world_map.html", context)
        assert len(gzip.compress(text.encode())) < limit
    for code in ("MX", "LU", "FR"):
        context = {"map": Map(entries(code)), "label": "Where", "role": "img"}
        text = render_to_string("components/small_map.html", context)
        assert len(gzip.compress(text.encode())) < 6_500, code


def test_a_map_reads_its_entries_when_it_is_drawn():
    read = []

    def reading():
        read.append(True)
        yield Entry("MX", "Mexico")

    small_map = Map(reading())
    assert read == []
    assert [area.label for area in small_map.areas()] == ["Mexico"]
    assert small_map.areas()[0].shape is world().shapes["MX"]
    assert read == [True]


@pytest.mark.parametrize(
    ("numbers", "legend"),
    [
        ([1, 1], [(4, 1, 1)]),
        ([1, 2], [(3, 1, 1), (4, 2, 2)]),
        ([1, 5], [(1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 5)]),
        ([14, 2], [(1, 1, 2), (2, 3, 4), (3, 5, 7), (4, 8, 14)]),
        ([1000], [(1, 1, 6), (2, 7, 32), (3, 33, 178), (4, 179, 1000)]),
    ],
)
def test_every_number_has_its_shade(numbers, legend):
    shaded_map = ShadedMap(
        [Entry("MX", "Mexico", "/", number) for number in numbers], CLUSTERS
    )
    assert shaded_map.legend() == legend
    for shade, first, last in legend:
        assert {shaded_map.shade_of(number) for number in (first, last)} == {shade}
    assert shaded_map.shade_of(max(numbers)) == SHADES


def test_what_a_shaded_map_says_of_its_countries():
    shaded_map = ShadedMap(
        [
            Entry("BR", "Brazil", "/br/", 1),
            Entry("CL", "Chile", "/cl/", 0),
            Entry("MX", "Mexico", "/mx/", 1234),
            Entry("Q1", "Nowhere", "/q1/", 5),
        ],
        CLUSTERS,
    )
    # The table has them all, the map those that have a shape.
    names = [entry.name for entry in shaded_map.entries]
    assert names == ["Mexico", "Nowhere", "Brazil"]
    labels = [area.label for area in shaded_map.areas()]
    assert labels == ["Brazil: 1 cluster", "Mexico: 1,234 clusters"]


def test_tiny_countries_get_a_dot_on_top_of_their_neighbours():
    areas = Map(entries("SG", "US", "MY", "CN")).areas()
    drawn = [(area.entry.iso2, area.is_tiny) for area in areas]
    assert drawn == [("CN", False), ("MY", False), ("US", False), ("SG", True)]


def test_a_map_shows_what_is_around_its_countries():
    whole = world().box
    assert Map(entries("US", "JP", "ZA")).box == whole
    assert Map([]).box == whole
    mexico = Map(entries("MX")).box
    assert mexico.width < whole.width / 2
    assert abs(mexico.width / mexico.height - whole.width / whole.height) < 0.01
    x, y = world().shapes["MX"].point
    assert mexico.overlaps(Box(x, y, 1, 1))
    for code, shape in world().shapes.items():
        west, north, east, south = shape.bounds
        box = Map(entries(code)).box
        assert box.x <= west <= east <= box.x + box.width, code
        assert box.y <= north <= south <= box.y + box.height, code


def test_a_country_without_an_address_is_no_link():
    context = {"label": "Where", "role": "img"}
    context["map"] = Map([Entry("MX", "Mexico")])
    assert "href" not in render_to_string("components/small_map.html", context)
