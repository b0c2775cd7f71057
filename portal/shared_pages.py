"""Ready pages that the processes of all hosts share through Redis.

A page that one of them made is asked for once by each other one, which keeps a copy
of its own. Without Redis, or while it is away, each makes its pages itself.
"""

import logging
import time
from hashlib import blake2b

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from redis.exceptions import RedisError

from .response_cache import Page
from .version_watch import MINUTE, Edition

logger = logging.getLogger(__name__)
# How long nobody asks Redis again after it failed, in seconds.
REST = 5


class SharedPages:
    def __init__(self):
        self._resting_until = 0.0

    def get(self, key, edition: Edition) -> Page | None:
        stored = self._ask(cache.get, name_of(key, edition))
        return Page(edition, *stored) if stored else None

    def put(self, key, page: Page) -> None:
        # No edition lasts longer.
        stored = page.status, page.headers, page.body
        self._ask(cache.set, name_of(key, page.edition), stored, MINUTE)

    def _ask(self, action, *arguments):
        if time.monotonic() < self._resting_until:
            return None
        try:
            return action(*arguments)
        except RedisError:
            logger.warning("Redis is away; pages are not shared", exc_info=True)
            self._resting_until = time.monotonic() + REST
            return None


def name_of(key: tuple, edition: Edition) -> str:
    """Name a page in Redis, for the templates and files of this release alone."""
    release = getattr(staticfiles_storage, "manifest_hash", "")
    # How often this process forgot is its own affair.
    version = edition.version
    content = (version.epoch, version.number, version.moment, edition.minute)
    text = repr((release, content, key))
    return f"answer:{blake2b(text.encode(), digest_size=20).hexdigest()}"
