"""What may be in a text, on every way into the database and out of it."""

import re
from html.parser import HTMLParser

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from countries.models import CountrySection
from events.models import Achievement, NewsItem
from portal.live_figures import rendered
from portal.models import SearchEntry
from portal.publishing.checks import problems_of
from portal.rich_text import (
    ATTRIBUTES,
    TAGS,
    RichTextField,
    cleaned,
    paragraphs,
    plain_text,
)
from portal.search_index import rebuild
from tests.factories import make_achievement, make_news_item, make_section
from tests.payloads import PAYLOADS

FIELDS = [
    (make_section, CountrySection, "lead"),
    (make_section, CountrySection, "rest"),
    (make_achievement, Achievement, "body"),
    (make_news_item, NewsItem, "body"),
]


class Inspector(HTMLParser):
    """Collect what a browser would see in a text that it must not."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag not in TAGS:
            self.found.append(tag)
        for name, value in attributes:
            allowed = ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
            if name not in allowed:
                self.found.append(f"{tag} {name}")
            if name == "href" and not value.startswith(("https://", "mailto:", "#")):
                self.found.append(value)


def forbidden_in(text):
    inspector = Inspector()
    inspector.feed(text)
    return inspector.found


def through_save(model, record, name, text):
    setattr(record, name, text)
    record.save()


def through_update(model, record, name, text):
    model.objects.filter(pk=record.pk).update(**{name: text})


def through_bulk_update(model, record, name, text):
    setattr(record, name, text)
    model.objects.bulk_update([record], [name])


def through_update_or_create(model, record, name, text):
    model.objects.update_or_create(pk=record.pk, defaults={name: text})


WAYS = [through_save, through_update, through_bulk_update, through_update_or_create]


def test_every_text_that_is_written_with_the_editor_is_tested():
    from django.apps import apps

    found = {
        (model, field.name)
        for model in apps.get_models()
        # Former versions are copies of what was stored clean.
        if not hasattr(model, "instance_type")
        for field in model._meta.get_fields()
        if isinstance(field, RichTextField)
    }
    assert found == {(model, name) for _make, model, name in FIELDS}


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_no_way_into_the_database_keeps_a_script(way):
    for make, model, name in FIELDS:
        record = make()
        for payload in PAYLOADS:
            way(model, record, name, f"<p>Text</p>{payload}")
            stored = model.objects.values_list(name, flat=True).get(pk=record.pk)
            assert forbidden_in(stored) == [], payload
            assert "<p>Text</p>" in stored


@pytest.mark.django_db
def test_a_record_that_was_saved_holds_what_the_database_does():
    section = make_section(lead="<p onclick=x>Text</p>", rest="Plain")
    assert (section.lead, section.rest) == ("<p>Text</p>", "<p>Plain</p>")


@pytest.mark.django_db
@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_was_written_past_the_portal_is_cleaned_when_shown(payload):
    shown = rendered(f"<p>Text</p>{payload}")
    assert forbidden_in(shown) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("<p></p>", ""),
        ("<p>&nbsp;</p><p><br></p>", ""),
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        ("<h1>A</h1><h6>B</h6>", "<h3>A</h3><h4>B</h4>"),
        ("<p><b>A</b> <i>b</i></p>", "<p><strong>A</strong> <em>b</em></p>"),
        (
            '<p><a href="https://a.example/?b=1&amp;c">A</a></p>',
            '<p><a href="https://a.example/?b=1&amp;c" rel="noopener">A</a></p>',
        ),
        (
            '<p><a href="/clusters/" target="_blank">A</a></p>',
            '<p><a href="/clusters/" rel="noopener">A</a></p>',
        ),
        ('<p><a href="http://a.example/">A</a></p>', '<p><a rel="noopener">A</a></p>'),
        ("<p>1 < 2 & 3</p>", "<p>1 &lt; 2 &amp; 3</p>"),
        (
            "<table><tr><th>A</th><td colspan=2>B</td></tr></table>",
            '<table><tbody><tr><th>A</th><td colspan="2">B</td></tr></tbody></table>',
        ),
    ],
)
def test_cleaning_keeps_what_is_allowed(text, expected):
    assert cleaned(text) == expected
    assert cleaned(expected) == expected


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*PAYLOADS, "a", "<p>", "</h3>", "<b>", "\n\n", "&"])))
def test_cleaning_twice_changes_nothing(parts):
    once = cleaned("".join(parts))
    assert cleaned(once) == once
    assert forbidden_in(once) == []


@given(
    st.lists(
        st.text("ab<>&\"' é", min_size=1).map(str.strip).filter(bool), max_size=4
    ).map("\n\n".join)
)
def test_plain_texts_come_back_from_paragraphs_as_they_were(text):
    words = "\n".join(line.strip() for line in text.split("\n"))
    assert plain_text(paragraphs(text)) == words
    assert cleaned(paragraphs(text)) == paragraphs(text)


@pytest.mark.django_db
def test_the_search_finds_words_and_no_tags():
    text = (
        "<h3>Címke</h3><p>Held &amp; <strong>bol</strong>der: [[labels held]] "
        '<a href="https://hidden.example/">link</a></p>'
        "<ul><li>one</li><li>two &lt; 3</li></ul>"
    )
    make_section(lead=text, rest="")
    make_news_item(summary="Summary <b>", body=text)
    bodies = {
        entry.kind: " ".join(entry.body.split())
        for entry in SearchEntry.objects.exclude(body="")
        if entry.kind == "news" or entry.part == "section"
    }
    words = "Címke Held & bolder: link one two < 3"
    assert bodies == {"countries": words, "news": f"Summary <b> {words}"}
    assert not rebuild(check_only=True)


@pytest.mark.django_db
def test_an_update_of_the_whole_table_reaches_the_search():
    make_news_item(body="Old")
    NewsItem.objects.update(body="<p>New words</p>")
    entry = SearchEntry.objects.get(kind="news")
    assert "New words" in entry.body
    assert "<p>" not in entry.body


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<h4>Deep</h4>", "“Deep” is of level 4, but none of level 3 stands above"),
        ("<h3></h3><p>a</p>", "A heading is empty"),
        ('<p><a href="https://a.example/">click here</a></p>', "does not say where"),
        ('<p><a href="https://a.example/">Read more …</a></p>', "does not say where"),
        ('<p><a href="https://a.example/">https://a.example/</a></p>', "bare address"),
        ('<p><a href="https://a.example/">www.a.example</a></p>', "bare address"),
        ('<p><a href="ftp://a.example/">Files</a></p>', "leads nowhere"),
        ("<table><tr><td>a</td></tr></table>", "has no headings"),
    ],
)
@pytest.mark.django_db
def test_what_readers_would_stumble_over_keeps_a_record_from_being_published(
    text, problem
):
    for make, _model, name in FIELDS:
        problems = problems_of(make(**{name: text}))
        assert len(problems) == 1
        assert problem in str(problems[0])


@pytest.mark.django_db
def test_a_sound_text_can_be_published():
    text = (
        "<h3>A</h3><h4>B</h4><h3>C</h3>"
        '<p><a href="https://a.example/">Rules of the Gold label</a></p>'
        "<table><tr><th>A</th></tr><tr><td>1</td></tr></table>"
    )
    assert problems_of(make_section(lead=text)) == []


@pytest.mark.django_db
def test_an_address_that_would_be_dropped_is_refused_by_its_name():
    field = CountrySection._meta.get_field("lead").formfield()
    with pytest.raises(ValidationError, match="ftp://a.example"):
        field.clean('<p><a href="ftp://a.example">Files</a></p>')
    kept = '<p><a href="https://a.example/" rel="noopener">Files</a></p>'
    assert field.clean(kept) == kept


@pytest.mark.django_db
def test_public_pages_show_texts_as_they_were_laid_out(client):
    text = "<h3>Heading</h3><ul><li>Item</li></ul>"
    section = make_section(lead=text, rest=text)
    news = make_news_item(body=text)
    achievement = make_achievement(body=text)
    for record in (section.country, news, achievement):
        page = client.get(record.get_absolute_url()).content.decode()
        assert text in page


@pytest.mark.django_db
def test_the_policy_has_a_nonce_in_the_back_office_alone(client, admin_client):
    section = make_section()
    form = admin_client.get(f"/admin/countries/countrysection/{section.pk}/change/")
    policy = form["Content-Security-Policy"]
    assert "script-src 'self' 'nonce-" in policy
    assert "unsafe" not in policy
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    [tag] = re.findall(r"<script[^>]*importmap[^>]*>", form.content.decode())
    assert f'nonce="{nonce}"' in tag
    page = client.get(section.country.get_absolute_url())
    assert "nonce" not in page["Content-Security-Policy"]
    assert "nonce" not in page.content.decode()


@pytest.mark.django_db
def test_the_api_tells_texts_as_words_and_as_html(client):
    make_section(lead="<h3>A</h3><p>B &amp; c</p>", rest="")
    make_news_item(slug="one", body="<p>B &amp; c</p>")
    country = client.get("/api/v1/countries/").json()["results"][0]
    detail = client.get(f"/api/v1/countries/{country['slug']}/").json()
    [section] = detail["sections"]
    assert section["lead"] == "A\n\nB & c"
    assert section["lead_html"] == "<h3>A</h3><p>B &amp; c</p>"
    assert (section["rest"], section["rest_html"]) == (None, None)
    news = client.get("/api/v1/news/one/").json()
    assert (news["body"], news["body_html"]) == ("B & c", "<p>B &amp; c</p>")


@pytest.mark.django_db
def test_feeds_carry_the_text_as_html_beside_the_summary(client):
    make_news_item(summary="In short.", body="<p>At <em>length</em>.</p>")
    feed = client.get("/news/atom.xml").content.decode()
    content = "&lt;p&gt;At &lt;em&gt;length&lt;/em&gt;.&lt;/p&gt;"
    assert f'<content type="html">{content}</content>' in feed
