from django import template
from django.utils.http import urlencode

register = template.Library()


@register.simple_tag(takes_context=True)
def view_query(context, without=None, value=None, **changes):
    """Return the query of this view with ``changes``, in one canonical form.

    Keys are sorted, empty values left out. ``without`` names a key to drop
    altogether, or of which only ``value`` is dropped. A change of anything
    but the page leads back to the first page.
    """
    query = {key: list(values) for key, values in context["request"].GET.lists()}
    if "page" not in changes:
        query.pop("page", None)
    if without is not None:
        kept = [text for text in query.get(without, []) if value and text != value]
        query[without] = kept
    if changes.get("page") == 1:
        changes["page"] = ""
    query |= {key: [new] for key, new in changes.items()}
    pairs = [
        (key, text)
        for key, values in sorted(query.items())
        for text in values
        if text not in ("", None)
    ]
    return f"?{urlencode(pairs)}" if pairs else "?"


@register.simple_tag(takes_context=True)
def absolute_url(context, path):
    """Return ``path`` with scheme and host; alone where no request is at hand."""
    request = context.get("request")
    return request.build_absolute_uri(path) if request else path
