"""Visitors of the directory and of the labels: without script, on a phone, by eye."""

import datetime

import pytest
from playwright.sync_api import expect

from portal.partial_dates import today
from tests.factories import make_cluster, make_country, make_label, make_membership

from .accessibility import looks, violations

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESSES = ("/clusters/claut/", "/clusters/labels/?on=2017-06-30")
LARGER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > window.innerWidth"


def date(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture(autouse=True)
def site():
    mexico = make_country(iso2="MX", iso3="MEX", name="Mexico", slug="mexico")
    claut = make_cluster(
        country=mexico,
        name="Clúster Automotriz",
        slug="claut",
        region="Nuevo León",
        founded=2007,
        member_count=95,
    )
    for level, award, end in (
        ("bronze", "2014-07-01", "2016-07-31"),
        ("silver", "2016-05-01", "2018-05-31"),
        ("gold", "2018-01-01", None),
    ):
        make_label(
            cluster=claut,
            level=level,
            awarded_on=date(award),
            valid_until=end and date(end),
        )
    held = make_cluster(country=mexico, name="Held", founded=1999)
    make_label(cluster=held, awarded_on=date("2016-01-01"), valid_until=today())
    make_membership(cluster=held)
    make_cluster(name="Elsewhere")


def test_every_filter_works_without_script(browser, live_server):
    with browser.new_context(
        base_url=live_server.url, java_script_enabled=False
    ) as context:
        page = context.new_page()
        for address, act, expected in (
            ("Country", lambda: page.get_by_label("Mexico (2)").check(), 2),
            ("Region", lambda: page.get_by_label("Nuevo León (1)").check(), 1),
            ("ESCA label", lambda: page.get_by_label("Silver (1)").check(), 1),
            (None, lambda: page.get_by_label("Search").fill("claut automotriz"), 0),
            (None, lambda: page.get_by_label("Search").fill("automotriz"), 1),
            (None, lambda: page.get_by_label("Founded from").fill("2000"), 1),
            (
                None,
                lambda: page.get_by_label("State of the label").select_option(
                    label="Held today (1)"
                ),
                1,
            ),
            (
                None,
                lambda: page.get_by_label("In a partnership").select_option(
                    label="No (2)"
                ),
                2,
            ),
        ):
            page.goto("/clusters/")
            if address:
                page.locator("summary").get_by_text(address, exact=True).click()
            act()
            page.get_by_role("button", name="Apply filters").click()
            expect(page.get_by_text("Selected filters")).to_be_visible()
            # The map above has a table of its own.
            rows = page.locator("tbody th > a[href^='/clusters/']:not([href*='?'])")
            expect(rows).to_have_count(expected)


def test_labels_are_counted_on_another_day_without_script(browser, live_server):
    with browser.new_context(
        base_url=live_server.url, java_script_enabled=False
    ) as context:
        page = context.new_page()
        page.goto("/clusters/labels/")
        page.get_by_label("Count on another day").fill("2017-06-30")
        page.get_by_role("button", name="Count", exact=True).click()
        page.wait_for_url("**?on=2017-06-30**")
        counted = page.get_by_text("2 labels are in force on 30 Jun 2017.")
        expect(counted).to_be_visible()
        page.get_by_text("The figures as a table").click()
        expect(page.get_by_role("columnheader", name="Silver")).to_be_visible()


def test_drawings_fit_the_screen_and_axe_finds_nothing(page):
    for address in ADDRESSES:
        page.goto(address)
        for look in looks(page):
            assert not page.evaluate(LARGER_THAN_THE_SCREEN), (address, look)
            drawing = page.locator("figure svg[role=img]").last
            assert drawing.bounding_box()["width"] <= look.width
            assert violations(page) == [], (address, look)


def test_series_differ_in_forced_colours_too(page):
    page.emulate_media(forced_colors="active")
    page.goto("/clusters/claut/")
    fills = {
        level: page.locator(f".chart__part--{level}").first.evaluate(
            "element => getComputedStyle(element).fill"
        )
        for level in ("bronze", "silver")
    }
    assert len(set(fills.values())) == 2
