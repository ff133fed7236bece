"""
Consignments inspected at the border of Australia and New Zealand: k infested of n, 31 pathways.

There are no dates: each seed shuffles the stream. A day is a hundred consignments, a fifth may be
opened, results are known the next day, and only what was opened is known. Pathway, kind of goods
and the logarithm of the lot are what is known beforehand.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from guomen.core.frequency import ContinuousPlan, Finding, PlanKind, after, start
from guomen.core.targeting import bonus
from guomen.core.targeting.cells import Level, Scheme
from guomen.core.targeting.posterior import Posterior

Array = Any
DAY, SHARE = 100, 0.2
FIRST = date(2020, 1, 1)
SCHEME = Scheme(
    levels=(
        Level(name="kind", by=("kind",)),
        Level(name="pathway", by=("kind", "pathway"), under=("kind",)),
        Level(name="size", by=("kind", "pathway", "size"), under=("pathway",)),
    ),
    bonus="pathway",
    fast_days=3650.0,
    slow_days=3650.0,
    finds=1.0,
    finds_fast=1.0,
)
Z, FLOOR = 1.5, 0.03


def read(path: Path) -> pl.DataFrame:
    """Return the consignments: kind, pathway, size band, infested or not."""
    table = pl.read_csv(path)
    half = pl.col("N").median().over("group_id")
    return table.select(
        kind="data_type",
        pathway="group_id",
        size=pl.when(pl.col("N").is_null())
        .then(pl.lit("?"))
        .when(pl.col("N") > half)
        .then(pl.lit("large"))
        .otherwise(pl.lit("small")),
        infested=(pl.col("k") > 0).cast(pl.Float64),
    )


class Guomen:
    """Posterior of cells with the bonus, and a floor drawn at random."""

    def __init__(self, rng: Any) -> None:
        """Begin knowing nothing."""
        self.rng, self.posterior = rng, Posterior.empty(SCHEME, on=FIRST)

    def choose(self, day: pl.DataFrame, number: int) -> Array:
        """Return the places to open: the floor first, then by index, updated as cells fill."""
        floor = self.rng.random(day.height) < FLOOR * number / day.height
        means = self.posterior.of_lines(day)
        mean, strength = means["size"].now, means["pathway"].strength
        _, cell = np.unique(day["pathway"].to_numpy(), return_inverse=True)
        pending = np.bincount(cell, floor, int(cell.max()) + 1)
        taken, open_ = floor.copy(), np.flatnonzero(~floor)
        while taken.sum() < number and open_.size:
            index = bonus.optimistic(mean[open_], strength[open_] + pending[cell[open_]], Z)
            best = open_[np.argsort(-index, kind="stable")[:4]][: number - int(taken.sum())]
            taken[best] = True
            np.add.at(pending, cell[best], 1.0)
            open_ = open_[~taken[open_]]
        return np.flatnonzero(taken)

    def see(self, opened: pl.DataFrame, day: date) -> None:
        """Learn."""
        results = opened.with_columns(day=pl.lit(day), found=pl.col("infested"), tests=pl.lit(1.0))
        self.posterior = self.posterior.add(results, on=day).fitted()


class Csp3:
    """CSP-3 in each pathway; those that it screens first, then at random."""

    PLAN = ContinuousPlan(kind=PlanKind.CSP3, clearance=10, fraction_ppm=100_000)

    def __init__(self, rng: Any) -> None:
        """Begin with every lot."""
        self.rng = rng
        self.states: dict[str, Any] = {}

    def choose(self, day: pl.DataFrame, number: int) -> Array:
        """Rank by what the plan asks for."""
        wanted = [
            1.0
            if self.states.get(p, start(self.PLAN)).phase.value in ("screening", "guard")
            else 0.1
            for p in day["pathway"]
        ]
        return np.argsort(-(np.array(wanted) + 0.05 * self.rng.random(day.height)))[:number]

    def see(self, opened: pl.DataFrame, day: date) -> None:
        """Fold the findings."""
        del day
        for pathway, infested in opened.select("pathway", "infested").iter_rows():
            finding = Finding.NONCONFORM if infested else Finding.CONFORM
            state = self.states.get(pathway, start(self.PLAN))
            self.states[pathway] = after(state, finding, plan=self.PLAN)


class Thompson:
    """A draw from each pathway's own Jeffreys posterior."""

    def __init__(self, rng: Any) -> None:
        """Begin with nothing seen."""
        self.rng = rng
        self.seen: dict[str, list[float]] = {}

    def choose(self, day: pl.DataFrame, number: int) -> Array:
        """Draw once a pathway and day."""
        drawn = {
            p: self.rng.beta(*(0.5 + v for v in self.seen.get(p, [0.0, 0.0])))
            for p in day["pathway"].unique(maintain_order=True)
        }
        value = np.array([drawn[p] for p in day["pathway"]])
        return np.argsort(-value, kind="stable")[:number]

    def see(self, opened: pl.DataFrame, day: date) -> None:
        """Count."""
        del day
        for pathway, infested in opened.select("pathway", "infested").iter_rows():
            both = self.seen.setdefault(pathway, [0.0, 0.0])
            both[0 if infested else 1] += 1


class Random:
    """Any fifth."""

    def __init__(self, rng: Any) -> None:
        """Keep the dice."""
        self.rng = rng

    def choose(self, day: pl.DataFrame, number: int) -> Array:
        """Draw."""
        return self.rng.permutation(day.height)[:number]

    def see(self, opened: pl.DataFrame, day: date) -> None:
        """Learn nothing."""


class Oracle:
    """Knows the true rate of each pathway in the whole stream."""

    def __init__(self, table: pl.DataFrame) -> None:
        """Count everything."""
        rates = table.group_by("pathway").agg(pl.col("infested").mean())
        self.rates = dict(rates.iter_rows())

    def choose(self, day: pl.DataFrame, number: int) -> Array:
        """Take the worst pathways."""
        return np.argsort(-np.array([self.rates[p] for p in day["pathway"]]), kind="stable")[
            :number
        ]

    def see(self, opened: pl.DataFrame, day: date) -> None:
        """Learn nothing."""


def recall(table: pl.DataFrame, policy: Any, seed: int) -> float:
    """Return the share of infested consignments that were opened."""
    stream = table[np.random.default_rng([seed, 3]).permutation(table.height).tolist()]
    found = 0.0
    for number, first in enumerate(range(0, stream.height, DAY)):
        day = stream[first : first + DAY]
        at = policy.choose(day, int(SHARE * day.height))
        opened = day[np.sort(at).tolist()]
        assert opened.height <= SHARE * day.height + 1
        found += float(opened["infested"].sum())
        policy.see(opened, FIRST + timedelta(days=number))
    return found / float(table["infested"].sum())


def run(table: pl.DataFrame, seeds: range) -> dict[str, Array]:
    """Return the recall of each policy: a value a seed."""
    makers = {
        "guomen": Guomen,
        "thompson": Thompson,
        "csp-3": Csp3,
        "random": Random,
        "oracle": lambda rng: Oracle(table),
    }
    return {
        name: np.array(
            [recall(table, make(np.random.default_rng([seed, 1])), seed) for seed in seeds]
        )
        for name, make in makers.items()
    }
