"""
Which cells a line belongs to, and what was found in each: counts on two time scales.

A cell is one value of the columns of a level: one enterprise, one HS4, one origin with one HS4.
Counts fade with two half-lives. They are kept relative to a landmark (forward decay, Cormode et
al. 2009), so that results may be added one by one, in any order, and give what all give at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.core.errors import GuomenError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROOT: Final = "all"
# An unknown value is a value of its own: who hides the consignor is compared with who hides it.
UNKNOWN: Final = "?"
LANDMARK: Final = date(2000, 1, 1)
COUNTS: Final = ("found_fast", "tests_fast", "found_slow", "tests_slow")
_KEY, _ROW = "_key", "_row"


class SchemeError(GuomenError):
    """Levels of cells do not make a hierarchy, or results do not fit it."""

    code: ClassVar[str] = "targeting.scheme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """
    Cells by some columns, which shrink to the cells of the levels ``under`` which they lie.

    The columns of every parent are among the columns of the child.
    """

    name: str
    by: tuple[str, ...]
    under: tuple[str, ...] = (ROOT,)


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """
    A hierarchy of cells, parents before children, and how fast what was seen fades (days).

    ``bonus`` is the level at which goods count as familiar or not. ``finds`` says how strongly a
    cell leans on its parents before the data speak: as if so many had been found before, give or
    take a factor of exp(``spread``).
    """

    levels: tuple[Level, ...]
    bonus: str
    fast_days: float = 21.0
    slow_days: float = 365.0
    finds: float = 3.0
    finds_fast: float = 6.0
    spread: float = 0.7
    numbers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """
        Refuse what is no hierarchy.

        :raises SchemeError: and says which level is wrong
        """
        seen: dict[str, frozenset[str]] = {ROOT: frozenset()}
        for level in self.levels:
            if level.name in seen or not level.by or not level.under:
                raise SchemeError(f"level {level.name!r} is named twice, or has no columns")
            for parent in level.under:
                if parent not in seen or not seen[parent] < frozenset(level.by):
                    raise SchemeError(
                        f"level {level.name!r} needs all columns of {parent!r}, which must come"
                        " before it"
                    )
            seen[level.name] = frozenset(level.by)
        if self.bonus not in seen or not 0 < self.fast_days <= self.slow_days:
            raise SchemeError("name a level for the bonus, and a fast half-life up to the slow one")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return every column that cells are made by."""
        return tuple(dict.fromkeys(name for level in self.levels for name in level.by))


@dataclass(frozen=True, slots=True)
class Cells:
    """
    The counts of every cell of one level: a row a cell, with its columns as text.

    Counts stand relative to the landmark; ``at`` a day they are multiplied by ``fading``.
    """

    level: Level
    rows: pl.DataFrame

    @classmethod
    def empty(cls, level: Level) -> Cells:
        """Return no cell at all."""
        schema: dict[str, type[pl.DataType]] = dict.fromkeys(level.by, pl.String)
        return cls(level, pl.DataFrame(schema=schema | dict.fromkeys(COUNTS, pl.Float64)))

    def add(self, results: pl.DataFrame) -> Cells:
        """Add results that were weighted by ``weighted``."""
        joined = pl.concat([self.rows, results.select(*self.level.by, *COUNTS)])
        # Sorted before adding up, so that the order in which results came leaves no trace.
        return Cells(
            self.level,
            joined.group_by(self.level.by).agg(pl.col(COUNTS).sum()).sort(self.level.by),
        )

    def counts(self) -> Floats:
        """Return the counts, a row each of ``COUNTS``."""
        return self.rows.select(COUNTS).to_numpy().T.copy()


def fading(scheme: Scheme, on: date) -> Floats:
    """Return by how much counts of the landmark fade until a day, in the order of ``COUNTS``."""
    days = (on - LANDMARK).days
    fast, slow = (2.0 ** (-days / life) for life in (scheme.fast_days, scheme.slow_days))
    return np.array([fast, fast, slow, slow])


