"""
What is known of a series before it has a history: a gamma prior on its weekly rate.

``pooled`` learns one from series like it (empirical Bayes), so that a new
product or origin begins with what its kin show. Not for proportions: see
``binomial``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from guomen.core.errors import GuomenError
from guomen.core.surveillance.series import as_counts, as_population

LEAST_SERIES: Final = 3


class NothingToPool(GuomenError):
    """There are too few series, or too few cases, to learn a prior from."""

    code: ClassVar[str] = "surveillance.nothing_to_pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaPrior:
    """`shape` cases in `rate` weeks (or units of population): a rate of about shape / rate."""

    shape: float
    rate: float
    says: str = "given"


# Half a case and no exposure: the prior of least information for a Poisson rate (Jeffreys 1946).
JEFFREYS: Final = GammaPrior(shape=0.5, rate=0.0, says="Jeffreys")


def pooled(counts: npt.ArrayLike, *, population: npt.ArrayLike | None = None) -> GammaPrior:
    """
    Return the gamma prior that matches mean and variance of the rates of many series.

    The variance between series is that of their rates less what counting alone explains
    (Marshall 1991, moments). Where counting explains all, the shape is that of the pooled cases.

    :raises NothingToPool: for fewer than three series with known weeks, or no case at all
    """
    table = as_counts(counts)
    people = as_population(population, table.shape)
    exposure = np.where(np.isnan(table), 0.0, 1.0 if people is None else people).sum(axis=1)
    there = exposure > 0
    cases, exposure = np.nansum(table, axis=1)[there], exposure[there]
    if there.sum() < LEAST_SERIES or cases.sum() == 0:
        raise NothingToPool(
            f"{int(there.sum())} series with {int(cases.sum())} cases are too little for a prior;"
            " pool more series, or leave the prior out",
            series=int(there.sum()),
        )
    mean = cases.sum() / exposure.sum()
    rates = cases / exposure
    spread = (exposure * (rates - mean) ** 2).sum() / exposure.sum()
    between = spread - mean * exposure.size / exposure.sum()
    shape = min(mean**2 / between, cases.sum()) if between > 0 else float(cases.sum())
    says = f"pooled over {exposure.size} series"
    return GammaPrior(shape=float(shape), rate=float(shape / mean), says=says)
