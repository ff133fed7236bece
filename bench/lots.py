"""
Real lots of two border services: the ISPM 31 sample beside the sample that was really drawn.

Reads `targeting/border_inspections.csv` of the reference folder (GUOMEN_REFERENCE, by default
../shared/reference); says so and measures nothing where there is none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from bench.measure import best
from guomen.core.sampling import ispm31

ROOT = Path(__file__).resolve().parents[1]
LEVELS = (0.005, 0.01, 0.05)
CONFIDENCE = 0.95

Report = Callable[..., None]


def run(report: Report) -> None:
    """Size a sample for every real lot and compare it with the one drawn."""
    folder = Path(os.environ.get("GUOMEN_REFERENCE", ROOT.parent / "shared" / "reference"))
    file = folder / "targeting" / "border_inspections.csv"
    if not file.is_file():
        report("real lots", 0, "lots", note=f"skipped: no {file.name}; set GUOMEN_REFERENCE")
        return
    read = pl.read_csv(file, null_values=["NA", ""])
    sized = read.with_columns(pl.col("n", "N").cast(pl.Float64).round().cast(pl.Int64))
    known = sized.filter((pl.col("N") > 0) & (pl.col("n") > 0))
    whole = known.filter(pl.col("n") <= pl.col("N"))
    report("real lots", read.height, "lots", size_unknown=read.height - known.height,
           more_drawn_than_the_lot=known.height - whole.height)  # fmt: skip
    lots = whole["N"].to_numpy()
    seconds = best(lambda: ispm31.sample_size(lots, 0.01, conf=CONFIDENCE))
    report("ISPM 31 sample of each real lot", len(lots) / seconds, "lots/s", lots=len(lots))
    for level in LEVELS:
        _beside(whole, level, report)


def _beside(lots: pl.DataFrame, level: float, report: Report) -> None:
    """Report how the samples drawn compare with those that find the level at 95 %."""
    answer = ispm31.sample_size(lots["N"].to_numpy(), level, conf=CONFIDENCE)
    feasible = np.asarray(answer.feasible, dtype=bool)
    drawn, wanted = lots["n"].to_numpy()[feasible], np.asarray(answer.n)[feasible]
    kinds = lots["data_type"].to_numpy()[feasible]
    for kind in ("all", *np.unique(kinds).tolist()):
        chosen = np.ones(len(drawn), dtype=bool) if kind == "all" else kinds == kind
        share = drawn[chosen] / wanted[chosen]
        report(
            f"drawn ÷ ISPM 31 at {level:.1%}, {kind}",
            float(np.median(share)),
            "times (median)",
            lots=int(chosen.sum()),
            too_small_to_show=len(lots) - len(drawn) if kind == "all" else None,
            drew_more=f"{(share > 1).mean():.0%}",
            drew_less=f"{(share < 1).mean():.0%}",
        )
