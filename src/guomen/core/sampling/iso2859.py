"""
ISO 2859-1 / GB/T 2828.1: attribute plans by lot size, inspection level and AQL.

No table is typed in. Letters and AQLs are both in geometric series, so the
acceptance number depends only on the diagonal ``k`` = letter index + AQL index
(A = 0, 0.010 = 0); the few edges are rules beside it. The 1,248 cells so made
are those of the 1999 edition (= GB/T 2828.1-2012). Tables are keyed by edition
and an AQL off the series is refused, never interpolated. "AQL" is not "95 %
accepted": ask ``oc.risk``. Not for isolated lots: see ``iso2859_2``.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, Literal, overload

import numpy as np
import numpy.typing as npt

from guomen.core.errors import GuomenError
from guomen.core.sampling.plan import InvalidQuestion, Plan, Source

State = Literal["normal", "tightened", "reduced"]
Arrow = Literal["down", "up"] | None

LETTERS: Final = "ABCDEFGHJKLMNPQRS"
LEVELS: Final = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")
STATES: Final = ("normal", "tightened", "reduced")
AQL_SERIES: Final = (
    0.010, 0.015, 0.025, 0.040, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5,
    10.0, 15.0, 25.0, 40.0, 65.0, 100.0, 150.0, 250.0, 400.0, 650.0, 1000.0,
)  # fmt: skip
LARGEST_PERCENT: Final = 10.0  # above it an AQL counts nonconformities per 100 units (clause 5.1)

_LOT_BEGINS: Final = (
    2, 9, 16, 26, 51, 91, 151, 281, 501, 1201, 3201, 10001, 35001, 150001, 500001,
)  # fmt: skip
_CODE_LETTERS: Final = (
    "AAAAAAB", "AAAAABC", "AABBBCD", "ABBCCDE", "BBCCCEF", "BBCDDFG", "BCDEEGH", "BCDEFHJ",
    "CCEFGJK", "CDEGHKL", "CDFGJLM", "CDFHKMN", "DEGJLNP", "DEGJMPQ", "DEHKNQR",
)  # fmt: skip
_NORMAL_N: Final = (
    2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150,
)  # fmt: skip
_REDUCED_N: Final = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800)
SAMPLE_SIZES: Final[dict[str, tuple[int, ...]]] = {
    "normal": _NORMAL_N[:16],
    "tightened": _NORMAL_N,
    "reduced": _REDUCED_N,
}

# Acceptance number on each diagonal; 25 and 26 exist only for small letters.
_DIAGONALS: Final[dict[str, dict[int, int]]] = {
    "normal": {14: 0, 17: 1, 18: 2, 19: 3, 20: 5, 21: 7, 22: 10, 23: 14, 24: 21, 25: 30, 26: 44},
    "tightened": {15: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 8, 23: 12, 24: 18, 25: 27, 26: 41},
    "reduced": {14: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 6, 23: 8, 24: 10, 25: 14, 26: 21},
}
# Reduced A and B keep n = 2, so their numbers follow the AQL alone (index of the AQL -> Ac).
_REDUCED_PAIR: Final = {17: 1, 18: 2, 19: 3, 20: 5, 21: 7, 22: 10, 23: 14, 24: 21, 25: 30}
_LONG_DIAGONAL_LETTERS: Final = 5  # A to E
_DIAGONAL_END: Final = 24
_EXTRA_LETTER: Final = 16  # S, in tightened inspection at AQL 0.025 only
_EXTRA_AQL: Final = 2
# Between Ac 0 and Ac 1 the table has arrows: up right after the zero plan (not in tightened
# inspection, where the zero plan is already the milder neighbour), down otherwise.
_UP_GAP: Final[dict[str, int]] = {"normal": 15, "tightened": -1, "reduced": 15}

STANDARD: Final = "ISO 2859-1"
EDITIONS: Final = ("1999",)
ALIASES: Final = {"2012": "1999", "GB/T 2828.1-2012": "1999", "ISO 2859-1:1999": "1999"}
_CLAUSES: Final = {
    "normal": "table 2-A",
    "tightened": "table 2-B",
    "reduced": "table 2-C",
}


class UnknownAQL(GuomenError, ValueError):  # noqa: N818 - the public name
    """The AQL is not one of the 26 of the series; it is never interpolated."""

    code: ClassVar[str] = "sampling.unknown-aql"


class EditionMissing(GuomenError):  # noqa: N818 - the public name
    """The tables of that edition are not held here."""

    code: ClassVar[str] = "sampling.edition-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a master table: the plan it leads to and how."""

    letter: int
    ac: int
    n: int
    arrow: Arrow


