from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal.triggers import whole

from .search import ENTRIES, LINKS

# Industries and technology fields, of which many lists show all.
CLASSIFICATIONS = "classifications"
# Clusters without what belongs to each.
CLUSTERS, LABELS = "clusters", "labels"


class ClustersConfig(AppConfig):
    name = "clusters"
    holds_content = True
    search_entries = ENTRIES
    search_links = LINKS
    live_figures = "clusters.live_figures"
    verbose_name = _("Clusters")
    followed = (
        *whole(CLASSIFICATIONS, "clusters_industry", "clusters_technologyfield"),
        *whole(CLUSTERS, "clusters_cluster"),
        *whole(LABELS, "clusters_escalabel"),
    )
