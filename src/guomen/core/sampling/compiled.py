"""
Compiled loops over many lots; importing this imports Numba, so it is done late.

Compiled code is kept on disk, and ``warm`` compiles it before the first lot
waits. Answers are those of ``kernels``, of which these are the loops.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from guomen.core.sampling import kernels

_perfect = njit(cache=True)(kernels.least_n_perfect)
_imperfect = njit(cache=True)(kernels.least_n_imperfect)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@njit(cache=True)
def perfect(lot: Ints, infested: Ints, miss: Floats, n: Ints, near: Any) -> None:
    """Fill `n` and `near` for perfect detection."""
    for i in range(lot.size):
        n[i], near[i] = _perfect(lot[i], infested[i], miss[i])


@njit(cache=True)
def imperfect(lot: Ints, infested: Ints, miss: Floats, slip: Floats, n: Ints, near: Any) -> None:
    """Fill `n` and `near` where a unit may slip through."""
    for i in range(lot.size):
        n[i], near[i] = _imperfect(lot[i], infested[i], miss[i], slip[i])


def warm() -> None:
    """Compile every loop now."""
    ints, floats = np.array([100]), np.array([0.05])
    n, near = np.empty(1, np.int64), np.empty(1, np.bool_)
    perfect(ints, np.array([5]), floats, n, near)
    imperfect(ints, np.array([5]), floats, np.array([0.1]), n, near)
