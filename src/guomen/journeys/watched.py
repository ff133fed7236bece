"""
What pages read of the watch: series by name, one series through the weeks, where goods fail.

Not for raising signals (``watching``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.special import betaincinv

from guomen.analysis import aggregates, engines
from guomen.analysis import history as files
from guomen.analysis import series as weekly
from guomen.analysis.history import LINES
from guomen.analysis.series import Key, Watched
from guomen.core.text import Text
from guomen.journeys import history, watching
from guomen.rulebooks import places
from guomen.rulebooks.commodities import GROUP_NAMES
from guomen.rulebooks.watching import WATCHING
from guomen.supervision.agencies.models import Agency
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Commodity, Hazard

DIRECTIONS = {"import": Text(zh="进境", en="import"), "export": Text(zh="出境", en="export")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of what keys of series speak of; what is on no register keeps its code."""

    by_part: Mapping[str, Mapping[str, Text]]

    def of(self, key: Mapping[str, str | None]) -> Text:
        """Return one name for a series, in both languages."""
        parts = [self._part(name, value) for name, value in key.items()]
        return Text(zh=" · ".join(p.zh for p in parts), en=" · ".join(p.en for p in parts))

    def _part(self, name: str, value: str | None) -> Text:
        if value is None:
            return Text(zh="未知", en="unknown")
        found = self.by_part.get(name, {}).get(value)
        if found is None:
            return Text(zh=value, en=value)
        if name == "hs6":
            return Text(zh=f"{value} {found.zh}", en=f"{value} {found.en}")
        return found


def names_of(keys: Iterable[Mapping[str, str | None]]) -> Names:
    """Return the names of everything that keys speak of; a query a register."""
    wanted: dict[str, set[str]] = {}
    for key in keys:
        for name, value in key.items():
            if value is not None:
                wanted.setdefault(name, set()).add(value)
    found: dict[str, dict[str, Text]] = {
        "direction": DIRECTIONS,
        "group": {group.value: text for group, text in GROUP_NAMES.items()},
        "origin": places.countries(),
    }
    for name, read in _REGISTERS.items():
        if name in wanted:
            found[name] = read(wanted[name])
    return Names(by_part=found)


def _hs6(codes: set[str]) -> dict[str, Text]:
    rows = Commodity.objects.order_by("hs_code").values_list("hs_code", "name_zh", "name_en")
    found: dict[str, Text] = {}
    for code, zh, en in rows:
        if code[:6] in codes:
            found.setdefault(code[:6], Text(zh=zh, en=en))
    return found


def _enterprises(keys: set[str]) -> dict[str, Text]:
    return {key: Text(zh=zh, en=en) for key, (zh, en) in parties.names_of(keys).items()}


def _hazards(codes: set[str]) -> dict[str, Text]:
    rows = Hazard.objects.filter(code__in=codes).values_list("code", "name_zh", "name_en")
    return {code: Text(zh=zh, en=en) for code, zh, en in rows}


def _laboratories(codes: set[str]) -> dict[str, Text]:
    rows = Agency.objects.filter(code__in=codes).values_list("code", "name_zh", "name_en")
    return {code: Text(zh=zh, en=en) for code, zh, en in rows}


_REGISTERS = {
    "hs6": _hs6,
    "enterprise": _enterprises,
    "port": parties.port_names,
    "hazard": _hazards,
    "laboratory": _laboratories,
}


@lru_cache(maxsize=8)
def _watched(level: str, week: date, place: Path, digest: tuple[str, ...]) -> Watched | None:
    """Judge the newest week of every series of a level; the files' digest is of the question."""
    del digest
    found = watching.series_of(level, through=week, place=place)
    return None if found is None else weekly.watch(found, WATCHING.on(week).value)


def watched(level: str, *, through: date) -> Watched | None:
    """Return the newest week of every series of a level; None while there is no history of it."""
    place = history.folder()
    manifest = files.read_manifest(place, watching.LEVELS[level].dataset)
    digest = tuple(month.sha256 for _, month in sorted(dict(manifest.months).items()))
    return _watched(level, last_whole_week(through), place, digest)


def last_whole_week(day: date) -> date:
    """Return the Monday of the last week that is over."""
    return weekly.monday(day) - timedelta(days=7)


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


