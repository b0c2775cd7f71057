"""What every list and form of the back office has in common."""

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import NestedObjects
from django.contrib.admin.widgets import (
    AdminSplitDateTime,
    BaseAdminDateWidget,
    BaseAdminTimeWidget,
)
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import models, router
from django.db.models import Case, Q, Value, When
from django.forms.models import BaseInlineFormSet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.folding import FoldedField, fold

# What the filters beside a list append to the name of their field.
FILTER_LOOKUPS = ("", "__exact", "__id__exact", "__isempty", "__isnull")
LONGEST_SEARCH = 200
BLOCKING_RECORDS_SHOWN = 100

admin.site.site_header = _("Cluster Portal back office")
admin.site.site_title = _("Cluster Portal back office")
admin.site.index_title = _("What the portal holds")


class NamedSplitDateTime(AdminSplitDateTime):
    """A date and a time that a screen reader tells apart."""

    def __init__(self, attrs=None):
        parts = [
            BaseAdminDateWidget({"aria-label": _("Date")}),
            BaseAdminTimeWidget({"aria-label": _("Time")}),
        ]
        forms.MultiWidget.__init__(self, parts, attrs)


FIELD_OPTIONS = {
    models.DateTimeField: {"widget": NamedSplitDateTime},
    models.URLField: {"assume_scheme": "https"},
}


class RecordForm(forms.ModelForm):
    """A form that checks each constraint that it can.

    Django leaves out the constraints on folded names, which are no fields of
    the form, and those on the record that a row belongs to; the database could
    only answer with an error.
    """

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            self.instance.validate_constraints(exclude=self._unknown_fields())
        except ValidationError as error:
            self._update_errors(error)

    def _unknown_fields(self):
        unknown = self._get_validation_exclusions()
        for field in self.instance._meta.concrete_fields:
            if isinstance(field, FoldedField) and field.source not in unknown:
                field.pre_save(self.instance, add=False)
                unknown.discard(field.name)
            elif field.is_relation and self._is_new(field):
                unknown.add(field.name)
        return unknown

    def _is_new(self, field):
        """Tell whether the record that this one belongs to is not saved yet."""
        owner = field.get_cached_value(self.instance, default=None)
        return owner is not None and owner.pk is None


class RowFormSet(BaseInlineFormSet):
    """Rows that are compared with each other as well as with the database."""

    def clean(self):
        super().clean()
        seen = set()
        for form in self.filled_forms():
            for key, message in self.unique_keys(form.instance):
                if key in seen:
                    form.add_error(None, message)
                seen.add(key)

    def filled_forms(self):
        return [
            form
            for form in self.forms
            if form.is_valid()
            and (form.instance.pk or form.has_changed())
            and not self._should_delete_form(form)
        ]

    def unique_keys(self, instance):
        """Yield each key that no other row may have, with what to say if one does."""
        return []


