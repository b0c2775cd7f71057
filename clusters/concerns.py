"""What of labels needs attention: those that end soon, and those to be renewed."""

import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.concerns import Concern
from portal.partial_dates import BRUSSELS

from . import label_conditions
from .models import EscaLabel

DAYS_AHEAD = 90


def ending(now) -> Q:
    day = now.astimezone(BRUSSELS).date()
    soon = Q(valid_until__lte=day + datetime.timedelta(days=DAYS_AHEAD))
    return soon & label_conditions.in_state("held", day, EscaLabel._base_manager.all())


def renewable(now) -> Q:
    day = now.astimezone(BRUSSELS).date()
    labels = EscaLabel._base_manager.all()
    return label_conditions.in_state("renewable", day, labels)


OF_LABELS = (
    Concern(
        "ending_labels",
        _("Labels that end within 90 days"),
        _("Ask the clusters whether they are being assessed anew."),
        ending,
    ),
    Concern(
        "renewable_labels",
        _("Labels that ended and can still be renewed"),
        _("Add the new label where it was renewed; a year after the end it lapses."),
        renewable,
    ),
)
