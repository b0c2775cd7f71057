"""Forms of the back office that notice what was saved since they were opened."""

from collections import Counter

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from .collisions import Clash, Rows, Seen, look
from .hands import hands
from .history import recording
from .models import ContentVersion

TOKEN_FIELD = "_seen"  # noqa: S105
GONE = 410


class StaleForm:
    """A form that is not saved before its editor has read what changed."""

    def full_clean(self):
        super().full_clean()
        if self.is_bound:
            text = _("Nothing is saved yet; read above what has changed meanwhile.")
            self.add_error(None, text)


class CollisionAdmin(admin.ModelAdmin):
    """Refuse a form that is older than what it would overwrite."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        arguments = request, object_id, form_url, extra_context
        is_new = object_id is None or "_saveasnew" in request.POST
        if request.method != "POST":
            if not is_new:
                # Before the form is made, which thus shows no older values.
                request.seen = self._look(request, object_id)
            return super().changeform_view(*arguments)
        with recording(request.user):
            # All who write content wait for each other, and in this order.
            ContentVersion.objects.hold()
            gone = None if is_new else self._refuse_stale(request, object_id)
            return gone or super().changeform_view(*arguments)

    def _look(self, request, object_id):
        record = self.get_object(request, unquote(object_id))
        if record is None or not self.has_change_permission(request, record):
            return None
        form = self._form_of(request, record)
        return look(record, form, list(self._rows_of(request, record)))

    def _form_of(self, request, record):
        fields = flatten_fieldsets(self.get_fieldsets(request, record))
        return self.get_form(request, record, change=True, fields=fields)

    def _rows_of(self, request, record):
        """Yield the rows that the form of a record shows and changes."""
        prefixes = Counter()
        for formset, inline in self.get_formsets_with_inlines(request, record):
            prefix = formset.get_default_prefix()
            prefixes[prefix] += 1
            if prefixes[prefix] != 1:
                prefix = f"{prefix}-{prefixes[prefix]}"
            if inline.has_change_permission(request, record):
                rows = inline.get_queryset(request).filter(**{formset.fk.name: record})
                yield Rows(prefix, inline.model, formset.fk.name, formset.form, rows)

    def _refuse_stale(self, request, object_id):
        """Compare what the form was made of with what is stored, and lock that.

        Where they differ, the form that is answered says so and is not saved.
        """
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._tell_of_deletion(request, object_id)
        if not self.has_change_permission(request, record):
            return None
        form = self._form_of(request, record)
        inlines = list(self._rows_of(request, record))
        _lock(type(record)._base_manager.filter(pk=record.pk))
        for inline in inlines:
            keys = inline.queryset.order_by().values("pk")
            _lock(inline.model._base_manager.filter(pk__in=keys))
        request.seen = look(record, form, inlines)
        seen = Seen.from_token(request.POST.get(TOKEN_FIELD, ""), record)
        if seen is None or not seen.agrees_with(request.seen):
            clash = Clash(record, form, inlines, request, seen, request.seen)
            request.clash = clash
            request.POST, request._files = clash.data, clash.files
        return None

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if getattr(request, "clash", None) is None:
            return form
        return type(form)(form.__name__, (StaleForm, form), {})

    def render_change_form(
        self, request, context, add=False, change=False, form_url="", obj=None
    ):
        seen = getattr(request, "seen", None)
        if change and seen is not None:
            context["seen_token"] = seen.token(obj)
            context["clash"] = getattr(request, "clash", None)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _tell_of_deletion(self, request, object_id):
        """Answer with all that was typed, for a record that is no longer there."""
        key = unquote(object_id)
        if not key.isdecimal() or not self.has_change_permission(request):
            return None
        record = self.model(pk=int(key))
        seen = Seen.from_token(request.POST.get(TOKEN_FIELD, ""), record)
        if seen is None:
            return None
        found = hands(self.model, [record.pk], seen.at).get(record.pk, {})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Deleted meanwhile"),
            "opts": self.opts,
            "hand": found.get(""),
            "typed": list(self._typed_texts(request)),
            "has_add_permission": self.has_add_permission(request),
        }
        template = "admin/deleted_meanwhile.html"
        return TemplateResponse(request, template, context, status=GONE)

    def _typed_texts(self, request):
        """Yield label and text of each field of the form that holds any."""
        form = self.get_form(request)(request.POST)
        for bound in form:
            if isinstance(bound.data, str) and bound.data.strip():
                yield bound.label, bound.data
        for formset, inline in self.get_formsets_with_inlines(request):
            rows = formset(request.POST, prefix=formset.get_default_prefix())
            if not rows.management_form.is_valid():
                continue
            for number in range(rows.total_form_count()):
                row = formset.form(request.POST, prefix=rows.add_prefix(number))
                for bound in row:
                    if isinstance(bound.data, str) and bound.data.strip():
                        yield f"{inline.verbose_name}: {bound.label}", bound.data


def _lock(records):
    """Let nobody else write these rows before the commit."""
    list(records.select_for_update().order_by("pk").values_list("pk", flat=True))
