"""What axe finds on a page, in both colour schemes and at every width."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from axe_playwright_python.base import AXE_SCRIPT

WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")
OPTIONS = {
    "resultTypes": ["violations"],
    # Style sheets are of this site, and read as they are; nothing is fetched again.
    "preload": False,
}
# Colours pass over into each other, which tells nothing of how they differ.
SETTLE = """() => {
  for (let turn = 0; turn < 9 && document.getAnimations().length; turn += 1) {
    document.getAnimations().forEach((animation) => animation.finish());
  }
}"""


class Look(NamedTuple):
    scheme: str
    width: int


def looks(page, widths: Sequence[int] = WIDTHS) -> Iterator[Look]:
    """Show an open page in each colour scheme at each width, without another visit."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLE)
            yield Look(scheme, width)


def violations(page, part: str = "") -> list[tuple[str, str]]:
    """Return each rule that is broken, with the element that breaks it.

    ``part`` is a selector of what is looked at, instead of the whole page.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    context = json.dumps(part) if part else "document"
    found = page.evaluate(f"axe.run({context}, {json.dumps(OPTIONS)})")
    return [
        (violation["id"], node["html"])
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
