"""Somebody of the staff sets up an app and signs in with it."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.factories import make_staff

from .accessibility import violations

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"


def code_of(secret, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def assert_accessible(page):
    assert violations(page) == [], page.url


def give_password(page, look):
    page.goto("/admin/")
    look(page)
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_an_app_is_set_up_and_asked_for_under_the_policy(page, faults, settings):
    settings.REQUIRE_2FA = True
    set_up_and_sign_in(page, look=lambda page: None)
    assert faults == []


def test_axe_finds_nothing_on_the_way_in(page, settings):
    settings.REQUIRE_2FA = True
    set_up_and_sign_in(page, look=assert_accessible)


def set_up_and_sign_in(page, look):
    make_staff("ada", superuser=True)

    give_password(page, look)
    page.wait_for_url("**/account/app/")
    look(page)
    picture = page.get_by_role("img", name="The secret below")
    assert picture.evaluate("image => image.naturalWidth") > 0
    secret = page.locator("code").inner_text()
    page.get_by_label("Code that the app shows").fill(code_of(secret))
    page.get_by_role("button", name="Set it up").click()
    page.wait_for_url("**/recovery-codes/")
    recovery_code = page.locator("li code").first.inner_text()
    look(page)
    page.get_by_role("link", name="Go to the back office").click()
    page.wait_for_url("**/admin/")

    page.get_by_role("button", name="Log out").click()
    give_password(page, look)
    page.wait_for_url("**/account/code/")
    look(page)
    page.get_by_label("Code from your app").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    page.get_by_label("Code from your app").fill(recovery_code)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/admin/")

    page.get_by_role("link", name="Your account").click()
    sessions = page.get_by_role("link", name="Where you are signed in")
    expect(sessions).to_be_visible()
    look(page)
    sessions.click()
    expect(page.get_by_text("this one")).to_be_visible()
    look(page)
