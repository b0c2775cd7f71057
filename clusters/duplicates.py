"""Find clusters that may be entered twice: alike in name, place or site."""

import re
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from portal.folding import fold

from .models import Cluster

WORD = re.compile(r"\w+")
# Words that many names have and that part none: kinds, articles, legal forms.
COMMON = frozenset(
    WORD.findall(
        "a ac aei and asociacion association c cluster clusters cv da das de del der "
        "des di do du e el en et for fur gmbh i in la las le les los of sa the und v y"
    )
)
ALIKE = 0.85


def alike(cluster: Cluster, among=None) -> list[tuple[Cluster, list[str]]]:
    """Return the clusters that may be the same, each with the reasons.

    ``among`` is a queryset of those to look at; all clusters by default.
    """
    site = site_of(cluster.website)
    found = []
    clusters = Cluster.objects.all() if among is None else among
    for other in clusters.resembling(cluster, site):
        reasons = _reasons(cluster, other, site)
        if reasons:
            found.append((other, reasons))
    return found


def _reasons(cluster, other, site):
    reasons = []
    names = [other.name, *(former.name for former in other.former_names.all())]
    if other.country_id == cluster.country_id:
        if any(names_are_alike(cluster.name, name) for name in names):
            reasons.append(_("alike name"))
        elif cluster.acronym and fold(cluster.acronym) == other.acronym_key:
            reasons.append(_("same acronym"))
        if _place_of(cluster) and _place_of(cluster) == _place_of(other):
            reasons.append(_("same city and portfolio"))
    if site and site == site_of(other.website):
        reasons.append(_("same site"))
    return reasons


def _place_of(cluster):
    if not (cluster.city and cluster.portfolio):
        return None
    return fold(cluster.city), cluster.portfolio


def site_of(address: str) -> str:
    """Return the host of an address without www; empty where there is none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def names_are_alike(one: str, other: str) -> bool:
    """Tell whether two names have nearly the same words, in any order."""
    words, others = _words(one), _words(other)
    if len(words & others) > 1 and (words <= others or others <= words):
        return True
    texts = (" ".join(sorted(names)) for names in (words, others))
    return SequenceMatcher(None, *texts, autojunk=False).ratio() >= ALIKE


def _words(name):
    words = set(WORD.findall(fold(name)))
    return words - COMMON or words
