"""What holds for every test, and what a run did not look at."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import override_settings
from hypothesis import settings

from portal.content_version import forget

# How long an example takes is no property; a machine may be busy.
settings.register_profile("portal", settings(), deadline=None)
settings.load_profile("portal")


@pytest.fixture(scope="session", autouse=True)
def quick_hashes():
    """Spend no third of a second on the password of each account that a test makes."""
    name = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[name]):
        yield


@pytest.fixture(autouse=True)
def kept_nothing():
    """Forget what was kept of records that an earlier test rolled back.

    Of content types as well, which tests that empty the tables forget: else the number
    of queries would hang on the order of the tests.
    """
    forget()
    ContentType.objects.clear_cache()


def pytest_terminal_summary(terminalreporter):
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if report.nodeid.startswith("tests/browser/")
    ]
    if skipped:
        terminalreporter.section("NO BROWSER", red=True, bold=True)
        terminalreporter.line(
            f"{len(skipped)} browser tests did not run, because no Chromium is on "
            "PATH. On Debian: apt-get install chromium",
            red=True,
            bold=True,
        )
