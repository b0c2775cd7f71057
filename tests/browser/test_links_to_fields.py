"""What is missing at publishing leads to the field in which to write it."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.urls import reverse
from playwright.sync_api import expect

from portal.publishing import reworking
from portal.publishing.checks import of_field
from portal.publishing.models import Publishable
from portal.publishing.snapshots import rows_of
from tests.back_office import change_url
from tests.factories import make_section, make_staff
from tests.portal.linked_records import make_linked_records
from tests.reworking import address

from .signing_in import sign_in
from .waiting import rich_text, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
# Follow a link as somebody does who chose it with the keyboard.
FOLLOW = """anchor => {
  document.querySelector("#probe")?.remove();
  const link = document.createElement("a");
  link.id = "probe";
  link.href = `#${anchor}`;
  document.querySelector("#content").prepend(link);
  link.focus();
  link.click();
}"""
# The focus is on something to be seen, in the place that was asked for.
IS_THERE = """(() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect();
  return focused.closest(%r) && box.width > 9 && box.height > 9
    && box.bottom > 0 && box.top < innerHeight;
})()"""
PUBLISHABLE = [
    model for model in admin.site._registry if issubclass(model, Publishable)
]


@pytest.fixture
def signed_in(page):
    make_staff("ada", superuser=True)
    sign_in(page, "ada")
    return page


def places_of(record):
    """Yield each fragment that a problem of a record may lead to, with what is there."""
    model_admin = admin.site._registry[type(record)]
    for name in flatten_fieldsets(model_admin.fieldsets):
        if name not in model_admin.readonly_fields:
            yield of_field(record, name, "").anchor, f".field-{name}"
    for rows in rows_of(type(record)):
        yield f"{rows.name}-group", f"#{rows.name}-group"


@pytest.mark.parametrize("model", PUBLISHABLE)
def test_each_problem_leads_to_a_field_that_is_seen(signed_in, model):
    make_linked_records(status="draft")
    record = model.objects.first()
    signed_in.goto(change_url(record))
    for anchor, place in places_of(record):
        signed_in.evaluate(FOLLOW, anchor)
        wait_until(signed_in, IS_THERE % place)


def test_a_link_that_was_followed_leads_there_again(signed_in):
    section = make_section(status="draft", lead="")
    signed_in.goto(change_url(section))
    signed_in.get_by_role("button", name="Publish now").click()
    problem = signed_in.get_by_role("link", name=re.compile("^Always shown: Needed"))
    editor = rich_text(signed_in, "Always shown")
    for _time in range(2):
        problem.focus()
        signed_in.keyboard.press("Enter")
        expect(editor).to_be_focused()
    signed_in.keyboard.type("All is well.")
    signed_in.get_by_role("button", name="Publish now").click()
    expect(signed_in.locator(".messagelist")).to_contain_text("is public now")


def test_a_draft_beside_a_page_is_opened_at_the_field(signed_in):
    section = make_section()
    rework = reworking.start(section, None)
    snapshot = rework.snapshot[""] | {"lead": ""}
    reworking.keep(rework, rework.base, {"": snapshot}, None, rework.state)
    signed_in.goto(reverse("admin:index"))
    signed_in.goto(address(section, "rework_compare"))
    signed_in.get_by_role("button", name="Publish now").click()
    signed_in.get_by_role("link", name=re.compile("^Always shown: Needed")).click()
    signed_in.wait_for_url("**/rework/#id_lead")
    expect(rich_text(signed_in, "Always shown")).to_be_focused()
