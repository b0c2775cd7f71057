"""The pages that bring several apps together, and those of the site itself."""

import logging
from http import HTTPStatus

from csp.decorators import csp_update
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import (
    HttpResponse,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.static import serve

from clusters.models import Cluster, EscaLabel
from countries.models import Country, CountrySection, Fact
from countries.world_map import Entry, Map
from events.models import Achievement, Event, NewsItem
from partnerships.filters import PartnershipFilterSet
from partnerships.models import Partnership
from partnerships.tables import FORMER_COLUMNS, CountryPartnershipTable

from . import structured_data
from .listing_address import ListingAddress
from .listings import Listing
from .partial_dates import today

logger = logging.getLogger(__name__)

# How many records a page shows of a list that has a page of its own.
SHOWN = 6


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
def country(request, slug):
    """Show all that the portal holds on a country, in one page."""
    country = get_object_or_404(
        Country.objects.published().prefetch_related("sources"), slug=slug
    )
    former = ListingAddress.read(request).present(FORMER_COLUMNS)
    if former is not None:
        return HttpResponsePermanentRedirect(str(former))
    events = Event.objects.published().about([country]).for_list()
    now = timezone.now()
    upcoming = events.upcoming(now)
    facts = list(Fact.objects.filter(country=country).for_country_page())
    filterset = PartnershipFilterSet(
        request.GET,
        Partnership.objects.published(),
        scope={"target": [country.iso2]},
    )
    partnership_count = filterset.scoped.count()
    return render(
        request,
        "portal/country.html",
        {
            "country": country,
            "map": Map([Entry(country.iso2, country.name)]),
            "counters": country_counters(country, upcoming.count(), partnership_count),
            "reports": country.reports.for_country_page(),
            "key_facts": [fact for fact in facts if fact.indicator.is_key_fact],
            "reported": [fact for fact in facts if not fact.indicator.is_key_fact],
            "sections": country_sections(country),
            "organisations": country.organisations.for_country_page(),
            "events": upcoming[:SHOWN],
            "past_events": events.past(now)[:3],
            "achievements": latest_about(Achievement, country),
            "news": latest_about(NewsItem, country),
            "partnership_count": partnership_count,
            **Listing(
                request, filterset, CountryPartnershipTable, fragment="partnerships"
            ).context(),
        },
    )


def country_counters(country, upcoming_count, partnership_count):
    """Return number, what it counts, and the query of the list that shows it."""
    clusters = Cluster.objects.published().filter(country=country)
    held = (
        EscaLabel.objects.published()
        .filter(cluster__country=country)
        .held_on(today())
        .count()
    )
    labelled = clusters.labelled("ever", today()).count()
    cluster_count = clusters.count()
    of_country = f"country={country.iso2}"
    return [
        (
            cluster_count,
            ngettext("cluster listed", "clusters listed", cluster_count),
            "clusters:list",
            of_country,
        ),
        (
            held,
            ngettext("ESCA label in force", "ESCA labels in force", held),
            "clusters:list",
            f"{of_country}&label_state=held",
        ),
        (
            labelled,
            ngettext(
                "cluster with a label on record",
                "clusters with a label on record",
                labelled,
            ),
            "clusters:list",
            f"{of_country}&label_state=ever",
        ),
        (
            partnership_count,
            ngettext(
                "partnership targets it", "partnerships target it", partnership_count
            ),
            "partnerships:list",
            f"target={country.iso2}",
        ),
        (
            upcoming_count,
            ngettext("upcoming event", "upcoming events", upcoming_count),
            "events:list",
            of_country,
        ),
    ]


def country_sections(country):
    """Return kind, title and text of each section; no text where there is none."""
    published = country.sections.published().for_country_page()
    texts = {section.kind: section for section in published}
    return [
        (kind, title, texts.get(kind)) for kind, title in CountrySection.Kind.choices
    ]


def latest_about(model, country):
    records = model.objects.published().about([country])
    return records.latest_first().for_list()[:SHOWN]


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
