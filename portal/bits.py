"""Conditions on many records as bits: eight in a byte, and 64 in a word."""

import numpy as np


def packed(condition: np.ndarray) -> np.ndarray:
    return np.packbits(condition, bitorder="little")


def unpacked(bits: np.ndarray) -> np.ndarray:
    return np.unpackbits(bits, bitorder="little").view(bool)


def words(bits: np.ndarray) -> np.ndarray:
    return bits.view(np.uint64)
