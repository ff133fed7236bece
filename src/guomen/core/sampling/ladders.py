"""
Acceptance and rejection numbers for several small samples in a row.

For large lots a single plan's curve depends on its acceptance number alone, and
a multiple plan's on its ladder of numbers and the ratio of its samples to the
single one. So one search per acceptance number serves every sample size. Not a
printed table: what comes out is a design.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, gammaln

Ladder = tuple[tuple[int, ...], tuple[int, ...]]

_SHARES: Final = (0.95, 0.50, 0.10)
_FACTORIALS: Final = gammaln(np.arange(1, 202))


@lru_cache(maxsize=256)
def best(ac: int, stages: int, close: float) -> tuple[Ladder, float]:
    """
    Return the ladder that matches acceptance number `ac`, and each sample's share of the single n.

    Among ladders whose acceptance differs by at most `close` at the 95, 50 and 10 % points, the
    one with the smallest mean sample; otherwise the closest.
    """
    means = [float(gammaincinv(ac + 1, 1.0 - share)) for share in _SHARES]
    ranked = []
    for ladder in _proposals(ac, stages):
        share = _fit(ladder, means[1])
        curves = [_poisson(ladder, share * mean) for mean in means]
        misfit = max(abs(pa - goal) for (pa, _), goal in zip(curves, _SHARES, strict=True))
        sample = share * sum(asn for _, asn in curves)
        ranked.append((max(misfit, close), sample, misfit, ladder, share))
    chosen = min(ranked, key=lambda row: row[:3])
    return chosen[3], chosen[4]


def _fit(ladder: Ladder, mean: float) -> float:
    """Return the share at which the ladder accepts half of what the single plan half accepts."""
    low, high = 0.02, 3.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _poisson(ladder, middle * mean)[0] > 0.5 else (low, middle)
        if high - low < 1e-6:
            break
    return 0.5 * (low + high)


def _poisson(ladder: Ladder, mean: float) -> tuple[float, float]:
    """Return P(accept) and the mean number of samples when each finds `mean` on average."""
    top = ladder[1][-1]
    pmf = np.exp(np.arange(top) * np.log(mean) - mean - _FACTORIALS[:top])
    open_counts: npt.NDArray[np.float64] = np.ones(1)
    accepted = samples = 0.0
    for ac, re in zip(*ladder, strict=True):
        samples += float(open_counts.sum())
        reached = np.convolve(open_counts, pmf)[:re]
        accepted += float(reached[: ac + 1].sum())
        open_counts = reached
        open_counts[: ac + 1] = 0.0
    return accepted, samples


def _proposals(ac: int, stages: int) -> Iterator[Ladder]:
    """Propose numbers on two parallel lines, each ladder once."""
    seen: set[Ladder] = set()
    for last in range(ac, ac + 3 + ac // 4):
        slope = (last + 0.7) / stages
        for below in np.linspace(0.3, 0.3 + 2.0 * np.sqrt(last + 1.0), 6):
            for above in np.linspace(0.6, 0.6 + 2.0 * np.sqrt(last + 1.0), 6):
                rungs = [_rung(slope * s, below, above, last) for s in range(1, stages)]
                ladder = ((*(a for a, _ in rungs), last), (*(r for _, r in rungs), last + 1))
                if ladder not in seen:
                    seen.add(ladder)
                    yield ladder


def _rung(mean: float, below: float, above: float, last: int) -> tuple[int, int]:
    accept = max(-1, min(int(np.floor(mean - below)), last - 1))
    reject = int(np.ceil(mean + above))
    return accept, min(max(reject, accept + 2), last + 1)
