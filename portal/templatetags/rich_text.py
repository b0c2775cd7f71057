from django import template

from portal.live_figures import as_text, rendered

register = template.Library()


@register.filter
def rich(text, iso2=""):
    """Show a text with its figures of today, those of a country where it names none."""
    return rendered(text, iso2)


@register.filter
def words(text, iso2=""):
    """Show the words of a text alone, its figures among them."""
    return as_text(text, iso2)
