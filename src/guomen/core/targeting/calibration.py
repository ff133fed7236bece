"""
From scores to chances that mean what they say: isotonic, with blocks that know how few they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from guomen.core.targeting.cells import Floats

# Scores are sorted into so many bins before the isotonic fit, which then has few steps.
BINS = 100
# A block is worth its own counts and so many tests of the mean score that stood there.
LEANS_ON = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A rising line of chances over scores; straight between its points, flat outside."""

    scores: tuple[float, ...]
    chances: tuple[float, ...]

    def __call__(self, score: Floats) -> Floats:
        """Return the chances of scores."""
        chance: Floats = np.interp(score, self.scores, self.chances)
        return chance


IDENTITY = Calibration(scores=(0.0, 1.0), chances=(0.0, 1.0))


def calibrated(score: Floats, found: Floats, weight: Floats | None = None) -> Calibration:
    """
    Return the isotonic calibration of scores by what was found, out of sample.

    Bins lean on their mean score, so that a bin without a find is not without risk.

    :param score: predictions made before the result was known
    :param weight: inverse chances of selection, or nothing
    """
    if score.size < 2 * BINS or not 0 < found.sum() < found.size:
        return IDENTITY
    weight = np.ones_like(score) if weight is None else weight
    order = np.argsort(score, kind="stable")
    edges = np.linspace(0, score.size, BINS + 1).astype(int)[:-1]
    sums = [np.add.reduceat(values[order], edges) for values in
            (weight, weight * score, weight * found)]  # fmt: skip
    mean = sums[1] / sums[0]
    rate = (sums[2] + LEANS_ON * mean) / (sums[0] + LEANS_ON)
    risen = scipy.optimize.isotonic_regression(rate, weights=sums[0]).x
    return _points(mean, np.asarray(risen, dtype=np.float64), sums[0])


def _points(score: Floats, chance: Floats, weight: Floats) -> Calibration:
    """Put a point at the middle of each block: steps become a line that still tells apart."""
    starts = np.flatnonzero(np.diff(chance, prepend=-1.0) > 0)
    total = np.add.reduceat(weight, starts)
    middles = np.add.reduceat(weight * score, starts) / total
    levels = np.add.reduceat(weight * chance, starts) / total
    keep = np.flatnonzero(np.diff(middles, prepend=-1.0) > 0)
    return Calibration(
        scores=(0.0, *middles[keep].tolist(), 1.0),
        chances=(float(levels[0]) / 2, *levels[keep].tolist(), max(float(levels[-1]), LEAST_TOP)),
    )


LEAST_TOP = 1e-6
