"""What the resources of the API share: how they are read, filtered, sorted and paged.

A resource is a viewset beside its serializer. It says which records are public
(``records``), and which of their relations an answer needs (``for_api`` of the
queryset); columns are found by the fields that are asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.db.models import Case, QuerySet, When
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from portal import partial_dates

from .cursors import LONGEST_CURSOR, Cursor, Order, Page
from .problems import UnknownPageError
from .resource_filters import StrictFilterBackend, takes_several
from .resource_pages import CURSOR, PER_PAGE, PublicPagination
from .resource_revalidation import Revalidating

# Longer than any value that means something.
LONGEST_VALUE = 1000
SORT, FIELDS, EXPAND = "sort", "fields", "expand"
# A page with whole records in it is large enough.
MOST_EXPANDED = 25


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

    @property
    def columns(self):
        return [self.source, f"{self.source}_precision"]

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

    def __init__(self, *args, only: Iterable[str] = (), **kwargs):
        self.only = set(only)
        super().__init__(*args, **kwargs)

    def get_field_names(self, declared_fields, info):
        """Leave out what nobody asked for; all is asked for where nothing is named."""
        names = super().get_field_names(declared_fields, info)
        return [name for name in names if not self.only or name in self.only]

    def get_fields(self):
        """Describe the fields to who reads the API; the model does to who writes."""
        fields = super().get_fields()
        for name, text in getattr(self.Meta, "descriptions", {}).items():
            if name in fields:
                fields[name].help_text = text
        return fields

    def include_extra_kwargs(self, kwargs, extra_kwargs):
        extra_kwargs = extra_kwargs | {"read_only": True}
        if kwargs.get("allow_blank"):
            extra_kwargs["allow_null"] = True
        return super().include_extra_kwargs(kwargs, extra_kwargs)

    def to_representation(self, instance):
        values = super().to_representation(instance)
        return {name: None if value == "" else value for name, value in values.items()}

    @cached_property
    def needs(self) -> set[str]:
        """The columns, relations and annotations from which the fields are made."""
        return {
            need
            for field in self.fields.values()
            for need in getattr(
                getattr(field, "child", field), "columns", [field.source.split(".")[0]]
            )
        }


@extend_schema_field({"type": "string", "format": "uri"})
class PageField(serializers.ReadOnlyField):
    """The address of the page that shows a record to people."""

    columns = ("slug",)

    def __init__(self, **kwargs):
        super().__init__(source="get_absolute_url", **kwargs)

    def to_representation(self, value):
        return self.context["request"].build_absolute_uri(value)


@extend_schema_field({"type": "integer", "minimum": 0})
class CountField(serializers.ReadOnlyField):
    """How many related records are told of."""

    def to_representation(self, value):
        return len(value.all())


@dataclass(frozen=True)
class Wanted:
    """What a page of a list has to hold."""

    # In their order, and not filtered yet.
    records: QuerySet
    filterset: FilterSet | None
    fields: Sequence[str]
    order: Order
    cursor: Cursor | None
    # One more than fit, to know whether there are more.
    number: int

    @property
    def is_backwards(self):
        return self.cursor is not None and self.cursor.backwards

    def page_of(self, records):
        """Read the records of the page in the order in which they are met."""
        records = self.order.sorted(records, backwards=self.is_backwards)
        if self.cursor is not None and self.cursor.values:
            beyond = self.order.beyond(self.cursor.values, backwards=self.is_backwards)
            records = records.filter(beyond)
        return list(records[: self.number])


class PublicViewSet(Revalidating, viewsets.ReadOnlyModelViewSet):
    """A list of records that the public may read, and each of them.

    A list is sorted by the columns of the table of its page, ``table_class``, at first
    by ``sort``; a resource without a page has the one order ``ordering``, or that of
    its records.
    ``expandable`` names relations and the resources of the records there, which take
    the place of references on request.
    """

    filter_backends = [StrictFilterBackend]
    pagination_class = PublicPagination
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    table_class = None
    sort = ""
    ordering = ""
    expandable: ClassVar[dict[str, type["PublicViewSet"]]] = {}

    # What each resource says of itself

    def records(self):
        """Return the records that the public may read."""
        raise NotImplementedError

    def load(self, records, needs):
        """Load the relations and annotations that are needed."""
        return records.for_api(needs)

    # Answering

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if self.action in ("list", "retrieve"):
            self.check_parameters(request.query_params)

    def list(self, request, *args, **kwargs):
        fields, expanded = self.chosen_fields(), self.chosen_relations()
        sort, ordered = self.ordered(self.records())
        filterset = StrictFilterBackend().valid_filterset(request, ordered, self)
        size = self.paginator.size(request)
        if expanded:
            size = min(size, MOST_EXPANDED)
        order = Order(ordered)
        cursor = self.read_cursor(sort, order)
        self.validators.check()
        wanted = Wanted(ordered, filterset, fields, order, cursor, size + 1)
        page = Page.of(self.find(wanted), size, sort, cursor)
        self.expand(page.rows, expanded)
        return self.paginator.response(request, page)

    def retrieve(self, request, *args, **kwargs):
        fields, expanded = self.chosen_fields(), self.chosen_relations()
        record = get_object_or_404(
            self.loaded(self.named(self.kwargs[self.lookup_field]), fields)
        )
        self.validators.check()
        rows = self.rows([record], fields)
        self.expand(rows, expanded)
        return Response(rows[0])

    def named(self, key):
        """Return the one record that an address names, as a queryset."""
        return self.records().filter(**{self.lookup_field: key})

    def find(self, wanted):
        """Return the rows of a page, each with the values by which it is sorted."""
        records = wanted.records if wanted.filterset is None else wanted.filterset.qs
        records = wanted.page_of(self.loaded(records, wanted.fields))
        rows = self.rows(records, wanted.fields)
        return list(zip(map(wanted.order.values_of, records), rows, strict=True))

    def loaded(self, records, fields):
        """Load what these fields are made from, and no more."""
        needs = self.get_serializer(only=fields).needs
        columns = needs & columns_of(records.model)
        return self.load(records, needs).only("pk", *columns)

    def rows(self, records, fields):
        return list(self.get_serializer(records, many=True, only=fields).data)

    def expand(self, rows, relations):
        """Put whole records in the place of references, each loaded once."""
        for path in relations:
            resource = self.expandable[path](request=self.request, action="list")
            resource.format_kwarg = None
            key = "id" if resource.lookup_field == "pk" else resource.lookup_field
            references = [
                found for row in rows for found in references_at(row, path.split("."))
            ]
            whole = resource.by_key(
                key, {place[name][key] for place, name in references}
            )
            for place, name in references:
                place[name] = whole.get(place[name][key], place[name])

    def by_key(self, key, values):
        """Return the rows of several records by their keys."""
        if not values:
            return {}
        records = self.records().filter(**{f"{self.lookup_field}__in": values})
        rows = self.rows(self.loaded(records, ()), ())
        return {row[key]: row for row in rows}

    # Reading what is asked for

    def check_parameters(self, parameters):
        known = self.parameters(self.action)
        message = _("Unknown parameter. Known are: %(names)s.")
        unknown = message % {"names": ", ".join(sorted(known))}
        errors = {name: [unknown] for name in parameters if name not in known}
        # Lists of names that are known are read as they come.
        for name in known - {FIELDS, EXPAND}:
            values = parameters.getlist(name)
            longest = LONGEST_CURSOR if name == CURSOR else LONGEST_VALUE
            if any(len(value) > longest for value in values):
                too_long = _("At most %(number)d characters.")
                errors[name] = [too_long % {"number": longest}]
            elif len(values) > 1 and not takes_several(self.filters().get(name)):
                errors[name] = [_("It takes one value, and is given several times.")]
        if errors:
            raise ValidationError(errors)

    @classmethod
    def parameters(cls, action):
        """Return the names of the parameters that a list takes, or a single record."""
        known = {FIELDS, EXPAND} if cls.expandable else {FIELDS}
        if action != "list":
            return known
        sort = {SORT} if cls.table_class else ()
        return {*known, *cls.filters(), *sort, CURSOR, PER_PAGE}

    @classmethod
    def filters(cls):
        filterset_class = getattr(cls, "filterset_class", None)
        return filterset_class.base_filters if filterset_class else {}

    def chosen(self, parameter, known):
        """Return the names in a parameter, parted by commas; raises ValidationError."""
        texts = self.request.query_params.getlist(parameter)
        names = [name.strip() for text in texts for name in text.split(",")]
        names = list(dict.fromkeys(name for name in names if name))
        unknown = [name for name in names if name not in known]
        if unknown:
            message = _("Unknown name: %(unknown)s. Known are: %(known)s.") % {
                "unknown": ", ".join(unknown),
                "known": ", ".join(known),
            }
            raise ValidationError({parameter: [message]})
        return names

    def chosen_fields(self):
        """Return the fields asked for, with those to be expanded; all where none is."""
        fields = self.chosen(FIELDS, self.serializer_class.Meta.fields)
        expanded = [path.split(".")[0] for path in self.chosen_relations()]
        return list(dict.fromkeys([*fields, *expanded])) if fields else []

    def chosen_relations(self):
        return self.chosen(EXPAND, self.expandable)

    @classmethod
    def orders(cls):
        """Return the names of the columns by which the list can be sorted."""
        return list(cls.table_class.orders()) if cls.table_class else []

    def ordered(self, records):
        """Return the name of the order asked for, and the records in it."""
        if self.table_class is None:
            return "", records.order_by(self.ordering) if self.ordering else records
        names = self.orders()
        sort = self.request.query_params.get(SORT) or self.sort
        if sort.removeprefix("-") not in names:
            message = _(
                "Unknown value: %(value)s. Known are: %(known)s; with - before."
            )
            values = {"value": sort, "known": ", ".join(names)}
            raise ValidationError({SORT: [message % values]})
        column = self.table_class.base_columns[sort.removeprefix("-")]
        if column.sort not in columns_of(records.model) and "__" not in column.sort:
            # Worked out by the database for each record.
            records = self.load(records, {column.sort})
        records, _is_sorted = column.order(records, sort.startswith("-"))
        return sort, records

    def read_cursor(self, sort, order):
        text = self.request.query_params.get(CURSOR)
        if not text:
            return None
        try:
            return Cursor.read(text, sort, order)
        except ValueError as error:
            raise UnknownPageError from error


class CodedViewSet(PublicViewSet):
    """Records named by their codes, which are known in any case of letters.

    So are they as values of filters.
    """

    lookup_field = ordering = "code"

    def named(self, key):
        # Codes may differ by case alone; then the one that is spelled so is meant.
        exact_first = Case(When(code=key, then=0), default=1)
        records = self.records().filter(code__iexact=key)
        return records.order_by(exact_first, "code")[:1]


def columns_of(model):
    return {field.name for field in model._meta.concrete_fields}


def references_at(place, path):
    """Yield each reference at the end of a path, as what holds it and its name there."""
    name, *further = path
    value = place.get(name)
    if value is None:
        return
    if further:
        for part in value if isinstance(value, list) else [value]:
            yield from references_at(part, further)
    elif isinstance(value, list):
        yield from ((value, number) for number in range(len(value)))
    else:
        yield place, name
