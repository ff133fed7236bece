"""
Plans made to order for many questions at once, in columns.

The same search as ``design`` makes for one, so the answers are the same.
Not for a single question: see ``design.two_point``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, gammaincinv, pdtr

from guomen.core.sampling import columns, search
from guomen.core.sampling.oc import Model
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion
from guomen.core.sampling.search import TIE

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Ask = Callable[..., Any]

LARGEST_AC: Final = 2000
_NO_LOT: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePlans:
    """
    Designed single plans of many questions; ``plans[i]`` is the i-th as a ``Designed``.

    ``n`` and ``ac`` are -1 where no sample holds both risks (``feasible`` is False).
    """

    n: Ints
    ac: Ints
    feasible: Flags
    producer_risk: Floats
    consumer_risk: Floats
    lot: Ints
    """0 where the question names no lot."""
    question: tuple[Floats, ...]
    ask: Ask

    @property
    def re(self) -> Ints:
        """Return the rejection numbers."""
        return self.ac + 1

    @property
    def units(self) -> Ints:
        """Return how many units to take; all of the lot where nothing is promised."""
        taken = np.where(self.feasible, self.n, self.lot)
        return np.where(self.lot > 0, np.minimum(taken, self.lot), self.n)

    def __len__(self) -> int:
        """Return the number of plans."""
        return len(self.n)

    def __getitem__(self, row: int) -> Any:
        """
        Return one plan as a value.

        :raises InfeasiblePlan: if this question has no answer
        """
        return _ask_row(self.ask, self.question, self.lot, row)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoublePlans:
    """
    Designed double plans; ``n``, ``ac`` and ``re`` have one row a question, one column a stage.

    Where a single plan is cheaper its second stage is n 0, ac -1, re 0. Where no sample holds both
    risks ``feasible`` is False and every number -1. ``cases`` are the distinct answers.
    """

    n: Ints
    ac: Ints
    re: Ints
    feasible: Flags
    producer_risk: Floats
    consumer_risk: Floats
    mean_cost: Floats
    lot: Ints
    case: Ints
    cases: tuple[Any, ...]

    @property
    def units(self) -> Ints:
        """Return the most units to take; all of the lot where nothing is promised."""
        taken = np.where(self.feasible, self.n.sum(axis=1), self.lot)
        return np.where(self.lot > 0, np.minimum(taken, self.lot), taken)

    def __len__(self) -> int:
        """Return the number of plans."""
        return len(self.n)

    def __getitem__(self, row: int) -> Any:
        """
        Return one plan as a value.

        :raises InfeasiblePlan: if this question has no answer
        """
        found = self.cases[int(self.case[row])]
        if isinstance(found, InfeasiblePlan):
            raise found
        return found


def _ask_row(ask: Ask, question: tuple[Floats, ...], lot: Ints, row: int) -> Any:
    size = int(lot[row])
    return ask(*(float(part[row]) for part in question), lot=size or None)


def _questions(points: tuple[Any, ...], lot: Any, model: Model) -> tuple[list[Floats], Ints]:
    """Return columns of the four numbers and the lots, refusing what means nothing."""
    size = _NO_LOT if lot is None else columns.whole("lot", lot)
    parts = columns.spread(p1=points[0], alpha=points[1], p2=points[2], beta=points[3], lot=size)
    good, alpha, bad, beta = (columns.decimals(part).ravel() for part in parts[:4])
    sensible = (good >= 0) & (good < bad) & (bad <= 1) & (1 - alpha > beta)
    if not (sensible.all() and np.all(alpha > 0) and np.all(beta > 0)):
        raise InvalidQuestion("every question needs 0 <= p1 < p2 <= 1 and 1 - alpha > beta > 0")
    if lot is None and model == "hypergeom":
        raise InvalidQuestion("the hypergeometric model needs the lot size")
    return [good, alpha, bad, beta], parts[4].ravel().astype(np.int64)


def single_plans(ask: Ask, points: tuple[Any, ...], lot: Any, model: Model) -> SinglePlans:
    """Answer many questions with single plans."""
    parts, lots = _questions(points, lot, model)
    if model == "hypergeom":
        n, ac = _in_lots(parts, lots)
    else:
        n, ac = _without_lot(parts, model) if lots.size else (lots, lots)
    feasible = n > 0
    good, bad = (_chance(ac, n, p, lots, model) for p in (parts[0], parts[2]))
    return SinglePlans(
        n=n, ac=ac, feasible=feasible, producer_risk=np.where(feasible, 1.0 - good, np.nan),
        consumer_risk=np.where(feasible, bad, np.nan), lot=lots, question=tuple(parts), ask=ask,
    )  # fmt: skip


def _chance(ac: Ints, n: Ints, p: Floats, lots: Ints, model: Model) -> Floats:
    c, size = np.maximum(ac, 0), np.maximum(n, 1)
    if model == "hypergeom":
        bad = np.rint(p * lots).astype(np.int64)
        return search.hypergeometric_at_most(c, lots, bad, size)
    return _cdf(c, size, p, model)


def double_plans(ask: Ask, points: tuple[Any, ...], lot: Any, model: Model) -> DoublePlans:
    """Answer many questions with double plans, each distinct one once."""
    parts, lots = _questions(points, lot, model)

    def one(p1: float, alpha: float, p2: float, beta: float, size: int) -> Any:
        try:
            return ask(p1, alpha, p2, beta, lot=size or None)
        except InfeasiblePlan as refused:
            return refused

    cases, case = columns.answers(one, *parts, lots)
    none = [isinstance(found, InfeasiblePlan) for found in cases]

    def stages(place: int, pad: int) -> Any:
        rows = [
            (-1, -1) if bare else (*(stage[place] for stage in found.plan.stages), pad)[:2]
            for found, bare in zip(cases, none, strict=True)
        ]
        return np.array(rows, np.int64).reshape(len(cases), 2)[case]

    def number(name: str) -> Any:
        values = [
            np.nan if bare else getattr(found, name)
            for found, bare in zip(cases, none, strict=True)
        ]
        return columns.gather(values, case, lots.shape, np.float64)

    return DoublePlans(
        n=stages(0, 0), ac=stages(1, -1), re=stages(2, 0), lot=lots, case=case,
        cases=tuple(cases), feasible=~columns.gather(none, case, lots.shape, np.bool_),
        producer_risk=number("producer_risk"), consumer_risk=number("consumer_risk"),
        mean_cost=number("mean_cost"),
    )  # fmt: skip


def _without_lot(parts: list[Floats], model: Model) -> tuple[Ints, Ints]:
    """Answer many questions: the Poisson ratio names the acceptance number, then exact steps."""
    good, alpha, bad, beta = parts
    ac = _poisson_ac(*parts)
    n = _exact_n(ac, bad, beta, model)
    meets = _cdf(ac, n, good, model) * TIE >= 1.0 - alpha
    _step_up(ac, n, parts, meets, model)
    # Every acceptance number below must fail, so only those that just met can still come down.
    rows = np.flatnonzero(meets & (ac > 0))
    while rows.size:
        lower = ac[rows] - 1
        fewer = _exact_n(lower, bad[rows], beta[rows], model)
        still = _cdf(lower, fewer, good[rows], model) * TIE >= 1.0 - alpha[rows]
        rows, lower, fewer = rows[still], lower[still], fewer[still]
        ac[rows], n[rows] = lower, fewer
        rows = rows[lower > 0]
    none = ac >= LARGEST_AC
    return np.where(none, -1, n), np.where(none, -1, ac)


def _step_up(
    ac: Ints, n: Ints, parts: list[Floats], meets: npt.NDArray[np.bool_], model: Model
) -> None:
    """Raise the acceptance number, in place, where the good quality is refused too often."""
    rows = np.flatnonzero(~meets)
    while rows.size:
        ac[rows] += 1
        rows = rows[ac[rows] < LARGEST_AC]
        n[rows] = _exact_n(ac[rows], parts[2][rows], parts[3][rows], model)
        rows = rows[_cdf(ac[rows], n[rows], parts[0][rows], model) * TIE < 1.0 - parts[1][rows]]


def _in_lots(parts: list[Floats], lots: Ints) -> tuple[Ints, Ints]:
    """Answer many finite lots, one acceptance number after the other for all still open."""
    good, alpha, bad, beta = parts
    bad_good, bad_bad = (np.rint(p * lots).astype(np.int64) for p in (good, bad))
    first, which = columns.distinct(lots, bad_good, alpha, bad_bad, beta)
    sizes, fine, poor = lots[first], bad_good[first], bad_bad[first]
    n, ac = np.ones(len(first), np.int64), np.full(len(first), -1, np.int64)
    live = np.arange(len(first))
    for c in range(LARGEST_AC):
        found = search.least_n_at_most(
            c, sizes[live], poor[live], beta[first][live], start=np.maximum(n[live], c + 1)
        )
        n[live] = found
        live, found = live[found <= sizes[live]], found[found <= sizes[live]]
        if not live.size:
            break
        chance = search.hypergeometric_at_most(c, sizes[live], fine[live], found)
        done = chance * TIE >= 1.0 - alpha[first][live]
        ac[live[done]] = c
        live = live[~done]
    n[ac < 0] = -1
    return n[which], ac[which]


def _cdf(ac: Ints, n: Ints, p: Floats, model: Model) -> Floats:
    found = bdtr(ac, n, p) if model == "binomial" else pdtr(ac, n * p)
    return np.asarray(found, np.float64)


def _poisson_ac(p1: Floats, alpha: Floats, p2: Floats, beta: Floats) -> Ints:
    """Return the least c whose Poisson operating ratio is no larger than p2 / p1."""
    risks, group = np.unique(np.stack([alpha, beta]), axis=1, return_inverse=True)
    out = np.zeros(p1.shape, np.int64)
    with np.errstate(divide="ignore"):
        ratio = p2 / p1
    for place, (a, b) in enumerate(risks.T):
        rows = np.flatnonzero(group.ravel() == place)
        c = np.arange(LARGEST_AC + 1)
        ratios = gammaincinv(c + 1, 1.0 - b) / gammaincinv(c + 1, a)
        out[rows] = np.minimum(np.searchsorted(-ratios, -ratio[rows]), LARGEST_AC)
    return out


def _exact_n(ac: Ints, p: Floats, beta: Floats, model: Model) -> Ints:
    """Return the least n with P(at most ac) <= beta, by a close start and exact steps."""
    mean = gammaincinv(ac + 1, 1.0 - beta)
    # Against the Poisson mean the binomial one shrinks by about (mean - ac) p / 2.
    start = mean / p - (0.0 if model == "poisson" else (mean - ac) / 2.0)
    n: Ints = np.maximum(np.ceil(start).astype(np.int64), ac + 1)
    rows = np.flatnonzero(_cdf(ac, n, p, model) > beta * TIE)
    up = rows
    while rows.size:
        n[rows] += 1
        rows = rows[_cdf(ac[rows], n[rows], p[rows], model) > beta[rows] * TIE]
    rows = np.setdiff1d(np.arange(n.size), up, assume_unique=True)
    rows = rows[n[rows] > ac[rows] + 1]
    while rows.size:
        rows = rows[_cdf(ac[rows], n[rows] - 1, p[rows], model) <= beta[rows] * TIE]
        n[rows] -= 1
        rows = rows[n[rows] > ac[rows] + 1]
    return n
