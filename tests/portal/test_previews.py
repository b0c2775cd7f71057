"""The public page with a draft's content, on a signed link that expires."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.core import signing
from django.db import connection
from django.test import Client
from django.utils import timezone

from events.models import NewsItem
from portal.publishing import reworking
from portal.publishing.drafts import Rework
from portal.publishing.previews import preview_address, signer
from portal.rich_text import RichTextField
from tests import back_office, factories
from tests.payloads import PAYLOADS

pytestmark = pytest.mark.django_db
MAKERS = [
    factories.make_country,
    factories.make_section,
    factories.make_cluster,
    factories.make_partnership,
    factories.make_event,
    factories.make_achievement,
    factories.make_news_item,
]
NO_STORE = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


def without_frame(content):
    """Return a page less what only its preview has, and what only it has."""
    content = re.sub(
        r'<aside class="preview-banner".*?</aside>', "", content, flags=re.S
    )
    content = re.sub(r'<meta name="robots" content="noindex">', "", content)
    content = re.sub(r'<link rel="canonical"[^>]*>', "", content)
    content = re.sub(r'<link rel="alternate"[^>]*oembed[^>]*>', "", content)
    content = re.sub(r'<meta property="og:url"[^>]*>', "", content)
    # When it was published, to the millisecond.
    content = re.sub(r"T\d\d:\d\d:\d\d\.\d+Z", "", content)
    return re.sub(r"\s+", " ", content)


@pytest.mark.parametrize("make", MAKERS)
def test_a_preview_is_the_public_page_with_the_content_of_the_draft(make):
    record = make(status="draft")
    address = preview_address(record).partition("#")[0]

    response = Client().get(address)

    assert response.status_code == 200
    for name, value in NO_STORE.items():
        assert response[name] == value
    assert "ETag" not in response
    assert "Last-Modified" not in response
    assert response.cookies == {}
    preview = response.content.decode()
    assert "Preview of a draft" in preview
    assert 'rel="canonical"' not in preview
    assert '<meta name="robots" content="noindex">' in preview
    page = record.get_absolute_url().partition("#")[0]
    hidden = Client().get(page)
    if make is not factories.make_section:
        assert hidden.status_code == 404
    type(record).objects.filter(pk=record.pk).publish()
    public = Client().get(page).content.decode()
    assert without_frame(preview) == without_frame(public)
    assert "Preview of a draft" not in public


def test_a_section_is_previewed_on_the_page_of_its_country():
    section = factories.make_section(status="draft", lead="What is to come.")
    address = preview_address(section)

    assert address.endswith("#context")
    response = Client().get(address.partition("#")[0])

    assert "What is to come." in response.content.decode()
    page = Client().get(section.country.get_absolute_url()).content.decode()
    assert "What is to come." not in page


def test_a_preview_needs_no_public_parent():
    country = factories.make_country(status="draft")
    cluster = factories.make_cluster(country=country, status="draft", name="CLAUT")

    response = Client().get(preview_address(cluster))

    assert "CLAUT" in response.content.decode()
    assert Client().get(country.get_absolute_url()).status_code == 404


def test_whoever_is_signed_in_sees_the_page_of_a_visitor(admin_client):
    item = factories.make_news_item(status="draft")
    address = preview_address(item)

    mine, theirs = admin_client.get(address), Client().get(address)

    assert mine.content == theirs.content
    assert mine.cookies == {}


def test_a_link_expires(monkeypatch, settings):
    settings.PREVIEW_DAYS = 2
    item = factories.make_news_item(status="draft")
    address = preview_address(item)
    until = timezone.localtime() + datetime.timedelta(days=2)
    page = Client().get(address).content.decode()
    assert f"link valid until {until.day} {until:%B %Y}" in page

    real = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + 2 * 86400 + 1)
    response = Client().get(address)

    assert response.status_code == 410
    assert "The link has expired" in response.content.decode()
    assert response["Cache-Control"] == "no-store, private"


def forged(item, other):
    token = preview_address(item).removeprefix("/preview/").removesuffix("/")
    value, rest = token.rsplit(":", 2)[0], ":".join(token.rsplit(":", 2)[1:])
    return [
        token[:-1],
        token + "x",
        f"{value.replace(str(item.pk), str(other.pk))}:{rest}",
        value,
        "nonsense",
        "::::",
        signing.TimestampSigner(salt="another").sign(value),
        "%00",
        "x" * 5000,
    ]


def test_a_forged_link_leads_nowhere():
    item = factories.make_news_item(status="draft")
    other = factories.make_news_item(status="draft")
    for token in forged(item, other):
        response = Client().get(f"/preview/{token}/")

        assert response.status_code == 404, token
        assert "The link is not complete" in response.content.decode()
        assert response["X-Robots-Tag"] == "noindex"


def test_a_link_to_what_is_gone_says_so():
    archived = factories.make_news_item(status="archived")
    deleted = factories.make_news_item(status="draft")
    published = factories.make_news_item()
    rework = reworking.start(published, None)
    addresses = [
        preview_address(archived),
        preview_address(deleted),
        preview_address(published, rework),
    ]
    deleted.delete()
    reworking.discard(rework)
    # Another draft is not what the link was given for.
    reworking.start(published, None)

    for address in addresses:
        response = Client().get(address)

        assert response.status_code == 410
        assert "discarded or archived" in response.content.decode()


def by_hand(item):
    NewsItem.objects.filter(pk=item.pk).publish()


def by_the_clock(item):
    past = timezone.now() - datetime.timedelta(days=1)
    own = NewsItem.objects.filter(pk=item.pk)
    own.update(status="approved", publish_at=past)


def off_by_the_clock(records):
    records.update(unpublish_at=timezone.now() - datetime.timedelta(minutes=1))


@pytest.mark.parametrize("publish", [by_hand, by_the_clock])
@pytest.mark.parametrize(
    "withdraw",
    [
        None,
        off_by_the_clock,
        lambda records: records.unpublish(),
        lambda records: [records.archive(), records.restore()],
    ],
)
def test_a_link_ends_for_good_with_the_publication(admin_client, publish, withdraw):
    item = factories.make_news_item(status="draft")
    address = preview_address(item)
    assert Client().get(address).status_code == 200

    publish(item)
    own = NewsItem.objects.filter(pk=item.pk)
    if withdraw:
        withdraw(own)
    own.update(summary="What nobody else is to read.")

    response = Client().get(address)
    assert response.status_code == 410
    assert b"nobody else" not in response.content
    if own.get().status == "draft":
        # A new link is one to the new draft.
        assert Client().get(preview_address(own.get())).status_code == 200
    else:
        page = admin_client.get(back_office.change_url(item)).content.decode()
        assert "/preview/" not in page


def test_a_draft_that_contradicts_the_record_is_not_available():
    cluster = factories.make_cluster()
    rework = reworking.start(cluster, None)
    taken = factories.make_cluster(country=cluster.country)
    snapshot = {"": rework.snapshot[""] | {"name": taken.name}}
    Rework.objects.filter(pk=rework.pk).update(snapshot=snapshot)

    assert Client().get(preview_address(cluster, rework)).status_code == 410


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_preview_answers_no_other_method(method):
    address = preview_address(factories.make_news_item(status="draft"))

    assert getattr(Client(), method)(address).status_code == 405
    assert Client().head(address).status_code == 200


def test_robots_are_told_to_leave_previews_alone():
    assert "Disallow: /preview/" in Client().get("/robots.txt").content.decode()


@pytest.mark.parametrize("make", MAKERS)
def test_the_form_of_what_is_not_public_has_the_link(admin_client, make):
    record = make(status="in_review")

    page = admin_client.get(back_office.change_url(record)).content.decode()

    link = re.search(r'data-copy="http://testserver(/preview/[^"]+)"', page)[1]
    assert Client().get(link.partition("#")[0]).status_code == 200


def test_what_is_public_or_archived_has_no_link_of_its_own(admin_client):
    for status in ("published", "archived"):
        record = factories.make_news_item(status=status)
        page = admin_client.get(back_office.change_url(record)).content.decode()
        assert "/preview/" not in page


def test_a_link_is_given_only_to_who_may_see_the_record(client):
    user = factories.make_staff("reader")
    every_country = Permission.objects.get(codename="edit_every_country")
    user.user_permissions.add(every_country)
    client.force_login(user)
    item = factories.make_news_item(status="draft")
    assert client.get(back_office.change_url(item)).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_newsitem"))
    # New rights end the session.
    client.force_login(user)

    page = client.get(back_office.change_url(item)).content.decode()

    assert "/preview/" in page


def test_the_signature_is_of_previews_alone():
    assert signer.salt == "portal.preview"


# Texts that were written past the portal

WITH_RICH_TEXTS = [
    factories.make_section,
    factories.make_achievement,
    factories.make_news_item,
]


def rich_fields(model):
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, RichTextField)
    ]


def store_past_the_portal(record, text):
    """Write a text into each rich text of a record, where no field cleans it."""
    table = connection.ops.quote_name(record._meta.db_table)
    with connection.cursor() as cursor:
        for field in rich_fields(type(record)):
            column = connection.ops.quote_name(field.column)
            statement = f"UPDATE {table} SET {column} = %s WHERE id = %s"
            cursor.execute(statement, [text, record.pk])


def store_in_draft(rework, model, text):
    hostile = {field.name: text for field in rich_fields(model)}
    snapshot = {"": rework.snapshot[""] | hostile}
    Rework.objects.filter(pk=rework.pk).update(snapshot=snapshot)


@pytest.mark.parametrize("make", WITH_RICH_TEXTS)
def test_what_was_written_past_the_portal_is_cleaned_in_a_preview(make):
    draft, public = make(status="draft"), make()
    rework = reworking.start(public, None)
    addresses = [preview_address(draft), preview_address(public, rework)]
    for payload in PAYLOADS:
        text = f"<p>Text</p>{payload}"
        store_past_the_portal(draft, text)
        store_in_draft(rework, type(public), text)
        for address in addresses:
            page = Client().get(address.partition("#")[0]).content.decode()
            assert "<p>Text</p>" in page
            # Without a tag it is only words.
            assert "<" not in payload or payload not in page, payload


def test_all_that_has_rich_texts_is_previewed_with_hostile_ones():
    models = {type(make()) for make in MAKERS if rich_fields(type(make()))}
    assert models == {type(make()) for make in WITH_RICH_TEXTS}
