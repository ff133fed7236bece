"""
The core's batch functions inside the partitions of a cluster: Arrow batches in, Arrow batches out.

The functions are those of the core, unchanged; only the frame around them differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl
import pyarrow as pa

from guomen.core.facts import FRAME_SCHEMA
from guomen.core.matching import OrderSet
from guomen.rulebooks.book import engine

Batches = Iterator[pa.RecordBatch]


def over_batches(function: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Batches], Batches]:
    """Return a function of Arrow batches, as Spark's ``mapInArrow`` takes one."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            frame = pl.DataFrame(pl.from_arrow(batch))
            yield from function(frame).to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    return run


def ruled(orders: OrderSet) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """
    Return the gate as a function of a frame: facts and each line's draw ``u`` in, rulings out.

    A negative ``u`` is a line for which no key could be had.
    """

    def rule(frame: pl.DataFrame) -> pl.DataFrame:
        # What travelled through Arrow comes back with wider types than the schema names.
        facts = frame.drop("u").cast(FRAME_SCHEMA)
        return engine().admit(facts, orders=orders, draws=frame["u"].to_numpy())[0]

    return rule
