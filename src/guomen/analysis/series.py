"""
From weekly aggregates to what early warning watches: series × weeks of violations out of tests.

Counts are effective ones: as if every test had been drawn at random, so that a change of targeting
is not an outbreak (Kish 1965). A week in which nobody tested anything has no tests; it is never
taken for clean. Not for the question put to the series (``core.surveillance``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from guomen.core.surveillance import (
    BetaPrior,
    Binomial,
    BinomialWatch,
    benjamini_hochberg,
    binomial,
)
from guomen.core.surveillance.binomial import beta_binomial_mid_p
from guomen.core.surveillance.series import Floats, Ints
from guomen.rulebooks.watching import Watching

Key = tuple[str | None, ...]
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySeries:
    """Series × weeks: effective violations and tests, and the plain counts beside them."""

    names: tuple[str, ...]
    keys: tuple[Key, ...]
    weeks: tuple[date, ...]
    violations: Floats
    tests: Floats
    found: Floats
    examined: Floats

    def only(self, rows: Sequence[int]) -> WeeklySeries:
        """Return some of the series."""
        at = list(rows)
        return replace(
            self,
            keys=tuple(self.keys[row] for row in at),
            violations=self.violations[at],
            tests=self.tests[at],
            found=self.found[at],
            examined=self.examined[at],
        )


def monday(day: date) -> date:
    """Return the first day of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def weekly(frame: pl.DataFrame, names: Sequence[str], *, through: date) -> WeeklySeries:
    """
    Spread an aggregate (``aggregates.weekly``) over all weeks up to the one of ``through``.

    Only series in which something was ever examined are series.
    """
    last = monday(through)
    known = frame.filter((pl.col("examined") > 0) & (pl.col("week") <= last))
    first: date = known["week"].min() or last  # type: ignore[assignment]
    weeks = tuple(first + WEEK * n for n in range((last - first).days // 7 + 1))
    keys = known.select(names).unique(maintain_order=True).sort(names, nulls_last=True)
    numbered = known.join(
        keys.with_row_index("series"), on=list(names), how="left", nulls_equal=True
    )
    row = numbered["series"].to_numpy()
    column = ((numbered["week"] - first).dt.total_days() // 7).to_numpy()

    def table(values: pl.Series) -> Floats:
        cells = np.zeros((keys.height, len(weeks)))
        cells[row, column] = values.to_numpy()
        return cells

    weight = numbered["weight"].cast(pl.Float64)
    tests = (weight**2 / numbered["weight_squared"]).round()
    share = (numbered["weight_failed"] / weight).clip(upper_bound=1.0)
    return WeeklySeries(
        names=tuple(names),
        keys=tuple(keys.rows()),
        weeks=weeks,
        violations=table((share * tests).round()),
        tests=table(tests),
        found=table(numbered["failed"]),
        examined=table(numbered["examined"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """
    The answer for some weeks, tables of series × watched weeks.

    ``violations`` and ``tests`` are those of the window that surprised most. ``raised`` says where
    a signal stands: q within the accepted share of chance, and not too few violations.
    """

    series: WeeklySeries
    settings: Watching
    at: Ints
    watch: BinomialWatch
    q: Floats
    violations: Floats
    tests: Floats
    raised: np.ndarray

    @property
    def expected(self) -> Floats:
        """Return the violations that the own past leads one to expect in the window."""
        expected: Floats = self.watch.rate * self.tests
        return expected


def watch(series: WeeklySeries, settings: Watching, *, weeks: int | Sequence[int] = 1) -> Watched:
    """
    Judge weeks of every series; ``weeks`` are the last so many, or columns.

    Every week's batch is corrected for its own number of series (Benjamini and Hochberg).
    """
    columns = (
        range(len(series.weeks) - weeks, len(series.weeks)) if isinstance(weeks, int) else weeks
    )
    at = np.array([column for column in columns if column >= 0], dtype=np.int64)
    method = question(series, settings)
    found = binomial(series.violations, series.tests, method, weeks=at)
    q = np.column_stack([benjamini_hochberg(p) for p in found.p.T]) if at.size else found.p
    hits, tried = (
        _in_window(table, at, found.window) for table in (series.violations, series.tests)
    )
    with np.errstate(invalid="ignore"):
        raised = (q <= settings.false_share) & (hits >= settings.fewest)
    return Watched(
        series=series,
        settings=settings,
        at=at,
        watch=found,
        q=q,
        violations=hits,
        tests=tried,
        raised=raised,
    )


def question(series: WeeklySeries, settings: Watching) -> Binomial:
    """Return the question, with the rate of all series of the level as what is known before."""
    tests, hits = series.tests.sum(), series.violations.sum()
    prior = BetaPrior()
    if 0 < hits < tests:
        prior = BetaPrior(violations=settings.pooled * hits / tests, tests=settings.pooled)
    return Binomial(
        windows=settings.windows,
        past=settings.past,
        skip=settings.skip,
        alpha=settings.alpha,
        prior=prior,
    )


def _in_window(table: Floats, at: Ints, window: Ints) -> Floats:
    sums = np.pad(np.cumsum(table, axis=1), ((0, 0), (1, 0)))
    first = np.maximum(at[None, :] - window + 1, 0)
    found: Floats = sums[:, at + 1] - np.take_along_axis(sums, first, axis=1)
    return found


def bounds(watched: Watched, row: int, *, window: int = 1) -> tuple[Floats, Floats]:
    """Return for one series the expected violations and the bound of every watched week."""
    series, at = watched.series, watched.at
    methods = [watched.watch.method] * at.size
    return bounds_of(series.violations[row], series.tests[row], at, methods, window=window)


def bounds_of(
    violations: Floats, tests: Floats, at: Ints, methods: Sequence[Binomial], *, window: int = 1
) -> tuple[Floats, Floats]:
    """
    Return the expected violations and the bound of weeks of one series, each by its own question.

    The bound is the least number of violations that would be surprising at the limit; NaN where
    nothing was tested.

    :param violations: a number a week, and so the ``tests`` they came out of
    :param at: the weeks asked about, one for each method
    """
    sums = [np.pad(np.cumsum(table), (1, 0)) for table in (violations, tests)]
    past = np.array([method.past for method in methods])
    skip = np.array([method.skip for method in methods])
    end = np.maximum(at - window - skip + 1, 0)
    begin = np.maximum(end - past, 0)
    tried = sums[1][at + 1] - sums[1][np.maximum(at - window + 1, 0)]
    hits = sums[0][end] - sums[0][begin] + [method.prior.violations for method in methods]
    clean = sums[1][end] - sums[1][begin] + [method.prior.tests for method in methods] - hits
    limit = np.array([method.alpha / len(method.windows) for method in methods])
    unknown = tried == 0
    expected: Floats = np.where(unknown, np.nan, tried * hits / (hits + clean))
    bound = np.where(unknown, np.nan, _least_surprising(tried, hits, clean, limit))
    return expected, bound


def _least_surprising(tests: Floats, hits: Floats, clean: Floats, limit: Floats) -> Floats:
    """Return the least counts whose chance is at most the limit, by halving; chances fall."""
    low, high = np.zeros(tests.size), tests + 1
    while (going := low < high).any():
        middle = np.floor((low + high) / 2)[going]
        rare = beta_binomial_mid_p(middle, tests[going], hits[going], clean[going]) <= limit[going]
        high[going] = np.where(rare, middle, high[going])
        low[going] = np.where(rare, low[going], middle + 1)
    return high
