"""
History at the size of a nation: what 10⁷ lines, and 10⁸ behind ``SCALE=1``, cost to write and ask.

Lines are those of ``guomen.scenarios.nation``. DuckDB is asked at every size, Spark (local, two
cores) up to ten million where Java is there; both must find the same. Every size runs in a process
of its own, so that the most memory is its own. Run alone with ``python -m bench nation``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.measure import SEED, peak_mib, scaled
from guomen.analysis import aggregates, engines, history
from guomen.scenarios.nation.lines import Nation, months

SIZES = (100_000, 1_000_000, 10_000_000)
NATION = 100_000_000
BYTES_A_LINE = 40
MEMORY = "15GB"
ASKED = ("products", "heat", "ports", "standings")
SPARK_UP_TO = 10_000_000


def one_size(lines: int, folder: Path) -> dict[str, Any]:
    """Write and ask a history of so many lines; return seconds, bytes and memory."""
    start = time.perf_counter()
    manifest = history.write_months(folder, months(Nation(lines=lines, seed=SEED)), through=0)
    found: dict[str, Any] = {"write": time.perf_counter() - start, "write_mib": peak_mib()}
    files = history.files(folder)
    found["bytes"] = sum(path.stat().st_size for path in files) / manifest.rows
    for name in ASKED:
        start = time.perf_counter()
        frame = engines.on_duckdb(
            aggregates.AGGREGATES[name], files, memory=MEMORY, spill=folder / "spill"
        )
        found[f"duckdb {name}"] = time.perf_counter() - start
        found[f"rows {name}"] = frame.height
    found["mib"] = peak_mib()
    if lines <= SPARK_UP_TO and shutil.which("java"):
        found |= on_spark(files)
    return found


def on_spark(files: tuple[Path, ...]) -> dict[str, float]:
    """Ask Spark for one aggregate, after another that warms it; refuse a different answer."""
    session = engines.spark_session("local[2]")
    engines.on_spark(aggregates.standings, files[:1], session=session)
    start = time.perf_counter()
    found = engines.on_spark(aggregates.ports, files, session=session)
    took = time.perf_counter() - start
    session.stop()
    same = engines.on_duckdb(aggregates.ports, files)
    if not found.cast(dict(same.schema)).equals(same):
        raise AssertionError("Spark and DuckDB do not agree")
    return {"spark ports": took}


def run(report: Callable[..., None]) -> None:
    """Print the curve of time and memory, and what a nation's year costs."""
    sizes = [scaled(size, least=24_000) for size in SIZES]
    if os.environ.get("SCALE") == "1":
        sizes.append(NATION)
        disk = NATION * BYTES_A_LINE / 1e9
        print(f"10⁸ lines: about {disk:.0f} GB of temporary disk in {tempfile.gettempdir()}")
    for lines in dict.fromkeys(sizes):
        with tempfile.TemporaryDirectory() as folder:
            figures = _in_own_process(lines, Path(folder))
        report(f"{lines:,} lines: write", lines / figures["write"], "lines/s")
        report(f"{lines:,} lines: disk", figures["bytes"], "bytes a line")
        for name in ASKED:
            ratio = None
            if f"spark {name}" in figures:
                ratio = figures[f"spark {name}"] / figures[f"duckdb {name}"]
                report(f"{lines:,} lines: Spark {name}", figures[f"spark {name}"], "s")
            report(
                f"{lines:,} lines: DuckDB {name}",
                figures[f"duckdb {name}"],
                "s",
                rows=figures[f"rows {name}"],
                **({} if ratio is None else {"ratio": ratio}),
            )
        report(f"{lines:,} lines: most memory", figures["mib"], "MiB", limit=15_000)


def _in_own_process(lines: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.nation", str(lines), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(one_size(int(sys.argv[1]), Path(sys.argv[2]))))
