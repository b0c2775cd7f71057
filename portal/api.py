"""The read-only API: its resources and its OpenAPI schema."""

import functools
import threading

from django.http import HttpResponse
from django.urls import re_path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from rest_framework.exceptions import NotFound
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from clusters.api import (
    ClusterViewSet,
    IndustryViewSet,
    LabelViewSet,
    TechnologyFieldViewSet,
)
from countries.api import CountryViewSet, IndicatorViewSet, SourceViewSet
from events.api import AchievementViewSet, EventViewSet, NewsItemViewSet
from partnerships.api import PartnershipViewSet

RESOURCES = {
    "countries": CountryViewSet,
    "clusters": ClusterViewSet,
    "labels": LabelViewSet,
    "partnerships": PartnershipViewSet,
    "events": EventViewSet,
    "achievements": AchievementViewSet,
    "news": NewsItemViewSet,
    "industries": IndustryViewSet,
    "technology-fields": TechnologyFieldViewSet,
    "indicators": IndicatorViewSet,
    "sources": SourceViewSet,
}


class UnknownAddressView(APIView):
    """Answer as the API does where it has no resource."""

    schema = None

    def initial(self, request, *args, **kwargs):
        raise NotFound


class Router(DefaultRouter):
    include_format_suffixes = False

    def get_urls(self):
        unknown = re_path(r"^[\s\S]+/$", UnknownAddressView.as_view())
        return [*super().get_urls(), unknown]


router = Router()
for prefix, viewset in RESOURCES.items():
    router.register(prefix, viewset, basename=prefix)

_generating = threading.Lock()


@functools.cache
def generate_schema() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiJsonRenderer().render(schema, renderer_context={})


@require_safe
def schema(request):
    """Serve the OpenAPI schema, generated once in the life of the process."""
    # The generator is not safe to run in two threads at a time.
    with _generating:
        content = generate_schema()
    return HttpResponse(content, content_type=OpenApiJsonRenderer.media_type)
