"""Figures in texts that are always today's: ``[[labels held]]``, ``[[clusters in MX]]``.

A text stores the name of the figure; who reads it sees the number, in the language of
the page. The apps say in their ``live_figures.py`` which figures there are. Those of
an app are worked out together, and anew once what they count has changed.
"""

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from types import ModuleType

from django.apps import apps
from django.utils.formats import date_format, number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .content_version import kept
from .partial_dates import today
from .rich_text import cleaned, plain_text

MARK = re.compile(r"\[\[([^\[\]<>]*)\]\]")
COUNTRY = re.compile(r"(?P<name>.*\S)\s+in\s+(?P<iso2>[a-z]{2})", re.IGNORECASE)
TABLE = "<table>"


@dataclass(frozen=True)
class Figure:
    """A number that is counted from the records of today."""

    value: int | Decimal
    is_counted = True
    year_display = ""

    def __str__(self):
        return number_format(self.value, force_grouping=True)


# By name of the figure and code of the country; None where it is not stated.
Figures = dict[str, dict[str, Figure | None]]


@dataclass(frozen=True)
class Mark:
    """What stands between the brackets, taken apart."""

    name: str
    iso2: str = ""

    @classmethod
    def read(cls, text: str) -> "Mark":
        words = " ".join(text.replace("&nbsp;", " ").replace("\xa0", " ").split())
        if match := COUNTRY.fullmatch(words):
            return cls(match["name"].lower(), match["iso2"].upper())
        return cls(words.lower())


def modules() -> list[ModuleType]:
    """Return what the apps say of their figures."""
    names = (getattr(one, "live_figures", None) for one in apps.get_app_configs())
    return [import_module(name) for name in names if name]


@kept
def all_figures() -> Figures:
    figures = {}
    for module in modules():
        figures |= module.figures()
    return figures


def problems_of_figures(rich: str, of_country: bool) -> list[str]:
    """Return what is wrong with the figures named in a text, in sentences."""
    marks = [Mark.read(text) for text in MARK.findall(rich)]
    problems = []
    rest = MARK.sub("", rich)
    if "[[" in rest or "]]" in rest:
        problems.append(
            _(
                "“[[” and “]]” stand around the name of a figure, in one line and "
                "without emphasis within, for instance [[labels held]]."
            )
        )
    if marks:
        # Nothing is counted: what was written may be rolled back for these problems.
        known = {name: one.codes for one in modules() for name in one.names()}
        problems += filter(None, (_problem(one, known, of_country) for one in marks))
    return problems


def _problem(
    mark: Mark, known: dict[str, Callable[[], Container[str]]], of_country: bool
) -> str:
    if mark.name not in known:
        return _("There is no figure “%(name)s”. Write one of: %(known)s.") % {
            "name": mark.name,
            "known": ", ".join(f"[[{name}]]" for name in known),
        }
    if not mark.iso2 and not of_country:
        return _(
            "Say of which country: write [[%(name)s in MX]] for Mexico, with the "
            "two letters of its ISO code."
        ) % {"name": mark.name}
    if mark.iso2 and mark.iso2 not in known[mark.name]():
        return _("The portal has no country with the code %(code)s.") % {
            "code": mark.iso2
        }
    return ""


def found_in(rich: str, iso2: str) -> dict[str, Figure | None]:
    """Return the figures that a text names, by what it names them by."""
    names = MARK.findall(rich)
    if not names:
        return {}
    figures = all_figures()
    marks = {name: Mark.read(name) for name in names}
    return {
        name: figures.get(mark.name, {}).get(mark.iso2 or iso2)
        for name, mark in marks.items()
    }


def rendered(rich: str, iso2: str = "") -> SafeString:
    """Return a text as HTML with its figures, of the country unless it names another.

    It is cleaned here as well, whatever wrote it into the database.
    """
    html = cleaned(rich)
    figures = found_in(html, iso2)
    html = MARK.sub(lambda match: _as_data(figures[match[1]]), html)
    html = html.replace(TABLE, _scrolling_table()).replace("</table>", "</table></div>")
    # All of it is allowed, and so was escaped; what was added is as well.
    return SafeString(html + _note(figures.values()))


def as_text(rich: str, iso2: str = "") -> str:
    """Return the words of a text with its figures."""
    figures = found_in(rich, iso2)
    return plain_text(MARK.sub(lambda match: _as_words(figures[match[1]]), rich))


def _scrolling_table() -> str:
    """Begin a table that scrolls by itself where it is too wide, by keyboard as well."""
    box = '<div class="prose__table" role="group" tabindex="0" aria-label="{}"><table>'
    return format_html(box, _("Table"))


def _as_data(figure: Figure | None) -> str:
    if figure is None:
        return escape(_("not stated"))
    if figure.is_counted:
        markup = '<data class="live-figure" value="{}">{}</data>{}'
        return format_html(markup, figure.value, figure, _said_as_counted())
    markup = '<data value="{}">{}</data> ({})'
    value = f"{figure.value.normalize():f}"
    return format_html(markup, value, figure, figure.year_display)


def _said_as_counted() -> str:
    """Say to who does not see it what underlining says."""
    return format_html('<span class="visually-hidden"> ({})</span>', _("counted"))


def _as_words(figure: Figure | None) -> str:
    if figure is None:
        return escape(_("not stated"))
    if figure.is_counted:
        return escape(str(figure))
    return escape(f"{figure} ({figure.year_display})")


def _note(figures: Iterable[Figure | None]) -> str:
    """Say of which day the counted figures are, where a text has any."""
    if not any(figure and figure.is_counted for figure in figures):
        return ""
    day = today()
    note = _("Underlined figures are counted from the records of the portal, as at")
    return format_html(
        '<p class="small">{} <time datetime="{}">{}</time>.</p>',
        note,
        day.isoformat(),
        date_format(day),
    )
