from django.contrib import admin
from django.contrib.sitemaps import views as sitemap_views
from django.urls import include, path
from django.views.generic import TemplateView

from . import (
    api_reference,
    comparison_views,
    country_views,
    data_views,
    embed_views,
    search_views,
    views,
)
from .api import router, schema
from .publishing.previews import preview
from .sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    path("countries/", include("countries.urls")),
    path("countries/compare/", comparison_views.compare, name="compare"),
    path("countries/<slug:slug>/", country_views.country, name="country"),
    path("clusters/", include("clusters.urls")),
    path("partnerships/", include("partnerships.urls")),
    path("events/", include("events.urls")),
    path("achievements/", include("events.achievement_urls")),
    path("news/", include("events.news_urls")),
    path("search/", search_views.search, name="search"),
    path("search/suggest", search_views.suggestions, name="search_suggestions"),
    path("data/", data_views.overview, name="data"),
    path("data/catalog.jsonld", data_views.catalogue, name="data_catalogue"),
    path("data/<slug:name>/", data_views.data_set, name="data_set"),
    path("data/<slug:name>.<slug:file_format>", data_views.data_file, name="data_file"),
    path("embed/", embed_views.builder, name="embeds"),
    path("embed/oembed", embed_views.oembed, name="oembed"),
    path("embed/partnerships/", embed_views.partnerships, name="embed_partnerships"),
    path(
        "embed/map/partnerships/",
        embed_views.partnership_map,
        name="embed_partnership_map",
    ),
    path("embed/map/clusters/", embed_views.cluster_map, name="embed_cluster_map"),
    path("embed/countries/<slug:slug>/facts/", embed_views.facts, name="embed_facts"),
    path("about/", views.about, name="about"),
    path(
        "accessibility/",
        TemplateView.as_view(template_name="portal/accessibility.html"),
        name="accessibility",
    ),
    path(
        "privacy/",
        TemplateView.as_view(template_name="portal/privacy.html"),
        name="privacy",
    ),
    path("preview/<str:token>/", preview, name="preview"),
    # Machines
    path("api/v1/", include((router.urls, "api"))),
    path("api/schema/", schema, name="schema"),
    path("api/docs/", views.api_documentation, name="api_documentation"),
    path("api/reference/", api_reference.overview, name="api_reference"),
    path("api/reference/<slug:name>/", api_reference.resource, name="api_resource"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path(
        "robots.txt",
        TemplateView.as_view(
            template_name="portal/robots.txt", content_type="text/plain"
        ),
        name="robots",
    ),
    path("sitemap.xml", sitemap_views.index, {"sitemaps": SITEMAPS}, name="sitemaps"),
    path(
        "sitemap-<section>.xml",
        sitemap_views.sitemap,
        {"sitemaps": SITEMAPS},
        name="django.contrib.sitemaps.views.sitemap",
    ),
    path("media/<path:path>", views.media, name="media"),
    path("admin/account/", include("portal.account_urls")),
    path("admin/", admin.site.urls),
]
