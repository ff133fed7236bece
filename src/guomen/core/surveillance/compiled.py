"""
The costly part as one compiled loop; importing this imports Numba, so it is done late.

Each point is read, fitted, spared its outbreaks and fitted again while its few
hundred numbers lie in the processor's cache. Compiled code is kept on disk. Answers are
those of ``quasi.profiled`` and ``sparing.weights`` to about twelve digits: weeks
are added up period by period, growth is multiplied up week by week, and the second fit
starts from the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from scipy.special import ndtr

from guomen.core.surveillance.bounds import NEARLY_POISSON
from guomen.core.surveillance.quasi import (
    NEWTON_STEPS,
    NEWTON_TOLERANCE,
    STEEPEST,
    Baselines,
    Found,
)
from guomen.core.surveillance.series import Flags, Floats, Ints
from guomen.core.surveillance.sparing import NEARLY
from guomen.core.surveillance.template import Template

# Sums may be added up in another order, so that four or eight are added at once.
REORDER: Final = {"reassoc", "contract", "nsz"}
# 1 / k, so that a term of a tail costs no division.
PARTS: Final = np.append(0.0, 1.0 / np.arange(1.0, 4096.0))
# Up to this count and mean the tail is what the terms from zero leave.
FROM_ZERO: Final = 64
# A smaller tail is added up itself: as a difference it would lose digits.
LEAST_LEFT: Final = 1e-3
# Abramowitz and Stegun 26.2.23: the normal quantile to 4.5e-4, sharpened afterwards.
GUESS: Final = (2.515517, 0.802853, 0.010328, 1.432788, 0.189269, 0.001308)
OUTPUTS: Final = (
    "now", "slope", "cases", "centre", "spread", "free", "squares", "typical", "converged",
    "highest", "spoke", "here", "total", "whole", "whole_squared", "uneven", "seasons",
)  # fmt: skip


@njit(cache=True, nogil=True)
def _part(k: float, parts: Any) -> float:  # pragma: no cover
    """Return 1 / k for a whole number."""
    if k < 4096.0:
        return float(parts[np.uint64(k)])
    return 1.0 / k


@njit(cache=True, nogil=True)
def _chance(
    y: float, mean: float, scale: float, limit: float, parts: Any
) -> float:  # pragma: no cover
    """Return P(Y > y) + P(Y = y) / 2, exactly as long as it is below the limit."""
    poisson = scale - 1.0 <= NEARLY_POISSON
    lean, share = (0.0, 1.0) if poisson else (scale - 1.0, 1.0 / scale)
    if y <= FROM_ZERO and mean <= FROM_ZERO and y == math.floor(y):
        here = math.exp(-mean if poisson else -mean / lean * math.log(scale))
        below, k = here, 0.0
        while k < y:
            here *= (mean + lean * k) * share * _part(k + 1.0, parts)
            below += here
            k += 1.0
        left = 1.0 - below + 0.5 * here
        if left > LEAST_LEFT:
            return left
    elif poisson:
        here = math.exp(y * math.log(mean) - mean - math.lgamma(y + 1.0))
    else:
        size = mean / lean
        log = math.lgamma(y + size) - math.lgamma(size) - math.lgamma(y + 1.0)
        here = math.exp(log + y * math.log1p(-share) - size * math.log(scale))
    total, term, k = 0.5, 1.0, y
    enough = limit / max(here, 1e-300)
    while term > 1e-15 * total and total < enough:
        term *= (mean + lean * k) * share * _part(k + 1.0, parts)
        total += term
        k += 1.0
    return here * total


@njit(cache=True, nogil=True)
def _score(chance: float) -> float:  # pragma: no cover
    """Return the normal score that is exceeded by this chance, for chances below one half."""
    a, b, c, d, e, f = GUESS
    t = math.sqrt(-2.0 * math.log(chance))
    x = t - (a + t * (b + t * c)) / (1.0 + t * (d + t * (e + t * f)))
    for _ in range(3):
        density = math.exp(-0.5 * x * x) * 0.3989422804014327
        step = (0.5 * math.erfc(x * 0.7071067811865476) - chance) / density
        x += step / (1.0 - 0.5 * x * step)
    return x


@njit(cache=True, nogil=True, fastmath=REORDER)
def _grow(slope: float, low: float, reach: float, growth: Any) -> None:  # pragma: no cover
    """Fill e^(slope * time) for each lag from the lowest on."""
    if slope == 0.0:
        growth[:] = 1.0
        return
    growth[0] = math.exp(-slope * low / reach)
    ratio = math.exp(-slope / reach)
    for j in range(1, min(8, growth.size)):
        growth[j] = growth[j - 1] * ratio
    ratio = math.exp(-8.0 * slope / reach)
    for j in range(8, growth.size):
        growth[j] = growth[j - 8] * ratio


@njit(cache=True, nogil=True, fastmath=REORDER)
def _moments(base: Any, growth: Any, design: Any, part: Any, sums: Any) -> None:  # pragma: no cover
    """Add up weighted exposure * growth, and its first two moments in time, by period."""
    time, place, starts = design
    for i in range(base.size):
        part[i] = base[i] * growth[place[i]]
    for g in range(starts.size - 1):
        zeroth, first, second = 0.0, 0.0, 0.0
        for i in range(starts[g], starts[g + 1]):
            once = part[i] * time[i]
            zeroth += part[i]
            first += once
            second += once * time[i]
        sums[0, g], sums[1, g], sums[2, g] = zeroth, first, second


@njit(cache=True, nogil=True, fastmath=REORDER)
def _solve(
    slope: float, target: float, base: Any, cases: Any, ends: Any, design: Any, scratch: Any
) -> Any:  # pragma: no cover
    """Return the trend by Newton on the profile likelihood, and whether it was found."""
    growth, part, sums = scratch
    for _ in range(NEWTON_STEPS):
        _grow(slope, ends[0], ends[1], growth)
        _moments(base, growth, design, part, sums)
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


@njit(cache=True, nogil=True, fastmath=REORDER)
def _fit(  # noqa: C901, PLR0915 - flat, so that it compiles to one loop
    trend: Any, baseline: Any, ends: Any, design: Any, by_period: Any, scratch: Any, out: Any
) -> None:  # pragma: no cover
    """Fit one point: fill its mean by week and its row of answers."""
    counts, weights, exposure, mean = baseline
    time, place, starts = design
    growth, part, sums = scratch
    cases, seen, base = by_period
    target = 0.0
    for i in range(counts.size):
        base[i] = weights[i] * exposure[i]
    for g in range(cases.size):
        all_cases, moment, many = 0.0, 0.0, 0.0
        for i in range(starts[g], starts[g + 1]):
            weighted = weights[i] * counts[i]
            all_cases += weighted
            moment += weighted * time[i]
            many += 1.0 if weights[i] > 0.0 else 0.0
        cases[g], seen[g] = all_cases, many
        target += moment
    slope, found = out[1] if out[8] > 0.0 else 0.0, True
    if trend:
        slope, found = _solve(slope, target, base, cases, ends, design, scratch)
    _grow(slope, ends[0], ends[1], growth)
    _moments(base, growth, design, part, sums)
    spread, free, squares, total, spoken = 0.0, -1.0 if trend else 0.0, 0.0, 0.0, 0.0
    centre, level = 0.0, 0.0
    whole, whole_squared, uneven, seasons = 0.0, 0.0, 0.0, 0.0
    for g in range(cases.size):
        level, centre = 0.0, 0.0
        if sums[0, g] > 0.0:
            level = cases[g] / sums[0, g]
            whole += sums[0, g]
            whole_squared += sums[0, g] * sums[0, g]
            uneven += cases[g] * level
            seasons += 1.0
            centre = sums[1, g] / sums[0, g]
            spread += cases[g] * (sums[2, g] / sums[0, g] - centre * centre)
        if cases[g] > 0.0:
            over, mass = 0.0, 0.0
            for i in range(starts[g], starts[g + 1]):
                fitted = exposure[i] * growth[place[i]] * level
                mean[i] = fitted
                mass += weights[i]
                over += weights[i] * (counts[i] - fitted) * (counts[i] - fitted) / fitted
            squares += over
            spoken += mass
            total += cases[g]
            free += seen[g] - 1.0
        else:
            for i in range(starts[g], starts[g + 1]):
                mean[i] = 0.0
    last = cases.size - 1
    out[0], out[1], out[2], out[3], out[4] = level, slope, cases[last], centre, spread
    out[5], out[6], out[8] = free, squares, 1.0 if found else 0.0
    out[7] = total / spoken if spoken > 0.0 else math.nan
    out[11], out[12], out[13], out[14] = sums[0, last], total, whole, whole_squared
    out[15], out[16] = uneven, seasons


@njit(cache=True, nogil=True)
def _spare(
    counts: Any, weights: Any, mean: Any, known: float, law: Any, parts: Any
) -> bool:  # pragma: no cover
    """Cut the weights of the weeks that surprise, and tell whether there are any."""
    dispersion, width, limit = law
    far = width * width * dispersion
    left, any_ = known, False
    for i in range(counts.size):
        over = counts[i] - mean[i]
        if over > 0.0 and over * over > far * mean[i] and mean[i] > 0.0 and weights[i] > 0.0:
            chance = _chance(counts[i], mean[i], dispersion, limit, parts)
            if chance < limit:
                kept = _score(max(chance, 1e-300)) ** -2.0
                weights[i] = kept
                left -= 1.0 - kept
                any_ = True
    if any_:
        weights *= known / left
    return any_


@njit(cache=True, nogil=True, fastmath=REORDER)
def _read(
    series: Any, people: Any, week: int, lags: Any, counts: Any, weights: Any, exposure: Any
) -> None:  # pragma: no cover
    """Read the baseline of one point; an unknown week has no weight."""
    for i in range(lags.size):
        count = series[week - lags[i]]
        there = not math.isnan(count)
        share = 1.0
        if people.size > 0:
            share = people[week - lags[i]] / people[week]
            there = there and not math.isnan(share)
        weights[i] = 1.0 if there else 0.0
        counts[i] = count if there else 0.0
        exposure[i] = share if there else 1.0


@njit(cache=True, nogil=True)
def _sum_up(
    asked: Any, template: Any, ends: Any, law: Any, parts: Any, out: Any
) -> None:  # pragma: no cover
    """Fill a row of `out` for each point."""
    table, people, row, week = asked
    lags, design = template
    trend, reweight, width, limit = law
    weeks, starts = lags.size, design[2]
    periods = starts.size - 1
    counts, weights, exposure = np.empty(weeks), np.empty(weeks), np.empty(weeks)
    mean, span = np.empty(weeks), int(ends[2])
    by_period = np.empty(periods), np.empty(periods), np.empty(weeks)
    baseline = counts, weights, exposure, mean
    scratch = np.empty(span), np.empty(weeks), np.empty((3, periods))
    for p in range(row.size):
        population = people[row[p]] if people.size > 0 else people[0]
        _read(table[row[p]], population, week[p], lags, counts, weights, exposure)
        known, highest = 0.0, -math.inf
        for i in range(weeks):
            known += weights[i]
            if weights[i] > 0.0:
                highest = max(highest, counts[i] / exposure[i])
        answer = out[p]
        answer[8:11] = 0.0, highest, known
        _fit(trend, baseline, ends, design, by_period, scratch, answer)
        if reweight:
            dispersion = answer[6] / answer[5] if answer[5] > 0.0 else 1.0
            inner = max(dispersion, 1.0), width, limit
            if _spare(counts, weights, mean, known, inner, parts):
                _fit(trend, baseline, ends, design, by_period, scratch, answer)


@dataclass(frozen=True, slots=True)
class Looped:
    """Baselines that are read where they lie, a point at a time."""

    baselines: Baselines

    @property
    def years(self) -> int:
        """Return how many years speak."""
        return self.baselines.template.years

    def __getitem__(self, rows: Flags) -> Looped:
        """Return some of the points."""
        return Looped(self.baselines[rows])

    def summed(self, *, trend: bool, threshold: float | None) -> Found:
        """Fit, spare and fit again as ``sparing.Plain`` does."""
        asked = self.baselines
        lags, design, ends = _design(asked.template)
        people = np.empty((1, 0)) if asked.population is None else asked.population
        far = threshold or 0.0
        law = (trend, threshold is not None, NEARLY * far, float(ndtr(-far)))
        out = np.empty((asked.row.size, len(OUTPUTS)))
        where = (asked.counts, people, asked.row, asked.week)
        _sum_up(where, (lags, design), ends, law, PARTS, out)
        found = dict(zip(OUTPUTS, np.ascontiguousarray(out.T), strict=True))
        reach = ends[1]
        return Found(
            now=found["now"],
            slope=found["slope"] / reach,
            cases=found["cases"],
            centre=found["centre"] * reach,
            spread=found["spread"] * reach**2 if trend else np.full(asked.row.size, np.inf),
            free=found["free"],
            squares=found["squares"],
            typical=found["typical"],
            converged=found["converged"] > 0,
            **{name: found[name] for name in OUTPUTS[9:]},
        )


def _design(template: Template) -> tuple[Ints, tuple[Floats, Any, Any], tuple[float, float, float]]:
    """Return the lags in order of period, what the loop needs of them, and the ends of time."""
    order = np.argsort(template.period, kind="stable")
    lags = template.lags[order]
    low, reach = int(lags.min()) if lags.size else 0, max(template.reach, 1)
    starts = np.searchsorted(template.period[order], np.arange(template.periods + 1))
    arrays = (-lags / reach, (lags - low).astype(np.uint64), starts.astype(np.uint64))
    return lags, arrays, (float(low), float(reach), float(reach - low + 1))
