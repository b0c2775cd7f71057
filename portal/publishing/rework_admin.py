"""The back office of drafts beside public records: compare, publish, discard."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin import NamedSplitDateTime

from . import reworking
from .comparison import compare
from .drafts import Rework
from .moves import REWORK_MOVES, find_move, moves_of, standing_of
from .previews import link_of
from .rework_forms import DraftFormAdmin
from .snapshots import merged, take

State = Rework.State


class TimeForm(forms.Form):
    publish_at = forms.SplitDateTimeField(
        label=gettext_lazy("Publish at"), widget=NamedSplitDateTime
    )


class ReworkingAdmin(DraftFormAdmin):
    def get_urls(self):
        routes = [
            ("<path:object_id>/rework/start/", self.start_view, "rework_start"),
            ("<path:object_id>/rework/compare/", self.compare_view, "rework_compare"),
            (
                "<path:object_id>/rework/resolve/",
                self.resolve_view,
                "rework_resolve",
            ),
            (
                "<path:object_id>/rework/move/<slug:name>/",
                self.move_rework_view,
                "rework_move",
            ),
            ("<path:object_id>/rework/", self.rework_view, "rework"),
        ]
        return [
            *(
                path(
                    route, self.admin_site.admin_view(view), name=self.route_name(name)
                )
                for route, view, name in routes
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        states = Rework.objects.state_of_each(self.model)
        return super().get_queryset(request).annotate(rework_state=states)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def standing(self, record):
        """Tell the status, and how the draft of a change stands."""
        state = getattr(record, "rework_state", None)
        if not state:
            return standing_of(record)
        text = _("Draft of a change: %(state)s")
        return format_html(
            '{}<br><a href="{}">{}</a>',
            standing_of(record),
            self.address_of("rework_compare", record),
            text % {"state": State(state).label},
        )

    def get_deleted_objects(self, objs, request):
        """Name the drafts that go with records, and come back with them."""
        deleted, counts, *hindrances = super().get_deleted_objects(objs, request)
        drafts = Rework.objects.of(*objs).select_related("updated_by")
        text = _(
            "Draft of a change of “%(record)s”, last saved by %(person)s; it is beside "
            "the record again if that is brought back"
        )
        told = [
            text % {"record": draft.record, "person": draft.updated_by or _("somebody")}
            for draft in drafts.prefetch_related("record")
        ]
        if told:
            counts = {**counts, Rework._meta.verbose_name_plural: len(told)}
        return [*deleted, *told], counts, *hindrances

    def offered_rework_moves(self, request, record, rework):
        return [
            move
            for move in moves_of(rework.state, REWORK_MOVES)
            # What is not on the site gets nothing at a time.
            if (record.is_shown or move.name != "approve")
            and self.may_move_rework(request, move, record, rework)
        ]

    def compare_view(self, request, object_id, **more):
        """Show the public version beside the draft, with what can be done with it."""
        record, rework = self.record_to_rework(request, object_id)
        if rework is None:
            return self.without_draft(request, record)
        found, live = merged(rework, record), take(record)
        moves = self.offered_rework_moves(request, record, rework)
        if found.conflicts:
            # Whatever makes it public waits until they are settled.
            moves = [m for m in moves if m.name not in ("publish", "approve")]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Compare the draft with the public version"),
            "subtitle": str(record),
            "opts": self.opts,
            "original": record,
            "rework": rework,
            "changed": compare(self.model, live, found),
            "conflicts": found.conflicts,
            "can_rework": self.has_rework_permission(request, record),
            "moves": {
                move.name: {
                    "label": move.label,
                    "address": self.address_of("rework_move", record, move.name),
                    "asks": bool(move.question),
                    "has_note": move.has_note,
                    "is_main": move.is_main,
                }
                for move in moves
            },
            "time_form": TimeForm(initial={"publish_at": rework.publish_at}),
            "link": link_of(request, record, rework),
            "problems": [],
            "rework_address": self.address_of("rework", record),
            "resolve_address": self.address_of("rework_resolve", record),
            "media": self.media + TimeForm().media,
            **more,
        }
        return TemplateResponse(request, "admin/publishing/compare.html", context)

    def resolve_view(self, request, object_id):
        """Settle of each conflict which of the two values stays."""
        record, rework = self.record_to_rework(request, object_id)
        back = HttpResponseRedirect(self.address_of("rework_compare", record))
        if not self.has_rework_permission(request, record):
            raise PermissionDenied
        if rework is None or request.method != "POST":
            return back
        choices = {
            (part, name): request.POST.get(f"conflict:{part}:{name}")
            for part, name in merged(rework, record).conflicts
        }
        is_current = request.POST.get("revision") == str(rework.revision)
        if is_current and reworking.resolve(rework, record, choices, request.user):
            self.log_rework(
                request, record, _("Settled what had changed on both sides.")
            )
        else:
            self.tell_refused(request, [reworking.stale_problem()])
        return back

    def move_rework_view(self, request, object_id, name):
        """Do something with a draft; what cannot be undone is asked first."""
        record, rework = self.record_to_rework(request, object_id)
        if rework is None:
            return self.without_draft(request, record)
        move = find_move(name, rework.state, REWORK_MOVES)
        if move is None:
            text = _("That is not possible with this draft, or it is done already.")
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(self.address_of("rework_compare", record))
        if not self.may_move_rework(request, move, record, rework):
            raise PermissionDenied
        if request.method != "POST":
            back = self.address_of("rework_compare", record)
            return self.ask(request, move, record, back, revision=rework.revision)
        if request.POST.get("revision") != str(rework.revision):
            self.tell_refused(request, [reworking.stale_problem()])
            return HttpResponseRedirect(self.address_of("rework_compare", record))
        return self.move_rework(request, move, record, rework)

    def move_kept(self, request, record, name):
        """Do what the button of the form says with a draft that was just saved."""
        rework = Rework.objects.of(record).get()
        move = find_move(name, rework.state, REWORK_MOVES)
        if move is None or not self.may_move_rework(request, move, record, rework):
            raise PermissionDenied
        return self.move_rework(request, move, record, rework)

    def move_rework(self, request, move, record, rework):
        try:
            getattr(self, f"{move.name}_rework")(request, record, rework)
        except reworking.RefusedError as error:
            self.tell_refused(request, error.problems, record)
            return HttpResponseRedirect(self.address_of("rework_compare", record))
        text = move.done
        if move.name == "publish" and not record.is_shown:
            text = _("“%(record)s” says now what its draft said, and is not public.")
        self.message_user(request, text % {"record": record}, messages.SUCCESS)
        self.log_rework(request, record, f"{_('Draft of a change')}: {move.label}.")
        is_over = move.name in ("publish", "discard")
        where = "change" if is_over else "rework_compare"
        return HttpResponseRedirect(self.address_of(where, record))

    def tell_refused(self, request, problems, record=None):
        address = self.address_of("rework", record) if record else ""
        self.tell_problems(request, record, problems, address, _("This was not done:"))

    def request_review_rework(self, request, record, rework):
        changes = {"asked_by": request.user, "asked_at": timezone.now()}
        changes |= {"returned_by": None, "note": ""}
        self.changed(Rework.objects.move(rework, State.IN_REVIEW, **changes))

    def publish_rework(self, request, record, rework):
        reworking.publish(rework, request.user)

    def approve_rework(self, request, record, rework):
        form = TimeForm(request.POST)
        if not form.is_valid():
            text = _("Say on which day and at what time it is to be published.")
            raise reworking.RefusedError([reworking.Problem(text)])
        reworking.approve(rework, request.user, form.cleaned_data["publish_at"])

    def send_back_rework(self, request, record, rework):
        note = request.POST.get("note", "").strip()
        changes = {"returned_by": request.user, "note": note}
        self.changed(Rework.objects.move(rework, State.DRAFT, **changes))

    def call_off_rework(self, request, record, rework):
        self.changed(reworking.call_off(rework))

    def discard_rework(self, request, record, rework):
        self.changed(reworking.discard(rework))

    @staticmethod
    def changed(is_done):
        if not is_done:
            raise reworking.RefusedError([reworking.stale_problem()])
