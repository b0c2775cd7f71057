"""The records of an index that filters leave: how many, with which terms, in order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .bits import unpacked, words

if TYPE_CHECKING:
    from .facet_index import FacetIndex

# Words counted at a time, few enough to stay in the cache of a processor.
BLOCK = 1 << 15
# Where only one word in so many has any records, the others are left out.
SPARSE = 8
# Where one word in so many has any, only these records are sorted, unless the
# order of all is kept already.
RARE = 50
# Records of an order that are looked through at a time.
STRETCH = 1 << 14
# Counts that are kept, each of one facet and one selection.
MOST_COUNTS = 256


class Sorting(NamedTuple):
    """By which column records are sorted; what is not stated comes last both ways."""

    column: str
    descending: bool = False
    # Else ties stand as the index says.
    ties_by_key: bool = False


class Selection:
    """The records that filters leave, and what can be asked of them."""

    def __init__(self, index: FacetIndex, mask: np.ndarray):
        self.index = index
        self.mask = mask

    def narrowed(self, mask: np.ndarray) -> Selection:
        return Selection(self.index, self.mask & mask)

    def count(self) -> int:
        return int(np.bitwise_count(self.mask).sum())

    @cached_property
    def places(self) -> np.ndarray:
        """Return where there are words with any of these records."""
        return np.flatnonzero(self.mask)

    @cached_property
    def digest(self) -> bytes:
        return blake2b(self.mask, digest_size=16).digest()

    def counts(self, facet: str) -> dict[str, int]:
        """Return how many of these records have each value of a facet."""
        rows, kept = self.index.facets[facet], self.index.counted
        with self.index.lock:
            numbers = kept.get((facet, self.digest))
            if numbers is None:
                if len(kept) >= MOST_COUNTS:
                    del kept[next(iter(kept))]
                numbers = kept[facet, self.digest] = self.counted_anew(rows)
        return dict(zip(self.index.values[rows], numbers, strict=True))

    def counted_anew(self, rows: slice) -> list[int]:
        table, mask, numbers = words(self.index.bits[rows]), self.mask, []
        if len(self.places) * SPARSE < len(mask):
            table, mask = table[:, self.places], mask[self.places]
        step = max(1, BLOCK // max(1, len(mask)))
        for start in range(0, len(table), step):
            common = np.bitwise_count(table[start : start + step] & mask)
            numbers += common.sum(axis=1, dtype=np.uint32).tolist()
        return numbers

    def keys(self, order: Sorting, start: int, stop: int) -> list[int]:
        """Return the keys of the records from ``start`` to ``stop`` in an order."""
        with self.index.lock:
            stretches, unsettled = self.in_stretches(order)
            # Each of the unsettled ones may be among those before.
            skipped = max(0, start - len(unsettled))
            settled = np.concatenate(list(until(stop, stretches)))[skipped:stop]
            found = self.index.merged(settled, unsettled, order)
            return self.index.keys[found[start - skipped : stop - skipped]].tolist()

    def keys_in_batches(
        self, order: Sorting, first: int, size: int
    ) -> Iterator[list[int]]:
        """Yield the keys of all these records in an order, as it is now.

        The first batch is of another size.
        """
        with self.index.lock:
            parts, unsettled = self.in_stretches(order)
            if len(unsettled):
                settled = np.concatenate(list(parts))
                parts = iter([self.index.merged(settled, unsettled, order)])
        # A position keeps its key, whatever changes meanwhile.
        keys = self.index.keys
        for positions in batches(parts, first, size):
            yield keys[positions].tolist()

    def keys_beyond(
        self, order: Sorting, edge: int | None, number: int, *, backwards: bool
    ) -> list[int]:
        """Return the keys of the records next behind a record, or next before it.

        Those before it come in the order in which one meets them going back. ``edge``
        is the key of a record of the index; None where the list begins, or ends.
        """
        index = self.index
        with index.lock:
            positions, is_wanted, unsettled = self.in_order(order)
            if edge is not None:
                at = index.position(edge)
                unsettled = self.beyond(at, unsettled, order, backwards=backwards)
                place = np.flatnonzero(positions == at)
                if at in index.unsettled or not len(place):
                    positions = self.beyond(at, positions, order, backwards=backwards)
                elif backwards:
                    positions = positions[: place[0]]
                else:
                    positions = positions[place[0] + 1 :]
            step = -1 if backwards else 1
            parts = until(number, stretches(positions[::step], is_wanted))
            settled = np.concatenate(list(parts))[:number]
            found = index.merged(settled[::step], unsettled, order)
            return index.keys[found[::step][:number]].tolist()

    def beyond(
        self, edge: int, positions: np.ndarray, order: Sorting, *, backwards: bool
    ) -> np.ndarray:
        """Return which positions stand behind that of a record, or before it."""
        positions = positions[positions != edge]
        sort_keys = self.index.sort_keys(np.append(positions, edge), order)
        others, own = sort_keys[:-1], sort_keys[-1]
        return positions[others < own if backwards else others > own]

    def in_stretches(self, order: Sorting) -> tuple[Iterator[np.ndarray], np.ndarray]:
        """Return these records sorted, a stretch at a time, and those unsettled."""
        positions, is_wanted, unsettled = self.in_order(order)
        return stretches(positions, is_wanted), unsettled

    def in_order(self, order: Sorting) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return positions sorted, which of all are wanted of them, and the unsettled.

        The unsettled ones are those of these records that the order may have elsewhere.
        """
        index, is_wanted = self.index, unpacked(self.mask.view(np.uint8))
        if order not in index.orders and len(self.places) * RARE < len(self.mask):
            positions = np.flatnonzero(is_wanted)
            turns = np.argsort(index.sort_keys(positions, order))
            return positions[turns], is_wanted, np.empty(0, np.int64)
        unsettled = np.fromiter(index.unsettled, np.int64)
        unsettled = unsettled[is_wanted[unsettled]]
        is_wanted[unsettled] = False
        return index.in_order(order), is_wanted, unsettled


def stretches(positions: np.ndarray, is_wanted: np.ndarray) -> Iterator[np.ndarray]:
    """Yield those of some positions that are wanted, if only none."""
    for start in range(0, max(len(positions), 1), STRETCH):
        stretch = positions[start : start + STRETCH]
        yield stretch[is_wanted[stretch]]


def batches(parts: Iterator[np.ndarray], first: int, size: int) -> Iterator[np.ndarray]:
    """Yield the positions of several parts anew, ``first`` of them and then ``size``."""
    waiting, wanted = np.empty(0, np.int32), first
    for part in parts:
        waiting = np.append(waiting, part)
        while len(waiting) >= wanted:
            yield waiting[:wanted]
            waiting, wanted = waiting[wanted:], size
    if len(waiting):
        yield waiting


def until(number: int, stretches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield as many stretches as hold a number of positions, if there are so many."""
    found = 0
    for stretch in stretches:
        yield stretch
        found += len(stretch)
        if found >= number:
            return
