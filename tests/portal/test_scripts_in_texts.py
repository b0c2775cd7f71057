"""No text of any record, whoever wrote it, is taken for a part of a page.

Kinds of records and their fields are found by themselves: a new text is filled with
scripts, and a new kind is opened on every page, without a word here.
"""

from itertools import count

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils.html import escape

from clusters.models import Cluster
from portal.history import has_history, recording
from portal.history_admin import moment_in_address
from portal.publishing import reworking
from portal.publishing.models import Publishable
from portal.publishing.previews import preview_address
from portal.publishing.snapshots import RECORD
from portal.rich_text import RichTextField
from tests.back_office import changelist_url, run_action
from tests.factories import make_cluster, make_staff
from tests.payloads import PAYLOADS

from .linked_records import make_linked_records
from .test_pages import addresses

pytestmark = pytest.mark.django_db
# A few at a time: more than a title holds would be left out of it.
GROUPS = [PAYLOADS[start::6] for start in range(6)]
# Texts that take nothing but codes, names in addresses and names of time zones.
TAKE_NO_TAG = {
    *("code", "currency_code", "iso2", "iso3", "language", "parent_code", "slug"),
    *("time_zone", "end_time_zone"),
}
MARKUP = ("text/html", "application/atom+xml", "application/xml", "image/svg+xml")
numbers = count(1)


def kinds():
    """Return each kind of record that people write, rows included."""
    return [model for model in apps.get_models() if has_history(model)]


def text_fields(model):
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not (field.choices or getattr(field, "derived", False))
    ]


def hostile(field, payloads):
    """Return the longest text of payloads that a field takes of people, or nothing."""
    together = [" ".join(payloads[:size]) for size in range(len(payloads), 1, -1)]
    for text in (*together, *payloads):
        number = next(numbers)
        for form in (
            f"{text} {number}",
            f"https://example.org/#{text}{number}",
            f'"{text}{number}"@example.org',
        ):
            try:
                return field.clean(form, None)
            except ValidationError:
                continue
    return ""


def hostile_values(model, payloads):
    return {
        field.name: text
        for field in text_fields(model)
        if (text := hostile(field, payloads))
    }


def fill(records, payloads):
    """Write payloads into all texts of records, with their drafts, as people do."""
    for record in records:
        for name, text in hostile_values(type(record), payloads).items():
            setattr(record, name, text)
        record.save()


def draft(records, payloads):
    """Begin a draft beside each record that can have one, with other texts."""
    for record in records:
        if isinstance(record, Publishable):
            rework = reworking.start(record, None)
            says = rework.snapshot[RECORD] | hostile_values(type(record), payloads)
            snapshot = rework.snapshot | {RECORD: says}
            reworking.keep(rework, rework.base, snapshot, None, rework.state)
            record.draft = rework


def admin_address(model, page, *arguments):
    route = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(route, args=arguments)


def pages_of(record):
    """Yield the addresses of what the back office shows of a record."""
    model = type(record)
    for page in ("change", "history", "delete"):
        yield admin_address(model, page, record.pk)
    versions = model.history.filter(id=record.pk).order_by("history_id")
    yield admin_address(
        model, "version", record.pk, moment_in_address(versions[1].history_date)
    )
    yield f"{changelist_url(model)}?q=window"
    if isinstance(record, Publishable):
        yield admin_address(model, "rework", record.pk)
        yield admin_address(model, "rework_compare", record.pk)
        yield admin_address(model, "rework_move", record.pk, "discard")
        yield admin_address(model, "move", record.pk, "archive")
        yield preview_address(record, record.draft).partition("#")[0]
        yield record.get_absolute_url().partition("#")[0]


def choices_of(model):
    """Yield the addresses that offer what can be chosen in the forms of a kind."""
    for field in [*model._meta.fields, *model._meta.many_to_many]:
        related = admin.site._registry.get(field.related_model)
        if related is not None and related.search_fields and field.editable:
            opts = (
                f"app_label={model._meta.app_label}&model_name={model._meta.model_name}"
            )
            yield f"{reverse('admin:autocomplete')}?{opts}&field_name={field.name}&term="


