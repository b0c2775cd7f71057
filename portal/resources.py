"""What the resources of the API share: how they are read, filtered and paged."""

import copy

import django_filters
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.extensions import OpenApiFilterExtension
from drf_spectacular.plumbing import build_parameter_type
from drf_spectacular.utils import extend_schema_field
from rest_framework import pagination, serializers, viewsets
from rest_framework.exceptions import NotFound, ValidationError

from portal import partial_dates
from portal.filters import (
    LONGEST_SEARCH,
    KnownValuesFilter,
    SearchFilter,
    WholeNumberFilter,
    YesNoFilter,
)

# Longer than any value that means something.
LONGEST_VALUE = 1000
# PostgreSQL stores no NUL, and so no parameter may hold one.
TEXT_SCHEMA = {"type": "string", "pattern": r"^[^\u0000]*$"}


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$",
        "description": "As much of the date as is stated: year, month or day.",
        "examples": ["2016-07"],
    }
)
class PartialDateField(serializers.Field):
    """A date in ISO 8601 to the precision stated, such as ``2016-07``."""

    def get_attribute(self, instance):
        return getattr(instance, f"get_{self.source}_iso")() or None

    def to_representation(self, value):
        return value


# What is not stated is null, never empty. No docstring: the schema of every
# resource would repeat it.
class PublicSerializer(serializers.ModelSerializer):
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        partial_dates.PartialDateField: PartialDateField
    }

    def include_extra_kwargs(self, kwargs, extra_kwargs):
        extra_kwargs = extra_kwargs | {"read_only": True}
        if kwargs.get("allow_blank"):
            extra_kwargs["allow_null"] = True
        return super().include_extra_kwargs(kwargs, extra_kwargs)

    def to_representation(self, instance):
        values = super().to_representation(instance)
        return {name: None if value == "" else value for name, value in values.items()}


@extend_schema_field({"type": "string", "format": "uri"})
class PageField(serializers.ReadOnlyField):
    """The address of the page that shows a record to people."""

    def __init__(self, **kwargs):
        super().__init__(source="get_absolute_url", **kwargs)

    def to_representation(self, value):
        return self.context["request"].build_absolute_uri(value)


class StrictFilterBackend(DjangoFilterBackend):
    """Filter by the FilterSet of the page, and refuse what the page leaves out."""

    def get_filterset(self, request, queryset, view):
        filterset = super().get_filterset(request, queryset, view)
        if filterset is not None:
            # Options cost a query, so only the filters that are asked for.
            filterset.filters = {
                name: filter_
                for name, filter_ in filterset.filters.items()
                if any(request.query_params.getlist(name))
            }
        return filterset

    def get_filterset_kwargs(self, request, queryset, view):
        kwargs = super().get_filterset_kwargs(request, queryset, view)
        return kwargs | {"strict": True}


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
        several = isinstance(filter_, KnownValuesFilter)
        texts = [filter_.label, filter_.extra.get("help_text")]
        if several:
            texts.append(_("Repeat the key for several values"))
        return build_parameter_type(
            name,
            schema,
            "query",
            description=". ".join(str(text) for text in texts if text) + ".",
            enum=self.fixed_values(filter_, model),
            explode=True if several else None,
            style="form" if several else None,
        )

    def fixed_values(self, filter_, model):
        """Return the values that the code knows, whatever the database holds."""
        if isinstance(filter_, django_filters.ChoiceFilter):
            return [value for value, _label in filter_.extra["choices"]]
        names = {field.name for field in model._meta.get_fields()}
        if filter_.field_name not in names:
            return None
        choices = getattr(model._meta.get_field(filter_.field_name), "choices", None)
        return [value for value, _label in choices] if choices else None


class PublicPagination(pagination.CursorPagination):
    """Pages that stay whole while records come and go.

    The ordering of a resource is one column without ties, because a cursor
    compares the first column alone.
    """

    page_size = 25
    max_page_size = 100
    page_size_query_param = "per_page"
    # The cursor of an ordering without ties never skips rows.
    offset_cutoff = max_page_size

    def get_ordering(self, request, queryset, view):
        return (view.ordering,)

    def get_page_size(self, request):
        text = request.query_params.get(self.page_size_query_param)
        if not text:
            return self.page_size
        sizes = map(str, range(1, self.max_page_size + 1))
        if text not in sizes:
            message = _("Write a whole number from 1 to %(largest)d.")
            raise ValidationError(
                {
                    self.page_size_query_param: [
                        message % {"largest": self.max_page_size}
                    ]
                }
            )
        return int(text)

    def decode_cursor(self, request):
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            cursor = None
            is_known = False
        else:
            is_known = cursor is None or self.is_position(cursor.position)
        if not is_known:
            message = _("Invalid cursor; follow the links of a page.")
            raise ValidationError({self.cursor_query_param: [message]})
        return cursor

    def is_position(self, text):
        if text is None:
            return True
        if self.ordering[0].lstrip("-") == "pk":
            return text.isdecimal() and len(text) < 20
        return "\0" not in text

    def get_schema_operation_parameters(self, view):
        cursor, per_page = super().get_schema_operation_parameters(view)
        per_page["schema"] = {
            "type": "integer",
            "minimum": 1,
            "maximum": self.max_page_size,
            "default": self.page_size,
        }
        return [cursor, per_page]

    def get_paginated_response_schema(self, schema):
        page = super().get_paginated_response_schema(schema)
        page["required"] = ["next", "previous", "results"]
        for name in ("next", "previous"):
            link = page["properties"][name]
            page["properties"][name] = {
                "type": ["string", "null"],
                "format": link["format"],
            }
        return page


class PublicViewSet(viewsets.ReadOnlyModelViewSet):
    """A list of records that the public may read, and each of them.

    A resource names its ``ordering``, a column without ties, and loads its
    records in ``get_queryset()``.
    """

    http_method_names = ["get", "head", "options"]
    filter_backends = [StrictFilterBackend]
    pagination_class = PublicPagination
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    ordering = "slug"

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.check_parameters(request.query_params)

    def check_parameters(self, parameters):
        known = self.known_parameters()
        if known:
            message = _("Unknown parameter. Known are: %(names)s.")
        else:
            message = _("Unknown parameter. This address takes none.")
        unknown = message % {"names": ", ".join(sorted(known))}
        errors = {name: [unknown] for name in parameters if name not in known}
        for name in known:
            if any(len(value) > LONGEST_VALUE for value in parameters.getlist(name)):
                too_long = _("At most %(number)d characters.")
                errors[name] = [too_long % {"number": LONGEST_VALUE}]
        if errors:
            raise ValidationError(errors)

    def known_parameters(self):
        if self.action != "list":
            return set()
        paging = self.pagination_class
        filterset_class = getattr(self, "filterset_class", None)
        filters = filterset_class.base_filters if filterset_class else ()
        return {*filters, paging.cursor_query_param, paging.page_size_query_param}

    def filter_queryset(self, queryset):
        # The filters are those of the list.
        if self.action != "list":
            return queryset
        return super().filter_queryset(queryset)
