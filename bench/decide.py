"""
Rulings a second of `Engine.admit`: all rules, ten thousand control orders in 64 shapes.

Beside it the same dozen rules three ways, equal answers asserted: as a Book, as a decision table
of zen-engine, as a loop in plain Python.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from bench import peers, synthetic
from bench.measure import SEED, best, peak_mib, scaled
from guomen.core import draw
from guomen.core.decide import Ints
from guomen.core.matching import OrderSet
from guomen.rulebooks.book import engine

MILLION, LARGEST, CHUNK = 1_000_000, 10_000_000, 250_000
CURVE = (10**3, 10**4, 10**5, 10**6)
WORST_LINES, DRAWS = 200_000, 500_000
LEAST, MOST_MIB = 300_000, 4096
PEER_LINES = 20_000

Report = Callable[..., None]


def draws(lines: int) -> Ints:
    """Return seeded numbers in [0, 2**52), as draws give them."""
    return np.random.default_rng(SEED).integers(0, 2**52, lines)


def run(report: Report) -> None:
    """Measure every figure."""
    orders = synthetic.orders()
    _compared(report)
    _draws(report)
    _curve(orders, report)
    _known_only(orders, report)
    _worst(report)
    _streamed(orders, report)


def _admitted(facts: pl.DataFrame, orders: OrderSet, u: Ints) -> tuple[float, float]:
    """Return the seconds of one batch, and those of all cores; what comes out is let go."""
    gc.collect()
    start, spent = time.perf_counter(), time.process_time()
    engine().admit(facts, orders=orders, draws=u)
    return time.perf_counter() - start, time.process_time() - spent


def _best_of(turns: int, facts: pl.DataFrame, orders: OrderSet, u: Ints) -> tuple[float, float]:
    return min(_admitted(facts, orders, u) for _ in range(turns))


def _curve(orders: OrderSet, report: Report) -> None:
    for full in CURVE:
        lines = scaled(full, least=100)
        facts, u = synthetic.facts(lines), draws(lines)
        seconds, spent = _best_of(3, facts, orders, u)
        more: dict[str, Any] = {"lines": lines, "lines_a_cpu_second": lines / spent}
        if full == MILLION:
            more |= {"target": LEAST, "aim": MILLION, "orders": len(orders.orders)}
        report(f"admit, {full:,} lines at once", lines / seconds, "lines/s", **more)
    report("memory after a million lines at once", peak_mib(), "MiB", target=MOST_MIB)
    lines = scaled(MILLION)
    _, matches = engine().admit(synthetic.facts(lines), orders=orders, draws=draws(lines))
    pairs, seconds = peers.timed(partial(len, matches))
    report("pairs of lines and orders written out", pairs / seconds, "pairs/s", pairs=pairs)


def _known_only(orders: OrderSet, report: Report) -> None:
    """Measure lines of which everything is known: no order can match by what may yet turn out."""
    lines = scaled(MILLION)
    facts, u = synthetic.facts(lines, unknown=False), draws(lines)
    for what, some in (("", orders), (", no orders", OrderSet(()))):
        seconds, spent = _best_of(2, facts, some, u)
        report(
            f"admit, every fact known{what}",
            lines / seconds,
            "lines/s",
            lines=lines,
            lines_a_cpu_second=lines / spent,
        )


def _worst(report: Report) -> None:
    lines = scaled(WORST_LINES)
    facts, orders = synthetic.worst_case(lines)
    seconds, spent = _best_of(2, facts, orders, draws(lines))
    report(
        "admit, worst shapes: no selector narrows alone",
        lines / seconds,
        "lines/s",
        target=20_000,
        lines=lines,
        lines_a_cpu_second=lines / spent,
    )


def _chunks(lines: int) -> Iterator[pl.DataFrame]:
    size = min(CHUNK, lines)
    for first in range(0, lines, size):
        yield synthetic.facts(min(size, lines - first), first=first)


def _streamed(orders: OrderSet, report: Report) -> None:
    """Decide ten million lines chunk by chunk; making the lines is not counted."""
    lines, seconds, spent = scaled(LARGEST), 0.0, 0.0
    for chunk in _chunks(lines):
        wall, cores = _admitted(chunk, orders, draws(chunk.height))
        seconds, spent = seconds + wall, spent + cores
    report(
        f"admit, {LARGEST:,} lines streamed",
        lines / seconds,
        "lines/s",
        lines=lines,
        lines_a_cpu_second=lines / spent,
        target=LEAST,
    )


def _draws(report: Report) -> None:
    lines = scaled(DRAWS)
    basis = draw.Basis(agency="ZHCIQ", previous_anchor="ab" * 32)
    references = [f"DEC-2012-{i:06d}-7/1" for i in range(lines)]
    key, counters = bytes(range(32)), [0] * lines
    seconds = best(lambda: draw.draw(key, draw.messages(basis, references, counters)))
    report("draws on one core", lines / seconds, "draws/s", target=300_000, lines=lines)


def _compared(report: Report) -> None:
    """Ask a dozen rules of every peer and of ourselves, and see that all answer the same."""
    lines = scaled(PEER_LINES, least=500)
    facts = synthetic.facts(lines, unknown=False)
    rows = facts.select(peers.READ).to_dicts()
    decide = peers.engine()
    ours, seconds = peers.timed(partial(peers.ours, decide, facts))
    seconds = min(seconds, best(partial(peers.ours, decide, facts)))
    report("a dozen rules, ours", lines / seconds, "lines/s", lines=lines)
    for name, ask in (("plain Python", peers.plain), ("zen-engine", peers.zen())):
        theirs, taken = peers.timed(partial(ask, rows))
        if theirs != ours:
            raise AssertionError(f"{name} and the book disagree")
        report(
            f"a dozen rules, {name}",
            lines / taken,
            "lines/s",
            ratio=taken / seconds,
            equal=True,
            lines=lines,
        )