def _own_ac(state: str, letter: int, aql: int) -> int | None:
    """Return the acceptance number printed in the cell itself, or None for an arrow."""
    if letter == _EXTRA_LETTER and (state, aql) != ("tightened", _EXTRA_AQL):
        return None
    k = letter + aql
    if state == "reduced" and letter <= 1 and k != 14:  # noqa: PLR2004 - the zero diagonal
        return _REDUCED_PAIR.get(aql)
    if k > _DIAGONAL_END and letter >= _LONG_DIAGONAL_LETTERS:
        return None
    return _DIAGONALS[state].get(k)


def _first_own(state: str, letter: int, aql: int, step: int) -> int | None:
    """Follow an arrow to the first letter with a plan of its own, or None off the table."""
    letter += step
    while 0 <= letter < len(SAMPLE_SIZES[state]):
        if _own_ac(state, letter, aql) is not None:
            return letter
        letter += step
    return None


def _target(state: str, letter: int, aql: int) -> tuple[int, Arrow]:
    """Return the letter whose plan the cell uses and the arrow that led there."""
    if _own_ac(state, letter, aql) is not None:
        return letter, None
    k = letter + aql
    step = -1 if k > _DIAGONAL_END or k == _UP_GAP[state] else 1
    found = _first_own(state, letter, aql, step)
    if found is None:  # the arrow leaves the table: the other neighbour
        step = -step
        found = _first_own(state, letter, aql, step)
    assert found is not None  # noqa: S101 - every AQL column holds a plan
    return found, "down" if step > 0 else "up"


@lru_cache(maxsize=1)
def cells() -> tuple[tuple[tuple[Cell, ...], ...], ...]:
    """Generate the master tables, indexed [state][letter A to R][AQL]."""

    def cell(state: str, letter: int, aql: int) -> Cell:
        target, arrow = _target(state, letter, aql)
        ac = _own_ac(state, target, aql)
        assert ac is not None  # noqa: S101 - the target has a plan of its own
        return Cell(letter=target, ac=ac, n=SAMPLE_SIZES[state][target], arrow=arrow)

    return tuple(
        tuple(
            tuple(cell(state, letter, aql) for aql in range(len(AQL_SERIES)))
            for letter in range(_EXTRA_LETTER)
        )
        for state in STATES
    )


def _level_index(level: str) -> int:
    try:
        return LEVELS.index(level)
    except ValueError:
        raise InvalidQuestion(
            f"{level!r} is not an inspection level; use one of {', '.join(LEVELS)}",
            level=level,
            allowed=LEVELS,
        ) from None


def _state_index(state: str) -> int:
    try:
        return STATES.index(state)
    except ValueError:
        raise InvalidQuestion(
            f"{state!r} is not a state of inspection; use one of {', '.join(STATES)}",
            state=state,
            allowed=STATES,
        ) from None


def aql_index(aql_percent: float, *, unit: str = "per_100") -> int:
    """
    Return the place of an AQL in the series of 26.

    :raises UnknownAQL: if it is not in the series, or above 10 as percent nonconforming
    """
    place = _AQL_PLACE.get(float(aql_percent))
    if place is None:
        near = sorted(AQL_SERIES, key=lambda value: abs(value - aql_percent))[:2]
        raise UnknownAQL(
            f"AQL {aql_percent!r} is not in the series of ISO 2859-1; the nearest values are "
            f"{min(near):g} and {max(near):g}. Choose one of the 26: plans are never interpolated",
            aql_percent=aql_percent,
            nearest=tuple(sorted(near)),
        )
    if unit == "percent_nonconforming" and aql_percent > LARGEST_PERCENT:
        raise UnknownAQL(
            f"AQL {aql_percent:g} counts nonconformities per 100 units; as percent nonconforming "
            'the largest is 10. Use unit="per_100" if nonconformities are counted',
            aql_percent=aql_percent,
            nearest=(LARGEST_PERCENT,),
        )
    return place


_AQL_PLACE: Final = {value: place for place, value in enumerate(AQL_SERIES)}


