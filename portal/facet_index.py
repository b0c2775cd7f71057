"""Which records have which terms: one bit for each record and term, in memory.

Counting all options of all filters is then a population count, 64 records at a time;
the same answers take a database seconds. What is read from the database, and what is
kept up to date how, is said by the app whose records they are.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .bits import packed, unpacked, words
from .held_texts import HeldTexts, TextsByPosition
from .selection import Selection, Sorting

# Stands for a number that is not stated: greater than any other, so that it sorts last.
NO_NUMBER = 2**31 - 1
WORD = 64
# Records that can be added before the index has to be built anew.
SPARE = 64 * WORD
# Orders of all records that are kept, and how many of these may have another place by
# now before they are made anew.
MOST_ORDERS = 6
MOST_UNSETTLED = 500
# Records whose texts may change before the index has to be built anew.
MOST_TEXTS_CHANGED = 2_000


class NoRoomError(Exception):
    """The index has to be built anew to take in a change."""


class FacetIndex:
    """Records by position: their keys, their terms as bits, their numbers as columns.

    ``keys`` ascend. ``facets`` names the values that each facet can have. Of
    ``columns``, whole numbers below NO_NUMBER, records are sorted by those of the same
    name, and ``ties`` settles which of two equal ones comes first. Every method is safe
    to call from several threads; what takes several to say of a record is said under
    ``lock``.
    """

    def __init__(
        self,
        keys: np.ndarray,
        facets: Mapping[str, Sequence[str]],
        columns: Mapping[str, np.ndarray],
        ties: str,
    ):
        self.lock = threading.RLock()
        self.size = len(keys)
        capacity = -(-(self.size + SPARE) // WORD) * WORD
        self.keys = np.zeros(capacity, np.int64)
        self.keys[: self.size] = keys
        # Those that come later are in ``added``. No key is 0.
        self.ascending = self.keys[: self.size]
        self.added: dict[int, int] = {}
        self.rows: dict[tuple[str, str], int] = {}
        self.facets: dict[str, slice] = {}
        for name, values in facets.items():
            start = len(self.rows)
            self.rows |= {(name, v): start + n for n, v in enumerate(values)}
            self.facets[name] = slice(start, start + len(values))
        self.values = [value for _facet, value in self.rows]
        self.bits = np.zeros((len(self.rows), capacity // 8), np.uint8)
        self.present = np.zeros(capacity // 8, np.uint8)
        self.present[:] = packed(np.arange(capacity) < self.size)
        self.columns = {
            name: np.full(capacity, NO_NUMBER, np.int32) for name in columns
        }
        for name, numbers in columns.items():
            self.columns[name][: self.size] = numbers
        self.ties = ties
        # All positions sorted, but for those that may stand elsewhere by now.
        self.orders: dict[Sorting, np.ndarray] = {}
        self.unsettled: set[int] = set()
        # Whoever sorts or turns pages keeps the filters.
        self.counted: dict[tuple[str, bytes], list[int]] = {}
        self.texts = TextsByPosition(capacity)
        # What its terms were made of, for who keeps it up to date.
        self.made_of: object = None

    # Filling

    def positions(self, keys: np.ndarray) -> np.ndarray:
        """Return the position of each key; -1 for those that are not there."""
        # After the last of them there is room for others.
        places = np.searchsorted(self.ascending, keys)
        is_found = self.keys[places] == keys
        positions = np.where(is_found, places, -1)
        for place in np.flatnonzero(~is_found) if self.added else ():
            positions[place] = self.added.get(int(keys[place]), -1)
        return positions

    def position(self, key: int) -> int | None:
        found = int(self.positions(np.array([key]))[0])
        return None if found < 0 else found

    def rank(self, column: str, key: int) -> int:
        """Return the rank of a record; NoRoomError where it is not there by now."""
        position = self.position(key)
        if position is None or not self.present[position >> 3] >> (position & 7) & 1:
            raise NoRoomError
        return int(self.columns[column][position])

    def mark(self, rows: np.ndarray, keys: np.ndarray) -> None:
        """Give records terms, as rows of the table of bits; unknown keys are left out.

        That is before anything is asked.
        """
        positions = self.positions(keys)
        is_known = positions >= 0
        rows, positions = rows[is_known], positions[is_known]
        bits = np.left_shift(1, positions & 7).astype(np.uint8)
        np.bitwise_or.at(self.bits, (rows, positions >> 3), bits)

    def hold(self, kind: type[HeldTexts], rows: Iterable[tuple[int, str]]) -> None:
        """Let records be found by texts, each with its key.

        That is before anything is asked.
        """
        keys = array("q")
        # Each key is noted as its text is read.
        texts = kind(keys.append(key) or text for key, text in rows)
        self.texts.add(texts, self.positions(np.frombuffer(keys, np.int64)))

    def mark_where(self, facet: str, value: str, condition: np.ndarray) -> None:
        """Let a term be that of the records for which ``condition`` is true."""
        with self.lock:
            self.counted.clear()
            self.bits[self.rows[facet, value]] = packed(condition) & self.present

    def require_room(self, keys: Iterable[int]) -> None:
        """Raise NoRoomError where not all of these records can be put."""
        positions, changed = [self.position(key) for key in keys], self.texts.changed
        is_full = self.size + positions.count(None) > len(self.keys)
        more = sum(position not in changed for position in positions)
        if is_full or len(changed) + more > MOST_TEXTS_CHANGED:
            raise NoRoomError

    def put(
        self,
        key: int,
        terms: Iterable[int],
        numbers: Mapping[str, int],
        texts: Sequence[str] = (),
    ) -> None:
        """Add a record, or say anew what is known of it."""
        with self.lock:
            self.require_room([key])
            position = self.position(key)
            if position is None:
                position = self.size
                self.keys[position] = key
                self.added[key] = position
                self.size += 1
            self.counted.clear()
            self.texts.changed[position] = texts
            byte, bit = position >> 3, np.uint8(1 << (position & 7))
            self.bits[:, byte] &= ~bit
            self.bits[list(terms), byte] |= bit
            self.present[byte] |= bit
            for name, number in numbers.items():
                self.columns[name][position] = number
            self.unsettle(position)

    def drop(self, key: int) -> None:
        """Take a record out, if it is there; it keeps its position."""
        with self.lock:
            position = self.position(key)
            if position is not None:
                self.counted.clear()
                byte, bit = position >> 3, np.uint8(1 << (position & 7))
                self.bits[:, byte] &= ~bit
                self.present[byte] &= ~bit

    def unsettle(self, position: int) -> None:
        """Let a record find its place in the orders anew, each time it is asked for."""
        self.unsettled.add(position)
        if len(self.unsettled) > MOST_UNSETTLED:
            self.orders.clear()
            self.unsettled.clear()

    def share_rank(self, column: str, key: int, other: int) -> None:
        """Place a record, which was put there already, beside another one."""
        with self.lock:
            self.columns[column][self.position(key)] = self.rank(column, other)
            self.unsettle(self.position(key))

    def set_rank(self, column: str, key: int, lower: int | None) -> None:
        """Place a record, which was put there already, after another or before all.

        Where there is no place between two, NoRoomError says so, and it stands beside
        the other one.
        """
        ranks = self.columns[column]
        with self.lock:
            low = 0 if lower is None else self.rank(column, lower)
            others = ranks[unpacked(self.present)]
            high = int(np.min(others[others > low], initial=NO_NUMBER))
            ranks[self.position(key)] = (low + high) // 2
            self.unsettle(self.position(key))
            if high - low < 2:
                raise NoRoomError

    # Asking

    def everything(self) -> Selection:
        return Selection(self, words(self.present).copy())

    def having(self, facet: str, values: Iterable[str], *, every=False) -> np.ndarray:
        """Return the records with one of the values, or with every one, as words."""
        terms = [(facet, value) for value in values]
        rows = [self.rows[term] for term in terms if term in self.rows]
        if every and len(rows) < len(terms):
            # No record of this index has a value that came later.
            return np.zeros_like(words(self.present))
        combine = np.bitwise_and if every else np.bitwise_or
        with self.lock:
            return combine.reduce(words(self.bits)[rows], axis=0)

    def between(self, column: str, low: int = 0, high: int = NO_NUMBER - 1):
        """Return the records whose number is from ``low`` to ``high``, as words."""
        numbers = self.columns[column]
        with self.lock:
            return words(packed((numbers >= low) & (numbers <= high)))

    def among(self, keys: Iterable[int]) -> np.ndarray:
        """Return the records with these keys as words; unknown ones are left out."""
        condition = np.zeros(len(self.keys), bool)
        positions = self.positions(np.fromiter(keys, np.int64))
        condition[positions[positions >= 0]] = True
        return words(packed(condition))

    def holding(self, part: str) -> np.ndarray:
        """Return the records with a text that holds ``part``, as words."""
        return words(packed(self.texts.holding(part)))

    def terms(
        self, named: Iterable[Mapping[tuple[str, str], Any]], keys: Sequence[int]
    ) -> list[list[list[Any]]]:
        """Return what the terms that records have are called.

        Each of ``named`` has some terms, as facet and value, with their names in the
        order wanted. For each there is a list of names for each record.
        """
        named = list(named)
        found = zip(self.held(named, keys), named, strict=True)
        return [held.named(list(names.values())) for held, names in found]

    def held(
        self, several: Iterable[Iterable[tuple[str, str]]], keys: Sequence[int]
    ) -> list[HeldTerms]:
        """Return which of several lists of terms, as facet and value, records have."""
        with self.lock:
            positions = self.positions(np.fromiter(keys, np.int64, len(keys)))
            return [
                self.held_at([self.rows[term] for term in terms], positions)
                for terms in several
            ]

    def sort_keys(self, positions: np.ndarray, order: Sorting) -> np.ndarray:
        """Return numbers that sort these records; no two of them are equal."""
        numbers = self.columns[order.column][positions].astype(np.int64)
        if order.descending:
            is_stated = numbers != NO_NUMBER
            numbers[is_stated] = NO_NUMBER - 1 - numbers[is_stated]
        if order.ties_by_key:
            ties = np.argsort(np.argsort(self.keys[positions]))
        else:
            ties = self.columns[self.ties][positions]
        return (numbers << 31) | ties

    def merged(
        self, settled: np.ndarray, others: np.ndarray, order: Sorting
    ) -> np.ndarray:
        """Return records that stand in an order together with a few that do not."""
        if not len(others):
            return settled
        sort_keys = self.sort_keys(np.append(settled, others), order)
        settled_keys, keys = np.split(sort_keys, [len(settled)])
        turns = np.argsort(keys)
        places = np.searchsorted(settled_keys, keys[turns])
        return np.insert(settled, places, others[turns])

    def in_order(self, order: Sorting) -> np.ndarray:
        """Return all positions sorted, but for those that are unsettled."""
        positions = self.orders.pop(order, None)
        if positions is None:
            if len(self.orders) == MOST_ORDERS:
                # The one that nobody asked for the longest.
                del self.orders[next(iter(self.orders))]
            sort_keys = self.sort_keys(np.arange(self.size), order)
            positions = np.argsort(sort_keys).astype(np.int32)
        self.orders[order] = positions
        return positions

    def held_at(self, rows: list[int], positions: np.ndarray) -> HeldTerms:
        # In steps that each go through one block of memory, a quarter of the time of
        # what would fit on one line.
        starts = np.array(rows, np.int64) * self.bits.shape[1]
        held = self.bits.reshape(-1).take(starts[:, None] + (positions >> 3))
        held &= np.left_shift(1, positions & 7).astype(np.uint8)
        places = np.flatnonzero(np.ascontiguousarray(held.T) != 0)
        records, terms = np.divmod(places, len(rows))
        ends = np.cumsum(np.bincount(records, minlength=len(positions)))
        return HeldTerms(terms.tolist(), [0, *ends.tolist()])


class HeldTerms(NamedTuple):
    """Terms that records have, by their places in a list of terms."""

    places: list[int]
    # Where those of a record begin and end among the places.
    bounds: list[int]

    def named(self, names: Sequence[Any]) -> list[list[Any]]:
        """Return the names of the terms of each record."""
        flat = list(map(names.__getitem__, self.places))
        return [flat[start:end] for start, end in pairwise(self.bounds)]

    def joined(
        self, names: Sequence[str], join: Callable[[Iterable[str]], str]
    ) -> list[str]:
        """Return the names of the terms of each record as one text."""
        flat = list(map(names.__getitem__, self.places))
        return [join(flat[start:end]) for start, end in pairwise(self.bounds)]


def ranked(keys_in_order: np.ndarray, is_new: np.ndarray, keys: np.ndarray):
    """Return for each of ``keys`` its rank, with room between two for others.

    ``keys_in_order`` are the same keys sorted; where ``is_new`` is false, a key is
    equal to the one before it and shares its rank.
    """
    gap = (NO_NUMBER - 1) // (len(keys) + 1)
    ranks = np.cumsum(is_new).astype(np.int64) * gap
    places = np.argsort(keys_in_order)
    return ranks[places[np.searchsorted(keys_in_order, keys, sorter=places)]]
