"""
Whether worse ratings fail more often: rates with intervals, an isotonic fit, and a trend.

Intervals are those of Wilson (1927); the fit is isotonic regression weighted by trials (Barlow et
al., 1972); the trend is Somers' D of failure on level (Somers, 1962). All from SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import optimize, stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One level: how many goods were looked into, and how many failed."""

    name: str
    failures: int
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A level with its rate, its interval, and the rate under the assumption of order."""

    name: str
    failures: int
    trials: int
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
    rates = {group.name: group.failures / group.trials for group in tried}
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
        interval = stats.binomtest(group.failures, group.trials).proportion_ci(
            confidence_level=confidence, method="wilson"
        )
        low, high = float(interval.low), float(interval.high)
    return Rated(
        name=group.name,
        failures=group.failures,
        trials=group.trials,
        rate=rates.get(group.name),
        low=low,
        high=high,
        fitted=fitted.get(group.name),
    )


def _fitted(tried: Sequence[Group]) -> dict[str, float]:
    if not tried:
        return {}
    rates = [group.failures / group.trials for group in tried]
    fit = optimize.isotonic_regression(rates, weights=[group.trials for group in tried])
    return {group.name: float(value) for group, value in zip(tried, fit.x, strict=True)}


def _trend(tried: Sequence[Group]) -> tuple[float | None, float | None]:
    table = np.array([[group.trials - group.failures, group.failures] for group in tried])
    if len(tried) < 2 or (table.sum(axis=0) == 0).any():
        return None, None
    found = stats.somersd(table)
    return float(found.statistic), float(found.pvalue)
