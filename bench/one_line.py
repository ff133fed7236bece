"""One line through the gate, in process: all rules, ten thousand orders in 64 shapes."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from bench import synthetic
from bench.measure import percentile, scaled
from guomen.rulebooks.book import engine

LINES, WARM = 3_000, 200


def run(report: Callable[..., None]) -> None:
    """Measure the time of one line, line after line."""
    lines = scaled(LINES, least=200)
    facts, orders = synthetic.facts(WARM + lines), synthetic.orders()
    draws = np.random.default_rng(1).integers(0, 2**52, WARM + lines)
    decide, seconds = engine(), []
    for i in range(WARM + lines):
        line, u = facts[i], draws[i : i + 1]
        start = time.perf_counter()
        decide.admit(line, orders=orders, draws=u)
        seconds.append(time.perf_counter() - start)
    times = seconds[WARM:]
    report("one line, p50", percentile(times, 0.5) * 1e3, "ms", lines=lines)
    report("one line, p99", percentile(times, 0.99) * 1e3, "ms", target=5.0, lines=lines)
