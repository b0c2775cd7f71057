"""The histories in the back office: read them, go back, bring back what was deleted."""

import datetime

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.forms.models import _get_foreign_key
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from . import restoring, rights
from .former_versions import FormerVersion, FormOfVersion
from .history import has_history, recording
from .publishing.drafts import Rework
from .record_values import Targets, described_fields, versions_of
from .timeline import Kept, Timeline

ENTRIES_PER_PAGE = 20
DELETED_PER_PAGE = 50
MOMENT = "%Y%m%dT%H%M%S%fZ"


def moment_in_address(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime(MOMENT)


class HistoryAdmin(admin.ModelAdmin):
    """Show what was done to a record and its rows, and undo it."""

    def get_urls(self):
        routes = [
            ("<path:object_id>/version/<str:moment>/", self.version_view, "version"),
            ("deleted/", self.deleted_view, "deleted"),
            ("deleted/<int:history_id>/", self.restore_view, "restore"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=self._route(name))
            for route, view, name in routes
        ]
        return [*own, *super().get_urls()]

    def _route(self, name):
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _address(self, name, *arguments):
        return reverse(f"{self.admin_site.name}:{self._route(name)}", args=arguments)

    def has_restore_permission(self, request):
        """Leave to those who may delete records and make new ones to bring them back."""
        return (
            has_history(self.model)
            and self.has_add_permission(request)
            and self.has_delete_permission(request)
        )

    def _restorable(self, request, versions):
        """Keep the last versions of records that the user may bring back; one query."""
        return rights.brought_back_by(request.user, self.model, versions)

    def changelist_view(self, request, extra_context=None):
        context = {"may_restore": self.has_restore_permission(request)}
        if context["may_restore"]:
            context["deleted_address"] = self._address("deleted")
        context |= extra_context or {}
        if request.method != "POST":
            return super().changelist_view(request, context)
        with recording(request.user):
            return super().changelist_view(request, context)

    def delete_view(self, request, object_id, extra_context=None):
        if request.method != "POST":
            return super().delete_view(request, object_id, extra_context)
        with recording(request.user):
            return super().delete_view(request, object_id, extra_context)

    def _kept(self, request, record):
        """Return the models whose history is that of the record: its own comes first."""
        kept = {self.model: Kept(self.model, "id")}
        for inline in self.get_inline_instances(request, record):
            if has_history(inline.model):
                relation = _get_foreign_key(self.model, inline.model, inline.fk_name)
                kept[inline.model] = Kept(inline.model, relation.attname)
        for relation in restoring.cascading_relations(self.model):
            kept.setdefault(relation.model, Kept(relation.model, relation.attname))
        return list(kept.values())

    def _written(self, request, record):
        """Return the names of the fields that the form of a record writes, by model."""
        form = self.get_form(request, record, change=True)
        written = {self.model: set(form.base_fields)}
        for formset, inline in self.get_formsets_with_inlines(request, record):
            if inline.has_change_permission(request, record):
                written[inline.model] = set(formset.form.base_fields)
        return written

    def history_view(self, request, object_id, extra_context=None):
        if not has_history(self.model):
            return super().history_view(request, object_id, extra_context)
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        timeline = Timeline(record.pk, self._kept(request, record), request.user)
        page = Paginator(timeline, ENTRIES_PER_PAGE).get_page(request.GET.get(PAGE_VAR))
        entries = list(page)
        for number, entry in enumerate(entries):
            is_present = page.number == 1 and number == 0
            if entry.version is not None and not is_present:
                moment = moment_in_address(entry.moment)
                entry.address = self._address("version", record.pk, moment)
        context = {
            **self._page_context(request, _("History of %s") % record),
            "record": record,
            "page": page,
            "entries": entries,
            "page_var": PAGE_VAR,
            "may_change": self.has_change_permission(request, record),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/record_history.html", context)

    def _page_context(self, request, title):
        request.current_app = self.admin_site.name
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
        }

    def version_view(self, request, object_id, moment):
        """Show the form filled with a former version; saving it makes a new one."""
        record = self.get_object(request, unquote(object_id))
        if not has_history(self.model):
            raise Http404
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        version = FormerVersion.of(
            record,
            self._kept(request, record),
            _parsed_moment(moment),
            request.user,
            self._written(request, record),
        )
        if version is None:
            raise Http404
        request.former_version = version
        shown = _shown_moment(version.moment)
        context = {
            "title": _("Go back to the version of %(moment)s") % {"moment": shown},
            "version": version,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        if request.method != "POST":
            return self.changeform_view(request, object_id, "", context)
        reason = _("Went back to the version of %(moment)s") % {"moment": shown}
        with recording(request.user, reason):
            return self.changeform_view(request, object_id, "", context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        version = getattr(request, "former_version", None)
        if version is None:
            return form
        return type(form)(form.__name__, (FormOfVersion, form), {"version": version})

    def get_inline_formsets(self, request, formsets, inline_instances, obj=None):
        version = getattr(request, "former_version", None)
        if version is not None and request.method != "POST":
            for formset, inline in zip(formsets, inline_instances, strict=True):
                if inline.has_change_permission(request, obj):
                    version.fill_rows(formset)
        return super().get_inline_formsets(request, formsets, inline_instances, obj)

    def deleted_view(self, request):
        """List what was deleted and can be brought back, the latest first."""
        if not self.has_restore_permission(request):
            raise PermissionDenied
        gone = restoring.deleted_versions(self.model)
        page = Paginator(gone, DELETED_PER_PAGE).get_page(request.GET.get(PAGE_VAR))
        versions = self._restorable(request, page)
        fields = described_fields(self.model)
        values = versions_of(versions, fields)
        targets = Targets(
            ((one, held[one.name]) for held in values.values() for one in fields),
            request.user,
        )
        lines = [
            (
                targets.title(self.model, version.id, values[version.history_id]),
                version,
                self._address("restore", version.history_id),
            )
            for version in versions
        ]
        title = _("Deleted %(records)s") % {"records": self.opts.verbose_name_plural}
        context = self._page_context(request, title)
        context |= {"page": page, "lines": lines, "page_var": PAGE_VAR}
        return TemplateResponse(request, "admin/deleted_records.html", context)

    def restore_view(self, request, history_id):
        """Show what comes back with a deleted record, and bring it back."""
        if not self.has_restore_permission(request):
            raise PermissionDenied
        gone = restoring.deleted_versions(self.model)
        version = get_object_or_404(gone, history_id=history_id)
        if not self._restorable(request, [version]):
            raise Http404
        planned = restoring.plan(version, request.user)
        problems = [text for one in planned.everything() for text in one.problems]
        if request.method == "POST" and not problems:
            try:
                return self._restore(request, version, planned)
            except ValidationError as error:
                problems = error.messages
        title = _("Bring back: %(record)s") % {"record": planned.told.title}
        context = self._page_context(request, title)
        context |= {
            "planned": planned,
            "problems": problems,
            "lost": [text for one in planned.everything() for text in one.lost],
            "version": version,
            "drafts": Rework.objects.of(planned.record).select_related("updated_by"),
            "deleted_address": self._address("deleted"),
        }
        return TemplateResponse(request, "admin/restore_record.html", context)

    def _restore(self, request, version, planned):
        with recording(request.user):
            record = restoring.restore(version, request.user)
            text = _("Restored after its deletion.")
            log = LogEntry.objects.log_actions
            log(request.user.pk, [record], ADDITION, text, single_object=True)
        lost = [text for one in planned.everything() for text in one.lost]
        self.message_user(
            request, _("“%(record)s” is back.") % {"record": record}, messages.SUCCESS
        )
        for text in lost:
            text = _("Not linked again: %(link)s.") % {"link": text}
            self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(self._address("change", record.pk))


def _parsed_moment(text):
    try:
        moment = datetime.datetime.strptime(text, MOMENT)  # noqa: DTZ007
    except ValueError as error:
        raise Http404 from error
    return moment.replace(tzinfo=datetime.UTC)


def _shown_moment(moment):
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
