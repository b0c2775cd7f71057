"""The pages of a list of the API: how long they are, and how they lead to each other."""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from .cursors import LONGEST_CURSOR
from .resource_filters import or_empty

CURSOR, PER_PAGE = "cursor", "per_page"


class PublicPagination(BasePagination):
    usual = 25
    most = 100

    def size(self, request):
        """Return how many rows a page has; raises ValidationError."""
        text = request.query_params.get(PER_PAGE)
        if not text:
            return self.usual
        if text not in map(str, range(1, self.most + 1)):
            message = _("Write a whole number from 1 to %(largest)d.")
            raise ValidationError({PER_PAGE: [message % {"largest": self.most}]})
        return int(text)

    def response(self, request, page):
        return Response(
            {
                "next": self.link(request, page.next),
                "previous": self.link(request, page.previous),
                "results": page.rows,
            }
        )

    @staticmethod
    def link(request, cursor):
        if cursor is None:
            return None
        address = request.build_absolute_uri()
        return replace_query_param(address, CURSOR, str(cursor))

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": CURSOR,
                "in": "query",
                "description": "Where the page begins. Follow the links next and "
                "previous of a page; a cursor belongs to one order of the list.",
                "schema": {"type": "string", "maxLength": LONGEST_CURSOR},
            },
            {
                "name": PER_PAGE,
                "in": "query",
                "description": "Rows of a page. With expand it has 25 at most.",
                "schema": or_empty(
                    {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": self.most,
                        "default": self.usual,
                    }
                ),
            },
        ]

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link | {"description": "The next page; null on the last."},
                "previous": link
                | {"description": "The page before; null on the first."},
                "results": schema,
            },
        }
