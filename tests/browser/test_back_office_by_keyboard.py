"""The back office without a mouse, in forced colours, and with more room for letters."""

import pytest
from django.urls import reverse

from tests.back_office import change_url
from tests.factories import make_staff
from tests.portal.linked_records import make_linked_records

from .signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
# As WCAG 1.4.12 has it.
SPACING = """
  * { line-height: 1.5 !important; letter-spacing: 0.12em !important;
      word-spacing: 0.16em !important }
  p { margin-block-end: 2em !important }
"""
MOST_STOPS = 400
# What can be reached: once for the radio buttons of one name.
REACHABLE = """(() => {
  const all = document.querySelectorAll(`a[href], button, input:not([type=hidden]),
    select, textarea, summary, [tabindex="0"], [contenteditable=true]`);
  const found = [...all].filter((one) => !one.disabled && one.tabIndex >= 0
    && one.checkVisibility({ visibilityProperty: true })
    && one.getBoundingClientRect().width > 0);
  found.forEach((one, number) => { one.dataset.stop = number; });
  document.activeElement.blur();
  scrollTo(0, 0);
  return found.length;
})()"""
# Where the focus is, and what is wrong with how it shows.
STOP = """(() => {
  const one = document.activeElement;
  if (one === document.body || one === document.documentElement) return null;
  const shown = one.closest(".select2-container")?.querySelector(".select2-selection")
    ?? one;
  const box = shown.getBoundingClientRect(), style = getComputedStyle(shown);
  const x = box.left + Math.min(box.width / 2, 20), y = box.top + Math.min(box.height / 2, 20);
  const hit = document.elementFromPoint(x, y);
  const faults = [];
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
    faults.push("out of sight");
  else if (!hit || !(shown.contains(hit) || hit.contains(shown)
      || hit.closest("label")?.contains(shown))) faults.push(`under ${hit?.outerHTML}`);
  const hasOutline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  if (!hasOutline) faults.push("no outline");
  return [Number(one.dataset.stop ?? -1), faults.join(), one.outerHTML.slice(0, 200)];
})()"""
# Texts that more room for letters cuts off, or lays over others.
CUT = """(() => [...document.querySelectorAll(
  "h1, h2, h3, a, button, label, legend, summary, td, th, p, li, .readonly, input[type=submit]"
)].filter((one) => {
  const style = getComputedStyle(one);
  const hides = style.overflowX !== "visible" || style.overflowY !== "visible";
  return one.checkVisibility({ visibilityProperty: true }) && hides
    && style.clipPath === "none" && !one.closest(".visually-hidden")
    && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map((one) => one.outerHTML.slice(0, 200)))()"""


@pytest.fixture
def ada():
    make_staff("ada", superuser=True)


def addresses():
    country, cluster, *_others = make_linked_records(status="draft")
    return {
        "start page": reverse("admin:index"),
        "list": reverse("admin:countries_country_changelist"),
        "form": change_url(cluster),
        "form with texts": change_url(country.sections.first()),
        "history": reverse("admin:countries_country_history", args=[country.pk]),
    }


def walk(page):
    """Press the tab key until the end of the page; return stops and what is wrong."""
    number, stops, faults = page.evaluate(REACHABLE), [], []
    for _press in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or (stops and stop[0] == stops[0]):
            break
        stops.append(stop[0])
        if stop[1]:
            faults.append(stop[1:])
    return number, stops, faults


@pytest.mark.parametrize("width", [320, 1280])
def test_the_tab_key_reaches_everything_in_order_and_in_sight(page, ada, width):
    places = addresses()
    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page, "ada")
    for name in ("form", "form with texts", "list"):
        page.goto(places[name])
        page.wait_for_load_state("networkidle")
        number, stops, faults = walk(page)
        assert number > 40, name
        assert faults == [], name
        own = [stop for stop in stops if stop >= 0]
        assert own == sorted(own), name
        assert set(own) == set(range(number)), name


@pytest.mark.parametrize("width", [320, 1280])
def test_more_room_for_letters_cuts_no_text(browser, live_server, ada, width):
    places = addresses()
    size = {"width": width, "height": 800}
    with browser.new_context(
        base_url=live_server.url, bypass_csp=True, viewport=size
    ) as context:
        page = context.new_page()
        page.goto("/admin/account/login/")
        page.add_style_tag(content=SPACING)
        assert page.evaluate(CUT) == []
        sign_in(page, "ada")
        for name, address in places.items():
            page.goto(address)
            page.wait_for_load_state("networkidle")
            page.add_style_tag(content=SPACING)
            assert page.evaluate(CUT) == [], name
            width_of_page = page.evaluate("document.documentElement.scrollWidth")
            assert width_of_page <= width, name


def test_forced_colours_leave_every_button_its_border(page, ada):
    places = addresses()
    page.emulate_media(forced_colors="active")
    sign_in(page, "ada")
    bare = """(() => [...document.querySelectorAll(
      "input[type=submit], button.publishing__button, .object-tools a, .submit-row a"
    )].filter((one) => one.checkVisibility()
      && parseFloat(getComputedStyle(one).borderTopWidth) === 0)
      .map((one) => one.outerHTML))()"""
    for name, address in places.items():
        page.goto(address)
        assert page.evaluate(bare) == [], name
