"""
CUSUM charts: small rises that last, which no single week shows.

Three charts on standardised counts, and two likelihood-ratio charts (Poisson
and binomial) whose limit is set for a wanted average run length. The expected
mean or rate is an argument. Not for learning it: see ``farrington``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from guomen.core.surveillance.series import (
    ALARM,
    QUIET,
    UNKNOWN,
    Flags,
    Floats,
    InvalidSeries,
    Source,
    States,
    as_counts,
    between,
    choose,
)  # fmt: skip

ROSSI: Final = Source(
    paper="Rossi G, Lampugnani L, Marchi M (1999). An approximate CUSUM procedure for surveillance"
    " of health events. Statistics in Medicine 18(16):2111-2122"
)
LIKELIHOOD: Final = Source(
    paper="Lucas JM (1985). Counted data CUSUM's. Technometrics 27(2):129-144; Steiner SH, Cook RJ,"
    " Farewell VT, Treasure T (2000). Biostatistics 1(4):441-452"
)


def _standard(y: Floats, m: Floats) -> Floats:
    score: Floats = (y - m) / np.sqrt(m)
    return score


def _rossi(y: Floats, m: Floats) -> Floats:
    score: Floats = (y - 3.0 * m + 2.0 * np.sqrt(m * y)) / (2.0 * np.sqrt(m))
    return score


def _anscombe(y: Floats, m: Floats) -> Floats:
    score: Floats = 1.5 * (np.cbrt(y) ** 2 - np.cbrt(m) ** 2) / np.cbrt(np.sqrt(m))
    return score


def _standard_count(z: Floats, m: Floats) -> Floats:
    return np.ceil(np.maximum(m + z * np.sqrt(m), 0.0))


def _rossi_count(z: Floats, m: Floats) -> Floats:
    root = np.sqrt(np.maximum(4.0 * m + 2.0 * z * np.sqrt(m), 0.0)) - np.sqrt(m)
    count: Floats = np.maximum(root, 0.0) ** 2
    return count


def _anscombe_count(z: Floats, m: Floats) -> Floats:
    power = np.cbrt(m) ** 2 + z * np.cbrt(np.sqrt(m)) / 1.5
    count: Floats = np.maximum(power, 0.0) ** 1.5
    return count


Score = Callable[[Floats, Floats], Floats]
# How a count is standardised, and which count has a given score.
KINDS: Final[dict[str, tuple[Score, Score]]] = {
    "standard": (_standard, _standard_count),
    "rossi": (_rossi, _rossi_count),
    "anscombe": (_anscombe, _anscombe_count),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """The question: how counts are standardised, the slack k and the limit h."""

    kind: str = "rossi"
    k: float = 1.04
    h: float = 2.26
    restart: bool = False
    source: Source = field(default=ROSSI)

    def __post_init__(self) -> None:
        """
        Refuse options that have no meaning.

        :raises UnknownChoice: and says which
        """
        choose(self.kind, tuple(KINDS), option="kind")
        between(self.h, option="h", high=float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodCusum:
    """The question: the ratio to be found (of means, or of odds) and the limit."""

    ratio: float
    limit: float
    restart: bool = True
    source: Source = field(default=LIKELIHOOD)

    def __post_init__(self) -> None:
        """
        Refuse options that have no meaning.

        :raises UnknownChoice: and says which
        """
        between(self.ratio, option="ratio", low=1.0, high=float("inf"))
        between(self.limit, option="limit", high=float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The answer, with its question: tables of series × weeks, -1 where a week is unknown."""

    method: Cusum | LikelihoodCusum
    observed: Floats
    expected: Floats
    statistic: Floats
    # The count that would raise the alarm, given the weeks before.
    bound: Floats
    state: States

    @property
    def alarms(self) -> Flags:
        """Return where the alarm is raised."""
        return np.equal(self.state, ALARM)


