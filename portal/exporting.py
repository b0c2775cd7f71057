"""Download any list of the back office, as it is filtered, as CSV or XLSX."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import ManyToManyField, Prefetch, QuerySet
from django.http import Http404
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import rights
from .exports import Export, ExportColumn, export_response, in_batches

FORMATS = ("csv", "xlsx")
EXPORTS = ("export_csv", "export_xlsx")
ROWS_AT_A_TIME = 1_000


class RecordsExport(Export):
    def sources(self):
        names = {field.name for field in self.records.model._meta.many_to_many}
        return super().sources() if "sources" in names else ()


class ExportingAdmin:
    """A list that can be downloaded; beside ModelAdmin.

    What can be imported is downloaded in the columns of the import.
    """

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/<str:file_format>/", view, name=name), *super().get_urls()]

    def get_actions(self, request):
        """Offer the downloads beside the actions that a list has of its own."""
        found = super().get_actions(request)
        if IS_POPUP_VAR not in request.GET and self.has_view_permission(request):
            found |= {name: self.get_action(name) for name in EXPORTS}
        return found

    @admin.action(description=gettext_lazy("Download selected as CSV"))
    def export_csv(self, request, queryset):
        return self.export(queryset, "csv", request)

    @admin.action(description=gettext_lazy("Download selected as XLSX"))
    def export_xlsx(self, request, queryset):
        return self.export(queryset, "xlsx", request)

    def changelist_view(self, request, extra_context=None):
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        route = f"{self.opts.app_label}_{self.opts.model_name}_export"
        addresses = [
            (
                name.upper(),
                reverse(f"{self.admin_site.name}:{route}", args=[name]) + query,
            )
            for name in FORMATS
        ]
        context = {"export_addresses": addresses}
        return super().changelist_view(request, context | (extra_context or {}))

    def export_view(self, request, file_format):
        if not self.has_view_permission(request):
            raise PermissionDenied
        if file_format not in FORMATS:
            raise Http404
        try:
            found = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        return self.export(found, file_format, request)

    def export(self, queryset, file_format, request):
        rows, columns = self.exported(queryset, request.user)
        export = RecordsExport(
            name=self.opts.model_name,
            columns=columns,
            batches=in_batches(rows),
            records=self.get_queryset(request).filter(pk__in=queryset.values("pk")),
            address=request.build_absolute_uri(),
            filters=[],
        )
        return export_response(export, file_format)

    def exported(self, queryset, user) -> tuple[Iterator, Sequence[ExportColumn]]:
        """Return rows and columns, which name no draft that is hidden from ``user``."""
        if hasattr(self, "importer_class"):
            importer = self.importer_class(user)
            return importer.exported_rows(key_batches(queryset)), [
                ExportColumn(column.name, column.label, column.exported)
                for column in importer.columns
            ]
        return records(queryset, user), list(field_columns(self.model))


def key_batches(queryset: QuerySet) -> Iterator[list]:
    """Yield the keys of records in their order, so many at a time."""
    keys = iter(list(queryset.values_list("pk", flat=True)))
    while batch := list(islice(keys, ROWS_AT_A_TIME)):
        yield batch


def records(queryset: QuerySet, user) -> Iterator:
    """Yield records in their order, with what the columns of fields show."""
    model = queryset.model
    relations = [field for field in model._meta.concrete_fields if field.is_relation]
    # What a record cannot be without is seen by whoever sees the record.
    needed = [field.name for field in relations if not field.null]
    others = [field for field in relations if field.null]
    links = [
        Prefetch(
            field.name,
            rights.known_to(field.related_model._default_manager.all(), user),
        )
        for field in (*others, *model._meta.many_to_many)
    ]
    found = model._base_manager.select_related(*needed or [None])
    found = found.prefetch_related(*links)
    for keys in key_batches(queryset):
        batch = found.in_bulk(keys)
        yield from (batch[key] for key in keys if key in batch)


def field_columns(model) -> Iterator[ExportColumn]:
    """Yield a column for each field, with its label for a heading."""
    for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        heading = capfirst(field.verbose_name)
        yield ExportColumn(field.name, heading, partial(shown, field=field))


def shown(record, field):
    """Return what a field holds, in the words of the back office."""
    if isinstance(field, ManyToManyField):
        return [str(one) for one in getattr(record, field.name).all()]
    value = getattr(record, field.name)
    if value is None or value == "":
        return None
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value if isinstance(value, (int, float)) else str(value)
