"""Forms of the back office that notice what was saved since they were opened."""

from collections import Counter
from functools import partial

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.contenttypes.models import ContentType
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from . import rights
from .collisions import Clash, Rows, Seen, look, typed_texts
from .hands import hands
from .history import recording
from .models import ContentVersion

TOKEN_FIELD = "_seen"  # noqa: S105
GONE, CONFLICT = 410, 409


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
            return self.tell_of_closing(
                request,
                record,
                _("Not saved: “%(record)s” is no longer yours to change.")
                % {"record": record},
            )
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
            clash.tell_hands(partial(self.hands_since, request))
            request.clash = clash
            request.POST, request._files = clash.data, clash.files
        return None

    def hands_since(self, request, model, pks, moment):
        """Return who saved which value of these records since; see hands()."""
        return hands(model, pks, moment)

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
            "title": _("Deleted meanwhile"),
            "hand": found.get(""),
            # The record being gone, all of it can be of use.
            "typed": list(self._typed_texts(request, Seen(seen.at, {}, {}))),
            "has_add_permission": self.has_add_permission(request),
        }
        return self._not_saved(request, "deleted", context, GONE)

    def tell_of_closing(self, request, record, text):
        """Answer with what was typed into a form that nobody can save any more.

        None where the form does not say from which version it was made.
        """
        seen = Seen.from_token(request.POST.get(TOKEN_FIELD, ""), record)
        if seen is None or not self.has_view_permission(request, record):
            return None
        public = rights.owner_of(record)
        public_admin = self.admin_site.get_model_admin(type(public))
        log = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(public),
            object_id=str(public.pk),
            action_time__gte=seen.at,
        )
        context = {
            "title": _("Not saved"),
            "text": text,
            "record": record,
            "done": log.select_related("user").order_by("action_time", "pk"),
            "typed": list(self._typed_texts(request, seen)),
            "rework_address": public_admin.address_to_rework(request, public),
        }
        return self._not_saved(request, "closed", context, CONFLICT)

    def address_to_rework(self, request, record):
        """Return where a draft of a change is begun, if this person can do that."""
        return ""

    def _not_saved(self, request, fate, context, status):
        context |= {**self.admin_site.each_context(request), "opts": self.opts}
        template = f"admin/{fate}_meanwhile.html"
        return TemplateResponse(request, template, context, status=status)

    def _typed_texts(self, request, seen):
        """Yield label and text of each field that says something else than was seen."""
        form = self.get_form(request)(request.POST, request.FILES)
        yield from typed_texts(form, seen.record)
        for formset, inline in self.get_formsets_with_inlines(request):
            prefix = formset.get_default_prefix()
            rows = formset(request.POST, prefix=prefix)
            if not rows.management_form.is_valid():
                continue
            for number in range(rows.total_form_count()):
                sent = request.POST, request.FILES
                row = formset.form(*sent, prefix=rows.add_prefix(number))
                key = row.data.get(row.add_prefix(inline.opts.pk.name), "")
                was = seen.rows.get(prefix, {}).get(key, {})
                for label, text in typed_texts(row, was):
                    yield f"{inline.verbose_name}: {label}", text


def _lock(records):
    """Let nobody else write these rows before the commit."""
    list(records.select_for_update().order_by("pk").values_list("pk", flat=True))
