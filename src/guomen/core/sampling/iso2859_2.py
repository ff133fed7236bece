"""
Isolated lots: the quality a lot must not have (limiting quality), by ISO 2859-2's idea.

Plans are computed so that a lot at the limiting quality is accepted with at
most the consumer's risk, exactly and for its own size. The printed procedure A
is recalled only: it is passed in as rows, needs an opt-in, and a row that fails
its own defining risk is never used. Not for a series of lots: see ``iso2859``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns, design, search
from guomen.core.sampling.design import Points
from guomen.core.sampling.oc import pa
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion, Plan, Source, UnverifiedTable

CONSUMER_RISK: Final = 0.10
PRINTED_RISK: Final = 0.135  # the most that the printed plans let through (recalled)
STANDARD: Final = "ISO 2859-2"
_WHOLE: Final = 1e-9

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitingPlans:
    """
    Plans of many isolated lots; ``plans[i]`` is the i-th as a ``LimitingPlan``.

    ``n`` is -1 where the acceptance number bears every bad unit there is (``feasible`` is False);
    there ``units`` is the whole lot, the safe side, and ``consumer_risk`` nan.
    """

    lot: Ints
    n: Ints
    ac: Ints
    feasible: Flags
    bad_units: Ints
    lq_percent: Floats
    consumer_risk: Floats
    ask: Callable[[int], LimitingPlan]

    @property
    def re(self) -> Ints:
        """Return the rejection numbers."""
        return self.ac + 1

    @property
    def units(self) -> Ints:
        """Return how many units to take from each lot; all of it where nothing is promised."""
        return np.where(self.feasible, np.minimum(self.n, self.lot), self.lot)

    @property
    def full_inspection(self) -> Flags:
        """Tell which lots are inspected whole."""
        return np.asarray(self.units >= self.lot)

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.lot)

    def __getitem__(self, row: int) -> LimitingPlan:
        """
        Return one lot's plan as a value.

        :raises InfeasiblePlan: if this lot has none
        """
        return self.ask(row)


@overload
def plan(lot: int, *, lq_percent: float, ac: int = ..., risk: float = ...) -> LimitingPlan: ...
@overload
def plan(
    lot: npt.ArrayLike, *, lq_percent: Any, ac: Any = ..., risk: Any = ...
) -> LimitingPlans: ...


def plan(
    lot: Any, *, lq_percent: Any, ac: Any = 0, risk: Any = CONSUMER_RISK
) -> LimitingPlan | LimitingPlans:
    """
    Return the least sample that accepts the limiting quality with at most `risk`.

    The limiting quality is the whole number of units at or just above `lq_percent` of the lot.
    Arrays give ``LimitingPlans``.
    Source: computed, hypergeometric; in the sense of ISO 2859-2, procedure A.

    >>> plan(200, lq_percent=5.0).plan.n
    41
    >>> plan([200, 1000], lq_percent=5.0).n.tolist()
    [41, 44]

    :raises InfeasiblePlan: if the lot holds no more bad units than `ac` at that quality
    :raises InvalidQuestion: if a percentage or risk is outside its range
    """
    if columns.is_many(lot, lq_percent, ac, risk):
        return _many(lot, lq_percent, ac, risk)
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
    return math.ceil(lot * lq_percent / 100.0 - _WHOLE)


def _many(lot: Any, lq_percent: Any, ac: Any, risk: Any) -> LimitingPlans:
    """Answer many lots, each distinct one once."""
    lots, percents, acs, risks = (
        part.ravel()
        for part in columns.spread(
            lot=columns.whole("lot", lot), lq_percent=columns.decimals(lq_percent),
            ac=columns.whole("ac", ac, least=0), risk=columns.decimals(risk),
        )
    )  # fmt: skip
    if not np.all((percents > 0) & (percents <= 100) & (risks > 0) & (risks < 1)):
        raise InvalidQuestion("need a lot, 0 < lq_percent <= 100, 0 < risk < 1 and ac >= 0")
    bad = np.ceil(lots * percents / 100.0 - _WHOLE).astype(np.int64)
    first, which = columns.distinct(lots, bad, acs, risks)
    sizes, poor, borne = lots[first], bad[first], acs[first]
    feasible = poor > borne
    rows = np.flatnonzero(feasible)
    n, chance = np.full(len(first), -1, np.int64), np.full(len(first), np.nan)
    n[rows] = search.least_n_at_most(
        borne[rows], sizes[rows], poor[rows], risks[first][rows], start=borne[rows] + 1
    )
    chance[rows] = search.hypergeometric_at_most(borne[rows], sizes[rows], poor[rows], n[rows])

    def ask(row: int) -> LimitingPlan:
        return plan(
            int(lots[row]), lq_percent=float(percents[row]), ac=int(acs[row]),
            risk=float(risks[row]),
        )  # fmt: skip

    return LimitingPlans(
        lot=lots, n=n[which], ac=acs, feasible=feasible[which], bad_units=bad,
        lq_percent=percents, consumer_risk=chance[which], ask=ask,
    )  # fmt: skip


@overload
def printed(
    lot: int, *, lq_percent: float, table: Iterable[Row], allow_unverified: bool = ...
) -> LimitingPlan: ...
@overload
def printed(
    lot: npt.ArrayLike, *, lq_percent: Any, table: Iterable[Row], allow_unverified: bool = ...
) -> LimitingPlans: ...


def printed(
    lot: Any, *, lq_percent: Any, table: Iterable[Row], allow_unverified: bool = False
) -> LimitingPlan | LimitingPlans:
    """
    Return the plan of a printed table given as rows; arrays give ``LimitingPlans``.

    :raises UnverifiedTable: if a row was never checked and `allow_unverified` is not given, or
        if it fails the consumer's risk that defines it
    :raises InvalidQuestion: if no row covers a lot and quality
    """
    if not columns.is_many(lot, lq_percent):
        return _printed(lot, lq_percent, table, allow_unverified=allow_unverified)
    rows = tuple(table)
    lots, percents = (
        part.ravel()
        for part in columns.spread(lot=columns.whole("lot", lot), lq_percent=lq_percent)
    )

    def one(size: int, percent: float) -> LimitingPlan:
        return _printed(size, percent, rows, allow_unverified=allow_unverified)

    cases, case = columns.answers(one, lots, columns.decimals(percents))

    def column(values: list[Any], kind: Any) -> Any:
        return columns.gather(values, case, lots.shape, kind)

    return LimitingPlans(
        lot=lots, n=column([found.plan.n for found in cases], np.int64),
        ac=column([found.plan.ac for found in cases], np.int64),
        feasible=np.ones(lots.shape, np.bool_), lq_percent=columns.decimals(percents),
        bad_units=column([found.bad_units for found in cases], np.int64),
        consumer_risk=column([found.consumer_risk for found in cases], np.float64),
        ask=lambda row: cases[int(case[row])],
    )  # fmt: skip


def _printed(
    lot: int, lq_percent: float, table: Iterable[Row], *, allow_unverified: bool
) -> LimitingPlan:
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
