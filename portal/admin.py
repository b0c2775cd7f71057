"""What every list and form of the back office has in common."""

from typing import ClassVar

from allauth.account import admin as account_admin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as second_factor_admin
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as session_admin
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
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
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal import rights
from portal.collision_admin import CollisionAdmin
from portal.concerns import ConcernFilter
from portal.exporting import ExportingAdmin
from portal.folding import fold
from portal.hands import count_entries
from portal.history_admin import HistoryAdmin
from portal.link_admin import LinkList
from portal.models import CheckedLink
from portal.record_forms import RecordForm, RowFormSet
from portal.record_rights import OwnRecordAdmin, OwnRows, RelatedFilter
from portal.rich_text_editor import allow_editor

__all__ = ["RelatedFilter"]

# They register what is taken off the list below.
REGISTERED_ELSEWHERE = (account_admin, second_factor_admin, session_admin)

# What the filters beside a list append to the name of their field.
FILTER_LOOKUPS = ("", "__exact", "__id__exact", "__isempty", "__isnull")
LONGEST_SEARCH = 200
BLOCKING_RECORDS_SHOWN = 100

admin.site.site_header = _("Cluster Portal back office")
admin.site.site_title = _("Cluster Portal back office")
admin.site.index_title = _("Start page")


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


class RobustAdmin(HistoryAdmin, CollisionAdmin):
    """A list and a form that no address can make fail.

    The stock admin answers a server error on PostgreSQL for a null character
    in a filter or in a search, and on both databases for a pattern that is no
    pattern or for values of a new record that its fields do not take.
    """

    formfield_overrides = FIELD_OPTIONS

    def lookup_allowed(self, lookup, value, request):
        """Allow what the filters beside the list offer, and nothing else."""
        names = [
            item[0]
            if isinstance(item, tuple)
            else getattr(item, "parameter_name", item)
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
            protected = _records_in_the_way(objs, self.admin_site, request.user)
        return deleted, counts, perms_needed, protected


def _accepts(field, value):
    try:
        field.clean(value)
    except ValidationError:
        return False
    return True


def _records_in_the_way(objs, site, user):
    collector = NestedObjects(using=router.db_for_write(objs[0]), origin=objs)
    collector.collect(objs)
    records = dict.fromkeys(_owner(blocker) for blocker in collector.protected)
    described = sorted(
        (str(record._meta.verbose_name), str(record), record.pk, record)
        for record in records
    )
    lines = [
        _link(entry[-1], site)
        for entry in described[:BLOCKING_RECORDS_SHOWN]
        if rights.may_see(user, entry[-1])
    ]
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


class RecordAdmin(OwnRecordAdmin, ExportingAdmin, RobustAdmin):
    """The form of a record of the portal.

    ``examples`` are help texts for fields whose model has none; ``concerns`` is what
    the start page counts and the list filters by.
    """

    form = RecordForm
    examples: ClassVar[dict] = {}
    concerns: ClassVar[tuple] = ()
    list_per_page = 50
    show_full_result_count = False

    def get_list_filter(self, request):
        filters = super().get_list_filter(request)
        return [ConcernFilter, *filters] if self.concerns else filters

    def render_change_form(self, request, context, *args, **kwargs):
        response = super().render_change_form(request, context, *args, **kwargs)
        return allow_editor(request, response)

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


class StackedRows(OwnRows, admin.StackedInline):
    """Records edited on the page of the record that they belong to."""

    extra = 0
    form = RecordForm
    formfield_overrides = FIELD_OPTIONS
    formset = RowFormSet
    view_on_site = False


class TabularRows(StackedRows):
    template = "admin/edit_inline/tabular.html"


# Nobody edits what signing in keeps; what administrators need is on the account.
admin.site.unregister([User, Group, Authenticator, EmailAddress, UserSession])


@admin.register(User)
class UserAdmin(RobustAdmin, StockUserAdmin):
    """Accounts; whoever is no superuser can neither make nor change one."""

    ordering = ["username"]
    readonly_fields = ["last_login", "date_joined"]
    actions = ["end_sessions", "take_second_factor"]

    def get_deleted_objects(self, objs, request):
        """Keep users whose name stands in a history; who left is made inactive."""
        entries = {user: count_entries(user) for user in objs}
        in_the_way = [
            ngettext(
                "%(user)s: stands in the history of %(number)d change. Take away "
                "“Active” in place of deleting, and nobody can sign in by that name.",
                "%(user)s: stands in the history of %(number)d changes. Take away "
                "“Active” in place of deleting, and nobody can sign in by that name.",
                number,
            )
            % {"user": user, "number": number}
            for user, number in entries.items()
            if number
        ]
        if in_the_way:
            return [], {}, set(), in_the_way
        return super().get_deleted_objects(objs, request)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        return [*fields, "is_superuser", "user_permissions"]

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and self._may_manage(request, obj)

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj)
        return allowed and self._may_manage(request, obj)

    @admin.action(
        description=_("Sign selected accounts out everywhere"), permissions=["change"]
    )
    def end_sessions(self, request, queryset):
        accounts = self._manageable(request, queryset)
        for session in UserSession.objects.filter(user__in=accounts):
            session.end()
        self._tell(request, accounts, gettext("Signed out everywhere."))

    @admin.action(
        description=_("Take the second step of signing in from selected accounts"),
        permissions=["change"],
    )
    def take_second_factor(self, request, queryset):
        accounts = self._manageable(request, queryset)
        Authenticator.objects.filter(user__in=accounts).delete()
        text = gettext("The second step of signing in was taken away.")
        self._tell(request, accounts, text)

    def _manageable(self, request, queryset):
        accounts = list(queryset)
        return [account for account in accounts if self._may_manage(request, account)]

    def _tell(self, request, accounts, text):
        """Log what was done to accounts, and say to which."""
        if accounts:
            LogEntry.objects.log_actions(request.user.pk, accounts, CHANGE, text)
        names = ", ".join(account.get_username() for account in accounts) or "–"
        self.message_user(request, f"{text} {names}", messages.SUCCESS)

    def _may_manage(self, request, account):
        return account is None or request.user.is_superuser or not account.is_superuser


@admin.register(Group)
class GroupAdmin(RobustAdmin, StockGroupAdmin):
    pass


@admin.register(CheckedLink)
class CheckedLinkAdmin(LinkList, RobustAdmin):
    pass


# At the end, because it needs what is above.
from . import api_key_admin  # noqa: E402, F401
