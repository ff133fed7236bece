"""
Registers of a bureau at full size: lists and searches of 10⁵ enterprises on both databases, a
spreadsheet of 50,000 rows, and records on register twice among a million.

``python -m bench.registers pages`` times the pages of the house that the environment names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
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

    # No seed by which the weights were tuned.
    size = scaled(RECORDS, least=20_000)
    made = planted(size, seed=90_101)
    start, used = time.perf_counter(), time.process_time()
    kept = likeness.pairs(made.records).above()
    report(f"{size} records swept", time.perf_counter() - start, "s", limit=600)
    report("processor time of the sweep", time.process_time() - used, "s")
    found = set(zip(kept.left.tolist(), kept.right.tolist(), strict=True))
    hits = len(found & made.same)
    report("pair F1 of the planted set", 2 * hits / (len(found) + len(made.same)), "", least=0.95)
    report("memory", peak_mib(), "MiB")


def measure() -> None:
    """Fill the register of this house and time import and pages; print one line of JSON."""
    from bench import house, registers_house

    house.open_house()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    registers_house.fill(scaled(FIRMS, least=4_000))
    filled = ("filling the house", time.perf_counter() - start, "s", None)
    print(json.dumps([filled, *_pages(), *_imported()]))


def pages() -> None:
    """Time the pages of a house that stands already; print one figure a line."""
    from bench import house

    house.open_house()
    for name, value, unit, limit in _pages():
        print(f"{name}: {value:.0f} {unit}" + (f" (limit {limit})" if limit else ""), flush=True)


def _imported() -> list[Any]:
    """Bring in a spreadsheet as the worker does: looked at, stored, taken back."""
    from tests.core.planted import planted
    from tests.journeys.access.sheets import sheet

    from guomen.supervision.parties.codes import uscc_check_character

    records = planted(scaled(ROWS, least=2_000), seed=77).records.to_dicts()
    for place_, row in enumerate(records):
        body = f"91{440700:06d}MA{place_:07d}"
        row["uscc"] = body + uscc_check_character(body)
        row["place_zh"] = row.pop("address")
        if place_ % BAD == 0:
            row["uscc"] = row["uscc"][:-1] + "!"
    return list(_worked(sheet(records)))


def _worked(content: bytes) -> Iterator[Any]:
    from guomen.desks.components import clock
    from guomen.journeys import jobs
    from guomen.journeys.jobs import kinds, worker
    from guomen.supervision.agencies.models import Agency
    from guomen.supervision.jobs.models import Job
    from guomen.supervision.parties.models import ImportFile

    bureau = Agency.objects.filter(kind="regional").values_list("code", flat=True)[0]

    def work(kind: str, **given: Any) -> Job:
        args = {"agency": bureau, "zone": "Asia/Shanghai", "chinese": True, **given.pop("args", {})}
        number = jobs.enqueue(
            kind, at=clock.now(), by="OFC-BENCH", agency=bureau, args=args, **given
        )
        while Job.objects.get(number=number).state in ("waiting", "running"):
            worker.take_one(clock.now)
        return Job.objects.get(number=number)

    def timed(what: str, kind: str, **given: Any) -> tuple[Job, tuple[Any, ...]]:
        start = time.perf_counter()
        done = work(kind, **given)
        return done, (what, time.perf_counter() - start, "s", None)

    looked, figure = timed("spreadsheet looked at", kinds.CHECK_REGISTER, file=("a.xlsx", content))
    yield figure
    yield ("rows turned away", looked.result["bad"], "rows", None)
    asked = {"import": ImportFile.objects.get(number=looked.result["number"]).pk}
    yield timed("good rows stored", kinds.STORE_REGISTER, args=asked)[1]
    yield timed("all of it taken back", kinds.TAKE_BACK_REGISTER, args=asked)[1]


# Every list, by who reads it; the searches are apart, for they have a limit of their own.
_LISTS = (
    *(
        ("access", f"/desk/access/list/{address}")
        for address in (
            *("enterprises/", "enterprises/?page=40", "enterprises/?page=200"),
            *("enterprises/?sort=name", "enterprises/?role=importer"),
            *("enterprises/?role=agent&sort=-name", "enterprises/?state=active"),
            *("enterprises/?sme=yes&where=here", "sites/", "sites/?kind=farm&page=50"),
            *("licences/", "licences/?sort=ends", "licences/?state=granted"),
            *("licences/?state=ending", "licences/?state=expired", "filings/"),
            *("reviews/", "reviews/?state=late", "certificates/", "certificates/?page=200"),
            *("certificates/?stands=over", "products/", "products/?page=400"),
            *("products/?code=0704", "ports/"),
        )
    ),
    *(
        ("access", f"/desk/access/{address}")
        for address in (
            *("", "campaigns/", "gaps/", "duplicates/", "imports/", "sign-ups/", "map/"),
            *("requests/", "requests/?page=40", "requests/?state=decided"),
        )
    ),
    *(
        ("credit", f"/desk/{address}")
        for address in (
            *("credit/", "credit/?value=B", "credit/?page=200", "credit/disputes/"),
            *("credit/blacklist/", "credit/again/", "credit/partners/", "classes/"),
            *("classes/due/", "classes/assessments/"),
        )
    ),
    # The inbox and the first page, with everything that waits in every room.
    *((who, page) for who in ("access", "director") for page in ("/desk/waiting/", "/desk/")),
    ("access", "/credit-lists/"),
    ("access", "/exits/"),
)
_TEXTS = ("鸿达", "hongda", "91440401", "no such", "食品 永盛", "有限", "鸿达华")
_SEARCHES = (
    *(
        ("access", f"/desk/access/list/{room}/?q={text}")
        for room in (
            *("enterprises", "sites", "licences", "filings", "reviews"),
            *("certificates", "products"),
        )
        for text in _TEXTS
    ),
    *(("credit", f"/desk/{room}/?q={text}") for room in ("credit", "classes") for text in _TEXTS),
    ("access", "/status/?number=珠海鸿达食品有限公司"),
)


def _pages() -> list[Any]:
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    return [*_p95("lists", _LISTS, 150), *_p95("searches", _SEARCHES, 200)]


def _p95(name: str, asked: Sequence[tuple[str, str]], limit: int) -> list[Any]:
    """
    Time pages by the clock and by the processor, which a busy machine spares.

    The processor's time is that of this process and of the database's for this connection.
    """
    from django.contrib.auth import get_user_model
    from django.test import Client

    clients: dict[str, Client] = {}
    for who in {who for who, _ in asked}:
        clients[who] = Client()
        user = get_user_model().objects.get(username=who)
        clients[who].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    times, used, worst = [], [], (0.0, "")
    for who, address in asked:
        clients[who].get(address)  # the first fills caches
        own = []
        for _ in range(TURNS):
            start, begun = time.perf_counter(), _processor()
            answer = clients[who].get(address)
            own.append(1000 * (_processor() - begun))
            times.append(1000 * (time.perf_counter() - start))
            assert answer.status_code == 200, (address, answer.status_code)
        # The database's process is read in ticks of 10 ms: a page's mean is what can be told.
        used.append(sum(own) / len(own))
        worst = max(worst, (used[-1], address))
    return [
        (f"{name}, p95 of {len(asked)} pages", percentile(times, 0.95), "ms", limit),
        (f"{name}, p95 of processor time", percentile(used, 0.95), "ms", limit),
        (f"{name}, most processor time: {worst[1]}", worst[0], "ms", None),
    ]


TURNS = 7


def _processor() -> float:
    """Return the processor time of this process and of the server of its connection, in seconds."""
    from django.db import connection

    used = time.process_time()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SELECT pg_backend_pid()")
            (server,) = cursor.fetchone()
        fields = Path(f"/proc/{server}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


if __name__ == "__main__":
    {"measure": measure, "pages": pages}[sys.argv[1]]()
