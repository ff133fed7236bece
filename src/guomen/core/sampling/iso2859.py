"""
ISO 2859-1 / GB/T 2828.1: attribute plans by lot size, inspection level and AQL.

Tables are keyed by edition and an AQL off the series is refused, never
interpolated. "AQL" does not mean "accepted 95 % of the time": ask ``oc.risk``.
Not for isolated lots: see ``iso2859_2``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling import iso2859_tables as tables
from guomen.core.sampling.iso2859_columns import StagedPlans, aql_places, codes
from guomen.core.sampling.iso2859_staged import double, multiple
from guomen.core.sampling.iso2859_tables import (
    AQL_SERIES,
    CLAUSES,
    CODE_LETTERS,
    EDITIONS,
    EXTRA_LETTER,
    LETTERS,
    LEVELS,
    LOT_BEGINS,
    STANDARD,
    STATES,
    EditionMissing,
    UnknownAQL,
    cells,
    check_edition,
    level_index,
    lot_class,
    state_index,
)  # fmt: skip
from guomen.core.sampling.plan import InvalidQuestion, Plan, Source

__all__ = [
    "AQL_SERIES", "EDITIONS", "LETTERS", "LEVELS", "STATES", "EditionMissing", "Plans",
    "StagedPlans", "UnknownAQL", "aql_index", "cells", "code_letter", "double", "multiple",
    "single",
]  # fmt: skip

_INTS: Final = (int, np.integer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """
    Single plans of many lots, one array entry a lot; ``plans[i]`` is the i-th as a ``Plan``.

    ``letter`` and ``code_letter`` index ``LETTERS``. ``n`` is the table's number; ``units`` what
    to take from the lot.
    """

    lot: npt.NDArray[np.int64]
    n: npt.NDArray[np.int32]
    ac: npt.NDArray[np.int32]
    letter: npt.NDArray[np.int8]
    code_letter: npt.NDArray[np.int8]
    arrow: npt.NDArray[np.int8]
    level: npt.NDArray[np.int8]
    aql: npt.NDArray[np.int8]
    state: npt.NDArray[np.int8]
    edition: str

    @property
    def re(self) -> npt.NDArray[np.int32]:
        """Return the rejection numbers: one more than acceptance, everywhere."""
        return self.ac + np.int32(1)

    @property
    def full_inspection(self) -> npt.NDArray[np.bool_]:
        """Tell which lots are inspected whole."""
        return np.asarray(self.n >= self.lot)

    @property
    def units(self) -> npt.NDArray[np.int64]:
        """Return how many units to take from each lot."""
        return np.minimum(self.n, self.lot)

    @property
    def followed_arrow(self) -> npt.NDArray[np.bool_]:
        """Tell which plans were reached through an arrow."""
        return np.asarray(self.arrow != 0)

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.lot)

    def __getitem__(self, row: int) -> Plan:
        """Return one lot's plan as a value."""
        return single(
            int(self.lot[row]),
            level=LEVELS[int(np.broadcast_to(self.level, self.lot.shape)[row])],
            aql_percent=AQL_SERIES[int(np.broadcast_to(self.aql, self.lot.shape)[row])],
            state=STATES[int(np.broadcast_to(self.state, self.lot.shape)[row])],
            edition=self.edition,
        )


@lru_cache(maxsize=4096)
def _one(kind: int, level: str, aql: float, state: str, unit: str) -> Plan:
    """Return the plan of a class of lots, without the lot."""
    letter = CODE_LETTERS[kind][level_index(level)]
    place = tables.aql_index(aql, unit=unit)
    cell = cells()[state_index(state)][LETTERS.index(letter)][place]
    return Plan(
        n=cell.n,
        ac=cell.ac,
        re=cell.ac + 1,
        letter=LETTERS[cell.letter],
        code_letter=letter,
        followed_arrow=cell.arrow,
        level=level,
        aql_percent=AQL_SERIES[place],
        state=state,
        source=Source(
            standard=STANDARD, edition="1999", clause=CLAUSES[state], evidence="verified"
        ),
    )


def _with_lot(plan: Plan, lot: int) -> Plan:
    """Return the plan with its lot (spelled out: `replace` is ten times slower)."""
    return Plan(
        n=plan.n, ac=plan.ac, re=plan.re, source=plan.source, letter=plan.letter,
        code_letter=plan.code_letter, followed_arrow=plan.followed_arrow, lot=lot,
        level=plan.level, aql_percent=plan.aql_percent, state=plan.state,
    )  # fmt: skip


@overload
def single(
    lot: int, *, level: str = ..., aql_percent: float = ..., state: str = ...,
    edition: str = ..., unit: str = ...,
) -> Plan: ...  # fmt: skip
@overload
def single(
    lot: npt.ArrayLike, *, level: Any = ..., aql_percent: Any = ..., state: Any = ...,
    edition: str = ..., unit: str = ...,
) -> Plans: ...  # fmt: skip


