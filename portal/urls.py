from django.contrib import admin
from django.contrib.sitemaps import views as sitemap_views
from django.urls import include, path
from django.views.generic import TemplateView

from . import views
from .api import router, schema
from .sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    path("countries/", include("countries.urls")),
    path("countries/<slug:slug>/", views.country, name="country"),
    path("clusters/", include("clusters.urls")),
    path("partnerships/", include("partnerships.urls")),
    path("events/", include("events.urls")),
    path("achievements/", include("events.achievement_urls")),
    path("news/", include("events.news_urls")),
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
    # Machines
    path("api/v1/", include((router.urls, "api"))),
    path("api/schema/", schema, name="schema"),
    path("api/docs/", views.api_documentation, name="api_documentation"),
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
    path("admin/", admin.site.urls),
]
