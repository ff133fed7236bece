"""
Weekly series as every method here takes them: one row a series, one column a week.

A week that is not known is NaN and stays unknown to the end; it is never a
zero. Not for building series out of results: who counts, and with what weight,
is decided where the results are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from guomen.core.errors import GuomenError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
States = npt.NDArray[np.int8]

# What a monitored week may be. Unknown is neither of the other two.
UNKNOWN: Final = -1
QUIET: Final = 0
ALARM: Final = 1


class InvalidSeries(GuomenError):
    """The series cannot be what it claims to be."""

    code: ClassVar[str] = "surveillance.invalid_series"


class UnknownChoice(GuomenError):
    """An option has no such value."""

    code: ClassVar[str] = "surveillance.unknown_choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The paper that a method rests on."""

    paper: str
    clause: str = ""


def as_counts(counts: npt.ArrayLike, *, name: str = "counts") -> Floats:
    """
    Return counts as a table (series × weeks) of floats, NaN where unknown.

    :raises InvalidSeries: for more than two dimensions, negative or infinite values
    """
    table = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    if table.ndim != 2:
        raise InvalidSeries(
            f"{name} has {table.ndim} dimensions; give one row a series and one column a week",
            dimensions=table.ndim,
        )
    # Both pass over NaN, and over the table without a copy.
    low, high = np.fmin.reduce(table, None, initial=0.0), np.fmax.reduce(table, None, initial=0.0)
    if low < 0 or np.isinf(high):
        row, week = np.argwhere((table < 0) | np.isinf(table))[0].tolist()
        raise InvalidSeries(
            f"{name} of series {row} is {table[row, week]} in week {week}; counts are zero or more,"
            " and a week that is not known is NaN",
            series=row,
            week=week,
            value=float(table[row, week]),
        )
    return table


def as_population(population: npt.ArrayLike | None, shape: tuple[int, ...]) -> Floats | None:
    """
    Return the population at risk, broadcast to the counts, or None.

    :raises InvalidSeries: where it does not fit, or is not above zero
    """
    if population is None:
        return None
    given = np.asarray(population, dtype=np.float64)
    try:
        table = np.broadcast_to(given, shape)
    except ValueError:
        raise InvalidSeries(
            f"the population has shape {given.shape}, the counts {shape}; give one number a week,"
            " or one row a series",
            population=given.shape,
            counts=shape,
        ) from None
    if not (np.isnan(table) | (table > 0)).all():
        raise InvalidSeries(
            "the population at risk must be above zero; give NaN for a week without one"
        )
    return table


def as_weeks(weeks: npt.ArrayLike | None, length: int) -> Ints:
    """
    Return the monitored columns, counted from zero; None is the last one.

    :raises InvalidSeries: for a week outside the series
    """
    chosen = np.atleast_1d(np.asarray([length - 1] if weeks is None else weeks, dtype=np.int64))
    if chosen.size and not (chosen.min() >= 0 and chosen.max() < length):
        raise InvalidSeries(
            f"weeks {chosen.min()} to {chosen.max()} were asked of a series of {length};"
            f" weeks are columns from 0 to {length - 1}",
            length=length,
        )
    return chosen


def choose(value: str, known: tuple[str, ...], *, option: str) -> str:
    """
    Return the value if it is one of those known.

    :raises UnknownChoice: otherwise
    """
    if value not in known:
        raise UnknownChoice(
            f"{option} is {value!r}; choose one of {', '.join(known)}", option=option, value=value
        )
    return value


def between(value: float, *, option: str, low: float = 0.0, high: float = 1.0) -> float:
    """
    Return the value if it lies strictly between two limits.

    :raises UnknownChoice: otherwise
    """
    if not low < value < high:
        raise UnknownChoice(
            f"{option} is {value}; it must lie strictly between {low:g} and {high:g}",
            option=option,
            value=value,
        )
    return value
