"""The form of a draft beside a public record.

It is the ordinary form of the record, opened and sent in a rehearsal: the database says
what the draft says, and forgets it again.
"""

import datetime
import json
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import Http404, HttpResponseRedirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.content_version import is_rehearsing, rehearsing
from portal.hands import Hand, hands, names_of_users

from . import reworking
from .drafts import Rework
from .models import Publishable
from .previews import link_of
from .rehearsals import rehearsal, rehearse
from .snapshots import merged, take

State = Rework.State
# What a form offers beside saving; the rest belongs beside the comparison.
OF_THE_FORM = ("request_review", "publish")
# What a draft that contradicts the record as it is now makes the database say.
UNFIT = (IntegrityError, ProtectedError, ObjectDoesNotExist)


@dataclass
class Rehearsed:
    """A draft whose form a request opens or sends."""

    rework: Rework
    conflicts: list
    base: dict
    # What the draft says after it was saved; none while it was not.
    snapshot: dict | None = None
    # How it was changed; an empty list where nothing was.
    message: list | None = None
    refusal: str = ""
    # What the history says from then on is only rehearsed.
    begun: datetime.datetime | None = None


class RefusingForm(forms.ModelForm):
    """A form that would write over what somebody else has saved meanwhile."""

    refusal = ""

    def clean(self):
        super().clean()
        names = [
            str(capfirst(self.fields[name].label))
            for name in self.changed_data
            if name in self.fields
        ]
        told = ", ".join(names) or "–"
        raise ValidationError(
            _("%(refusal)s Your text differs from the saved draft in: %(fields)s.")
            % {"refusal": self.refusal, "fields": told}
        )


