"""
Setting p right in the tail, by what a rolling back-test showed of quiet weeks.

A model's p = 1e-4 may happen once in a thousand. Per stratum of expected counts,
the tail is fitted on one half of a back-test and checked on the other. Claims on false
discovery are refused where the tail is off by more than a factor of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from guomen.core.errors import GuomenError
from guomen.core.surveillance.series import Floats, Ints, InvalidSeries

# Strata of the expected weekly count.
EDGES: Final = (0.1, 0.3, 1.0, 3.0, 10.0, 50.0)
TAIL: Final = 0.01
AT: Final = 1e-3
LEAST_POINTS: Final = 2_000
LEAST_IN_TAIL: Final = 10
# The upper end of a 95 % interval, in standard errors.
CAUTION: Final = 1.96
LOWEST_RATIO: Final = 0.5
HIGHEST_RATIO: Final = 2.0
QUANTILES: Final = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4)


class Uncalibrated(GuomenError):
    """The tail of p is too far from what it says to claim anything of false discoveries."""

    code: ClassVar[str] = "surveillance.uncalibrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """
    The tail of one stratum: below `knee`, a share of (p / knee)^power * `share` is expected.

    Above the knee p is scaled by share / knee; `points` weeks were seen.
    """

    knee: float
    share: float
    power: float
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The tails by stratum, with the ratio on series held out: found / promised at 1e-3."""

    edges: tuple[float, ...]
    strata: tuple[Stratum, ...]
    ratio_before: float
    ratio_after: float
    # Promised against found shares on series held out, for the QQ plot.
    promised: tuple[float, ...]
    found: tuple[float, ...]

    @property
    def trusted(self) -> bool:
        """Tell whether the held-out tail was within a factor of two."""
        return LOWEST_RATIO <= self.ratio_after <= HIGHEST_RATIO

    def apply(self, p: npt.ArrayLike, expected: npt.ArrayLike) -> Floats:
        """
        Return p set right; unknown stays unknown.

        :raises Uncalibrated: where the tail is not to be trusted
        """
        if not self.trusted:
            raise Uncalibrated(
                f"at p = {AT:g} the back-test found {self.ratio_after:.2f} times what was promised;"
                " look at the QQ plot, take a longer back-test, or rank by top() instead",
                ratio=self.ratio_after,
            )
        return _applied(self.strata, self.edges, np.asarray(p, float), np.asarray(expected, float))


def calibrate(
    p: npt.ArrayLike, expected: npt.ArrayLike, *, edges: tuple[float, ...] = EDGES
) -> Calibration:
    """
    Learn the tails from a back-test of weeks taken to be quiet (series × weeks).

    Even series teach and odd series examine, and the other way round; the tails returned are
    taught by all.

    :raises InvalidSeries: where there are too few points to learn from
    """
    table = np.atleast_2d(np.asarray(p, dtype=np.float64))
    mean = np.broadcast_to(np.asarray(expected, dtype=np.float64), table.shape)
    if np.count_nonzero(~np.isnan(table)) < 2 * LEAST_POINTS:
        raise InvalidSeries(
            f"a back-test of {np.count_nonzero(~np.isnan(table))} points teaches no tail;"
            f" give at least {2 * LEAST_POINTS}, over more weeks or more series"
        )
    after = np.empty(table.shape)
    for taught, examined in ((0, 1), (1, 0)):
        tails = _learn(table[taught::2], mean[taught::2], edges)
        after[examined::2] = _applied(tails, edges, table[examined::2], mean[examined::2])
    before, after = table[~np.isnan(table)], after[~np.isnan(after)]
    return Calibration(
        edges=edges,
        strata=_learn(table, mean, edges),
        ratio_before=float((before <= AT).mean() / AT),
        ratio_after=float((after <= AT).mean() / AT),
        promised=QUANTILES,
        found=tuple(float((after <= share).mean()) for share in QUANTILES),
    )


def _strata_of(mean: Floats, edges: tuple[float, ...]) -> Ints:
    return np.digitize(np.nan_to_num(mean), edges).astype(np.int64)


def _learn(p: Floats, mean: Floats, edges: tuple[float, ...]) -> tuple[Stratum, ...]:
    known = ~np.isnan(p) & ~np.isnan(mean)
    stratum = _strata_of(mean, edges)
    whole = _tail(p[known])
    found = []
    for index in range(len(edges) + 1):
        mine = p[known & (stratum == index)]
        # A stratum with too little of its own takes the tail of all.
        found.append(_tail(mine) if mine.size >= LEAST_POINTS else whole)
    return tuple(found)


def _tail(p: Floats) -> Stratum:
    """
    Fit the share of p below the knee, and how it thins out, by Hill's estimator (Hill 1975).

    A few made-up observations of a perfect tail keep the power sober. The share is the upper limit
    of what the back-test allows, and no tail is taken for thinner than promised: a claim on false
    discoveries must hold also where the weeks to come are a little wilder than those behind.
    """
    inside = p[p <= TAIL]
    share = _upper(inside.size + 1.0) / (p.size + 1.0 / TAIL)
    sunk = -np.log(np.maximum(inside, 1e-300) / TAIL).sum()
    power = (inside.size + LEAST_IN_TAIL) / (sunk + LEAST_IN_TAIL)
    return Stratum(knee=TAIL, share=share, power=min(float(power), 1.0), points=int(p.size))


def _upper(number: float) -> float:
    return float(number + CAUTION * np.sqrt(number))


def _applied(
    strata: tuple[Stratum, ...], edges: tuple[float, ...], p: Floats, expected: Floats
) -> Floats:
    index = _strata_of(np.broadcast_to(expected, p.shape), edges)
    knee = np.array([stratum.knee for stratum in strata])[index]
    share = np.array([stratum.share for stratum in strata])[index]
    power = np.array([stratum.power for stratum in strata])[index]
    with np.errstate(invalid="ignore"):
        inside = share * (p / knee) ** power
        outside = share + (p - knee) * (1.0 - share) / (1.0 - knee)
        return np.where(np.isnan(p), np.nan, np.where(p <= knee, inside, outside))
