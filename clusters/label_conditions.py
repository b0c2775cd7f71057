"""What the label rules say of a day, in SQL; ``esca`` says the same in Python."""

import datetime

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from . import esca


def rank(level="level") -> Case:
    """Return the rank of a level, as ``esca.Period.rank`` counts it."""
    ranks = [
        When(**{level: name}, then=Value(number))
        for number, name in enumerate(esca.LEVELS)
    ]
    return Case(*ranks, default=Value(-1), output_field=IntegerField())


def successors(labels):
    """Return which of ``labels`` supersede the label of the outer query.

    See ``esca.succeeds`` for what that means.
    """
    # Where the end is not known, any later label is in time.
    last_day = Coalesce(
        OuterRef("open_until"), Value(datetime.date.max), output_field=DateField()
    )
    is_later = Q(begins_on__gt=OuterRef("begins_on")) | (
        Q(begins_on=OuterRef("begins_on"))
        & (Q(rank__gt=F("own_rank")) | Q(pk__gt=OuterRef("pk")))
    )
    own_level = ExpressionWrapper(OuterRef("level"), output_field=CharField())
    return (
        labels.alias(own_level=own_level)
        .alias(rank=rank(), own_rank=rank("own_level"))
        .filter(
            Q(revoked_on__isnull=True) | Q(revoked_on__gt=F("begins_on")),
            is_later,
            cluster=OuterRef("cluster"),
            rank__gte=F("own_rank"),
            begins_on__lte=last_day,
        )
    )


def superseded(day, labels) -> Exists:
    return Exists(successors(labels).filter(begins_on__lte=day))


def standing(day, labels) -> Q:
    """Return the condition for labels neither revoked nor superseded by ``day``."""
    not_revoked = Q(revoked_on__isnull=True) | Q(revoked_on__gt=day)
    return not_revoked & ~Q(superseded(day, labels))


def runs(day) -> Q:
    """Return the condition for periods that are known to include ``day``."""
    return Q(begins_on__lte=day, valid_until__gte=day)


def ended_renewable(day) -> Q:
    return Q(
        valid_until__lt=day, open_until__gte=day, level__in=list(esca.RULED_LEVELS)
    )


def ended_for_good(day) -> Q:
    return Q(valid_until__lt=day) & ~ended_renewable(day)


def in_state(state, day, labels) -> Q:
    """Return the condition of a value of the filter ``label_state``.

    What was revoked counts as lapsed; every label on record counts as ``ever``.
    """
    if state == "ever":
        return Q()
    if state == "held":
        return runs(day) & standing(day, labels)
    if state == "renewable":
        return ended_renewable(day) & standing(day, labels)
    if state == "lapsed":
        lapsed = ended_for_good(day) & standing(day, labels)
        return Q(revoked_on__lte=day) | lapsed
    raise ValueError(state)


def state(day, labels) -> Case:
    """Return the state on ``day`` as an expression; null where it had not begun."""
    states = esca.State
    not_begun = Q(runs_from__gt=day) | Q(runs_from__isnull=True, awarded_on__gt=day)
    return Case(
        When(revoked_on__lte=day, then=Value(states.REVOKED.value)),
        When(superseded(day, labels), then=Value(states.SUPERSEDED.value)),
        When(runs(day), then=Value(states.HELD.value)),
        When(ended_renewable(day), then=Value(states.RENEWABLE.value)),
        When(valid_until__lt=day, then=Value(states.LAPSED.value)),
        When(not_begun, then=Value(None)),
        default=Value(states.PERIOD_UNKNOWN.value),
        output_field=CharField(),
    )
