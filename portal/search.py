"""The site search: what it lists, and how a page of it is put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .folding import fold
from .models import SearchEntry
from .search_hits import MOST, Found, Hit, Wanted, find, find_of_kind
from .search_text import Group, Phrase, cut, excerpt, marked

Pieces = list[tuple[str, bool]]
# The parts of a record that are other names of it.
OTHER_NAMES = ("alias", "former")
# How many names a result tells of what it is about.
MOST_NAMES_TOLD = 3


@dataclass(frozen=True)
class Kind:
    """What a group of results is called, and where its records are."""

    label: str
    # Of one, in a list of several kinds.
    singular: str
    route: str
    list_route: str = ""
    anchor: str = ""

    def address(self, entry: SearchEntry) -> str:
        if entry.slug:
            return reverse(self.route, args=[entry.slug]) + self.anchor
        # A body of several countries has no page here.
        return entry.body if entry.body.startswith(("https://", "http://")) else ""


KINDS = {
    "countries": Kind(_("Countries"), _("Country"), "country", "countries:list"),
    "clusters": Kind(_("Clusters"), _("Cluster"), "clusters:detail", "clusters:list"),
    "partnerships": Kind(
        _("Partnerships"),
        _("Partnership"),
        "partnerships:detail",
        "partnerships:list",
    ),
    "events": Kind(_("Events"), _("Event"), "events:detail", "events:list"),
    "achievements": Kind(
        _("Achievements"),
        _("Achievement"),
        "achievements:detail",
        "achievements:list",
    ),
    "news": Kind(_("News"), _("News item"), "news:detail", "news:list"),
    "organisations": Kind(
        _("Organisations"),
        _("Organisation"),
        "country",
        anchor="#organisations",
    ),
    "reports": Kind(_("Reports"), _("Report"), "country", anchor="#report"),
}


@dataclass(frozen=True)
class Reason:
    """By which link a record was found whose own words are others."""

    label: str
    names: Pieces
    # How many names are left out.
    more: int


@dataclass(frozen=True)
class Result:
    """A record that was found, in pieces of which some are marked."""

    address: str
    title: Pieces
    other: Pieces
    context: Pieces
    reasons: list[Reason]
    excerpt: Pieces


@dataclass(frozen=True)
class ResultGroup:
    """The results of one kind."""

    name: str
    number: int
    is_cut: bool
    tier: int
    results: list[Result]

    @property
    def label(self) -> str:
        return KINDS[self.name].label

    @property
    def has_more(self) -> bool:
        return self.is_cut or self.number > len(self.results)


@dataclass(frozen=True)
class Suggestion:
    address: str
    title: str
    kind: str


def grouped(phrase: Phrase, shown: int) -> tuple[Found, list[ResultGroup]]:
    """Return the first results of each kind; the kind with the best comes first."""
    found = find(phrase, list(KINDS), shown)
    entries, reasons = entries_of(found.hits), reasons_of(found.hits, found.wanted)
    by_kind = defaultdict(list)
    for hit in found.hits:
        by_kind[hit.kind].append(hit)
    groups = [
        ResultGroup(
            name=name,
            number=min(hits[0].number, MOST),
            is_cut=hits[0].is_one_of_more,
            tier=hits[0].tier,
            results=results(hits, entries, reasons, found.wanted.groups),
        )
        for name in KINDS
        if (hits := by_kind[name])
    ]
    return found, sorted(groups, key=lambda group: group.tier)


def found_of_kind(phrase: Phrase, name: str) -> Found:
    """Return all that is ranked of one kind."""
    return find_of_kind(phrase, name, list(KINDS))


def results_of(hits: Sequence[Hit], wanted: Wanted) -> list[Result]:
    """Return what a page shows of these records, in two queries."""
    reasons = reasons_of(hits, wanted)
    return results(hits, entries_of(hits), reasons, wanted.groups)


def suggested(phrase: Phrase, number: int) -> list[Suggestion]:
    """Return the best records of any kind, for somebody who is still typing."""
    found = find(phrase, list(KINDS), number)
    places = list(KINDS)
    best = sorted(found.hits, key=lambda hit: (hit.tier, places.index(hit.kind)))
    best = best[:number]
    entries = entries_of(best)
    suggestions = []
    for hit in best:
        kind, entry = KINDS[hit.kind], main_entry(entries[hit.kind, hit.record])
        if address := kind.address(entry):
            name = name_of(entry.kind, entry.title, entry.other)
            suggestions.append(Suggestion(address, name, str(kind.singular)))
    return suggestions


def entries_of(hits: Sequence[Hit]) -> dict[tuple[str, int], list[SearchEntry]]:
    """Return all public entries of these records, in one query."""
    entries = defaultdict(list)
    for entry in SearchEntry.objects.public().of_records(
        [(hit.kind, hit.record) for hit in hits]
    ):
        entries[entry.kind, entry.record].append(entry)
    return entries


def reasons_of(
    hits: Sequence[Hit], wanted: Wanted
) -> dict[tuple[str, int], list[Reason]]:
    """Return why records were found in which the words do not stand."""
    names = defaultdict(lambda: defaultdict(set))
    for links, record, *subject in wanted.subjects_of(hits):
        names[links.kind, record][str(links.label)].add(name_of(*subject))
    return {
        place: [
            reason(label, sorted(some, key=fold), wanted.groups)
            for label, some in by_label.items()
        ]
        for place, by_label in names.items()
    }


def reason(label: str, names: list[str], groups: tuple[Group, ...]) -> Reason:
    shown = marked(", ".join(names[:MOST_NAMES_TOLD]), groups)
    return Reason(label, shown, more=len(names[MOST_NAMES_TOLD:]))


def results(
    hits: Sequence[Hit],
    entries: dict[tuple[str, int], list[SearchEntry]],
    reasons: dict[tuple[str, int], list[Reason]],
    groups: tuple[Group, ...],
) -> list[Result]:
    return [
        result(
            entries[hit.kind, hit.record],
            reasons.get((hit.kind, hit.record), []),
            groups,
        )
        for hit in hits
        # What was withdrawn since it was found has none.
        if entries[hit.kind, hit.record]
    ]


def result(
    entries: list[SearchEntry], reasons: list[Reason], groups: tuple[Group, ...]
) -> Result:
    main = main_entry(entries)
    others = [main.other] if main.kind != "countries" else []
    others += [
        entry.other
        for entry in entries
        if entry.part in OTHER_NAMES
        and entry.other_key != entry.name
        and excerpt(entry.other, groups)
    ]
    return Result(
        address=KINDS[main.kind].address(main),
        title=marked(main.title, groups),
        other=marked(
            ", ".join(other for other in others if other not in ("", main.title)),
            groups,
        ),
        context=marked(" · ".join(filter(None, main.context.split("\n"))), groups),
        reasons=reasons,
        excerpt=marked(best_excerpt(main, entries, groups), groups),
    )


def main_entry(entries: list[SearchEntry]) -> SearchEntry:
    """Return the entry of the record itself; its parts come after it."""
    return min(entries, key=lambda entry: (entry.part, entry.pk))


def name_of(kind: str, title: str, other: str) -> str:
    if kind == "countries" or other in ("", title):
        return title
    return f"{other} – {title}"


def best_excerpt(main, entries: list[SearchEntry], groups: tuple[Group, ...]) -> str:
    """Return where the words stand in the prose, or else how it begins."""
    for entry in entries:
        prose = entry.context if entry.part == "partner" else entry.body
        found = excerpt(prose.replace("\n", " "), groups)
        if found:
            return found
    return cut(main.body)
