"""
Plans made to order: the smallest that hold both risks.

Exact search on the exact distribution; no table, no approximation left in the
answer. Not for detection with acceptance number zero and an inspection that may
overlook: see ``ispm31``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, overload

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, pdtr

from guomen.core.sampling import columns, search
from guomen.core.sampling.design_many import (
    LARGEST_AC,
    DoublePlans,
    SinglePlans,
    double_plans,
    single_plans,
)
from guomen.core.sampling.oc import Model, oc
from guomen.core.sampling.oc import pa as chance
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion, Plan, Source, StagedPlan

OURS: Final = Source(
    standard="Guomen design", edition="1", clause="two risk points, exact search",
    evidence="designed",
)  # fmt: skip
_TIE: Final = search.TIE


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What sampling costs: so much a unit, and so much each time a sample is drawn."""

    unit: float = 1.0
    stage: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Designed:
    """A designed plan with the question it answers and the risks it truly has."""

    plan: Plan | StagedPlan
    p1: float
    alpha: float
    p2: float
    beta: float
    model: Model
    lot: int | None
    producer_risk: float
    consumer_risk: float
    mean_cost: float
    """Expected cost at p1, where most lots should be."""


@overload
def two_point(
    p1: float, alpha: float, p2: float, beta: float, *, lot: int | None = ...,
    stages: Literal[1, 2] = ..., cost: Cost | None = ..., model: Model | None = ...,
) -> Designed: ...  # fmt: skip
@overload
def two_point(
    p1: npt.ArrayLike, alpha: npt.ArrayLike, p2: npt.ArrayLike, beta: npt.ArrayLike, *,
    lot: Any = ..., stages: Literal[1] = ..., cost: Cost | None = ..., model: Model | None = ...,
) -> SinglePlans: ...  # fmt: skip
@overload
def two_point(
    p1: npt.ArrayLike, alpha: npt.ArrayLike, p2: npt.ArrayLike, beta: npt.ArrayLike, *,
    lot: Any = ..., stages: Literal[2], cost: Cost | None = ..., model: Model | None = ...,
) -> DoublePlans: ...  # fmt: skip


