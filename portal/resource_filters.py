"""The filters of a list of the API: those of the page, but strict."""

import copy

import django_filters
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from drf_spectacular.extensions import OpenApiFilterExtension
from drf_spectacular.plumbing import build_parameter_type

from .facets import Options
from .filters import (
    LONGEST_SEARCH,
    KnownValuesFilter,
    SearchFilter,
    WholeNumberFilter,
    YesNoFilter,
)

# More values than anybody reads, or chooses from.
MOST_NAMED = 1000
# PostgreSQL stores no NUL, and so no parameter may hold one.
TEXT_SCHEMA = {"type": "string", "pattern": r"^[^\u0000]*$"}


class StrictFilterBackend(DjangoFilterBackend):
    """Filter by the FilterSet of the page, and refuse what the page leaves out."""

    def get_filterset_kwargs(self, request, queryset, view):
        kwargs = super().get_filterset_kwargs(request, queryset, view)
        return kwargs | {"strict": True}

    def valid_filterset(self, request, queryset, view):
        """Return the FilterSet with what is asked for; raises ValidationError."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is not None and not filterset.is_valid():
            raise translate_validation(filterset.errors)
        return filterset


def takes_several(filter_) -> bool:
    """Tell whether the key of a filter may be repeated for several values."""
    return isinstance(filter_, KnownValuesFilter)


def or_empty(schema: dict) -> dict:
    """Add that an empty value is as good as none."""
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], ""]}
    if schema.get("format") or schema["type"] != "string":
        return {"anyOf": [schema, {"type": "string", "maxLength": 0}]}
    return schema


def add_known_values(parameters, resource) -> None:
    """Name in the description of a list the values that its filters know at present.

    They are known in any case of letters; a code of one letter is named in both.
    """
    filterset_class = getattr(resource, "filterset_class", None)
    filters = filterset_class.base_filters if filterset_class else {}
    for parameter in parameters:
        filter_ = filters.get(parameter["name"])
        if not isinstance(filter_, KnownValuesFilter):
            continue
        options = filter_.options
        options = options() if callable(options) else options
        values = list(options.labels)
        if len(values) <= MOST_NAMED:
            values += [v.lower() for v in values if len(v) == 1 and v.isupper()]
            # An empty value is as good as none.
            values.append("")
            parameter["schema"]["items"] = {"type": "string", "enum": values}


class StrictFilterExtension(OpenApiFilterExtension):
    """Describe the filters of a list in the OpenAPI schema."""

    target_class = StrictFilterBackend
    # Before the extension for the backend of which this is a kind.
    priority = 1
    schemas = {
        KnownValuesFilter: {"type": "array", "items": TEXT_SCHEMA},
        django_filters.ChoiceFilter: {"type": "string"},
        YesNoFilter: {"type": "boolean"},
        WholeNumberFilter: {
            "type": "integer",
            "minimum": 0,
            "maximum": 999_999_999,
        },
        django_filters.DateFilter: {"type": "string", "format": "date"},
        SearchFilter: TEXT_SCHEMA | {"maxLength": LONGEST_SEARCH},
    }

    def get_schema_operation_parameters(self, auto_schema, *args, **kwargs):
        filterset_class = getattr(auto_schema.view, "filterset_class", None)
        if filterset_class is None or not auto_schema._is_list_view():
            return []
        return [
            self.parameter(name, filter_, filterset_class._meta.model)
            for name, filter_ in filterset_class.base_filters.items()
        ]

    def parameter(self, name, filter_, model):
        schema = next(
            copy.deepcopy(schema)
            for kind, schema in self.schemas.items()
            if isinstance(filter_, kind)
        )
        several = takes_several(filter_)
        texts = [filter_.label, filter_.extra.get("help_text")]
        if several:
            texts.append(_("Repeat the key for several values"))
        described = build_parameter_type(
            name,
            schema,
            "query",
            description=". ".join(str(text) for text in texts if text) + ".",
            enum=self.fixed_values(filter_, model),
            explode=True if several else None,
            style="form" if several else None,
        )
        if not several:
            described["schema"] = or_empty(described["schema"])
        return described

    def fixed_values(self, filter_, model):
        """Return the values that the code knows, whatever the database holds."""
        if isinstance(filter_, django_filters.ChoiceFilter):
            return [value for value, _label in filter_.extra["choices"]]
        if isinstance(getattr(filter_, "options", None), Options):
            return list(filter_.options.labels)
        names = {field.name for field in model._meta.get_fields()}
        if filter_.field_name not in names:
            return None
        choices = getattr(model._meta.get_field(filter_.field_name), "choices", None)
        return [value for value, _label in choices] if choices else None
