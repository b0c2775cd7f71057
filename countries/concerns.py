"""What of countries needs attention: facts, sections and pages that are not finished."""

import datetime

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from portal.concerns import Concern
from portal.partial_dates import BRUSSELS
from portal.publishing.models import Publishable

from .completeness import is_complete
from .models import Fact

# How long a section is taken to hold after its "as at", unless it says otherwise.
YEARS_TO_REVIEW = 2


def years_earlier(day: datetime.date, years: int) -> datetime.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        # The 29th of February.
        return day.replace(year=day.year - years, day=28)


def incomplete(now) -> Q:
    return Q(is_target=True) & ~is_complete()


def past_review(now) -> Q:
    """Match sections in public whose day of review has passed, or that name no day at all."""
    day = now.astimezone(BRUSSELS).date()
    no_day = Q(review_by__isnull=True)
    old = Q(as_at__lt=years_earlier(day, YEARS_TO_REVIEW)) | Q(as_at__isnull=True)
    public = Q(status__in=[Publishable.Status.PUBLISHED, Publishable.Status.APPROVED])
    return public & (Q(review_by__lt=day) | (no_day & old))


def overdue(now) -> Q:
    """Match the latest preferred facts after which another should have come."""
    year = now.astimezone(BRUSSELS).year
    later = Fact.objects.filter(
        preferred=True,
        country=OuterRef("country"),
        indicator=OuterRef("indicator"),
        year__gt=OuterRef("year"),
    )
    due = Q(preferred=True, year__lt=year - F("indicator__expected_every"))
    return due & ~Exists(later)


OF_COUNTRIES = Concern(
    "incomplete",
    _("Country pages with empty parts"),
    _("Write what is missing; the list shows how complete each page is."),
    incomplete,
)
OF_SECTIONS = Concern(
    "past_review",
    _("Sections past their review"),
    _(
        "“Review by” has passed, or “as at” is over two years ago or not stated. "
        "Check the text, then set both days anew."
    ),
    past_review,
)
OF_FACTS = Concern(
    "overdue",
    _("Figures older than expected"),
    _("A newer one should be out by now. Add it with its year and source."),
    overdue,
)
