"""The buttons of the back office that publish a record."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from portal.content_version import is_rehearsing

from .drafts import Review
from .models import Publishable
from .moves import OFF, find_move, label_of, moves_of, stage_of, standing_of
from .previews import link_of

Status = Publishable.Status


class MovingAdmin(admin.ModelAdmin):
    """Offer on the form of a record what can be done with it, and do it.

    A button of the form saves it first; what cannot be undone easily asks on a page of
    its own.
    """

    def get_urls(self):
        route = path(
            "<path:object_id>/move/<slug:name>/",
            self.admin_site.admin_view(self.move_view),
            name=self.route_name("move"),
        )
        return [route, *super().get_urls()]

    def route_name(self, name):
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def address_of(self, name, record, *more):
        route = f"{self.admin_site.name}:{self.route_name(name)}"
        return reverse(route, args=[record.pk, *more])

    def has_change_permission(self, request, obj=None):
        """Leave what the public reads to those who publish; others rework it."""
        is_allowed = super().has_change_permission(request, obj)
        if not is_allowed or obj is None or is_rehearsing() or not obj.is_shown:
            return is_allowed
        return self.has_publish_permission(request, obj)

    def may_move(self, request, move, record):
        if move.permission == "publish":
            return self.has_publish_permission(request, record)
        return self.has_change_permission(request, record)

    def offered_moves(self, request, record):
        """Return what this person can do with a record; with None, with a new one."""
        stage = stage_of(record) if record else Status.DRAFT
        return [
            {
                "name": move.name,
                "label": label_of(move, record),
                "is_main": move.is_main,
                "address": record and self.address_of("move", record, move.name),
                "asks": bool(move.question),
            }
            for move in moves_of(stage)
            if self.may_move(request, move, record)
            # A page of its own asks; a record that is not there has none.
            if record or not move.question
        ]

    def render_change_form(self, request, context, add=False, obj=None, **kwargs):
        if not is_rehearsing():
            context["publishing"] = self.publishing_of(request, obj)
        return super().render_change_form(request, context, add=add, obj=obj, **kwargs)

    def publishing_of(self, request, record):
        """Return what the form shows of the publication of a record."""
        can_change = self.has_change_permission(request, record)
        moves = self.offered_moves(request, record)
        saving = [move for move in moves if can_change and not move["asks"]]
        shown = {
            "saving_moves": saving,
            "other_moves": [move for move in moves if move not in saving],
            "can_change": can_change,
        }
        if record is None:
            return shown
        if record.is_to_come:
            shown["link"] = link_of(request, record)
        people = ("asked_by", "returned_by")
        reviews = Review.objects.of(record).select_related(*people)
        return shown | {
            "status": standing_of(record),
            "is_off": record.off_since is not None,
            "review": reviews.first(),
        }

    # Moving

    def response_add(self, request, obj, post_url_continue=None):
        if "_move" in request.POST:
            return self.move_saved(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        if "_move" in request.POST and not is_rehearsing():
            return self.move_saved(request, obj)
        return super().response_change(request, obj)

    def move_saved(self, request, record):
        """Do with a record that was just saved what the button says."""
        name, stage = request.POST["_move"], stage_of(record)
        move = find_move(name, stage)
        if move is None and (name, stage) == ("publish", Status.PUBLISHED):
            # A later time in “Unpublish at” was enough.
            text = find_move(name, OFF).done % {"record": record}
            self.message_user(request, text, messages.SUCCESS)
        elif move is None:
            text = _("Saved. What you asked for is not possible with this record.")
            self.message_user(request, text, messages.WARNING)
        elif not self.may_move(request, move, record):
            raise PermissionDenied
        else:
            self.move(request, move, record)
        return HttpResponseRedirect(self.address_of("change", record))

    def move(self, request, move, record):
        """Move a record and say so, or say what is missing; tell whether it moved."""
        # Relations and rows may have been saved after the record was.
        record = self.model._base_manager.get(pk=record.pk)
        problems = move.check(record) if move.check else []
        if problems:
            self.tell_problems(request, record, problems)
            return False
        moved = self._move(request, [record], move.name)
        text = move.done if moved else _("“%(record)s” was not changed.")
        level = messages.SUCCESS if moved else messages.WARNING
        self.message_user(request, text % {"record": record}, level)
        return bool(moved)

    def tell_problems(self, request, record, problems, address="", text=""):
        """List what is missing, each line leading to its field."""
        lines = format_html_join(
            "", "<li>{}</li>", ((linked(problem, address),) for problem in problems)
        )
        text = text or _("“%(record)s” is saved, but cannot be published yet:")
        told = format_html("{}<ul>{}</ul>", text % {"record": record}, lines)
        self.message_user(request, told, messages.ERROR)

    def move_view(self, request, object_id, name):
        """Ask whether a record is to be moved, and move it when that is confirmed."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        move = find_move(name, stage_of(record))
        if move is None:
            text = _("That is not possible with this record, or it is done already.")
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(self.address_of("change", record))
        if not self.may_move(request, move, record):
            raise PermissionDenied
        if request.method == "POST":
            if self.move(request, move, record) and move.has_note:
                note = request.POST.get("note", "").strip()
                Review.objects.send_back(record, request.user, note)
            return HttpResponseRedirect(self.address_of("change", record))
        return self.ask(request, move, record, self.address_of("change", record))

    def ask(self, request, move, record, back, **more):
        context = {
            **self.admin_site.each_context(request),
            "title": move.label,
            "subtitle": str(record),
            "opts": self.opts,
            "original": record,
            "move": move,
            "label": label_of(move, record),
            "back": back,
            **more,
        }
        return TemplateResponse(request, "admin/publishing/confirm.html", context)


def linked(problem, address):
    if not problem.anchor:
        return str(problem)
    return format_html('<a href="{}#{}">{}</a>', address, problem.anchor, problem)
