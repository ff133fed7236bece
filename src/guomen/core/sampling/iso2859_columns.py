"""
Columns of settings and staged plans of ISO 2859-1, one entry a lot.

Levels, AQLs and states become places in their series, refusing strangers. Not
for asking for a plan: see ``iso2859``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling.iso2859_tables import (
    AQL_SERIES,
    LARGEST_PERCENT,
    LETTERS,
    LEVELS,
    LOT_BEGINS,
    STATES,
    aql_index,
    level_index,
    state_index,
)  # fmt: skip
from guomen.core.sampling.plan import InvalidQuestion, StagedPlan

_ARROWS: Final = {None: 0, "down": 1, "up": -1}
_SHAPE: Final = (len(LOT_BEGINS), len(LEVELS), len(AQL_SERIES), len(STATES))


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedPlans:
    """
    Double or multiple plans of many lots; ``plans[i]`` is the i-th as a ``StagedPlan``.

    ``n``, ``ac`` and ``re`` have one row a lot and one column a stage; where a plan has fewer
    stages the rest is n 0, ac -1, re 0. ``letter`` and ``code_letter`` index ``LETTERS``; ``arrow``
    is 1 down, -1 up. ``cases`` are the distinct plans, ``case`` which one a lot has.
    """

    lot: npt.NDArray[np.int64]
    n: npt.NDArray[np.int32]
    ac: npt.NDArray[np.int32]
    re: npt.NDArray[np.int32]
    letter: npt.NDArray[np.int8]
    code_letter: npt.NDArray[np.int8]
    arrow: npt.NDArray[np.int8]
    case: npt.NDArray[np.int64]
    cases: tuple[StagedPlan, ...]

    @property
    def stage_count(self) -> npt.NDArray[np.int64]:
        """Return how many stages each plan has."""
        return np.asarray((self.n > 0).sum(axis=1), np.int64)

    @property
    def units(self) -> npt.NDArray[np.int64]:
        """Return the most units that may be taken from each lot."""
        return np.asarray(np.minimum(self.n.sum(axis=1), self.lot), np.int64)

    @property
    def full_inspection(self) -> npt.NDArray[np.bool_]:
        """Tell which lots all stages together ask for whole."""
        return np.asarray(self.n.sum(axis=1) >= self.lot)

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.lot)

    def __getitem__(self, row: int) -> StagedPlan:
        """Return one lot's plan as a value."""
        return replace(self.cases[int(self.case[row])], lot=int(self.lot[row]))


def staged_plans(
    ask: Callable[[int, str, float, str], StagedPlan], lot: Any, level: Any, aql: Any, state: Any
) -> StagedPlans:
    """Ask for the plan of each distinct class of lots and settings, and gather."""
    lots, levels, aqls, states = columns.spread(
        lot=columns.whole("lot", lot), level=codes(level, LEVELS, level_index),
        aql_percent=aql_places(aql), state=codes(state, STATES, state_index),
    )  # fmt: skip
    if lots.ndim > 1:
        raise InvalidQuestion(f"lots are one column, not an array of shape {lots.shape}")
    kinds = np.maximum(np.searchsorted(LOT_BEGINS, lots, side="right") - 1, 0)
    cell = np.ravel_multi_index((kinds, levels, aqls, states), _SHAPE).astype(np.int64)
    asked = np.flatnonzero(np.bincount(cell, minlength=int(np.prod(_SHAPE))))
    place = np.zeros(int(np.prod(_SHAPE)), np.int64)
    place[asked] = np.arange(len(asked))
    cases = tuple(
        ask(LOT_BEGINS[a], LEVELS[b], AQL_SERIES[c], STATES[d])
        for a, b, c, d in zip(*np.unravel_index(asked, _SHAPE), strict=True)
    )
    return _gathered(cases, place[cell], lots)


def _gathered(
    cases: tuple[StagedPlan, ...], case: npt.NDArray[np.int64], lots: npt.NDArray[np.int64]
) -> StagedPlans:
    most = max((len(plan.n) for plan in cases), default=1)

    def stages(name: str, pad: int) -> Any:
        rows = [(*getattr(plan, name), *(pad,) * (most - len(plan.n))) for plan in cases]
        return np.array(rows, np.int32).reshape(len(cases), most)[case]

    def one(values: list[int]) -> Any:
        return columns.gather(values, case, case.shape, np.int8)

    return StagedPlans(
        lot=lots, n=stages("n", 0), ac=stages("ac", -1), re=stages("re", 0), case=case,
        letter=one([LETTERS.index(plan.letter or "A") for plan in cases]),
        code_letter=one([LETTERS.index(plan.code_letter or "A") for plan in cases]),
        arrow=one([_ARROWS[plan.followed_arrow] for plan in cases]), cases=cases,
    )  # fmt: skip


def codes(value: Any, names: tuple[str, ...], index: Any) -> npt.NDArray[np.int8]:
    """Return indices for names, or check indices given as such."""
    if isinstance(value, str):
        return np.array([index(value)], np.int8)
    given = np.atleast_1d(np.asarray(value))
    if given.dtype.kind in "iu":
        if given.size and (given.min() < 0 or given.max() >= len(names)):
            raise InvalidQuestion(f"indices run from 0 to {len(names) - 1}", allowed=names)
        return given.astype(np.int8, copy=False)
    out = np.full(given.shape, -1, np.int8)
    for place, name in enumerate(names):
        out[given == name] = place
    if out.size and out.min() < 0:
        index(str(given[out < 0][0]))  # raises, naming the first stranger
    return out


@lru_cache(maxsize=1)
def _aql_by_thousandths() -> npt.NDArray[np.int8]:
    table = np.full(round(AQL_SERIES[-1] * 1000) + 2, -1, np.int8)
    for place, value in enumerate(AQL_SERIES):
        table[round(value * 1000)] = place
    return table


def aql_places(value: Any, unit: str = "per_100") -> npt.NDArray[np.int8]:
    """
    Return the place of each AQL in the series of 26.

    :raises UnknownAQL: naming the first that is not in the series, or missing
    """
    if isinstance(value, (int, float)):
        return np.array([aql_index(value, unit=unit)], np.int8)
    given = np.atleast_1d(np.asarray(value, np.float64))
    table = _aql_by_thousandths()
    with np.errstate(invalid="ignore"):
        thousandths = np.rint(given * 1000)
        inside = (thousandths >= 0) & (thousandths < len(table))
        slot = np.where(inside, thousandths, len(table) - 1).astype(np.int32)
    places = table[slot]
    series = np.asarray(AQL_SERIES)
    strange = (places < 0) | (series[places] != given)
    if unit == "percent_nonconforming":
        strange |= given > LARGEST_PERCENT
    if strange.any():
        aql_index(float(given[strange][0]), unit=unit)  # raises, naming the first stranger
    return places
