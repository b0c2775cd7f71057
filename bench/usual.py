"""The same table as Django sites usually have it: a peer to measure against.

django-filter, django-tables2 with a column of related objects each, and a query for
the counts of each filter, over the models of the portal. No middleware, no other page.
"""

import os

import django
import django_filters
import django_tables2 as tables
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db.models import Count

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
settings.ROOT_URLCONF = __name__
settings.DJANGO_TABLES2_TEMPLATE = "django_tables2/table.html"
django.setup()
# Only now, because apps look for their own when they start.
settings.MIDDLEWARE = []
application = WSGIHandler()

from django.http import HttpResponse  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.decorators import api_view  # noqa: E402
from rest_framework.response import Response  # noqa: E402

from clusters.models import Industry, TechnologyField  # noqa: E402
from countries.models import Country  # noqa: E402
from partnerships.api import PartnershipSerializer  # noqa: E402
from partnerships.models import Partnership  # noqa: E402
from portal import urls as site  # noqa: E402
from portal.partial_dates import today  # noqa: E402

PAGE = Template(
    "{% load django_tables2 %}<form>{{ filter.form }}</form>"
    "{% for name, counts in facets %}<h2>{{ name }}</h2><ul>"
    "{% for code, number in counts %}<li>{{ code }} ({{ number }})</li>{% endfor %}</ul>"
    "{% endfor %}{% render_table table %}"
)


class UsualFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter("name_key", lookup_expr="contains")
    target = django_filters.ModelMultipleChoiceFilter(
        field_name="targets__iso2", to_field_name="iso2", queryset=Country.objects.all()
    )
    technology = django_filters.ModelMultipleChoiceFilter(
        field_name="technology_fields__code",
        to_field_name="code",
        queryset=TechnologyField.objects.all(),
    )
    industry = django_filters.ModelMultipleChoiceFilter(
        field_name="industries__code",
        to_field_name="code",
        queryset=Industry.objects.all(),
    )

    class Meta:
        model = Partnership
        fields = []


class UsualTable(tables.Table):
    acronym = tables.Column(linkify=True)
    technology_fields = tables.ManyToManyColumn()
    industries = tables.ManyToManyColumn()
    targets = tables.ManyToManyColumn()

    class Meta:
        model = Partnership
        fields = (
            *("acronym", "name", "generation", "technology_fields", "industries"),
            *("targets", "sme_count", "partner_count"),
        )


def table(request):
    records = Partnership.objects.published()
    filterset = UsualFilterSet(request.GET, records)
    found = Partnership.objects.filter(pk__in=filterset.qs.order_by().values("pk"))
    facets = [
        (name, found.order_by().values_list(name).annotate(Count("pk")))
        for name in ("targets__iso2", "technology_fields__code", "industries__code")
    ]
    rows = found.order_by("-sme_count").prefetch_related(
        "targets", "technology_fields", "industries"
    )
    shown = UsualTable(rows, request=request)
    shown.paginate(page=request.GET.get("page", 1), per_page=50)
    context = {"filter": filterset, "facets": facets, "table": shown}
    return HttpResponse(PAGE.render(Context(context | {"request": request})))


@api_view(["GET"])
def api(request):
    filterset = UsualFilterSet(request.GET, Partnership.objects.published())
    found = Partnership.objects.filter(pk__in=filterset.qs.order_by().values("pk"))
    records = found.for_api(set(PartnershipSerializer.Meta.fields), today())
    page = records.order_by("acronym_key", "pk")[: int(request.GET["per_page"])]
    context = {"request": request}
    return Response(PartnershipSerializer(page, many=True, context=context).data)


urlpatterns = [
    path("partnerships/", table),
    path("api/v1/partnerships/", api),
    *site.urlpatterns,
]
