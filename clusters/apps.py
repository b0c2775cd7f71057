from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from .search import ENTRIES


class ClustersConfig(AppConfig):
    name = "clusters"
    holds_content = True
    search_entries = ENTRIES
    live_figures = "clusters.live_figures"
    verbose_name = _("Clusters")
