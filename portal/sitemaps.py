from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils import timezone

from clusters.models import Cluster
from countries.models import Country
from events.models import Achievement, Event, NewsItem
from partnerships.models import Partnership

from .api import RESOURCES
from .data_views import DATA_SETS

# Pages by route, and of lists the model whose records they show.
PAGES = {
    "home": None,
    "about": None,
    "accessibility": None,
    "privacy": None,
    "data": None,
    "compare": Country,
    "embeds": None,
    "api_reference": None,
    "countries:list": Country,
    "clusters:list": Cluster,
    "clusters:labels": Cluster,
    "partnerships:list": Partnership,
    "partnerships:match": Partnership,
    "events:list": Event,
    "achievements:list": Achievement,
    "news:list": NewsItem,
}


def last_change(model):
    return model.objects.last_change(timezone.now())


class PageSitemap(Sitemap):
    """Pages that are no record; when the texts of the site change is not known."""

    def items(self):
        return list(PAGES)

    def location(self, item):
        return reverse(item)

    def lastmod(self, item):
        model = PAGES[item]
        return last_change(model) if model else None

    def get_latest_lastmod(self):
        models = filter(None, PAGES.values())
        return max(filter(None, map(last_change, models)), default=None)


class DataSitemap(Sitemap):
    """The pages of the data sets."""

    def items(self):
        return list(DATA_SETS)

    def location(self, item):
        return reverse("data_set", args=[item])


class ApiSitemap(Sitemap):
    """The pages of the resources of the API."""

    def items(self):
        return list(RESOURCES)

    def location(self, item):
        return reverse("api_resource", args=[item])


class RecordSitemap(Sitemap):
    """The public records of one model, with their last change."""

    limit = 10_000

    def __init__(self, model):
        self.model = model

    def items(self):
        records = self.model.objects.published().order_by("pk")
        return records.only("slug", "status", "updated_at", "publish_at")

    def lastmod(self, record):
        return record.changed_at

    def get_latest_lastmod(self):
        return last_change(self.model)


SITEMAPS = {"pages": PageSitemap, "data": DataSitemap, "api": ApiSitemap} | {
    model._meta.model_name: RecordSitemap(model)
    for model in (Country, Cluster, Partnership, Event, Achievement, NewsItem)
}
