"""
What pages read of the watch: series by name, one series through the weeks, where goods fail.

All of it was judged and kept by the weekly watch (``watching``); nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.special import betaincinv

from guomen.analysis import aggregates, engines, judged
from guomen.analysis import history as files
from guomen.analysis import series as weekly
from guomen.analysis.history import LINES
from guomen.analysis.judged import Judged
from guomen.journeys import history
from guomen.journeys.watching import LEVELS, BackTest, Onset, question_of
from guomen.supervision.risk import queries


def judged_at(level: str) -> Judged | None:
    """Return the newest judged week of a level; None before the first watch of it."""
    return judged.read(history.folder(), level)


def first_level() -> str | None:
    """Return the first level that was ever watched."""
    return next((level for level in LEVELS if judged_at(level) is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """The newest week of one series, in its window."""

    name: str
    key: Mapping[str, str | None]
    violations: int
    tests: int
    expected: float
    p: float | None
    q: float | None
    raised: bool
    thin: bool
    found: int
    examined: int


_COLUMNS = (
    "name", "violations", "tests", "expected", "p", "q", "raised", "thin", "found", "examined",
)  # fmt: skip


def rows_of(found: Judged, chosen: Sequence[int]) -> list[SeriesRow]:
    """Return series as rows of a list."""
    return [
        SeriesRow(
            key=judged.key_of(row, found.names),
            **{name: row[name] for name in _COLUMNS},
        )
        for row in found.rows[list(chosen)].to_dicts()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """
    One series through the weeks: what was found out of what, what was expected, the bound.

    ``raised`` is what the watch of that week said; None for a week that was never watched.
    """

    name: str
    key: Mapping[str, str | None]
    weeks: tuple[date, ...]
    violations: tuple[int, ...]
    tests: tuple[int, ...]
    found: tuple[int, ...]
    examined: tuple[int, ...]
    expected: tuple[float | None, ...]
    bound: tuple[int | None, ...]
    raised: tuple[bool | None, ...]
    thin: bool

    @property
    def table(self) -> list[tuple[date, int, int, float | None, int | None, bool | None]]:
        """Return the weeks as rows, the newest first."""
        columns = (
            self.weeks, self.violations, self.tests, self.expected, self.bound, self.raised,
        )  # fmt: skip
        return list(zip(*columns, strict=True))[::-1]

    @property
    def unwatched(self) -> int:
        """Return how many of the weeks were never watched."""
        return sum(raised is None for raised in self.raised)


def course(level: str, name: str, *, path: str, weeks: int = 60) -> Course | None:
    """
    Return one series through its last weeks as they were judged; None if there is none.

    Each week is asked by the question of its own watch, one never watched by that of the newest.

    :param path: the agency that reads: watches and signals are those that it may see
    """
    newest = judged_at(level)
    row = newest.one(name) if newest else None
    if newest is None or row is None:
        return None
    series = newest.history(row["number"])
    at = np.arange(max(len(series.weeks) - weeks, 0), len(series.weeks))
    shown = tuple(series.weeks[week] for week in at.tolist())
    asked = queries.questions(path, level, since=shown[0])
    if not asked:
        return None
    last = asked[max(asked)]
    methods = [question_of(asked.get(week, last)) for week in shown]
    expected, bound = weekly.bounds_of(series.violations, series.tests, at, methods)
    alarmed = queries.alarmed_weeks(path, level, name, since=shown[0])
    return Course(
        name=name,
        key=judged.key_of(row, newest.names),
        weeks=shown,
        violations=tuple(series.violations[at].astype(int).tolist()),
        tests=tuple(series.tests[at].astype(int).tolist()),
        found=tuple(series.found[at].astype(int).tolist()),
        examined=tuple(series.examined[at].astype(int).tolist()),
        expected=tuple(None if np.isnan(x) else round(float(x), 3) for x in expected),
        bound=tuple(None if np.isnan(x) else int(x) for x in bound),
        raised=tuple(week in alarmed if week in asked else None for week in shown),
        thin=row["thin"],
    )


def back_test(level: str) -> BackTest | None:
    """Return what a level would have raised in a year, as the newest watch worked it out."""
    found = judged_at(level)
    if found is None:
        return None
    told = found.document
    onsets = [
        Onset(**{**onset, "week": date.fromisoformat(onset["week"])}) for onset in told["onsets"]
    ]
    return BackTest(
        level=level,
        weeks=tuple(date.fromisoformat(week) for week in told["weeks"]),
        raised=tuple(told["raised"]),
        onsets=tuple(onsets),
        series=told["series"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Goods of one group and origin: weighted rate of failure with its interval."""

    group: str | None
    origin: str | None
    lines: int
    examined: int
    failed: int
    rate: float
    low: float
    high: float


def heat(direction: str) -> list[Cell]:
    """
    Return where goods fail, a cell a group and origin that was ever examined.

    The interval is Jeffreys' over the effective number of examined lines (95 %).
    """
    return [_cell(row) for row in _examined(direction).to_dicts()]


def origins(direction: str) -> list[Cell]:
    """Return the same by origin alone, all groups together: a cell has no group."""
    sums = ("lines", "examined", "failed", "weight", "weight_failed", "weight_squared")
    found = _examined(direction).group_by("origin", maintain_order=True).agg(pl.col(sums).sum())
    return [_cell(row) for row in found.to_dicts()]


def _examined(direction: str) -> pl.DataFrame:
    place = history.folder()
    months = dict(files.read_manifest(place, LINES).months)
    if months:
        found = _heat(place, tuple(month.sha256 for _, month in sorted(months.items())))
    else:
        found = pl.DataFrame(schema={"examined": pl.Int64, "direction": pl.String, **_SUMS})
    return found.filter((pl.col("examined") > 0) & (pl.col("direction") == direction))


@lru_cache(maxsize=4)
def _heat(place: Path, digest: tuple[str, ...]) -> pl.DataFrame:
    """Return the aggregate; the digest of the files is part of the question."""
    del digest
    return engines.over_history(aggregates.heat, place, LINES)


_SUMS = {
    "group": pl.String,
    "origin": pl.String,
    **dict.fromkeys(("lines", "failed", "weight", "weight_failed", "weight_squared"), pl.Int64),
}


def _cell(row: Mapping[str, Any]) -> Cell:
    number = row["weight"] ** 2 / row["weight_squared"]
    rate = row["weight_failed"] / row["weight"]
    hits = rate * number
    low, high = betaincinv(hits + 0.5, number - hits + 0.5, [0.025, 0.975])
    return Cell(
        group=row.get("group"),
        origin=row["origin"],
        lines=row["lines"],
        examined=row["examined"],
        failed=row["failed"],
        rate=rate,
        low=0.0 if hits == 0 else float(low),
        high=float(high),
    )
