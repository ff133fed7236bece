"""
Sparing a baseline its own outbreaks without blaming chance for them.

Residual weights cut natural tails too, the more the more skewed the counts are,
and so shrink the dispersion. Here a week is cut only when a negative binomial finds it
surprising, and what chance loses by it is given back. Not for parity: the
reference does neither (``quasi.reweighted``).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammainccinv, ndtr, ndtri

from guomen.core.surveillance.bounds import mid_p
from guomen.core.surveillance.quasi import Fit, Found, Points, profiled
from guomen.core.surveillance.series import Flags, Floats

# Shapes of the gamma law that stands in for the counts, up to the normal; below the first it says
# too little of counts that are nearly all zero.
SHAPES: Final = np.geomspace(0.2, 2e4, 61)
NODES: Final = 400
# Counts are skewed to the right: what surprises them is this far out for a normal too.
NEARLY: Final = 0.8


@dataclass(frozen=True, slots=True)
class Plain:
    """Baselines that are read into tables and fitted together."""

    points: Points

    @property
    def years(self) -> int:
        """Return how many years speak."""
        return self.points.template.years

    def __getitem__(self, rows: Flags) -> Plain:
        """Return some of the points."""
        return Plain(self.points[rows])

    def summed(self, *, trend: bool, threshold: float | None) -> Found:
        """Fit and, if a threshold is given, spare the outbreaks above it and fit again."""
        points = self.points
        fit = profiled(points, points.known.astype(np.float64), trend)
        if threshold is not None:
            dispersion = np.fmax(fit.pearson(points), 1.0)
            spared = weights(points, fit, dispersion=dispersion, threshold=threshold)
            fit = profiled(points, spared, trend)
        return fit.summed(points)


def weights(points: Points, fit: Fit, *, dispersion: Floats, threshold: float) -> Floats:
    """Return s^-2 for weeks whose normal score s of the mid-p exceeds the threshold, else 1."""
    mean = fit.mean
    spread = dispersion[:, None] * mean
    # Mid-p is dear: ask it only where the count is far out even for a normal.
    over = points.counts - mean
    far = (over**2 > (NEARLY * threshold) ** 2 * spread) & (over > 0) & (mean > 0) & points.known
    score = np.zeros(mean.shape)
    chance = mid_p(points.counts[far], mean[far], spread[far])
    score[far] = -ndtri(np.maximum(chance, 1e-300))
    cut = score > threshold
    table = points.known.astype(np.float64)
    table[cut] = score[cut] ** -2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.nan_to_num(points.known.sum(axis=1) / table.sum(axis=1))
    scaled: Floats = table * scale[:, None]
    return scaled


@functools.lru_cache(maxsize=16)
def _kept(threshold: float) -> Floats:
    """Return the share of the dispersion that weighting leaves, for each of the shapes."""
    cut = float(ndtr(-threshold))
    edges = cut * np.geomspace(1.0, 1e-9, NODES + 1)
    middle, width = np.sqrt(edges[1:] * edges[:-1]), edges[:-1] - edges[1:]
    weight = ndtri(middle) ** -2.0
    value = gammainccinv(SHAPES[:, None], middle)
    squares = (value - SHAPES[:, None]) ** 2 / SHAPES[:, None]
    lost = (squares * (1.0 - weight) * width).sum(axis=1)
    kept: Floats = (1.0 - lost) / (1.0 - ((1.0 - weight) * width).sum())
    return kept


def restored(dispersion: Floats, mean: Floats, *, threshold: float) -> Floats:
    """Return the dispersion that leaves `dispersion` after weighting, at this mean count."""
    kept = _kept(threshold)
    found = dispersion
    for _ in range(4):
        with np.errstate(divide="ignore", invalid="ignore"):
            shape = np.log(np.clip(mean / found, SHAPES[0], SHAPES[-1]))
        found = dispersion / np.interp(np.nan_to_num(shape), np.log(SHAPES), kept)
    return found
