"""
A million verdicts at once, beside the same verdicts one by one.

Run alone with `python -m bench.conformity`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from bench.measure import peak_mib
from guomen.core.conformity import (
    SIMPLE,
    Result,
    find_limit,
    guard_band,
    judge,
    judge_frame,
)
from guomen.rulebooks.limits import LIMITS

ROWS, SAMPLE, SEED = 1_000_000, 2_000, 20120524
CASES = [
    ("food/dairy/milk/liquid", "melamine", "mg/kg", 2.5),
    ("food/dairy/infant_formula/powder", "melamine", "mg/kg", 1.0),
    ("food/vegetable/leafy", "cadmium", "µg/kg", 200.0),
    ("food/aquatic/fish", "lead", "mg/kg", 0.5),
    ("food/cereal/maize", "aflatoxin_b1", "µg/kg", 20.0),
    ("food/dairy/milk/liquid", "i_131", "Bq/kg", 33.0),
]


def history(rows: int) -> pl.DataFrame:
    """Make results as reports write them: numbers as text, some in words."""
    rng = np.random.default_rng(SEED)
    case = rng.integers(0, len(CASES), rows)
    scale = np.array([limit for *_, limit in CASES])[case]
    value = scale * rng.lognormal(-1.0, 0.8, rows)
    words = np.array(["未检出", "ND", "", "<0.01", "合格"])[rng.integers(0, 5, rows)]
    raw = pl.Series("raw", value).round_sig_figs(3).cast(pl.String)
    spoken = pl.Series(rng.random(rows) < 0.1)
    columns = [
        pl.Series(name, np.array([row[place] for row in CASES])[case])
        for place, name in enumerate(("commodity", "analyte", "unit"))
    ]
    day = np.datetime64("2011-05-01") + rng.integers(0, 380, rows)
    return pl.DataFrame(columns).with_columns(
        market=pl.lit("CN"),
        raw=raw.zip_with(~spoken, pl.Series("raw", words)),
        expanded_uncertainty=pl.Series(scale * rng.choice([0.05, 0.1, 0.2], rows)).round(6),
        coverage=pl.lit(2.0),
        lod=pl.Series(scale * 0.01).round(6),
        taken=pl.Series(day.astype("datetime64[D]")),
        reported=pl.Series((day + 7).astype("datetime64[D]")),
    )


def run(report: Callable[..., None]) -> None:
    """Measure the frame and the loop, and report rows, seconds, ratio and memory."""
    results = history(ROWS)
    priced = results.with_columns(
        prior_mean=pl.col("expanded_uncertainty") * 5, prior_sd=pl.col("expanded_uncertainty") * 2
    )
    before = peak_mib()
    plain = _seconds(lambda: judge_frame(results, LIMITS, SIMPLE, on=date(2012, 6, 30)))
    guarded = _seconds(lambda: judge_frame(results, LIMITS, guard_band(), on=date(2012, 6, 30)))
    risky = _seconds(lambda: judge_frame(priced, LIMITS, guard_band(), on=date(2012, 6, 30)))
    again = _seconds(lambda: judge_frame(results, LIMITS, guard_band(), as_of=date(2012, 5, 24)))
    memory = peak_mib() - before
    rows = results.head(SAMPLE).to_dicts()
    loop = _seconds(lambda: [_one(row) for row in rows], times=1) * ROWS / SAMPLE
    report("verdicts, simple acceptance", plain, "s", rows=ROWS)
    report("verdicts, guard band", guarded, "s", rows=ROWS, limit=1.0)
    report("verdicts, guard band and global risk", risky, "s", rows=ROWS)
    report("history judged again as of one day", again, "s", rows=ROWS)
    report("verdicts, one by one", loop, "s", rows=ROWS, scaled_from=SAMPLE)
    report("one by one to frame", loop / guarded, "times")
    report("verdicts, memory at the peak", memory, "MiB", rows=ROWS)


def _one(row: dict[str, Any]) -> str:
    limit = find_limit(
        LIMITS,
        commodity=row["commodity"],
        analyte=row["analyte"],
        market=row["market"],
        on=row["taken"],
    )
    stated = {k: v for k, v in row.items() if k not in ("commodity", "analyte", "market")}
    return judge(Result(**stated), limit, guard_band(), on=date(2012, 6, 30)).outcome


def _seconds(work: Callable[[], object], *, times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    run(lambda name, value, unit, **more: print(f"{name:45} {value:10.3f} {unit:6} {more or ''}"))
