"""What of partnerships needs attention: those over, yet said to take partners."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.concerns import Concern
from portal.partial_dates import BRUSSELS

from .models import Partnership


def over_but_open(now) -> Q:
    day = now.astimezone(BRUSSELS).date()
    return Q(joining=Partnership.Joining.OPEN, end__lt=day)


OF_PARTNERSHIPS = Concern(
    "over_but_open",
    _("Partnerships past their end, yet open to partners"),
    _("Set “joining” to closed, or correct the end."),
    over_but_open,
)
