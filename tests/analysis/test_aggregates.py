"""The aggregates on DuckDB, against plain Python over the rows and the generator's own law."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from guomen.analysis import aggregates, engines, history
from guomen.analysis.history import Standing
from guomen.scenarios.nation.lines import Nation, failing, months


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("history")
    nation = Nation(lines=24_000, seed=11, enterprises=300)
    history.write_months(folder, list(months(nation))[:2], through=1)
    return history.files(folder)


def _by_hand(rows: list[dict[str, Any]], keys: list[str]) -> dict[tuple[Any, ...], list[int]]:
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 6)
    for row in rows:
        row["week"] = row["day"] - timedelta(days=row["day"].weekday())
        sums = found[tuple(row[key] for key in keys)]
        sums[0] += 1
        if row["standing"] != Standing.EXAMINED or row["failed"] is None:
            continue
        weight = min(1_000 * 1_000_000 // row["chance_ppm"], 50_000)
        sums[1] += 1
        sums[2] += row["failed"]
        sums[3] += weight
        sums[4] += weight * row["failed"]
        sums[5] += weight * weight
    return found


def test_weekly_series_are_those_counted_by_hand(files: tuple[Path, ...]) -> None:
    keys = ["direction", "hs6", "origin", "week"]
    found = engines.on_duckdb(aggregates.AGGREGATES["products"], files)
    measures = ["lines", "examined", "failed", "weight", "weight_failed", "weight_squared"]
    counted = {
        tuple(row[key] for key in keys): [row[name] for name in measures]
        for row in found.to_dicts()
    }
    assert counted == _by_hand(pl.read_parquet(files).to_dicts(), keys)


def test_what_nobody_examined_by_the_draw_counts_for_nothing(files: tuple[Path, ...]) -> None:
    lines = pl.read_parquet(files)
    seen = lines.filter((pl.col("standing") == Standing.EXAMINED) & pl.col("failed").is_not_null())
    found = engines.on_duckdb(aggregates.heat, files)
    assert found["examined"].sum() == seen.height < lines.height == found["lines"].sum()
    counted = engines.on_duckdb(aggregates.standings, files)
    assert dict(counted.group_by("standing").agg(pl.col("lines").sum()).iter_rows()) == dict(
        lines["standing"].value_counts().iter_rows()
    )


def test_weights_bring_back_the_true_rate_that_targeting_hides(tmp_path: Path) -> None:
    history.write_months(tmp_path, months(Nation(lines=400_000, seed=5)), through=1)
    lines = pl.read_parquet(history.files(tmp_path))
    origin = lines["origin"].to_list()
    true = failing(
        lines["hs6"].str.slice(2).cast(pl.Int64).to_numpy(),
        np.array([(ord(code[0]) - 65) * 26 + ord(code[1]) - 65 for code in origin]),
        lines["enterprise"].str.slice(4).cast(pl.Int64).to_numpy(),
    ).mean()
    whole = engines.over_history(lambda t: aggregates.by(t, ["selected"], cap=100), tmp_path)
    seen = whole.filter(pl.col("examined") > 0).row(0, named=True)
    naive, weighted = seen["failed"] / seen["examined"], seen["weight_failed"] / seen["weight"]
    effective = seen["weight"] ** 2 / seen["weight_squared"]
    error = (weighted * (1 - weighted) / effective) ** 0.5
    assert naive > 3 * true
    assert abs(weighted - true) < 4 * error
