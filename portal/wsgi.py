"""The WSGI application that granian and gunicorn serve."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


def with_response_cache(application):
    from .held_answers import HeldAnswers
    from .response_cache import ResponseCache
    from .version_watch import VersionWatch

    watch, shared = VersionWatch(), None
    if settings.REDIS_URL:
        from .shared_pages import SharedPages

        shared = SharedPages()
    return HeldAnswers(ResponseCache(application, watch, shared), watch)


application = get_wsgi_application()
if not settings.DEBUG:
    # Who changes a template wants to see it at once.
    application = with_response_cache(application)

# What is loaded by now stays, so that the collector need not look through it again and
# again while pages and downloads are made.
gc.collect()
gc.freeze()
