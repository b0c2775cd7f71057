"""Errors of the API as problem details, RFC 9457."""

import logging
from http import HTTPStatus

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.views import exception_handler

logger = logging.getLogger(__name__)

SECONDS_UNTIL_RESTORED = 10
MEDIA_TYPE = "application/problem+json"
# What holds for one client, or for a moment, is for no cache.
NOT_KEPT = {401, 429, 503}
SCHEMA = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "description": "Always about:blank; the status says which error it is.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "What is wrong with each query parameter.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "example": {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The query is not valid: match.",
        "errors": {"match": ["Unknown value: some. Known are: any, all."]},
    },
}


class DatabaseUnavailableError(exceptions.APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = _("The database does not answer at the moment; try again.")
    wait = SECONDS_UNTIL_RESTORED


class UnknownPageError(exceptions.NotFound):
    """A cursor names a page, and there is none of this name in this order."""

    default_detail = _("There is no such page.")
    errors = {"cursor": [_("Unknown cursor; follow the links of a page.")]}


def problem_response(exception, context):
    """Answer an error of the API as problem JSON; None where it is a fault of ours."""
    exception = as_known(exception)
    response = exception_handler(exception, context)
    if response is None:
        return None
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(response.status_code).phrase,
        "status": response.status_code,
    }
    if isinstance(exception, exceptions.ValidationError):
        keys = ", ".join(response.data)
        problem["detail"] = _("The query is not valid: %(keys)s.") % {"keys": keys}
        problem["errors"] = response.data
    else:
        problem["detail"] = response.data["detail"]
        if hasattr(exception, "errors"):
            problem["errors"] = exception.errors
    if hasattr(exception, "standing"):
        for name, value in exception.standing.headers().items():
            response.headers[name] = value
    if response.status_code in NOT_KEPT:
        response.headers["Cache-Control"] = "no-store"
    response.data = problem
    response.content_type = MEDIA_TYPE
    return response


def as_known(exception):
    """Return what the framework answers in place of what it does not know."""
    if isinstance(exception, Http404):
        return exceptions.NotFound(_("Nothing public has this name."))
    if isinstance(exception, BadRequest | SuspiciousOperation):
        return exceptions.ParseError()
    if isinstance(exception, OperationalError | InterfaceError):
        logger.error("Database unavailable to the API", exc_info=exception)
        return DatabaseUnavailableError()
    return exception
