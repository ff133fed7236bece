"""
Isolated lots: the quality a lot must not have (limiting quality), by ISO 2859-2's idea.

Plans are computed so that a lot at the limiting quality is accepted with at
most the consumer's risk, exactly and for its own size. The printed procedure A
is recalled only: it is passed in as rows, needs an opt-in, and a row that fails
its own defining risk is never used. Not for a series of lots: see ``iso2859``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from guomen.core.sampling import design
from guomen.core.sampling.design import Points
from guomen.core.sampling.oc import pa
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion, Plan, Source, UnverifiedTable

CONSUMER_RISK: Final = 0.10
PRINTED_RISK: Final = 0.135  # the most that the printed plans let through (recalled)
STANDARD: Final = "ISO 2859-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One printed cell: lots of a size range at a limiting quality, and the plan for them."""

    lot_min: int
    lot_max: int | None
    lq_percent: float
    n: int
    ac: int
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitingPlan:
    """A plan for one isolated lot, with the chance that the limiting quality is accepted."""

    plan: Plan
    lot: int
    lq_percent: float
    bad_units: int
    consumer_risk: float


def plan(lot: int, *, lq_percent: float, ac: int = 0, risk: float = CONSUMER_RISK) -> LimitingPlan:
    """
    Return the least sample that accepts the limiting quality with at most `risk`.

    The limiting quality is the whole number of units at or just above `lq_percent` of the lot.
    Source: computed, hypergeometric; in the sense of ISO 2859-2, procedure A.

    >>> plan(200, lq_percent=5.0).plan.n
    41

    :raises InfeasiblePlan: if the lot holds no more bad units than `ac` at that quality
    :raises InvalidQuestion: if a percentage or risk is outside its range
    """
    if lot < 1 or not 0.0 < lq_percent <= 100.0 or not 0.0 < risk < 1.0 or ac < 0:
        raise InvalidQuestion("need a lot, 0 < lq_percent <= 100, 0 < risk < 1 and ac >= 0")
    bad = _bad_units(lot, lq_percent)
    if bad <= ac:
        raise InfeasiblePlan(
            f"{lq_percent:g} % of {lot} units is {bad}: an acceptance number of {ac} bears them "
            "all; use a smaller ac, or a larger limiting quality",
            best_confidence=0.0,
            lot=lot,
        )
    points = Points(p1=0.0, alpha=0.5, p2=bad / lot, beta=risk, lot=lot, model="hypergeom")
    n = design.least_n(points, ac)
    found = Plan(
        n=n, ac=ac, re=ac + 1, lot=lot,
        source=Source(
            standard=STANDARD, edition="computed", clause="limiting quality", evidence="designed"
        ),
    )  # fmt: skip
    return _with_risk(found, lot, lq_percent, bad)


def _bad_units(lot: int, lq_percent: float) -> int:
    """Return the whole number of units at or just above the quality."""
    return math.ceil(lot * lq_percent / 100.0 - 1e-9)


def printed(
    lot: int, *, lq_percent: float, table: Iterable[Row], allow_unverified: bool = False
) -> LimitingPlan:
    """
    Return the plan of a printed table given as rows.

    :raises UnverifiedTable: if the row was never checked and `allow_unverified` is not given, or
        if it fails the consumer's risk that defines it
    :raises InvalidQuestion: if no row covers the lot and quality
    """
    row = next((row for row in table if _covers(row, lot, lq_percent)), None)
    if row is None:
        raise InvalidQuestion(
            f"no row covers a lot of {lot} at {lq_percent:g} %; use plan() to compute one"
        )
    if not (row.verified or allow_unverified):
        raise UnverifiedTable(
            "this row of ISO 2859-2 is recalled and was never checked; use plan(), or pass "
            "allow_unverified=True and compare with your copy",
            lot=lot,
            lq_percent=lq_percent,
        )
    found = Plan(
        n=row.n, ac=row.ac, re=row.ac + 1, lot=lot,
        source=Source(
            standard=STANDARD, edition="1985", clause="procedure A",
            evidence="verified" if row.verified else "unverified",
        ),
    )  # fmt: skip
    answer = _with_risk(found, lot, lq_percent, _bad_units(lot, lq_percent))
    if answer.consumer_risk > PRINTED_RISK:
        raise UnverifiedTable(
            f"the recalled row accepts the limiting quality with chance {answer.consumer_risk:.3f},"
            f" above {PRINTED_RISK}: it cannot be right; use plan()",
            lot=lot,
            lq_percent=lq_percent,
        )
    return answer


def _covers(row: Row, lot: int, lq_percent: float) -> bool:
    inside = row.lot_min <= lot and (row.lot_max is None or lot <= row.lot_max)
    return inside and row.lq_percent == lq_percent


def _with_risk(found: Plan, lot: int, lq_percent: float, bad: int) -> LimitingPlan:
    chance = float(pa(found, bad / lot, model="hypergeom", lot=lot))
    return LimitingPlan(
        plan=found, lot=lot, lq_percent=lq_percent, bad_units=bad, consumer_risk=chance
    )
