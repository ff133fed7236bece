"""On Spark: the same aggregates, and the gate unchanged in its partitions. Skipped without Java."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from bench import synthetic
from polars.testing import assert_frame_equal

from guomen.analysis import aggregates, engines, history, partitions
from guomen.rulebooks.book import engine
from guomen.scenarios.nation.lines import Nation, months

pytestmark = [
    pytest.mark.slow,
    # What its own libraries warn of is theirs to mend.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(900),
    # One session for all: on several workers each would start a machine of its own.
    pytest.mark.xdist_group("spark"),
]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    found = engines.spark_session("local[1]", partitions=1)
    yield found
    found.stop()


def test_spark_finds_the_same_as_duckdb(tmp_path: Path, session: Any) -> None:
    nation = Nation(lines=24_000, seed=11, enterprises=300)
    history.write_months(tmp_path, list(months(nation))[:2], through=1)
    files = history.files(tmp_path)
    for aggregate in aggregates.AGGREGATES.values():
        one = engines.on_duckdb(aggregate, files)
        other = engines.on_spark(aggregate, files, session=session)
        assert_frame_equal(other.cast(dict(one.schema)), one)


def test_partitions_run_the_gate_unchanged(tmp_path: Path, session: Any) -> None:
    facts, orders = synthetic.facts(400), synthetic.orders(50, shapes=8)
    u = np.random.default_rng(1).integers(0, 2**52, facts.height)
    whole, _ = engine().admit(facts, orders=orders, draws=u)
    facts.with_columns(u=u).write_parquet(tmp_path / "facts.parquet")
    chosen = ["line", "outcome", "chance_ppm", "answers_0"]

    def rule(frame: pl.DataFrame) -> pl.DataFrame:
        # Spark has no unsigned whole numbers.
        return partitions.ruled(orders)(frame).select(chosen).cast({"answers_0": pl.Decimal(20, 0)})

    rows = session.read.parquet(str(tmp_path / "facts.parquet"))
    schema = "line string, outcome long, chance_ppm long, answers_0 decimal(20,0)"
    found = rows.mapInArrow(partitions.over_batches(rule), schema).collect()
    ruled = [(row.line, row.outcome, row.chance_ppm, int(row.answers_0)) for row in found]
    assert sorted(ruled) == sorted(whole.select(chosen).iter_rows())
