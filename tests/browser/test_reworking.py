"""A change of what the public reads, from the editor to the page."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from countries.models import CountrySection
from tests.factories import make_country, make_section, make_source
from tests.roles import make_person, make_roles

from .signing_in import PASSWORD, sign_in
from .waiting import rich_text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(browser, live_server):
    """Return a function that signs somebody in, in a browser of their own."""
    contexts = []
    make_roles()

    def open_page(name, role, *countries):
        user = make_person(name, role, countries)
        user.set_password(PASSWORD)
        user.save()
        context = browser.new_context(base_url=live_server.url, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        sign_in(page, name)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_a_section_is_reworked_reviewed_compared_and_published(person, page):
    mexico = make_country(name="Mexico", slug="mexico")
    section = make_section(country=mexico, lead="Clusters grow slowly here.", rest="")
    section.sources.add(make_source())
    editor = person("ed", "Editor", mexico)
    stranger = person("cleo", "Editor", make_country(name="Chile"))
    publisher = person("pia", "Publisher")
    form = reverse("admin:countries_countrysection_change", args=[section.pk])

    # The editor cannot change what the public reads, and writes a draft beside it.
    editor.goto(form)
    expect(editor.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    editor.get_by_role("button", name="Rework as a draft").click()
    rich_text(editor, "Always shown").fill("Clusters grow fast here.")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.locator("del")).to_have_text("slowly")
    expect(editor.locator("ins")).to_have_text("fast")
    editor.get_by_role("button", name="Ask for review").click()
    expect(editor.locator(".messagelist")).to_contain_text("now waits for review")

    # Somebody without an account reads the draft on its link, and nowhere else.
    link = editor.get_by_role("link", name="Preview").get_attribute("href")
    page.goto(link)
    expect(page.get_by_text("Clusters grow fast here.")).to_be_visible()
    expect(page.get_by_role("complementary", name="Preview")).to_contain_text(
        "Preview of a draft"
    )
    assert page.context.cookies() == []
    page.goto("/countries/mexico/")
    expect(page.get_by_text("Clusters grow slowly here.")).to_be_visible()

    # To the editor of another country, neither exists.
    assert stranger.goto(form).status == 404
    stranger.goto(reverse("admin:countries_countrysection_changelist"))
    expect(stranger.get_by_text("0 sections")).to_be_visible()
    expect(stranger.get_by_text("Mexico")).to_have_count(0)

    # The publisher compares the two and publishes.
    publisher.goto(form)
    expect(publisher.locator(".publishing")).to_contain_text("In review")
    publisher.get_by_role("link", name="Compare with the public version").click()
    expect(publisher.locator(".publishing")).to_contain_text("ed asked for review on")
    expect(publisher.locator("ins")).to_have_text("fast")
    publisher.get_by_role("button", name="Publish now").click()
    expect(publisher.locator(".messagelist")).to_contain_text("The public now reads")

    # The page shows it at once, and the link to the preview leads nowhere.
    page.goto("/countries/mexico/")
    expect(page.get_by_text("Clusters grow fast here.")).to_be_visible()
    assert page.goto(link).status == 410
    assert "Clusters grow fast here." in CountrySection.objects.get().lead


def test_a_draft_is_published_by_a_button_and_taken_off_after_a_question(person, page):
    country = make_country(name="Mexico", slug="mexico")
    section = make_section(country=country, status="draft", lead="")
    publisher = person("pia", "Publisher")
    form = reverse("admin:countries_countrysection_change", args=[section.pk])
    publisher.goto(form)
    publisher.get_by_role("button", name="Publish now").click()
    problem = publisher.get_by_role("link", name=re.compile("^Always shown: Needed"))
    problem.click()
    expect(publisher).to_have_url(re.compile("#id_lead$"))
    rich_text(publisher, "Always shown").fill("All is well.")
    publisher.get_by_role("button", name="Publish now").click()
    expect(publisher.locator(".messagelist")).to_contain_text("is public now")
    page.goto("/countries/mexico/")
    expect(page.get_by_text("All is well.")).to_be_visible()

    publisher.get_by_role("link", name="Take off the site…").click()
    expect(publisher.get_by_text("The public can no longer read it")).to_be_visible()
    publisher.get_by_role("button", name="Take off the site").click()
    expect(publisher.locator(".messagelist")).to_contain_text("is a draft again")
    page.goto("/countries/mexico/")
    expect(page.get_by_text("All is well.")).to_have_count(0)
