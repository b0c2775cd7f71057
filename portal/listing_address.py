"""The one codec of what the address of a list asks for.

Page, links, downloads, feeds and redirects all read and write addresses here, so
that the same view always has the same address: keys sorted, nothing empty, no value
twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.functional import cached_property

# What "format" asks for besides the page itself; events also have a filter so called.
FILE_FORMATS = ("atom", "csv", "ics", "json", "xlsx")


def shown(text: str) -> str:
    """Return a text without NUL, which no page can hold, in a form that shows it."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


@lru_cache(maxsize=256)
def encoded(pair: tuple[str, str]) -> str:
    """Return a key and its value for a query; the links of a page share most of them."""
    return urlencode([pair])


@dataclass(frozen=True)
class ListingAddress:
    """A path, and for each key of its query the values, in the order given.

    ``fragment`` names the part of the page in which the list stands.
    """

    path: str
    values: Mapping[str, tuple[str, ...]]
    fragment: str = ""

    @classmethod
    def read(cls, request: HttpRequest) -> ListingAddress:
        return cls(request.path, {}).changed(
            **{
                shown(key): map(shown, texts)
                for key, texts in request.GET.lists()
                if key
            }
        )

    def unknown(self, *known: str) -> list[tuple[str, str]]:
        """Return what is asked for beside these keys, as pairs of key and value."""
        # Where a visitor came from is no wish.
        return [pair for pair in self.pairs(*known) if not pair[0].startswith("utm_")]

    def only(self, *keys: str) -> ListingAddress:
        """Return the address less every other key."""
        return self.with_values({k: v for k, v in self.values.items() if k in keys})

    def less(self, pairs: Iterable[tuple[str, str]]) -> ListingAddress:
        """Return the address without these pairs of key and value."""
        values = dict(self.values)
        for key, unwanted in pairs:
            values[key] = tuple(t for t in values.get(key, ()) if t != unwanted)
        return self.with_values(values)

    def with_values(self, values: Mapping[str, tuple[str, ...]]) -> ListingAddress:
        """Return an address of the same list; keys without values are left out."""
        stated = {key: texts for key, texts in values.items() if texts}
        return ListingAddress(self.path, stated, self.fragment)

    def __str__(self):
        pairs = "&".join(map(encoded, self.pairs()))
        query = f"?{pairs}" if pairs else ""
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{self.path}{query}{fragment}"

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """Return keys and values in canonical order, but for the keys ``without``."""
        return [
            (key, text)
            for key, texts in sorted(self.values.items())
            if key not in without
            for text in texts
        ]

    def first(self, key: str) -> str:
        """Return the first value of a key; empty where there is none."""
        return next(iter(self.values.get(key, ())), "")

    def changed(self, /, **changes: str | int | Iterable[str] | None) -> ListingAddress:
        """Return the address with other values; nothing empty is kept."""
        values = dict(self.values)
        for key, change in changes.items():
            texts = [change] if isinstance(change, str | int | None) else change
            kept = dict.fromkeys(str(text) for text in texts if text not in ("", None))
            values[key] = tuple(kept)
        return self.with_values(values)

    @cached_property
    def of_page(self) -> ListingAddress:
        """Return the address of the first page, in place of that of a file."""
        return self.less([("format", name) for name in FILE_FORMATS]).changed(page=None)

    def of_file(self, file_format: str) -> ListingAddress:
        """Return the address of a download, which a filter may be named like."""
        page = self.of_page
        return page.changed(format=[*page.values.get("format", ()), file_format])

    def leading_to(
        self, /, **changes: str | int | Iterable[str] | None
    ) -> ListingAddress:
        """Return the address of a link: another view begins on its first page."""
        if changes.get("page") == 1:
            del changes["page"]
        return self.of_page.changed(**changes)

    def without(self, key: str, value: str | None = None) -> ListingAddress:
        """Return the address less one value of a key, or less the whole key."""
        kept = [text for text in self.values.get(key, ()) if value and text != value]
        return self.leading_to(**{key: kept})

    def present(self, former_columns: Mapping[str, str]) -> ListingAddress | None:
        """Return what an address of the former platform is called now.

        ``former_columns`` tells the present names of its columns; None where the
        address asks for none of them.
        """
        column = former_columns.get(self.first("order"))
        if column is None:
            return None
        is_descending = self.first("sort") == "desc"
        return self.changed(order=None, sort=f"-{column}" if is_descending else column)
