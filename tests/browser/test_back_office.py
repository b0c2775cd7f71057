"""Editors at the live server: the admin runs under the strict policy."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.factories import make_staff
from tests.portal.linked_records import make_linked_records

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def faults(page):
    messages = []
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on(
        "console",
        lambda message: (
            messages.append(f"{page.url}: {message.text}")
            if message.type in ("error", "warning")
            else None
        ),
    )
    return messages


@pytest.fixture
def signed_in(page):
    make_staff("ada", superuser=True)
    page.goto("/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
    return page


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
    signed_in.goto("/news/")
    assert signed_in.get_by_text("Clusters meet in Puebla").count() == 0

    signed_in.goto(reverse("admin:events_newsitem_changelist"))
    row = signed_in.locator("tr", has_text="Clusters meet in Puebla")
    row.locator("input[type=checkbox]").check()
    signed_in.get_by_label("Action").first.select_option(
        label="Publish selected news items now"
    )
    signed_in.get_by_role("button", name="Go").click()
    signed_in.goto("/news/")
    assert signed_in.get_by_text("Clusters meet in Puebla").count() == 1
