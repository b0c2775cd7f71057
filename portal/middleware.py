"""What every answer of the portal has in common."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

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
