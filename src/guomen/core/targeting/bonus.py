"""
A bonus for the unfamiliar: goods of which little is known count as worse than their mean.

The index of a cell is an upper quantile of its posterior, which comes close to the Gittins index
(Brezzi and Lai 2002) and, at failure rates near zero, keeps the skewness that a normal form
loses. Tests that are planned and not yet known narrow it, so that one day does not spend
everything on one unknown.
"""

from __future__ import annotations

import numpy as np

from guomen.core.targeting.cells import Floats

# Below so many expected failures the closed form of the quantile no longer holds.
LEAST_FOUND = 0.3


def optimistic(mean: Floats, strength: Floats, z: float) -> Floats:
    """
    Return the index: the quantile at ``z`` standard deviations, as of a gamma.

    Wilson and Hilferty's cube (1931).

    :param strength: what the mean is worth in tests, with those planned and still open
    """
    # A gamma of the beta's mean and variance: the same near zero, less wide where much fails.
    a = np.maximum(mean * strength / (1.0 - mean), LEAST_FOUND)
    root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * np.sqrt(a))
    index: Floats = np.minimum(mean * np.maximum(root, 0.0) ** 3, 1.0)
    return index


def factor(mean: Floats, strength: Floats, z: float) -> Floats:
    """Return by how much the index exceeds the mean; never below 1: not knowing is no merit."""
    ratio: Floats = np.maximum(optimistic(mean, strength, z) / mean, 1.0)
    return ratio
