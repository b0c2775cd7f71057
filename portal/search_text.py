"""How texts are taken apart, compared and marked by the site search.

What the databases do in SQL is written here once, in Python and as SQL.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import groupby

from .folding import LETTERS, fold

MAX_LENGTH = 200
MAX_WORDS = 10
# Shorter words have to stand as they are: they begin too many others.
SHORTEST_BEGINNING = 3
# What parts words, beside spaces, and what does so in names. SQLite takes about 30
# replacements in one expression, and no more.
PUNCTUATION = "-/_.,:;!?'\"()[]{}<>@&+*#%=|\\~^`´’‘“”„«»‐‑–—…·•\n\t"
PUNCTUATION_OF_NAMES = "-/_.,:;'\"()&+’–\n"
# Spellings of one sound, on folded text and in this order.
SOUNDS = (
    *(("ph", "f"), ("th", "t"), ("x", "ks"), ("ck", "k"), ("qu", "k"), ("q", "k")),
    *(("c", "k"), ("z", "s"), ("y", "i"), ("w", "v")),
    *((f"{letter * 2}", letter) for letter in "fklmnprst"),
)
EXCERPT_LENGTH = 180
# From each of these lengths on, a word may have one slip more.
LENGTHS_WITH_SLIPS = (4, 6, 10)
MOST_SLIPS = len(LENGTHS_WITH_SLIPS)
# How much of their trigrams two words share of which one has two letters swapped.
SIMILAR = 0.2


def replaced(expression: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return SQL that replaces in ``expression`` the first of each pair by the other."""
    for old, new in pairs:
        expression = f"replace({expression}, {quoted(old)}, {quoted(new)})"
    return expression


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def spelled_sql(expression: str) -> str:
    """Return SQL that writes letters without a base in Unicode as ``fold`` does."""
    letters = {chr(code): text for code, text in LETTERS.items()} | {"ß": "ss"}
    capitals = {letter.upper(): text for letter, text in letters.items()}
    return replaced(expression, [*letters.items(), *capitals.items()])


def sounding_sql(expression: str) -> str:
    """Return SQL of how words sound, with room for the trigrams at their ends."""
    return f"'  ' || {replaced(expression, SOUNDS)} || ' '"


