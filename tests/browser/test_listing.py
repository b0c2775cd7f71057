"""The table of partnerships: with and without script, wide and narrow, by keyboard."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, expect

from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_membership,
    make_partnership,
)

from .waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (360, 1280)
# Words that the address of a page turned by htmx would lose.
MARK = "window.sameDocument = true"
IS_MARKED = "window.sameDocument === true"


@pytest.fixture(autouse=True)
def site():
    """Twenty-eight partnerships, of which two target Chile and one both countries."""
    mexico = make_country(iso2="MX", iso3="MEX", name="México", slug="mexico")
    chile = make_country(iso2="CL", iso3="CHL", name="Chile", slug="chile")
    textiles = make_industry(code="C13", title="Manufacture of textiles")
    for number in range(26):
        make_partnership(
            [mexico], acronym=f"P{number:02}", name=f"Number {number}", sme_count=number
        )
    make_partnership([chile], acronym="CHILE", sme_count=None)
    both = make_partnership(
        [mexico, chile], [textiles], acronym="BOTH", sme_count=100, generation=4
    )
    make_membership(partnership=both, cluster=make_cluster(country=mexico))
    # As many as make a long list.
    for number in range(12):
        make_country(name=f"Land {number}")


@pytest.fixture(params=WIDTHS)
def width(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def visitor(request, browser, live_server, width):
    """Open a page with script or without, wide or narrow."""
    with browser.new_context(
        base_url=live_server.url,
        java_script_enabled=request.param,
        viewport={"width": width, "height": 800},
    ) as context:
        page = context.new_page()
        page.has_script = request.param
        yield page


# Where the element that has the focus stands, and which part of the page is in sight.
FOCUS = """() => {
  const { top, bottom } = document.activeElement.getBoundingClientRect();
  const header = document.querySelector(".site-header").getBoundingClientRect();
  return { top, bottom, from: Math.max(0, header.bottom), to: innerHeight };
}"""


# Whether a finger that points at what is focused would meet that.
IS_TOUCHED = """() => {
  const { x, y, width, height } = document.activeElement.getBoundingClientRect();
  return document.activeElement === document.elementFromPoint(x + width / 2, y + height / 2);
}"""


def acronyms(page):
    return page.locator("tbody th")


def count(page):
    return page.locator("#listing-count")


def open_filters(page):
    """Show the filters, which a narrow screen folds away."""
    summary = page.locator("#facets > summary")
    if summary.is_visible() and not page.locator("#facets form").is_visible():
        summary.click()


def choose(page, facet, option):
    """Tick an option of a facet; without script the button sends it."""
    open_filters(page)
    fold = page.locator(f"#facet-{facet}")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    fold.get_by_label(option).check()
    if not page.has_script:
        page.locator("#apply-filters").click()


def wait_for_count(page, text):
    expect(count(page)).to_have_text(text)


def test_a_visitor_filters_and_removes_what_was_chosen(visitor):
    visitor.goto("/partnerships/")
    expect(count(visitor)).to_have_text("28 partnerships")
    choose(visitor, "target", "Chile")
    wait_for_count(visitor, "2 partnerships")
    # The count of an option is right for the other filters, not for its own.
    mexico = visitor.locator("#facet-target label", has_text="México")
    expect(mexico).to_contain_text("(27)")
    expect(acronyms(visitor)).to_have_text(["BOTH", "CHILE"])
    if visitor.has_script:
        expect(visitor).to_have_url("/partnerships/?target=CL")
    choose(visitor, "industry", "C13")
    wait_for_count(visitor, "1 partnership")
    visitor.get_by_role("link", name="Remove Targeted country: Chile").click()
    visitor.get_by_role("link", name="Remove Targeted country").wait_for(state="hidden")
    expect(acronyms(visitor)).to_have_text(["BOTH"])
    visitor.get_by_role("link", name="Clear all").click()
    wait_for_count(visitor, "28 partnerships")
    expect(visitor).to_have_url("/partnerships/")


def test_a_visitor_sorts_chooses_columns_and_turns_pages(visitor):
    visitor.goto("/partnerships/")
    visitor.locator(".menu summary", has_text="Sort").click()
    visitor.locator("#sort-acronym-down").click()
    visitor.locator("#sort-acronym-down[aria-current]").wait_for(state="attached")
    expect(acronyms(visitor).first).to_have_text("P25")
    visitor.get_by_role("link", name="Next").click()
    visitor.locator("[aria-current=page]", has_text="2").wait_for()
    expect(acronyms(visitor)).to_have_text(["P00", "CHILE", "BOTH"])
    visitor.get_by_role("link", name="50", exact=True).click()
    visitor.locator("strong", has_text="50").wait_for()
    expect(acronyms(visitor)).to_have_count(28)
    visitor.locator(".menu summary", has_text="Columns").click()
    for name in ("Name", "Generation", "State", "Technology fields"):
        visitor.locator(".menu").get_by_label(name, exact=True).uncheck()
    visitor.get_by_role("button", name="Show these columns").click()
    visitor.locator("td[data-label=Name]").first.wait_for(state="detached")
    expect(visitor.locator("thead th")).to_have_count(5)
    # The address alone shows the same view to somebody else.
    address, rows = visitor.url, acronyms(visitor).all_inner_texts()
    visitor.goto("about:blank")
    visitor.goto(address)
    expect(acronyms(visitor)).to_have_text(rows)
    expect(visitor.locator("thead th")).to_have_count(5)


def test_nothing_found_leads_on(visitor):
    visitor.goto("/partnerships/?target=CL&generation=4&q=P0")
    expect(count(visitor)).to_have_text("0 partnerships")
    visitor.get_by_role("link", name="Without “Search: P0” there is 1").click()
    wait_for_count(visitor, "1 partnership")
    expect(acronyms(visitor)).to_have_text(["BOTH"])


def test_what_is_ignored_is_named(visitor):
    visitor.goto("/partnerships/?target=ZZ&page=99&sort=colour")
    text = visitor.locator("main").inner_text()
    assert "ZZ" in text
    assert "colour" in text
    expect(acronyms(visitor)).to_have_text(["P01", "P00", "CHILE"])


def test_the_page_does_not_scroll_sideways(visitor):
    for address in ("/partnerships/", "/partnerships/?q=nothing", "/clusters/"):
        visitor.goto(address)
        assert not visitor.locator("body").evaluate(
            "() => document.documentElement.scrollWidth > innerWidth"
        )


LARGER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > innerWidth"
# What success criterion 1.4.12 lets a visitor ask for.
TEXT_SPACING = """
  * { letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
      line-height: 1.5 !important; }
