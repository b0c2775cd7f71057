"""What in a list needs attention: counted on the start page, filtered in the list.

The admin of a model names its concerns; the start page asks how many records each
has, and leads to the list that shows them. Both use the same condition.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.admin import SimpleListFilter
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .publishing.drafts import Review, Rework
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
    # The records of a model that need it because of what stands beside them.
    beside: Callable[[type[Model]], Q] | None = None

    def of(self, model, now) -> Q:
        condition = self.condition(now)
        return condition | self.beside(model) if self.beside else condition


def in_review(now) -> Q:
    return Q(status=Publishable.Status.IN_REVIEW)


def scheduled(now) -> Q:
    return Q(status=Publishable.Status.APPROVED, publish_at__gt=now)


def ending(now) -> Q:
    shown = [Publishable.Status.APPROVED, Publishable.Status.PUBLISHED]
    soon = now + datetime.timedelta(days=DAYS_AHEAD)
    return Q(status__in=shown, unpublish_at__gt=now, unpublish_at__lte=soon)


def nothing(now) -> Q:
    return Q(pk__in=[])


def reworks_in_review(model) -> Q:
    return Q(pk__in=Rework.objects.in_review().keys_of(model))


def reworks_scheduled(model) -> Q:
    return Q(pk__in=Rework.objects.scheduled().keys_of(model))


def reworks_failed(model) -> Q:
    return Q(pk__in=Rework.objects.failed().keys_of(model))


def sent_back(model) -> Q:
    answered = Review.objects.answered().keys_of(model)
    draft = Q(status=Publishable.Status.DRAFT, pk__in=answered)
    return draft | Q(pk__in=Rework.objects.sent_back().keys_of(model))


OF_PUBLISHING = (
    Concern(
        "in_review",
        _("In review"),
        _(
            "Read them, and publish them or send them back. Of what is public, the "
            "draft of a change waits."
        ),
        in_review,
        position=0,
        beside=reworks_in_review,
    ),
    Concern(
        "scheduled",
        _("Scheduled to appear"),
        _("Approved; they become public by themselves. See that the time is right."),
        scheduled,
        position=1,
        beside=reworks_scheduled,
    ),
    Concern(
        "ending",
        _("About to disappear"),
        _("“Unpublish at” is within 30 days. Clear it where they should stay."),
        ending,
        position=2,
    ),
    Concern(
        "failed",
        _("Changes that could not be published at their time"),
        _("The public reads what it read before. The draft of the change says why."),
        nothing,
        position=3,
        beside=reworks_failed,
    ),
    Concern(
        "sent_back",
        _("Sent back to be worked on"),
        _("Do what the note on them says, and ask for review again."),
        nothing,
        position=4,
        beside=sent_back,
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
        return queryset.filter(concern.of(queryset.model, timezone.now()))
