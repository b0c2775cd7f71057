"""How often somebody may guess: counted in the database, which signing in needs anyway.

So the count is one for all processes and servers, and holds while a cache is away.
See docs/decisions/0023-sign-in.md for who is refused when.
"""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Attempt

WINDOW = timedelta(minutes=15)
# What an address may still try for a subject that others have used up.
LEFT_ELSEWHERE = 3


@dataclass(frozen=True)
class Limit:
    """How many attempts count as too many within the window."""

    kind: str
    of_subject: int
    from_address: int = 50


PASSWORD = Limit("password", of_subject=10)
CODE = Limit("code", of_subject=5)
RESET = Limit("reset", of_subject=5)


class TooManyAttemptsError(Exception):
    """An attempt was refused; ``seconds`` says when the next may be made."""

    def __init__(self, seconds):
        super().__init__(seconds)
        self.seconds = seconds


def begin(limit: Limit, subject: str, address: str) -> Attempt:
    """Count an attempt before it is made, or refuse it.

    It is counted first, so that many at once are not let through together. What is
    refused does not count: whoever waits is let in again.
    """
    now = timezone.now()
    Attempt.objects.filter(at__lt=now - WINDOW).delete()
    attempt = Attempt.objects.create(
        kind=limit.kind, subject=_digest(subject), address=address, at=now
    )
    until = _refused_until(limit, attempt)
    if until is not None:
        attempt.delete()
        raise TooManyAttemptsError(max(1, round((until - now).total_seconds())))
    return attempt


def forgive(attempt: Attempt) -> None:
    """Count no longer what an address tried for a subject that it now got right."""
    Attempt.objects.filter(
        kind=attempt.kind, subject=attempt.subject, address=attempt.address
    ).delete()


def _refused_until(limit, attempt):
    """Return when an attempt that is too many could be made; None if it is not."""
    same_kind = Attempt.objects.filter(kind=attempt.kind)
    from_here = same_kind.filter(address=attempt.address)
    until = _free_at(from_here, limit.from_address)
    of_subject = same_kind.filter(subject=attempt.subject)
    own = _free_at(of_subject.filter(address=attempt.address), LEFT_ELSEWHERE)
    all_in_all = _free_at(of_subject, limit.of_subject)
    if own and all_in_all:
        until = max(filter(None, [until, min(own, all_in_all)]))
    return until


def _free_at(attempts, number):
    """Return when fewer than ``number`` will count; None if it is not exceeded."""
    times = list(attempts.order_by("-at").values_list("at", flat=True)[: number + 1])
    return times[number - 1] + WINDOW if len(times) > number else None


def _digest(subject):
    """Return a name so that no table tells what was typed, perhaps a password."""
    name = unicodedata.normalize("NFKC", subject).strip().casefold()
    return salted_hmac("portal.attempts", name, algorithm="sha256").hexdigest()
