"""The API in plain pages, made of the OpenAPI schema of this release."""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from .api import RESOURCES, written_schema

KINDS = {
    "string": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "boolean": _("true or false"),
    "object": _("object"),
    "date": _("date"),
    "date-time": _("date and time"),
    "uri": _("web address"),
    "decimal": _("decimal number, as a text"),
}
# What the generator adds to a text about values that are named beside it anyhow.
BULLETS = re.compile(r"\n*^\* .*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Described:
    """A parameter, or a field of an answer."""

    name: str
    meaning: str
    kind: str
    is_list: bool
    may_be_null: bool
    values: list[str]
    # The record in which it stands, with those round that one.
    parent: str = ""


@dataclass(frozen=True)
class Resource:
    """What the schema says of the two addresses of a resource."""

    name: str
    description: str
    paths: tuple[str, str]
    parameters: list[Described]
    record_parameters: list[Described]
    fields: list[Described]
    example: str

    @property
    def summary(self) -> str:
        return " ".join(self.description.partition("\n\n")[0].split())


class Reference:
    def __init__(self, document: dict):
        self.about = document["info"]
        self.components = document["components"]["schemas"]
        self.resources = {name: self.resource(name, document) for name in RESOURCES}
        first = next(iter(document["paths"].values()))["get"]
        self.errors = {
            status: answer["description"]
            for status, answer in first["responses"].items()
            if status >= "400"
        }

    def resource(self, name: str, document: dict) -> Resource:
        paths = [
            path for path in document["paths"] if path.startswith(f"/api/v1/{name}/")
        ]
        listed, record = (document["paths"][path]["get"] for path in sorted(paths))
        answer = record["responses"]["200"]["content"]["application/json"]
        return Resource(
            name,
            listed["description"],
            tuple(sorted(paths)),
            [self.parameter(each) for each in listed["parameters"]],
            [self.parameter(each) for each in record["parameters"]],
            list(self.fields(answer["schema"])),
            json.dumps(answer["example"], ensure_ascii=False, indent=2),
        )

    def parameter(self, parameter: dict) -> Described:
        return self.described(
            parameter["name"], parameter["schema"], parameter["description"]
        )

    def fields(self, schema: dict, parent: str = "") -> Iterator[Described]:
        """Yield the fields of a record, each before those of the records in it."""
        whole, _is_list, _may_be_null = self.resolved(schema)
        for name, part in whole.get("properties", {}).items():
            meaning = part.get("description") or part.get("title", "")
            yield self.described(name, part, meaning, parent)
            yield from self.fields(part, f"{parent}.{name}".lstrip("."))

    def described(self, name, schema, meaning, parent="") -> Described:
        plain, is_list, may_be_null = self.resolved(schema)
        kind = plain.get("format") or plain.get("type", "object")
        values = [str(value) for value in plain.get("enum", ()) if value != ""]
        return Described(
            name,
            BULLETS.sub("", meaning),
            KINDS.get(kind, kind),
            is_list,
            may_be_null,
            values,
            parent,
        )

    def resolved(self, schema: dict) -> tuple[dict, bool, bool]:
        """Return what a schema comes to: of one value, of several, or of null."""
        if "$ref" in schema:
            return self.resolved(self.components[schema["$ref"].rsplit("/", 1)[1]])
        for word in ("allOf", "oneOf", "anyOf"):
            if word in schema:
                parts = [self.resolved(part) for part in schema[word]]
                may_be_null = any(part[0].get("type") == "null" for part in parts)
                # The first one is what stands there where nothing is expanded.
                return parts[0][0], parts[0][1], may_be_null
        if schema.get("type") == "array":
            return self.resolved(schema["items"])[0], True, False
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return schema | {"type": kinds[0]}, False, "null" in kinds
        return schema, False, False


@functools.cache
def reference() -> Reference:
    return Reference(json.loads(written_schema()))


@require_safe
def overview(request):
    return render(request, "portal/api_reference.html", {"reference": reference()})


@require_safe
def resource(request, name):
    found = reference().resources.get(name)
    if found is None:
        raise Http404
    return render(request, "portal/api_resource.html", {"resource": found})
