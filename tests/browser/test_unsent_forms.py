"""Somebody is signed out while they write, and loses nothing."""

import pytest
from django.contrib.sessions.models import Session

from events.models import NewsItem
from tests.back_office import change_url
from tests.factories import make_news_item, make_staff

from .accessibility import violations
from .signing_in import PASSWORD, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_was_signed_out_signs_in_beside_the_form_and_sends_it(page, faults):
    make_staff("ada", superuser=True)
    item = make_news_item(title="Before", body="<p>Old</p>")
    sign_in(page, "ada")
    page.goto(change_url(item))
    page.get_by_label("Title").fill("After")
    editor = page.get_by_role("textbox", name="Text")
    editor.fill("An hour of work")
    Session.objects.all().delete()

    page.get_by_role("button", name="Save", exact=True).click()
    alert = page.get_by_role("alert").filter(has_text="You are signed out.")
    assert alert.evaluate("element => element === document.activeElement")
    assert violations(page) == []
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    beside = opened.value
    beside.get_by_label("Username").fill("ada")
    beside.get_by_label("Password").fill(PASSWORD)
    beside.get_by_role("button", name="Sign in").click()
    beside.get_by_role("heading", name="Start page").wait_for()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("You signed in again after you opened this form.").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Send what I typed").click()
    page.wait_for_url("**/newsitem/")

    item = NewsItem.objects.get()
    assert (item.title, item.body) == ("After", "<p>An hour of work</p>")
    # The browser itself tells of the two answers that refuse.
    assert [fault for fault in faults if "403" not in fault] == []
