"""
One question of ISPM 31 and its four models: how many units detect.

Not for many lots, nor for asking: see ``ispm31``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import aggregated, exact, kernels, search
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion, Source, Stage
from guomen.core.text import Text

Model = Literal["hypergeom", "binomial", "poisson", "betabinom"]
Rounding = Literal["floor", "round", "ceil"]

MODELS: Final = ("hypergeom", "binomial", "poisson", "betabinom")
ROUNDINGS: Final[dict[str, Callable[[Any], Any]]] = {
    "floor": np.floor,
    "round": np.rint,
    "ceil": np.ceil,
}
_ROUND_ONE: Final[dict[str, Callable[[float], int]]] = {
    "floor": math.floor,
    "round": round,
    "ceil": math.ceil,
}
_CLAUSES: Final = {
    "hypergeom": "appendix 2",
    "binomial": "appendix 3",
    "poisson": "appendix 3",
    "betabinom": "appendix 5",
}
# A product of two decimals is whole when it is this close to a whole number.
_WHOLE: Final = 1e-9
_BEYOND_COUNTING: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """The least sample that detects the level, with the question it answers."""

    n: int
    lot: int | None
    level: float | None
    infested: int | None
    conf: float
    sensitivity: float
    model: Model
    aggregation: float
    rounding: Rounding
    p_detect: float
    source: Source

    @property
    def full_inspection(self) -> bool:
        """Tell whether every unit of the lot is to be inspected."""
        return self.lot is not None and self.n >= self.lot

    @property
    def units(self) -> int:
        """Return how many units to take from the lot."""
        return self.n if self.lot is None else min(self.n, self.lot)

    @property
    def ac(self) -> int:
        """Return the acceptance number: none infested may be found."""
        return 0

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return the plan as its one stage."""
        return ((self.n, 0, 1),)

    def achieved(self, n: npt.ArrayLike | None = None) -> Any:
        """Return the confidence that a sample of n units gives, by default this one."""
        return achieved(self, self.n if n is None else n)

    def explain(self) -> Text:
        """Say in one sentence what the sample shows."""
        level = f"{self.infested}" if self.level is None else f"{self.level:.4g}"
        return Text(
            zh=f"抽取 {self.units} 件；若染疫水平达 {level}，检出概率为 {self.p_detect:.4f}"
            f"(要求 {self.conf:g})。",
            en=f"Take {self.units} units; an infestation of {level} is then found with "
            f"probability {self.p_detect:.4f} (asked: {self.conf:g}).",
        )


def infested_units(lot: Any, level: Any, *, rounding: str = "floor") -> Any:
    """
    Return the whole number of infested units that a level means in a lot.

    >>> infested_units(300, 0.005), infested_units(300, 0.005, rounding="ceil")
    (1, 2)

    :raises InvalidQuestion: if the rounding is not floor, round or ceil
    """
    if rounding not in ROUNDINGS:
        raise InvalidQuestion(
            f"rounding {rounding!r} is not one of {', '.join(ROUNDINGS)}", allowed=tuple(ROUNDINGS)
        )
    if np.ndim(lot) == 0 and np.ndim(level) == 0:
        return _infested_one(float(lot) * float(level), rounding)
    product = np.multiply(lot, level, dtype=np.float64)
    nearest = np.rint(product)
    whole = np.abs(product - nearest) <= _WHOLE * np.maximum(1.0, np.abs(product))
    return np.where(whole, nearest, ROUNDINGS[rounding](product)).astype(np.int64)


