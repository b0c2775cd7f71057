"""A page of a list from an index in memory, found by a cursor as the database would."""

from collections.abc import Sequence

import numpy as np

from .bits import unpacked
from .selection import Selection, Sorting


def keys_beyond(
    selection: Selection,
    order: Sorting,
    edge: int | None,
    number: int,
    *,
    backwards: bool,
) -> Sequence[int]:
    """Return the keys of the records that stand next behind a record, or before it.

    Those before it come in the order in which one meets them going back. ``edge`` is
    the key of a record of the index; None where the list begins, or ends.
    """
    index = selection.index
    positions = np.flatnonzero(unpacked(selection.mask.view(np.uint8)))
    with index.lock:
        sort_keys = selection.sort_keys(positions, order)
        if edge is not None:
            at = np.array([index.position(edge)])
            (place,) = selection.sort_keys(at, order)
            is_beyond = sort_keys < place if backwards else sort_keys > place
            positions, sort_keys = positions[is_beyond], sort_keys[is_beyond]
        if backwards:
            sort_keys = -sort_keys
        if number < len(positions):
            first = np.argpartition(sort_keys, number)[:number]
            positions, sort_keys = positions[first], sort_keys[first]
        return index.keys[positions[np.argsort(sort_keys)]].tolist()
