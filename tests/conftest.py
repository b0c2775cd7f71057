"""What holds for every test, and what a run did not look at."""

import pytest

from portal.content_version import forget


@pytest.fixture(autouse=True)
def kept_nothing():
    """Forget what was kept of records that an earlier test rolled back."""
    forget()


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
