"""
What was found, as targeting learns from it: one row a checked line, as known at a moment.

Only lines that were opened teach: papers alone say nothing of what is inside. A finding that is
unknown is left out and counted, never clean. Lines that an officer raised on suspicion, or changed
otherwise, were not drawn; they are left out of the fit and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db.models import F, OuterRef, Subquery

from guomen.core.frequency import Finding
from guomen.core.severity import Outcome
from guomen.journeys.targeting import goods
from guomen.supervision.declarations.models import LineResult

OPENED = (Outcome.INSPECT.value, Outcome.INSPECT_AND_SAMPLE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """The results to learn from, and how many were left out and why."""

    results: pl.DataFrame
    unknown: int
    overridden: int
    unperformed: int


def learn(path: str, *, known: datetime, zone: str) -> Learnt:
    """
    Return the newest result of every opened line of an agency's subtree, known by a moment.

    Two queries.
    """
    newest = (
        LineResult.objects.filter(line=OuterRef("line"), at__lte=known)
        .order_by("-seq")
        .values("seq")[:1]
    )
    rows = (
        LineResult.objects.filter(
            at__lte=known, line__agency__path__startswith=path, line__outcome__in=OPENED
        )
        .annotate(newest=Subquery(newest))
        .filter(seq=F("newest"))
        .order_by("seq")
        .values_list(
            "at",
            "by",
            "finding",
            "performed",
            "line__raised_outcome",
            "line__declaration__reference",
            *(f"line__{name}" for name in goods.READ),
        )
    )
    head: dict[str, Any] = {
        "at": pl.Datetime("us", "UTC"),
        "examiner": pl.String,
        "finding": pl.String,
        "performed": pl.Boolean,
        "raised": pl.String,
        "group": pl.String,
    }
    taken = [
        (*row[:-2], None if row[-2] is None else float(row[-2]), row[-1])
        for row in rows.iterator(chunk_size=20_000)
    ]
    frame = pl.DataFrame(taken, schema={**head, **goods.READ}, orient="row")
    performed = frame.filter("performed")
    drawn = performed.filter(pl.col("raised") == "none")
    known_results = drawn.filter(pl.col("finding") != Finding.UNKNOWN.value)
    results = goods.columns(known_results).hstack(
        known_results.select(
            (pl.col("finding") == Finding.NONCONFORM.value).cast(pl.Float64).alias("found"),
            pl.lit(1.0).alias("tests"),
            pl.col("at").dt.convert_time_zone(str(ZoneInfo(zone))).dt.date().alias("day"),
            "examiner",
            "group",
        )
    )
    return Learnt(
        results=results,
        unknown=drawn.height - known_results.height,
        overridden=performed.height - drawn.height,
        unperformed=frame.height - performed.height,
    )
