"""What the site search finds of partnerships: plain SQL that both databases run.

Partners are entries of their own, because each is public when its cluster is, and so
that writing one writes a line and not its whole partnership.
"""

from django.utils.translation import gettext_lazy as _

from clusters.search import classified
from portal.search_index import PUBLISHABLE, Entries, Follows, Links, lines, pairs

CLUSTER = "LEFT JOIN clusters_cluster AS cluster ON cluster.id = own.cluster_id"
COUNTRY = "LEFT JOIN countries_country AS country ON country.id = cluster.country_id"
PARTNERSHIP = "JOIN partnerships_partnership AS partnership ON partnership.id = own.partnership_id"
OF_COUNTRY = """
SELECT membership.id AS key FROM partnerships_membership AS membership
JOIN clusters_cluster AS cluster ON cluster.id = membership.cluster_id
WHERE cluster.country_id = {row}.id
"""

ENTRIES = (
    Entries(
        kind="partnerships",
        table="partnerships_partnership",
        slug="own.slug",
        title="own.name",
        name="own.name_key",
        other="own.acronym",
        other_key="own.acronym_key",
        names=lines("own.acronym_key", "own.name_key"),
        context="own.funding",
        body=lines("own.summary", "own.joining_details"),
        public=("own",),
        follows=(
            Follows(
                "partnerships_partnership",
                (
                    *("slug", "name", "name_key", "acronym", "acronym_key"),
                    *("funding", "summary", "joining_details", *PUBLISHABLE),
                ),
            ),
        ),
    ),
    Entries(
        kind="partnerships",
        part="partner",
        table="partnerships_membership",
        record="partnership.id",
        slug="partnership.slug",
        title="partnership.name",
        other="partnership.acronym",
        name="partnership.name_key",
        context=lines(
            "coalesce(cluster.name, own.partner_name)",
            "coalesce(cluster.acronym, '')",
            "partnership.acronym",
        ),
        joins=f"{PARTNERSHIP} {CLUSTER} {COUNTRY}",
        public=("partnership",),
        public_if_any=("cluster", "country"),
        follows=(
            Follows(
                "partnerships_membership",
                ("partnership_id", "cluster_id", "partner_name"),
            ),
            Follows(
                "partnerships_partnership",
                ("slug", "name", "name_key", "acronym", *PUBLISHABLE),
                "SELECT id AS key FROM partnerships_membership "
                "WHERE partnership_id = {row}.id",
            ),
            Follows(
                "clusters_cluster",
                ("country_id", "name", "acronym", *PUBLISHABLE),
                "SELECT id AS key FROM partnerships_membership "
                "WHERE cluster_id = {row}.id",
            ),
            Follows("countries_country", PUBLISHABLE, OF_COUNTRY),
        ),
    ),
)

LINKS = (
    Links(
        "partnerships",
        "countries",
        pairs("partnerships_partnership_targets", "partnership_id", "country_id"),
        _("Targeted third countries"),
    ),
    Links(
        "partnerships",
        "clusters",
        pairs("partnerships_membership", "partnership_id", "cluster_id"),
        _("Partners"),
    ),
    *classified(
        *("partnerships", "partnerships_partnership", "partnership_id"),
        industries=_("Sectoral industries"),
    ),
)
