"""What a cluster page is about, in the words of schema.org."""

from .models import Cluster


def organisation(cluster: Cluster, page: str) -> dict:
    """Return a cluster as an Organization; ``page`` is the whole address of its page.

    What is not known is None or empty, and is left out where it is written.
    """
    others = [cluster.acronym, *(one.name for one in cluster.former_names.all())]
    return {
        "@type": "Organization",
        "@id": page,
        "name": cluster.name,
        "alternateName": [name for name in others if name],
        "description": cluster.summary,
        "url": cluster.website or page,
        "foundingDate": cluster.founded and str(cluster.founded),
        "address": _address(cluster),
        "award": [
            f"ESCA {label.get_level_display()} Label"
            for label in cluster.labels.all()
            if label.is_held
        ],
        "memberOf": [
            {"@type": "Organization", "name": str(membership.partnership)}
            for membership in cluster.memberships.all()
        ],
    }


def _address(cluster):
    address = {
        "@type": "PostalAddress",
        "addressLocality": cluster.city,
        "addressRegion": cluster.region,
        "addressCountry": cluster.country.iso2,
    }
    return {key: value for key, value in address.items() if value}
