"""The records of an index in memory that have the most points for their terms."""

from collections.abc import Mapping

import numpy as np

from .bits import unpacked, words
from .selection import Selection, Sorting

Points = Mapping[tuple[str, str], int]


def best_keys(
    selection: Selection, points: Points, more: Points, order: Sorting, number: int
) -> list[int]:
    """Return the keys of the records that score most; ties stand in an order.

    A record scores the points of all terms that it has; those of ``more`` only add to
    others. Terms are facet and value; the index need not know them.
    """
    index = selection.index
    with index.lock:
        scores = scored(selection, points)
        positions = np.flatnonzero(scores)
        scores = (scores + scored(selection, more))[positions]
        if number < len(positions):
            lowest = np.partition(scores, -number)[-number]
            is_high = scores >= lowest
            positions, scores = positions[is_high], scores[is_high]
        turns = np.lexsort((index.sort_keys(positions, order), -scores))
        return index.keys[positions[turns[:number]]].tolist()


def scored(selection: Selection, points: Points) -> np.ndarray:
    """Return what each record of the index scores; nothing where it is not selected."""
    index = selection.index
    scores = np.zeros(len(index.keys), np.int32)
    for term, number in points.items():
        if term in index.rows:
            held = words(index.bits[index.rows[term]]) & selection.mask
            scores += unpacked(held.view(np.uint8)) * np.int32(number)
    return scores
