"""
Lines of a nation's history, a month at a time, of any number; the same seed gives the same lines.

A few enterprises, goods and origins carry most of the trade (Zipf); failure hangs on goods, origin
and enterprise together; the chance of selection follows it loosely, so that weights matter. What is
drawn is drawn with exactly the chance that is stored. Not for rulings: the gate never saw them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.analysis.history import LINES, Standing
from guomen.rulebooks.commodities import Group

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ORIGINS = 200
PORTS = 300
AGENCIES = 500
HEADINGS = 5_000
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Nation:
    """How many lines a year, of how many enterprises, from which seed."""

    lines: int
    seed: int
    year: int = 2012
    enterprises: int = 1_000_000


def months(nation: Nation) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the twelve months: the name of each and its rows."""
    for month in range(1, 13):
        first = date(nation.year, month, 1)
        after = date(nation.year + month // 12, month % 12 + 1, 1)
        share = nation.lines * month // 12 - nation.lines * (month - 1) // 12
        yield f"{first:%Y-%m}", _month(nation, first, (after - first).days, share)


def _month(nation: Nation, first: date, days: int, lines: int) -> pl.DataFrame:
    dice = np.random.default_rng([nation.seed, first.month])
    goods = _skewed(dice, HEADINGS, lines)
    origin = _skewed(dice, ORIGINS, lines)
    enterprise = _skewed(dice, nation.enterprises, lines)
    true = failing(goods, origin, enterprise)
    # Targeting knows the truth only roughly.
    guess = true * np.exp(dice.normal(0.0, 0.8, lines))
    chance = np.clip(np.rint(2 * guess * _MILLION), 10_000, _MILLION).astype(np.int64)
    selected = dice.integers(0, _MILLION, lines) < chance
    failed = dice.random(lines) < true
    standing = _standings(dice, selected)
    examined = standing == _CODES.index(Standing.EXAMINED)
    day = dice.integers(0, days, lines)
    return _frame(
        {
            "number": np.arange(lines, dtype=np.int64),
            "day": day,
            "goods": goods,
            "origin": origin,
            "enterprise": enterprise,
            "place": dice.integers(0, PORTS, lines),
            "agency": dice.integers(0, AGENCIES, lines),
            "import": dice.random(lines) < 0.4,
            "value_fen": np.exp(dice.normal(14.0, 1.5, lines)).astype(np.int64),
            "chance_ppm": chance,
            "selected": selected,
            "standing": standing,
            "failed": np.where(examined, failed, 2),
            "late": dice.integers(1, 9, lines),
        },
        first,
    )


def _skewed(dice: np.random.Generator, size: int, lines: int) -> Numbers:
    """Return places in a list whose shares fall off roughly as 1 / place."""
    return np.minimum(size ** dice.random(lines), size - 1).astype(np.int64)


def failing(goods: Numbers, origin: Numbers, enterprise: Numbers) -> Floats:
    """Return the true chance to fail: 0.2 % to 60 %, about 1.5 % in the mean."""
    mixed = (goods * 7919 + origin * 104_729) % 997 / 997
    own = (enterprise * 15_485_863) % 1_009 / 1_009
    found: Floats = np.minimum(0.002 + 0.08 * mixed**6 + 0.3 * own**30, 0.6)
    return found


_CODES = tuple(Standing)
# Of lines that were drawn and of others: how they ended.
_SELECTED = {Standing.EXAMINED: 0.94, Standing.UNPERFORMED: 0.02, Standing.HELD: 0.02}
_OTHERS = {Standing.UNEXAMINED: 0.97, Standing.HELD: 0.01, Standing.DISCRETIONARY: 0.01}


def _standings(dice: np.random.Generator, selected: npt.NDArray[np.bool_]) -> Numbers:
    u = dice.random(len(selected))
    return np.where(selected, _picked(u, _SELECTED), _picked(u, _OTHERS))


def _picked(u: Floats, shares: dict[Standing, float]) -> Numbers:
    """Return the code at each u; what the shares leave over is withdrawn."""
    codes = np.array([_CODES.index(s) for s in (*shares, Standing.WITHDRAWN)], dtype=np.int64)
    return codes[np.searchsorted(np.cumsum(list(shares.values())), u, side="right")]


def _frame(drawn: dict[str, Any], first: date) -> pl.DataFrame:
    """Return the drawn numbers as rows of the history."""
    groups = [group.value for group in Group]
    origins = [f"{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(ORIGINS)]
    headings = [f"{(n * 1931) % 97 + 1:02d}{n % 10_000:04d}" for n in range(HEADINGS)]
    by_heading = [groups[n % len(groups)] for n in range(HEADINGS)]
    prefix = f"LIN-{first:%Y%m}-"
    number, goods = pl.col("number"), pl.col("goods")
    day = pl.lit(first) + pl.duration(days=pl.col("day"))
    seen = pl.col("failed") < 2

    def code(stem: str, name: str, digits: int) -> pl.Expr:
        return pl.lit(stem) + pl.col(name).cast(pl.String).str.zfill(digits)

    def named(words: list[str], at: pl.Expr) -> pl.Expr:
        return pl.lit(pl.Series(words, dtype=pl.String)).gather(at)

    rows = pl.DataFrame(drawn).select(
        line=pl.lit(prefix) + number.cast(pl.String).str.zfill(8),
        day=day.cast(pl.Date),
        agency=code("AGY-", "agency", 3),
        port=code("CNP", "place", 3),
        direction=pl.when(pl.col("import")).then(pl.lit("import")).otherwise(pl.lit("export")),
        enterprise=code("ENT-", "enterprise", 7),
        site=pl.lit(None, dtype=pl.String),
        hs6=named(headings, goods),
        group=named(by_heading, goods),
        origin=named(origins, pl.col("origin")),
        destination=pl.lit(None, dtype=pl.String),
        value_fen=pl.col("value_fen"),
        outcome=pl.when("selected").then(pl.lit("inspect")).otherwise(pl.lit("release")),
        state=pl.lit("released"),
        selected=pl.col("selected"),
        chance_ppm=pl.col("chance_ppm"),
        standing=named([standing.value for standing in _CODES], pl.col("standing")),
        failed=pl.when(seen).then(pl.col("failed") == 1),
        result_day=pl.when(seen).then((day + pl.duration(days=pl.col("late"))).cast(pl.Date)),
    )
    return rows.match_to_schema(LINES.schema)
