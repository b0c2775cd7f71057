"""What holds for every test, and what a run did not look at."""

from unittest.mock import patch

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from hypothesis import settings

from portal.content_version import forget

# How long an example takes is no property; a machine may be busy.
settings.register_profile("portal", settings(), deadline=None)
settings.load_profile("portal")


@pytest.fixture(scope="session", autouse=True)
def quick_beginnings():
    """Begin no test with what takes a server some time.

    That is a third of a second for the password of each account, and a look through
    all static files for each client.
    """
    name = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[name], WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_flushes():
    """Empty tables on PostgreSQL by deleting their few rows.

    To truncate a hundred tables takes a second, after each test that commits. Triggers
    and foreign keys are off meanwhile, which only a superuser may do.
    """
    truncate = DatabaseOperations.sql_flush

    def delete(operations, style, tables, *, reset_sequences=False, **options):
        if reset_sequences or not may_pass_triggers(operations.connection):
            options["reset_sequences"] = reset_sequences
            return truncate(operations, style, tables, **options)
        rows = [f"DELETE FROM {operations.quote_name(table)}" for table in tables]
        role = "SET LOCAL session_replication_role"
        return ["; ".join([f"{role} = replica", *rows, f"{role} = origin"])]

    with patch.object(DatabaseOperations, "sql_flush", delete):
        yield


def may_pass_triggers(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


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
            "PATH. On Debian: apt-get install chromium-headless-shell",
            red=True,
            bold=True,
        )