def check_edition(edition: str) -> str:
    """
    Return the edition whose tables serve, following national adoptions.

    :raises EditionMissing: if the tables of that edition are not held
    """
    found = ALIASES.get(edition, edition)
    if found not in EDITIONS:
        raise EditionMissing(
            f"ISO 2859-1 edition {edition!r} is not held; editions held: {', '.join(EDITIONS)} "
            '(= GB/T 2828.1-2012). Ask for edition="1999", or add the tables with their source',
            edition=edition,
            held=EDITIONS,
        )
    return found


def code_letter(lot: int, *, level: str = "II", edition: str = "1999") -> str:
    """
    Return the sample size code letter (ISO 2859-1:1999, table 1).

    >>> code_letter(1000)
    'J'

    :raises InvalidQuestion: if the lot is empty or the level unknown
    """
    check_edition(edition)
    return _CODE_LETTERS[_lot_class(lot)][_level_index(level)]


def _lot_class(lot: int) -> int:
    if lot < 1:
        raise InvalidQuestion(f"a lot has at least one unit, not {lot}", lot=lot)
    return max(0, bisect_right(_LOT_BEGINS, lot) - 1)


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
def _one(lot_class: int, level: str, aql: float, state: str, unit: str) -> Plan:
    """Return the plan of a class of lots, without the lot."""
    letter = _CODE_LETTERS[lot_class][_level_index(level)]
    place = aql_index(aql, unit=unit)
    cell = cells()[_state_index(state)][LETTERS.index(letter)][place]
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
            standard=STANDARD, edition="1999", clause=_CLAUSES[state], evidence="verified"
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
    if isinstance(lot, (int, np.integer)) and isinstance(level, str) and isinstance(state, str):
        if isinstance(aql_percent, (int, float)):
            plan = _one(_lot_class(int(lot)), level, float(aql_percent), state, unit)
            return _with_lot(plan, int(lot))
    return _many(
        np.atleast_1d(np.asarray(lot)),
        _codes(level, LEVELS, _level_index),
        _aql_places(aql_percent, unit),
        _codes(state, STATES, _state_index),
        found,
    )


@lru_cache(maxsize=1)
def _lookup() -> tuple[npt.NDArray[Any], ...]:
    """Build the arrays that turn a lot into a cell with plain gathers (0.6 MB)."""
    edges = (0, *_LOT_BEGINS[1:], _LOT_BEGINS[-1] + 1)
    classes = np.repeat(np.arange(len(_LOT_BEGINS), dtype=np.uint8), np.diff(edges))
    letters = np.array([[LETTERS.index(x) for x in row] for row in _CODE_LETTERS], np.int8)
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


def _codes(value: Any, names: tuple[str, ...], index: Any) -> npt.NDArray[np.int8]:
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


def _aql_places(value: Any, unit: str) -> npt.NDArray[np.int8]:
    """Return the place of each AQL in the series, refusing strangers."""
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


def _many(
    lot: npt.NDArray[Any],
    level: npt.NDArray[np.int8],
    aql: npt.NDArray[np.int8],
    state: npt.NDArray[np.int8],
    edition: str,
) -> Plans:
    """Look every lot up by gathers; settings broadcast against the lots."""
    if lot.dtype.kind not in "iu":
        if not np.all(np.equal(np.mod(lot, 1), 0)):
            raise InvalidQuestion("lot sizes are whole numbers of units; none may be missing")
    lots = lot.astype(np.int64, copy=False)
    if lots.size and lots.min() < 1:
        raise InvalidQuestion(f"a lot has at least one unit, not {lots.min()}", lot=lots.min())
    classes, letters, n, ac, target, arrow = _lookup()
    lot_class = classes[np.minimum(lots, _LOT_BEGINS[-1])]
    code = letters[lot_class * np.uint8(len(LEVELS)) + level.astype(np.uint8)]
    row = (state.astype(np.int16) * _EXTRA_LETTER + code) * np.int16(len(AQL_SERIES)) + aql
    if row.shape != lots.shape:
        lots = np.broadcast_to(lots, row.shape)
    return Plans(
        lot=lots, n=n[row], ac=ac[row], letter=target[row], code_letter=code, arrow=arrow[row],
        level=level, aql=aql, state=state, edition=edition,
    )  # fmt: skip
