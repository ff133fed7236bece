"""
The long work of `bench.officers`: a file of declarations that is being decided when the power goes.

``ask LINES`` asks for it and says so once a part of it is stored for good; ``stored`` counts that
part; ``ended NUMBER LINES`` waits until the work is over and counts what is lost and what is there
twice. Each in a process of its own, with the environment of the house; none lodges anything.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from typing import Any

from bench import house

BY, TAG = "SYS-BENCH-WORK", "work"
PATIENCE, RESUMED = 60.0, 300.0


def ask(lines: int) -> dict[str, Any]:
    """Ask for the work as a page does; return its number once a part of it is stored."""
    import polars as pl

    from guomen.desks.components import clock
    from guomen.journeys.jobs import enqueue, kinds

    rows = house.Sender(TAG).many(lines)
    content = io.BytesIO()
    pl.DataFrame(rows).write_csv(content)
    number = enqueue(
        kinds.DECLARATIONS, at=clock.now(), by=BY, agency=house.lodgement().agency,
        file=(f"{TAG}.csv", content.getvalue()),
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not _begun() and time.monotonic() < until:
        time.sleep(0.02)
    return {"number": number, "lines": len(rows)}


def _begun() -> bool:
    """Look at the newest declarations alone: others are lodged all the time."""
    from guomen.supervision.declarations.models import Declaration

    newest = Declaration.objects.order_by("-pk").values_list("lodged_by", flat=True)[:500]
    return BY in set(newest)


def ended(number: str, lines: int) -> dict[str, Any]:
    """Wait until the work is over; say how it ended, and count what is wrong with what it left."""
    from guomen.supervision.jobs.models import Job

    job, until = Job.objects.get(number=number), time.monotonic() + RESUMED
    while job.ended_at is None and time.monotonic() < until:
        time.sleep(0.2)
        job.refresh_from_db()
    return {
        "state": job.state,
        "attempts": job.attempts,
        "seconds": (job.ended_at - job.began_at).total_seconds() if job.ended_at else None,
        **_left(lines),
    }


def _left(lines: int) -> dict[str, Any]:
    from guomen.journeys import work_orders
    from guomen.supervision.declarations.models import Line
    from guomen.supervision.inspections.models import WorkOrder
    from guomen.supervision.ledger.models import Entry

    wanted = {(row["declaration"], row["line"]) for row in house.Sender(TAG).many(lines)}
    rows = Line.objects.filter(declaration__lodged_by=BY)
    stored = Counter(rows.values_list("declaration__own_number", "number"))
    references = list(rows.values_list("reference", flat=True))
    ruled = Counter(
        subject
        for start in range(0, len(references), 500)
        for subject in Entry.objects.filter(
            kind="ruling", subject__in=references[start : start + 500]
        ).values_list("subject", flat=True)
    )
    orders = WorkOrder.objects.filter(line__declaration__lodged_by=BY)
    before = orders.count()
    # Who asks again for orders that are there already gets none: what comes now was lost.
    work_orders.open_for(references, at=house.AT)
    return {
        "lost": len(wanted - set(stored)) + sum(not ruled[name] for name in references),
        "doubled": sum(n > 1 for found in (stored, ruled) for n in found.values())
        + len(set(stored) - wanted),
        "orders": before,
        "orders_lost": orders.count() - before,
    }


def stored() -> int:
    """Count the lines of the work that are stored for good."""
    from guomen.supervision.declarations.models import Line

    return Line.objects.filter(declaration__lodged_by=BY).count()


def main(arguments: list[str]) -> int:
    """Do what the first word says."""
    house.open_house()
    if arguments[0] == "ask":
        print(json.dumps(ask(int(arguments[1]))), flush=True)
    elif arguments[0] == "stored":
        print(json.dumps(stored()))
    else:
        print(json.dumps(ended(arguments[1], int(arguments[2]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
