"""Sizes, clocks and memory that all benchmarks share. Nothing is measured here itself."""

from __future__ import annotations

import math
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

SEED = 20120524


def scaled(full: int, *, least: int = 1) -> int:
    """Return a size times BENCH_SCALE: 1 is what the targets speak of."""
    return max(least, round(full * float(os.environ.get("BENCH_SCALE", "1"))))


def best(call: Callable[[], Any], repeats: int = 3) -> float:
    """Return the shortest of several runs, in seconds: the machine may be shared."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def peak_mib() -> float:
    """Return the most memory that this process has held, in MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def cpu_seconds() -> float:
    """Return the processor time of this process and of those that it started and that ended."""
    of_others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + of_others.ru_utime + of_others.ru_stime
