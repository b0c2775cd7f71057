"""What is sent to the back office when nobody is signed in, or anew, is not lost."""

import html

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clusters.models import Cluster
from tests.back_office import add_url, change_url, changelist_url, form_values
from tests.factories import make_cluster, make_staff

pytestmark = pytest.mark.django_db

ADDRESS = "http://testserver"


@pytest.fixture
def ada(db):
    return make_staff("ada", superuser=True)


@pytest.fixture
def browser(ada):
    """Return a client that sends forms as a browser does, with their tokens."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    return client


def opened(client, record):
    return form_values(client.get(change_url(record))) | {
        "summary": 'Two "lines"\r\nof <b>text</b>',
        "_continue": "Save and continue editing",
    }


def send(client, address, values, origin=ADDRESS):
    return client.post(address, values, headers={"origin": origin})


def end_by_the_clock(client):
    session = client.session
    session["seen_at"] -= 3610
    session.save()


def end_in_the_database(client):
    Session.objects.all().delete()


def typed(response):
    return {name: value for name, (value,) in form_values(response).items()}


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (end_by_the_clock, "because you had been away for an hour."),
        (end_in_the_database, "You are signed out."),
    ],
)
def test_a_form_is_kept_until_its_sender_is_signed_in_again(browser, ada, end, reason):
    cluster = make_cluster(summary="Before")
    address = f"{change_url(cluster)}?_changelist_filters=q%3Da"
    values = opened(browser, cluster)
    end(browser)

    refused = send(browser, address, values)

    assert refused.status_code == 403
    assert reason in refused.content.decode()
    assert f'action="{html.escape(address)}"' in refused.content.decode()
    kept = typed(refused)
    assert kept["summary"] == values["summary"]
    assert kept.keys() == values.keys()
    again = send(browser, address, kept)
    assert (again.status_code, typed(again)["summary"]) == (403, values["summary"])
    # Signed in in another tab, which makes the token of this page a former one.
    browser.post(reverse("account_login"))
    browser.force_login(ada)
    browser.get(reverse("admin:index"))
    browser.cookies["csrftoken"] = "a" * 32
    late = send(browser, address, kept)
    assert late.status_code == 403
    assert "You signed in again after you opened this form." in late.content.decode()
    assert Cluster.objects.get().summary == "Before"
    assert send(browser, address, typed(late)).status_code == 302
    assert Cluster.objects.get().summary == values["summary"]


@pytest.mark.parametrize("is_in", [True, False])
@pytest.mark.parametrize(
    "headers",
    [
        *({"origin": o} for o in ("https://elsewhere.example", f"{ADDRESS}:81")),
        *({"origin": "null"}, {"origin": ""}, {}),
    ],
)
def test_what_another_site_sends_is_not_offered_to_be_sent_again(
    browser, headers, is_in
):
    cluster = make_cluster(summary="Before")
    values = opened(browser, cluster) | {"csrfmiddlewaretoken": "b" * 32}
    if not is_in:
        del browser.cookies["sessionid"]
    refused = browser.post(change_url(cluster), values, headers=headers)
    assert refused.status_code == 403
    assert refused.wsgi_request.user.is_authenticated == is_in
    assert b"Two" not in refused.content
    assert b"Two" in send(browser, change_url(cluster), values).content


@pytest.mark.parametrize("route", ["account_login", "mfa_authenticate"])
def test_what_one_signs_in_with_is_not_kept(browser, route):
    browser.get(reverse("account_login"))
    refused = send(
        browser,
        reverse(route),
        {"login": "ada", "code": "123456", "csrfmiddlewaretoken": "b" * 32},
    )
    assert refused.status_code == 403
    assert b"123456" not in refused.content
    assert b"The form could not be sent" in refused.content


def test_passwords_and_files_are_not_kept_and_files_are_named(client):
    refused = client.post(
        reverse("admin:auth_user_add"),
        {
            "username": "bob",
            "password1": "correct horse",
            "photo": [SimpleUploadedFile(n, b"x") for n in ("a<b.png", "c.png")],
        },
    )
    page = refused.content.decode()
    assert typed(refused).keys() == {"csrfmiddlewaretoken", "username"}
    assert "correct horse" not in page
    assert "a&lt;b.png, c.png" in page


@pytest.mark.parametrize("end", [end_by_the_clock, end_in_the_database])
def test_where_nothing_was_typed_one_is_led_to_sign_in(client, ada, end):
    client.force_login(ada)
    end(client)
    answer = client.post(changelist_url(Cluster))
    assert answer.status_code == 302
    assert "/login/" in answer.url


def test_signing_out_twice_keeps_nothing(client):
    answer = client.post(reverse("admin:logout"), {"text": "typed"})
    assert answer.status_code == 302


def test_nothing_is_saved_for_who_is_not_signed_in(client):
    answer = client.post(add_url(Cluster), {"name": "Theirs"})
    assert answer.status_code == 403
    assert answer["Cache-Control"].endswith("private")
    assert not Cluster.objects.exists()
