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
            stretches, unsettled = self.in_order(order)
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
            parts, unsettled = self.in_order(order)
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
        """Return the keys of the records that stand next behind a record, or before it.

        Those before it come in the order in which one meets them going back. ``edge`` is
        the key of a record of the index; None where the list begins, or ends.
        """
        with self.index.lock:
            is_settled, unsettled = self.parted()
            positions = self.index.in_order(order)
            if edge is not None:
                at = self.index.position(edge)
                unsettled = self.beyond(at, unsettled, order, backwards=backwards)
                if at in self.index.unsettled:
                    positions = self.beyond(at, positions, order, backwards=backwards)
                else:
                    (place,) = np.flatnonzero(positions == at)
                    positions = (
                        positions[:place] if backwards else positions[place + 1 :]
                    )
            step = -1 if backwards else 1
            parts = until(number, stretches(positions[::step], is_settled))
            settled = np.concatenate(list(parts))[:number]
            found = self.index.merged(settled[::step], unsettled, order)
            return self.index.keys[found[::step][:number]].tolist()

    def beyond(
        self, edge: int, positions: np.ndarray, order: Sorting, *, backwards: bool
    ) -> np.ndarray:
        """Return which of some positions stand behind that of a record, or before it."""
        positions = positions[positions != edge]
        sort_keys = self.index.sort_keys(np.append(positions, edge), order)
        others, own = sort_keys[:-1], sort_keys[-1]
        return positions[others < own if backwards else others > own]

    def in_order(self, order: Sorting) -> tuple[Iterator[np.ndarray], np.ndarray]:
        """Return positions sorted, one stretch after another, and those unsettled."""
        is_settled, unsettled = self.parted()
        return stretches(self.index.in_order(order), is_settled), unsettled

    def parted(self) -> tuple[np.ndarray, np.ndarray]:
        """Tell of each position whether it is settled, and return those unsettled."""
        is_settled = unpacked(self.mask.view(np.uint8))
        unsettled = np.fromiter(self.index.unsettled, np.int64)
        unsettled = unsettled[is_settled[unsettled]]
        is_settled[unsettled] = False
        return is_settled, unsettled


def stretches(positions: np.ndarray, is_selected: np.ndarray) -> Iterator[np.ndarray]:
    """Yield those of some positions that are selected, if only none."""
    for start in range(0, max(len(positions), 1), STRETCH):
        stretch = positions[start : start + STRETCH]
        yield stretch[is_selected[stretch]]


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
