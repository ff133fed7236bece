"""
How long something will still take, from how long the like of it took: empirical and conditional.

Of past durations those longer than the time already spent remain; the next one lies between two of
their order statistics with at least the wanted chance, if it is exchangeable with them (split
conformal prediction: Vovk, Gammerman, Shafer 2005; ranks as in Lei et al. 2018), and with less than
one in n + 1 more where no two are equal. Where too few remain, a broader cell is asked; where none
has enough, nothing is said. Durations are in seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Cell = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """
    Within what time something is finished, counted from its beginning, with a wanted chance.

    ``n`` past durations of ``cell`` say so; ``rank`` is the share of all of them that were no
    longer than what was already spent.
    """

    earliest: float
    latest: float
    cell: Cell
    n: int
    rank: float


def band(
    durations: Sequence[float], elapsed: float, *, coverage: float, least: int
) -> tuple[float, float, int] | None:
    """
    Return (earliest, latest, number that says so) given the time spent; None where too few remain.

    ``durations`` ascend. Of n + 1 places at which the next one may fall, as many are left out as
    the coverage allows: as many below as above, one more above where the number is odd.

    >>> band([float(n) for n in range(1, 100)], 0.0, coverage=0.8, least=10)
    (10.0, 90.0, 99)
    >>> band([1.0, 2.0, 3.0], 0.0, coverage=0.8, least=10) is None
    True

    :raises ValueError: unless the coverage lies between 0 and 1
    """
    if not 0 < coverage < 1:
        raise ValueError(f"a coverage lies between 0 and 1, not at {coverage}")
    start = bisect_right(durations, elapsed)
    n = len(durations) - start
    # Ranks are exact: a share of a tenth is not the nearest fraction of two above or below it.
    missed = math.floor((n + 1) * (1 - Fraction(str(coverage))))
    low, high = missed // 2, n + 1 - (missed - missed // 2)
    if n < least or high > n:
        return None
    # Below the first rank nothing shorter was seen: it may be over at once.
    earliest = durations[start + low - 1] if low else elapsed
    return earliest, durations[start + high - 1], n


def expected(
    past: Mapping[Cell, Sequence[float]],
    cells: Sequence[Cell],
    elapsed: float,
    *,
    coverage: float,
    least: int,
) -> Band | None:
    """Return the band by the first of some cells, narrowest first, that has enough to say."""
    for cell in cells:
        durations = past.get(cell, ())
        found = band(durations, elapsed, coverage=coverage, least=least)
        if found is not None:
            earliest, latest, n = found
            rank = bisect_right(durations, elapsed) / len(durations)
            return Band(earliest=earliest, latest=latest, cell=cell, n=n, rank=rank)
    return None


def overdue(
    past: Mapping[Cell, Sequence[float]],
    cells: Sequence[Cell],
    elapsed: float,
    *,
    share: float,
    least: int,
) -> bool | None:
    """Tell whether a share of the like took no longer than this already; None where too few."""
    for cell in cells:
        durations = past.get(cell, ())
        if len(durations) >= least:
            return bisect_right(durations, elapsed) >= share * len(durations)
    return None


def thinned(durations: Sequence[float], most: int) -> list[float]:
    """Return durations in order, or so many of their order statistics at even steps."""
    ordered = sorted(durations)
    if len(ordered) <= most:
        return ordered
    step = len(ordered) / most
    return [ordered[int((place + 0.5) * step)] for place in range(most)]
