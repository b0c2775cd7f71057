"""The values of filters that the words in the search of a list name.

Whoever wants to go to Mexico types so, but a list looks for words in names alone. That
Mexico is among the countries of its filters is offered beside what was found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from operator import itemgetter
from typing import NamedTuple

from django.utils.functional import Promise

from .facets import SHORTEST_NAME, Option
from .filters import MOST_WORDS, UNSTATED, KnownValuesFilter, ListingFilterSet
from .folding import fold, words_of
from .listing_address import ListingAddress

MOST_OFFERED = 5
# How many are counted, to offer those that keep the most; what more values of one
# filter have in common names none of them.
MOST_COUNTED = 10
# Values of a word that are combined with those of others.
MOST_OF_A_WORD = 2


class Value(NamedTuple):
    """A value of the filter ``name``, and whether it is called exactly as was typed."""

    is_whole: bool
    name: str
    option: Option


@dataclass(frozen=True)
class Offer:
    """Values of filters, as labels of filter and value; what they find, and where."""

    labels: Sequence[tuple[str | Promise, str | Promise]]
    number: int
    address: ListingAddress


def offers(filterset: ListingFilterSet, address: ListingAddress) -> Sequence[Offer]:
    """Return what the search names, first what is called exactly so, then the largest.

    Each keeps what else was chosen, and of the search what names nothing.
    """
    words = words_of(filterset.cleaned().get("q") or "", folded=False)
    named = values_named(fold(" ".join(words)), filterset)
    if named or len(words) < 2 or filterset.found.count():
        return largest([([value], "") for value in named], filterset, address)
    # Nothing has all of the words, so each may mean something of its own.
    by_word = {
        word: values_named(fold(word), filterset)
        for word in islice(dict.fromkeys(words), MOST_WORDS)
        # Shorter ones are a code only where they are typed as one.
        if len(word) >= SHORTEST_NAME or word.isupper()
    }
    rest = " ".join(word for word, values in by_word.items() if not values)
    choices = [
        found
        for values in by_word.values()
        if (found := finding_something(values[:MOST_OF_A_WORD], filterset))
    ]
    together = [] if len(choices) < 2 else islice(product(*choices), MOST_COUNTED)
    found = largest([(each, rest) for each in together], filterset, address)
    if found:
        return found
    each = {
        (value.name, value.option.value): ([value], rest)
        for values in by_word.values()
        for value in values
    }
    return largest(list(each.values()), filterset, address)


def values_named(phrase: str, filterset: ListingFilterSet) -> list[Value]:
    """Return the values that a folded phrase names, those called exactly so first."""
    found = list(named_by(phrase, filterset)) if phrase else []
    return sorted(found, key=lambda value: not value.is_whole)


def named_by(phrase, filterset) -> Iterator[Value]:
    for name, field in filterset.form.fields.items():
        filter_ = filterset.filters[name]
        if not isinstance(filter_, KnownValuesFilter):
            continue
        chosen = filterset.cleaned()[name]
        named = list(field.options.named(phrase, filter_.other_names()))
        for is_whole, option in named:
            is_told = len(named) <= MOST_COUNTED and option.value != UNSTATED
            if option.value not in chosen and (is_whole or is_told):
                yield Value(is_whole, name, option)


def finding_something(values, filterset) -> list[Value]:
    """Return the values that keep anything at all by themselves."""
    return [
        value
        for value in values
        if filterset.selection(q="", **{value.name: [value.option.value]}).count()
    ]


def largest(choices, filterset, address) -> list[Offer]:
    """Return offers of values, each with a rest of the search, that find something."""
    found = []
    for values, rest in choices[:MOST_COUNTED]:
        offer = offer_of(values, rest, filterset, address)
        is_whole = all(value.is_whole for value in values)
        filters = {value.name for value in values}
        found.append(((is_whole, len(filters), offer.number), offer))
    found.sort(key=itemgetter(0), reverse=True)
    return [offer for _rank, offer in found if offer.number][:MOST_OFFERED]


def offer_of(values, rest, filterset, address) -> Offer:
    """Offer values with the rest of a search, or without where that finds nothing."""
    chosen = {value.name: filterset.cleaned()[value.name] for value in values}
    for value in values:
        chosen[value.name] = [*chosen[value.name], value.option.value]
    for kept in dict.fromkeys([rest, ""]):
        if number := filterset.selection(q=kept, **chosen).count():
            break
    fields = filterset.form.fields
    labels = [(fields[value.name].label, value.option.label) for value in values]
    return Offer(labels, number, address.leading_to(q=kept, **chosen))
