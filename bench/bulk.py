"""
A file of declarations to durable rulings, and all of them derived again, on SQLite.

The path of `guomen decide`: a CSV file read, checked, decided, stored and flushed; then `guomen
replay`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bench import house
from bench.measure import cpu_seconds, peak_mib, scaled

ROOT = Path(__file__).resolve().parents[1]
LINES, REPLAYED = 50_000, 200_000
Report = Callable[..., None]


def run(report: Report) -> None:
    """Decide a file into an empty house, then replay what is stored."""
    with tempfile.TemporaryDirectory(prefix="guomen-bench-") as folder:
        os.environ.update(house.environment(Path(folder)))
        house.open_house()
        house.build()
        _decide(report, Path(folder))
        _replay(report)


def _decide(report: Report, place: Path) -> None:
    from django.db import connection

    from guomen.journeys import bulk, files
    from guomen.journeys.clearance import batches

    lines = scaled(LINES, least=1_000)
    sender = house.Sender("file")
    house.lodge_all(sender.many(100))
    file = place / "declarations.csv"
    files.write(file, pl.DataFrame(sender.many(lines)))
    before = house.database_bytes()
    start, spent = time.perf_counter(), cpu_seconds()
    with batches.beside(lines) as second:
        accepted = bulk.accept(files.read(file), how=house.lodgement())
        parts = bulk.decide(accepted, how=house.lodgement(), second=second)
        stored = sum(len(part.outcomes) for part in parts)
    seconds, spent = time.perf_counter() - start, cpu_seconds() - spent
    report("file to durable rulings", stored / seconds, "lines/s", target=5_000, lines=stored,
           database=connection.vendor, lines_a_cpu_second=stored / spent)  # fmt: skip
    report("most memory while deciding", peak_mib(), "MiB")
    size = (house.database_bytes() - before) / stored
    report("bytes stored a line, ledger and indexes included", size, "bytes")


def _replay(report: Report) -> None:
    from guomen.journeys import replay
    from guomen.supervision.declarations.models import Line

    # In a process of its own: its memory is not that of the replay.
    lines = scaled(REPLAYED, least=Line.objects.count())
    subprocess.run([sys.executable, "-m", "bench.house", "fill", str(lines)], cwd=ROOT, check=True)
    start, spent = time.perf_counter(), time.process_time()
    found = replay.replay()
    seconds, spent = time.perf_counter() - start, time.process_time() - spent
    if not found.holds:
        raise AssertionError(f"{len(found.different)} rulings did not come out again")
    report("replay", found.equal / seconds, "lines/s", target=30_000, aim=50_000,
           lines=found.equal, lines_a_cpu_second=found.equal / spent)  # fmt: skip
    report("most memory with replay", peak_mib(), "MiB")
