"""From an atlas to shapes: what the shapes have to be is in test_world_map.py."""

import json
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from countries.cartography import (
    MIDDLE,
    Atlas,
    area,
    contains,
    cut_at_the_edges,
    drawing,
    path,
    project,
    simplified,
)


def topology(**countries):
    """Return an atlas in whole degrees; each country is a list of rings of arcs."""
    return {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [
            # The border of two countries, and what is west and east of it.
            [[0, 0], [0, 9], [0, 1]],
            [[0, 10], [-10, 0], [0, -10], [10, 0]],
            [[0, 10], [10, 0], [0, -10], [-10, 0]],
            # Crimea, and a land that the 180th meridian parts.
            [[33, 44], [0, 2], [2, 0], [0, -2], [-2, 0]],
            [[175, 60], [0, 10], [10, 0], [0, -10], [-10, 0]],
        ],
        "objects": {
            "countries": {
                "geometries": [
                    {
                        "type": "Polygon" if len(rings) == 1 else "MultiPolygon",
                        "id": code,
                        "properties": {"name": name or code},
                        "arcs": rings if len(rings) == 1 else [[r] for r in rings],
                    }
                    for code, (name, rings) in countries.items()
                ]
            }
        },
    }


WORLD = topology(
    UA=("Ukraine", [[~1, ~0]]),
    RU=("Russia", [[4], [3]]),
    SO=("Somalia", [[~1, ~0]]),
    none=("Somaliland", [[0, 2]]),
)


def atlas():
    return Atlas(WORLD, str)


def test_crimea_is_drawn_with_ukraine():
    polygons = atlas().polygons
    assert polygons["UA"] == [[[~1, ~0]], [[3]]]
    assert polygons["RU"] == [[[4]]]


def test_parts_of_a_country_lose_the_border_between_them():
    [outline] = atlas().dissolved([[~1, ~0], [0, 2]])
    assert sorted(outline) == [~1, 2]


def test_arcs_join():
    outline = atlas().ring([~1, ~0], atlas().arcs)
    assert outline[0] == outline[-1]
    assert all(one != other for one, other in pairwise(outline))


def test_a_ring_beyond_the_edge_goes_on_at_the_other():
    ring = [(175, 0), (175, 10), (185, 10), (185, 0), (175, 0)]
    pieces = cut_at_the_edges(ring)
    assert [(min(x for x, _ in p), max(x for x, _ in p)) for p in pieces] == [
        (175, 180),
        (-180, -175),
    ]
    assert sum(abs(area(piece)) for piece in pieces) == pytest.approx(100)


def test_a_land_beyond_the_180th_meridian_stays_whole():
    [ring] = atlas().drawn([4], atlas().arcs)
    assert contains([ring], project(178 - MIDDLE, 65))
    assert contains([ring], project(183 - MIDDLE, 65))


def test_a_simplified_line_keeps_its_ends_and_what_strays():
    line = [(0, 0), (1, 0.001), (2, 5), (3, 0.001), (4, 0)]
    assert simplified(line, 0.1) == line
    assert simplified(line, 10) == [(0, 0), (2, 5), (4, 0)]
    assert simplified(line, 100) == [(0, 0), (4, 0)]


def test_a_path_has_whole_numbers_and_no_point_twice():
    square = [(10.2, 10), (10.3, 20), (20, 20), (20, 9.8), (20, 10), (10.2, 10)]
    assert path([square, [(1, 1), (1, 2), (1, 1)]]) == "M10 10l0 10 10 0 0-10z"


def test_of_a_country_too_small_for_its_atlas_something_stays():
    small = topology(UA=("Ukraine", [[3]]), RU=("Russia", [[4]]))
    small["transform"]["scale"] = [0.001, 0.001]
    shape = drawing(small, str)["countries"]["UA"]
    assert shape["path"] == ""
    assert shape["room"] == 0
    assert len(shape["point"]) == 2


def test_the_command_writes_a_line_for_each_country(tmp_path):
    numbered = json.loads(json.dumps(WORLD).replace('"UA"', '"804"'))
    text = json.dumps(numbered).replace('"RU"', '"643"').replace('"SO"', '"706"')
    source, output = tmp_path / "atlas.json", tmp_path / "map.json"
    source.write_text(text, encoding="utf-8")

    call_command("draw_world_map", source, output=output, verbosity=0)

    lines = output.read_text(encoding="utf-8").splitlines()
    world = json.loads("\n".join(lines))
    assert list(world["countries"]) == ["RU", "SO", "UA"]
    assert [line[:4] for line in lines[-4:-1]] == ['"RU"', '"SO"', '"UA"']


def test_the_command_says_what_is_wrong_with_a_file(tmp_path):
    with pytest.raises(CommandError, match="nothing.json"):
        call_command("draw_world_map", tmp_path / "nothing.json")
