"""Signing in: passwords, the second step, attempts, and how sessions end."""

import re
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from portal import account_urls, attempts
from portal.models import Attempt
from tests.factories import make_staff
from tests.roles import make_roles

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LOGIN = "/admin/account/login/"
INDEX = "/admin/"
WRONG = "The username and/or password you specified are not correct."


@pytest.fixture
def ada(db):
    return make_staff("ada", email="ada@example.org", superuser=True)


@pytest.fixture
def required(settings):
    settings.REQUIRE_2FA = True


def sign_in(client, name="ada", password=PASSWORD, address="192.0.2.1"):
    return client.post(
        LOGIN, {"login": name, "password": password}, REMOTE_ADDR=address
    )


def is_in(client):
    return client.get(INDEX).status_code == 200


def give_app(user):
    """Set up an app for somebody, and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


# Names and passwords


def test_a_password_leads_to_the_page_that_was_asked_for(client, ada):
    asked = client.get("/admin/countries/country/", follow=True)

    assert asked.redirect_chain[-1][0] == f"{LOGIN}?next=/admin/countries/country/"
    answer = client.post(
        asked.request["PATH_INFO"],
        {"login": "ada", "password": PASSWORD, "next": "/admin/countries/country/"},
    )
    assert answer.url == "/admin/countries/country/"
    assert is_in(client)


def test_no_other_site_is_led_to(client, ada):
    answer = client.post(
        LOGIN, {"login": "ada", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer.url == INDEX


def test_signing_in_gives_the_session_a_new_key(client, ada):
    client.get(LOGIN)
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


@pytest.mark.parametrize(
    "values", [{}, {"is_active": False}, {"is_staff": False}], ids=str
)
def test_all_that_does_not_open_reads_alike(client, values):
    user = make_staff("ada")
    for name, value in values.items():
        setattr(user, name, value)
    user.save()
    password = PASSWORD if values else "wrong"

    known = sign_in(client, "ada", password)
    unknown = sign_in(client, "nobody", password)

    assert known.status_code == unknown.status_code == 200
    assert WRONG in text_of(known)
    # Read out before the fields.
    assert '<div role="alert" tabindex="-1" autofocus>' in text_of(known)
    assert "<title>Error: Sign in" in text_of(known)
    token = r'value="[^"]{64}"|value="(ada|nobody)"'
    assert re.sub(token, "", text_of(known)) == re.sub(token, "", text_of(unknown))


def test_an_unknown_name_costs_a_hash_as_well(client, settings, monkeypatch):
    """Time is spent on hashing, so count hashes rather than seconds."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    name = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    settings.PASSWORD_HASHERS = [name]
    make_staff("ada")

    hashed = []
    encode = PBKDF2PasswordHasher.encode

    def counting(self, password, *arguments, **options):
        hashed.append(password)
        return encode(self, password, *arguments, **options)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counting)
    for name in ("ada", "nobody"):
        hashed.clear()
        sign_in(client, name, "wrong")
        assert hashed == ["wrong"], name


def test_nobody_signs_up(client):
    names = {pattern.name for pattern in account_urls.urlpatterns}
    assert not {name for name in names if "signup" in name or "email" in name}
    assert client.get("/admin/account/signup/").status_code in {302, 404}


# Attempts


def guess(client, times, name="ada", address="192.0.2.1"):
    return [
        sign_in(client, name, "wrong", address).status_code for _time in range(times)
    ]


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_the_eleventh_guess_is_refused_for_a_while(client, ada, name):
    assert guess(client, 10, name) == [200] * 10

    refused = sign_in(client, name)

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 15 * 60
    assert "no further attempt is taken for 15 minutes" in text_of(refused)
    assert not is_in(client)


def test_spelling_a_name_otherwise_gives_no_more_guesses(client, ada):
    names = ["ada", "ADA", " ada ", "Ada", "ａｄａ"] * 2
    for name in names:
        guess(client, 1, name)
    assert guess(client, 1, "aDa") == [429]


def test_the_owner_gets_in_from_another_address(client, ada):
    guess(client, 10, address="192.0.2.1")
    assert sign_in(client, address="192.0.2.1").status_code == 429

    assert sign_in(client, address="198.51.100.7").status_code == 302
    assert is_in(client)


def test_many_addresses_get_few_guesses_each(client, ada):
    guess(client, 10, address="192.0.2.1")
    assert guess(client, 4, address="198.51.100.7") == [200, 200, 200, 429]


def test_an_address_guesses_fifty_times_in_all(client, ada):
    for number in range(50):
        attempts.begin(attempts.PASSWORD, f"name-{number}", "192.0.2.1")
    assert sign_in(client).status_code == 429
    assert sign_in(client, address="192.0.2.2").status_code == 302


