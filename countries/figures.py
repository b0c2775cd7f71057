"""Figures and names of languages, written as people read them."""

from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.numbers import format_compact_decimal, format_decimal, get_currency_symbol
from django.utils.translation import get_language, to_locale

ONE_MILLION = Decimal(1_000_000)


def format_figure(value: Decimal, indicator) -> str:
    """Write ``value`` with the currency symbol, decimals and unit of its indicator."""
    locale = _locale()
    if indicator.in_words and abs(value) >= ONE_MILLION:
        number = format_compact_decimal(
            value,
            format_type="long",
            locale=locale,
            fraction_digits=indicator.decimals,
        )
    else:
        pattern = "#,##0." + "0" * indicator.decimals
        number = format_decimal(value, format=pattern.rstrip("."), locale=locale)
    if indicator.currency_code:
        # The plain symbol; the page names the currency beside it.
        number = get_currency_symbol(indicator.currency_code, locale="en") + number
    if indicator.unit:
        # A no-break space, so that a figure never parts from its unit.
        number = f"{number}\u00a0{indicator.unit}"
    return number


def language_name(code: str) -> str:
    """Return the name of a language in the language of the page."""
    try:
        return Locale.parse(code, sep="-").get_display_name(_locale()) or code
    except (UnknownLocaleError, ValueError):
        return code


def _locale() -> str:
    return to_locale(get_language() or "en-gb")