class RobustAdmin(admin.ModelAdmin):
    """A list and a form that no address can make fail.

    The stock admin answers a server error on PostgreSQL for a null character
    in a filter or in a search, and on both databases for a pattern that is no
    pattern or for values of a new record that its fields do not take.
    """

    formfield_overrides = FIELD_OPTIONS

    def lookup_allowed(self, lookup, value, request):
        """Allow what the filters beside the list offer, and nothing else."""
        names = [
            item[0] if isinstance(item, tuple) else item
            for item in self.get_list_filter(request)
        ]
        offered = {f"{name}{end}" for name in names for end in FILTER_LOOKUPS}
        return lookup in offered and "\0" not in value

    def get_search_results(self, request, queryset, search_term):
        """Search as the portal does: accents and case aside, each word anywhere."""
        text = search_term[:LONGEST_SEARCH].strip()
        if "\0" in text:
            return queryset.none(), False
        if not text:
            return queryset, False
        if hasattr(queryset, "search"):
            found = queryset.search(text)
        else:
            found = queryset.filter(self._words_condition(request, text))
        return self._best_first(request, found, text), False

    def _words_condition(self, request, text):
        condition = Q()
        for word in text.split():
            word_condition = Q()
            for name in self.get_search_fields(request):
                sought = fold(word) if name.endswith("_key") else word
                word_condition |= Q(**{f"{name}__icontains": sought})
            condition &= word_condition
        return condition

    def _best_first(self, request, queryset, text):
        """Offer what begins with the text before what only contains it.

        Autocompletion keeps this order; a list has an order of its own.
        """
        name = self.get_search_fields(request)[0]
        sought = fold(text) if name.endswith("_key") else text
        begins = When(**{f"{name}__istartswith": sought}, then=Value(0))
        ordering = self.get_ordering(request) or self.opts.ordering
        return queryset.order_by(Case(begins, default=Value(1)), *ordering)

    def get_changeform_initial_data(self, request):
        """Take over from the address only what the fields of the form accept."""
        fields = self.get_form(request).base_fields
        initial = super().get_changeform_initial_data(request)
        return {
            name: value
            for name, value in initial.items()
            if name in fields and _accepts(fields[name], value)
        }

    def get_deleted_objects(self, objs, request):
        """Name the records in the way themselves, not the links that lead to them."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(
            objs, request
        )
        if protected:
            protected = _records_in_the_way(objs, self.admin_site)
        return deleted, counts, perms_needed, protected


def _accepts(field, value):
    try:
        field.clean(value)
    except ValidationError:
        return False
    return True


def _records_in_the_way(objs, site):
    collector = NestedObjects(using=router.db_for_write(objs[0]), origin=objs)
    collector.collect(objs)
    records = dict.fromkeys(_owner(blocker) for blocker in collector.protected)
    described = sorted(
        (str(record._meta.verbose_name), str(record), record.pk, record)
        for record in records
    )
    lines = [_link(entry[-1], site) for entry in described[:BLOCKING_RECORDS_SHOWN]]
    hidden = len(described) - len(lines)
    return (
        [*lines, _("… and %(number)d more") % {"number": hidden}] if hidden else lines
    )


def _owner(record):
    """Return the record itself, or the one whose many-to-many link it is."""
    owner_model = record._meta.auto_created
    if not owner_model:
        return record
    fields = record._meta.concrete_fields
    field = next(field for field in fields if field.related_model is owner_model)
    return getattr(record, field.name)


def _link(record, site):
    kind = capfirst(record._meta.verbose_name)
    if not site.is_registered(type(record)):
        return f"{kind}: {record}"
    route = f"{site.name}:{record._meta.app_label}_{record._meta.model_name}_change"
    address = reverse(route, args=[record.pk])
    return format_html('{}: <a href="{}">{}</a>', kind, address, record)


class RecordAdmin(RobustAdmin):
    """The form of a record of the portal.

    ``examples`` are help texts for fields whose model has none.
    """

    form = RecordForm
    examples: ClassVar[dict] = {}
    list_per_page = 50
    show_full_result_count = False

    def get_form(self, request, obj=None, change=False, **kwargs):
        kwargs.setdefault("help_texts", self.examples)
        return super().get_form(request, obj, change, **kwargs)

    def save_formset(self, request, form, formset, change):
        for row in formset.forms:
            if hasattr(row.instance, "updated_by"):
                row.instance.updated_by = request.user
        super().save_formset(request, form, formset, change)

    def get_view_on_site_url(self, obj=None):
        """Lead to what the public sees, where the public sees it."""
        if obj is None or not hasattr(obj, "get_absolute_url"):
            return None
        if not self.model.objects.published().filter(pk=obj.pk).exists():
            return None
        return obj.get_absolute_url()


class StackedRows(admin.StackedInline):
    """Records edited on the page of the record that they belong to."""

    extra = 0
    form = RecordForm
    formfield_overrides = FIELD_OPTIONS
    formset = RowFormSet
    view_on_site = False


class TabularRows(StackedRows):
    template = "admin/edit_inline/tabular.html"


admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(RobustAdmin, StockUserAdmin):
    ordering = ["username"]


@admin.register(Group)
class GroupAdmin(RobustAdmin, StockGroupAdmin):
    pass
