"""The values of filters that the words in the search of a list name.

Whoever wants to go to Mexico types so, but a list looks for words in names alone. That
Mexico is among the countries of its filters is offered beside what was found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from .facets import Option
from .filters import KnownValuesFilter, ListingFilterSet
from .folding import fold
from .listing_address import ListingAddress

MOST_OFFERED = 5
# How many are counted, to offer those that keep the most; what more values of one
# filter have in common names none of them.
MOST_COUNTED = 10
# Words of one search that are looked at one by one.
MOST_WORDS = 6


@dataclass(frozen=True)
class NamedValue:
    """A value of a filter, and what choosing it as well finds, and where."""

    is_whole: bool
    label: str | Promise
    text: str | Promise
    number: int
    address: ListingAddress


def named_values(
    filterset: ListingFilterSet, address: ListingAddress
) -> Sequence[NamedValue]:
    """Return what the search names, first what is called exactly so, then the largest.

    Each keeps what else was chosen, but for the words that name it.
    """
    words = fold(filterset.cleaned().get("q") or "").split()
    named = list(named_by(" ".join(words), filterset))
    if not named and len(words) > 1 and not filterset.found.count():
        # Nothing has all of the words, so each may mean something of its own.
        named = [
            value for word in words[:MOST_WORDS] for value in named_by(word, filterset)
        ]
    named.sort(key=lambda value: not value[0])
    offered = [offer(filterset, address, *value) for value in named[:MOST_COUNTED]]
    offered.sort(key=lambda value: (not value.is_whole, -value.number))
    return [value for value in offered if value.number][:MOST_OFFERED]


def named_by(phrase, filterset) -> Iterator[tuple[bool, str, Option, str]]:
    """Yield whether an option is called exactly so, of which filter it is, and by what."""
    if not phrase:
        return
    for name, field in filterset.form.fields.items():
        filter_ = filterset.filters[name]
        if not isinstance(filter_, KnownValuesFilter):
            continue
        named = list(field.options.named(phrase, filter_.other_names()))
        for is_whole, option in named:
            is_chosen = option.value in filterset.cleaned()[name]
            if not is_chosen and (is_whole or len(named) <= MOST_COUNTED):
                yield is_whole, name, option, phrase


def offer(filterset, address, is_whole, name, option, phrase) -> NamedValue:
    """Offer a value with the rest of the search, or without where that finds nothing."""
    chosen = filterset.cleaned()
    for rest in dict.fromkeys([without(phrase, chosen["q"]), ""]):
        values = {"q": rest, name: [*chosen[name], option.value]}
        if number := filterset.selection(**values).count():
            break
    label = filterset.form.fields[name].label
    place = address.leading_to(**values)
    return NamedValue(is_whole, label, option.label, number, place)


def without(phrase: str, text: str) -> str:
    """Return a text less the words of a folded phrase."""
    words = phrase.split()
    return " ".join(word for word in text.split() if fold(word) not in words)
