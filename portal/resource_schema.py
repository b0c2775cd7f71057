"""How the OpenAPI schema describes the resources: parameters, answers and errors."""

import copy
import functools
import json
from operator import itemgetter
from pathlib import Path

from drf_spectacular.openapi import AutoSchema

from . import problems
from .resources import EXPAND, FIELDS, MOST_EXPANDED, SORT

EXAMPLES = Path(__file__).with_name("api_examples.json")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
ERRORS = {
    "400": "A query parameter or its value is not known, or it has more than one.",
    "401": "The key is not known, or was revoked.",
    "404": "There is no such public record, or no page of this cursor.",
    "406": "Only JSON is on offer.",
    "429": "The client asked too often.",
    "503": "The database does not answer at the moment.",
}
TITLES = {
    "400": ("Bad Request", "The query is not valid: sort."),
    "401": ("Unauthorized", "The API key is not known, or was revoked."),
    "404": ("Not Found", "No such record."),
    "406": ("Not Acceptable", "Could not satisfy the request Accept header."),
    "429": ("Too Many Requests", "Too many requests. Ask again in 12 seconds."),
    "503": ("Service Unavailable", "The database does not answer at the moment."),
}
WHOLE_NUMBER = {"type": "integer", "minimum": 0}
# What each answer tells of the client's requests.
RATE_HEADERS = {
    "X-RateLimit-Limit": "Requests that the client has in a minute.",
    "X-RateLimit-Remaining": "Requests that it has left.",
    "X-RateLimit-Reset": "Seconds until all of its requests are forgotten.",
}
VALIDATORS = {
    "ETag": "Names the answer; send it back in If-None-Match.",
    "Last-Modified": "When the content last changed; left out for two seconds then.",
}


def choice(name, values, text):
    """Describe a parameter with several of some values, parted by commas."""
    return {
        "name": name,
        "in": "query",
        "description": text,
        "explode": False,
        "style": "form",
        "schema": {
            "type": "array",
            # An empty value is as good as none.
            "items": {"type": "string", "enum": [*values, ""]},
        },
    }


def header(text, schema):
    return {"description": text, "schema": schema}


class ResourceSchema(AutoSchema):
    """Add to an operation what its resource takes beside filters and pages."""

    def _get_parameters(self):
        parameters = super()._get_parameters()
        if hasattr(self.view, "expandable"):
            parameters += self.own_parameters()
            for parameter in parameters:
                if parameter["in"] == "path":
                    parameter["description"] = "What the address of a record ends in."
        return sorted(parameters, key=itemgetter("name"))

    def own_parameters(self):
        view = self.view
        known = view.serializer_class.Meta.fields
        text = "The fields wanted, parted by commas; all of them by default."
        yield choice(FIELDS, known, text)
        if view.expandable:
            text = (
                "Relations in which whole records take the place of references, each "
                "as at its own address. With it, a page has at most "
                f"{MOST_EXPANDED} rows."
            )
            yield choice(EXPAND, view.expandable, text)
        if view.table_class and self._is_list_view():
            yield self.sort_parameter(view)

    @staticmethod
    def sort_parameter(view):
        names = view.orders()
        return {
            "name": SORT,
            "in": "query",
            "description": "The column by which the list is sorted; with - before it, "
            "the other way round. Blanks come last in both directions.",
            "schema": {
                "type": "string",
                "enum": [*names, *(f"-{name}" for name in names), ""],
                "default": view.sort,
            },
        }

    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation is None or not hasattr(self.view, "expandable"):
            return operation
        answer = operation["responses"]["200"]
        answer["headers"] = answer_headers()
        answer["content"]["application/json"]["example"] = self.example()
        operation["summary"] = self.summary()
        self.open_up(self.resolve_serializer(self.view.serializer_class, "response"))
        return operation

    def summary(self):
        name = self.view.basename.replace("-", " ")
        return f"List {name}" if self._is_list_view() else f"One of the {name}"

    def open_up(self, component):
        """Say that an answer may leave fields out, and hold whole records."""
        component.schema.pop("required", None)
        for path, resource in self.view.expandable.items():
            whole = self.resolve_serializer(resource.serializer_class, "response").ref
            self.widen(component, path.split("."), whole)

    def widen(self, component, path, whole):
        name, *further = path
        place = component.schema["properties"][name]
        place = place.get("items", place)
        if further:
            _root, _schemas, _components, part = place["$ref"].split("/")
            self.widen(self.registry[part, "schemas"], further, whole)
            return
        known = place.pop("oneOf", None) or place.pop("anyOf", None)
        known = known or place.pop("allOf", None) or [{"$ref": place.pop("$ref")}]
        place["anyOf"] = [*known, *(ref for ref in [whole] if ref not in known)]

    def example(self):
        row = examples()[self.view.basename]
        if self._is_list_view():
            return {"next": None, "previous": None, "results": [row]}
        return row


def answer_headers():
    headers = {n: header(t, {"type": "string"}) for n, t in VALIDATORS.items()}
    return headers | {n: header(t, WHOLE_NUMBER) for n, t in RATE_HEADERS.items()}


@functools.cache
def examples():
    """Return a record of each resource, as the portal's own data have it."""
    return json.loads(EXAMPLES.read_text(encoding="utf-8"))


def describe(result, generator, request, public):
    """Add what all operations have in common: errors, and records in place of others."""
    components = result["components"]["schemas"]
    components["Problem"] = copy.deepcopy(problems.SCHEMA)
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"] |= {status: error(status) for status in ERRORS}
            operation["responses"]["304"] = {
                "description": "The client has the present answer already.",
                "headers": {
                    n: header(t, {"type": "string"}) for n, t in VALIDATORS.items()
                },
            }
    return result


def error(status):
    title, detail = TITLES[status]
    example = {
        "type": "about:blank",
        "title": title,
        "status": int(status),
        "detail": detail,
    }
    if status == "400":
        example["errors"] = {"sort": ["Unknown value: smes. Known are: name."]}
    described = {
        "description": ERRORS[status],
        "content": {problems.MEDIA_TYPE: {"schema": PROBLEM, "example": example}},
    }
    if status in ("429", "503"):
        text = "Seconds until it makes sense to ask again."
        described["headers"] = {"Retry-After": header(text, WHOLE_NUMBER)}
    return described
