"""
How much an inspector or a laboratory sees: to be adjusted for, never to be targeted by.

Who inspects a line is no property of the line. A clean result from someone who finds half of what
others find on like goods is half a clean result, and counts as half a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from guomen.core.targeting.cells import UNKNOWN, Floats

# A sensitivity outside these is a question to be asked of the person, not a weight.
LEAST, MOST = 0.3, 1.5
# As if everybody had been expected to find so many, and found them.
LEANS_ON: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """
    What each examiner finds of what is there, relative to all: 1 is the mean of all tests.

    ``found`` and ``expected`` are kept as the evidence.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    found: Mapping[str, float] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)

    def tests(self, results: pl.DataFrame) -> Floats:
        """Return how many tests each result counts for: found counts as one, clean as seen."""
        names = results["examiner"].fill_null(UNKNOWN).to_list()
        seen = np.array([self.values.get(name, 1.0) for name in names])
        found = results["found"].cast(pl.Float64).to_numpy()
        tests = results["tests"].cast(pl.Float64).to_numpy()
        counted: Floats = found + (tests - found) * seen
        return counted


def sensitivities(
    results: pl.DataFrame, expected: Floats, *, leans_on: float = LEANS_ON
) -> Sensitivity:
    """
    Return what each examiner found against what was to be expected of the same goods.

    A gamma prior shrinks those who were expected to find little to 1.

    :param results: ``examiner`` (text, null unknown) and ``found``
    :param expected: how many failures were to be expected in each result
    """
    whole = max(float(expected.sum()), 1e-12)
    ratio = float(results["found"].cast(pl.Float64).sum()) / whole
    sums = (
        results.select(
            pl.col("examiner").fill_null(UNKNOWN),
            pl.col("found").cast(pl.Float64),
            pl.Series("expected", expected * ratio),
        )
        .group_by("examiner")
        .sum()
        .sort("examiner")
    )
    names = sums["examiner"].to_list()
    found, due = sums["found"].to_numpy(), sums["expected"].to_numpy()
    values = np.clip((found + leans_on) / (due + leans_on), LEAST, MOST)
    return Sensitivity(
        values=dict(zip(names, values.tolist(), strict=True)),
        found=dict(zip(names, found.tolist(), strict=True)),
        expected=dict(zip(names, due.tolist(), strict=True)),
    )
