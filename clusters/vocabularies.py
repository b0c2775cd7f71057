"""Clusters and classifications as spreadsheets name them."""

from django.utils.translation import gettext as _

from portal import rights
from portal.folding import fold
from portal.importing.cells import CellError, shortened
from portal.importing.vocabularies import Terms

from .models import Cluster, FormerName, Industry, TechnologyField


def industries() -> Terms:
    unknown = _(
        "“%(name)s” is no code or title of NACE Rev. 2; write for instance C13."
    )
    return Terms(unknown, Industry.objects.order_by("code"))


def technology_fields() -> Terms:
    unknown = _("“%(name)s” is no code or title of the IPC; write for instance D03.")
    return Terms(unknown, TechnologyField.objects.order_by("code"))


class ClusterNames:
    """Clusters by name, former name or acronym, within a country or in all of them.

    Of drafts that ``user`` does not work on, no message may tell.
    """

    def __init__(self, user=None):
        self.labels: dict[int, str] = {}
        self.homes: dict[int, int] = {}
        # The best first: a name counts before what others were or are called in short.
        names, acronyms, formers = {}, {}, {}
        columns = ("pk", "name", "country_id", "name_key", "acronym_key")
        known = rights.known_to(Cluster.objects.all(), user)
        for pk, label, home, name, acronym in known.values_list(*columns):
            self.labels[pk], self.homes[pk] = label, home
            names.setdefault(name, set()).add(pk)
            if acronym:
                acronyms.setdefault(acronym, set()).add(pk)
        for pk, name in FormerName.objects.values_list("cluster_id", "name_key"):
            if pk in self.labels:
                formers.setdefault(name, set()).add(pk)
        self.kinds = (names, acronyms, formers)

    def one(self, text: str, country: int | None) -> int:
        """Return the cluster that a cell names, or raise CellError."""
        name = fold(text)
        for kind in self.kinds:
            found = {
                pk
                for pk in kind.get(name, ())
                if country is None or self.homes[pk] == country
            }
            if len(found) == 1:
                return found.pop()
            if found:
                message = _("several clusters are called “%(name)s”; add the country.")
                raise CellError(message % {"name": shortened(text)})
        message = _("the directory has no cluster “%(name)s”; import it first.")
        raise CellError(message % {"name": shortened(text)})