def texts(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the columns as text, the unknown as a value of its own."""
    return frame.select(pl.col(name).cast(pl.String).fill_null(UNKNOWN) for name in columns)


def weighted(scheme: Scheme, results: pl.DataFrame) -> pl.DataFrame:
    """
    Return results with their columns as text and their counts relative to the landmark.

    :param results: the columns of the scheme, ``day`` (date), ``found`` and ``tests`` (numbers;
        a test that could have missed counts for less than one)
    :raises SchemeError: if there was more found than tested, or a number is missing
    """
    bad = results.filter(
        ~(pl.col("found").cast(pl.Float64).is_between(0, pl.col("tests"))).fill_null(value=False)
        | pl.col("day").is_null()
    )
    if bad.height:
        raise SchemeError(
            f"{bad.height} results say more found than tested, or lack a number or a day; "
            "leave out what is not known",
            first=bad.row(0),
        )
    days = (pl.col("day") - LANDMARK).dt.total_days().cast(pl.Float64)
    lives = (scheme.fast_days, scheme.fast_days, scheme.slow_days, scheme.slow_days)
    counts = [
        (pl.col(source).cast(pl.Float64) * (days * (np.log(2.0) / life)).exp()).alias(name)
        for name, source, life in zip(
            COUNTS, ("found", "tests", "found", "tests"), lives, strict=True
        )
    ]
    return texts(results, scheme.columns).hstack(results.select(counts))


@dataclass(frozen=True)
class Index:
    """Where the cells of each level stand: for batches by hash, for one line by its values."""

    levels: tuple[Level, ...]
    tables: tuple[pl.DataFrame, ...]
    _keys: dict[str, pl.DataFrame] = field(default_factory=dict)
    _rows: dict[str, dict[tuple[str, ...], int]] = field(default_factory=dict)

    def places(self, lines: pl.DataFrame) -> dict[str, Ints]:
        """
        Return for each level the row of each line's cell; -1 where the cell was never seen.

        :param lines: the columns of the scheme as text
        """
        hashes = hashed(lines)
        return {
            level.name: self._place(level, table, hashes)
            for level, table in zip(self.levels, self.tables, strict=True)
        }

    def _place(self, level: Level, table: pl.DataFrame, hashes: Mapping[str, pl.Series]) -> Ints:
        if level.name not in self._keys:
            keys = _joined(level, hashed(table.select(level.by)))
            if keys.n_unique() != table.height:  # pragma: no cover - once in 10**7 years
                raise SchemeError(f"two cells of level {level.name!r} share a hash")
            self._keys[level.name] = pl.DataFrame({_KEY: keys}).with_row_index(_ROW)
        asked = pl.DataFrame({_KEY: _joined(level, hashes)})
        found = asked.join(self._keys[level.name], on=_KEY, how="left", maintain_order="left")
        return found[_ROW].cast(pl.Int64).fill_null(-1).to_numpy()

    def place_of(self, level: Level, line: Mapping[str, str]) -> int:
        """Return the row of one line's cell of a level, or -1."""
        if level.name not in self._rows:
            table = self.tables[self.levels.index(level)]
            keys = table.select(level.by).rows()
            self._rows[level.name] = {key: row for row, key in enumerate(keys)}
        return self._rows[level.name].get(tuple(line[name] for name in level.by), -1)


def hashed(frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Return the hash of every value."""
    return {name: frame[name].hash(seed=1) for name in frame.columns}


def _joined(level: Level, hashes: Mapping[str, pl.Series]) -> pl.Series:
    joined = np.zeros(len(hashes[level.by[0]]), dtype=np.uint64)
    for name in level.by:
        joined *= np.uint64(0x9E3779B97F4A7C15)
        joined ^= joined >> np.uint64(29)
        joined += hashes[name].to_numpy()
    return pl.Series(_KEY, joined)


def groups(level: Level, hashes: Mapping[str, pl.Series]) -> tuple[Ints, int]:
    """Return a number for each line's cell, from 0, and how many cells there are."""
    keys = _joined(level, hashes)
    codes = keys.rank("dense").cast(pl.Int64).to_numpy() - 1
    return codes, int(codes.max(initial=-1)) + 1


def in_day(results: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the results known by a day: a result of that day or earlier."""
    return results.filter(pl.col("day") <= on)
