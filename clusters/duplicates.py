"""Find clusters that may be entered twice: alike in name, place or site."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from portal.folding import fold

from .models import Cluster, FormerName

WORD = re.compile(r"\w+")
# Words that many names have and that part none: kinds, articles, legal forms.
COMMON = frozenset(
    WORD.findall(
        "a ac aei and asociacion association c cluster clusters cv da das de del der "
        "des di do du e el en et for fur gmbh i in la las le les los of sa the und v y"
    )
)
ALIKE = 0.85
# What more clusters than these share tells nothing of any.
MOST_SHARING = 20


def alike(cluster: Cluster, among=None) -> list[tuple[Cluster, list[str]]]:
    """Return the clusters that may be the same, each with the reasons.

    ``among`` is a queryset of those to look at; all clusters by default.
    """
    clusters = Cluster.objects.all() if among is None else among
    return _alike(cluster, clusters.resembling(cluster, site_of(cluster.website)))


def _alike(cluster, others):
    site = site_of(cluster.website)
    compared = ((other, _reasons(cluster, other, site)) for other in others)
    return [(other, reasons) for other, reasons in compared if reasons]


class Lookalikes:
    """Finds what many new clusters may be, with two queries for any number of them.

    Compared are those that share a site, or within a country the acronym or words of
    the name that few have: to compare each with each would take hours.
    """

    def __init__(self, among):
        self.among = among
        # Keys of clusters by what they share.
        self.words, self.acronyms, self.sites = (defaultdict(set) for _ in range(3))
        homes = {}
        columns = "pk", "country_id", "name_key", "acronym_key", "website"
        for pk, home, name, acronym, website in among.values_list(*columns):
            homes[pk] = home
            self._add_name(pk, home, name)
            self.acronyms[home, acronym].add(pk)
            self.sites[site_of(website)].add(pk)
        for pk, name in FormerName.objects.values_list("cluster_id", "name_key"):
            if pk in homes:
                self._add_name(pk, homes[pk], name)

    def _add_name(self, pk, home, name):
        for word in _words(name):
            self.words[home, word].add(pk)

    def of(self, clusters: Sequence[Cluster]) -> Iterator[list[tuple]]:
        """Yield for each cluster what ``alike`` returns."""
        near = [self._near(cluster) for cluster in clusters]
        others = self.among.filter(pk__in=set().union(*near)).for_comparison()
        known = {other.pk: other for other in others}
        for cluster, keys in zip(clusters, near, strict=True):
            yield _alike(cluster, [known[pk] for pk in sorted(known.keys() & keys)])

    def _near(self, cluster):
        home, words = cluster.country_id, _words(cluster.name)
        having = (few(self.words.get((home, word), set())) for word in words)
        shared = Counter(pk for keys in having for pk in keys)
        # One word may be written otherwise.
        enough = 2 if len(words) > 2 else 1
        near = {pk for pk, number in shared.items() if number >= enough}
        if cluster.acronym:
            near |= few(self.acronyms.get((home, fold(cluster.acronym)), set()))
        if site := site_of(cluster.website):
            near |= few(self.sites.get(site, set()))
        return near


def few(keys: set[int]) -> set[int]:
    """Return keys unless there are so many that they tell nothing."""
    return keys if len(keys) <= MOST_SHARING else set()


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
    matcher = SequenceMatcher(None, *texts, autojunk=False)
    # The first ones are at least as large, and quick.
    ratios = matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio
    return all(ratio() >= ALIKE for ratio in ratios)


def _words(name):
    words = set(WORD.findall(fold(name)))
    return words - COMMON or words
