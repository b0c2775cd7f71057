"""Events in Chromium: list, month view and switch, wide and narrow, without script."""

import datetime
import re

import pytest
from playwright.sync_api import expect

from events.models import Event
from portal.partial_dates import Precision
from tests.factories import make_country, make_event

from .accessibility import looks, violations
from .test_public_pages import LARGER_THAN_THE_SCREEN
from .waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

MONTH = "/events/?month=2026-10&view=month"
WIDTHS = (360, 1280)
SCRIPT = (True, False)


@pytest.fixture(autouse=True)
def site():
    mexico = make_country(iso2="MX", name="Mexico", slug="mexico")
    make_event(title="Fair of 2030", country=mexico, format="online")
    make_event(
        title="Talk", slug="talk", starts_on=datetime.date(2030, 6, 7), format="on_site"
    )
    for title, day, values in (
        ("Mission of several days", 9, {"ends_on": datetime.date(2026, 10, 12)}),
        ("Seminar", 9, {"state": Event.State.CANCELLED}),
        ("Some day", 1, {"starts_on_precision": Precision.MONTH}),
        ("Long ago", 1, {"starts_on": datetime.date(2016, 10, 25)}),
    ):
        day = datetime.date(2026, 10, day)
        make_event(title=title, **{"starts_on": day} | values)


@pytest.fixture(params=SCRIPT, ids=["script", "no script"])
def open_page(request, browser, live_server):
    """Open an address in a window of a width, with and without script."""
    with browser.new_context(
        base_url=live_server.url, locale="en-GB", java_script_enabled=request.param
    ) as context:
        page = context.new_page()

        def open_page(address, width):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            return page

        yield open_page


def follow(page, name, address):
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(f"**{address}")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_switch_leads_to_past_events_and_months_and_back(open_page, width):
    page = open_page("/events/", width)
    expect(page.locator(".event-month")).to_have_text(["May 2030", "June 2030"])
    follow(page, "Past", "/events/?past=1")
    expect(page.locator(".event-month").last).to_have_text("October 2016")
    follow(page, "Month by month", "/events/?view=month")
    expect(page.locator("table.month")).to_have_count(1)
    current = page.locator(".switch [aria-current]")
    expect(current).to_have_text(["Month by month"])
    follow(page, "Upcoming", "/events/")
    expect(page.locator(".event-month")).to_have_text(["May 2030", "June 2030"])
    page.go_back()
    page.wait_for_url("**/events/?view=month")
    page.locator("table.month").wait_for()


def test_an_event_of_the_list_is_a_page_of_its_own(open_page):
    page = open_page("/events/", 1280)
    follow(page, "Talk", "/talk/")
    expect(page.get_by_role("heading", name="Talk", level=1)).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_month_is_a_table_whatever_the_width(open_page, width):
    page = open_page(MONTH, width)
    assert not page.evaluate(LARGER_THAN_THE_SCREEN)
    table = page.get_by_role("table", name="Events of October 2026")
    # On a narrow screen each day names its weekday instead.
    expect(table.get_by_role("columnheader")).to_have_count(7 if width > 720 else 0)
    cell = table.get_by_role("cell").filter(has_text="Seminar")
    expect(cell.get_by_role("link")).to_have_text(
        [
            "Mission of several days",
            "Seminar",
        ]
    )
    expect(cell.locator(".badge")).to_have_text("Cancelled")
    expect(table.get_by_role("link", name="Mission of several days")).to_have_count(4)
    assert table.get_by_text("20", exact=True).is_visible() == (width > 720)
    expect(page.get_by_role("heading", name="The day is not stated")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_months_lead_to_those_beside_them(open_page, width):
    page = open_page(MONTH, width)
    follow(page, "November 2026 →", "/events/?month=2026-11&view=month")
    expect(page.get_by_text("No event of November 2026 is on record.")).to_be_visible()
    follow(page, "The next after: May 2030", "/events/?month=2030-05&view=month")
    expect(page.get_by_role("cell").filter(has_text="Fair of 2030")).to_have_count(1)
    follow(page, "← April 2030", "/events/?month=2030-04&view=month")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_filtered_list_leads_to_its_calendar(open_page, width):
    page = open_page("/events/", width)
    if not page.get_by_label("Search").is_visible():
        page.get_by_text("Filters", exact=True).click()
    page.get_by_text("Format", exact=True).first.click()
    page.get_by_label("Online (1)", exact=True).check()
    if page.get_by_text("2 upcoming events").count():
        page.get_by_role("button", name="Apply filters").click()
    page.get_by_text("1 upcoming event").wait_for()
    expect(page.get_by_role("heading", name="Talk")).to_have_count(0)
    calendar = page.get_by_role("link", name="Calendar (iCalendar)")
    expect(calendar).to_have_attribute("href", "/events/calendar.ics?format=online")


def test_with_script_the_switch_keeps_the_focus_and_tells_the_count(page):
    page.goto("/events/")
    page.get_by_role("link", name="Past", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("4 past events").wait_for()
    wait_until(page, "document.activeElement.id === 'switch-past'")
    expect(page).to_have_title(re.compile("^Past events"))


def test_a_date_is_typed_to_its_end_before_it_is_sent(page):
    page.goto("/events/?past=1")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    day = page.get_by_label("From")
    day.focus()
    # Each digit of the year makes another date.
    page.keyboard.type("03042026", delay=150)
    expect(day).to_have_value(re.compile("^2026-0[34]-0[34]$"))
    assert asked == []
    page.keyboard.press("Enter")
    page.get_by_text("3 past events").wait_for()
    expect(page).to_have_url(re.compile("from=2026-0[34]-0[34]&past=1$"))
    # One who chooses a day in the calendar of the browser, or leaves the field, is done.
    day.click()
    day.fill("2027-01-01")
    page.get_by_text("0 past events").wait_for()


def test_on_a_phone_no_day_stands_under_the_heading_of_another(open_page):
    page = open_page(MONTH, 360)
    month = page.get_by_role("table")
    expect(month.get_by_role("columnheader")).to_have_count(0)
    expect(month.locator("tr:visible")).to_have_count(2)
    expect(month.locator("time:visible").first).to_have_text("9")


def test_axe_finds_nothing(page):
    for address in ("/events/", "/events/?past=1", MONTH, "/events/?view=month"):
        page.goto(address)
        for look in looks(page, WIDTHS):
            assert violations(page) == [], (address, look)


def test_paper_has_the_whole_month(page):
    page.goto(MONTH)
    page.emulate_media(media="print")
    expect(page.locator("table.month")).to_be_visible()
    expect(page.get_by_role("link", name="Seminar")).to_be_visible()
    expect(page.get_by_role("navigation", name="Months")).not_to_be_visible()
