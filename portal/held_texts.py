"""Texts of records in memory, and which of them hold another text.

A text holds another one wherever that stands in it, in the middle of a word too, as
``LIKE '%…%'`` has it. All are folded, so none has a line break.
"""

import threading
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from .bits import packed, unpacked

# Stand before each text and after the last: of lines, and of rows of words.
BREAK = "\n"
NO_WORD = 0
# Bytes that are compared at all places; further ones where these are right.
FIRST = 3
# Words that are compared one by one; more are looked up in a table.
FEW_WORDS = 16
# Where one text in so many has a place, all texts are gone through.
MANY = 8
# Searches whose answers are kept: whoever adds a word to others looks for these again.
MOST_KEPT = 32


class HeldTexts(Protocol):
    def __init__(self, texts: Iterable[str]): ...

    def holding(self, part: str) -> np.ndarray:
        """Return the numbers of the texts that hold ``part``, some several times."""


class Lines:
    """Texts that are looked through from end to end: short ones, or few."""

    def __init__(self, texts: Iterable[str]):
        written = bytearray(BREAK, "utf-8")
        for text in texts:
            # One that was not folded may have a break, and stays one line.
            written += f"{text.replace(BREAK, ' ')}{BREAK}".encode()
        self.bytes = np.frombuffer(written, np.uint8)
        self.starts = starts_of(self.bytes, ord(BREAK))

    def holding(self, part: str) -> np.ndarray:
        # A BREAK in it stands for where a text begins, or ends.
        if part in ("", BREAK):
            return np.arange(len(self.starts))
        wanted = part.encode()
        number = max(0, len(self.bytes) - len(wanted) + 1)
        is_place = np.ones(number, bool)
        for distance, byte in enumerate(wanted[:FIRST]):
            is_place &= self.bytes[distance : distance + number] == byte
        if len(wanted) <= FIRST:
            return texts_with(is_place, self.starts)
        places = np.flatnonzero(is_place)
        for distance, byte in enumerate(wanted[FIRST:], FIRST):
            places = places[self.bytes[places + distance] == byte]
        return texts_at(places, self.starts)


class Phrases:
    """Texts as numbers of their words, of which many have the same ones.

    A part of a text is the end of a word, whole words, and the beginning of a word in
    a row; or it stands within one.
    """

    def __init__(self, texts: Iterable[str]):
        numbers = defaultdict(lambda: len(numbers) + 1)
        found = array("i", [NO_WORD])
        for text in texts:
            found.extend(map(numbers.__getitem__, text.split(" ")))
            found.append(NO_WORD)
        self.words = Lines(numbers)
        self.numbers = np.array(found, np.min_scalar_type(len(numbers)))
        self.starts = starts_of(self.numbers, NO_WORD)

    def holding(self, part: str) -> np.ndarray:
        first, *others = forms(part.split(" "))
        is_place = self.are_holding(first, self.numbers)
        if not others:
            return texts_with(is_place, self.starts)
        places = np.flatnonzero(is_place)
        for distance, form in enumerate(others, 1):
            if len(places):
                is_next = self.are_holding(form, self.numbers[places + distance])
                places = places[is_next]
        return texts_at(places, self.starts)

    def are_holding(self, form: str, numbers: np.ndarray) -> np.ndarray:
        """Tell which of ``numbers`` are of words that hold ``form``; not NO_WORD."""
        found = self.words.holding(form) + 1
        if len(found) > FEW_WORDS:
            is_holding = np.zeros(len(self.words.starts) + 1, bool)
            is_holding[found] = True
            return is_holding[numbers]
        is_holding = np.zeros(len(numbers), bool)
        for number in found.tolist():
            is_holding |= numbers == number
        return is_holding


def starts_of(sequence: np.ndarray, stop: int) -> np.ndarray:
    """Return where the stop before each text is."""
    return np.flatnonzero(sequence == stop)[:-1].astype(np.int32)


def texts_at(places: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return in which text each of a few places is."""
    return np.searchsorted(starts, places.astype(np.int32), "right") - 1


def texts_with(is_place: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the texts with any of the places for which a condition is true."""
    places = np.flatnonzero(is_place)
    if len(places) * MANY <= len(starts) or len(is_place) <= starts[-1]:
        return texts_at(places, starts)
    return np.flatnonzero(np.logical_or.reduceat(is_place, starts))


def forms(words: Sequence[str]) -> list[str]:
    """Return what words in a row have to hold, each in a line of its own."""
    if len(words) == 1:
        return list(words)
    first, *between, last = words
    whole = [f"{BREAK}{word}{BREAK}" for word in between]
    return [f"{first}{BREAK}", *whole, f"{BREAK}{last}"]


class TextsByPosition:
    """The texts of records that have positions, and those that changed meanwhile."""

    def __init__(self, size: int):
        self.size = size
        self.parts: list[tuple[HeldTexts, np.ndarray]] = []
        self.changed: dict[int, Sequence[str]] = {}
        # Bits of what holds a text among the parts, which stay as they are.
        self.kept: dict[str, np.ndarray] = {}
        self.lock = threading.Lock()

    def add(self, texts: HeldTexts, positions: np.ndarray) -> None:
        """Take in texts with the positions of their records, -1 of unknown ones.

        That is before anything is asked.
        """
        self.parts.append((texts, positions.astype(np.int32)))

    def holding(self, part: str) -> np.ndarray:
        """Tell of each position whether a text there holds ``part``."""
        found = unpacked(self.bits_among_parts(part))[: self.size]
        # Copied at once, because others may change while this goes on.
        for position, own in list(self.changed.items()):
            found[position] = any(part in text for text in own)
        return found

    def bits_among_parts(self, part: str) -> np.ndarray:
        """Return what holds a text among the parts, as it was found at first."""
        with self.lock:
            bits = self.kept.pop(part, None)
        if bits is None:
            bits = packed(self.among_parts(part))
        with self.lock:
            if len(self.kept) >= MOST_KEPT:
                # The one that nobody asked for the longest.
                del self.kept[next(iter(self.kept))]
            self.kept[part] = bits
        return bits

    def among_parts(self, part: str) -> np.ndarray:
        # At the end there is one more, for the unknown.
        found = np.zeros(self.size + 1, bool)
        for texts, positions in self.parts:
            found[positions[texts.holding(part)]] = True
        return found[: self.size]
