"""
Whether worse ratings fail more often: rates with intervals, an isotonic fit, and a trend.

Goods are not looked into by the same chance at every level. Where the chances are known each trial
weighs one over its own (Hájek, 1971), and a level counts as many trials as would tell as much at
equal chances: the square of the weights' sum over the sum of their squares (Kish, 1965). Intervals
are those of Wilson (1927) at that number; the fit is isotonic regression weighted by it (Barlow et
al., 1972); the trend is Somers' D of failure on level (Somers, 1962). All from SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, sqrt

import numpy as np
from scipy import optimize, stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """
    One level: how many goods were looked into, and how many failed.

    ``weight`` is the sum of one over the chances of the trials, ``failing`` that of those which
    failed, ``squares`` the sum of the squares; all None where each trial weighs the same.
    """

    name: str
    failures: int
    trials: int
    weight: float | None = None
    failing: float | None = None
    squares: float | None = None

    @property
    def rate(self) -> float:
        """Return the share that failed, of all goods where chances are known."""
        if self.weight is None or self.failing is None:
            return self.failures / self.trials
        return self.failing / self.weight

    @property
    def effective(self) -> float:
        """Return how many trials at equal chances would tell as much."""
        if self.weight is None or self.squares is None:
            return float(self.trials)
        return self.weight**2 / self.squares


def weighed(name: str, trials: Sequence[tuple[float, bool]]) -> Group:
    """
    Return the group of a level from trials: the chance of each, and whether it failed.

    >>> group = weighed("A", [(0.1, False), (1.0, True), (1.0, True)])
    >>> group.trials, group.failures, round(group.rate, 4), round(group.effective, 2)
    (3, 2, 0.1667, 1.41)

    :raises ValueError: for a chance that is not above 0 and at most 1
    """
    if any(not 0 < chance <= 1 for chance, _ in trials):
        raise ValueError("the chance of a trial lies above 0 and is at most 1")
    weights = [1 / chance for chance, _ in trials]
    return Group(
        name=name,
        failures=sum(failed for _, failed in trials),
        trials=len(trials),
        weight=fsum(weights),
        failing=fsum(1 / chance for chance, failed in trials if failed),
        squares=fsum(weight * weight for weight in weights),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A level with its rate, its interval, and the rate under the assumption of order."""

    name: str
    failures: int
    trials: int
    effective: float
    rate: float | None
    low: float
    high: float
    fitted: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    Levels, best first.

    ``trend`` is Somers' D, positive where worse levels fail more, with its p-value; None where
    fewer than two levels have trials or nothing, or everything, failed. ``reversed_pairs`` are
    neighbours whose rates stand the wrong way round.
    """

    groups: tuple[Rated, ...]
    trend: float | None
    p_value: float | None
    reversed_pairs: tuple[tuple[str, str], ...]


def report(groups: Sequence[Group], *, confidence: float = 0.95) -> Report:
    """
    Return the rates of levels, best first, and whether they rise.

    >>> best = Group(name="A", failures=1, trials=100)
    >>> made = report([best, Group(name="B", failures=9, trials=90)])
    >>> made.trend > 0, made.reversed_pairs
    (True, ())
    """
    tried = [group for group in groups if group.trials > 0]
    rates = {group.name: group.rate for group in tried}
    fitted = _fitted(tried)
    trend, p_value = _trend(tried)
    return Report(
        groups=tuple(_rated(group, rates, fitted, confidence) for group in groups),
        trend=trend,
        p_value=p_value,
        reversed_pairs=tuple(
            (one.name, other.name)
            for one, other in pairwise(tried)
            if rates[one.name] > rates[other.name]
        ),
    )


def _rated(
    group: Group, rates: dict[str, float], fitted: dict[str, float], confidence: float
) -> Rated:
    low, high = 0.0, 1.0
    if group.trials:
        low, high = _wilson(group.rate, group.effective, confidence)
    return Rated(
        name=group.name,
        failures=group.failures,
        trials=group.trials,
        effective=group.effective if group.trials else 0.0,
        rate=rates.get(group.name),
        low=low,
        high=high,
        fitted=fitted.get(group.name),
    )


def _wilson(rate: float, trials: float, confidence: float) -> tuple[float, float]:
    """Return the interval of Wilson; the number of trials need not be whole."""
    z = float(stats.norm.ppf((1 + confidence) / 2))
    shrunk = 1 + z * z / trials
    middle = (rate + z * z / (2 * trials)) / shrunk
    half = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)) / shrunk
    return max(0.0, middle - half), min(1.0, middle + half)


def _fitted(tried: Sequence[Group]) -> dict[str, float]:
    if not tried:
        return {}
    rates = [group.rate for group in tried]
    fit = optimize.isotonic_regression(rates, weights=[group.effective for group in tried])
    return {group.name: float(value) for group, value in zip(tried, fit.x, strict=True)}


def _trend(tried: Sequence[Group]) -> tuple[float | None, float | None]:
    # Whole trials, as many as the weights are worth.
    shares = [(round(group.effective * group.rate), round(group.effective)) for group in tried]
    table = np.array([[trials - failures, failures] for failures, trials in shares])
    if len(tried) < 2 or (table.sum(axis=0) == 0).any():
        return None, None
    found = stats.somersd(table)
    return float(found.statistic), float(found.pvalue)
