from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal.triggers import Followed, whole

from .search import ENTRIES, LINKS

SUBJECT = "partnerships"
# A partner that is not public, or whose country is not, counts for nothing.
OF_CLUSTER = """
SELECT partnership_id AS record FROM partnerships_membership
WHERE cluster_id = {row}.id
"""
OF_COUNTRY = """
SELECT partnership_id AS record FROM partnerships_membership
WHERE country_id = {row}.id
OR cluster_id IN (SELECT id FROM clusters_cluster WHERE country_id = {row}.id)
"""
PARTS = (
    "partnerships_membership",
    "partnerships_partnership_targets",
    "partnerships_partnership_technology_fields",
    "partnerships_partnership_industries",
)


class PartnershipsConfig(AppConfig):
    name = "partnerships"
    verbose_name = _("Partnerships")
    holds_content = True
    search_entries = ENTRIES
    search_links = LINKS
    live_figures = "partnerships.live_figures"
    substrings = {
        "partnerships_partnership": ("acronym_key", "name_key"),
        "partnerships_membership": ("partner_name_key",),
    }
    followed = (
        Followed(SUBJECT, "partnerships_partnership", "SELECT {row}.id AS record"),
        *(
            Followed(SUBJECT, table, "SELECT {row}.partnership_id AS record")
            for table in PARTS
        ),
        Followed(SUBJECT, "clusters_cluster", OF_CLUSTER),
        Followed(SUBJECT, "countries_country", OF_COUNTRY),
        *whole(SUBJECT, "clusters_industry", "clusters_technologyfield"),
    )
