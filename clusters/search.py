"""What the site search finds of clusters: plain SQL that both databases run."""

from django.utils.translation import gettext_lazy as _

from countries.search import IN_COUNTRY, of_country
from portal.search_index import PUBLISHABLE, Entries, Follows, Links, lines, pairs

FORMER_NAMES_IN_COUNTRY = """
SELECT former.id AS key FROM clusters_formername AS former
JOIN clusters_cluster AS cluster ON cluster.id = former.cluster_id
WHERE cluster.country_id = {row}.id
"""
INDUSTRIES, TECHNOLOGIES = "industries", "technologies"


def terms(kind: str, table: str) -> Entries:
    """Return what the terms of a classification are called; they have no page."""
    return Entries(
        kind=kind,
        table=table,
        slug="''",
        title="own.title",
        name="own.title_key",
        other="own.code",
        other_key="lower(own.code)",
        names=lines("own.title_key", "lower(own.code)"),
        follows=(Follows(table, ("code", "title", "title_key")),),
    )


def classified(
    kind: str, table: str, record: str, industries: str = _("Industries")
) -> tuple[Links, ...]:
    """Return that records are about their terms, and the terms that have these."""
    return tuple(
        Links(
            kind,
            subjects,
            f"{pairs(f'{table}_{name}', record, key)} UNION ALL "
            f"{pairs(f'{table}_{name} AS link', record, 'parent_id')} "
            f"JOIN {terms} AS term ON term.id = link.{key}",
            label,
        )
        for subjects, name, key, terms, label in (
            (INDUSTRIES, "industries", "industry_id", "clusters_industry", industries),
            (
                *(TECHNOLOGIES, "technology_fields"),
                *("technologyfield_id", "clusters_technologyfield"),
                _("Technology fields"),
            ),
        )
    )


ENTRIES = (
    terms(INDUSTRIES, "clusters_industry"),
    terms(TECHNOLOGIES, "clusters_technologyfield"),
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

LINKS = (
    Links(
        "clusters",
        "countries",
        pairs("clusters_cluster", "id", "country_id"),
        _("Country"),
    ),
    *classified("clusters", "clusters_cluster", "cluster_id"),
)