def _infested_one(product: float, rounding: str) -> int:
    nearest = round(product)
    whole = abs(product - nearest) <= _WHOLE * max(1.0, abs(product))
    return nearest if whole else int(_ROUND_ONE[rounding](product))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: the lot, the level or number infested, and how to count."""

    lot: int | None
    level: float | None
    conf: float
    sensitivity: float
    model: Model
    aggregation: float
    rounding: Rounding
    infested: int | None

    def check(self) -> None:
        """Refuse what has no meaning."""
        if not 0.0 < self.conf < 1.0:
            raise InvalidQuestion(f"confidence {self.conf} is not between 0 and 1", conf=self.conf)
        if not 0.0 <= self.sensitivity <= 1.0:
            raise InvalidQuestion(
                f"sensitivity {self.sensitivity} is not within 0 and 1",
                sensitivity=self.sensitivity,
            )
        if (self.level is None) == (self.infested is None):
            raise InvalidQuestion("say either the level (a fraction) or the number infested")
        if self.level is not None and not 0.0 < self.level <= 1.0:
            raise InvalidQuestion(f"level {self.level} is not within (0, 1]", level=self.level)
        if self.lot is not None and self.lot < 1:
            raise InvalidQuestion(f"a lot has at least one unit, not {self.lot}", lot=self.lot)
        if self.infested is not None and not 0 <= self.infested <= (self.lot or self.infested):
            raise InvalidQuestion(f"{self.infested} infested units do not fit", lot=self.lot)

    def answer(self, n: int, *, infested: int | None, p_detect: float) -> SampleSize:
        """Return the answer with its question and source."""
        return SampleSize(
            n=n, lot=self.lot, level=self.level, infested=infested, conf=self.conf,
            sensitivity=self.sensitivity, model=self.model, aggregation=self.aggregation,
            rounding=self.rounding, p_detect=p_detect,
            source=Source(
                standard="ISPM 31", edition="2008", clause=_CLAUSES[self.model],
                evidence="computed",
            ),
        )  # fmt: skip

    def fraction(self) -> float:
        """Return the level as a fraction."""
        if self.level is not None:
            return float(self.level)
        if self.lot is None or self.infested is None:
            raise InvalidQuestion("a number infested needs the lot it lies in; say level instead")
        return self.infested / self.lot


def _nothing_to_find(question: Question) -> InfeasiblePlan:
    return InfeasiblePlan(
        f"a level of {question.level} in {question.lot} units is no whole unit under "
        f"rounding={question.rounding!r}, so there is nothing to detect and no confidence to state;"
        ' ask for a higher level or use rounding="ceil" (one unit)',
        best_confidence=None,
        infested=0,
        lot=question.lot,
    )


def _too_blunt(question: Question, best: float, *, where: str) -> InfeasiblePlan:
    return InfeasiblePlan(
        f"{where} detects with confidence {best:.6g} at most, below the {question.conf:g} asked; "
        "accept that confidence, use a more sensitive inspection, or ask for a higher level",
        best_confidence=best,
        lot=question.lot,
        sensitivity=question.sensitivity,
    )


def _hypergeometric(question: Question) -> SampleSize:
    """Answer for a finite lot."""
    lot = question.lot
    if lot is None:
        raise InvalidQuestion('a hypergeometric sample needs the lot size; or use model="binomial"')
    infested = question.infested
    if infested is None:
        infested = infested_units(lot, question.level, rounding=question.rounding)
    if infested == 0:
        raise _nothing_to_find(question)
    slip = 1.0 - question.sensitivity
    if slip > 0.0 and not exact.whole_lot_suffices(
        infested, sensitivity=question.sensitivity, conf=question.conf
    ):
        raise _too_blunt(question, 1.0 - slip**infested, where="inspecting the whole lot")
    if slip == 0.0:
        n, near = kernels.least_n_perfect(lot, infested, 1.0 - question.conf)
    else:
        n, near = kernels.least_n_imperfect(lot, infested, 1.0 - question.conf, slip)
    if near:
        n = exact.least_n(lot, infested, n, slip=slip, miss_of=question.conf)
    return question.answer(
        n, infested=infested, p_detect=_detects(lot, infested, n, question.sensitivity)
    )


def _detects(lot: int, infested: int, n: Any, sensitivity: float) -> Any:
    """Return P(detect) of samples of n from one lot."""
    if np.ndim(n) == 0:
        miss_one = kernels.log_miss_one(lot, infested, min(int(n), lot), 1.0 - sensitivity)
        return -math.expm1(min(miss_one, 0.0))
    taken = np.atleast_1d(np.clip(np.asarray(n, np.int64), 0, lot))
    like = np.ones_like(taken)
    slip = np.full(taken.shape, 1.0 - sensitivity)
    miss = search.log_miss(lot * like, infested * like, taken, slip)
    return -np.expm1(np.minimum(miss, 0.0))


def _binomial(question: Question) -> SampleSize:
    """Answer for a lot so large that draws are independent: (1 - p Se)**n <= 1 - conf."""
    chance = question.fraction() * question.sensitivity
    if chance <= 0.0:
        raise _too_blunt(question, 0.0, where="an inspection that never sees anything")
    if chance >= 1.0:
        return question.answer(1, infested=None, p_detect=1.0)
    steps = math.log1p(-question.conf) / math.log1p(-chance)
    n = max(1, math.ceil(steps))
    if abs(steps - round(steps)) < _WHOLE * max(1.0, steps):
        n = exact.least_n_binomial(
            max(1, round(steps)),
            chance=exact.as_written(question.fraction()) * exact.as_written(question.sensitivity),
            miss=1 - exact.as_written(question.conf),
        )
    found = -math.expm1(n * math.log1p(-chance))
    return question.answer(n, infested=None, p_detect=found)


def _poisson(question: Question) -> SampleSize:
    """Answer by the Poisson limit: exp(-n p Se) <= 1 - conf."""
    chance = question.fraction() * question.sensitivity
    if chance <= 0.0:
        raise _too_blunt(question, 0.0, where="an inspection that never sees anything")
    n = max(1, math.ceil(-math.log1p(-question.conf) / chance))
    return question.answer(n, infested=None, p_detect=-math.expm1(-n * chance))


def _beta_binomial(question: Question) -> SampleSize:
    """Answer for an aggregated pest: alpha = p Se (1 - f) / f with f the aggregation."""
    f = question.aggregation
    if not 0.0 < f < 1.0:
        raise InvalidQuestion(
            'model="betabinom" needs an aggregation between 0 and 1 (0 is the binomial)',
            aggregation=f,
        )
    alpha, beta = aggregated.beta_shapes(question.fraction(), question.sensitivity, f)
    if alpha <= 0.0:
        raise _too_blunt(question, 0.0, where="an inspection that never sees anything")
    if beta <= 0.0:
        return question.answer(1, infested=None, p_detect=1.0)
    target = math.log1p(-question.conf)
    limit = question.lot or _BEYOND_COUNTING
    if aggregated.log_miss(limit, alpha, beta) > target:
        best = -math.expm1(aggregated.log_miss(limit, alpha, beta))
        raise _too_blunt(question, best, where=f"a sample of {limit} aggregated units")
    low, high = 0, 1
    while aggregated.log_miss(high, alpha, beta) > target:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if aggregated.log_miss(middle, alpha, beta) <= target else (middle, high)
        )
    found = -math.expm1(aggregated.log_miss(high, alpha, beta))
    return question.answer(high, infested=None, p_detect=found)


ONE: Final[dict[str, Callable[[Question], SampleSize]]] = {
    "hypergeom": _hypergeometric,
    "binomial": _binomial,
    "poisson": _poisson,
    "betabinom": _beta_binomial,
}


def achieved(answer: SampleSize, n: npt.ArrayLike) -> Any:
    """
    Return the confidence that samples of n units give under the same question.

    :raises InvalidQuestion: if n is negative
    """
    taken = np.asarray(n)
    if taken.size and taken.min() < 0:
        raise InvalidQuestion("a sample has no fewer than zero units", n=n)
    if answer.model == "hypergeom" and answer.lot is not None and answer.infested is not None:
        return _detects(answer.lot, answer.infested, n, answer.sensitivity)
    level = answer.level if answer.level is not None else (answer.infested or 0) / (answer.lot or 1)
    chance = level * answer.sensitivity
    if answer.model == "betabinom":
        sizes = [
            aggregated.detects(
                size, level, sensitivity=answer.sensitivity, aggregation=answer.aggregation
            )
            for size in taken.ravel().tolist()
        ]
        found = np.array(sizes, np.float64).reshape(taken.shape)
    else:
        found = independent(taken, np.asarray(chance), answer.model)
    return float(found) if np.ndim(n) == 0 else found


def independent(n: Any, chance: Any, model: Model) -> Any:
    """Return the confidence of n draws that do not affect one another."""
    if model == "poisson":
        return -np.expm1(-n * chance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, -np.expm1(n * np.log1p(-chance)), 0.0)