# What ends a line of a rich text, and what stands for characters in it.
LINE_ENDS = ("</p>", "</h3>", "</h4>", "</li>", "</td>", "</th>", "<br>")
CHARACTERS = (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def marked_up_sql(expression: str) -> str:
    """Return SQL of a rich text in which all to be left out is a tag, as ``<p>`` is.

    That goes for the names of live figures as well, of which only the page knows the
    number; see live_figures.py. A real < is written ``&lt;`` there.
    """
    figures = [("[[", "<"), ("]]", ">")]
    return replaced(expression, [*figures, *((end, f"{end}\n") for end in LINE_ENDS)])


def unescaped_sql(expression: str) -> str:
    return f"rtrim({replaced(expression, CHARACTERS)}, '\n')"


def sounding(word: str) -> str:
    """Return how a folded word sounds, roughly, whatever the language."""
    sound = reduce(lambda text, pair: text.replace(*pair), SOUNDS, word)
    return f"  {sound} "


def is_part_of_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def tokens(text: str) -> list[tuple[str, bool]]:
    """Return the pieces of a text, and of each whether it is a word."""
    parts = groupby(text, key=is_part_of_word)
    return [("".join(characters), is_word) for is_word, characters in parts]


def words_of(text: str) -> list[str]:
    # A word with the sign of the genitive is the word.
    plain = text.replace("'s ", " ").replace("’s ", " ")
    return [word for word, is_word in tokens(plain) if is_word]


@dataclass(frozen=True)
class Term:
    """A folded word to look for, or how one begins."""

    text: str
    is_beginning: bool = False

    def matches(self, word: str) -> bool:
        if self.is_beginning:
            return word.startswith(self.text)
        return word == self.text


# What one word of a phrase may be: any of these.
Group = tuple[Term, ...]


@dataclass(frozen=True)
class Words:
    """Words that an entry must have all of, one of each group."""

    groups: tuple[Group, ...]
    kind: str = ""
    in_names: bool = False


class Phrase:
    """What somebody typed."""

    def __init__(self, typed: str):
        plain = "".join(
            " " if unicodedata.category(character)[0] == "C" else character
            for character in typed
        )
        self.typed = " ".join(plain.split())
        self.is_cut = len(self.typed) > MAX_LENGTH
        self.typed = self.typed[:MAX_LENGTH].strip()
        self.folded = fold(self.typed)
        words = list(dict.fromkeys(words_of(f"{self.folded} ")))
        self.is_cut |= len(words) > MAX_WORDS
        self.words = words[:MAX_WORDS]

    def __bool__(self):
        return bool(self.words)

    @property
    def shorter(self) -> list[str]:
        """The words one by one, where there are several."""
        return self.words if len(self.words) > 1 else []

    @cached_property
    def whole_words(self) -> tuple[Group, ...]:
        return tuple(tuple(map(Term, forms(word))) for word in self.words)

    @cached_property
    def last_begun(self) -> tuple[Group, ...]:
        """The words, of which the last may go on."""
        *others, last = self.whole_words
        beginning = self.words[-1]
        if len(beginning) >= SHORTEST_BEGINNING:
            last = (*last, Term(beginning, is_beginning=True))
        return (*others, last)


def forms(word: str) -> list[str]:
    """Return a word with its English singular or plural."""
    other = f"{word}s"
    if len(word) < 4 or word.endswith("ss") or not word.isalpha():
        return [word]
    if word.endswith("ies"):
        other = f"{word[:-3]}y"
    elif word.endswith("s"):
        other = word[:-1]
    elif word.endswith("y"):
        other = f"{word[:-1]}ies"
    return [word, other]


def slips(word: str, other: str) -> int:
    """Return by how many letters two words differ; two swapped ones count as one."""
    before, row = [], list(range(len(other) + 1))
    for place, letter in enumerate(word, start=1):
        before, former, row = row, before, [place]
        for position, letter_of_other in enumerate(other, start=1):
            number = min(
                before[position] + 1,
                row[-1] + 1,
                before[position - 1] + (letter != letter_of_other),
            )
            is_swapped = (
                place > 1
                and position > 1
                and letter == other[position - 2]
                and word[place - 2] == letter_of_other
            )
            if is_swapped:
                number = min(number, former[position - 2] + 1)
            row.append(number)
    return row[-1]


def trigrams(sound: str) -> set[str]:
    return {sound[place : place + 3] for place in range(len(sound) - 2)}


def is_alike(sound: str, other: str) -> bool:
    """Tell whether two words share enough trigrams to be compared letter by letter."""
    ours, theirs = trigrams(sound), trigrams(other)
    return len(ours & theirs) >= SIMILAR * len(ours | theirs)


def allowed_slips(word: str) -> int:
    """Return how many slips a word of this length may have and still be meant."""
    return sum(len(word) >= length for length in LENGTHS_WITH_SLIPS)


def marked(text: str, groups: Iterable[Group]) -> list[tuple[str, bool]]:
    """Return the pieces of a text, and of each whether it was looked for."""
    terms = [term for group in groups for term in group]
    pieces = [
        (piece, is_word and is_wanted(piece, terms)) for piece, is_word in tokens(text)
    ]
    return [
        ("".join(piece for piece, _is_match in run), is_match)
        for is_match, run in groupby(pieces, key=lambda piece: piece[1])
    ]


def is_wanted(word: str, terms: Iterable[Term]) -> bool:
    folded = fold(word)
    return any(term.matches(folded) for term in terms)


def excerpt(text: str, groups: Iterable[Group]) -> str:
    """Return the part of a text around the first word that was looked for.

    Empty where none of them is in it.
    """
    terms = [term for group in groups for term in group]
    folded = fold(text)
    if not any(term.text in folded for term in terms):
        return ""
    place = 0
    for piece, is_word in tokens(text):
        if is_word and is_wanted(piece, terms):
            return cut(text, place)
        place += len(piece)
    return ""


def cut(text: str, place: int = 0) -> str:
    """Return about EXCEPT_LENGTH characters around a place, whole words only."""
    start = max(0, place - EXCERPT_LENGTH // 3)
    end = start + EXCERPT_LENGTH
    part = text[start:end]
    if start:
        part = "… " + part.partition(" ")[2]
    if end < len(text):
        part = part.rpartition(" ")[0] + " …"
    return " ".join(part.split())
