"""
A process that is killed while it lodges; run by ``test_killed`` with a database of its own.

The parent never touches Polars, whose threads do not survive a fork: every piece of work is a
child. Prints one JSON line a round.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from tests.journeys import builders  # noqa: E402
from tests.journeys.builders import NOW, how, toys, wine  # noqa: E402

FOLDER = Path(os.environ["GUOMEN_VAR"])
BULK = 1_200


def child(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    finally:
        connections.close_all()
        sys.stdout.flush()
        os._exit(code)


def tell(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")


def finished(work: Callable[[], object]) -> None:
    _, status = os.waitpid(child(work), 0)
    if status:
        sys.exit(f"{work.__name__} ended with {status}")


def set_up() -> None:
    call_command("migrate", verbosity=0)
    builders.build()


def rows(name: str) -> list[builders.Row]:
    kind = wine if name[-1] in "02468" else toys
    return [kind(name, line, lot=f"LOT-{name}") for line in range(1, 4)]


def lodge_on_and_on(first: int) -> None:
    from guomen.journeys.clearance import lodge

    acknowledged = (FOLDER / "acknowledged").open("a", buffering=1)
    for n in range(first, first + 10_000):
        lodge(rows(f"K-{n}"), how=how(), request_key=f"K-{n}")
        acknowledged.write(f"K-{n}\n")


def parsed_file():
    from guomen.journeys import intake

    lines = [row for n in range(BULK // 3) for row in rows(f"B-{n}")]
    return intake.parse(intake.rows_frame(lines), today=NOW.date()).lines


def lodge_a_file() -> None:
    from guomen.journeys.clearance import batches, lodge_many

    batches.CHUNK, batches.BATCH = 60, 300
    with batches.beside(BULK) as second:
        for answer in lodge_many(parsed_file(), how=how(), second=second):
            with (FOLDER / "acknowledged").open("a") as acknowledged:
                acknowledged.write("".join(f"{name}\n" for name in answer.declarations))


def send_the_file_again() -> None:
    import polars as pl

    from guomen.journeys.clearance import lodge_many
    from guomen.journeys.clearance.lodging import doubles

    lines = parsed_file()
    taken = [problem.row for problem in doubles(lines)]
    for _ in lodge_many(lines.filter(~pl.col("row").is_in(taken)), how=how()):
        pass
    tell({"doubles": len(taken)})


def look() -> None:
    from guomen.journeys.clearance import lodge
    from guomen.journeys.replay import replay
    from guomen.supervision.declarations.models import Declaration, Line
    from guomen.supervision.ledger import queries as ledger
    from guomen.supervision.ledger.verification import verify

    names = set(Declaration.objects.values_list("own_number", flat=True))
    names |= set(Declaration.objects.values_list("reference", flat=True))
    file = FOLDER / "acknowledged"
    lost = set(file.read_text().split()) - names if file.exists() else set()
    before = Line.objects.count()
    repeated = [
        lodge(rows(name), how=how(), request_key=name).repeated
        for name in sorted(n for n in names if n.startswith("K-"))[-3:]
    ]
    found = replay()
    subjects = sorted(entry.subject for entry in ledger.iter_entries("ruling"))
    lines = sorted(Line.objects.values_list("reference", flat=True))
    tell(
        {
            "declarations": Declaration.objects.count(),
            "lines": len(lines),
            "whole": all(
                d.lines.count() == d.lines_count == 3
                for d in Declaration.objects.prefetch_related("lines")
            ),
            "one_ruling_a_line": subjects == lines,
            "lost": sorted(lost),
            "repeated": all(repeated) and Line.objects.count() == before,
            "verified": verify().holds,
            "replayed": found.holds and found.equal == len(lines),
        }
    )


def kill_during(work: Callable[[], object], *, after: float) -> None:
    size = (FOLDER / "acknowledged").stat().st_size if (FOLDER / "acknowledged").exists() else 0
    pid = child(work)
    # Counted from the first answer, so that a slow start does not eat the moment.
    for _ in range(6_000):
        file = FOLDER / "acknowledged"
        if file.exists() and file.stat().st_size > size:
            break
        time.sleep(0.005)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def main() -> None:
    dice = random.Random(20120524)
    finished(set_up)
    for round_ in range(5):
        first = 10_000 * round_
        kill_during(lambda first=first: lodge_on_and_on(first), after=dice.uniform(0.0, 0.5))
        finished(look)
    kill_during(lodge_a_file, after=dice.uniform(0.0, 0.2))
    finished(look)
    finished(send_the_file_again)
    finished(look)


if __name__ == "__main__":
    main()
