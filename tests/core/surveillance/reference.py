"""Read the series and the stored answers of R surveillance 1.20.3, and simulate quiet series."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

FOLDER = Path(__file__).parents[2] / "data" / "surveillance"
WEEKS = np.arange(575, 624)
LENGTH = 624


def table(name: str) -> pl.DataFrame:
    return pl.read_csv(FOLDER / f"{name}.csv.gz", infer_schema_length=None)


@cache
def series(name: str) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return counts, population and outbreak labels by series."""
    found = {}
    for (key,), rows in table(f"series_{name}").group_by("id", maintain_order=True):
        counts = rows["y"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        people = rows["pop"].to_numpy() if "pop" in rows.columns else np.ones(counts.size)
        found[str(key)] = counts, people, rows["outbreak"].to_numpy() == 1
    return found


def long_series(name: str) -> list[str]:
    return [key for key, (counts, _, _) in series(name).items() if counts.size == LENGTH]


def stored(name: str, config: str) -> dict[str, np.ndarray]:
    """Return R's answers as tables of series × monitored weeks."""
    keys = long_series(name)
    rows = table(f"farrington_{name}").filter(pl.col("config") == config)
    assert rows["id"].to_list() == [key for key in keys for _ in WEEKS]
    columns = ("expected", "upperbound", "alarm", "pvalue", "phi", "trend")
    shape = (len(keys), WEEKS.size)
    return {
        c: rows[c].cast(pl.Float64).fill_null(np.nan).to_numpy().reshape(shape) for c in columns
    }


def scenarios() -> list[dict[str, float]]:
    with (FOLDER / "noufaily42_scenarios.csv").open(newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def means(scenario: dict[str, float], weeks: int) -> np.ndarray:
    t = np.arange(1, weeks + 1)
    log = scenario["theta"] + scenario["beta"] * t
    for j in range(1, int(scenario["m"]) + 1):
        angle = 2 * np.pi * j * t / 52
        log = log + scenario["gamma1"] * np.cos(angle) + scenario["gamma2"] * np.sin(angle)
    return np.exp(log)


def quiet(scenario: dict[str, float], series: int, rng: Any, weeks: int = 312) -> np.ndarray:
    """Simulate series without an outbreak: negative binomial with variance phi * mean."""
    mean = np.broadcast_to(means(scenario, weeks), (series, weeks))
    if scenario["phi"] == 1:
        return rng.poisson(mean).astype(float)
    size = mean / (scenario["phi"] - 1)
    return rng.negative_binomial(size, 1 / scenario["phi"]).astype(float)
