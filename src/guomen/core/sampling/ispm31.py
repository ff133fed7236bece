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

from typing import Any, overload

import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling import ispm31_one as one
from guomen.core.sampling.ispm31_many import SampleSizes, sample_sizes
from guomen.core.sampling.ispm31_one import (
    MODELS,
    ONE,
    ROUNDINGS,
    Model,
    Question,
    Rounding,
    SampleSize,
    infested_units,
)  # fmt: skip
from guomen.core.sampling.plan import InvalidQuestion

__all__ = [
    "MODELS", "ROUNDINGS", "Model", "Rounding", "SampleSize", "SampleSizes", "achieved",
    "infested_units", "sample_size",
]  # fmt: skip


@overload
def sample_size(
    lot: int | None, level: float | None = ..., conf: float = ..., *, sensitivity: float = ...,
    model: Model = ..., aggregation: float = ..., rounding: Rounding = ...,
    infested: int | None = ...,
) -> SampleSize: ...  # fmt: skip
@overload
def sample_size(
    lot: npt.ArrayLike, level: Any = ..., conf: Any = ..., *, sensitivity: Any = ...,
    model: Model = ..., aggregation: Any = ..., rounding: Rounding = ..., infested: Any = ...,
) -> SampleSizes: ...  # fmt: skip


def sample_size(
    lot: Any,
    level: Any = None,
    conf: Any = 0.95,
    *,
    sensitivity: Any = 1.0,
    model: Model = "hypergeom",
    aggregation: Any = 0.0,
    rounding: Rounding = "floor",
    infested: Any = None,
) -> SampleSize | SampleSizes:
    """
    Return the least sample that detects a level of infestation with the confidence asked.

    Scalars give a ``SampleSize``; any array gives ``SampleSizes``. `lot` is None
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
    if rounding not in ROUNDINGS:
        infested_units(1, 1.0, rounding=rounding)  # raises, naming what there is
    if columns.is_many(lot, level, conf, sensitivity, infested, aggregation):
        return sample_sizes(
            lot, level, conf, sensitivity=sensitivity, model=model, rounding=rounding,
            infested=infested, aggregation=aggregation,
        )  # fmt: skip
    question = Question(
        lot=None if lot is None else int(lot), level=level, conf=float(conf),
        sensitivity=float(sensitivity), model=model, aggregation=aggregation,
        rounding=rounding, infested=infested,
    )  # fmt: skip
    question.check()
    return ONE[question.model](question)


def achieved(answer: SampleSize | SampleSizes, n: npt.ArrayLike) -> Any:
    """
    Return the confidence that samples of n units give under the same question.

    :raises InvalidQuestion: if n is negative
    """
    return answer.achieved(n) if isinstance(answer, SampleSizes) else one.achieved(answer, n)
