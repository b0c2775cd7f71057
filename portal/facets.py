"""The options of a filter, and how many records each would find.

A list may have hundreds of options, and shows the same ones with other counts at
every request. So the text of a facet is rendered once, with holes for what changes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .folding import fold
from .rendering import number_formatter

# Fewer letters begin words of too many options; they may be a code.
SHORTEST_NAME = 3
HOLE = SafeString("\0")
# Texts of a facet that are kept with their counts: whoever sorts or turns pages keeps
# the filters.
MOST_TEXTS = 16


@dataclass(frozen=True)
class Option:
    """A value to choose, with another spelling that means the same.

    What it includes is in ``parts``.
    """

    value: str
    label: str
    spelling: str = ""
    parts: Sequence["Option"] = field(default_factory=list)


class Options:
    """The values that a filter knows, each followed by its parts."""

    def __init__(self, tree: Iterable[Option]):
        self.tree = list(tree)
        self.all = [each for option in self.tree for each in (option, *option.parts)]
        self.labels = {option.value: option.label for option in self.all}
        self.values = {option.value.casefold(): option.value for option in self.all}
        self.values |= {
            option.spelling.casefold(): option.value
            for option in self.all
            if option.spelling
        }
        self.frames: dict[tuple[str, str, str | None], list[str]] = {}
        self.html = lru_cache(MOST_TEXTS)(self.written)
        self.folded = lru_cache(MOST_TEXTS)(self.folded_in)

    def __eq__(self, other):
        return isinstance(other, Options) and self.tree == other.tree

    __hash__ = None

    def __deepcopy__(self, memo):
        # Filters are copied for each request; what is written serves all of them.
        return self

    def value(self, text: str) -> str | None:
        """Return the value that a text means; None where none is known."""
        return self.values.get(text.casefold())

    def named(
        self, phrase: str, other_names: Mapping[str, str]
    ) -> Iterator[tuple[bool, Option]]:
        """Yield the options with a word that begins like a folded phrase.

        Each comes after whether it is called exactly so, has that code, or is what one
        of the ``other_names`` stands for.
        """
        begins = re.compile(rf"\b{re.escape(phrase)}")
        own = self.value(phrase), self.value(other_names.get(phrase, ""))
        for option, label in self.folded(get_language()):
            is_whole = option.value in own or label == phrase
            if is_whole or (len(phrase) >= SHORTEST_NAME and begins.search(label)):
                yield is_whole, option

    def folded_in(self, language: str | None) -> list[tuple[Option, str]]:
        """Return the options with their labels in the language in use, which is named.

        ``folded`` does the same, and remembers.
        """
        return [(option, fold(str(option.label))) for option in self.all]

    def frame(self, name: str, label: str, language: str | None) -> list[str]:
        """Return the options as text, parted where there is a hole."""
        key = name, label, language
        if key not in self.frames:
            text = render_to_string(
                "components/facet.html",
                {"name": name, "label": label, "options": self.tree, "hole": HOLE},
            )
            self.frames[key] = text.split(HOLE)
        return self.frames[key]

    def written(
        self,
        name: str,
        label: str,
        language: str | None,
        counts: tuple[int, ...],
        chosen: frozenset[str],
    ) -> SafeString:
        """Return the options as text, in the language in use, which is named.

        There is a count for each of ``all``. ``html`` does the same, and remembers.
        """
        pieces = self.frame(name, label, language)
        filled = [""] * (2 * len(pieces) - 1)
        filled[::2] = pieces
        filled[1::2] = self.fillings(counts, chosen)
        return SafeString("".join(filled))

    def fillings(self, counts: Iterable[int], chosen: frozenset[str]) -> list[str]:
        """Return what the holes of the text hold."""
        fillings, counts = [], iter(counts)
        as_text = number_formatter()

        def fill(value):
            count = next(counts)
            fillings.append("" if count else " facets__option--none")
            fillings.append(" checked" if value in chosen else "")
            fillings.append(as_text(count))

        for option in self.tree:
            fill(option.value)
            if option.parts:
                is_open = any(part.value in chosen for part in option.parts)
                fillings.append(" open" if is_open else "")
                for part in option.parts:
                    fill(part.value)
        return fillings


def options_of(options: Iterable[Sequence[str]]) -> Options:
    """Return options given as value, label and, where it has one, another spelling."""
    return Options(Option(*option) for option in options)


class Facet:
    """The options of a filter for one choice of all filters."""

    def __init__(
        self,
        name: str,
        label: str,
        options: Options,
        counts: Mapping[str, int],
        chosen: Sequence[str],
    ):
        self.name = name
        self.label = label
        self.options = options
        self.counts = counts
        self.chosen = set(chosen)

    @cached_property
    def html(self) -> SafeString:
        return self.options.html(
            self.name,
            str(self.label),
            get_language(),
            tuple([self.counts.get(option.value, 0) for option in self.options.all]),
            frozenset(self.chosen),
        )
