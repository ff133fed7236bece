"""What others do, on the same days with the same budgets: rules of thumb, bandits, an oracle."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

Array = Any


class Policy(Protocol):
    """Allocates tests to cells of one day, and sees what came of it."""

    def tests(self, mean_of_day: Array, arrivals: Array, budget: Array) -> Array:
        """Return how many arrivals of each cell to test."""
        ...

    def see(self, tested: Array, found: Array) -> None:
        """Learn the results of a day."""
        ...


def greedy(value: Array, arrivals: Array, budget: Array, port: Array) -> Array:
    """Return the allocation that takes the best cells of each port first."""
    order = np.lexsort((-value, port))
    starts = np.searchsorted(port[order], np.arange(budget.size))
    ahead = np.concatenate([[0], np.cumsum(arrivals[order])])
    used = ahead[:-1] - ahead[starts[port[order]]]
    taken = np.zeros_like(arrivals)
    taken[order] = np.clip(budget[port[order]] - used, 0, arrivals[order])
    return taken


def whole_numbers(wanted: Array, arrivals: Array, budget: Array, port: Array) -> Array:
    """Round fractions down and give what is left to the largest remainders of each port."""
    base = np.minimum(np.floor(wanted + 1e-9), arrivals).astype(np.int64)
    spare = budget - np.bincount(port, base, budget.size).astype(np.int64)
    order = np.lexsort((-(wanted - base), port))
    for at in order:
        if spare[port[at]] > 0 and base[at] < arrivals[at]:
            base[at] += 1
            spare[port[at]] -= 1
    return base


def brezzi_lai(s: Array) -> Array:
    """Return the boundary function of the Gittins index (Brezzi and Lai 2002)."""
    s = np.maximum(s, 1e-12)
    with np.errstate(invalid="ignore", divide="ignore"):
        pieces = [
            np.sqrt(s / 2),
            0.49 - 0.11 / np.sqrt(s),
            0.63 - 0.26 / np.sqrt(s),
            0.77 - 0.58 / np.sqrt(s),
            np.sqrt(np.maximum(2 * np.log(s) - np.log(np.log(s)) - np.log(16 * np.pi), 0)),
        ]
    return np.select([s <= 0.2, s <= 1, s <= 5, s <= 15], pieces[:4], pieces[4])


class EvaLike:
    """
    What is published of Eva: empirical Bayes by country over 14 days, optimistic Gittins indices.

    Tests allocated and not yet known narrow the index, port after port.
    """

    def __init__(self, cells: Any, rng: Any, *, window: int = 7, discount: float = 0.9) -> None:
        """Keep the last ``window`` epochs."""
        self.cells, self.rng, self.window, self.discount = cells, rng, window, discount
        self.past: list[tuple[Array, Array]] = []

    def posterior(self) -> tuple[Array, Array]:
        """Return mean and strength of each country."""
        found, tests = np.zeros(self.cells.groups), np.zeros(self.cells.groups)
        for k, n in self.past[-self.window :]:
            found, tests = found + k, tests + n
        seen = tests > 0
        a, b = 0.5, 100.0
        if seen.sum() >= 3 and found.sum() > 0:
            mean = found.sum() / tests.sum()
            rates, weights = found[seen] / tests[seen], tests[seen] / tests.sum()
            spread = (weights * (rates - mean) ** 2).sum()
            spread -= mean * (1 - mean) * seen.sum() / tests.sum()
            size = float(np.clip(mean * (1 - mean) / max(spread, 1e-9) - 1, 5, 5000))
            a, b = mean * size, (1 - mean) * size
        return (a + found) / (a + b + tests), a + b + tests

    def tests(self, mean_of_day: Array, arrivals: Array, budget: Array) -> Array:
        """Give out each port's budget in fifty parts by the highest index."""
        del mean_of_day
        mean, strength = self.posterior()
        group, pending = self.cells.group, np.zeros(self.cells.groups)
        taken = np.zeros_like(arrivals)
        cost = -np.log(self.discount)
        for port in self.rng.permutation(budget.size):
            here = np.flatnonzero(self.cells.port == port)
            left = int(budget[port])
            part = max(1, left // 50)
            while left > 0:
                open_ = here[taken[here] < arrivals[here]]
                if not open_.size:
                    break
                m = mean[group[open_]]
                n = strength[group[open_]] + pending[group[open_]] + 1
                index = m + np.sqrt(m * (1 - m) / n) * brezzi_lai(1 / (n * cost))
                at = open_[int(np.argmax(index))]
                some = min(part, left, int(arrivals[at] - taken[at]))
                taken[at] += some
                pending[group[at]] += some
                left -= some
        return taken

    def see(self, tested: Array, found: Array) -> None:
        """Remember by country."""
        size = self.cells.groups
        self.past.append(
            (
                np.bincount(self.cells.group, found, size),
                np.bincount(self.cells.group, tested, size),
            )
        )


class Thompson:
    """A draw from each country's posterior over the window, the highest first."""

    def __init__(self, cells: Any, rng: Any) -> None:
        """Share the posterior of the Eva-like peer."""
        self.inner, self.rng, self.cells = EvaLike(cells, rng), rng, cells

    def tests(self, mean_of_day: Array, arrivals: Array, budget: Array) -> Array:
        """Draw once a country and day."""
        del mean_of_day
        mean, strength = self.inner.posterior()
        drawn = self.rng.beta(mean * strength, (1 - mean) * strength)
        return greedy(drawn[self.cells.group], arrivals, budget, self.cells.port)

    def see(self, tested: Array, found: Array) -> None:
        """Remember by country."""
        self.inner.see(tested, found)


class Oracle:
    """Knows the chance of every cell of the day."""

    def __init__(self, cells: Any) -> None:
        """Keep the ports."""
        self.cells = cells

    def tests(self, mean_of_day: Array, arrivals: Array, budget: Array) -> Array:
        """Take the best."""
        return greedy(mean_of_day, arrivals, budget, self.cells.port)

    def see(self, tested: Array, found: Array) -> None:
        """Learn nothing."""


class Random:
    """Tests in proportion to arrivals."""

    def __init__(self, cells: Any) -> None:
        """Keep the ports."""
        self.cells = cells

    def tests(self, mean_of_day: Array, arrivals: Array, budget: Array) -> Array:
        """Spread each port's budget evenly."""
        del mean_of_day
        port = self.cells.port
        whole = np.bincount(port, arrivals, budget.size)
        wanted = arrivals * (budget / np.maximum(whole, 1))[port]
        return whole_numbers(np.minimum(wanted, arrivals), arrivals, budget, port)

    def see(self, tested: Array, found: Array) -> None:
        """Learn nothing."""
