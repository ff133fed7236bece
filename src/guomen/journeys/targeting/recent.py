"""
The lines of the last weeks, from the ledger: what was decided on, how, and what came of it.

They foretell the lines of tomorrow, and judge the plans of yesterday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from django.db.models import Min

from guomen.core.canonical import loads
from guomen.core.decide import Engine
from guomen.core.frequency import MILLION, Finding
from guomen.core.matching import OrderSet
from guomen.core.severity import SEVERITY, Outcome
from guomen.core.targeting.cells import Floats
from guomen.core.targeting.evaluate import Fate, Log
from guomen.journeys import rulings
from guomen.supervision.declarations.models import Line, LineResult
from guomen.supervision.ledger import queries as ledger


@dataclass(frozen=True, kw_only=True)
class Recent:
    """
    The newest ruling of each line of a period: its facts, and what was ruled.

    ``ruled`` has a row a line: outcome, chance_ppm, selected, plan.
    """

    facts: pl.DataFrame
    ruled: pl.DataFrame


_RULED = {
    "outcome": pl.String,
    "chance_ppm": pl.Int64,
    "selected": pl.Boolean,
    "plan": pl.String,
}


def recent(codes: frozenset[str], *, since: datetime, until: datetime) -> Recent:
    """Return the lines of agencies that were ruled on in a period; both ends inclusive."""
    first = Line.objects.filter(decided_at__gte=since).aggregate(n=Min("ruling_seq"))["n"]
    newest: dict[str, str] = {}
    if first is not None:
        for entry in ledger.iter_entries(rulings.KIND, after=first - 1):
            if entry.body is not None and since <= entry.at <= until:
                newest[entry.subject] = entry.body
    facts, _ = rulings.decode(list(newest.values()))
    ruled = pl.DataFrame(
        [
            tuple(value[name] for name in _RULED)
            for value in (loads(rulings.ruling_text(body)) for body in newest.values())
        ],
        schema=_RULED,
        orient="row",
    )
    own = facts["agency"].is_in(list(codes))
    return Recent(facts=facts.filter(own), ruled=ruled.filter(own))


def lawful(facts: pl.DataFrame, *, engine: Engine, orders: OrderSet) -> tuple[Floats, Floats]:
    """
    Return the chance that law alone gives each line, and whether it may be opened at all.

    The same rules are asked, without a plan and without a draw; goods that an order or a rule has
    opened are opened for certain, and goods that are refused are not opened.
    """
    bare = facts.with_columns(
        pl.lit(None, dtype=facts.schema[name]).alias(name)
        for name in ("plan", "failing_ppm", "plan_chance_ppm", "earlier_chance_ppm")
    ).with_columns(earlier_chance_ppm=pl.lit(0, dtype=pl.Int64))
    found, _ = engine.admit(bare, orders=orders, draws=None)
    outcome = found["outcome"].to_numpy()
    opened = (outcome == SEVERITY[Outcome.INSPECT]) | (
        outcome == SEVERITY[Outcome.INSPECT_AND_SAMPLE]
    )
    chance = np.where(opened, 1.0, found["chance_ppm"].to_numpy() / MILLION)
    return chance, (outcome != SEVERITY[Outcome.REFUSE]).astype(np.float64)


_FINDINGS = {Finding.CONFORM.value: 0.0, Finding.NONCONFORM.value: 1.0}
_STOPPED = {Outcome.REFUSE.value: Fate.REFUSED, Outcome.HOLD.value: Fate.HELD}
_OPENED = (Outcome.INSPECT.value, Outcome.INSPECT_AND_SAMPLE.value)


def log(lines: Recent, *, known: datetime) -> Log:
    """Return what was decided and found of recent lines; one query for every 5,000 of them."""
    references = lines.facts["line"].to_list()
    results = _results(references, known=known)
    fates: list[Fate] = []
    found: list[float] = []
    chances: list[float] = []
    columns = zip(
        references,
        lines.ruled.iter_rows(named=True),
        lines.facts["raised_outcome"].to_list(),
        strict=True,
    )
    for reference, ruled, raised in columns:
        fate, value = _fate(ruled, raised, results.get(reference))
        fates.append(fate)
        found.append(value)
        # What was opened without being drawn was opened for certain.
        certain = ruled["outcome"] in _OPENED and not ruled["selected"]
        chances.append(1.0 if certain else max(ruled["chance_ppm"], 1) / MILLION)
    scores = lines.facts["failing_ppm"].cast(pl.Float64).fill_null(np.nan).to_numpy() / MILLION
    return Log(chance=np.array(chances), found=np.array(found), fate=fates, score=scores)


def _results(references: list[str], *, known: datetime) -> dict[str, tuple[bool, str]]:
    found: dict[str, tuple[bool, str]] = {}
    for start in range(0, len(references), 5_000):
        rows = LineResult.objects.filter(
            line__reference__in=references[start : start + 5_000], at__lte=known
        ).order_by("seq")
        for reference, performed, finding in rows.values_list(
            "line__reference", "performed", "finding"
        ):
            found[reference] = performed, finding
    return found


def _fate(
    ruled: dict[str, Any], raised: str, result: tuple[bool, str] | None
) -> tuple[Fate, float]:
    if raised not in (None, "none"):
        return Fate.OVERRIDDEN, np.nan
    if ruled["outcome"] in _STOPPED:
        return _STOPPED[ruled["outcome"]], np.nan
    if ruled["outcome"] not in _OPENED:
        return Fate.NOT_SELECTED, np.nan
    if result is None or not result[0] or result[1] not in _FINDINGS:
        return Fate.UNCHECKED, np.nan
    return Fate.CHECKED, _FINDINGS[result[1]]


def working_days(facts: pl.DataFrame) -> int:
    """Return on how many days of a period there were lines."""
    return max(facts["on"].n_unique(), 1)


def spread_of_days(facts: pl.DataFrame) -> float:
    """Return how much the number of lines varies from day to day, as a share of its mean."""
    counts = facts.group_by("on").len()["len"]
    if counts.len() < 2:
        return 0.0
    values = counts.to_numpy().astype(np.float64)
    # What Poisson arrivals vary by is counted elsewhere.
    extra = max(float(values.var(ddof=1)) - float(values.mean()), 0.0)
    return float(extra**0.5 / values.mean())
