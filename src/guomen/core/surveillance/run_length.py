"""
Limits for likelihood-ratio charts that keep a wanted average run length.

The run length is that of a Markov chain on a grid of sums (Brook and Evans
1972). Not for running the chart: see ``cusum``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

from guomen.core.surveillance.series import Floats, between

STATES: Final = 150
HALVINGS: Final = 40
NEGLIGIBLE: Final = 1e-14


def poisson_run_length(mean: float, *, ratio: float, limit: float) -> float:
    """Return the average weeks to an alarm of a Poisson chart while nothing is wrong."""
    steps, chances = _poisson_steps(mean, ratio)
    return _run_length(steps, chances, limit)


def binomial_run_length(rate: float, *, tests: npt.ArrayLike, ratio: float, limit: float) -> float:
    """Return the average weeks with a test to an alarm; `tests` are typical weekly numbers."""
    steps, chances = _binomial_steps(rate, np.atleast_1d(np.asarray(tests, dtype=int)), ratio)
    return _run_length(steps, chances, limit)


def poisson_limit(mean: float, *, ratio: float, run_length: float) -> float:
    """
    Return the least limit whose average run length is at least the wanted one.

    :raises UnknownChoice: for a mean or a run length that has no meaning
    """
    between(mean, option="mean", high=1e5)
    return _limit(*_poisson_steps(mean, ratio), run_length)


def binomial_limit(rate: float, *, tests: npt.ArrayLike, ratio: float, run_length: float) -> float:
    """
    Return the least limit whose average run length is at least the wanted one.

    :raises UnknownChoice: for a rate or a run length that has no meaning
    """
    between(rate, option="rate")
    tried = np.atleast_1d(np.asarray(tests, dtype=int))
    return _limit(*_binomial_steps(rate, tried[tried > 0], ratio), run_length)


def _poisson_steps(mean: float, ratio: float) -> tuple[Floats, Floats]:
    counts = np.arange(int(mean + 10.0 * np.sqrt(mean) + 30.0))
    chances = np.exp(xlogy(counts, mean) - mean - gammaln(counts + 1.0))
    steps = counts * np.log(ratio) - mean * (ratio - 1.0)
    return steps, chances / chances.sum()


def _binomial_steps(
    rate: float, tests: npt.NDArray[np.int_], ratio: float
) -> tuple[Floats, Floats]:
    """Return the steps over a mixture of weekly numbers of tests."""
    steps, chances = [], []
    numbers, times = np.unique(tests, return_counts=True)
    for n, share in zip(numbers, times / times.sum(), strict=True):
        x = np.arange(n + 1)
        log = gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0)
        chance = np.exp(log + xlogy(x, rate) + (n - x) * np.log1p(-rate))
        there = chance > NEGLIGIBLE
        cost = n * np.log1p(rate * (ratio - 1.0))
        steps.append((x * np.log(ratio) - cost)[there])
        chances.append((share * chance)[there])
    chance = np.concatenate(chances)
    return np.concatenate(steps), chance / chance.sum()


def _run_length(steps: Floats, chances: Floats, limit: float) -> float:
    """Return the average run length from a sum of zero, on a grid of states."""
    width = limit / (STATES - 0.5)
    grid = np.arange(STATES) * width
    target = grid[:, None] + steps
    cell = np.maximum(np.rint(target / width), 0.0).astype(int)
    stays = (target < limit) & (cell < STATES)
    move = np.zeros((STATES, STATES))
    rows = np.broadcast_to(np.arange(STATES)[:, None], cell.shape)
    np.add.at(move, (rows[stays], cell[stays]), np.broadcast_to(chances, cell.shape)[stays])
    try:
        weeks = float(np.linalg.solve(np.eye(STATES) - move, np.ones(STATES))[0])
    except np.linalg.LinAlgError:
        return float("inf")
    # Beyond the digits of the solver the chart is as good as never wrong.
    return weeks if weeks >= 1.0 else float("inf")


def _limit(steps: Floats, chances: Floats, run_length: float) -> float:
    between(run_length, option="run_length", low=1.0, high=1e9)
    low, high = 0.0, 1.0
    while _run_length(steps, chances, high) < run_length:
        low, high = high, 2.0 * high
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        short = _run_length(steps, chances, middle) < run_length
        low, high = (middle, high) if short else (low, middle)
        if high - low < 1e-4:
            break
    return high
