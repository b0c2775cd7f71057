"""Visitors at the live server: keyboard, no script, narrow screens, dark mode."""

import re

import pytest
from playwright.sync_api import expect

from portal.publishing.models import Publishable
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_fact,
    make_indicator,
    make_label,
    make_membership,
    make_news_item,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
)

from .accessibility import looks, violations
from .waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (320, 1280)
LONG_NAME = "Donaudampfschifffahrtsgesellschaftskapitänsvereinigung e.V."
PAGES = (
    *("/", "/countries/", "/countries/mexico/", "/countries/empty/", "/clusters/"),
    *("/clusters/claut/", "/clusters/labels/", "/partnerships/"),
    *("/partnerships/?target=XX&sort=name&page=9", "/partnerships/alpha/", "/events/"),
    *("/events/fair/", "/achievements/", "/achievements/gold/", "/news/"),
    *("/news/latest/", "/about/", "/accessibility/", "/privacy/", "/nowhere/"),
    *("/data/", "/data/facts/", "/countries/compare/", "/api/reference/"),
    "/api/reference/partnerships/",
    "/countries/compare/?country=mexico&country=empty",
    *("/embed/", "/embed/?what=embed_facts&country=mexico"),
    *("/embed/partnerships/", "/embed/countries/mexico/facts/"),
    "/embed/map/partnerships/",
)
LARGER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture(autouse=True)
def site():
    mexico = make_country(iso2="MX", iso3="MEX", name="Mexico", slug="mexico")
    make_country(iso2="CL", iso3="CHL", name="Chile", slug="empty")
    for kind in ("context", "community", "policies", "opportunities"):
        make_section(country=mexico, kind=kind, rest="The rest of it.")
    make_fact(country=mexico, indicator=make_indicator(name="Population"))
    make_organisation(country=mexico)
    make_report(country=mexico)
    cluster = make_cluster(
        country=mexico,
        name=LONG_NAME,
        acronym="CLAUT",
        slug="claut",
        region="Nuevo León",
    )
    label = make_label(cluster=cluster, level="gold")
    for acronym, smes in (("ALPHA", 1355), ("BETA", None)):
        partnership = make_partnership(
            [mexico], acronym=acronym, slug=acronym.lower(), sme_count=smes
        )
        make_membership(partnership=partnership, cluster=cluster)
    make_event(
        country=mexico,
        title="Fair",
        slug="fair",
        registration_url=f"https://example.org/{'long-' * 30}",
    )
    make_achievement([mexico], title="Gold", slug="gold").labels.add(label)
    make_news_item([mexico], title="Latest", slug="latest")
    make_news_item([mexico], title="SECRET", status=Publishable.Status.DRAFT)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways_or_breaks_the_policy(page, faults, width):
    page.set_viewport_size({"width": width, "height": 800})
    for address in (*PAGES, "/api/docs/"):
        page.goto(address)
        assert not page.evaluate(LARGER_THAN_THE_SCREEN), address
    # One of the pages is that of an address with nothing behind it.
    assert [fault for fault in faults if "404" not in fault] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(page, width):
    found = {}
    for address in PAGES:
        page.goto(address)
        for look in looks(page, [width]):
            if problems := violations(page):
                found[address, look] = problems
    assert found == {}


def test_read_more_works_by_keyboard_and_says_what_of(page):
    page.goto("/countries/mexico/")
    summary = page.locator("#policies ~ details.more summary")
    rest = page.locator("#policies ~ details.more p")
    expect(summary).to_have_text(re.compile("^Read more"), use_inner_text=True)
    assert "policies" in summary.text_content().casefold()
    expect(rest).not_to_be_visible()
    summary.focus()
    page.keyboard.press("Enter")
    expect(rest).to_be_visible()
    expect(summary).to_have_text(re.compile("^Read less"), use_inner_text=True)
    page.keyboard.press("Space")
    expect(rest).not_to_be_visible()
    wait_until(page, "document.activeElement.localName === 'summary'")


def test_everything_is_read_and_filtered_without_script(browser, live_server):
    with browser.new_context(
        base_url=live_server.url, java_script_enabled=False
    ) as context:
        page = context.new_page()
        page.goto("/countries/mexico/")
        page.locator("#context ~ details.more summary").click()
        expect(page.locator("#context ~ details.more p")).to_be_visible()
        page.goto("/partnerships/")
        page.get_by_label("Search").fill("alpha")
        page.get_by_role("button", name="Apply filters").click()
        expect(page.locator("tbody th")).to_have_text(["ALPHA"])
        page.get_by_role("link", name="Remove Search: alpha").click()
        expect(page.locator("tbody th")).to_have_text(["ALPHA", "BETA"])
        page.get_by_role("link", name="Acronym").click()
        page.locator("th[aria-sort=ascending]", has_text="Acronym").wait_for()
        page.get_by_role("link", name="Acronym").click()
        expect(page.locator("tbody th")).to_have_text(["BETA", "ALPHA"])


def test_a_phone_sorts_and_filters_the_table_of_a_country(page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/countries/mexico/")
    part = page.locator("section", has=page.locator("#partnerships"))
    part.locator("#sort-menu > summary").click()
    part.locator("#sort-acronym-down").click()
    expect(part.locator("tbody th")).to_have_text(["BETA", "ALPHA"])
    part.get_by_text("Filters", exact=True).click()
    part.get_by_label("Search").fill("beta")
    part.get_by_role("button", name="Apply filters").click()
    expect(part.locator("tbody th")).to_have_text(["BETA"])
    expect(page).to_have_url(re.compile("#partnerships$"))


def test_the_skip_link_comes_first_and_leads_to_the_content(page):
    page.goto("/partnerships/")
    page.keyboard.press("Tab")
    wait_until(page, "document.activeElement.textContent === 'Skip to content'")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#content$"))


def test_what_is_focused_is_seen(page):
    # The page scrolls at once where motion is unwelcome.
    page.emulate_media(reduced_motion="reduce")
    page.goto("/partnerships/")
    seen = set()
    for _step in range(200):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => {
                const element = document.activeElement;
                const style = getComputedStyle(element);
                const box = element.getBoundingClientRect();
                return {
                    path: element.outerHTML.slice(0, 200),
                    outline: parseFloat(style.outlineWidth),
                    inside: box.bottom > 0 && box.top < innerHeight,
                    ended: element === document.body,
                };
            }"""
        )
        if state["ended"]:
            break
        assert state["outline"] >= 2, state["path"]
        assert state["inside"], state["path"]
        seen.add(state["path"])
    assert len(seen) > 20


def test_paper_shows_what_is_folded(page):
    page.goto("/countries/mexico/")
    page.emulate_media(media="print")
    for rest in page.locator("details.more p").all():
        expect(rest).to_be_visible()
