from unittest.mock import patch

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.test import TestCase, override_settings

from portal import views

QUERYSET = "countries.querysets.CountryQuerySet.published"


class ErrorPageTests(TestCase):
    """Each error has a page that says what to do, and keeps the strict policy."""

    def assert_readable(self, response, status, heading):
        self.assertEqual(response.status_code, status)
        content = response.content.decode()
        self.assertEqual(content.count("<h1"), 1)
        self.assertIn(heading, content)
        self.assertIn('<html lang="en-gb">', content)
        self.assertIn('href="/"', content)
        self.assertIn("default-src 'none'", response["Content-Security-Policy"])
        self.assertEqual(response.cookies, {})

    def answer_to(self, error):
        self.client.raise_request_exception = False
        with patch(QUERYSET, side_effect=error):
            return self.client.get("/countries/")

    def test_unknown_addresses(self):
        for address in ("/nowhere/", "/countries/atlantis/", "/events/none/", "/%00"):
            response = self.client.get(address)
            self.assert_readable(response, 404, "This page does not exist")

    def test_what_may_not_be_opened(self):
        response = self.answer_to(PermissionDenied)
        self.assert_readable(response, 403, "You may not open this page")

    def test_what_cannot_be_read(self):
        response = self.answer_to(SuspiciousOperation)
        self.assert_readable(response, 400, "could not be understood")

    def test_a_fault_of_the_portal(self):
        response = self.answer_to(RuntimeError("secret"))
        self.assert_readable(response, 500, "Something went wrong on our side")
        self.assertNotContains(response, "secret", status_code=500)

    def test_a_database_that_is_away(self):
        response = self.answer_to(OperationalError("secret"))
        self.assert_readable(response, 503, "The portal is being restored")
        self.assertEqual(response["Retry-After"], "10")
        self.assertNotContains(response, "secret", status_code=503)

    def test_a_foreign_host(self):
        response = self.client.get("/", headers={"host": "evil.example"})
        self.assertEqual(response.status_code, 400)

    @override_settings(ALLOWED_HOSTS=["testserver"], USE_X_FORWARDED_HOST=False)
    def test_a_forwarded_host_is_ignored(self):
        response = self.client.get("/about/", headers={"x-forwarded-host": "evil"})
        self.assertNotContains(response, "evil")


class HealthTests(TestCase):
    def test_a_healthy_portal(self):
        response = self.client.get("/health/live")
        self.assertEqual((response.status_code, response.content), (200, b"ok"))
        response = self.client.get("/health/ready")
        self.assertEqual(
            response.json(), {"database": "ok", "migrations": "ok", "cache": "ok"}
        )

    def test_live_does_not_ask_the_database(self):
        with self.assertNumQueries(0):
            self.client.get("/health/live")

    def test_is_never_cached(self):
        for address in ("/health/live", "/health/ready"):
            self.assertIn("no-store", self.client.get(address)["Cache-Control"])

    def test_what_fails_is_named_and_nothing_is_told_of_it(self):
        for target in ("connection", "cache", "MigrationExecutor"):
            failing = patch.object(views, target, side_effect=OSError("secret"))
            with self.subTest(target=target), failing as broken:
                broken.cursor.side_effect = broken.set.side_effect = OSError("secret")
                response = self.client.get("/health/ready")
                self.assertEqual(response.status_code, 503)
                self.assertIn("failed", response.json().values())
                self.assertNotContains(response, "secret", status_code=503)
