"""The gate inside partitions: the same rulings as in one piece."""

from __future__ import annotations

import numpy as np
import polars as pl
from bench import synthetic
from polars.testing import assert_frame_equal

from guomen.analysis import partitions
from guomen.rulebooks.book import engine


def test_batches_are_ruled_on_like_the_whole() -> None:
    facts, orders = synthetic.facts(500), synthetic.orders(50, shapes=8)
    u = np.random.default_rng(1).integers(0, 2**52, facts.height)
    whole, _ = engine().admit(facts, orders=orders, draws=u)
    table = facts.with_columns(u=u).to_arrow(compat_level=pl.CompatLevel.oldest())
    rule = partitions.over_batches(partitions.ruled(orders))
    found = [pl.DataFrame(pl.from_arrow(b)) for b in rule(iter(table.to_batches(max_chunksize=70)))]
    assert_frame_equal(pl.concat(found), whole)
