"""The public page with a draft's content, for whoever was given its link.

A link is signed, bound to a record and to its draft, and expires. The page is made by
the public view itself, in a rehearsal in which the record counts as published.
"""

import copy
import datetime
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import Http404, QueryDict
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from .drafts import Rework
from .rehearsals import rehearsal, rehearse, show

DRAFT, REWORK = "draft", "rework"
HEADERS = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex",
    # The sites that the page links to do not learn its address.
    "Referrer-Policy": "no-referrer",
}
# What a request for the public page does not have: who asks, and what they know of it.
LEFT_OUT = (
    *("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"),
    *("HTTP_HX_REQUEST", "HTTP_HX_TARGET", "QUERY_STRING"),
)
# How the database says that a draft contradicts what has changed meanwhile.
UNFIT = (IntegrityError, ProtectedError, ObjectDoesNotExist)
signer = signing.TimestampSigner(salt="portal.preview")


class GoneError(Exception):
    """What a link led to is no longer there."""


@dataclass(frozen=True)
class Preview:
    """What the banner of the page says."""

    valid_until: datetime.datetime


def longest() -> datetime.timedelta:
    return datetime.timedelta(days=settings.PREVIEW_DAYS)


def preview_address(record, rework=None) -> str:
    """Return the path of a page with a draft, valid from now on for its time."""
    version = f"{REWORK}-{rework.pk}" if rework else own_version(record)
    token = signer.sign(f"{record._meta.label_lower}:{record.pk}:{version}")
    fragment = urlsplit(record.get_absolute_url()).fragment
    address = reverse("preview", args=[token])
    return f"{address}#{fragment}" if fragment else address


def own_version(record) -> str:
    """Return which draft a record itself is: another one once it was published."""
    published = record.published_at and record.published_at.timestamp()
    return f"{DRAFT}-{published}"


@require_safe
def preview(request, token):
    try:
        value = signer.unsign(token, max_age=longest())
        response = page_of(request, *value.split(":"), signed_at(token))
    except (signing.SignatureExpired, GoneError, *UNFIT):
        response = refusal(request, HTTPStatus.GONE)
    except (signing.BadSignature, Http404):
        response = refusal(request, HTTPStatus.NOT_FOUND)
    for name in ("ETag", "Last-Modified", "Vary"):
        response.headers.pop(name, None)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def refusal(request, status):
    context = {"has_expired": status == HTTPStatus.GONE}
    return render(request, "portal/preview_refused.html", context, status=status)


def signed_at(token) -> datetime.datetime:
    # The signature has been checked.
    seconds = signing.b62_decode(token.rsplit(":", 2)[1])
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def page_of(request, label, key, version, made_at):
    """Return the public page, rendered, as it would be with the draft published."""
    record = apps.get_model(label)._base_manager.filter(pk=key).first()
    if record is None:
        raise GoneError
    rework = rework_of(record, version)
    with rehearsal():
        if rework:
            rehearse(rework, record)
            record = type(record)._base_manager.get(pk=key)
        show(record)
        # Read anew, because its parents were not public when they were read.
        record = type(record)._base_manager.get(pk=key)
        inner = public_request(request, urlsplit(record.get_absolute_url()).path)
        inner.preview = Preview(made_at + longest())
        match = resolve(inner.path_info)
        inner.resolver_match = match
        response = match.func(inner, *match.args, **match.kwargs)
        if hasattr(response, "render"):
            response.render()
    return response


def rework_of(record, version) -> Rework | None:
    """Return the draft that a link is about; None if that is the record itself."""
    if version.startswith(DRAFT):
        if not record.is_to_come or version != own_version(record):
            raise GoneError
        return None
    rework = Rework.objects.of(record).filter(pk=version.partition("-")[2]).first()
    if rework is None:
        raise GoneError
    return rework


def public_request(request, path):
    """Return the request of an anonymous visitor for a page of the site."""
    inner = copy.copy(request)
    # Worked out from what is left out below.
    vars(inner).pop("headers", None)
    inner.user = AnonymousUser()
    inner.method = "GET"
    inner.path = inner.path_info = path
    inner.GET = QueryDict()
    inner.COOKIES = {}
    inner.META = {
        name: value for name, value in request.META.items() if name not in LEFT_OUT
    }
    inner.META["PATH_INFO"] = path
    return inner


def link_of(request, record, rework=None) -> dict:
    """Return what the back office shows of a link: where it leads, and until when."""
    return {
        "address": request.build_absolute_uri(preview_address(record, rework)),
        "valid_until": timezone.now() + longest(),
    }
