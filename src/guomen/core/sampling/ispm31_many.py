"""
Detection samples of many lots at once, in columns.

Finite lots by array search; the models without a lot once for each distinct
question. Not for one lot: see ``ispm31``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import aggregated, columns, exact, kernels, search
from guomen.core.sampling.ispm31_one import (
    ONE,
    Model,
    Question,
    Rounding,
    SampleSize,
    independent,
    infested_units,
)  # fmt: skip
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_FOREVER: Final = 2**40
"""The lot that stands for one too large to matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSizes:
    """
    Sample sizes of many lots; ``sizes[i]`` is the i-th as a ``SampleSize``.

    ``n`` is -1 where nothing can be promised (``feasible`` is False); there ``units`` is the whole
    lot, the safe side, and ``best_confidence`` what inspecting it achieves (nan if undefined).
    ``infested`` is -1 for models that count no units. ``by_level`` tells how the question was put.
    """

    n: Ints
    feasible: npt.NDArray[np.bool_]
    best_confidence: Floats
    lot: Ints
    infested: Ints
    level: Floats
    conf: Floats
    sensitivity: Floats
    aggregation: Floats
    model: Model
    rounding: Rounding
    by_level: bool

    @property
    def units(self) -> Ints:
        """Return how many units to take from each lot; all of it where nothing is promised."""
        return np.where(self.feasible, np.minimum(self.n, self.lot), self.lot)

    @property
    def full_inspection(self) -> npt.NDArray[np.bool_]:
        """Tell which lots are inspected whole."""
        return np.asarray(self.units >= self.lot)

    def achieved(self, n: npt.ArrayLike | None = None) -> Floats:
        """Return the confidence of samples of n units from each lot, by default ``units``."""
        taken = self.units if n is None else columns.spread(n=n, lots=self.n)[0]
        if taken.size and taken.min() < 0:
            raise InvalidQuestion("a sample has no fewer than zero units")
        if self.model == "betabinom":
            return self._aggregated(taken)
        if self.model != "hypergeom":
            chance = self.level * self.sensitivity
            return np.asarray(independent(taken, chance, self.model), np.float64)
        taken = np.clip(taken, 0, self.lot)
        miss = search.log_miss(self.lot, self.infested, taken, 1.0 - self.sensitivity)
        return np.where(self.infested > 0, -np.expm1(np.minimum(miss, 0.0)), np.nan)

    def _aggregated(self, taken: Any) -> Floats:
        """Answer row by row; where the pest is never or always seen the shapes end."""
        found = [
            aggregated.detects(n, p, sensitivity=s, aggregation=f)
            for n, p, s, f in zip(
                taken.ravel().tolist(), self.level.ravel().tolist(),
                self.sensitivity.ravel().tolist(), self.aggregation.ravel().tolist(), strict=True,
            )
        ]  # fmt: skip
        return np.array(found, np.float64).reshape(self.n.shape)

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.n)

    def __getitem__(self, row: int) -> SampleSize:
        """
        Return one lot's sample as a value.

        :raises InfeasiblePlan: if nothing can be promised for this lot
        """
        lot = int(self.lot[row])
        question = Question(
            lot=None if lot == _FOREVER else lot,
            level=float(self.level[row]) if self.by_level else None,
            conf=float(self.conf[row]), sensitivity=float(self.sensitivity[row]),
            model=self.model, aggregation=float(self.aggregation[row]), rounding=self.rounding,
            infested=None if self.by_level else int(self.infested[row]),
        )  # fmt: skip
        question.check()
        return ONE[self.model](question)


