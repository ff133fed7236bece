"""Fitting a million results and scoring lines, against LightGBM alone on the same results."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from bench.measure import SEED, best, scaled
from bench.targeting.market import SCHEME
from guomen.core.targeting import boosting
from guomen.core.targeting.ranker import fit

ON = date(2012, 1, 2)


def results(size: int) -> pl.DataFrame:
    """Return results of two years: 20,000 enterprises, 10,000 parties, 300 headings."""
    r = np.random.default_rng(SEED)

    def drawn(number: int) -> Any:
        weight = 1 / np.arange(1, number + 1) ** 0.8
        return r.choice(number, size, p=weight / weight.sum())

    enterprise, consignor, hs4, origin = drawn(20_000), drawn(10_000), drawn(300), drawn(120)
    value = r.normal(0, 1, size)
    odds = (
        -4.0
        + r.normal(0, 0.7, 20_000)[enterprise]
        + r.normal(0, 0.6, 300)[hs4]
        + r.normal(0, 0.6, (300, 120))[hs4, origin]
        + 0.5 * np.abs(value)
    )
    days = np.sort(r.integers(0, 730, size))
    return pl.DataFrame(
        {
            "enterprise": pl.Series(enterprise).cast(pl.String),
            "consignor": pl.Series(consignor).cast(pl.String),
            "hs2": pl.Series(hs4 // 10).cast(pl.String),
            "hs4": pl.Series(hs4).cast(pl.String),
            "origin": pl.Series(origin).cast(pl.String),
            "value_log": value,
            "day": pl.Series([date(2010, 1, 1) + timedelta(days=int(d)) for d in days]),
            "found": (r.random(size) < 1 / (1 + np.exp(-odds))).astype(float),
            "tests": np.ones(size),
        }
    )


def alone(table: pl.DataFrame, rounds: int) -> tuple[Any, Any]:
    """Return LightGBM fitted on the columns, and its features."""
    import lightgbm

    names = ("enterprise", "consignor", "hs2", "hs4", "origin")
    codes = [table[n].cast(pl.Categorical).to_physical().to_numpy() for n in names]
    features = np.stack([*codes, table["value_log"].to_numpy()], axis=1).astype(np.float64)
    data = lightgbm.Dataset(
        features,
        label=table["found"].to_numpy(),
        categorical_feature=list(range(5)),
        params={"max_bin": 255, "verbosity": -1},
    )
    options = {"objective": "binary", "num_leaves": 15, "num_threads": 1, "verbosity": -1}
    return lightgbm.train(options, data, num_boost_round=rounds), features


def run(report: Any) -> None:
    """Measure."""
    size = scaled(1_000_000, least=20_000)
    table = results(size)
    start, cpu = time.perf_counter(), time.process_time()
    model = fit(SCHEME, table, on=ON, booster=boosting.light())
    spent = time.perf_counter() - start
    cpu = time.process_time() - cpu
    start = time.perf_counter()
    peer, features = alone(table, 60)
    theirs = time.perf_counter() - start
    report(
        "fit results", spent, "s", limit=60, ratio=theirs / spent, results=size,
        processor_seconds=round(cpu, 1), lightgbm_alone_seconds=round(theirs, 1),
        weights=" ".join(f"{w:.2f}" for w in model.weights),
        log_loss=model.losses.get("mixture"), log_loss_of_mean=model.losses.get("mean"),
    )  # fmt: skip
    lines = table.head(300_000)
    ours = lines.height / best(lambda: model.chances(lines))
    also = lines.height / best(lambda: peer.predict(features[:300_000], num_threads=1))
    report("score lines", ours, "lines/s", target=300_000, ratio=ours / also)
    one = table.row(7, named=True)
    model.chance_of(one)
    number = 300
    start = time.perf_counter()
    for _ in range(number):
        model.chance_of(one)
    each = 1000 * (time.perf_counter() - start) / number
    report("score one line with its explanation", each, "ms", limit=1.0)
