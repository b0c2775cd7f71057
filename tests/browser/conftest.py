"""Chromium for journeys through the live server.

The executable is the system's own, so that tests need no download.
"""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

# The first draws nothing for a screen, so it works half as much as the others.
EXECUTABLES = (
    "chromium-headless-shell",
    *("chromium", "chromium-browser", "google-chrome"),
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    # Without these Chromium asks servers of its maker while tests run.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# Machines that run the whole suite at once answer late.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser():
    found = [path for path in map(shutil.which, EXECUTABLES) if path]
    if not found:
        unavailable = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        unavailable("No Chromium on PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found[0], args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, live_server):
    """Open a page of its own for each test, with addresses on the live server."""
    with browser.new_context(base_url=live_server.url, locale="en-GB") as context:
        yield context.new_page()


@pytest.fixture
def faults(page):
    """Collect what the browser complains of: scripts, policy, missing files."""
    messages = []
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on(
        "console",
        lambda message: (
            messages.append(f"{page.url}: {message.text}")
            if message.type in ("error", "warning")
            else None
        ),
    )
    return messages
