"""
Filling a day: who is opened when each choice makes the next of its kind less unknown.

A compiled loop; importing this imports Numba, so it is done late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from guomen.core.targeting.bonus import LEAST_FOUND
from guomen.core.targeting.cells import Floats, Ints

# A port's capacity is given out in so many parts, the index asked anew before each.
PARTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """
    Groups of like lines of one day: a row a group.

    ``worth`` is what a find there is worth; ``mean`` the chance of one line and ``strength`` what
    that is worth in tests; ``cell`` the bonus cell (from 0), shared over ports; ``available`` how
    many lines come, and ``cost`` what opening one takes of the port's capacity.
    """

    worth: Floats
    mean: Floats
    strength: Floats
    cell: Ints
    port: Ints
    available: Floats
    cost: Floats


def fill(
    supply: Supply, capacity: Floats, *, z: float, floor: float = 0.0, parts: int = PARTS
) -> Floats:
    """
    Return how many lines of each group to open: the highest index first, port after port.

    Ports where the last place is worth least come first: there it costs least to learn.

    :param capacity: of each port
    :param floor: the share of it that is spread over all lines alike
    """
    order = _cheapest_first(supply, capacity)
    groups = (
        supply.worth,
        np.clip(supply.mean, 1e-9, 1 - 1e-9),
        supply.strength,
        supply.cell,
        supply.port,
        supply.available.astype(np.float64),
        supply.cost.astype(np.float64),
    )
    taken: Floats = _fill(groups, capacity.astype(np.float64), order, (z, floor, parts))
    return taken


def _cheapest_first(supply: Supply, capacity: Floats) -> Ints:
    """Order ports by what their last place is worth when nothing is unknown."""
    value = supply.worth * supply.mean / supply.cost
    best_first = np.lexsort((-value, supply.port))
    port = supply.port[best_first]
    need = (supply.available * supply.cost)[best_first]
    starts = np.searchsorted(port, np.arange(capacity.size))
    before = np.concatenate([[0.0], np.cumsum(need)])
    used = before[:-1] - before[starts[port]]
    last = np.zeros(capacity.size)
    fits = used < capacity[port]
    last[port[fits][::-1]] = np.inf
    np.minimum.at(last, port[fits], value[best_first][fits])
    return np.argsort(last, kind="stable")


@njit(cache=True, nogil=True)
def _index(mean: float, strength: float, z: float) -> float:  # pragma: no cover
    a = max(mean * strength / (1.0 - mean), LEAST_FOUND)
    root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * math.sqrt(a))
    return mean * max(root, 0.0) ** 3


@njit(cache=True, nogil=True)
def _spread(
    here: Any, capacity: float, floor: float, s: Any, taken: Any, pending: Any
) -> float:  # pragma: no cover
    """Give the floor's share to all lines of a port alike; return what is left."""
    available, cost, cell = s[5], s[6], s[3]
    need = 0.0
    for i in here:
        need += available[i] * cost[i]
    if floor <= 0.0 or need <= 0.0:
        return capacity
    share = min(floor * capacity / need, 1.0)
    for i in here:
        taken[i] += available[i] * share
        pending[cell[i]] += available[i] * share
    return capacity - share * need


@njit(cache=True, nogil=True)
def _best(here: Any, z: float, s: Any, taken: Any, pending: Any) -> int:  # pragma: no cover
    """Return the group of the highest index for its cost that has lines left, or -1."""
    worth, mean, strength, cell, _, available, cost = s
    best, at = -1.0, -1
    for i in here:
        if taken[i] < available[i] - 1e-9:
            value = worth[i] * _index(mean[i], strength[i] + pending[cell[i]], z) / cost[i]
            if value > best:
                best, at = value, i
    return at


@njit(cache=True, nogil=True)
def _fill(s: Any, capacity: Any, order: Any, how: Any) -> Any:  # pragma: no cover
    z, floor, parts = how
    cell, port, available, cost = s[3], s[4], s[5], s[6]
    taken = np.zeros(port.size)
    pending = np.zeros(cell.max() + 1)
    by_port = np.argsort(port, kind="mergesort")
    starts = np.searchsorted(port[by_port], np.arange(capacity.size + 1))
    for p in order:
        here = by_port[starts[p] : starts[p + 1]]
        left = _spread(here, capacity[p], floor, s, taken, pending)
        part = left / parts
        while left > 1e-9:
            at = _best(here, z, s, taken, pending)
            if at < 0:
                break
            some = min(min(part, left) / cost[at], available[at] - taken[at])
            taken[at] += some
            pending[cell[at]] += some
            left -= some * cost[at]
    return taken
