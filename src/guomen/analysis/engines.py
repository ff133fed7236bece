"""
Where aggregates run: DuckDB on one machine, Spark on a cluster. Both read the same files.

Spark is an extra (``guomen[spark]``, Java 17); nothing here imports it before it is asked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import ibis
import polars as pl
from ibis.expr.types import Table

from guomen.analysis import history
from guomen.core.errors import GuomenError


class EngineMissingError(GuomenError):
    """An engine was asked for that is not installed."""

    code: ClassVar[str] = "analysis.engine-missing"


def on_duckdb(
    aggregate: Callable[[Table], Table],
    files: Sequence[Path],
    *,
    threads: int | None = None,
    memory: str | None = None,
    spill: Path | None = None,
) -> pl.DataFrame:
    """
    Run an aggregate on DuckDB.

    :param memory: what it may hold, such as ``4GB``; beyond it writes to ``spill``
    """
    options: dict[str, Any] = {"threads": threads, "memory_limit": memory}
    options["temp_directory"] = None if spill is None else str(spill)
    engine = ibis.duckdb.connect(**{k: v for k, v in options.items() if v is not None})
    try:
        found = aggregate(engine.read_parquet([str(path) for path in files]))
        return pl.DataFrame(found.to_polars())
    finally:
        engine.disconnect()


def over_history(
    aggregate: Callable[[Table], Table], folder: Path, dataset: history.Dataset = history.LINES
) -> pl.DataFrame:
    """
    Run an aggregate over a dataset of the history, on DuckDB.

    :raises guomen.analysis.history.HistoryError: if the folder holds none
    """
    return on_duckdb(aggregate, history.files(folder, dataset))


def spark_session(master: str = "local[2]", *, partitions: int = 8) -> Any:
    """
    Return a Spark session that runs this Python in its partitions.

    :raises EngineMissingError: if pyspark is not installed
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineMissingError(
            "Spark is not installed: install guomen[spark] and Java 17, or use DuckDB"
        ) from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    if master.startswith("local"):
        settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    builder = SparkSession.builder.master(master).appName("guomen")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def on_spark(
    aggregate: Callable[[Table], Table], files: Sequence[Path], *, session: Any
) -> pl.DataFrame:
    """Run an aggregate on a Spark session."""
    engine = ibis.pyspark.connect(session)
    # Spark reads lists of files only as one text of paths; a view of its own reader is plainer.
    frame = session.read.parquet(*[str(path) for path in files])
    frame.createOrReplaceTempView("history_lines")
    return pl.DataFrame(aggregate(engine.table("history_lines")).to_polars())
