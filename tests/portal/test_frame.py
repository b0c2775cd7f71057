"""What stands around every page."""

import re

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.urls import set_script_prefix

from portal.templatetags.portal import SECTIONS, rendered


def current(client, address):
    """Return the links of the main navigation that are marked as current."""
    page = client.get(address).content.decode()
    navigation = page.partition('<nav class="site-nav"')[2].partition("</nav>")[0]
    return [
        link.partition('href="')[2].partition('"')[0]
        for link in navigation.split("</a>")
        if "aria-current" in link
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "section"),
    [
        ("/countries/", "/countries/"),
        ("/countries/compare/", "/countries/"),
        ("/partnerships/?target=MX", "/partnerships/"),
        ("/partnerships/nowhere/", "/partnerships/"),
        ("/news/", "/news/"),
        *(("/", None), ("/about/", None), ("/data/partnerships/", None)),
        *(("/nowhere/", None), ("/nowhere/clusters/", None)),
    ],
)
def test_the_navigation_marks_the_section_of_a_page(client, address, section):
    assert current(client, address) == ([section] if section else [])


@pytest.mark.django_db
def test_every_link_of_the_navigation_is_to_a_section(client):
    text = render_to_string("components/navigation.html", {"section": ""})
    links = re.findall('href="(.*?)"', text)
    assert links == [f"/{link.strip('/')}/" for link in links]
    assert {link.strip("/") for link in links} == SECTIONS
    for link in links:
        assert current(client, link) == [link]


def test_without_a_request_nothing_is_marked():
    assert "aria-current" not in render_to_string("503.html")


def test_a_site_below_a_path_has_its_own_frame():
    show = engines["django"].from_string(
        '{% load portal %}{% once "components/footer.html" %}'
    )
    assert 'href="/about/"' in show.render()
    set_script_prefix("/portal/")
    try:
        assert 'href="/portal/about/"' in show.render()
    finally:
        set_script_prefix("/")


def test_a_part_of_the_frame_is_made_once_for_each_of_its_inputs():
    rendered.cache_clear()
    show = engines["django"].from_string(
        '{% load portal %}{% once "components/navigation.html" section=section %}'
    )
    for section in ("news", "events", "news"):
        text = show.render({"section": section})
        assert f'href="/{section}/" aria-current' in text
    assert rendered.cache_info().misses == 2


def test_each_language_has_a_frame_of_its_own(monkeypatch):
    rendered.cache_clear()
    show = engines["django"].from_string(
        '{% load portal %}{% once "components/footer.html" %}'
    )
    for language in ("en-gb", "fr", "en-gb"):
        monkeypatch.setattr(
            "portal.templatetags.portal.get_language", lambda name=language: name
        )
        show.render()
    assert rendered.cache_info().misses == 2