"""
# Of the words of the rows, those that are parted at the end of a line.
BROKEN_WORDS = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll("table.data td")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const { 0: word, index } of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + word.length);
        if (range.getClientRects().length > 1) broken.push(word);
      }
    }
  }
  return broken;
}"""


def test_a_long_word_stays_within_the_page(visitor):
    make_partnership([], acronym="LONG", name="W" * 400)
    for address in (f"/partnerships/?q={'W' * 199}", "/partnerships/?q=WWW"):
        visitor.goto(address)
        assert not visitor.evaluate(LARGER_THAN_THE_SCREEN)
    assert visitor.locator("td[data-label=Name]").evaluate(
        "cell => cell.scrollWidth <= cell.clientWidth"
    )


@pytest.mark.parametrize("wide", [1280, 1400])
def test_words_have_room_and_may_be_spaced(browser, live_server, wide):
    make_partnership(
        [],
        [make_industry(code="M72", title="Scientific research and development")],
        acronym="COSMETICS4WELLBEING",
        name="Internationalisation of European manufacturers of cosmetics",
        sme_count=1355,
    )
    with browser.new_context(
        base_url=live_server.url,
        # The policy of the page refuses style that is no file of the portal.
        bypass_csp=True,
        viewport={"width": wide, "height": 800},
    ) as context:
        page = context.new_page()
        page.goto("/partnerships/?per_page=50")
        assert page.evaluate(BROKEN_WORDS) == []
        page.add_style_tag(content=TEXT_SPACING)
        assert not page.evaluate(LARGER_THAN_THE_SCREEN)


def test_script_keeps_focus_folds_and_history(page, width):
    page.has_script = True
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/partnerships/")
    page.evaluate(MARK)
    open_filters(page)
    fold = page.locator("#facet-target")
    fold.locator("summary").click()
    chile = fold.get_by_label("Chile")
    chile.focus()
    page.keyboard.press("Space")
    wait_for_count(page, "2 partnerships")
    assert page.evaluate(IS_MARKED)
    wait_until(page, "document.activeElement.value === 'CL'")
    expect(chile).to_be_checked()
    expect(page.locator("#facet-target[open]")).to_be_visible()
    expect(page).to_have_url("/partnerships/?target=CL")
    # Typed and sent with Enter: focus stays in the box.
    page.get_by_label("Search").fill("both")
    page.keyboard.press("Enter")
    wait_for_count(page, "1 partnership")
    wait_until(page, "document.activeElement.name === 'q'")
    expect(page).to_have_url("/partnerships/?q=both&target=CL")
    # A link that is gone leaves focus at the count.
    page.get_by_role("link", name="Remove Search: both").click()
    wait_for_count(page, "2 partnerships")
    wait_until(page, "document.activeElement.textContent.trim() === '2 partnerships'")
    assert page.evaluate(IS_MARKED)
    page.go_back()
    wait_for_count(page, "1 partnership")
    expect(page.get_by_label("Search")).to_have_value("both")
    page.go_back()
    wait_for_count(page, "2 partnerships")
    page.go_back()
    wait_for_count(page, "28 partnerships")
    page.go_forward()
    wait_for_count(page, "2 partnerships")
    expect(acronyms(page)).to_have_text(["BOTH", "CHILE"])


@pytest.fixture
def still(page):
    """Scroll at once, so that where the page stands can be compared."""
    page.emulate_media(reduced_motion="reduce")


