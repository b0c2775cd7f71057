"""The templates of lists, which are rendered by Jinja.

A table of fifty rows beside four hundred options of filters takes Django's templates
ten milliseconds, and Jinja's, which are compiled to Python, less than one. All else is
in Django's.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import get_format, number_format
from django.utils.translation import get_language, gettext, ngettext
from jinja2 import Environment
from markupsafe import Markup

# Between a digit and a letter, and before a capital that follows a small letter.
WITHIN_WORD = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])")
LONG_WORD = 10
# Rows of tables whose text is kept, of some two kilobytes each.
MOST_ROWS = 1_000


def environment(**options) -> Environment:
    options |= {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(**options)  # noqa: S701 -- it is set above
    environment.globals |= {
        "_": gettext,
        "breakable": breakable,
        # Renders a part of Django's, with what is named.
        "part": lambda template, **inputs: render_to_string(template, inputs),
        "kept_rows": kept_rows,
        "ngettext": ngettext,
        "number_formatter": number_formatter,
        "static": static,
        "url": reverse,
    }
    return environment


def kept_rows(
    macro: Callable[[tuple, dict[str, str]], Markup], shown: dict[str, str]
) -> Callable[[tuple], Markup]:
    """Return what shows a row by a macro, once for as long as the row says the same.

    Nothing but the row and ``shown`` may come into its text.
    """
    return partial(row_html, macro, get_language(), tuple(shown.items()))


@lru_cache(maxsize=MOST_ROWS)
def row_html(macro, language, shown, row):
    return macro(row, dict(shown))


def breakable(name: str) -> Markup:
    """Let a long word break where another one begins within it, as in CamelCase."""
    words = [
        Markup("<wbr>").join(WITHIN_WORD.split(word)) if len(word) > LONG_WORD else word
        for word in name.split(" ")
    ]
    return Markup(" ").join(words)


def number_formatter() -> Callable[[int], str]:
    """Return what writes whole numbers as people read them, with thousands parted.

    It is that of the language in use, which it does not ask for again: a page of a
    list has hundreds of counts.
    """
    if get_format("NUMBER_GROUPING") != 3:
        return partial(number_format, force_grouping=True)
    separator = get_format("THOUSAND_SEPARATOR")
    return lambda number: f"{number:,}".replace(",", separator)
