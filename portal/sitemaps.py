from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from clusters.models import Cluster
from countries.models import Country
from events.models import Achievement, Event, NewsItem
from partnerships.models import Partnership

PAGES = [
    *("home", "about", "accessibility", "privacy", "countries:list", "clusters:list"),
    *(
        "clusters:labels",
        "partnerships:list",
        "partnerships:match",
        "events:list",
        "achievements:list",
    ),
    "news:list",
]


class PageSitemap(Sitemap):
    def items(self):
        return PAGES

    def location(self, item):
        return reverse(item)


class RecordSitemap(Sitemap):
    """The public records of one model, with their last change."""

    limit = 10_000

    def __init__(self, model):
        self.model = model

    def items(self):
        records = self.model.objects.published().order_by("pk")
        return records.only("slug", "updated_at")

    def lastmod(self, record):
        return record.updated_at


SITEMAPS = {"pages": PageSitemap} | {
    model._meta.model_name: RecordSitemap(model)
    for model in (Country, Cluster, Partnership, Event, Achievement, NewsItem)
}
