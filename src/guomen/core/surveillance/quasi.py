"""
Quasi-Poisson log-linear fits of many points at once: a level for each period and a common trend.

Two ways to the same model. ``profiled`` takes out the levels in closed form and
finds the trend by Newton's method to full convergence. ``stepwise`` takes the
steps of iteratively reweighted least squares and stops where the reference
implementation stops, which parity to nine digits needs. Not for choosing the
weeks (``template``) or drawing a bound (``bounds``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import stdtr

from guomen.core.surveillance.series import Flags, Floats, Ints
from guomen.core.surveillance.template import Template

# The stopping rule of iteratively reweighted least squares in the reference implementation.
STEP_TOLERANCE: Final = 1e-8
STEPS: Final = 25
START: Final = 0.1
# A step this small leaves an error of about its square.
NEWTON_TOLERANCE: Final = 1e-6
NEWTON_STEPS: Final = 40
# Beyond e**30 across the history a trend is separation, not growth.
STEEPEST: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Baselines of many points that share one template (points × weeks)."""

    template: Template
    counts: Floats
    known: Flags
    # Population relative to that of the judged week; ones where there is none.
    exposure: Floats

    @property
    def time(self) -> Floats:
        """Return weeks before now, as negative numbers."""
        return -self.template.lags.astype(np.float64)

    def __getitem__(self, rows: Flags) -> Points:
        """Return some of the points."""
        return Points(
            template=self.template,
            counts=self.counts[rows],
            known=self.known[rows],
            exposure=self.exposure[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """Which points are asked: rows of a table of counts, and the week judged in each."""

    template: Template
    counts: Floats
    population: Floats | None
    row: Ints
    week: Ints

    def __getitem__(self, rows: Flags) -> Baselines:
        """Return some of the points."""
        return replace(self, row=self.row[rows], week=self.week[rows])

    def points(self) -> Points:
        """Read them."""
        columns = self.week[:, None] - self.template.lags
        counts = self.counts[self.row[:, None], columns]
        known = ~np.isnan(counts)
        exposure = np.ones(counts.shape)
        if self.population is not None:
            now = self.population[self.row, self.week]
            exposure = self.population[self.row[:, None], columns] / now[:, None]
            known &= ~np.isnan(exposure)
        return Points(
            template=self.template,
            counts=np.where(known, counts, 0.0),
            known=known,
            exposure=np.where(known, exposure, 0.0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is kept of a fit, a number a point in each field."""

    now: Floats
    slope: Floats
    # Weighted cases of the season that is judged, and their mean time.
    cases: Floats
    centre: Floats
    # Information on the trend; infinite without one.
    spread: Floats
    free: Floats
    # The Pearson statistic.
    squares: Floats
    typical: Floats
    converged: Flags
    # The highest rate seen, and the number of weeks known.
    highest: Floats
    spoke: Floats
    # Weighted exposure of the season that is judged, at the level of now.
    here: Floats
    # Cases and exposure of all seasons, its square, cases² / exposure, and how many seasons speak.
    total: Floats
    whole: Floats
    whole_squared: Floats
    uneven: Floats
    seasons: Floats

    @property
    def pearson(self) -> Floats:
        """Return the Pearson statistic by its degrees of freedom; NaN where none are left."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.free > 0, self.squares / self.free, np.nan)

    def variance(self) -> Floats:
        """Return the variance of the log of the fitted value now, at dispersion 1."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1.0 / self.cases + self.centre**2 / self.spread

    def trend_p(self, dispersion: Floats) -> Floats:
        """Return the two-sided p of the trend, by Student's t."""
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(self.slope) / np.sqrt(dispersion / self.spread)
            return np.where(self.free > 0, 2.0 * stdtr(np.maximum(self.free, 1.0), -t), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What a fit found, a row a point; ``work`` are the working weights of the last step."""

    mean: Floats
    work: Floats
    # Sum of the working weights, the weighted exposure they come of at the level of now, and their
    # mean time, in each period (points × periods).
    mass: Floats
    exposed: Floats
    centre: Floats
    # Information on the trend: sum of the working weights times squared centred time.
    spread: Floats
    slope: Floats
    now: Floats
    free: Floats
    converged: Flags
    weights: Floats

    def leverage(self, points: Points) -> Floats:
        """Return the diagonal of the hat matrix."""
        period = points.template.period
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1.0 / self.mass[:, period]
            away = points.time - self.centre[:, period]
            diagonal: Floats = np.nan_to_num(self.work * (share + away**2 / self.spread[:, None]))
            return diagonal

    @property
    def typical(self) -> Floats:
        """Return the mean fitted value of the weeks that speak."""
        with np.errstate(invalid="ignore", divide="ignore"):
            spoken = np.where(self.mean > 0, self.weights, 0.0).sum(axis=1)
            typical: Floats = self.work.sum(axis=1) / spoken
            return typical

    def squares(self, points: Points, weights: Floats) -> Floats:
        """Return the sum of squared residuals relative to the mean, weighted so."""
        with np.errstate(divide="ignore", invalid="ignore"):
            residual = (points.counts - self.mean) / self.mean
            quotient: Floats = np.where(weights > 0, weights * residual**2, 0.0).sum(axis=1)
            return quotient

    def pearson(self, points: Points) -> Floats:
        """Return the Pearson statistic by its degrees of freedom; NaN where none are left."""
        return self.summed(points).pearson

    def unweighted(self, points: Points) -> Floats:
        """Return what the reference implementation takes for the dispersion after reweighting."""
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = self.squares(points, self.weights)
            return np.where(self.free > 0, squares / self.free, np.nan)

    def summed(self, points: Points) -> Found:
        """Return what is kept."""
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = np.where(points.known, points.counts / points.exposure, -np.inf)
            uneven = np.where(self.exposed > 0, self.mass**2 / self.exposed, 0.0)
        return Found(
            now=self.now,
            slope=self.slope.copy(),
            cases=self.mass[:, -1],
            centre=self.centre[:, -1],
            spread=self.spread,
            free=self.free,
            squares=self.squares(points, self.work),
            typical=self.typical,
            converged=self.converged,
            highest=rates.max(axis=1, initial=-np.inf),
            spoke=points.known.sum(axis=1, dtype=np.float64),
            here=self.exposed[:, -1],
            total=self.mass.sum(axis=1),
            whole=self.exposed.sum(axis=1),
            whole_squared=(self.exposed**2).sum(axis=1),
            uneven=uneven.sum(axis=1),
            seasons=(self.exposed > 0).sum(axis=1, dtype=np.float64),
        )


Fitter = Callable[[Points, Floats, bool], Fit]


def profiled(points: Points, weights: Floats, trend: bool) -> Fit:  # noqa: FBT001 - a Fitter
    """
    Fit to full convergence: levels in closed form, the trend by Newton on the profile likelihood.

    Given the trend b, a period's level is (weighted cases) / (weighted exposure * e^(bt)), so
    only b is sought. A period without a case has level zero and says nothing of the trend.
    """
    members = points.template.members
    time = points.time / max(points.template.reach, 1)
    base = weights * points.exposure
    weighted = weights * points.counts
    cases = weighted @ members
    moments = np.hstack([members, members * time[:, None], members * (time**2)[:, None]])
    slope = np.zeros(len(cases))
    converged = np.ones(len(cases), dtype=bool)
    if trend:
        slope, converged = _newton(base, cases, weighted @ time, moments, time)
    growth = np.exp(slope[:, None] * time) if trend else 1.0
    sums = (base * growth) @ moments
    mass, first, second = np.split(sums, 3, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(mass > 0, cases / mass, 0.0)
        centre = np.nan_to_num(first / mass)
        spread = np.nansum(cases * (second / mass - centre**2), axis=1)
    work = base * growth * level[:, points.template.period]
    reach = max(points.template.reach, 1)
    speaks = cases > 0
    # Only periods with a case tell of dispersion; a fitted zero leaves nothing to vary.
    rows = (points.known.astype(np.float64) @ members * speaks).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(weights > 0, work / weights, 0.0)
    return Fit(
        mean=mean,
        work=work,
        mass=cases,
        exposed=mass,
        centre=centre * reach,
        spread=np.where(trend, spread * reach**2, np.inf),
        slope=slope / reach,
        now=level[:, -1],
        free=rows - speaks.sum(axis=1) - trend,
        converged=converged,
        weights=weights,
    )


def _newton(
    base: Floats, cases: Floats, target: Floats, moments: Floats, time: Floats
) -> tuple[Floats, Flags]:
    """Return the trend that maximises the profile likelihood, and whether it was found."""
    slope = np.zeros(len(base))
    open_ = np.ones(len(base), dtype=bool)
    periods = cases.shape[1]
    for _ in range(NEWTON_STEPS):
        growth = np.exp(slope[open_, None] * time)
        sums = (base[open_] * growth) @ moments
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.nan_to_num(sums[:, periods : 2 * periods] / sums[:, :periods])
            second = np.nan_to_num(sums[:, 2 * periods :] / sums[:, :periods])
            score = target[open_] - (cases[open_] * first).sum(axis=1)
            step = score / (cases[open_] * (second - first**2)).sum(axis=1)
        step = np.clip(np.nan_to_num(step, posinf=0.0, neginf=0.0), -2.0, 2.0)
        slope[open_] += step
        going = (np.abs(step) > NEWTON_TOLERANCE) & (np.abs(slope[open_]) < STEEPEST)
        open_[open_] = going
        if not going.any():
            break
    return slope, ~open_ & (np.abs(slope) < STEEPEST)


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def stepwise(points: Points, weights: Floats, trend: bool) -> Fit:  # noqa: FBT001 - a Fitter
    """Fit by the steps of iteratively reweighted least squares, stopping as the reference does."""
    counts, exposure = points.counts, points.exposure
    offset = np.log(exposure, where=exposure > 0, out=np.zeros_like(exposure))
    mean = counts + START
    log_mean = np.log(mean)
    before = _deviance(counts, mean, weights)
    state = _State(len(counts), points)
    for _ in range(STEPS):
        answer = log_mean - offset + (counts - mean) / mean
        step = _least_squares(points, weights * mean, answer, trend)
        log_mean = step["fitted"] + offset
        mean = np.exp(log_mean)
        step["mean"] = mean
        after = _deviance(counts, mean, weights)
        state.keep(step, np.abs(after - before) / (np.abs(after) + 0.1) < STEP_TOLERANCE)
        before = after
        if state.done.all():
            break
    return state.fit(points, weights, trend)


def _deviance(counts: Floats, mean: Floats, weights: Floats) -> Floats:
    ratio = np.where(counts > 0, counts / mean, 1.0)
    total: Floats = 2.0 * (weights * (counts * np.log(ratio) - (counts - mean))).sum(axis=1)
    return total


def _least_squares(points: Points, work: Floats, answer: Floats, trend: bool) -> dict[str, Floats]:  # noqa: FBT001
    """Return weighted least squares with the periods' levels taken out."""
    members, period, time = points.template.members, points.template.period, points.time
    mass = work @ members
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.nan_to_num((work * time) @ members / mass)
        middle = np.nan_to_num((work * answer) @ members / mass)
    away = time - centre[:, period]
    spread = (work * away**2).sum(axis=1)
    slope = (work * away * answer).sum(axis=1) / spread if trend else np.zeros(len(work))
    level = middle - slope[:, None] * centre
    return {
        "work": work,
        "mass": mass,
        "centre": centre,
        "spread": spread if trend else np.full(len(work), np.inf),
        "slope": slope,
        "level": level[:, -1],
        "fitted": level[:, period] + slope[:, None] * time,
    }


class _State:
    """The last step of each point: a point that is done is not touched again."""

    def __init__(self, rows: int, points: Points) -> None:
        """Begin with nothing known."""
        shape, periods = points.counts.shape, (rows, points.template.periods)
        self.done = np.zeros(rows, dtype=bool)
        self.held: dict[str, Floats] = {
            "work": np.zeros(shape), "mean": np.zeros(shape), "mass": np.zeros(periods),
            "centre": np.zeros(periods), "spread": np.zeros(rows), "slope": np.zeros(rows),
            "level": np.zeros(rows),
        }  # fmt: skip

    def keep(self, step: dict[str, Floats], stops: Flags) -> None:
        """Take the step for points still under way."""
        going = ~self.done
        for name, held in self.held.items():
            held[going] = step[name][going]
        self.done |= stops

    def fit(self, points: Points, weights: Floats, trend: bool) -> Fit:  # noqa: FBT001
        """Return what was found."""
        held = self.held
        known = points.known.astype(np.float64)
        rank = (known @ points.template.members > 0).sum(axis=1) + trend
        return Fit(
            mean=held["mean"],
            work=held["work"],
            mass=held["mass"],
            exposed=(weights * points.exposure * np.exp(held["slope"][:, None] * points.time))
            @ points.template.members,
            centre=held["centre"],
            spread=held["spread"],
            slope=held["slope"],
            now=np.exp(held["level"]),
            free=known.sum(axis=1) - rank,
            converged=self.done,
            weights=weights,
        )


def reweighted(points: Points, fit: Fit, *, dispersion: Floats, threshold: float) -> Floats:
    """
    Return weights that spare the baseline its own outbreaks.

    Anscombe residuals s above the threshold weigh s^-2, all others 1, scaled to mean 1
    (Farrington et al. 1996, section 3.6; Noufaily et al. 2013, section 3.3).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(fit.mean)
        residual = 1.5 * (np.cbrt(points.counts) ** 2 / np.cbrt(root) - root)
        residual /= np.sqrt(dispersion[:, None] * (1.0 - fit.leverage(points)))
        weights = np.where(residual > threshold, residual**-2.0, 1.0) * points.known
        scale = points.known.sum(axis=1) / weights.sum(axis=1)
    scaled: Floats = weights * np.nan_to_num(scale)[:, None]
    return scaled
