"""
Early warning's pages with 10⁵ series of five quarters, on both databases.

The weekly watch judges them and keeps what pages read; then lists, searches and charts are timed
through the whole server code. ``python -m bench.explorer measure`` fills and times one house.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from bench.measure import SEED, percentile, scaled
from bench.post import place

ROOT = Path(__file__).resolve().parents[1]
# Of so many, a hundred thousand and some were ever examined.
SERIES, WEEKS, A_WEEK = 120_000, 65, 0.4
LAST = date(2012, 5, 14)
LISTS = ("", "&q=wine", "&q=9503+de", "&q=%E8%91%A1%E8%90%84", "&page=700")
RISING = 1_000  # one series in so many rises in the last weeks
TURNS = 7
Report = Callable[..., None]


def run(report: Report) -> None:
    """Measure on both databases."""
    for database in ("sqlite", "postgresql"):
        with place(database) as environment:
            done = subprocess.run(
                [sys.executable, "-m", "bench.explorer", "measure"],
                cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
        for name, value, unit, limit in json.loads(done.stdout.splitlines()[-1]):
            report(f"{database}: {name}", value, unit, **({"limit": limit} if limit else {}))


def write_history(folder: Path, series: int) -> None:
    """Write a history in which so many goods of an origin are examined now and then."""
    from guomen.analysis import history
    from guomen.analysis.history import LINES, Standing

    dice = np.random.default_rng(SEED)
    rate = dice.beta(1.0, 40.0, series)
    often = dice.gamma(0.5, 2 * A_WEEK, series)
    often[::RISING] = 10.0
    origins = np.array(["FR", "DE", "JP", "US", "AU", "TH", "BR", "CL", "IT", "NZ"])
    groups = np.array(["wine", "toys", "fruit", "meat"])
    headings = np.array(["2204", "9503", "0808", "0202"])
    months: dict[str, list[pl.DataFrame]] = {}
    for week in range(WEEKS):
        day = LAST - timedelta(days=7 * (WEEKS - 1 - week))
        number = dice.poisson(often)
        row = np.repeat(np.arange(series), number)
        bad = dice.random(row.size) < np.where(
            (row % RISING == 0) & (week > WEEKS - 4), 0.7, rate[row]
        )
        goods = row // origins.size
        frame = pl.DataFrame(
            {
                "line": pl.Series([f"L{week}-{n}" for n in range(row.size)]),
                "day": pl.repeat(day, row.size, eager=True, dtype=pl.Date),
                "port": np.array(["CNZUH", "CNGBI", "CNJIZ"])[row % 3],
                "direction": np.array(["import", "export"])[(goods % 2)],
                "enterprise": (row % 20_000).astype(str),
                "hs6": np.char.add(headings[goods % 4], (goods // 4 % 10_000).astype(str)),
                "origin": origins[row % origins.size],
                "group": groups[goods % 4],
                "value_fen": np.ones(row.size, dtype=np.int64),
                "chance_ppm": np.full(row.size, 300_000),
                "standing": np.full(row.size, Standing.EXAMINED.value),
                "failed": bad,
            }
        )
        rest = [
            pl.lit(None, dtype=kind).alias(name)
            for name, kind in LINES.schema.items()
            if name not in frame.columns
        ]
        whole = frame.with_columns(rest).select(LINES.schema.names()).cast(dict(LINES.schema))
        months.setdefault(history.month_of(day), []).append(whole)
    history.write_months(folder, ((m, pl.concat(f)) for m, f in months.items()), through=1)


def measure() -> None:
    """Fill this house, watch a week, time the pages; print one line of JSON."""
    from bench import house

    house.open_house()
    house.build()
    from guomen.analysis import judged
    from guomen.journeys import history, watching

    write_history(history.folder(), scaled(SERIES, least=3_000))
    begun, used = time.perf_counter(), time.process_time()
    done = {
        one.level: one for one in watching.watch_week("ZH", week=LAST, at=house.AT, export=False)
    }
    rows: list[Any] = [
        ("series of the level", done["products"].series, "series", None),
        ("signals of the level", done["products"].alarms, "signals", None),
        ("the weekly watch of every level", time.perf_counter() - begun, "s", None),
        ("its processor time", time.process_time() - used, "s", None),
    ]
    kept = judged.read(history.folder(), "products")
    assert kept is not None
    names = kept.rows["name"]
    some = [names[int(n)] for n in np.linspace(0, len(names) - 1, 6)]
    level = "/desk/risk/series/?level=products"
    rows += _timed("lists and searches of series", [level + more for more in LISTS], 200)
    rows += _timed("charts of a series", [f"{level}&series={quote(n)}" for n in some], 300)
    rows += _timed("inbox, heat map, back-test", _OTHERS, 300)
    print(json.dumps(rows))


_OTHERS = ("/desk/risk/", "/desk/risk/heat/", "/desk/risk/back-test/?level=products")


def _timed(name: str, addresses: Sequence[str], limit: int) -> list[Any]:
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    user = get_user_model().objects.get(username="director")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/desk/risk/")  # the first page of a process loads every module
    first, clock, used = [], [], []
    for address in addresses:
        for turn in range(TURNS):
            begun, busy = time.perf_counter(), time.process_time()
            answer = client.get(address)
            took = 1000 * (time.perf_counter() - begun)
            assert answer.status_code == 200, (address, answer.status_code)
            (clock if turn else first).append(took)
            used.append(1000 * (time.process_time() - busy))
    return [
        (f"{name}, p95", percentile(clock, 0.95), "ms", limit),
        (f"{name}, p95 of processor time", percentile(used, 0.95), "ms", None),
        (f"{name}, the first of each, at most", max(first), "ms", None),
    ]


if __name__ == "__main__":
    {"measure": measure}[sys.argv[1]]()
