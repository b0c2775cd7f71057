"""Keys of the API: how they are issued, kept, used and revoked."""

import datetime

import pytest

from portal.models import ApiKey
from portal.partial_dates import today
from tests import back_office
from tests.factories import make_api_key

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/news/"
VALUES = {"name": "A newsroom", "contact": "desk@example.org", "rate": 1000}


def status(client, text):
    return client.get(ADDRESS, headers={"Authorization": f"Bearer {text}"}).status_code


def test_a_key_is_shown_once_and_kept_as_a_digest(admin_client):
    page = admin_client.post(back_office.add_url(ApiKey), VALUES)
    key = ApiKey.objects.get()
    text = page.context["issued_key"]

    assert page.status_code == 200
    assert f"<code>{text}</code>" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert text.startswith(f"{key.prefix}.")
    kept = [str(value) for value in ApiKey.objects.values().get().values()]
    assert not any(text in value or text.split(".")[1] in value for value in kept)
    for address in (back_office.change_url(key), back_office.changelist_url(ApiKey)):
        assert text not in admin_client.get(address).content.decode()
    assert status(admin_client, text) == 200


def test_changing_the_record_keeps_the_key(admin_client):
    key, text = make_api_key(rate=5)
    back_office.assert_saves(admin_client, back_office.change_url(key), rate=7)
    assert ApiKey.objects.get().rate == 7
    assert status(admin_client, text) == 200


def test_a_revoked_key_is_refused_at_once(admin_client):
    key, text = make_api_key()
    other, other_text = make_api_key()

    page = back_office.run_action(admin_client, "revoke", key)

    assert back_office.messages_of(page) == ["1 key revoked."]
    assert (status(admin_client, text), status(admin_client, other_text)) == (401, 200)


def test_keys_cannot_be_deleted(admin_client):
    key, _text = make_api_key()
    assert admin_client.get(back_office.delete_url(key)).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer "},
        {"Authorization": "bearer a.b"},
        {"X-API-Key": ""},
        {"X-API-Key": "é.ü"},
        {"X-API-Key": "a\0b.c"},
        {"X-API-Key": "x" * 5000},
    ],
)
def test_an_unknown_key_is_a_problem_and_not_a_request_without_one(client, header):
    make_api_key()
    answer = client.get(ADDRESS, headers=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"


def test_the_secret_part_has_to_be_right(client):
    key, text = make_api_key()
    wrong = f"{key.prefix}.{'x' * 40}"
    assert (status(client, text), status(client, wrong)) == (200, 401)
    assert status(client, text[:-1]) == 401


def test_other_credentials_are_not_for_the_api(client):
    headers = {"Authorization": "Basic YTpi"}
    assert client.get(ADDRESS, headers=headers).status_code == 200


def test_the_day_of_the_last_use_is_noted_once_a_day(client, django_assert_num_queries):
    key, text = make_api_key(last_used_on=datetime.date(2020, 1, 1))
    status(client, text)
    key.refresh_from_db()
    assert key.last_used_on == today()
    # The key, the version and the list.
    with django_assert_num_queries(3):
        status(client, text)


def test_a_key_shows_nothing_that_is_not_public(client):
    _key, text = make_api_key()
    headers = {"X-API-Key": text}
    assert client.get(ADDRESS, headers=headers).json() == client.get(ADDRESS).json()


def test_using_a_key_is_no_change_of_content(client):
    _key, text = make_api_key()
    etag = client.get(ADDRESS)["ETag"]
    status(client, text)
    assert client.get(ADDRESS)["ETag"] == etag
