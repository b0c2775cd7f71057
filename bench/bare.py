"""A page of 20 KB from Django with nothing else: what a request costs at least."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()
settings.ROOT_URLCONF = __name__
# Only now, because apps look for their own when they start.
settings.MIDDLEWARE = []
application = WSGIHandler()
PAGE = b"x" * 20_000
urlpatterns = [re_path("", lambda request: HttpResponse(PAGE))]
