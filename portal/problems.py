"""Errors of the API as problem details, RFC 9457."""

from http import HTTPStatus

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
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
        "detail": "The query is not valid: target.",
        "errors": {"target": ["Unknown value: XX."]},
    },
}


def problem_response(exception, context):
    """Answer an error of the API as problem JSON; None where it is a fault of ours."""
    if isinstance(exception, BadRequest | SuspiciousOperation):
        exception = exceptions.ParseError()
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
    response.data = problem
    response.content_type = MEDIA_TYPE
    return response


def describe_problems(result, generator, request, public):
    """Add to the OpenAPI schema the errors with which an operation may answer."""
    result["components"]["schemas"]["Problem"] = SCHEMA
    described = {
        "400": "A query parameter is not known, or its value is not.",
        "404": "There is no such public record.",
        "406": "Only JSON is on offer.",
    }
    for path, operations in result["paths"].items():
        # Only the address of a single record can miss.
        statuses = [s for s in described if s != "404" or "{" in path]
        for operation in operations.values():
            operation["responses"] |= {
                status: {
                    "description": described[status],
                    "content": {
                        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
                    },
                }
                for status in statuses
            }
    return result
