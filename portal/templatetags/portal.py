import json
from functools import lru_cache

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context
from django.template.base import NodeList
from django.template.loader import get_template, render_to_string
from django.template.loader_tags import BlockNode
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.listing_address import ListingAddress

register = template.Library()

# The parts of the site that the main navigation leads to. The frame is kept for each of
# them, and for no other path.
SECTIONS = {"countries", "clusters", "partnerships", "events", "achievements", "news"}


@register.simple_tag(takes_context=True)
def view_address(context, without=None, value=None, without_all=(), **changes):
    """Return the address of this view with ``changes``, in its canonical form.

    ``without`` names a key to drop altogether, or of which only ``value`` is dropped;
    ``without_all`` are filters in use (``ListingFilterSet.chosen``) to drop together.
    A change of anything but the page leads back to the first page.
    """
    address = context.get("address") or ListingAddress.read(context["request"])
    if without is not None:
        return address.without(without, value)
    if without_all:
        keys = {key for key, *_rest in without_all}
        return address.leading_to(**dict.fromkeys(keys))
    # A download has all pages.
    file_format = changes.pop("format", None)
    address = address.leading_to(**changes)
    return address.changed(format=file_format) if file_format else address


@register.simple_tag(takes_context=True)
def part(context, template, **inputs):
    """Show a template of either engine, with all that this one has and ``inputs``."""
    html = render_to_string(template, context.flatten() | inputs)
    # It has escaped what it shows; only Django's engine says so.
    return SafeString(html)


@register.simple_tag
def once(template_name, **inputs):
    """Show a template that depends on ``inputs`` alone, rendered once for each of them.

    They are constants, or of a few values. The frame of a page takes longer than its
    fifty rows otherwise.
    """
    # A template that was edited is another one.
    template = get_template(template_name).template
    return rendered(
        template, get_language(), get_script_prefix(), tuple(inputs.items())
    )


@lru_cache(maxsize=64, typed=True)
def rendered(template, _language, _prefix, inputs):
    return template.render(Context(dict(inputs)))


@register.simple_tag
def contact_address():
    """Return where to learn whom to write to; empty where that is nobody."""
    return f"{reverse('about')}#contact" if settings.CONTACT_EMAIL else ""


@register.filter
def section(path):
    """Return the section of the site that a path belongs to; empty where it is none."""
    name = (path or "").strip("/").partition("/")[0]
    return name if name in SECTIONS else ""


@register.simple_tag(takes_context=True)
def absolute_url(context, path):
    """Return ``path`` with scheme and host; alone where no request is at hand."""
    request = context.get("request")
    return request.build_absolute_uri(str(path)) if request else path


@register.simple_tag(takes_context=True)
def block_again(context, name):
    """Return what a block of this page holds, on one line, to say it once more."""
    text = BlockNode(name, NodeList()).render(context)
    # The words of what templates have escaped already.
    return SafeString(" ".join(text.split()))


@register.simple_tag(takes_context=True)
def oembed_link(context, page):
    """Let programs find the snippet of a page that other sites can show.

    There is none of the preview of a draft.
    """
    if getattr(context["request"], "preview", None):
        return ""
    query = urlencode({"format": "json", "url": absolute_url(context, page)})
    return format_html(
        '<link rel="alternate" type="application/json+oembed" href="{}" title="{}">',
        absolute_url(context, f"{reverse('oembed')}?{query}"),
        _("Snippet for other sites (oEmbed)"),
    )


# What would end the script, or begin another.
UNSAFE_IN_SCRIPTS = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}


@register.simple_tag
def structured_data(data):
    """Return what a page is about as JSON-LD of schema.org, less what is not known.

    ``data`` is a dictionary without ``@context``; keys whose value is None or empty
    are left out.
    """
    stated = {key: value for key, value in data.items() if value not in (None, "", [])}
    text = json.dumps(
        {"@context": "https://schema.org"} | stated,
        cls=DjangoJSONEncoder,
        ensure_ascii=False,
    )
    return format_html(
        '<script type="application/ld+json">{}</script>',
        SafeString(text.translate(UNSAFE_IN_SCRIPTS)),
    )


@register.simple_tag(takes_context=True)
def breadcrumb_data(context, title, parent="", parent_url=""):
    """Return where a page stands as JSON-LD of schema.org."""
    steps = [(_("Home"), reverse("home")), (parent, parent_url)]
    # An included template has the request beside its context, not in it.
    request = getattr(context, "request", None)
    absolute = request.build_absolute_uri if request else str
    links = [
        {"@type": "ListItem", "position": number, "name": name, "item": absolute(url)}
        for number, (name, url) in enumerate(filter(all, steps), start=1)
    ]
    here = {"@type": "ListItem", "position": len(links) + 1, "name": str(title)}
    return structured_data(
        {"@type": "BreadcrumbList", "itemListElement": [*links, here]}
    )
