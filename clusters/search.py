"""What the site search finds of clusters: plain SQL that both databases run."""

from countries.search import IN_COUNTRY, of_country
from portal.search_index import PUBLISHABLE, Entries, Follows, lines

FORMER_NAMES_IN_COUNTRY = """
SELECT former.id AS key FROM clusters_formername AS former
JOIN clusters_cluster AS cluster ON cluster.id = former.cluster_id
WHERE cluster.country_id = {row}.id
"""

ENTRIES = (
    Entries(
        kind="clusters",
        table="clusters_cluster",
        slug="own.slug",
        title="own.name",
        name="own.name_key",
        other="own.acronym",
        other_key="own.acronym_key",
        names=lines(
            "own.name_key", "own.acronym_key", "own.region_key", "own.city_key"
        ),
        context=lines("own.city", "own.region", "country.name", "own.portfolio"),
        body="own.summary",
        joins=IN_COUNTRY,
        public=("own", "country"),
        follows=(
            Follows(
                "clusters_cluster",
                (
                    *("country_id", "slug", "name", "name_key", "acronym"),
                    *("acronym_key", "region", "region_key", "city", "city_key"),
                    *("portfolio", "summary", *PUBLISHABLE),
                ),
            ),
            of_country("clusters_cluster"),
        ),
    ),
    Entries(
        kind="clusters",
        part="former",
        table="clusters_formername",
        record="cluster.id",
        slug="cluster.slug",
        title="cluster.name",
        name="cluster.name_key",
        other="own.name",
        other_key="own.name_key",
        names="own.name_key",
        joins="JOIN clusters_cluster AS cluster ON cluster.id = own.cluster_id "
        "JOIN countries_country AS country ON country.id = cluster.country_id",
        public=("cluster", "country"),
        follows=(
            Follows("clusters_formername", ("cluster_id", "name", "name_key")),
            Follows(
                "clusters_cluster",
                ("country_id", "slug", "name", "name_key", *PUBLISHABLE),
                "SELECT id AS key FROM clusters_formername WHERE cluster_id = {row}.id",
            ),
            Follows("countries_country", PUBLISHABLE, FORMER_NAMES_IN_COUNTRY),
        ),
    ),
)