def sample_sizes(
    lot: Any, level: Any, conf: Any, *, sensitivity: Any, model: Model, rounding: Rounding,
    infested: Any, aggregation: Any,
) -> SampleSizes:  # fmt: skip
    """Answer for many lots."""
    if (level is None) == (infested is None):
        raise InvalidQuestion("say the lots, and either their level or their number infested")
    if lot is None and (model == "hypergeom" or level is None):
        raise InvalidQuestion('the sample needs the lot sizes; or use model="binomial" and a level')
    sizes = columns.whole("lot", _FOREVER if lot is None else lot)
    parts = columns.spread(
        lot=sizes, level=np.nan if level is None else columns.decimals(level), conf=conf,
        infested=-1 if infested is None else columns.whole("infested", infested, least=0),
        sensitivity=sensitivity, aggregation=aggregation,
    )  # fmt: skip
    lots, count = parts[0], parts[3]
    levels, confs, senses, clumps = (columns.decimals(parts[place]) for place in (1, 2, 4, 5))
    if level is None:
        levels = count / lots
    elif not np.all((levels > 0) & (levels <= 1)):
        raise InvalidQuestion("every level lies within (0, 1]; none may be missing")
    elif model == "hypergeom":
        count = infested_units(lots, levels, rounding=rounding)
    _check(lots, count, confs, senses)
    ask = _finite if model == "hypergeom" else _without_lot
    n, feasible, best = ask(model, lots, count, levels, confs, senses, clumps)
    return SampleSizes(
        n=n, feasible=feasible, best_confidence=best, lot=lots, infested=count, level=levels,
        conf=confs, sensitivity=senses, aggregation=clumps, model=model, rounding=rounding,
        by_level=level is not None,
    )  # fmt: skip


def _check(lots: Any, infested: Any, confs: Any, senses: Any) -> None:
    if np.any(infested > lots):
        raise InvalidQuestion("a lot has at least one unit and no more infested than units")
    if not (np.all(confs > 0) and np.all(confs < 1)):
        raise InvalidQuestion("confidence lies between 0 and 1")
    if not (np.all(senses >= 0) and np.all(senses <= 1)):
        raise InvalidQuestion("sensitivity lies within 0 and 1")


def _finite(
    model: Model, lots: Ints, infested: Ints, *rest: Any
) -> tuple[Ints, npt.NDArray[np.bool_], Floats]:
    """Answer the hypergeometric model by array search."""
    del model
    _, confs, senses, _ = rest
    best, feasible = _best(infested, confs, senses)
    n = np.full(lots.shape, -1, np.int64)
    rows: Any = slice(None) if feasible.all() and lots.ndim == 1 else np.nonzero(feasible)
    part = (lots[rows], infested[rows], confs[rows], senses[rows])
    n[rows] = search.least_n(*part)
    return n, feasible, best


def _best(infested: Any, confs: Any, senses: Any) -> tuple[Any, Any]:
    """Return the confidence of inspecting everything, and whether it is enough."""
    best = np.where(infested > 0, 1.0 - (1.0 - senses) ** infested, np.nan)
    with np.errstate(invalid="ignore"):
        feasible = best >= confs
        close = np.abs(best - confs) <= kernels.NEAR
    for i in zip(*np.nonzero(close), strict=True):
        feasible[i] = exact.whole_lot_suffices(
            int(infested[i]), sensitivity=float(senses[i]), conf=float(confs[i])
        )
    return best, feasible


def _without_lot(
    model: Model, lots: Ints, infested: Ints, *rest: Any
) -> tuple[Ints, npt.NDArray[np.bool_], Floats]:
    """Answer the models of independent or aggregated draws, once for each distinct question."""
    del infested
    limit = lots if model == "betabinom" else np.zeros_like(lots)  # elsewhere n may pass the lot

    def ask(lot: int, level: float, conf: float, sense: float, clump: float) -> Any:
        question = Question(
            lot=None if lot in (0, _FOREVER) else lot, level=level, conf=conf, sensitivity=sense,
            model=model, aggregation=clump, rounding="floor", infested=None,
        )  # fmt: skip
        try:
            return ONE[model](question).n, 1.0
        except InfeasiblePlan as refused:
            return -1, refused.data["best_confidence"]

    found, which = columns.answers(ask, limit, *rest)
    n = columns.gather([pair[0] for pair in found], which, lots.shape, np.int64)
    best = columns.gather([pair[1] for pair in found], which, lots.shape, np.float64)
    return n, n >= 0, best
