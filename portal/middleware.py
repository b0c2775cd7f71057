"""What every answer of the portal has in common."""

import logging
import re
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

from .content_version import one_version
from .publishing.reworking import publish_due
from .publishing.schedule import before_public_data

logger = logging.getLogger(__name__)


class DefaultHeadersMiddleware:
    """Add the headers that an answer has not got from its view."""

    headers = {
        # Only the portal's own pages embed what it serves.
        "Cross-Origin-Resource-Policy": "same-origin",
        # A cache may keep an answer, but asks before each use whether it still
        # holds, so that what is published or withdrawn shows at once.
        "Cache-Control": "no-cache",
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class CrossOriginMiddleware:
    """Let the pages of other sites read the API and files, which know no cookies.

    What is asked for decides, not what is answered: a 304 has no media type, and who
    asks too often for a file gets a page. What needs an account is never among them.
    """

    paths = re.compile(
        r"/api/|/data/[^/]+\.[^/]+$|/embed/oembed$"
        r"|/(clusters|events|achievements|news)/[\s\S]+\.(xml|ics)$"
    )
    # Files with the address of a page, as path and format; an address without its last
    # slash leads there.
    files = re.compile(
        r"/(countries|clusters|partnerships|events|achievements|news)/?"
        r"\?(csv|json|xlsx)"
        r"|/countries/compare/?\?(csv|json)"
        r"|/(events|achievements|news)/?\?atom"
        r"|/events/?\?ics"
    )
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": (
            "Content-Disposition, ETag, Last-Modified, Link, Retry-After, "
            "WWW-Authenticate, X-Data-Version, X-RateLimit-Limit, "
            "X-RateLimit-Remaining, X-RateLimit-Reset"
        ),
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    # What a browser is told when it asks whether it may ask.
    permission = {
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
        "Access-Control-Allow-Headers": (
            "Accept, Authorization, If-Modified-Since, If-None-Match, X-API-Key"
        ),
        "Access-Control-Max-Age": "86400",
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not self.is_open(request):
            return self.get_response(request)
        if (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in request.headers
        ):
            return HttpResponse(status=204, headers=self.headers | self.permission)
        return self.opened(self.get_response(request))

    def is_open(self, request):
        path = request.path_info
        return self.paths.match(path) or any(
            self.files.fullmatch(f"{path}?{text}")
            for text in request.GET.getlist("format")
        )

    def opened(self, response):
        for name, value in self.headers.items():
            response.headers[name] = value
        return response


class NotModifiedMiddleware:
    """Leave the policies of a page to the copy that the browser has of it.

    Browsers take the headers of a 304 for those of their copy, and middleware cannot
    know any more which policy the view asked for.
    """

    policies = ("Content-Security-Policy", "Cross-Origin-Resource-Policy")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            for name in self.policies:
                response.headers.pop(name, None)
        return response


class DatabaseUnavailableMiddleware:
    """Answer 503 with a readable page while the database cannot be reached."""

    retry_after_seconds = 10

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.error("Database unavailable at %s", request.path, exc_info=exception)
        return HttpResponse(
            render_to_string("503.html"),
            status=503,
            headers={
                "Retry-After": self.retry_after_seconds,
                "Cache-Control": "no-store",
            },
        )


class OneVersionMiddleware:
    """Let everything in an answer be of the same version of the content.

    What is due to be published by then is published first. An answer that had to be
    made of an earlier version, because another one is being built, is kept by nobody.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD"):
            # It may write, and has to see what it wrote.
            return self.get_response(request)
        with one_version() as reading, before_public_data(publish_due):
            response = self.get_response(request)
        if reading.is_overtaken:
            response.headers["Cache-Control"] = "no-store"
        return response