def cusum(counts: npt.ArrayLike, method: Cusum | None = None, *, expected: npt.ArrayLike) -> Chart:
    """
    Add up standardised excesses over the expected counts.

    A missing week leaves the sum as it was and is itself unknown.

    :param expected: the in-control mean, one number, one a series (column) or a table
    :raises InvalidSeries: for counts that cannot be, or expected means that are not above zero
    """
    method = method or Cusum()
    table = as_counts(counts)
    mean = _means(expected, table)
    score, count_of = KINDS[method.kind]
    statistic, before = _added(
        score(table, mean) - method.k, limit=method.h, restart=method.restart
    )
    return Chart(
        method=method,
        observed=table,
        expected=mean,
        statistic=statistic,
        bound=count_of(method.h + method.k - before, mean),
        state=_states(table, statistic, method.h),
    )


def poisson_cusum(
    counts: npt.ArrayLike, method: LikelihoodCusum, *, expected: npt.ArrayLike
) -> Chart:
    """
    Add up the log likelihood ratio of a mean `ratio` times the expected one.

    :raises InvalidSeries: for counts that cannot be, or expected means that are not above zero
    """
    table = as_counts(counts)
    mean = _means(expected, table)
    gain, cost = np.log(method.ratio), mean * (method.ratio - 1.0)
    statistic, before = _added(table * gain - cost, limit=method.limit, restart=method.restart)
    return Chart(
        method=method,
        observed=table,
        expected=mean,
        statistic=statistic,
        bound=np.ceil(np.maximum((method.limit - before + cost) / gain, 0.0)),
        state=_states(table, statistic, method.limit),
    )


def binomial_cusum(
    violations: npt.ArrayLike,
    method: LikelihoodCusum,
    *,
    tests: npt.ArrayLike,
    rate: npt.ArrayLike,
) -> Chart:
    """
    Add up the log likelihood ratio of odds `ratio` times those of the in-control rate.

    A week without a test says nothing: the sum stays and the week is unknown.

    :raises InvalidSeries: for counts that cannot be, or a rate not between 0 and 1
    """
    found = as_counts(violations, name="violations")
    tried = np.broadcast_to(as_counts(tests, name="tests"), found.shape)
    usual = np.broadcast_to(np.asarray(rate, dtype=np.float64), found.shape)
    if not ((usual > 0) & (usual < 1)).all():
        raise InvalidSeries("the in-control rate must lie strictly between 0 and 1")
    if (found > tried).any():
        raise InvalidSeries("there are more violations than tests; give both for the same weeks")
    gain = np.log(method.ratio)
    cost = tried * np.log1p(usual * (method.ratio - 1.0))
    step = np.where(tried > 0, found * gain - cost, np.nan)
    statistic, before = _added(step, limit=method.limit, restart=method.restart)
    return Chart(
        method=method,
        observed=found,
        expected=tried * usual,
        statistic=statistic,
        bound=np.ceil(np.maximum((method.limit - before + cost) / gain, 0.0)),
        state=_states(step, statistic, method.limit),
    )


def _means(expected: npt.ArrayLike, table: Floats) -> Floats:
    mean = np.broadcast_to(np.asarray(expected, dtype=np.float64), table.shape)
    if not (np.isnan(mean) | (mean > 0)).all():
        raise InvalidSeries(
            "the expected mean must be above zero; for series without a case use farrington,"
            " which has a prior for them"
        )
    return mean


def _added(steps: Floats, *, limit: float, restart: bool) -> tuple[Floats, Floats]:
    """Return the sums and what each was before its week; a missing step leaves them as they are."""
    held = np.zeros(len(steps))
    after, before = np.empty(steps.shape), np.empty(steps.shape)
    for week in range(steps.shape[1]):
        before[:, week] = held
        step = steps[:, week]
        held = np.where(np.isnan(step), held, np.maximum(held + step, 0.0))
        after[:, week] = held
        if restart:
            held = np.where(held >= limit, 0.0, held)
    return after, before


def _states(steps: Floats, statistic: Floats, limit: float) -> States:
    states = np.where(statistic >= limit, ALARM, QUIET)
    return np.where(np.isnan(steps), UNKNOWN, states).astype(np.int8)
