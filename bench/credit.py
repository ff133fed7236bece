"""
Credit levels of a million enterprises at once, beside a plain Python loop over the same files.

Run alone with ``python -m bench credit``. The loop is ``credit.rate``, one file after the other, on
a sample; both must give the same levels.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from bench.measure import SEED, scaled
from guomen.core.credit import Dossier, Mark, Merit, MeritKind, rate
from guomen.core.credit_many import rate_many
from guomen.rulebooks.credit_items import TERMS

FILES, LOOPED = 1_000_000, 20_000
OPENED, ON = date(2009, 10, 1), date(2012, 5, 24)
_POINTS = np.array([1, 3, 6, 12, 24, 36])


def files(count: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Make files: one mark each on average, one in seven verified, one in a thousand awarded."""
    dice = np.random.default_rng(SEED)
    marked = dice.integers(0, count, count)
    points = dice.choice(_POINTS, size=count, p=[0.4, 0.25, 0.15, 0.12, 0.06, 0.02])
    begins = np.datetime64(OPENED) + dice.integers(0, 960, count)
    marks = pl.DataFrame(
        {
            "enterprise": marked,
            "points": points,
            "counts_from": begins.astype("datetime64[D]"),
            "expires_on": (begins + dice.integers(30, 500, count)).astype("datetime64[D]"),
            "grave": points == 36,
            "quality": dice.random(count) < 0.3,
        }
    )
    earned = dice.choice(count, count // 7, replace=False)
    merits = pl.DataFrame(
        {
            "enterprise": earned,
            "award": dice.random(earned.size) < 0.007,
            "begins": (np.datetime64(OPENED) + dice.integers(0, 900, earned.size)).astype(
                "datetime64[D]"
            ),
            "ends": pl.Series([None] * earned.size, dtype=pl.Date),
        }
    )
    opened = pl.Series([OPENED] * count, dtype=pl.Date)
    return pl.DataFrame({"enterprise": np.arange(count), "opened_on": opened}), marks, merits


def looped(marks: pl.DataFrame, merits: pl.DataFrame, count: int) -> tuple[list[str], float]:
    """Return the levels of the first files by the plain loop, and the seconds that it took."""
    against: list[list[Mark]] = [[] for _ in range(count)]
    earned: list[list[Merit]] = [[] for _ in range(count)]
    for at, points, begins, ends, grave, quality in marks.filter(
        pl.col("enterprise") < count
    ).rows():
        against[at].append(
            Mark(
                key="",
                item="",
                points=points,
                counts_from=begins,
                expires_on=ends,
                grave=grave,
                quality=quality,
            )
        )
    for at, award, begins, ends in merits.filter(pl.col("enterprise") < count).rows():
        kind = MeritKind.AWARD if award else MeritKind.VERIFIED
        earned[at].append(Merit(kind=kind, begins=begins, ends=ends))
    terms = TERMS.on(ON).value
    dossiers = [
        Dossier(opened_on=OPENED, marks=tuple(m), merits=tuple(e))
        for m, e in zip(against, earned, strict=True)
    ]
    start = time.process_time()
    levels = [rate(file, on=ON, terms=terms)[-1].level.value for file in dossiers]
    return levels, time.process_time() - start


def run(report: Any) -> None:
    """Rate everything at once, and a sample one by one; the levels must be equal."""
    count = scaled(FILES, least=LOOPED)
    opened, marks, merits = files(count)
    terms = TERMS.on(ON).value
    start = time.process_time()
    found = rate_many(opened, marks, merits, on=ON, terms=terms)
    at_once = time.process_time() - start
    levels, one_by_one = looped(marks, merits, LOOPED)
    if found["level"].head(LOOPED).to_list() != levels:
        raise AssertionError("the two ways give different levels")
    ratio = (one_by_one / LOOPED) / (at_once / count)
    report("credit levels of all files at once, CPU time", at_once, "s", files=count)
    report("credit levels, at once", count / at_once, "files/s", ratio=ratio)
    report("credit levels, plain Python loop", LOOPED / one_by_one, "files/s", files=LOOPED)
