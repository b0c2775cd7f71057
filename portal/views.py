"""The pages that bring several apps together, and those of the site itself."""

import logging
from http import HTTPStatus

from csp.decorators import csp_update
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.static import serve

from clusters.models import Cluster
from countries.models import Country
from events.models import Event, NewsItem
from partnerships.filters import PartnershipFilterSet
from partnerships.models import Partnership

from . import structured_data
from .partial_dates import today

logger = logging.getLogger(__name__)


@require_safe
def home(request):
    now = timezone.now()
    countries = Country.objects.published()
    partnerships = PartnershipFilterSet(None, Partnership.objects.published())
    return render(
        request,
        "portal/home.html",
        {
            "targets": countries.targets().for_names(),
            "country_count": countries.targets().count(),
            "cluster_count": Cluster.objects.published().count(),
            "partnership_count": partnerships.found.count(),
            "label_count": Cluster.objects.published()
            .labelled("ever", today())
            .count(),
            "events": Event.objects.published().upcoming(now).for_list()[:3],
            "news": NewsItem.objects.published().latest_first().for_list()[:4],
            "data": structured_data.website(request.build_absolute_uri),
        },
    )


@require_safe
def about(request):
    context = {"contact_email": settings.CONTACT_EMAIL}
    return render(request, "portal/about.html", context)


# The stylesheet of Swagger UI holds its icons.
@csp_update({"img-src": ["data:"]})
@require_safe
def api_documentation(request):
    data = structured_data.dataset(request.build_absolute_uri)
    return render(request, "portal/api_documentation.html", {"data": data})


@require_safe
def media(request, path):
    """Serve an uploaded file so that a browser never runs it.

    A reverse proxy that serves uploads itself has to send the same headers.
    """
    response = serve(request, path, document_root=settings.MEDIA_ROOT)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    if not response["Content-Type"].startswith("image/"):
        response["Content-Disposition"] = "attachment"
    return response


@require_safe
@never_cache
def live(request):
    """Tell that the process answers, whatever its database does."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def ready(request):
    """Tell whether database, migrations and cache can serve visitors."""
    checks = {
        "database": database_is_ready,
        "migrations": migrations_are_applied,
        "cache": cache_is_ready,
    }
    states = {name: run_check(name, check) for name, check in checks.items()}
    is_ready = all(states.values())
    return JsonResponse(
        {name: "ok" if state else "failed" for name, state in states.items()},
        status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def run_check(name, check):
    try:
        return check()
    except Exception:
        # Each driver has errors of its own, and any of them means the same.
        logger.exception("Health check of the %s failed", name)
        return False


def database_is_ready():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def migrations_are_applied():
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def cache_is_ready():
    cache.set("health", "ok", timeout=10)
    return cache.get("health") == "ok"
