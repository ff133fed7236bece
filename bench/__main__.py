"""
Run benchmarks, each in a process of its own, and say what was met.

``python -m bench`` runs all of them, ``python -m bench decide post`` some. Every benchmark is a
module with ``run(report)``; figures go to ``var/bench.jsonl`` with the load of the machine at the
moment of each. A figure taken on a busy machine says so: look at the load before the figure.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measure import peak_mib

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "var" / "bench.jsonl"
NAMES = (
    "decide",
    "one_line",
    "post",
    "officers",
    "bulk",
    "lots",
    "fair_draw",
    "sampling",
    "conformity",
    "surveillance",
    "explorer",
    "nation",
    "targeting",
    "credit",
    "registers",
)
VERSIONS = ("django", "polars", "numpy", "numba", "granian", "zen-engine", "lightgbm")
MARK = "BENCH:"
LONGEST_SECONDS = 3 * 3600
QUICK = "0.02"
# What a row may say besides its figure, in columns of its own.
COLUMNS = frozenset({"target", "limit", "least", "ratio", "aim"})


def environment() -> dict[str, Any]:
    """Return the machine and the versions that figures depend on."""
    versions = {}
    for name in VERSIONS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "scale": float(os.environ.get("BENCH_SCALE", "1")),
        **versions,
    }


def measure_here(name: str) -> None:
    """Run one benchmark in this process and write its figures as marked lines."""

    def report(what: str, value: float, unit: str, **more: Any) -> None:
        row = {
            "bench": name,
            "name": what,
            "value": value,
            "unit": unit,
            **more,
            "load": round(os.getloadavg()[0], 2),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        print(MARK + json.dumps(row, default=str, ensure_ascii=False), flush=True)

    importlib.import_module(f"bench.{name}").run(report)
    report("most memory of the process", peak_mib(), "MiB")


def measured(name: str) -> Iterator[dict[str, Any]]:
    """Run one benchmark in a process of its own and yield its figures as they come."""
    command = [sys.executable, "-m", "bench", "--here", name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(MARK):
                yield json.loads(line[len(MARK) :])
            else:
                sys.stderr.write(line)
        code = process.wait(timeout=LONGEST_SECONDS)
    if code:
        yield {"bench": name, "name": f"ended with code {code}", "value": None, "unit": ""}


def met(row: dict[str, Any]) -> bool | None:
    """Tell whether a figure meets its target; None where there is none."""
    value = row["value"]
    if value is None:
        return False
    if row.get("least") is not None:
        return bool(value >= row["least"])
    most = row.get("target", row.get("limit"))
    if most is None:
        return None
    higher_is_better = row["unit"].endswith("/s")
    return bool(value >= most if higher_is_better else value <= most)


def number(value: float | None) -> str:
    """Return a figure with four digits, thousands apart."""
    if value is None:
        return "–"
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def said(value: Any) -> str:
    """Return a value of a row as text."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return number(value) if is_number else str(value)


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Return one row of the table: what, measured, target, ratio, met, the rest."""
    target = row.get("least", row.get("target", row.get("limit")))
    ratio = row.get("ratio")
    known = {"bench", "name", "value", "unit", "load", "at", *COLUMNS}
    rest = [
        f"{key.replace('_', ' ')} {said(value)}" for key, value in row.items() if key not in known
    ]
    if row.get("aim") is not None:
        rest.insert(0, f"aim {number(row['aim'])}")
    verdict = {True: "met", False: "NOT met", None: ""}[met(row)]
    return (
        row["name"],
        f"{number(row['value'])} {row['unit']}".strip(),
        number(target) if target is not None else "",
        f"{ratio:.2f}×" if isinstance(ratio, int | float) else "",
        verdict,
        "" if row.get("load") is None else f"{row['load']:.1f}",
        "; ".join(rest),
    )


HEADINGS = ("figure", "measured", "target", "ours to peer", "", "load", "with")


def markdown(rows: Iterable[dict[str, Any]]) -> str:
    """Return figures as a table for a document, one for each benchmark."""
    lines: list[str] = []
    last = None
    for row in rows:
        if row["bench"] != last:
            last = row["bench"]
            lines += ["", f"### {last}", "", "| " + " | ".join(HEADINGS) + " |"]
            lines.append("|" + "---|" * len(HEADINGS))
        lines.append("| " + " | ".join(re.sub(r"\|", "/", cell) for cell in cells(row)) + " |")
    return "\n".join(lines).strip()


def show(console: Console, name: str, rows: list[dict[str, Any]]) -> None:
    """Print the figures of one benchmark."""
    table = Table(title=name, title_justify="left", show_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in HEADINGS[1:4] else "left")
    for row in rows:
        table.add_row(*cells(row), style="red" if met(row) is False else "")
    console.print(table)


def stored() -> list[dict[str, Any]]:
    """Return the figures of the last run."""
    if not RESULTS.is_file():
        return []
    return [json.loads(line) for line in RESULTS.read_text().splitlines() if '"bench"' in line]


def parser() -> argparse.ArgumentParser:
    """Return what the command line may say."""
    found = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    found.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    found.add_argument("--quick", action="store_true", help="small sizes: to see that all runs")
    found.add_argument("--markdown", action="store_true", help="print the last figures as tables")
    found.add_argument("--here", metavar="NAME", help=argparse.SUPPRESS)
    return found


def main() -> int:
    """Run what was asked for; the exit code says whether everything was met."""
    asked = parser().parse_args()
    if asked.here:
        measure_here(asked.here)
        return 0
    if asked.markdown:
        print(markdown(stored()))
        return 0
    if asked.quick:
        os.environ.setdefault("BENCH_SCALE", QUICK)
    unknown = [name for name in asked.names if name not in NAMES]
    if unknown:
        print(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    console = Console(width=None if sys.stdout.isatty() else 160)
    facts = environment()
    console.print("  ".join(f"{key} {value}" for key, value in facts.items()))
    RESULTS.parent.mkdir(exist_ok=True)
    failed = 0
    with RESULTS.open("w") as kept:
        kept.write(json.dumps({"environment": facts}) + "\n")
        for name in asked.names or NAMES:
            rows = []
            for row in measured(name):
                rows.append(row)
                kept.write(json.dumps(row, ensure_ascii=False) + "\n")
                kept.flush()
            show(console, name, rows)
            failed += sum(met(row) is False for row in rows)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
