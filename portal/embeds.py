"""What of the portal other sites can show in a frame of their own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .listing_address import ListingAddress, shown

LISTS = {
    "partnerships:list": "embed_partnerships",
    "countries:list": "embed_partnership_map",
    "clusters:list": "embed_cluster_map",
}
COUNTRY, FACTS = "country", "embed_facts"
# In pixels.
HEIGHTS = {
    "embed_partnerships": 560,
    "embed_partnership_map": 760,
    "embed_cluster_map": 760,
    FACTS: 480,
}
WIDTH = 960
TITLES = {
    "embed_partnerships": gettext_lazy("ESCP-4i partnerships"),
    "embed_partnership_map": gettext_lazy("Map: partnerships that target each country"),
    "embed_cluster_map": gettext_lazy("Map: clusters of each country"),
    FACTS: gettext_lazy("Key facts"),
}
THEMES = {
    "": gettext_lazy("As the reader has it"),
    "light": gettext_lazy("Light"),
    "dark": gettext_lazy("Dark"),
}
# What an embed leaves to the page itself.
LEFT_OUT = ("page", "format", "theme")


@dataclass(frozen=True)
class Embed:
    """A part of the portal in a frame: its address, and that of the page it is of."""

    route: str
    address: ListingAddress
    page: ListingAddress
    title: str
    height: int

    @classmethod
    def of_list(cls, page_route: str, values=None) -> Embed:
        """Return the embed of a view of a list."""
        route = LISTS[page_route]
        page = ListingAddress(reverse(page_route), {}).changed(**(values or {}))
        page = page.changed(**dict.fromkeys(LEFT_OUT))
        address = ListingAddress(reverse(route), page.values)
        return cls(route, address, page, str(TITLES[route]), HEIGHTS[route])

    @classmethod
    def of_country(cls, slug: str, name: str) -> Embed:
        page = ListingAddress(reverse(COUNTRY, args=[slug]), {})
        address = ListingAddress(reverse(FACTS, args=[slug]), {})
        title = _("%(name)s: key facts") % {"name": name}
        return cls(FACTS, address, page, title, HEIGHTS[FACTS])

    def snippet(self, site: str, height: int | None = None, width: int = 0) -> str:
        """Return the HTML for the page of another site, as wide as that or ``width``."""
        return format_html(
            '<iframe src="{}{}" title="{}" width="100%" height="{}" '
            'loading="lazy" style="border:0{}"></iframe>',
            site,
            str(self.address),
            self.title,
            height or self.height,
            f";max-width:{width}px" if width else "",
        )


def list_asked_for(text: str, host: str) -> tuple[str, dict] | None:
    """Return the route of the page at an address, and what belongs to it.

    That is the slug of a country, or the keys and values of a view of a list. None
    where there is nothing to embed, or where the address is that of another site.
    """
    try:
        parts = urlsplit(text.strip())
        match = resolve(parts.path)
    except (ValueError, Resolver404):
        return None
    if parts.netloc and parts.netloc.lower() != host.lower():
        return None
    if match.view_name == COUNTRY:
        return COUNTRY, match.kwargs
    if match.view_name not in LISTS:
        return None
    values = {}
    for key, value in parse_qsl(parts.query):
        values.setdefault(shown(key), []).append(shown(value))
    return match.view_name, values
