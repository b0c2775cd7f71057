from django import template

from portal.listing_address import ListingAddress

register = template.Library()


@register.simple_tag(takes_context=True)
def view_address(context, without=None, value=None, **changes):
    """Return the address of this view with ``changes``, in its canonical form.

    ``without`` names a key to drop altogether, or of which only ``value`` is dropped.
    A change of anything but the page leads back to the first page.
    """
    address = context.get("address") or ListingAddress.read(context["request"])
    if without is not None:
        return address.without(without, value)
    # A download has all pages.
    file_format = changes.pop("format", None)
    return address.leading_to(**changes).changed(format=file_format)


@register.simple_tag(takes_context=True)
def absolute_url(context, path):
    """Return ``path`` with scheme and host; alone where no request is at hand."""
    request = context.get("request")
    return request.build_absolute_uri(str(path)) if request else path
