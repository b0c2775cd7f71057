"""How records are published: by buttons and actions, each with permission and checks."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import model_ngettext
from django.contrib.auth import get_permission_codename
from django.db import transaction
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.admin import RecordAdmin
from portal.concerns import OF_PUBLISHING

from .checks import problems_of, timing_problems_of
from .models import Publishable
from .move_admin import MovingAdmin
from .moves import find_move
from .rework_admin import ReworkingAdmin

Status = Publishable.Status
REFUSALS_SHOWN = 20
PUBLIC_RECORDS_SHOWN = 20


class PublishableAdmin(ReworkingAdmin, MovingAdmin, RecordAdmin):
    """Move the status of records by buttons and actions, never by editing it.

    A form leaves out any constraint that names a field that is not in the
    form, so an editable status could only end in an error of the database.
    """

    change_form_template = "admin/publishing/change_form.html"
    concerns = OF_PUBLISHING
    actions = [
        "request_review",
        "publish",
        "approve",
        "unpublish",
        "archive",
        "restore",
    ]
    readonly_fields = ["standing", "published_at", "updated_at", "updated_by"]
    publication = (
        gettext_lazy("Publication"),
        {
            "fields": [
                ("standing", "published_at"),
                ("publish_at", "unpublish_at"),
                ("updated_at", "updated_by"),
            ]
        },
    )

    def has_publish_permission(self, request, obj=None):
        codename = get_permission_codename("publish", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def get_readonly_fields(self, request, obj=None):
        """Leave the times to those who may publish; they publish as well."""
        fields = super().get_readonly_fields(request, obj)
        if self.has_publish_permission(request, obj):
            return fields
        return [*fields, "publish_at", "unpublish_at"]

    def save_model(self, request, obj, form, change):
        obj.updated_by = request.user
        super().save_model(request, obj, form, change)
        is_typed = "unpublish_at" in form.changed_data and obj.unpublish_at is not None
        # Publishing empties it, and says so.
        is_published = request.POST.get("_move") == "publish"
        if is_typed and obj.unpublish_at <= timezone.now() and not is_published:
            text = _("“Unpublish at” has passed: the public cannot read “%(record)s”.")
            self.message_user(request, text % {"record": obj}, messages.WARNING)

    @admin.action(
        description=gettext_lazy("Request review of selected drafts"),
        permissions=["change"],
    )
    def request_review(self, request, queryset):
        count = self._move(request, queryset, "request_review")
        text = ngettext(
            "%d draft now waits for review.", "%d drafts now wait for review.", count
        )
        self._tell(request, text % count, count)

    @admin.action(
        description=gettext_lazy("Publish selected %(verbose_name_plural)s now"),
        permissions=["publish"],
    )
    def publish(self, request, queryset):
        waiting = queryset.publishable(timezone.now())
        sound = self._refuse(request, waiting, problems_of)
        count = self._move(request, sound, "publish")
        text = ngettext("%d record published.", "%d records published.", count)
        self._tell(request, text % count, count)

    @admin.action(
        description=gettext_lazy(
            "Approve selected %(verbose_name_plural)s for the time in “publish at”"
        ),
        permissions=["publish"],
    )
    def approve(self, request, queryset):
        waiting = queryset.filter(status__in=[Status.DRAFT, Status.IN_REVIEW])
        sound = self._refuse(request, waiting, timing_problems_of)
        count = self._move(request, sound, "approve")
        text = ngettext(
            "%d record approved for its time.",
            "%d records approved for their time.",
            count,
        )
        self._tell(request, text % count, count)

    @admin.action(
        description=gettext_lazy(
            "Take selected %(verbose_name_plural)s off the site, as drafts…"
        ),
        permissions=["publish"],
    )
    def unpublish(self, request, queryset):
        if "post" not in request.POST:
            text = _(
                "What is public or approved for a time becomes a draft, which can be "
                "published again."
            )
            return self._ask(request, queryset, "unpublish", text)
        count = self._move(request, queryset, "unpublish")
        text = ngettext(
            "%d record is a draft again.", "%d records are drafts again.", count
        )
        return self._tell(request, text % count, count)

    @admin.action(
        description=gettext_lazy("Archive selected %(verbose_name_plural)s…"),
        permissions=["publish"],
    )
    def archive(self, request, queryset):
        if "post" not in request.POST:
            text = _("All are taken out of use, and can be turned into drafts again.")
            return self._ask(request, queryset, "archive", text)
        count = self._move(request, queryset, "archive")
        text = ngettext("%d record archived.", "%d records archived.", count)
        return self._tell(request, text % count, count)

    @admin.action(
        description=gettext_lazy(
            "Turn selected archived %(verbose_name_plural)s into drafts"
        ),
        permissions=["publish"],
    )
    def restore(self, request, queryset):
        count = self._move(request, queryset, "restore")
        text = ngettext(
            "%d record is a draft again.", "%d records are drafts again.", count
        )
        self._tell(request, text % count, count)

    def _ask(self, request, queryset, action, consequence):
        """Ask before an action of the list, and say what it takes from the public."""
        total, public = queryset.count(), queryset.published()
        context = {
            **self.admin_site.each_context(request),
            "title": find_move(action, Status.PUBLISHED).label,
            "subtitle": f"{total} {model_ngettext(self.opts, total)}",
            "opts": self.opts,
            "action": action,
            "consequence": consequence,
            "public_number": public.count(),
            "public": public[:PUBLIC_RECORDS_SHOWN],
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across"),
            "back": request.get_full_path(),
        }
        template = "admin/publishing/confirm_action.html"
        return TemplateResponse(request, template, context)

    def _refuse(self, request, records, find_problems):
        """Say what is missing in which record, and return the others."""
        sound, refused = [], []
        for record in records:
            problems = find_problems(record)
            if problems:
                refused.append(f"“{record}”: {' '.join(map(str, problems))}")
            else:
                sound.append(record)
        for refusal in refused[:REFUSALS_SHOWN]:
            text = _("Left as it was: %(refusal)s") % {"refusal": refusal}
            self.message_user(request, text, messages.ERROR)
        hidden = len(refused) - REFUSALS_SHOWN
        if hidden > 0:
            text = ngettext(
                "%d more record was left as it was.",
                "%d more records were left as they were.",
                hidden,
            )
            self.message_user(request, text % hidden, messages.ERROR)
        return sound

    @transaction.atomic
    def _move(self, request, records, transition):
        """Apply a transition of the queryset, and log it for what it moved."""
        records = list(records)
        chosen = self.model.objects.filter(pk__in=[record.pk for record in records])
        count = getattr(chosen, transition)(user=request.user)
        now = chosen.only("status", "published_at").in_bulk()
        moved = [
            record
            for record in records
            if (record.status, record.published_at)
            != (now[record.pk].status, now[record.pk].published_at)
        ]
        if moved:
            text = _("Moved to “%(status)s”.")
            text %= {"status": now[moved[0].pk].get_status_display()}
            LogEntry.objects.log_actions(request.user.pk, moved, CHANGE, text)
        if transition == "publish":
            self._tell_of_cleared(request, moved)
        return count

    def _tell_of_cleared(self, request, published):
        """Say that publishing took away a time which would have hidden a record."""
        at = timezone.now()
        times = [record.unpublish_at for record in published]
        number = sum(time is not None and time <= at for time in times)
        if number:
            text = ngettext(
                "“Unpublish at” had passed, and is empty now.",
                "“Unpublish at” of %(number)d records had passed, and is empty now.",
                number,
            )
            self.message_user(request, text % {"number": number}, messages.WARNING)

    def _tell(self, request, text, count):
        self.message_user(request, text, messages.SUCCESS if count else messages.INFO)
