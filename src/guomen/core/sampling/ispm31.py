"""
ISPM 31: how many units to sample so that an infested lot is found out.

Hypergeometric (finite lot), binomial, Poisson and beta-binomial (aggregated
pest) models, with inspections that may overlook. The number infested in a
lot is a whole number, so how N x level is rounded is part of the question:
`floor` reproduces the printed tables. A demand that cannot be met, even by
inspecting everything, is refused with the best confidence that can be had.
Not for accepting some infested units: see ``design``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, overload

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
            zh=f"抽取 {self.units} 件;若染疫水平达 {level},检出概率为 {self.p_detect:.4f}"
            f"(要求 {self.conf:g})。",
            en=f"Take {self.units} units; an infestation of {level} is then found with "
            f"probability {self.p_detect:.4f} (asked: {self.conf:g}).",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSizes:
    """
    Sample sizes of many lots.

    ``n`` is -1 where nothing can be promised (``feasible`` is False); there ``units`` is the whole
    lot, the safe side, and ``best_confidence`` what inspecting it achieves (nan if undefined).
    """

    n: npt.NDArray[np.int64]
    feasible: npt.NDArray[np.bool_]
    best_confidence: npt.NDArray[np.float64]
    lot: npt.NDArray[np.int64]
    infested: npt.NDArray[np.int64]
    level: npt.NDArray[np.float64]
    conf: npt.NDArray[np.float64]
    sensitivity: npt.NDArray[np.float64]
    model: Model
    rounding: Rounding

    @property
    def units(self) -> npt.NDArray[np.int64]:
        """Return how many units to take from each lot; all of it where nothing is promised."""
        return np.where(self.feasible, np.minimum(self.n, self.lot), self.lot)

    @property
    def full_inspection(self) -> npt.NDArray[np.bool_]:
        """Tell which lots are inspected whole."""
        return np.asarray(self.units >= self.lot)

    def achieved(self, n: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
        """Return the confidence of samples of n units from each lot, by default ``units``."""
        taken = self.units if n is None else np.broadcast_to(np.asarray(n), self.n.shape)
        if self.model != "hypergeom":
            chance = self.level * self.sensitivity
            return np.asarray(_independent(taken, chance, self.model), np.float64)
        taken = np.clip(taken, 0, self.lot)
        miss = search.log_miss(self.lot, self.infested, taken, 1.0 - self.sensitivity)
        return np.where(self.infested > 0, -np.expm1(np.minimum(miss, 0.0)), np.nan)

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.n)


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


@overload
def sample_size(
    lot: int | None, level: float | None = ..., conf: float = ..., *, sensitivity: float = ...,
    model: Model = ..., aggregation: float = ..., rounding: Rounding = ...,
    infested: int | None = ...,
) -> SampleSize: ...  # fmt: skip
@overload
def sample_size(
    lot: npt.ArrayLike, level: Any = ..., conf: Any = ..., *, sensitivity: Any = ...,
    model: Model = ..., aggregation: float = ..., rounding: Rounding = ..., infested: Any = ...,
) -> SampleSizes: ...  # fmt: skip


def sample_size(
    lot: Any,
    level: Any = None,
    conf: Any = 0.95,
    *,
    sensitivity: Any = 1.0,
    model: Model = "hypergeom",
    aggregation: float = 0.0,
    rounding: Rounding = "floor",
    infested: Any = None,
) -> SampleSize | SampleSizes:
    """
    Return the least sample that detects a level of infestation with the confidence asked.

    Scalars give a ``SampleSize``; any array gives ``SampleSizes`` (hypergeometric). `lot` is None
    for a lot too large to matter. Say `level` (a fraction) or `infested` (units).
    Source: ISPM 31 (2008), appendices 2, 3 and 5.

    >>> sample_size(1000, 0.01, 0.95).n
    258
    >>> sample_size([300, 1000], 0.005).n.tolist()
    [285, 450]

    :raises InfeasiblePlan: if no sample suffices; ``data['best_confidence']`` is the best there is
    :raises InvalidQuestion: if an argument is outside its range
    """
    if model not in MODELS:
        raise InvalidQuestion(f"model {model!r} is not one of {', '.join(MODELS)}", allowed=MODELS)
    parts = (lot, level, conf, sensitivity, infested)
    if not all(part is None or isinstance(part, (int, float)) for part in parts) and any(
        np.ndim(part) > 0 for part in parts
    ):
        return _many(
            lot, level, conf, sensitivity=sensitivity, model=model, rounding=rounding,
            infested=infested,
        )  # fmt: skip
    question = _Question(
        lot=None if lot is None else int(lot), level=level, conf=float(conf),
        sensitivity=float(sensitivity), model=model, aggregation=aggregation,
        rounding=rounding, infested=infested,
    )  # fmt: skip
    question.check()
    return _ONE[question.model](question)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
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


def _nothing_to_find(question: _Question) -> InfeasiblePlan:
    return InfeasiblePlan(
        f"a level of {question.level} in {question.lot} units is no whole unit under "
        f"rounding={question.rounding!r}, so there is nothing to detect and no confidence to state;"
        ' ask for a higher level or use rounding="ceil" (one unit)',
        best_confidence=None,
        infested=0,
        lot=question.lot,
    )


def _too_blunt(question: _Question, best: float, *, where: str) -> InfeasiblePlan:
    return InfeasiblePlan(
        f"{where} detects with confidence {best:.6g} at most, below the {question.conf:g} asked; "
        "accept that confidence, use a more sensitive inspection, or ask for a higher level",
        best_confidence=best,
        lot=question.lot,
        sensitivity=question.sensitivity,
    )


def _hypergeometric(question: _Question) -> SampleSize:
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


def _binomial(question: _Question) -> SampleSize:
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


def _poisson(question: _Question) -> SampleSize:
    """Answer by the Poisson limit: exp(-n p Se) <= 1 - conf."""
    chance = question.fraction() * question.sensitivity
    if chance <= 0.0:
        raise _too_blunt(question, 0.0, where="an inspection that never sees anything")
    n = max(1, math.ceil(-math.log1p(-question.conf) / chance))
    return question.answer(n, infested=None, p_detect=-math.expm1(-n * chance))


def _beta_binomial(question: _Question) -> SampleSize:
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


_ONE: Final[dict[str, Callable[[_Question], SampleSize]]] = {
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
        alpha, beta = aggregated.beta_shapes(level, answer.sensitivity, answer.aggregation)
        found = -np.expm1(np.vectorize(lambda size: aggregated.log_miss(size, alpha, beta))(taken))
    else:
        found = _independent(taken, np.asarray(chance), answer.model)
    return float(found) if np.ndim(n) == 0 else found


def _independent(n: Any, chance: Any, model: Model) -> Any:
    """Return the confidence of n draws that do not affect one another."""
    if model == "poisson":
        return -np.expm1(-n * chance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, -np.expm1(n * np.log1p(-chance)), 0.0)


def _many(
    lot: Any, level: Any, conf: Any, *, sensitivity: Any, model: Model, rounding: Rounding,
    infested: Any,
) -> SampleSizes:  # fmt: skip
    """Answer for many finite lots."""
    if model != "hypergeom":
        return _many_by_distinct(lot, level, conf, sensitivity=sensitivity, model=model)
    if lot is None or (level is None) == (infested is None):
        raise InvalidQuestion("say the lots, and either their level or their number infested")
    lots = np.asarray(lot)
    found = infested_units(lots, level, rounding=rounding) if infested is None else infested
    lots, found, confs, senses = np.broadcast_arrays(lots, found, conf, sensitivity)
    _check_arrays(lots, found, confs, senses)
    lots, found = lots.astype(np.int64), found.astype(np.int64)
    confs, senses = confs.astype(np.float64), senses.astype(np.float64)
    best, feasible = _best(found, confs, senses)
    n = np.full(lots.shape, -1, np.int64)
    rows = slice(None) if feasible.all() else np.flatnonzero(feasible)
    n[rows] = search.least_n(lots[rows], found[rows], confs[rows], senses[rows])
    return SampleSizes(
        n=n, feasible=feasible, best_confidence=best, lot=lots, infested=found,
        level=found / lots, conf=confs,
        sensitivity=senses, model=model, rounding=rounding,
    )  # fmt: skip


def _check_arrays(lots: Any, infested: Any, confs: Any, senses: Any) -> None:
    if not lots.size:
        return
    if lots.dtype.kind not in "iu" and not np.all(np.mod(lots, 1) == 0):
        raise InvalidQuestion("lot sizes are whole numbers of units; none may be missing")
    if lots.min() < 1 or np.any(infested > lots) or infested.min() < 0:
        raise InvalidQuestion("a lot has at least one unit and no more infested than units")
    if not (np.all(confs > 0) and np.all(confs < 1)):
        raise InvalidQuestion("confidence lies between 0 and 1")
    if not (np.all(senses >= 0) and np.all(senses <= 1)):
        raise InvalidQuestion("sensitivity lies within 0 and 1")


def _best(infested: Any, confs: Any, senses: Any) -> tuple[Any, Any]:
    """Return the confidence of inspecting everything, and whether it is enough."""
    best = np.where(infested > 0, 1.0 - (1.0 - senses) ** infested, np.nan)
    with np.errstate(invalid="ignore"):
        feasible = best >= confs
        close = np.abs(best - confs) <= kernels.NEAR
    for i in np.flatnonzero(close):
        feasible[i] = exact.whole_lot_suffices(
            int(infested[i]), sensitivity=float(senses[i]), conf=float(confs[i])
        )
    return best, feasible


def _many_by_distinct(
    lot: Any, level: Any, conf: Any, *, sensitivity: Any, model: Model
) -> SampleSizes:
    """Answer the models without a lot, once for each distinct question."""
    if model == "betabinom":
        raise InvalidQuestion("ask the beta-binomial model one question at a time")
    lots = np.asarray(_FOREVER if lot is None else lot)
    lots, levels, confs, senses = np.broadcast_arrays(lots, level, conf, sensitivity)
    keys = np.stack([levels.ravel(), confs.ravel(), senses.ravel()]).astype(np.float64)
    distinct, inverse = np.unique(keys, axis=1, return_inverse=True)
    n = np.array(
        [
            sample_size(None, float(p), float(c), sensitivity=float(s), model=model).n
            for p, c, s in distinct.T
        ],
        np.int64,
    )[inverse.ravel()].reshape(lots.shape)
    return SampleSizes(
        n=n, feasible=np.ones(n.shape, np.bool_), best_confidence=np.ones(n.shape),
        lot=lots.astype(np.int64), infested=infested_units(lots, levels),
        level=levels.astype(np.float64),
        conf=confs.astype(np.float64), sensitivity=senses.astype(np.float64), model=model,
        rounding="floor",
    )  # fmt: skip


_FOREVER: Final = 2**40
