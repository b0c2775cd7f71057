"""What in a list needs attention: counted on the start page, filtered in the list.

The admin of a model names its concerns; the start page asks how many records each
has, and leads to the list that shows them. Both use the same condition.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.admin import SimpleListFilter
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .publishing.models import Publishable

DAYS_AHEAD = 30


@dataclass(frozen=True)
class Concern:
    """Why records need attention, what to do, and which they are.

    Concerns of several models that have one ``key`` stand in one line.
    """

    key: str
    title: str
    advice: str
    condition: Callable[[datetime.datetime], Q]
    # Lower ones stand first on the start page.
    position: int = 10


def in_review(now) -> Q:
    return Q(status=Publishable.Status.IN_REVIEW)


def scheduled(now) -> Q:
    return Q(status=Publishable.Status.APPROVED, publish_at__gt=now)


def ending(now) -> Q:
    shown = [Publishable.Status.APPROVED, Publishable.Status.PUBLISHED]
    soon = now + datetime.timedelta(days=DAYS_AHEAD)
    return Q(status__in=shown, unpublish_at__gt=now, unpublish_at__lte=soon)


OF_PUBLISHING = (
    Concern(
        "in_review",
        _("In review"),
        _("Read them, and publish them or turn them back into drafts."),
        in_review,
        position=0,
    ),
    Concern(
        "scheduled",
        _("Scheduled to appear"),
        _("Approved; they become public by themselves. See that the time is right."),
        scheduled,
        position=1,
    ),
    Concern(
        "ending",
        _("About to disappear"),
        _("“Unpublish at” is within 30 days. Clear it where they should stay."),
        ending,
        position=2,
    ),
)


class ConcernFilter(SimpleListFilter):
    """Filter a list by the concerns of its admin."""

    title = _("what needs attention")
    parameter_name = "attention"

    def lookups(self, request, model_admin):
        self.concerns = {concern.key: concern for concern in model_admin.concerns}
        return [(concern.key, concern.title) for concern in model_admin.concerns]

    def queryset(self, request, queryset):
        concern = self.concerns.get(self.value())
        if concern is None:
            return queryset
        return queryset.filter(concern.condition(timezone.now()))
