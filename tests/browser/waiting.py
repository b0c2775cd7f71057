"""Wait for what a script or a navigation brings about."""

import pytest
from playwright.sync_api import Error


def wait_until(page, expression):
    """Ask again and again: the page's policy refuses the function that would wait."""
    for _attempt in range(200):
        try:
            if page.evaluate(expression):
                return
        except Error as error:
            # The page went away while it was asked; the next one will answer.
            if "context was destroyed" not in str(error):
                raise
        page.wait_for_timeout(50)
    pytest.fail(f"never: {expression}")


def rich_text(page, name):
    """Find the editor of a rich text, which takes the place of a plain field."""
    return page.get_by_role("textbox", name=name, exact=True).and_(
        page.locator("[contenteditable=true]")
    )
