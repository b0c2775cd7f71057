"""Say at the end of a run what it did not look at."""


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
