"""Maps at the live server: keyboard, contrast, chosen colours, no script."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_cluster, make_country, make_partnership

from .accessibility import looks, violations
from .waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# What the browser paints, whatever notation the stylesheet uses.
LUMINANCES = """() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const luminance = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const of = (selector, property) =>
    luminance(getComputedStyle(document.querySelector(selector))[property]);
  return {
    shades: [1, 2, 3, 4].map((shade) => of(`.map__swatch.map__area--${shade}`, "fill")),
    land: of(".map__land", "fill"),
    border: of(".map__shape", "stroke"),
    number: of(".map__area text", "fill"),
  };
}"""


@pytest.fixture(autouse=True)
def site():
    targets = [
        make_country(iso2="US", name="United States", slug="united-states"),
        make_country(iso2="BR", name="Brazil", slug="brazil"),
        make_country(iso2="SG", name="Singapore", slug="singapore"),
        make_country(iso2="JP", name="Japan", slug="japan"),
    ]
    for number, country in enumerate(targets, start=1):
        make_cluster(country=country)
        for _more in range(number):
            make_partnership([country])


def contrast(one, other):
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_countries_stand_out_from_the_land_and_from_each_other(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto("/countries/")
    found = page.evaluate(LUMINANCES)
    for shade in found["shades"]:
        assert contrast(shade, found["land"]) >= 3
        # Neighbours of any shade are parted by a border.
        assert contrast(shade, found["border"]) >= 3
        assert contrast(shade, found["number"]) >= 4.5
    for lighter, darker in zip(found["shades"], found["shades"][1:], strict=False):
        assert contrast(lighter, darker) >= 1.3


def test_chosen_colours_keep_the_shades_apart(page):
    page.emulate_media(forced_colors="active")
    page.goto("/countries/")
    found = page.evaluate(LUMINANCES)
    assert len({round(shade, 2) for shade in found["shades"]}) == 4
    assert found["land"] not in found["shades"]


def test_every_country_is_reached_by_keyboard_and_seen(page):
    page.goto("/countries/")
    page.locator(".map__skip").focus()
    assert page.locator(".map__skip").bounding_box()["width"] > 50
    names = []
    for _country in range(4):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => [
                document.activeElement.getAttribute("aria-label"),
                parseFloat(getComputedStyle(document.activeElement).outlineWidth),
            ]"""
        )
        assert outline >= 2, name
        names.append(name)
    assert names == [
        "Brazil: 2 partnerships",
        "Japan: 4 partnerships",
        "United States: 1 partnership",
        "Singapore: 3 partnerships",
    ]
    page.keyboard.press("Enter")
    page.wait_for_url("**/countries/singapore/")


def test_the_map_can_be_skipped(page):
    page.goto("/countries/")
    page.locator(".map__skip").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    wait_until(page, "document.activeElement.textContent === 'The map as a table'")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    wait_until(page, "document.activeElement.textContent === 'Japan'")


def test_a_country_is_clicked_without_script(browser, live_server):
    with browser.new_context(
        base_url=live_server.url, java_script_enabled=False
    ) as context:
        page = context.new_page()
        page.goto("/clusters/")
        page.get_by_text("Map of these clusters by country").click()
        page.get_by_role("link", name="Brazil: 1 cluster").click()
        expect(page).to_have_url("/clusters/?country=BR")


def test_an_open_map_stays_open_when_the_list_changes(page):
    page.goto("/clusters/")
    page.get_by_text("Map of these clusters by country").click()
    page.get_by_label("Search").fill("cluster")
    page.get_by_role("button", name="Apply filters").click()
    page.wait_for_url("**/clusters/?q=cluster")
    page.locator("#map[open] .map").wait_for()


def test_axe_finds_nothing_in_an_open_map(page):
    page.goto("/clusters/")
    page.get_by_text("Map of these clusters by country").click()
    page.get_by_text("The map as a table").click()
    for look in looks(page):
        assert violations(page) == [], look
