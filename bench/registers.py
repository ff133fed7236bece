"""
Registers of a bureau at full size: lists and searches of 10⁵ enterprises on both databases, a
spreadsheet of 50,000 rows, and records on register twice among a million.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.measure import peak_mib, percentile, scaled
from bench.post import place

ROOT = Path(__file__).resolve().parents[1]
FIRMS, ROWS, RECORDS = 100_000, 50_000, 1_000_000
BAD = 100  # one row in so many of the spreadsheet is bad
Report = Callable[..., None]


def run(report: Report) -> None:
    """Measure lists and searches on both databases, the import, and the sweep."""
    for database in ("sqlite", "postgresql"):
        with place(database) as environment:
            done = subprocess.run(
                [sys.executable, "-m", "bench.registers", "measure"],
                cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
        for name, value, unit, limit in json.loads(done.stdout.splitlines()[-1]):
            report(f"{database}: {name}", value, unit, **({"limit": limit} if limit else {}))
    _sweep(report)


def _sweep(report: Report) -> None:
    """Look for records that are on register twice, in the memory of this process."""
    from tests.core.planted import planted

    from guomen.core import likeness

    size = scaled(RECORDS, least=20_000)
    made = planted(size, seed=11)
    start, used = time.perf_counter(), time.process_time()
    kept = likeness.pairs(made.records).above()
    report(f"{size} records swept", time.perf_counter() - start, "s", limit=600)
    report("processor time of the sweep", time.process_time() - used, "s")
    found = set(zip(kept.left.tolist(), kept.right.tolist(), strict=True))
    hits = len(found & made.same)
    report("pair F1 of the planted set", 2 * hits / (len(found) + len(made.same)), "")
    report("memory", peak_mib(), "MiB")


def measure() -> None:
    """Fill the register of this house and time the pages; print one line of JSON."""
    from bench import house

    house.open_house()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    from guomen.scenarios.zhuhai2012.load import load

    load(lambda *_: None)
    found = [*_imported(), *_pages()]
    print(json.dumps(found))


def _imported() -> list[Any]:
    """Bring in enterprises by spreadsheets until the register is full; time the first."""
    from tests.core.planted import planted
    from tests.journeys.access.sheets import sheet

    from guomen.desks.components import clock
    from guomen.journeys.access import importing
    from guomen.journeys.access.actors import Actor
    from guomen.supervision.parties.codes import uscc_check_character

    who = Actor(by="OFC-BENCH", at=clock.now())
    rows, wanted, found = scaled(ROWS, least=2_000), scaled(FIRMS, least=4_000), []
    for part in range(-(-wanted // rows)):
        records = planted(rows, seed=part).records.head(rows).to_dicts()
        for place_, row in enumerate(records):
            body = f"91{440400 + part:06d}MA{place_:07d}"
            row["uscc"] = body + uscc_check_character(body)
            row["place_zh"] = row.pop("address")
            if place_ % BAD == 0:
                row["uscc"] = row["uscc"][:-1] + "!"
        content = sheet(records)
        start = time.perf_counter()
        made, _ = importing.preview(content, name="x.xlsx", agency="ZH", who=who)
        seen = time.perf_counter()
        importing.store(made.pk, who=who)
        if part == 0:
            found += [
                (f"{made.rows} rows looked at, {made.bad} bad", seen - start, "s", None),
                ("good rows stored", time.perf_counter() - seen, "s", None),
            ]
    return found


def _pages() -> list[Any]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    user = get_user_model().objects.get(username="access")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    lists = ("", "?page=40", "?sort=name", "?role=importer", "?where=here", "?role=agent&sort=name")
    searches = ("鸿达", "hongda", "91440401", "no such enterprise", "食品 永盛")
    asked = [f"?q={text}" for text in searches]
    return [
        *_p95("list of enterprises", client, lists, 150),
        *_p95("search of enterprises", client, asked, 200),
    ]


def _p95(name: str, client: Any, queries: Any, limit: int) -> list[Any]:
    """Time pages by the clock and by the processor of this process, which a busy machine spares."""
    times, used = [], []
    for query in queries:
        for turn in range(8):
            start, begun = time.perf_counter(), time.process_time()
            answer = client.get(f"/desk/access/list/enterprises/{query}")
            assert answer.status_code == 200, answer
            if turn:  # the first fills caches
                times.append(1000 * (time.perf_counter() - start))
                used.append(1000 * (time.process_time() - begun))
    return [
        (f"{name}, p95", percentile(times, 0.95), "ms", limit),
        (f"{name}, p95 of processor time here", percentile(used, 0.95), "ms", None),
    ]


if __name__ == "__main__" and sys.argv[1:] == ["measure"]:
    measure()
