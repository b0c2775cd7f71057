from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal.triggers import EVERY, Followed

from .search import ENTRIES

# Industries and technology fields, of which many lists show all.
CLASSIFICATIONS = "classifications"


class ClustersConfig(AppConfig):
    name = "clusters"
    holds_content = True
    search_entries = ENTRIES
    live_figures = "clusters.live_figures"
    verbose_name = _("Clusters")
    followed = tuple(
        Followed(CLASSIFICATIONS, table, EVERY)
        for table in ("clusters_industry", "clusters_technologyfield")
    )