def single(
    lot: Any,
    *,
    level: Any = "II",
    aql_percent: Any = 1.0,
    state: Any = "normal",
    edition: str = "1999",
    unit: str = "per_100",
) -> Plan | Plans:
    """
    Return the single sampling plan of a lot, or of many lots at once.

    A scalar lot with scalar settings gives a ``Plan``; any array gives ``Plans``. In arrays,
    levels and states are names or indices into ``LEVELS`` and ``STATES``.
    Source: ISO 2859-1:1999 (= GB/T 2828.1-2012), tables 1, 2-A, 2-B, 2-C.

    >>> plan = single(1000, level="II", aql_percent=1.0)
    >>> plan.letter, plan.n, plan.ac, plan.re
    ('J', 80, 2, 3)
    >>> single([10, 1000], aql_percent=0.65).n.tolist()
    [20, 80]

    :raises UnknownAQL: if an AQL is not in the series
    :raises EditionMissing: if the edition is not held
    :raises InvalidQuestion: if a lot is empty, or a level or state unknown
    """
    found = check_edition(edition)
    settings_are_scalar = isinstance(level, str) and isinstance(state, str)
    if settings_are_scalar and isinstance(lot, _INTS) and isinstance(aql_percent, (int, float)):
        plan = _one(lot_class(int(lot)), level, float(aql_percent), state, unit)
        return _with_lot(plan, int(lot))
    return _many(
        np.atleast_1d(np.asarray(lot)),
        codes(level, LEVELS, level_index),
        aql_places(aql_percent, unit),
        codes(state, STATES, state_index),
        found,
    )


@lru_cache(maxsize=1)
def _lookup() -> tuple[npt.NDArray[Any], ...]:
    """Build the arrays that turn a lot into a cell with plain gathers (0.6 MB)."""
    edges = (0, *LOT_BEGINS[1:], LOT_BEGINS[-1] + 1)
    classes = np.repeat(np.arange(len(LOT_BEGINS), dtype=np.uint8), np.diff(edges))
    letters = np.array([[LETTERS.index(x) for x in row] for row in CODE_LETTERS], np.int8)
    flat = [cell for state in cells() for row in state for cell in row]
    signs = {None: 0, "down": 1, "up": -1}
    return (
        classes,
        letters.ravel(),
        np.array([cell.n for cell in flat], np.int32),
        np.array([cell.ac for cell in flat], np.int32),
        np.array([cell.letter for cell in flat], np.int8),
        np.array([signs[cell.arrow] for cell in flat], np.int8),
    )


def _many(
    lot: npt.NDArray[Any],
    level: npt.NDArray[np.int8],
    aql: npt.NDArray[np.int8],
    state: npt.NDArray[np.int8],
    edition: str,
) -> Plans:
    """Look every lot up by gathers; settings broadcast against the lots."""
    if lot.dtype.kind not in "iu" and not np.all(np.equal(np.mod(lot, 1), 0)):
        raise InvalidQuestion("lot sizes are whole numbers of units; none may be missing")
    lots = lot.astype(np.int64, copy=False)
    if lots.size and lots.min() < 1:
        raise InvalidQuestion(f"a lot has at least one unit, not {lots.min()}", lot=lots.min())
    _fit(lot=lots, level=level, aql_percent=aql, state=state)
    classes, letters, n, ac, target, arrow = _lookup()
    kind = classes[np.minimum(lots, LOT_BEGINS[-1])]
    code = letters[kind * np.uint8(len(LEVELS)) + level.astype(np.uint8)]
    row = (state.astype(np.int16) * EXTRA_LETTER + code) * np.int16(len(AQL_SERIES)) + aql
    if row.shape != lots.shape:
        lots = np.broadcast_to(lots, row.shape)
    return Plans(
        lot=lots, n=n[row], ac=ac[row], letter=target[row], code_letter=code, arrow=arrow[row],
        level=level, aql=aql, state=state, edition=edition,
    )  # fmt: skip


def _fit(**parts: npt.NDArray[Any]) -> None:
    """Refuse columns of different lengths before they meet, naming them."""
    try:
        np.broadcast_shapes(*(part.shape for part in parts.values()))
    except ValueError:
        columns.spread(**parts)  # raises, with the names


def code_letter(lot: Any, *, level: Any = "II", edition: str = "1999") -> Any:
    """
    Return the sample size code letter (ISO 2859-1:1999, table 1), or an array of letters.

    >>> code_letter(1000)
    'J'
    >>> code_letter([8, 1000], level="I").tolist()
    ['A', 'G']

    :raises InvalidQuestion: if a lot is empty or a level unknown
    """
    if isinstance(lot, _INTS) and isinstance(level, str):
        return tables.code_letter(int(lot), level=level, edition=edition)
    found = single(np.atleast_1d(np.asarray(lot)), level=level, edition=edition)
    return np.array(list(LETTERS))[found.code_letter]


def aql_index(aql_percent: Any, *, unit: str = "per_100") -> Any:
    """
    Return the place of an AQL in the series of 26, or an array of places.

    :raises UnknownAQL: if one is not in the series, or above 10 as percent nonconforming
    """
    if isinstance(aql_percent, (int, float)):
        return tables.aql_index(aql_percent, unit=unit)
    return aql_places(aql_percent, unit)
