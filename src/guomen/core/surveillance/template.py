"""
Which past weeks speak for this one: the reference weeks and their seasonal periods.

A template is a list of lags, the same for every monitored week, so that all
points of all series share one design. Not for fitting: see ``quasi``.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np

from guomen.core.surveillance.series import Floats, Ints

# The mean Gregorian year; weeks follow each other without a gap, so a year of 53 weeks needs no
# rule of its own: the week nearest to the same day of an earlier year is taken.
CALENDAR_WEEKS: Final = 365.2425 / 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Lags from old to new, the period of each, and the period of the week that is judged."""

    lags: Ints
    period: Ints
    periods: int
    years: int

    @property
    def reach(self) -> int:
        """Return how many weeks of history it needs."""
        return int(self.lags.max()) if self.lags.size else 0

    @property
    def members(self) -> Floats:
        """Return which week belongs to which period (weeks × periods, ones and zeros)."""
        return np.eye(self.periods)[self.period]


@functools.lru_cache(maxsize=256)
def reference(
    *, years: int, half_window: int, periods: int, skip: int, year_weeks: float
) -> Template:
    """
    Return the weeks around the same time of each past year, and the seasons between them.

    Period ``periods - 1`` holds the windows. What lies between two windows is cut into the other
    periods, longer ones first; the last `skip` weeks are left out, so that an outbreak under way
    does not become its own yardstick (Noufaily et al. 2013, section 3.1).
    """
    rows: list[tuple[int, int]] = []
    newer = 0
    for year in range(1, years + 1):
        centre = round(year * year_weeks)
        window = range(centre - half_window, centre + half_window + 1)
        rows += [(lag, periods - 1) for lag in window]
        if periods > 1:
            between = range(window.start - 1, newer + half_window, -1)
            rows += zip(between, _blocks(len(between), periods - 1), strict=True)
        newer = centre
    kept = sorted((row for row in rows if row[0] > skip), reverse=True)
    table = np.array(kept, dtype=np.int64).reshape(-1, 2)
    return Template(lags=table[:, 0], period=table[:, 1], periods=periods, years=years)


def _blocks(length: int, blocks: int) -> list[int]:
    """Return the block of each of so many weeks, in order, the longer blocks first."""
    base, longer = divmod(length, blocks)
    return [block for block in range(blocks) for _ in range(base + (block < longer))]


def level(*, history: int, skip: int) -> Template:
    """Return all weeks there are but the last `skip`, as one period: for a young series."""
    lags = np.arange(history, skip, -1, dtype=np.int64)
    return Template(lags=lags, period=np.zeros(lags.size, dtype=np.int64), periods=1, years=0)
