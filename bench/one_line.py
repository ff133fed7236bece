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
    decide, seconds, spent = engine(), [], []
    for i in range(WARM + lines):
        line, u = facts[i], draws[i : i + 1]
        start, used = time.perf_counter(), time.process_time()
        decide.admit(line, orders=orders, draws=u)
        seconds.append(time.perf_counter() - start)
        spent.append(time.process_time() - used)
    times = seconds[WARM:]
    report("one line, p50", percentile(times, 0.5) * 1e3, "ms", lines=lines)
    report("one line, p99", percentile(times, 0.99) * 1e3, "ms", target=5.0, lines=lines)
    # On a busy machine a line waits for a core; this is what it costs.
    used_up = percentile(spent[WARM:], 0.99) * 1e3
    report("one line, p99 of processor time", used_up, "ms", lines=lines)