class DraftFormAdmin(admin.ModelAdmin):
    def has_rework_permission(self, request, record):
        """Ask for what one may change, whether or not the public reads it."""
        with rehearsing():
            return self.has_change_permission(request, record)

    def may_move_rework(self, request, move, record, rework):
        # What a publisher has approved is no editor's to throw away.
        if move.permission == "publish" or rework.is_scheduled:
            return self.has_publish_permission(request, record)
        return self.has_rework_permission(request, record)

    def record_to_rework(self, request, object_id):
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return record, Rework.objects.of(record).first()

    def without_draft(self, request, record):
        text = _("“%(record)s” has no draft beside its public version.")
        self.message_user(request, text % {"record": record}, messages.WARNING)
        return HttpResponseRedirect(self.address_of("change", record))

    def tell_of_end(self, request, record):
        """Answer who writes a draft that was published or discarded meanwhile."""
        told = None
        if request.method == "POST":
            text = _(
                "Not saved: the draft of “%(record)s” is no longer there. It was "
                "published or discarded."
            )
            told = self.tell_of_closing(request, record, text % {"record": record})
        return told or self.without_draft(request, record)

    def address_to_rework(self, request, record):
        if not record.is_shown or not self.has_rework_permission(request, record):
            return ""
        return self.address_of("rework_start", record)

    def start_view(self, request, object_id):
        """Begin to rework a public record, or go on with it."""
        record, rework = self.record_to_rework(request, object_id)
        if not self.has_rework_permission(request, record):
            raise PermissionDenied
        if rework is None:
            if request.method != "POST" or not record.is_shown:
                return self.without_draft(request, record)
            reworking.start(record, request.user)
            self.log_rework(request, record, _("Began a draft of a change."))
        return HttpResponseRedirect(self.address_of("rework", record))

    def rework_view(self, request, object_id):
        record, rework = self.record_to_rework(request, object_id)
        if rework is None:
            return self.tell_of_end(request, record)
        if not self.has_rework_permission(request, record):
            return HttpResponseRedirect(self.address_of("rework_compare", record))
        try:
            response = self.form_of_rework(request, object_id, record, rework)
        except UNFIT:
            text = _(
                "The draft contradicts what has changed in the public version meanwhile."
            )
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(self.address_of("rework_compare", record))
        if request.rehearsed.snapshot is not None:
            return self.keep_rework(request, object_id, record, response)
        return response

    def form_of_rework(self, request, object_id, record, rework):
        """Open or send the form of a draft; nothing of it stays in the database."""
        found = merged(rework, record)
        request.rehearsed = Rehearsed(rework, found.conflicts, found.base)
        if request.method == "POST":
            request.rehearsed.refusal = self.refusal_of(request, rework)
        context = {
            "title": _("Draft of a change"),
            "rework": rework,
            "conflicts": found.conflicts,
            "rework_moves": [
                move
                for move in self.offered_rework_moves(request, record, rework)
                if move.name in OF_THE_FORM and not found.conflicts
            ],
            "link": link_of(request, record, rework),
            "show_delete": False,
            "show_save_and_add_another": False,
            "compare_address": self.address_of("rework_compare", record),
            "discard_address": self.address_of("rework_move", record, "discard"),
        }
        with rehearsal():
            request.rehearsed.begun = timezone.now()
            rehearse(rework, record)
            response = self.changeform_view(request, object_id, extra_context=context)
            if hasattr(response, "render"):
                response.render()
            if request.rehearsed.message is not None:
                request.rehearsed.snapshot = take(record)
        return response

    @staticmethod
    def refusal_of(request, rework):
        """Return why a form may not be saved: somebody else saved the draft since."""
        if request.POST.get("_revision") == str(rework.revision):
            return ""
        return _(
            "%(person)s saved this draft on %(time)s, while you were editing it. Your "
            "text is kept below; saving again writes over theirs."
        ) % {
            "person": rework.updated_by or _("Somebody"),
            "time": date_format(
                timezone.localtime(rework.updated_at), "DATETIME_FORMAT"
            ),
        }

    def keep_rework(self, request, object_id, record, response):
        """Store what the form of a draft was saved with."""
        rehearsed = request.rehearsed
        rework = rehearsed.rework
        state = self.state_after_saving(request, record, rework)
        kept = reworking.keep(
            rework, rehearsed.base, rehearsed.snapshot, request.user, state
        )
        if not kept:
            # Somebody else was quicker; the form says so.
            return self.rework_view(request, object_id)
        text = LogEntry(change_message=json.dumps(rehearsed.message))
        told = {"changes": text.get_change_message()}
        self.log_rework(request, record, _("Draft of a change: %(changes)s") % told)
        if state != rework.state:
            text = _("The draft is no longer in review or approved: it has changed.")
            self.message_user(request, text, messages.WARNING)
        if "_move" in request.POST:
            return self.move_kept(request, record, request.POST["_move"])
        text = _("The draft is saved. The public still reads the former version.")
        self.message_user(request, text, messages.SUCCESS)
        where = "rework" if "_continue" in request.POST else "rework_compare"
        return HttpResponseRedirect(self.address_of(where, record))

    def state_after_saving(self, request, record, rework):
        """Return the state of a saved draft; what was approved is read again."""
        if rework.is_failed:
            return State.DRAFT
        if rework.is_scheduled and not self.has_publish_permission(request, record):
            return State.DRAFT
        return rework.state

    def log_rework(self, request, record, text):
        LogEntry.objects.log_actions(
            request.user.pk, [record], CHANGE, text, single_object=True
        )

    # What the ordinary form does differently for a draft

    def log_change(self, request, obj, message):
        if is_rehearsing():
            request.rehearsed.message = message
            return None
        return super().log_change(request, obj, message)

    def response_change(self, request, obj):
        if is_rehearsing():
            # Another one is given once the draft is stored.
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    def get_inline_instances(self, request, obj=None):
        """Leave out rows that are published on their own."""
        inlines = super().get_inline_instances(request, obj)
        if not is_rehearsing():
            return inlines
        return [one for one in inlines if not issubclass(one.model, Publishable)]

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if not is_rehearsing():
            return fields
        return [*fields, *(n for n in self.model.kept_live if n not in fields)]

    def hands_since(self, request, model, pks, moment):
        """Name who saved the draft for what was not saved in the public version."""
        if not is_rehearsing():
            return super().hands_since(request, model, pks, moment)
        rehearsed = request.rehearsed
        found = hands(model, pks, moment, until=rehearsed.begun)
        if rehearsed.refusal:
            rework = rehearsed.rework
            names = names_of_users([rework.updated_by_id])
            hand = Hand(names.get(rework.updated_by_id, ""), rework.updated_at)
            found = {pk: found.get(pk, {}) | {"": hand} for pk in pks}
        return found

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        refusal = is_rehearsing() and request.rehearsed.refusal
        # A table of what has changed says so as well, and more.
        if not refusal or getattr(request, "clash", None) is not None:
            return form
        return type(form)(form.__name__, (RefusingForm, form), {"refusal": refusal})

    def render_change_form(self, request, context, add=False, obj=None, **kwargs):
        if obj is not None and not is_rehearsing():
            rework = Rework.objects.of(obj).first()
            context["beside"] = {
                "rework": rework,
                "may_start": rework is None
                and obj.is_shown
                and self.has_rework_permission(request, obj),
                "is_live": self.model.objects.published().filter(pk=obj.pk).exists(),
                "live_rows": [
                    inline.opts.verbose_name_plural
                    for inline in self.get_inline_instances(request, obj)
                    if not issubclass(inline.model, Publishable)
                ],
                "start_address": self.address_of("rework_start", obj),
                "compare_address": self.address_of("rework_compare", obj),
            }
        return super().render_change_form(request, context, add=add, obj=obj, **kwargs)