def rows_of(found: Watched, chosen: Sequence[int]) -> list[SeriesRow]:
    """Return series as rows of a list."""
    unknown = np.isnan(found.watch.p[:, 0])
    return [
        SeriesRow(
            name=watching.name_of(found.series.keys[row]),
            key=dict(zip(found.series.names, found.series.keys[row], strict=True)),
            violations=int(found.violations[row, 0]),
            tests=int(found.tests[row, 0]),
            expected=float(found.expected[row, 0]),
            p=None if unknown[row] else float(found.watch.p[row, 0]),
            q=None if unknown[row] else float(found.q[row, 0]),
            raised=bool(found.raised[row, 0]),
            thin=bool(found.watch.thin[row, 0]),
            found=int(found.series.found[row].sum()),
            examined=int(found.series.examined[row].sum()),
        )
        for row in chosen
    ]


def ranked(found: Watched, text: str) -> list[int]:
    """Return the places of series that hold every word of a text, the most surprising first."""
    words = text.lower().split()
    chosen = [
        row
        for row, key in enumerate(found.series.keys)
        if not words or all(word in _searched(found.series.names, key) for word in words)
    ]
    p = np.nan_to_num(found.watch.p[chosen, 0], nan=2.0)
    examined = found.series.examined[chosen].sum(axis=1)
    return [chosen[place] for place in np.lexsort((-examined, p)).tolist()]


@lru_cache(maxsize=200_000)
def _searched(names: tuple[str, ...], key: Key) -> str:
    known = [DIRECTIONS.get(part or "") or GROUP_NAMES.get(part) for part in key]  # type: ignore[call-overload]
    more = [f"{text.zh} {text.en}" for text in known if text is not None]
    del names
    return " ".join([*(part or "?" for part in key), *more]).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One series through the weeks: what was found out of what, what was expected, the bound."""

    name: str
    key: Mapping[str, str | None]
    weeks: tuple[date, ...]
    violations: tuple[int, ...]
    tests: tuple[int, ...]
    found: tuple[int, ...]
    examined: tuple[int, ...]
    expected: tuple[float | None, ...]
    bound: tuple[int | None, ...]
    raised: tuple[bool, ...]
    thin: bool

    @property
    def table(self) -> list[tuple[date, int, int, float | None, int | None, bool]]:
        """Return the weeks as rows, the newest first."""
        columns = (
            self.weeks, self.violations, self.tests, self.expected, self.bound, self.raised,
        )  # fmt: skip
        return list(zip(*columns, strict=True))[::-1]


def course(level: str, name: str, *, through: date, weeks: int = 60) -> Course | None:
    """Return one series through its last weeks; None if there is none of that name."""
    newest = watched(level, through=through)
    if newest is None:
        return None
    rows = {watching.name_of(key): row for row, key in enumerate(newest.series.keys)}
    if name not in rows:
        return None
    # The q of a week is that of its whole batch, so every series is judged, in these weeks only.
    judged = weekly.watch(newest.series, newest.settings, weeks=weeks)
    row = rows[name]
    expected, bound = weekly.bounds(judged, row)
    at = judged.at
    series = newest.series
    return Course(
        name=name,
        key=dict(zip(series.names, series.keys[row], strict=True)),
        weeks=tuple(series.weeks[week] for week in at.tolist()),
        violations=tuple(series.violations[row, at].astype(int).tolist()),
        tests=tuple(series.tests[row, at].astype(int).tolist()),
        found=tuple(series.found[row, at].astype(int).tolist()),
        examined=tuple(series.examined[row, at].astype(int).tolist()),
        expected=tuple(None if np.isnan(x) else round(float(x), 3) for x in expected),
        bound=tuple(None if np.isnan(x) else int(x) for x in bound),
        raised=tuple(judged.raised[row].tolist()),
        thin=bool(judged.watch.thin[row, -1]),
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
    try:
        found = engines.over_history(aggregates.heat, history.folder(), LINES)
    except files.HistoryError:
        found = pl.DataFrame(schema={"examined": pl.Int64, "direction": pl.String, **_SUMS})
    return found.filter((pl.col("examined") > 0) & (pl.col("direction") == direction))


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