def test_addresses_of_one_network_count_as_one(ada, client):
    for number in range(10):
        guess(client, 1, address=f"2001:db8::{number:x}")
    assert guess(client, 1, address="2001:db8::ffff") == [429]
    assert guess(client, 1, address="2001:db8:1::1") == [200]


def test_attempts_count_for_a_quarter_of_an_hour(client, ada):
    guess(client, 10)
    Attempt.objects.update(at=timezone.now() - attempts.WINDOW)
    assert sign_in(client).status_code == 302


def test_what_is_refused_makes_nobody_wait_longer(client, ada):
    guess(client, 15)
    assert Attempt.objects.count() == 10


def test_who_got_in_has_all_attempts_again(client, ada):
    guess(client, 9)
    sign_in(client)
    assert not Attempt.objects.exists()


def test_attempts_are_counted_without_a_cache(client, ada, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    secret = give_app(ada)
    assert guess(client, 11) == [200] * 10 + [429]
    assert sign_in(client, address="192.0.2.9").url == reverse("mfa_authenticate")
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert answer.status_code == 302
    assert is_in(client)


def test_attempts_are_counted_outside_the_process(client, ada):
    guess(client, 10)
    cache.clear()
    assert guess(client, 1) == [429]


def test_no_attempt_tells_what_was_typed(client, ada):
    guess(client, 1, name="my password by mistake")
    assert "mistake" not in str(Attempt.objects.values())


def test_proxies_are_trusted_as_many_as_there_are(client, ada, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        client.post(
            LOGIN,
            {"login": "ada", "password": "wrong"},
            headers={"x-forwarded-for": f"10.0.0.{number}, 203.0.113.5"},
        )
    assert Attempt.objects.values_list("address", flat=True).distinct().get() == (
        "203.0.113.5"
    )


# The second step


def test_an_app_is_set_up_at_the_first_sign_in(client, ada, required):
    sign_in(client)
    assert client.get(INDEX).url == reverse("mfa_activate_totp")
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    picture = client.get(reverse("mfa_qr_code"))
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content

    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    right = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})

    assert "Incorrect code." in text_of(wrong)
    assert right.url == reverse("mfa_view_recovery_codes")
    codes = client.get(right.url).context["unused_codes"]
    assert len(codes) == 10
    assert codes[0] not in text_of(client.get(right.url))
    assert is_in(client)


def test_a_password_alone_opens_nothing_once_an_app_is_set_up(client, ada):
    secret = give_app(ada)
    assert sign_in(client).url == reverse("mfa_authenticate")
    assert not is_in(client)
    page = reverse("mfa_authenticate")
    assert client.post(page, {}).status_code == 200
    assert client.post(page, {"code": "000000"}).status_code == 200
    assert not is_in(client)
    assert client.post(page, {"code": code_of(secret)}).url == INDEX
    assert is_in(client)


def test_the_picture_stays_good_while_other_pages_are_asked_for(client, ada):
    sign_in(client)
    address = reverse("mfa_activate_totp")
    secret = client.get(address).context["form"].secret
    client.get(address)
    assert client.post(address, {"code": code_of(secret)}).status_code == 302


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_opens_once_within_a_step_of_its_time(client, ada, steps, monkeypatch):
    # Else another step could begin meanwhile.
    now = time.time()
    clock = SimpleNamespace(time=lambda: now)
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", clock)
    secret = give_app(ada)
    code = code_of(secret, steps)
    statuses = []
    for _time in range(2):
        visitor = Client()
        sign_in(visitor)
        answer = visitor.post(reverse("mfa_authenticate"), {"code": code})
        statuses.append(answer.status_code)
    assert statuses == [302, 200]


def test_a_code_that_is_too_old_opens_nothing(client, ada):
    secret = give_app(ada)
    sign_in(client)
    for steps in (-3, 3):
        answer = client.post(
            reverse("mfa_authenticate"), {"code": code_of(secret, steps)}
        )
        assert answer.status_code == 200


