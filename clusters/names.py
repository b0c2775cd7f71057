"""The names of the public clusters, for searches that find something by its partners."""

from portal.content_version import kept

from .models import Cluster


@kept
def public_names() -> list[tuple[int, str, str]]:
    """Return key, folded name and folded acronym of each public cluster."""
    clusters = Cluster.objects.published().order_by()
    return list(clusters.values_list("pk", "name_key", "acronym_key"))


def clusters_called(folded: str) -> list[int]:
    """Return the keys of the public clusters with a folded text in name or acronym."""
    return [
        key
        for key, name, acronym in public_names()
        if folded in name or folded in acronym
    ]
