"""Editors at the live server: the admin runs under the strict policy."""

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import expect

from events.models import NewsItem
from tests.factories import make_staff
from tests.payloads import PAYLOADS
from tests.portal.linked_records import make_linked_records

from .accessibility import WIDTHS, looks, violations
from .signing_in import sign_in
from .waiting import rich_text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in(page):
    make_staff("ada", superuser=True)
    sign_in(page, "ada")
    return page


def addresses_to_walk():
    """Return the start page, and each list, form and form of a new record."""
    yield reverse("admin:index")
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if record := model._default_manager.first():
            yield reverse(f"{name}_change", args=[record.pk])
        if model_admin.add_form_template or model.__name__ in ("Group", "NewsItem"):
            yield reverse(f"{name}_add")


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_the_back_office(page, signed_in, width):
    make_linked_records()
    found = {}
    for address in addresses_to_walk():
        page.goto(address)
        page.wait_for_load_state()
        for look in looks(page, [width]):
            if problems := violations(page):
                found[address, look] = problems
            shown = page.evaluate("document.documentElement.scrollWidth")
            assert shown <= width, address
    assert found == {}


def test_axe_finds_nothing_where_one_signs_in(page):
    page.goto("/admin/login/")
    for look in looks(page):
        assert violations(page) == [], look


def test_a_text_is_laid_out_and_published_with_the_editor(faults, signed_in):
    signed_in.goto(reverse("admin:events_newsitem_add"))
    signed_in.get_by_label("Title", exact=False).first.fill("Clusters meet")
    signed_in.get_by_label("Summary", exact=False).first.fill("They met.")
    editor = rich_text(signed_in, "Text")
    editor.click()
    signed_in.keyboard.type("They ")
    signed_in.keyboard.press("Control+b")
    signed_in.keyboard.type("met")
    signed_in.get_by_role("button", name="Save", exact=True).click()
    signed_in.wait_for_url("**/newsitem/")
    assert NewsItem.objects.get().body == "<p>They <strong>met</strong></p>"
    assert faults == []


def test_no_text_runs_a_script(faults, signed_in):
    """Each payload in each rich text, on the pages that show it to anybody."""
    country, *_others = make_linked_records()
    text = "".join(f"<p>{payload}</p>" for payload in PAYLOADS)
    section = country.sections.first()
    section.lead = section.rest = text
    section.save()
    news = NewsItem.objects.first()
    news.title, news.summary, news.body = PAYLOADS[0], text, text
    news.save()
    for address in (
        country.get_absolute_url(),
        news.get_absolute_url(),
        "/news/",
        "/search/?q=window",
        reverse("admin:countries_countrysection_change", args=[section.pk]),
        reverse("admin:events_newsitem_changelist"),
        reverse("admin:events_newsitem_change", args=[news.pk]),
        reverse("admin:events_newsitem_delete", args=[news.pk]),
        reverse("admin:events_newsitem_history", args=[news.pk]),
        reverse("admin:index"),
    ):
        signed_in.goto(address)
        signed_in.wait_for_load_state()
        assert signed_in.evaluate("window.xss") is None, address
    assert faults == []


def test_every_list_and_form_works_under_the_policy(faults, signed_in):
    make_linked_records()
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{name}_changelist")]
        if record := model._default_manager.first():
            addresses += [
                reverse(f"{name}_{page}", args=[record.pk])
                for page in ("change", "history", "delete")
            ]
        for address in addresses:
            response = signed_in.goto(address)
            assert response.status == 200, address
            assert signed_in.locator("h1").count() >= 1, address
    assert faults == []


def test_a_draft_is_written_and_published(signed_in, live_server):
    country, *_others = make_linked_records()
    signed_in.goto(reverse("admin:events_newsitem_add"))
    signed_in.get_by_label("Title", exact=False).first.fill("Clusters meet in Puebla")
    signed_in.get_by_label("Summary", exact=False).first.fill("They met.")
    signed_in.get_by_role("button", name="Save", exact=True).click()
    signed_in.locator(".messagelist .success").wait_for()
    signed_in.goto("/news/")
    expect(signed_in.get_by_text("Clusters meet in Puebla")).to_have_count(0)

    signed_in.goto(reverse("admin:events_newsitem_changelist"))
    row = signed_in.locator("tr", has_text="Clusters meet in Puebla")
    row.locator("input[type=checkbox]").check()
    signed_in.get_by_label("Action").first.select_option(
        label="Publish selected news items now"
    )
    signed_in.get_by_role("button", name="Go").click()
    signed_in.locator(".messagelist .success").wait_for()
    signed_in.goto("/news/")
    expect(signed_in.get_by_text("Clusters meet in Puebla")).to_have_count(1)
