"""
The tables of ISO 2859-1:1999 (= GB/T 2828.1-2012), made by rule.

Letters and AQLs are both in geometric series, so the acceptance number depends
only on the diagonal ``k`` = letter index + AQL index (A = 0, 0.010 = 0); the few
edges are rules beside it. The 1,248 cells so made are those of the 1999
edition. Not for asking for a plan: see ``iso2859``.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final, Literal

from guomen.core.errors import GuomenError
from guomen.core.sampling.plan import InvalidQuestion

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

LOT_BEGINS: Final = (
    2, 9, 16, 26, 51, 91, 151, 281, 501, 1201, 3201, 10001, 35001, 150001, 500001,
)  # fmt: skip
CODE_LETTERS: Final = (
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
EXTRA_LETTER: Final = 16  # S, in tightened inspection at AQL 0.025 only
_EXTRA_AQL: Final = 2
# Between Ac 0 and Ac 1 the table has arrows: up right after the zero plan (not in tightened
# inspection, where the zero plan is already the milder neighbour), down otherwise.
_UP_GAP: Final[dict[str, int]] = {"normal": 15, "tightened": -1, "reduced": 15}

STANDARD: Final = "ISO 2859-1"
EDITIONS: Final = ("1999",)
ALIASES: Final = {"2012": "1999", "GB/T 2828.1-2012": "1999", "ISO 2859-1:1999": "1999"}
CLAUSES: Final = {
    "normal": "table 2-A",
    "tightened": "table 2-B",
    "reduced": "table 2-C",
}


class UnknownAQL(GuomenError, ValueError):
    """The AQL is not one of the 26 of the series; it is never interpolated."""

    code: ClassVar[str] = "sampling.unknown-aql"


class EditionMissing(GuomenError):
    """The tables of that edition are not held here."""

    code: ClassVar[str] = "sampling.edition-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a master table: the plan it leads to and how."""

    letter: int
    ac: int
    n: int
    arrow: Arrow


def own_ac(state: str, letter: int, aql: int) -> int | None:
    """Return the acceptance number printed in the cell itself, or None for an arrow."""
    if letter == EXTRA_LETTER and (state, aql) != ("tightened", _EXTRA_AQL):
        return None
    k = letter + aql
    if state == "reduced" and letter <= 1 and k != 14:
        return _REDUCED_PAIR.get(aql)
    if k > _DIAGONAL_END and letter >= _LONG_DIAGONAL_LETTERS:
        return None
    return _DIAGONALS[state].get(k)


def _first_own(state: str, letter: int, aql: int, step: int) -> int | None:
    """Follow an arrow to the first letter with a plan of its own, or None off the table."""
    letter += step
    while 0 <= letter < len(SAMPLE_SIZES[state]):
        if own_ac(state, letter, aql) is not None:
            return letter
        letter += step
    return None


def _target(state: str, letter: int, aql: int) -> tuple[int, Arrow]:
    """Return the letter whose plan the cell uses and the arrow that led there."""
    if own_ac(state, letter, aql) is not None:
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
        ac = own_ac(state, target, aql)
        assert ac is not None  # noqa: S101 - the target has a plan of its own
        return Cell(letter=target, ac=ac, n=SAMPLE_SIZES[state][target], arrow=arrow)

    return tuple(
        tuple(
            tuple(cell(state, letter, aql) for aql in range(len(AQL_SERIES)))
            for letter in range(EXTRA_LETTER)
        )
        for state in STATES
    )


def level_index(level: str) -> int:
    """Return the place of an inspection level, refusing strangers."""
    try:
        return LEVELS.index(level)
    except ValueError:
        raise InvalidQuestion(
            f"{level!r} is not an inspection level; use one of {', '.join(LEVELS)}",
            level=level,
            allowed=LEVELS,
        ) from None


def state_index(state: str) -> int:
    """Return the place of a state of inspection, refusing strangers."""
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
    return CODE_LETTERS[lot_class(lot)][level_index(level)]


def lot_class(lot: int) -> int:
    """Return the row of table 1 that a lot size falls in."""
    if lot < 1:
        raise InvalidQuestion(f"a lot has at least one unit, not {lot}", lot=lot)
    return max(0, bisect_right(LOT_BEGINS, lot) - 1)