@pytest.fixture
def slow_server(page):
    """Let answers take so long that the visitor is elsewhere when they come."""

    def answer(route):
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/partnerships/?*", answer)
    yield
    # What nobody waits for any more may still be on its way.
    page.unroute_all(behavior="ignoreErrors")


def expect_all_to_stay(page, control, place):
    """Expect focus on a control, and the page scrolled as it was."""
    page.wait_for_timeout(200)
    expect(control).to_be_focused()
    assert page.evaluate("scrollY") == place


def is_focus_in_sight(page):
    place = page.evaluate(FOCUS)
    return place["from"] <= place["top"] and place["bottom"] <= place["to"]


@pytest.mark.parametrize(
    "selector",
    [
        "#facet-target > summary",
        "#apply-filters",
        ".menu > summary",
        "#order-acronym",
        "a:text-is('Clear all')",
        '.chip:has-text("México")',
        "a:text-is('50')",
        "a:text-is('Next')",
        "a:text-is('CSV')",
        "#list-table",
        "tbody a:text-is('P03')",
        "tr:has-text('P03') td a",
    ],
)
@pytest.mark.usefixtures("slow_server", "still")
def test_focus_stays_where_it_went_while_the_answer_came(page, selector):
    page.goto("/partnerships/?sort=acronym&state=not_stated&target=MX")
    page.locator("#id_q").fill("p")
    page.locator("#id_q").dispatch_event("change")
    goal = page.locator(selector).first
    goal.focus()
    place = page.evaluate("scrollY")
    wait_until(page, "location.search.includes('q=p')")
    wait_for_count(page, "27 partnerships Sorted by Acronym, ascending")
    expect_all_to_stay(page, goal, place)


def type_in(page, label, text):
    page.get_by_label(label, exact=True).click()
    page.keyboard.type(text)


def press(page, element):
    """Click as a hand does, which takes a while to let go."""
    box = place_of(element)
    page.mouse.move(box["x"] + 4, box["y"] + 8)
    page.mouse.down()
    page.wait_for_timeout(90)
    page.mouse.up()


def place_of(element):
    """Bring an element in sight; another one may stand for it while that is done."""
    while True:
        try:
            element.scroll_into_view_if_needed()
        except Error as error:
            if "not attached" not in str(error):
                raise
        else:
            if box := element.bounding_box():
                return box


@pytest.fixture
def requests(page):
    """Collect what the script asks the server for, without the part before the query."""
    addresses = []
    page.on(
        "request",
        lambda request: (
            addresses.append(request.url.partition("?")[2])
            if request.resource_type == "xhr"
            else None
        ),
    )
    return addresses


