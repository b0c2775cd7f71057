"""Visitors who search: with and without script, by keyboard, on wide and narrow screens."""

import re

import pytest
from playwright.sync_api import expect

from portal.publishing.models import Publishable
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_news_item,
    make_partnership,
)

from .accessibility import looks, violations

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (360, 1280)
LONG_NAME = "Donaudampfschifffahrtsgesellschaftskapitänsvereinigung e.V."
LARGER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > window.innerWidth"
PAGES = (
    *("/search/", "/search/?q=mexico", "/search/?q=meksiko", "/search/?q=zzzz+qqqq"),
    *("/search/?q=mexico&type=clusters&page=2", "/search/?q=mexico&type=x"),
    # What says by which link it was found.
    "/search/?q=united+mexican+states",
)


@pytest.fixture(autouse=True)
def site():
    mexico = make_country(iso2="MX", iso3="MEX", name="Mexico", slug="mexico")
    mexico.aliases.create(name="United Mexican States")
    make_cluster(country=mexico, name=LONG_NAME, acronym="CLAUT", slug="claut")
    for number in range(24):
        make_cluster(country=mexico, name=f"Cluster {number}")
    make_partnership([mexico], acronym="ALPHA", name="To Mexico")
    make_event(country=mexico, title="Fair")
    make_news_item([mexico], title="SECRET Mexico", status=Publishable.Status.DRAFT)


@pytest.fixture(params=WIDTHS)
def screen(request, page):
    page.set_viewport_size({"width": request.param, "height": 800})
    return page


def titles(page):
    return page.locator(".search-result__title a")


@pytest.mark.parametrize("width", WIDTHS)
def test_searching_works_without_script(browser, live_server, width):
    with browser.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        viewport={"width": width, "height": 800},
    ) as context:
        page = context.new_page()
        page.goto("/clusters/claut/")
        page.get_by_role("searchbox", name="Find anything on this site").fill("Meksiko")
        page.get_by_role("button", name="Search").click()
        expect(titles(page).first).to_have_text("Mexico")
        expect(page.locator("mark").first).to_have_text("Mexico")
        assert "SECRET" not in page.content()
        page.get_by_role("link", name="All 25 results: Clusters").click()
        page.get_by_role("link", name="Next").click()
        expect(titles(page)).to_have_count(5)
        page.get_by_label("Find anything on this site").fill("zzzz qqqq")
        page.get_by_label("Find anything on this site").press("Enter")
        expect(page.get_by_role("heading", name="Nothing was found")).to_be_visible()
        page.get_by_role("link", name="Partnerships").last.click()
        expect(page).to_have_url("/partnerships/")


def test_the_navigation_stays_in_sight_beside_the_box(screen):
    screen.goto("/clusters/claut/")
    box = screen.locator("#site-search").bounding_box()
    assert box["width"] >= 80
    assert box["x"] + box["width"] <= screen.viewport_size["width"]
    for name in ("Countries", "News"):
        link = screen.locator(".site-nav").get_by_role("link", name=name)
        assert link.bounding_box()["y"] < 200


def test_suggestions_are_chosen_by_keyboard(screen, faults):
    screen.goto("/clusters/claut/")
    box = screen.get_by_role("combobox", name="Find anything on this site")
    box.press_sequentially("mex")
    options = screen.get_by_role("option")
    options.first.wait_for()
    expect(options.first).to_contain_text("Mexico")
    expect(box).to_have_attribute("aria-expanded", "true")
    status = screen.locator("search-suggestions [role=status]")
    expect(status).to_contain_text("suggestions")
    assert not screen.evaluate(LARGER_THAN_THE_SCREEN)
    assert inside(screen, screen.get_by_role("listbox"))
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    first = options.first.get_attribute("id")
    expect(box).to_have_attribute("aria-activedescendant", first)
    box.press("ArrowUp")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile(""))
    box.press("Escape")
    expect(screen.get_by_role("listbox")).not_to_be_visible()
    expect(box).to_have_value("mex")
    box.press_sequentially("i")
    options.first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    screen.wait_for_url("**/countries/mexico/")
    assert faults == []


def inside(page, element):
    box = element.bounding_box()
    return box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]


def test_enter_without_a_choice_searches_for_what_is_typed(screen):
    screen.goto("/clusters/claut/")
    box = screen.get_by_role("combobox")
    box.press_sequentially("mex")
    screen.get_by_role("option").first.wait_for()
    box.press("Enter")
    screen.wait_for_url("**/search/?q=mex")


def test_a_suggestion_is_followed_by_a_click(screen):
    screen.goto("/")
    screen.get_by_role("combobox").press_sequentially("alpha")
    screen.get_by_role("option", name="ALPHA – To Mexico").click()
    screen.wait_for_url("**/partnerships/part-*/")


def test_a_server_that_does_not_answer_leaves_the_form_at_work(screen):
    screen.route("**/search/suggest*", lambda route: route.abort())
    screen.goto("/clusters/claut/")
    box = screen.get_by_role("combobox")
    with screen.expect_event("requestfailed"):
        box.press_sequentially("mex")
    expect(screen.get_by_role("listbox")).not_to_be_visible()
    box.press("Enter")
    screen.wait_for_url("**/search/?q=mex")
    expect(titles(screen).first).to_have_text("Mexico")


def test_no_page_of_results_scrolls_sideways_or_breaks_the_policy(screen, faults):
    for address in PAGES:
        screen.goto(address)
        assert not screen.evaluate(LARGER_THAN_THE_SCREEN), address
    assert faults == []


def test_axe_finds_nothing(page):
    for address in PAGES:
        page.goto(address)
        for look in looks(page, WIDTHS):
            assert violations(page) == [], (address, look)
    page.goto("/clusters/claut/")
    page.get_by_role("combobox").press_sequentially("mex")
    page.get_by_role("option").first.wait_for()
    page.get_by_role("combobox").press("ArrowDown")
    for look in looks(page, WIDTHS):
        expect(page.get_by_role("listbox")).to_be_visible()
        assert violations(page) == [], look
