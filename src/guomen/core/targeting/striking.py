"""The compiled loop of scoring; importing this imports Numba, so it is done late."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numba import njit

# Which bit is set, by the top six bits of (bit * a de Bruijn number).
_DE_BRUIJN: Final = 0x03F79D71B4CB0A89
_BITS: Final = np.empty(64, dtype=np.int64)
for _place in range(64):
    _BITS[((_DE_BRUIJN << _place) & (2**64 - 1)) >> 58] = _place


@njit(cache=True, nogil=True)
def strike(
    features: Any,
    starts: Any,
    threshold: Any,
    tree: Any,
    keeps: Any,
    unknown_keeps: Any,
    leaves: Any,
    added: Any,
) -> None:  # pragma: no cover
    """Fill `added` with the sum of the leaves that are left of each tree, by row."""
    standing = np.empty(leaves.shape[0], dtype=np.uint64)
    for row in range(features.shape[0]):
        standing[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
        for j in range(features.shape[1]):
            value = features[row, j]
            if math.isnan(value):
                for at in range(starts[j], starts[j + 1]):
                    standing[tree[at]] &= unknown_keeps[at]
                continue
            for at in range(starts[j], starts[j + 1]):
                if value <= threshold[at]:
                    break
                standing[tree[at]] &= keeps[at]
        total = 0.0
        for number in range(standing.size):
            left = standing[number]
            first = left & (~left + np.uint64(1))
            total += leaves[number, _BITS[(first * np.uint64(_DE_BRUIJN)) >> np.uint64(58)]]
        added[row] = total
