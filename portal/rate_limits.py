"""How often one client may ask, counted over the last minute.

Requests are counted in the cache. While it is away, each process counts by itself, so
that a limit never fails a request, and never lets everybody pass.
"""

import functools
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .client_addresses import client_address

logger = logging.getLogger(__name__)

WINDOW = 60
SECONDS_AFTER_A_FAILURE = 5


class Counters:
    """Numbers in the cache, or in this process while the cache cannot be reached."""

    def __init__(self):
        self.own = LocMemCache("rate limits", {"OPTIONS": {"MAX_ENTRIES": 100_000}})
        self.failed_at = float("-inf")

    def ask(self, question: Callable, *args):
        """Ask the cache, or else the store of this process."""
        if time.monotonic() >= self.failed_at + SECONDS_AFTER_A_FAILURE:
            try:
                return question(cache, *args)
            except Exception:
                # Whatever the reason, a limit is no reason to fail a request.
                logger.exception("The cache does not count")
                self.failed_at = time.monotonic()
        return question(self.own, *args)


def raised(store, key: str, former_key: str) -> tuple[int, int]:
    """Add one to a number; return it, and the one of the minute before."""
    former = store.get(former_key, 0)
    if store.add(key, 1, 2 * WINDOW):
        return 1, former
    try:
        return store.incr(key), former
    except ValueError:
        # It ran out, or made room for others, just now.
        store.set(key, 1, 2 * WINDOW)
        return 1, former


def lowered(store, key: str) -> None:
    with suppress(ValueError):
        store.decr(key)


counters = Counters()


@dataclass(frozen=True)
class Standing:
    """How a client stands: how many requests it has, has left, and until when."""

    limit: int
    remaining: int
    # Seconds until it may ask again; 0 where it may.
    wait: int
    # Seconds until all its requests are forgotten.
    reset: int

    @property
    def is_refused(self) -> bool:
        return self.wait > 0

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


def count(scope: str, client: str, limit: int) -> Standing:
    """Count a request, and tell how its client stands.

    Of the minute before this one, that part counts which lies within the last sixty
    seconds; so no client gets twice its number around the turn of a minute.
    """
    now = time.time()
    minute, elapsed = int(now // WINDOW), now % WINDOW
    key = f"rate:{scope}:{client}:"
    keys = f"{key}{minute}", f"{key}{minute - 1}"
    number, former = counters.ask(raised, *keys)
    used = former * (1 - elapsed / WINDOW) + number
    wait = 0
    if used > limit:
        # What is refused counts for nothing.
        counters.ask(lowered, keys[0])
        wait = max(1, math.ceil(seconds_until_free(former, number, limit, elapsed)))
    return Standing(
        limit,
        remaining=max(0, math.floor(limit - used)),
        wait=wait,
        reset=math.ceil(2 * WINDOW - elapsed),
    )


def seconds_until_free(former: int, number: int, limit: int, elapsed: float) -> float:
    """Return when one more request fits, if none is made until then."""
    if number <= limit and former:
        # Once enough of the minute before lies further back than sixty seconds.
        return WINDOW * (1 - (limit - number) / former) - elapsed
    # Not within this minute; in the next one, this is the minute before.
    return WINDOW - elapsed + WINDOW / limit


def limited(scope: str) -> Callable:
    """Let one address see a page only as often as ``RATE_LIMITS`` says."""

    def decorate(view):
        @functools.wraps(view)
        def limiting(request, *args, **kwargs):
            return refusal(request, scope) or view(request, *args, **kwargs)

        return limiting

    return decorate


def refusal(request: HttpRequest, scope: str) -> HttpResponse | None:
    """Return the page for who asks too often; None for all others."""
    limit = settings.RATE_LIMITS[scope]
    if not limit:
        return None
    standing = count(scope, client_address(request), limit)
    if not standing.is_refused:
        return None
    response = render(request, "429.html", {"seconds": standing.wait}, status=429)
    response.headers["Retry-After"] = str(standing.wait)
    response.headers["Cache-Control"] = "no-store"
    return response
