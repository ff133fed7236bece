"""
Is the draw even, and does the past tell the next one? Printed here; asserted among the tests.

Kolmogorov-Smirnov against the uniform law, and the area under the curve of a guesser who knows
every draw so far and every reference, all at equal chance.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from bench.measure import scaled
from guomen.core import draw

LINES, CHANCE_PPM, LAGS = 100_000, 200_000, 8


def run(report: Callable[..., None]) -> None:
    """Draw for many lines and report how even and how unpredictable it is."""
    lines = scaled(LINES, least=5_000)
    basis = draw.Basis(agency="ZHCIQ", previous_anchor="5e" * 32)
    references = [f"DEC-2012-{i:06d}-7/1" for i in range(lines)]
    u = draw.draw(bytes(range(32)), draw.messages(basis, references, [0] * lines))
    even = stats.kstest(u.astype(np.float64) / 2**52, "uniform")
    report("u against the uniform law, p", float(even.pvalue), "", least=0.001, lines=lines)
    chosen = draw.selected(u, np.full(lines, CHANCE_PPM))
    area = guessed(u.astype(np.float64) / 2**52, chosen)
    report("area under the curve of the best guess less 0.5", abs(area - 0.5), "",
           target=0.02, lines=lines)  # fmt: skip
    report("share selected at a chance of 20 %", float(chosen.mean()), "", lines=lines)


def guessed(u: np.ndarray, chosen: np.ndarray) -> float:
    """Return the AUC of a linear guess from the draws before, learnt on the first half."""
    past = np.column_stack([np.roll(u, lag) for lag in range(1, LAGS + 1)])[LAGS:]
    number = np.arange(len(u))[LAGS:]
    features = np.column_stack([past, past**2, number % 2, number % 7, np.ones(len(number))])
    target = chosen[LAGS:].astype(np.float64)
    half = len(target) // 2
    weights, *_ = np.linalg.lstsq(features[:half], target[:half], rcond=None)
    score, truth = features[half:] @ weights, target[half:] > 0
    ranks = stats.rankdata(score)
    hits, misses = int(truth.sum()), int((~truth).sum())
    return float((ranks[truth].sum() - hits * (hits + 1) / 2) / (hits * misses))
