"""
Border tests of 2020 (Bastani et al., Nature 2021): real arrivals and budgets, smoothed real rates.

The latent rate of a country is its real one smoothed over epochs, times how much worse it is at a
port; bandwidth and shrinkage are those that foretell left-out epochs best. A country-only truth
and a smoother one are reported beside it. Results are known one epoch (two days) later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.targeting.peers import EvaLike, Oracle, Random, Thompson, whole_numbers
from guomen.core.targeting.cells import Level, Scheme
from guomen.core.targeting.filling import Supply, fill
from guomen.core.targeting.posterior import Posterior

Array = Any
EPOCHS, EPOCH_DAYS = 44, 2
FIRST = date(2020, 8, 6)
# Chosen on the tuning seeds; the same scheme as for goods: half-lives in days.
SCHEME = Scheme(
    levels=(
        Level(name="country", by=("country",)),
        Level(name="port_country", by=("country", "port"), under=("country",)),
    ),
    bonus="country",
    fast_days=8.0,
    slow_days=120.0,
    spread=0.5,
)
Z, FLOOR = 1.2, 0.02


@dataclass(frozen=True)
class Cells:
    """Port × country cells, by place in the arrays."""

    port: Array
    group: Array
    groups: int
    names: pl.DataFrame


@dataclass(frozen=True)
class World:
    """Arrivals, budgets and latent rates: epochs × cells (ports)."""

    cells: Cells
    arrivals: Array
    budget: Array
    rate: Array


def read(path: Path) -> tuple[Cells, Array, Array, Array]:
    """Return the cells, and arrivals, tests and positives: epochs × cells. Counts are halved."""
    table = pl.read_csv(path)
    names = table.select(port="point_entry", country="country").unique().sort("port", "country")
    ports, countries = (sorted(names[c].unique().to_list()) for c in ("port", "country"))
    cells = Cells(
        port=np.array([ports.index(p) for p in names["port"]]),
        group=np.array([countries.index(c) for c in names["country"]]),
        groups=len(countries),
        names=names,
    )
    at = {key: i for i, key in enumerate(names.rows())}
    counts = np.zeros((3, EPOCHS, names.height), dtype=np.int64)
    columns = ("numSchedArrivals", "numTestsPerformed", "numPositivesFound")
    for epoch, port, country, *values in table.select(
        "epoch", "point_entry", "country", *columns
    ).iter_rows():
        counts[:, epoch - 1, at[port, country]] = np.array(values) // 2
    return cells, *counts


def world(
    data: tuple[Cells, Array, Array, Array], *, bandwidth: float = 3.0, port: float | None = 9.0
) -> World:
    """Return the simulated world; ``port`` None leaves ports without an effect of their own."""
    cells, arrivals, tests, found = data
    by = [
        np.stack([np.bincount(cells.group, row, cells.groups) for row in t]) for t in (tests, found)
    ]
    overall = by[1].sum() / by[0].sum()
    own = (by[1].sum(0) + 200 * overall) / (by[0].sum(0) + 200)
    t = np.arange(EPOCHS)
    kernel = np.exp(-0.5 * ((t[:, None] - t[None]) / bandwidth) ** 2)
    rate = ((kernel @ by[1] + 400 * own) / (kernel @ by[0] + 400))[:, cells.group]
    if port is not None:
        expected = tests.sum(0) * own[cells.group]
        rate = rate * (found.sum(0) + port) / (expected + port)
    ports = int(cells.port.max()) + 1
    budget = np.stack([np.bincount(cells.port, row, ports).astype(np.int64) for row in tests])
    return World(cells, np.maximum(arrivals, tests), budget, np.minimum(rate, 0.5))


class Guomen:
    """The core: posterior of cells, bonus, filling, a floor."""

    def __init__(
        self, cells: Cells, *, scheme: Scheme = SCHEME, z: float = Z, floor: float = FLOOR
    ) -> None:
        """Begin knowing nothing."""
        self.cells, self.z, self.floor = cells, z, floor
        self.names = cells.names
        self.posterior = Posterior.empty(scheme, on=FIRST)
        self.epoch = 0

    def tests(self, mean_of_day: Array, arrivals: Array, budget: Array) -> Array:
        """Fill the day."""
        del mean_of_day
        means = self.posterior.of_lines(self.names)
        supply = Supply(
            worth=np.ones(arrivals.size),
            mean=means["port_country"].now,
            strength=means["country"].strength,
            cell=self.cells.group,
            port=self.cells.port,
            available=arrivals.astype(np.float64),
            cost=np.ones(arrivals.size),
        )
        wanted = fill(supply, budget.astype(np.float64), z=self.z, floor=self.floor)
        return whole_numbers(wanted, arrivals, budget, self.cells.port)

    def see(self, tested: Array, found: Array) -> None:
        """Learn the results of an epoch."""
        self.epoch += 1
        day = FIRST + timedelta(days=EPOCH_DAYS * self.epoch)
        seen = np.flatnonzero(tested > 0)
        results = self.names[seen].with_columns(
            day=pl.lit(day),
            found=pl.Series(found[seen].astype(np.float64)),
            tests=pl.Series(tested[seen].astype(np.float64)),
        )
        self.posterior = self.posterior.add(results, on=day).fitted()


POLICIES: Mapping[str, Callable[[Cells, Any], Any]] = {
    "guomen": lambda cells, rng: Guomen(cells),
    "eva-like": lambda cells, rng: EvaLike(cells, rng),
    "thompson": Thompson,
    "random": lambda cells, rng: Random(cells),
    "oracle": lambda cells, rng: Oracle(cells),
}


def finds(w: World, policy: Any, seed: int) -> float:
    """Return how many finds a policy makes in expectation of its tests, given what it saw."""
    rng = np.random.default_rng([seed, 2])
    total = 0.0
    for arrivals, budget, rate in zip(w.arrivals, w.budget, w.rate, strict=True):
        tested = policy.tests(rate, arrivals, budget)
        assert (tested <= arrivals).all()
        assert (np.bincount(w.cells.port, tested, budget.size) <= budget).all()
        found = rng.binomial(tested, rate)
        total += float((tested * rate).sum())
        policy.see(tested, found)
    return total


def run(w: World, seeds: range, policies: Mapping[str, Any] = POLICIES) -> dict[str, Array]:
    """Return finds of each policy: a value a seed."""
    return {
        name: np.array(
            [finds(w, make(w.cells, np.random.default_rng([seed, 1])), seed) for seed in seeds]
        )
        for name, make in policies.items()
    }
