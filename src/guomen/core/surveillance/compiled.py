"""
The costly parts as compiled loops; importing this imports Numba, so it is done late.

Compiled code is kept on disk. Answers are those of ``quasi.profiled``
and ``sparing.weights`` to about twelve digits: growth is multiplied up week by week.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from scipy.special import ndtr, ndtri

from guomen.core.surveillance.bounds import NEARLY_POISSON
from guomen.core.surveillance.quasi import (
    NEWTON_STEPS,
    NEWTON_TOLERANCE,
    STEEPEST,
    Fit,
    Points,
)
from guomen.core.surveillance.series import Floats
from guomen.core.surveillance.sparing import NEARLY


@njit(cache=True, nogil=True)
def _moments(
    base: Any, time: Any, period: Any, slope: float, sums: Any
) -> None:  # pragma: no cover
    """Add up weighted exposure * growth, and its first two moments in time, by period."""
    sums[:] = 0.0
    growth, ratio, gap = math.exp(slope * time[0]), 1.0, -1.0
    # Periods come in runs: adding up in three numbers waits less than adding up in an array.
    zeroth, first, second, run = 0.0, 0.0, 0.0, period[0]
    for i in range(time.size):
        if i > 0:
            step = time[i] - time[i - 1]
            if abs(step - gap) > 1e-12:
                ratio, gap = math.exp(slope * step), step
            growth *= ratio
        if period[i] != run:
            sums[0, run] += zeroth
            sums[1, run] += first
            sums[2, run] += second
            zeroth, first, second, run = 0.0, 0.0, 0.0, period[i]
        part = base[i] * growth
        zeroth += part
        part *= time[i]
        first += part
        second += part * time[i]
    sums[0, run] += zeroth
    sums[1, run] += first
    sums[2, run] += second


@njit(cache=True, nogil=True)
def _slope(
    base: Any, cases: Any, target: float, time: Any, period: Any, sums: Any
) -> Any:  # pragma: no cover
    """Return the trend by Newton on the profile likelihood, and whether it was found."""
    slope = 0.0
    for _ in range(NEWTON_STEPS):
        _moments(base, time, period, slope, sums)
        score, bend = target, 0.0
        for g in range(cases.size):
            if sums[0, g] > 0.0:
                first = sums[1, g] / sums[0, g]
                score -= cases[g] * first
                bend += cases[g] * (sums[2, g] / sums[0, g] - first * first)
        step = score / bend if bend != 0.0 else 0.0
        if not math.isfinite(step):
            step = 0.0
        step = min(max(step, -2.0), 2.0)
        slope += step
        if abs(step) <= NEWTON_TOLERANCE or abs(slope) >= STEEPEST:
            return slope, abs(slope) < STEEPEST
    return slope, False


@njit(cache=True, nogil=True)
def _fit(  # noqa: C901, PLR0915 - flat, so that it compiles to one loop
    counts: Any, weights: Any, exposure: Any, time: Any, period: Any, trend: Any, out: Any
) -> None:  # pragma: no cover
    """Fill the arrays of `out` for all points."""
    mean, work, cases, centre, spread, slope, level_now, converged, free, squares = out
    weeks, periods = time.size, cases.shape[1]
    sums, base, level = np.zeros((3, periods)), np.empty(weeks), np.zeros(periods)
    seen = np.empty(periods)
    for p in range(counts.shape[0]):
        target = 0.0
        seen[:] = 0.0
        for i in range(weeks):
            seen[period[i]] += weights[p, i] > 0.0
            base[i] = weights[p, i] * exposure[p, i]
            weighted = weights[p, i] * counts[p, i]
            cases[p, period[i]] += weighted
            target += weighted * time[i]
        converged[p] = True
        if trend:
            slope[p], converged[p] = _slope(base, cases[p], target, time, period, sums)
        _moments(base, time, period, slope[p], sums)
        for g in range(periods):
            level[g] = 0.0
            if cases[p, g] > 0.0:
                free[p] += seen[g] - 1.0
            if sums[0, g] > 0.0:
                level[g] = cases[p, g] / sums[0, g]
                centre[p, g] = sums[1, g] / sums[0, g]
                spread[p] += cases[p, g] * (sums[2, g] / sums[0, g] - centre[p, g] ** 2)
        level_now[p] = level[periods - 1]
        growth, ratio, gap = math.exp(slope[p] * time[0]), 1.0, -1.0
        for i in range(weeks):
            if i > 0:
                step = time[i] - time[i - 1]
                if abs(step - gap) > 1e-12:
                    ratio, gap = math.exp(slope[p] * step), step
                growth *= ratio
            work[p, i] = base[i] * growth * level[period[i]]
            mean[p, i] = exposure[p, i] * growth * level[period[i]]
            if work[p, i] > 0.0:
                over = counts[p, i] - mean[p, i]
                squares[p] += weights[p, i] * over * over / mean[p, i]


def profiled(points: Points, weights: Floats, trend: bool) -> Fit:  # noqa: FBT001 - a Fitter
    """Fit as ``quasi.profiled`` does."""
    rows, periods = len(points.counts), points.template.periods
    reach = max(points.template.reach, 1)
    shape = points.counts.shape
    mean, work = np.empty(shape), np.empty(shape)
    cases, centre = np.zeros((rows, periods)), np.zeros((rows, periods))
    spread, slope, now = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    converged = np.ones(rows, dtype=bool)
    free, squares = np.full(rows, -float(trend)), np.zeros(rows)
    out = (mean, work, cases, centre, spread, slope, now, converged, free, squares)
    time, period = points.time / reach, points.template.period
    _fit(points.counts, weights, points.exposure, time, period, trend, out)
    return Fit(
        mean=mean,
        work=work,
        mass=cases,
        centre=centre * reach,
        spread=spread * reach**2 if trend else np.full(rows, np.inf),
        slope=slope / reach,
        now=now,
        free=free,
        converged=converged,
        weights=weights,
        squares=squares,
    )


@njit(cache=True, nogil=True)
def _upper(y: float, mean: float, scale: float, limit: float) -> float:  # pragma: no cover
    """Return P(Y > y) + P(Y = y) / 2 by adding up the tail, as long as it is below the limit."""
    if scale - 1.0 > NEARLY_POISSON:
        size = mean / (scale - 1.0)
        log = math.lgamma(y + size) - math.lgamma(size) - math.lgamma(y + 1.0)
        log += y * math.log1p(-1.0 / scale) - size * math.log(scale)
    else:
        log = y * math.log(mean) - mean - math.lgamma(y + 1.0)
    total, term, k = 0.5, 1.0, y
    here = math.exp(log)
    enough = limit / max(here, 1e-300)
    while term > 1e-15 * total and total < enough:
        term *= (mean + (scale - 1.0) * k) / (scale * (k + 1.0))
        total += term
        k += 1.0
    return here * total


@njit(cache=True, nogil=True)
def _surprising(
    counts: Any, mean: Any, known: Any, law: Any, found: Any
) -> int:  # pragma: no cover
    """Fill row, week and chance of the weeks that surprise, and return how many there are."""
    dispersion, width, limit = law
    rows, weeks, chances = found
    many = 0
    for p in range(counts.shape[0]):
        far = width * width * dispersion[p]
        for i in range(counts.shape[1]):
            over = counts[p, i] - mean[p, i]
            if known[p, i] and over > 0.0 and mean[p, i] > 0.0 and over * over > far * mean[p, i]:
                chance = _upper(counts[p, i], mean[p, i], dispersion[p], limit)
                if chance < limit:
                    rows[many], weeks[many], chances[many] = p, i, chance
                    many += 1
    return many


def weights(points: Points, fit: Fit, *, dispersion: Floats, threshold: float) -> Floats:
    """Return what ``sparing.weights`` does."""
    size = points.counts.size
    found = (np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size))
    law = (dispersion, NEARLY * threshold, float(ndtr(-threshold)))
    many = _surprising(points.counts, fit.mean, points.known, law, found)
    rows, weeks, chances = (column[:many] for column in found)
    kept = ndtri(np.maximum(chances, 1e-300)) ** -2.0
    known = np.count_nonzero(points.known, axis=1)
    left = known - np.bincount(rows, 1.0 - kept, minlength=len(known))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.nan_to_num(known / left)
    table: Floats = points.known * scale[:, None]
    table[rows, weeks] *= kept
    return table


def warm() -> None:
    """Compile the loops now."""
    one = np.ones((1, 2))
    places = (np.empty(2, np.int64), np.empty(2, np.int64), np.empty(2))
    _surprising(one, one, one > 0, (np.ones(1), 1.0, 1.0), places)
    out = (
        one.copy(), one.copy(), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), np.zeros(1),
        np.zeros(1), np.ones(1, dtype=bool), np.zeros(1), np.zeros(1),
    )  # fmt: skip
    _fit(one, one, one, np.array([-1.0, -0.5]), np.zeros(2, dtype=np.int64), bool(1), out)
