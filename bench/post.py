"""
Declarations sent while others are stored: how long one takes, how many go through, none lost.

On SQLite and on PostgreSQL, each flushing every commit, each with a million lines stored. One
process per database serves; see `bench.posting` for what is done there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench import house
from bench.measure import scaled

ROOT = Path(__file__).resolve().parents[1]
STORED = 1_000_000
Report = Callable[..., None]


@contextmanager
def place(database: str) -> Iterator[dict[str, str]]:
    """Yield the environment of a new house on one kind of database; remove it afterwards."""
    from guomen.site import postgres

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="guomen-bench-"))
        url = ""
        if database == "postgresql":
            url = stack.enter_context(postgres.server(durable=True))
        yield house.environment(Path(folder), database=url)


def run(report: Report) -> None:
    """Measure on both databases."""
    for database in ("sqlite", "postgresql"):
        with place(database) as environment:
            _on(database, environment, report)


def _on(database: str, environment: dict[str, str], report: Report) -> None:
    lines = scaled(STORED, least=2_000)
    built = subprocess.run(
        [sys.executable, "-m", "bench.house", "build", str(lines)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    report(f"{database}: filling the house", float(built.stdout.split()[-1]), "s", lines=lines)
    relay(
        [sys.executable, "-m", "bench.posting"],
        environment,
        lambda name, value, unit, **more: report(f"{database}: {name}", value, unit, **more),
    )


def relay(command: list[str], environment: dict[str, str], report: Report) -> None:
    """
    Run a command that reports by marked lines, and pass its figures on.

    :raises subprocess.CalledProcessError: if the command fails
    """
    import json

    from bench.__main__ import MARK

    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(MARK):
                row: dict[str, Any] = json.loads(line[len(MARK) :])
                report(row.pop("name"), row.pop("value"), row.pop("unit"), **row)
            else:
                sys.stderr.write(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