def test_an_option_pressed_after_typing_counts_as_well(page, requests):
    page.goto("/partnerships/")
    page.locator("#facet-target > summary").click()
    chile = page.locator("#facet-target").get_by_label("Chile")
    type_in(page, "Search", "both")
    press(page, chile)
    wait_for_count(page, "1 partnership")
    expect(chile).to_be_checked()
    expect(page).to_have_url("/partnerships/?q=both&target=CL")
    assert requests == ["q=both&target=CL"]


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_a_link_followed_after_typing_counts_as_well(page, requests, slow, request):
    if slow:
        request.getfixturevalue("slow_server")
    page.goto("/partnerships/?target=CL")
    type_in(page, "Search", "o")
    press(page, page.locator("#order-name"))
    wait_for_count(page, "1 partnership Sorted by Name, ascending")
    expect(page).to_have_url("/partnerships/?q=o&sort=name&target=CL")
    # Whatever the link left out goes, whatever was typed meanwhile stays.
    type_in(page, "SMEs from", "20")
    press(page, page.get_by_role("link", name="Remove Targeted country: Chile"))
    wait_for_count(page, "1 partnership Sorted by Name, ascending")
    expect(page).to_have_url("/partnerships/?q=o&smes_min=20&sort=name")
    type_in(page, "SMEs to", "30")
    press(page, page.get_by_role("link", name="Clear all"))
    wait_for_count(page, "28 partnerships Sorted by Name, ascending")
    expect(page.get_by_label("SMEs to")).to_have_value("")


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_a_link_that_leaves_the_list_works_after_typing(page, slow, request):
    if slow:
        request.getfixturevalue("slow_server")
    page.goto("/partnerships/")
    type_in(page, "Search", "both")
    with page.expect_download():
        press(page, page.get_by_role("link", name="CSV"))
    wait_for_count(page, "1 partnership")
    page.goto("/partnerships/")
    type_in(page, "Search", "both")
    press(page, page.locator("tbody a", has_text="P03"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("P03")


@pytest.mark.usefixtures("slow_server")
def test_what_is_changed_before_the_answer_comes_is_kept_and_sent(page, requests):
    page.goto("/partnerships/")
    page.locator("#facet-target > summary").click()
    type_in(page, "Search", "b")
    page.keyboard.press("Tab")
    type_in(page, "SMEs from", "10")
    wait_for_count(page, "27 partnerships")
    box = page.get_by_label("SMEs from")
    expect(box).to_be_focused()
    expect(box).to_have_value("10")
    page.keyboard.type("0")
    page.keyboard.press("Tab")
    wait_for_count(page, "1 partnership")
    assert requests == ["q=b", "q=b&smes_min=100"]
    # A box ticked while a link is followed.
    page.locator("#order-name").click()
    page.locator("#facet-target").get_by_label("Chile").check()
    wait_for_count(page, "1 partnership Sorted by Name, ascending")
    expect(page).to_have_url("/partnerships/?q=b&smes_min=100&sort=name&target=CL")
    # One that is focused while a page is turned.
    page.goto("/partnerships/")
    page.get_by_role("link", name="Next").click()
    type_in(page, "Search", "bo")
    page.locator("[aria-current=page]", has_text="2").wait_for()
    page.keyboard.type("th")
    page.keyboard.press("Enter")
    wait_for_count(page, "1 partnership")
    expect(page).to_have_url("/partnerships/?q=both")


@pytest.mark.usefixtures("slow_server")
def test_links_followed_in_haste_all_count(page):
    page.goto("/partnerships/?generation=4&target=CL&target=MX")
    for country in ("Chile", "México"):
        press(
            page, page.get_by_role("link", name=f"Remove Targeted country: {country}")
        )
    expect(page).to_have_url("/partnerships/?generation=4")
    # The same link twice is followed once.
    page.locator("#order-name").dblclick()
    wait_until(page, "location.search.includes('sort')")
    page.wait_for_timeout(600)
    expect(page).to_have_url("/partnerships/?generation=4&sort=name")


@pytest.mark.usefixtures("slow_server")
def test_nothing_goes_away_under_a_pointer_that_is_down(page):
    page.goto("/partnerships/")
    type_in(page, "Search", "both")
    page.keyboard.press("Tab")
    page.locator("#order-name").hover()
    page.mouse.down()
    page.wait_for_timeout(800)
    expect(count(page)).to_have_text("28 partnerships")
    page.mouse.up()
    wait_for_count(page, "1 partnership Sorted by Name, ascending")
    expect(page).to_have_url("/partnerships/?q=both&sort=name")


def test_columns_chosen_after_typing_count_as_well(page):
    page.goto("/partnerships/")
    type_in(page, "Search", "both")
    press(page, page.locator(".menu summary", has_text="Columns"))
    page.locator(".menu").get_by_label("Name", exact=True).uncheck()
    press(page, page.get_by_role("button", name="Show these columns"))
    page.locator("td[data-label=Name]").first.wait_for(state="detached")
    wait_for_count(page, "1 partnership")
    assert "q=both" in page.url


def test_a_wrong_value_holds_up_no_link(page):
    page.goto("/partnerships/")
    type_in(page, "SMEs from", "-1")
    press(page, page.locator("#order-name"))
    wait_for_count(page, "28 partnerships Sorted by Name, ascending")


def test_tab_out_of_a_box_goes_to_the_next_control(page):
    page.goto("/partnerships/")
    page.get_by_label("Search", exact=True).focus()
    page.keyboard.type("both")
    page.keyboard.press("Tab")
    wait_for_count(page, "1 partnership")
    page.wait_for_timeout(200)
    assert page.evaluate("document.activeElement.localName") == "summary"


@pytest.mark.usefixtures("still")
def test_focus_that_moves_is_in_sight(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    heading = page.locator("#listing-count h2")
    for turn in ("Next", "50"):
        page.goto("/partnerships/")
        page.get_by_role("link", name=turn, exact=True).focus()
        page.keyboard.press("Enter")
        expect(heading).to_be_focused()
        wait_until(page, "location.search !== ''")
        assert is_focus_in_sight(page)
        expect(page.locator("table caption")).to_be_in_viewport()
    # A chip far down is gone with its filter.
    page.set_viewport_size({"width": width, "height": 400})
    page.goto("/partnerships/?target=CL")
    page.get_by_role("link", name="Remove Targeted country: Chile").focus()
    page.keyboard.press("Enter")
    expect(heading).to_be_focused()
    assert is_focus_in_sight(page)
    open_filters(page)
    apply = page.get_by_role("button", name="Apply filters")
    apply.focus()
    with page.expect_response("**/partnerships/"):
        page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    # On a narrow screen the filters fold away, and what they found comes in sight.
    expect(heading if width == 360 else apply).to_be_focused()
    assert is_focus_in_sight(page)


@pytest.mark.usefixtures("still")
def test_ticking_a_box_scrolls_nothing(page, width):
    page.set_viewport_size({"width": width, "height": 500})
    page.goto("/partnerships/")
    open_filters(page)
    for facet in ("generation", "target"):
        page.locator(f"#facet-{facet} > summary").click()
    box = page.locator("#facet-target").get_by_label("Chile")
    box.focus()
    place = page.evaluate("scrollY")
    page.keyboard.press("Space")
    wait_for_count(page, "2 partnerships")
    expect_all_to_stay(page, box, place)


def test_the_same_view_again_is_no_step_back(page):
    page.goto("/partnerships/")
    page.has_script = True
    choose(page, "target", "Chile")
    wait_for_count(page, "2 partnerships")
    steps = page.evaluate("history.length")
    with page.expect_response("**/partnerships/?target=CL"):
        page.get_by_role("button", name="Apply filters").click()
    page.wait_for_timeout(200)
    assert page.evaluate("history.length") == steps
    page.go_back()
    wait_for_count(page, "28 partnerships")
    expect(page).to_have_url("/partnerships/")


def test_the_order_is_announced_once(page):
    page.goto("/partnerships/")
    expect(count(page)).to_have_text("28 partnerships")
    page.evaluate(
        """window.said = [];
        const region = document.querySelector("#listing-count");
        new MutationObserver(() => said.push(region.innerText.replace(/\\s+/g, " ")))
          .observe(region, { childList: true, subtree: true, characterData: true });"""
    )
    for direction in ("ascending", "descending"):
        page.locator("#order-acronym").click()
        page.locator(f"th[aria-sort={direction}] #order-acronym").wait_for()
    wait_until(page, "said.length >= 2")
    page.wait_for_timeout(200)
    assert page.evaluate("said") == [
        "28 partnerships Sorted by Acronym, ascending",
        "28 partnerships Sorted by Acronym, descending",
    ]


def test_the_order_is_told_where_its_column_is_not_shown(visitor):
    visitor.goto("/partnerships/?columns=name&sort=partners")
    told = count(visitor).get_by_text("Sorted by No. of partners", exact=False)
    expect(told).to_be_visible()
    expect(told).to_contain_text(", ascending")
    expect(visitor.locator("[aria-sort]")).to_have_count(0)


def test_the_count_is_announced_and_not_a_new_region(page):
    page.goto("/partnerships/")
    page.evaluate("window.region = document.querySelector('#listing-count')")
    page.locator("#order-acronym").click()
    page.locator("th[aria-sort] #order-acronym").wait_for()
    page.get_by_role("link", name="Next").click()
    page.locator("[aria-current=page]", has_text="2").wait_for()
    assert page.evaluate("window.region === document.querySelector('#listing-count')")
    # A new page of rows is read from its beginning.
    wait_until(page, "document.activeElement.localName === 'h2'")
    told = page.locator("#listing-count h2")
    expect(told).to_have_text("28 partnerships Page 2 of 2")
    expect(told).to_be_focused()
    assert page.evaluate(
        "document.activeElement.getBoundingClientRect().top >= "
        "document.querySelector('.site-header').getBoundingClientRect().bottom"
    )


def test_everything_is_done_by_keyboard(page):
    page.goto("/partnerships/")
    page.locator("#order-acronym").focus()
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=ascending] #order-acronym").wait_for()
    wait_until(page, "document.activeElement.id === 'order-acronym'")
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=descending] #order-acronym").wait_for()
    expect(acronyms(page).first).to_have_text("P25")
    page.locator(".menu summary", has_text="Sort").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=ascending] #order-acronym").wait_for()
    # The menu closed over the link; its button has the focus.
    wait_until(page, "document.activeElement.localName === 'summary'")


