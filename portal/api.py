"""The read-only API: its resources and its OpenAPI schema."""

import functools
import json
from pathlib import Path

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError
from django.http import HttpResponse
from django.urls import re_path
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.routers import APIRootView, DefaultRouter
from rest_framework.views import APIView

from clusters.api import (
    ClusterViewSet,
    IndustryViewSet,
    LabelViewSet,
    TechnologyFieldViewSet,
)
from countries.api import (
    CountryViewSet,
    FactViewSet,
    IndicatorViewSet,
    SourceViewSet,
)
from events.api import AchievementViewSet, EventViewSet, NewsItemViewSet
from partnerships.api import PartnershipViewSet

from .content_version import kept
from .resource_filters import add_known_values
from .resource_revalidation import Revalidating
from .revalidation import revalidated

SCHEMA_FILE = Path(__file__).with_name("api_schema.json")
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
    "facts": FactViewSet,
    "indicators": IndicatorViewSet,
    "sources": SourceViewSet,
}


class UnknownAddressView(APIView):
    """Answer as the API does where it has no resource."""

    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise NotFound


class ApiRootView(Revalidating, APIRootView):
    """The resources, each with the address of its list."""

    def get(self, request, *args, **kwargs):
        unknown = _("Unknown parameter. None is known here.")
        errors = {name: [unknown] for name in request.query_params}
        if errors:
            raise ValidationError(errors)
        self.validators.check()
        return super().get(request, *args, **kwargs)


class Router(DefaultRouter):
    include_format_suffixes = False
    APIRootView = ApiRootView

    def get_urls(self):
        unknown = re_path(r"^[\s\S]+/$", UnknownAddressView.as_view())
        return [*super().get_urls(), unknown]


router = Router()
for prefix, viewset in RESOURCES.items():
    router.register(prefix, viewset, basename=prefix)


def generate_schema() -> bytes:
    """Return the OpenAPI schema as the resources are now, the same at every call.

    The generator is not safe to run in two threads at a time, so that the server only
    ever sends what ``manage.py write_api_schema`` wrote.
    """
    with override(settings.LANGUAGE_CODE):
        schema = SchemaGenerator().get_schema(request=None, public=True)
        # Texts may be lazy, and are written in the language of the schema.
        text = json.dumps(
            schema, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, sort_keys=False
        )
    return f"{text}\n".encode()


@functools.cache
def written_schema() -> bytes:
    return SCHEMA_FILE.read_bytes()


@kept
def schema_with_values() -> bytes:
    """Return the schema with the values that filters know at present."""
    document = json.loads(written_schema())
    for name, resource in RESOURCES.items():
        operation = document["paths"][f"/api/v1/{name}/"]["get"]
        add_known_values(operation["parameters"], resource)
    return json.dumps(document, ensure_ascii=False).encode()


@csrf_exempt
@require_safe
def schema(request):
    """Serve the OpenAPI schema that was written when this release was made.

    Nothing of it is generated here; only the values of filters, which come and go with
    the content, are added.
    """
    try:
        return revalidated(
            request,
            OpenApiJsonRenderer.media_type,
            lambda: schema_response(schema_with_values()),
        )
    except OperationalError:
        # What a client can send does not depend on a database that is away.
        return schema_response(written_schema())


def schema_response(content):
    return HttpResponse(content, content_type=OpenApiJsonRenderer.media_type)