def assert_harmless(response, payloads):
    kind = response["Content-Type"].partition(";")[0]
    told = response.request["PATH_INFO"]
    assert response.status_code == 200, told
    if kind not in MARKUP:
        assert response["X-Content-Type-Options"] == "nosniff", told
        return
    content = response.content.decode()
    for payload in payloads:
        # Without a tag it is only words.
        assert "<" not in payload or payload not in content, told


def delete_all(records):
    """Delete records, those that others need later than these; return them."""
    gone = []
    while records:
        kept = []
        for record in records:
            try:
                with recording():
                    model, key = type(record), record.pk
                    model._base_manager.get(pk=key).delete()
                gone.append((model, key))
            except (ProtectedError, model.DoesNotExist):
                kept.append(record)
        if len(kept) == len(records):
            return gone
        records = kept
    return gone


def test_every_text_that_people_write_takes_a_payload():
    left_out = {
        field.name
        for model in kinds()
        for field in text_fields(model)
        if not any(hostile(field, group) for group in GROUPS)
    }
    assert left_out <= TAKE_NO_TAG


@pytest.fixture
def public():
    """Make a record of each kind; return those that have public pages."""
    linked = make_linked_records()
    make_cluster(country=linked[0])
    return linked


def sign_in_hostile_person(client, payloads):
    user = make_staff("ada", superuser=True)
    name = max((one for one in payloads if len(one) <= 150), key=len)
    User.objects.filter(pk=user.pk).update(username=name, first_name=name)
    user.refresh_from_db()
    client.force_login(user)
    return user


def public_pages(linked):
    yield from addresses(linked).values()
    yield from ("/search/?q=window", "/search/suggest?q=window", "/news/atom.xml")
    yield from ("/events/atom.xml", "/achievements/atom.xml", "/events/calendar.ics")


def pages_of_deleted(records):
    for model, key in delete_all(records):
        if model in admin.site._registry:
            version = model.history.filter(id=key).latest("history_id")
            yield admin_address(model, "deleted")
            yield admin_address(model, "restore", version.history_id)


@pytest.mark.parametrize("payloads", GROUPS)
def test_no_page_takes_a_text_for_a_part_of_itself(client, public, payloads):
    user = sign_in_hostile_person(client, payloads)
    records = [model._base_manager.order_by("pk").last() for model in kinds()]
    # The first version is looked at as a former one.
    for _version in range(2):
        with recording(user, payloads[0]):
            fill(records, payloads)
    draft(records, payloads)
    first, second = Cluster.objects.order_by("pk")[:2]
    of_admins = [one for one in records if type(one) in admin.site._registry]
    LogEntry.objects.log_actions(user.pk, of_admins, CHANGE, " ".join(payloads))
    pages = [
        *public_pages(public),
        reverse("admin:index"),
        reverse("admin:clusters_cluster_merge", args=[first.pk, second.pk]),
        *(page for record in of_admins for page in pages_of(record)),
        *(page for record in of_admins for page in choices_of(type(record))),
    ]
    for address in pages:
        assert_harmless(client.get(address), payloads)
    for record in of_admins:
        assert_harmless(run_action(client, "delete_selected", record), payloads)
    for address in pages_of_deleted(records):
        assert_harmless(client.get(address), payloads)


def test_forms_show_texts_as_they_were_written(client, public):
    """Proves that the pages above show the payloads at all."""
    client.force_login(make_staff("ada", superuser=True))
    for model in kinds():
        if model not in admin.site._registry:
            continue
        record = model._base_manager.order_by("pk").last()
        fill([record], PAYLOADS[:1])
        page = client.get(admin_address(model, "change", record.pk))
        shown = page.context["adminform"].form.fields
        for field in text_fields(model):
            if field.name in shown and not isinstance(field, RichTextField):
                text = escape(getattr(record, field.name))
                assert text in page.content.decode(), field