def test_a_long_list_of_options_is_narrowed(page):
    page.goto("/partnerships/")
    fold = page.locator("#facet-target")
    fold.locator("summary").click()
    box = fold.get_by_label("Narrow the list: Targeted country")
    box.fill("mexi")
    expect(fold.locator("label:visible")).to_have_text(
        ["México (27)"], use_inner_text=True
    )
    expect(fold.get_by_role("status")).to_have_text(re.compile(r"^1 of \d+ shown$"))
    page.keyboard.press("Enter")
    expect(page).to_have_url("/partnerships/")
    fold.get_by_label("México").check()
    wait_for_count(page, "27 partnerships")
    expect(box).to_have_value("mexi")
    expect(fold.locator("label:visible")).to_have_count(1)
    assert "mexi" not in page.url


def test_a_tree_of_options_is_narrowed(page):
    group = make_industry(code="A", title="Farming and fishing")
    make_industry(code="A01", title="Farming of crops", parent=group)
    make_industry(code="A02", title="Forestry", parent=group)
    for number in range(8):
        make_industry(code=f"B{number}", title=f"Mining {number}")
    page.goto("/partnerships/")
    facet = page.locator("#facet-industry")
    facet.locator("summary").first.click()
    fold = facet.locator("details", has_text="of A")
    box = facet.get_by_label("Narrow the list")
    told = facet.get_by_role("status")
    # The parts of what is found can be chosen as well.
    box.fill("fishing")
    expect(facet.locator("label:visible")).to_have_count(1)
    fold.locator("summary").click()
    expect(facet.locator("label:visible")).to_have_count(3)
    fold.locator("summary").click()
    # A part is found where nothing else is; that fold is not left open.
    box.fill("forest")
    expect(facet.locator("label:visible")).to_have_count(2)
    expect(told).to_have_text("2 of 12 shown")
    box.fill("nowhere")
    expect(told).to_have_text("Nothing in this list matches.")
    expect(facet.locator(".facets__options")).to_be_hidden()
    box.fill("forest")
    box.fill("")
    expect(told).to_be_empty()
    assert fold.get_attribute("open") is None
    # Unless something is chosen in it by then.
    box.fill("forest")
    facet.get_by_label("Forestry").check()
    expect(page).to_have_url("/partnerships/?industry=A02")
    box.fill("")
    assert fold.get_attribute("open") is not None