def test_the_code_that_set_up_the_app_is_used_up(client, ada):
    sign_in(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    code = code_of(secret)
    client.post(reverse("mfa_activate_totp"), {"code": code})
    visitor = Client()
    sign_in(visitor)
    answer = visitor.post(reverse("mfa_authenticate"), {"code": code})
    assert answer.status_code == 200


def test_a_recovery_code_opens_once(client, ada):
    give_app(ada)
    code = RecoveryCodes.activate(ada).get_unused_codes()[0]
    statuses = []
    for _time in range(2):
        visitor = Client()
        sign_in(visitor)
        answer = visitor.post(reverse("mfa_authenticate"), {"code": code})
        statuses.append(answer.status_code)
    assert statuses == [302, 200]


def test_codes_are_guessed_five_times(client, ada):
    secret = give_app(ada)
    sign_in(client)
    page = reverse("mfa_authenticate")
    statuses = [client.post(page, {"code": f"00000{n}"}).status_code for n in range(5)]
    assert statuses == [200] * 5
    refused = client.post(page, {"code": code_of(secret)})
    assert refused.status_code == 429
    assert not is_in(client)


def test_secrets_are_stored_encrypted(ada):
    secret = give_app(ada)
    codes = RecoveryCodes.activate(ada).get_unused_codes()
    stored = str(list(Authenticator.objects.values("data")))
    assert secret not in stored
    assert codes[0] not in stored


def test_another_secret_key_opens_no_account_and_breaks_no_page(
    client, ada, settings, caplog
):
    secret, former = give_app(ada), settings.SECRET_KEY
    settings.SECRET_KEY = "another" * 10
    sign_in(client)
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert answer.status_code == 200
    assert "stored under another SECRET_KEY" in caplog.text
    settings.SECRET_KEY_FALLBACKS = [former]
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert answer.url == INDEX


def staff_routes():
    """Return an address of each route of the back office that names no record."""
    found = []
    for pattern in get_resolver().url_patterns:
        if not str(pattern.pattern).startswith("admin/"):
            continue
        for inner in pattern.url_patterns:
            names = getattr(inner, "url_patterns", [inner])
            for route in names:
                prefix = f"{pattern.pattern}"
                if route is not inner:
                    prefix += str(inner.pattern)
                if "<" not in str(route.pattern) and "(" not in str(route.pattern):
                    found.append((f"/{prefix}{route.pattern}", route.name))
    return found


def test_no_page_is_open_without_the_second_step(client, ada, required):
    from portal.second_factor import WITHOUT_SECOND_FACTOR

    client.force_login(ada)
    asked = set()
    for address, name in staff_routes():
        asked.add(name)
        for method in ("get", "post"):
            if name == "account_logout" or name == "logout":
                continue
            answer = getattr(client, method)(address)
            if name in WITHOUT_SECOND_FACTOR:
                assert answer.status_code in {200, 302, 404, 405}, address
            else:
                assert answer.status_code == 302, address
                assert answer.url == reverse("mfa_activate_totp"), address
    assert {"index", "countries_country_changelist", "autocomplete"} <= asked


def test_other_addresses_of_the_back_office_are_closed_as_well(client, ada, required):
    client.force_login(ada)
    for address in ("/admin/nonsense/", "/admin/countries/country/1/change/"):
        assert client.get(address).url == reverse("mfa_activate_totp")


def test_a_session_from_before_the_app_has_to_show_it(client, ada, required):
    sign_in(client)
    secret = give_app(ada)
    page = f"{reverse('mfa_reauthenticate')}?next={INDEX}"
    assert client.get(INDEX).url == page
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.get(INDEX).url == page
    assert client.get(reverse("mfa_deactivate_totp")).url.startswith(page[:30])
    assert client.post(page, {"code": code_of(secret), "next": INDEX}).url == INDEX
    assert is_in(client)


def test_taking_the_second_step_away_leads_to_a_new_one(client, ada, required):
    secret = give_app(ada)
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_in(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert client.get(INDEX).url == reverse("mfa_activate_totp")


def test_a_new_password_by_mail_does_not_skip_the_second_step(client, ada, required):
    secret = give_app(ada)
    client.post(reverse("account_reset_password"), {"email": ada.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    new = "another horse battery"
    done = client.post(address, {"password1": new, "password2": new}, follow=True)
    assert "Your password is set" in text_of(done)
    assert not is_in(client)
    assert sign_in(client, password=new).url == reverse("mfa_authenticate")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_in(client)
    assert "was used already" in text_of(Client().get(link, follow=True))


def test_a_developer_is_not_asked_for_a_second_step(client, ada, settings):
    assert settings.REQUIRE_2FA is False
    sign_in(client)
    assert is_in(client)


# Forgotten passwords


def test_a_link_goes_to_known_addresses_and_the_page_reads_alike(client, ada):
    pages = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in (ada.email, "nobody@example.org")
    ]
    assert [message.to for message in mail.outbox] == [[ada.email]]
    assert text_of(pages[0]) == text_of(pages[1])


def test_links_are_sent_five_times(client, ada):
    address = reverse("account_reset_password")
    statuses = [
        client.post(address, {"email": ada.email}).status_code for _time in range(6)
    ]
    assert statuses == [302] * 5 + [429]


def test_mail_that_cannot_be_sent_breaks_no_page(client, ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = client.post(reverse("account_reset_password"), {"email": ada.email})
    assert answer.url == reverse("account_reset_password_done")


# Sessions


def other_session(user):
    visitor = Client()
    visitor.force_login(user)
    assert is_in(visitor)
    return visitor


def test_a_new_password_ends_the_other_sessions(client, ada):
    other = other_session(ada)
    sign_in(client)
    new = "another horse battery"
    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert answer.url == reverse("mfa_index")
    assert is_in(client)
    assert not is_in(other)


@pytest.mark.parametrize("password", ["short", "123456789012", "password1234"])
def test_weak_passwords_are_refused(client, ada, password):
    sign_in(client)
    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_a_new_role_ends_the_sessions(client):
    make_roles()
    person = make_staff("bob")
    client.force_login(person)
    assert is_in(client)
    person.groups.add(Group.objects.get(name="Publisher"))
    answer = client.get(INDEX)
    assert answer.url == f"{LOGIN}?next={INDEX}"
    page = text_of(client.get(answer.url))
    assert "Your rights have changed. Sign in again." in page


def test_rights_given_to_a_role_end_the_sessions_of_its_members(client):
    make_roles()
    person = make_staff("bob")
    editors = Group.objects.get(name="Editor")
    person.groups.add(editors)
    client.force_login(person)
    assert is_in(client)
    editors.permissions.add(Permission.objects.get(codename="publish_cluster"))
    assert not is_in(client)


def move_back(client, **seconds):
    session = client.session
    for name, value in seconds.items():
        session[name] -= value
    session.save()


@pytest.mark.parametrize(
    ("clock", "allowed", "refused"),
    [("seen_at", 3590, 3610), ("signed_in_at", 12 * 3600 - 10, 12 * 3600 + 10)],
)
def test_a_session_ends_by_the_clock(client, ada, clock, allowed, refused):
    client.force_login(ada)
    move_back(client, **{clock: allowed})
    assert is_in(client)
    client.force_login(ada)
    key = client.session.session_key
    move_back(client, **{clock: refused})
    assert not is_in(client)
    assert not Session.objects.filter(pk=key).exists()


def test_work_keeps_a_session_from_idling(client, ada):
    client.force_login(ada)
    for _hour in range(3):
        move_back(client, seen_at=3000)
        assert is_in(client)


def test_signing_out_ends_the_session_on_the_server(client, ada):
    sign_in(client)
    key = client.session.session_key
    stolen = Client()
    stolen.cookies["sessionid"] = key
    assert is_in(stolen)
    client.post(reverse("account_logout"))
    assert not is_in(stolen)
    assert not is_in(client)


def test_one_signs_out_everywhere_else(ada):
    first, second = Client(), Client()
    sign_in(first)
    sign_in(second)
    page = second.get(reverse("usersessions_list"))
    assert len(page.context["sessions"]) == 2
    second.post(reverse("usersessions_list"))
    assert not is_in(first)
    assert is_in(second)


# Cookies and pages


def test_only_the_back_office_sets_cookies(client, ada):
    for address in ("/", "/about/", "/partnerships/"):
        assert client.get(address).cookies == {}
    assert set(client.get(LOGIN).cookies) == {"csrftoken"}
    sign_in(client)
    assert client.get("/").cookies == {}
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        True,
        "Lax",
        "/",
    )


def test_pages_of_an_account_are_well_formed_and_kept_by_nobody(client, ada):
    give_app(ada)
    RecoveryCodes.activate(ada)
    anonymous = [
        "account_login",
        "account_reset_password",
        "account_reset_password_done",
    ]
    pages = [client.get(reverse(name)) for name in anonymous]
    sign_in(client)
    pages.append(client.get(reverse("mfa_authenticate")))
    client.post(reverse("mfa_authenticate"), {"code": code_of(*secrets())})
    for name in (
        *("mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
        *("mfa_generate_recovery_codes", "account_change_password", "account_logout"),
        *("usersessions_list", "account_reauthenticate", "mfa_reauthenticate"),
    ):
        pages.append(client.get(reverse(name)))
    titles = set()
    for page in pages:
        assert page.status_code == 200, page.request["PATH_INFO"]
        content = page.content.decode()
        assert content.count("<h1") == 1
        assert '<html lang="en-gb">' in content
        assert '<main id="content"' in content
        assert not re.search(r"<[^>]+\s(style|on\w+)=", content)
        assert "unsafe" not in page["Content-Security-Policy"]
        assert not re.search(r'src="data:', content)
        titles.add(re.search(r"<title>(.+?)</title>", content, re.S)[1])
    assert len(titles) == len(pages) - 1


def secrets():
    from allauth.mfa.utils import decrypt

    totp = Authenticator.objects.get(type="totp")
    return [decrypt(totp.data["secret"])]


def test_fields_tell_password_managers_what_they_are(client, ada):
    page = client.get(LOGIN).content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    give_app(ada)
    sign_in(client)
    page = client.get(reverse("mfa_authenticate")).content.decode()
    assert 'autocomplete="one-time-code"' in page