def two_point(
    p1: Any,
    alpha: Any,
    p2: Any,
    beta: Any,
    *,
    lot: Any = None,
    stages: Literal[1, 2] = 1,
    cost: Cost | None = None,
    model: Model | None = None,
) -> Designed | SinglePlans | DoublePlans:
    """
    Return the plan that accepts p1 with chance at least 1 - alpha and p2 with at most beta.

    A single plan has the least acceptance number and then the least n; a double plan the least
    expected cost at p1. With a lot the model is hypergeometric unless said otherwise. Arrays give
    columns, n = -1 where no sample holds both risks.

    >>> designed = two_point(0.01, 0.05, 0.05, 0.10)
    >>> designed.plan.stages
    ((132, 3, 4),)
    >>> two_point(0.01, 0.05, 0.05, 0.10, lot=[500, 5000]).n.tolist()
    [123, 131]

    :raises InfeasiblePlan: if only inspecting everything could hold both risks
    :raises InvalidQuestion: if the points are not 0 <= p1 < p2 <= 1 with risks between 0 and 1
    """
    chosen: Model = model or ("binomial" if lot is None else "hypergeom")
    if stages not in (1, 2):
        raise InvalidQuestion(f"a designed plan has 1 or 2 stages, not {stages}")
    if columns.is_many(p1, alpha, p2, beta, lot):
        many = single_plans if stages == 1 else double_plans
        ask = partial(two_point, stages=stages, cost=cost, model=chosen)
        return many(ask, (p1, alpha, p2, beta), lot, chosen)
    points = Points(p1=float(p1), alpha=float(alpha), p2=float(p2), beta=float(beta), lot=lot,
                    model=chosen)  # fmt: skip
    points.check()
    prices = cost or Cost()
    n, ac = least_single(points)
    single = Plan(n=n, ac=ac, re=ac + 1, source=OURS, lot=lot)
    if stages == 1:
        return _designed(points, single, prices)
    return _best_double(points, single, prices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """The two risk points, and the model that counts."""

    p1: float
    alpha: float
    p2: float
    beta: float
    lot: int | None
    model: Model

    def check(self) -> None:
        """Refuse points that mean nothing."""
        if not 0.0 <= self.p1 < self.p2 <= 1.0:
            raise InvalidQuestion(
                f"the qualities must satisfy 0 <= p1 < p2 <= 1, not {self.p1} and {self.p2}"
            )
        if not (0.0 < self.alpha < 1.0 and 0.0 < self.beta < 1.0):
            raise InvalidQuestion("both risks lie between 0 and 1")
        if 1.0 - self.alpha <= self.beta:
            raise InvalidQuestion("the good quality must be accepted more often than the bad one")
        if self.model == "hypergeom" and self.lot is None:
            raise InvalidQuestion("the hypergeometric model needs the lot size")

    def pa(self, n: int, ac: int, p: float) -> float:
        """Return the chance that a single plan accepts quality p."""
        if self.model == "binomial":
            return float(bdtr(min(ac, n), n, p))
        if self.model == "poisson":
            return float(pdtr(ac, n * p))
        lot = self.lot or 0
        bad = np.array([round(p * lot)])
        return float(search.hypergeometric_at_most(ac, lot, bad, min(n, lot))[0])


def least_single(points: Points) -> tuple[int, int]:
    """
    Return the least acceptance number, and n for it, that hold both risks.

    :raises InfeasiblePlan: if no sample smaller than the lot holds both
    """
    n = 1
    limit = points.lot if points.model == "hypergeom" and points.lot is not None else 2**31
    for ac in range(LARGEST_AC):
        n = _least_n(points, ac, max(n, ac + 1), limit)
        if n > limit:
            break
        if points.pa(n, ac, points.p1) * _TIE >= 1.0 - points.alpha:
            return n, ac
    raise InfeasiblePlan(
        f"no sample holds both risks at {points.p1:g} and {points.p2:g}; inspect the whole lot, "
        "move the two qualities apart, or accept larger risks",
        best_confidence=None,
        lot=points.lot,
    )


def least_n(points: Points, ac: int) -> int:
    """Return the least n that accepts p2 with chance at most beta, for one acceptance number."""
    limit = points.lot if points.model == "hypergeom" and points.lot is not None else 2**31
    return _least_n(points, ac, ac + 1, limit)


def _least_n(points: Points, ac: int, start: int, limit: int) -> int:
    """Return the least n with chance of accepting p2 at most beta; limit + 1 if there is none."""
    if start > limit:
        return limit + 1
    low, high = start - 1, start
    while points.pa(min(high, limit), ac, points.p2) > points.beta * _TIE:
        if high >= limit:
            return limit + 1
        low, high = high, high * 2
    high = min(high, limit)
    while high - low > 1:
        middle = (low + high) // 2
        meets = points.pa(middle, ac, points.p2) <= points.beta * _TIE
        low, high = (low, middle) if meets else (middle, high)
    return high


def _designed(points: Points, plan: Plan | StagedPlan, prices: Cost) -> Designed:
    """Return a plan with the risks it truly has."""
    curve = oc(plan, [points.p1, points.p2], model=points.model, lot=points.lot)
    return Designed(
        plan=plan, p1=points.p1, alpha=points.alpha, p2=points.p2, beta=points.beta,
        model=points.model, lot=points.lot, producer_risk=float(1.0 - curve.pa[0]),
        consumer_risk=float(curve.pa[1]), mean_cost=_mean_cost(plan, float(curve.asn[0]), prices),
    )  # fmt: skip


def _mean_cost(plan: Plan | StagedPlan, asn: float, prices: Cost) -> float:
    """Return the expected cost; the mean number of later draws follows from the mean sample."""
    first = plan.stages[0][0]
    rest = plan.stages[1][0] if len(plan.stages) > 1 else 0
    draws = 1.0 + ((asn - first) / rest if rest else 0.0)
    return prices.unit * asn + prices.stage * draws


def _best_double(points: Points, single: Plan, prices: Cost) -> Designed:
    """Search all double plans with two equal samples for the least cost; or keep the single one."""
    best = _designed(points, single, prices)
    for ac2 in range(max(1, single.ac - 1), single.ac + 3):
        for ac1 in range(ac2):
            for re1 in range(ac1 + 2, ac2 + 2):
                found = _double_of(points, (ac1, re1, ac2), single.n)
                if found is None:
                    continue
                candidate = _designed(points, found, prices)
                if candidate.mean_cost < best.mean_cost:
                    best = candidate
    return best


def _double_of(points: Points, numbers: tuple[int, int, int], top: int) -> StagedPlan | None:
    """Return the smallest double plan with these numbers that holds both risks, or None."""
    low, high = 0, top
    if points.lot is not None:
        high = min(high, points.lot // 2)
    if high < 1 or _pa_double(points, high, numbers, points.p2) > points.beta * _TIE:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        meets = _pa_double(points, middle, numbers, points.p2) <= points.beta * _TIE
        low, high = (low, middle) if meets else (middle, high)
    if _pa_double(points, high, numbers, points.p1) * _TIE < 1.0 - points.alpha:
        return None
    return _double(high, numbers, points.lot)


def _double(n: int, numbers: tuple[int, int, int], lot: int | None) -> StagedPlan:
    ac1, re1, ac2 = numbers
    return StagedPlan(n=(n, n), ac=(ac1, ac2), re=(re1, ac2 + 1), source=OURS, lot=lot)


def _pa_double(points: Points, n: int, numbers: tuple[int, int, int], p: float) -> float:
    plan = _double(n, numbers, points.lot)
    return float(chance(plan, p, model=points.model, lot=points.lot))