TOLD = """[...document.head.querySelectorAll("link[rel=canonical], link[rel=alternate], "
  + "meta[name=description], meta[property^='og:']")]
  .map((told) => told.outerHTML.replaceAll("&amp;", "&"))"""


@pytest.mark.parametrize("address", ["/partnerships/", "/events/"])
def test_the_head_tells_of_the_view_that_is_seen(page, address):
    page.goto(address)
    page.evaluate(MARK)
    type_in(page, "Search", "both")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}?q=both")
    wait_until(page, "document.querySelector('[rel=alternate]').href.includes('both')")
    assert page.evaluate(IS_MARKED)
    seen = page.evaluate(TOLD)
    page.goto(f"{address}?q=both")
    assert seen == page.evaluate(TOLD)
    assert len(seen) > 5


def test_the_headings_stay_in_sight_and_cover_nothing_focused(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(reduced_motion="reduce")
    page.goto("/partnerships/")
    page.locator("tbody a").last.focus()
    heading = page.locator("#order-acronym").bounding_box()
    assert 0 < heading["y"] < 200
    for _step in range(40):
        page.keyboard.press("Shift+Tab")
        covered_by = page.evaluate(
            """() => {
                const box = document.activeElement.getBoundingClientRect();
                const top = document.elementFromPoint(box.x + 2, box.y + 2);
                return document.activeElement.contains(top) ? null : top?.outerHTML;
            }"""
        )
        assert covered_by is None


def test_cards_are_still_a_table_to_a_screen_reader(page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/partnerships/?q=both")
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    assert roles.count("table") == 1
    assert roles.count("row") == 2
    assert roles.count("columnheader") == 9
    assert roles.count("rowheader") == 1
    assert roles.count("cell") + roles.count("gridcell") == 8


def names_of_headings(page):
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [n["name"]["value"] for n in nodes if n["role"]["value"] == "columnheader"]


@pytest.mark.usefixtures("still")
def test_cards_have_headings_with_names_and_no_focus_out_of_sight(page):
    for address in ("/partnerships/?sort=-acronym", "/countries/mexico/"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(address)
        names = names_of_headings(page)
        assert "Acronym" in names
        page.set_viewport_size({"width": 360, "height": 800})
        assert names_of_headings(page) == names
        snapshot = page.locator("table.data").aria_snapshot()
        assert all(f'columnheader "{name}"' in snapshot for name in names)
        page.locator("#list-table").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "order-acronym"
        while page.evaluate("document.activeElement.matches('thead a')"):
            assert is_focus_in_sight(page)
            assert page.evaluate(IS_TOUCHED)
            assert names_of_headings(page) == names
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('tbody th a')")


def test_links_that_stand_alone_are_high_enough_for_a_finger(page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/partnerships/?sort=acronym&target=MX")
    links = page.locator(".chip, .list-links a, tbody th a, .pagination a").or_(
        page.get_by_role("link", name="Clear all")
    )
    sizes = [link.bounding_box() for link in links.all()]
    assert len(sizes) > 30
    assert all(size["height"] >= 24 and size["width"] >= 24 for size in sizes)


def test_a_server_that_fails_shows_its_own_page(page):
    page.goto("/partnerships/")
    page.route(
        "**/partnerships/?sort=*",
        lambda route: route.fulfill(status=503, body="<h1>Back soon</h1>"),
    )
    page.locator("#order-acronym").click()
    page.get_by_role("heading", name="Back soon").wait_for()


def test_the_table_of_a_country_changes_in_place(visitor):
    visitor.goto("/countries/mexico/")
    expect(count(visitor)).to_have_text("27 partnerships")
    if visitor.has_script:
        visitor.evaluate(MARK)
    choose(visitor, "industry", "C13")
    wait_for_count(visitor, "1 partnership")
    expect(acronyms(visitor)).to_have_text(["BOTH"])
    if visitor.has_script:
        expect(visitor).to_have_url("/countries/mexico/?industry=C13#partnerships")
    visitor.get_by_role("link", name="Clear all").click()
    wait_for_count(visitor, "27 partnerships")
    visitor.get_by_role("link", name="Next").click()
    wait_for_count(visitor, "27 partnerships Page 2 of 2")
    expect(visitor).to_have_url("/countries/mexico/?page=2#partnerships")
    if visitor.has_script:
        assert visitor.evaluate(IS_MARKED)
    visitor.go_back()
    wait_for_count(visitor, "27 partnerships")


def test_the_join_finder_ranks_anew_in_place(visitor):
    visitor.goto("/partnerships/match/")
    expect(count(visitor)).to_contain_text("Choose at least one")
    if visitor.has_script:
        visitor.evaluate(MARK)
    choose(visitor, "target", "Chile")
    wait_for_count(visitor, "2 partnerships suit you")
    if visitor.has_script:
        expect(visitor.locator("#facet-target").get_by_label("Chile")).to_be_focused()
        expect(visitor).to_have_url("/partnerships/match/?target=CL")
    choose(visitor, "industry", "C13")
    matches = visitor.locator("#listing li h2")
    expect(matches).to_have_text(["BOTH", "CHILE"])
    expect(visitor.locator("#listing ol li").first).to_contain_text("5 of 6 points")
    visitor.get_by_role("link", name="Remove Countries to go to: Chile").click()
    wait_for_count(visitor, "1 partnership suits you")
    expect(visitor).to_have_url("/partnerships/match/?industry=C13")
    if visitor.has_script:
        assert visitor.evaluate(IS_MARKED)
    visitor.go_back()
    wait_for_count(visitor, "2 partnerships suit you")
    matches.first.get_by_role("link").click()
    expect(visitor.locator("h1")).to_contain_text("BOTH")


@pytest.mark.usefixtures("still")
def test_nobody_is_moved_about_on_the_page_of_a_country(page, width):
    page.set_viewport_size({"width": width, "height": 500})
    page.goto("/countries/mexico/")
    open_filters(page)
    page.locator("#facet-industry > summary").click()
    box = page.locator("#facet-industry").get_by_label("C13")
    box.focus()
    place = page.evaluate("scrollY")
    page.keyboard.press("Space")
    wait_for_count(page, "1 partnership")
    expect_all_to_stay(page, box, place)


def test_what_is_no_view_of_its_table_leaves_that_of_a_country(page):
    page.goto("/countries/mexico/?industry=C13")
    page.evaluate(MARK)
    # The country links to its own page, where all of them are shown.
    page.locator("tbody").get_by_role("link", name="México").click()
    wait_for_count(page, "27 partnerships")
    assert not page.evaluate(IS_MARKED)
    expect(page).to_have_url("/countries/mexico/")


@pytest.mark.parametrize(
    ("query", "control"),
    [
        ("industry=C13", "#facet-industry [value=C13]"),
        ("q=both", "#facets [name=q]"),
        ("smes_min=50", "#facets [name=smes_min]"),
    ],
)
def test_the_last_filter_of_a_country_comes_off(page, query, control):
    page.goto(f"/countries/mexico/?{query}#partnerships")
    expect(count(page)).to_have_text("1 partnership")
    open_filters(page)
    field = page.locator(control)
    if field.get_attribute("type") == "checkbox":
        field.uncheck()
    else:
        field.fill("")
        field.press("Enter")
    wait_for_count(page, "27 partnerships")
    expect(page).to_have_url("/countries/mexico/#partnerships")
    expect(field).to_be_focused()


def test_going_back_changes_the_list_alone(page):
    page.goto("/countries/mexico/")
    page.evaluate(MARK)
    page.locator("#order-acronym").click()
    page.locator("th[aria-sort=ascending] #order-acronym").wait_for()
    page.locator("#order-acronym").click()
    page.locator("th[aria-sort=descending] #order-acronym").wait_for()
    page.locator(".on-this-page").get_by_role("link", name="News").click()
    # To the same view elsewhere on the page, then to the one before.
    page.go_back()
    page.go_back()
    page.locator("th[aria-sort=ascending] #order-acronym").wait_for()
    expect(page).to_have_url("/countries/mexico/?sort=acronym#partnerships")
    page.go_back()
    page.locator("th[aria-sort=descending] #order-smes").wait_for()
    page.go_forward()
    page.locator("th[aria-sort=ascending] #order-acronym").wait_for()
    wait_for_count(page, "27 partnerships Sorted by Acronym, ascending")
    assert page.evaluate(IS_MARKED)


def test_who_goes_back_while_an_answer_comes_sees_the_former_view(page):
    page.goto("/partnerships/?target=CL")
    wait_for_count(page, "2 partnerships")
    page.get_by_role("link", name="Clear all").click()
    wait_for_count(page, "28 partnerships")
    page.route("**/*sort=name*", lambda route: None)
    page.locator("#order-name").click()
    page.go_back()
    wait_for_count(page, "2 partnerships")
    expect(page).to_have_url("/partnerships/?target=CL")


def held_back(page, waiting):
    """Return the request that a route holds back, once it has come."""
    for _attempt in range(200):
        if waiting:
            return waiting.pop()
        page.wait_for_timeout(50)
    pytest.fail("No request came.")


def test_who_turns_round_while_a_view_comes_sees_the_one_of_the_address(page):
    page.goto("/partnerships/?target=CL")
    wait_for_count(page, "2 partnerships")
    page.get_by_role("link", name="Clear all").click()
    wait_for_count(page, "28 partnerships")
    waiting = []
    page.route("**/partnerships/?target=CL", lambda route: waiting.append(route))
    page.go_back()
    held = held_back(page, waiting)
    with page.expect_response("**/partnerships/"):
        page.go_forward()
    with contextlib.suppress(Error):
        # By now nobody waits for it.
        held.continue_()
    page.wait_for_timeout(300)
    wait_for_count(page, "28 partnerships")
    expect(page).to_have_url("/partnerships/")


def test_a_failing_answer_is_shown_at_the_place_of_the_list(page):
    page.goto("/countries/mexico/?industry=C13#partnerships")
    failures = []

    def fail(route):
        if route.request.headers.get("hx-request") and not failures:
            failures.append(route.request.url)
            route.fulfill(status=500, body="Broken")
        else:
            route.continue_()

    page.route("**/countries/**", fail)
    page.evaluate(MARK)
    open_filters(page)
    page.get_by_role("button", name="Apply filters").click()
    wait_until(page, f"!({IS_MARKED})")
    failures.clear()
    page.evaluate(MARK)
    page.locator("#order-acronym").click()
    wait_until(page, f"!({IS_MARKED})")
    expect(page).to_have_url(
        "/countries/mexico/?industry=C13&sort=acronym#partnerships"
    )


@pytest.mark.usefixtures("still")
def test_who_scrolls_on_while_an_answer_comes_stays_there(page):
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto("/partnerships/?target=CL&target=MX")
    waiting = []
    page.route("**/partnerships/?target=MX", lambda route: waiting.append(route))
    page.get_by_role("link", name="Remove Targeted country: Chile").focus()
    page.keyboard.press("Enter")
    page.evaluate("scrollTo(0, 1000)")
    place = page.evaluate("scrollY")
    assert place > 300
    held_back(page, waiting).continue_()
    wait_for_count(page, "27 partnerships")
    page.wait_for_timeout(200)
    assert page.evaluate("scrollY") == place


def test_a_link_opens_a_window_with_shift(page):
    page.goto("/partnerships/")
    with page.context.expect_page() as opened:
        page.locator("#order-acronym").click(modifiers=["Shift"])
    opened.value.locator("th[aria-sort=ascending] #order-acronym").wait_for()
    expect(page).to_have_url("/partnerships/")


def test_a_menu_stays_open_while_what_was_typed_is_looked_for(page):
    page.goto("/partnerships/")
    waiting = []
    page.route("**/partnerships/?*", lambda route: waiting.append(route))
    page.get_by_label("Search").fill("both")
    columns = page.locator("#columns-menu")
    columns.locator("summary").click()
    columns.get_by_label("Name", exact=True).uncheck()
    held_back(page, waiting).continue_()
    wait_for_count(page, "1 partnership")
    assert columns.get_attribute("open") is not None
    expect(columns.get_by_label("Name", exact=True)).not_to_be_checked()
    page.unroute("**/partnerships/?*")
    columns.get_by_role("button").click()
    expect(page.locator("thead th", has_text="Name")).to_have_count(0)
    # It has done what it was opened for.
    expect(columns.get_by_role("button")).not_to_be_visible()
    wait_for_count(page, "1 partnership")


def test_no_menu_covers_what_somebody_goes_on_to(page):
    page.goto("/partnerships/")
    menu = page.locator("#sort-menu")
    summary, listed = menu.locator("summary"), menu.locator(".menu__list")
    summary.focus()
    page.keyboard.press("Enter")
    expect(listed).to_be_visible()
    while page.evaluate("document.activeElement.closest('#sort-menu') !== null"):
        expect(listed).to_be_visible()
        page.keyboard.press("Tab")
    expect(listed).not_to_be_visible()
    summary.click()
    expect(listed).to_be_visible()
    page.locator("caption").click()
    expect(listed).not_to_be_visible()


@pytest.mark.parametrize("address", ["/partnerships/", "/partnerships/match/"])
def test_the_button_of_the_filters_leads_to_what_they_found(page, width, address):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(address)
    page.has_script = True
    choose(page, "target", "Chile")
    expect(count(page)).to_contain_text("2 partnerships")
    with page.expect_response("**/?target=CL"):
        page.locator("#apply-filters").click()
    expect(count(page)).to_contain_text("2 partnerships")
    if width > 1000:
        expect(page.locator("#apply-filters")).to_be_focused()
    else:
        expect(page.locator(".listing-count")).to_be_focused()
        expect(page.locator(".listing-count")).to_be_in_viewport()
        expect(page.locator("#facets form")).not_to_be_visible()


def test_a_small_screen_shows_at_once_what_the_join_finder_asks(page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/partnerships/match/")
    expect(page.get_by_role("button", name="Find partnerships")).to_be_visible()
    page.goto("/partnerships/match/?target=CL")
    expect(page.get_by_role("button", name="Find partnerships")).not_to_be_visible()
    expect(page.get_by_text("What you look for")).to_be_visible()


def test_paper_tells_which_rows_it_shows(page):
    page.goto("/partnerships/?page=2")
    told = page.get_by_text("Rows 26 to 28 of 28")
    expect(told).not_to_be_visible()
    page.emulate_media(media="print")
    expect(told).to_be_visible()
    for name in ("Download all rows:", "Clear all"):
        page.goto("/partnerships/?target=MX")
        expect(page.get_by_text(name)).not_to_be_visible()
