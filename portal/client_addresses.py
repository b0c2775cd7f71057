"""From which address a request comes, behind the proxies of the site."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# What one subscriber gets of the addresses of IPv6.
BITS_OF_A_NETWORK = 64


def client_address(request: HttpRequest) -> str:
    """Return the address that the outermost proxy of ours saw.

    Each proxy appends to ``X-Forwarded-For`` whom it was asked by. What stands before
    those of ours, the client wrote itself.
    """
    number = settings.TRUSTED_PROXY_COUNT
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    text = request.META.get("REMOTE_ADDR", "")
    if number and len(seen) >= number:
        text = seen[-number]
    return network(text.strip())


def network(text: str) -> str:
    """Return an address of IPv4, or the network of one of IPv6, as clients count."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    prefix = f"{address.exploded}/{BITS_OF_A_NETWORK}"
    return str(ipaddress.ip_network(prefix, strict=False))
