"""
Double and multiple plans to go with the single plans of ISO 2859-1.

Double plans of MIL-STD-105E (= ANSI Z1.4) follow the single table's arrows and a
diagonal of their own. The 1999 edition's double numbers are recalled, never
checked, and need an opt-in. Printed multiple plans are not held at all: those
here are computed to match the single plan's curve and are labelled so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns, ladders
from guomen.core.sampling import iso2859_tables as tables
from guomen.core.sampling.iso2859_columns import StagedPlans, staged_plans
from guomen.core.sampling.oc import Model, oc, risk
from guomen.core.sampling.plan import (
    InvalidQuestion,
    Plan,
    Source,
    StagedPlan,
    UnverifiedTable,
)  # fmt: skip
from guomen.core.text import Text

DOUBLE_EDITIONS: Final = ("105E", "1999")

# First (= second) sample by letter index; A has no double plan.
_DOUBLE_N: Final[dict[str, tuple[int, ...]]] = {
    "normal": (0, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000),
    "reduced": (0, 0, 0, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500),
}
_SIZES: Final = {
    "normal": _DOUBLE_N["normal"],
    "tightened": _DOUBLE_N["normal"],
    "reduced": _DOUBLE_N["reduced"],
}
Numbers = tuple[int, int, int, int]
# Ac1, Re1, Ac2, Re2 on each diagonal of MIL-STD-105E.
_DOUBLE_105E: Final[dict[str, dict[int, Numbers]]] = {
    "normal": {
        17: (0, 2, 1, 2), 18: (0, 3, 3, 4), 19: (1, 4, 4, 5), 20: (2, 5, 6, 7), 21: (3, 7, 8, 9),
        22: (5, 9, 12, 13), 23: (7, 11, 18, 19), 24: (11, 16, 26, 27), 25: (17, 22, 37, 38),
        26: (25, 31, 56, 57),
    },
    "tightened": {
        18: (0, 2, 1, 2), 19: (0, 3, 3, 4), 20: (1, 4, 4, 5), 21: (2, 5, 6, 7),
        22: (3, 7, 11, 12), 23: (6, 10, 15, 16), 24: (9, 14, 23, 24), 25: (15, 20, 34, 35),
        26: (23, 29, 52, 53),
    },
    "reduced": {
        17: (0, 2, 0, 2), 18: (0, 3, 0, 4), 19: (0, 4, 1, 5), 20: (0, 4, 3, 6), 21: (1, 5, 4, 7),
        22: (2, 7, 6, 9), 23: (3, 8, 8, 12), 24: (5, 10, 12, 16), 25: (7, 12, 18, 22),
        26: (11, 17, 26, 30),
    },
}  # fmt: skip
# By the single plan's acceptance number; recalled, its curves match but no printed copy was seen.
_DOUBLE_1999: Final[dict[int, Numbers]] = {
    1: (0, 2, 1, 2), 2: (0, 3, 3, 4), 3: (1, 3, 4, 5), 5: (2, 5, 6, 7), 7: (3, 6, 9, 10),
    8: (4, 7, 10, 11), 10: (5, 9, 12, 13), 12: (6, 10, 15, 16), 14: (7, 11, 18, 19),
    18: (9, 14, 23, 24), 21: (11, 16, 26, 27), 27: (15, 20, 34, 35), 30: (17, 22, 37, 38),
    41: (23, 29, 52, 53), 44: (25, 31, 56, 57),
}  # fmt: skip
_LONG_DIAGONAL_LETTERS: Final = 5  # beyond diagonal 24 only A to E
_FIRST_LETTER: Final = {"normal": 1, "tightened": 0, "reduced": 2}
_FIRST_ARROW: Final = 16  # from this diagonal arrows lead down to the first double plan
_LONE_ARROW: Final = ("tightened", 0, 15)  # where 105E has an arrow and the 1999 edition Ac 0


@overload
def double(
    lot: int, *, level: str = ..., aql_percent: float = ..., state: str = ...,
    edition: str = ..., allow_unverified: bool = ...,
) -> StagedPlan: ...  # fmt: skip
@overload
def double(
    lot: npt.ArrayLike, *, level: Any = ..., aql_percent: Any = ..., state: Any = ...,
    edition: str = ..., allow_unverified: bool = ...,
) -> StagedPlans: ...  # fmt: skip


def double(
    lot: Any,
    *,
    level: Any = "II",
    aql_percent: Any = 1.0,
    state: Any = "normal",
    edition: str = "1999",
    allow_unverified: bool = False,
) -> StagedPlan | StagedPlans:
    """
    Return the double sampling plan of a lot, or of many lots at once.

    Where the single plan has acceptance number 0, or no smaller first sample exists, there is no
    double plan and the single one is returned as one stage. In the reduced tables of 105E a count
    between the last ac and re accepts the lot but ends reduced inspection.
    Source: MIL-STD-105E, tables III-A to III-C; ISO 2859-1:1999, tables 3-A to 3-C (unverified).

    >>> double(1000, edition="105E").stages
    ((50, 0, 3), (50, 3, 4))
    >>> double([10, 1000], edition="105E").units.tolist()
    [10, 100]

    :raises UnverifiedTable: for the 1999 edition, unless `allow_unverified`
    :raises EditionMissing: if the edition is not held
    :raises UnknownAQL: if an AQL is not in the series
    """
    if edition not in DOUBLE_EDITIONS:
        raise tables.EditionMissing(
            f"double plans of edition {edition!r} are not held; held: {', '.join(DOUBLE_EDITIONS)}",
            edition=edition,
            held=DOUBLE_EDITIONS,
        )
    if edition == "1999" and not allow_unverified:
        raise UnverifiedTable(
            "the double plans of ISO 2859-1:1999 are recalled and were never checked against the "
            'printed standard; use edition="105E" (verified), design.two_point(stages=2), or pass '
            "allow_unverified=True and compare with your copy",
            edition=edition,
        )
    numbers = _double_105e if edition == "105E" else _double_1999
    if not columns.is_many(lot, level, aql_percent, state):
        return numbers(_Asked(lot, level, aql_percent, state))
    return staged_plans(_DOUBLE_CELLS[edition], lot, level, aql_percent, state)


class _Asked:
    """One lot and settings, with the cell of the master table they lead to."""

    __slots__ = ("aql", "aql_percent", "cell", "code", "level", "lot", "state")

    def __init__(self, lot: int, level: str, aql_percent: float, state: str) -> None:
        self.lot, self.level, self.aql_percent, self.state = lot, level, aql_percent, state
        self.aql = tables.aql_index(aql_percent)
        self.code = tables.LETTERS.index(tables.code_letter(lot, level=level))
        self.cell = tables.cells()[tables.state_index(state)][self.code][self.aql]

    def staged(
        self, numbers: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]], letter: int,
        source: Source, note: Text | None = None,
    ) -> StagedPlan:  # fmt: skip
        """Return a staged plan with this question."""
        n, ac, re = numbers
        return StagedPlan(
            n=n, ac=ac, re=re, source=source, letter=tables.LETTERS[letter],
            code_letter=tables.LETTERS[self.code],
            followed_arrow=None if letter == self.code else "down" if letter > self.code else "up",
            lot=self.lot, level=self.level, aql_percent=self.aql_percent, state=self.state,
            note=note,
        )  # fmt: skip

    def as_single(self, note: Text) -> StagedPlan:
        """Return the single plan as one stage, saying why."""
        cell = self.cell
        source = Source(standard=tables.STANDARD, edition="1999",
                        clause=tables.CLAUSES[self.state], evidence="verified")  # fmt: skip
        return self.staged(((cell.n,), (cell.ac,), (cell.ac + 1,)), cell.letter, source, note)


_USE_SINGLE: Final = Text(
    zh="此格无二次（多次）方案：采用对应的一次方案。",
    en="This cell has no double or multiple plan: use the single plan.",
)


def _double_105e(asked: _Asked) -> StagedPlan:
    letter = _letter_105e(asked.state, asked.code, asked.aql)
    if letter is None:
        return asked.as_single(_USE_SINGLE)
    ac1, re1, ac2, re2 = _DOUBLE_105E[asked.state][letter + asked.aql]
    n = _SIZES[asked.state][letter]
    source = Source(standard="MIL-STD-105", edition="E", clause="table III", evidence="verified")
    return asked.staged(((n, n), (ac1, ac2), (re1, re2)), letter, source)


def _letter_105e(state: str, letter: int, aql: int) -> int | None:
    """Return the letter whose double plan a cell leads to; None where a single plan serves."""
    own = _own_105e(state, letter, aql)
    k = letter + aql
    if own:
        return letter
    before_table = letter < _FIRST_LETTER[state]
    if before_table or (k < _FIRST_ARROW and (state, letter, aql) != _LONE_ARROW):
        return None  # zero plans and the arrows towards them
    step = 1 if k < min(_DOUBLE_105E[state]) else -1
    letters = range(letter + step, len(_SIZES[state]) if step > 0 else 0, step)
    return next((x for x in letters if _own_105e(state, x, aql)), None)


def _own_105e(state: str, letter: int, aql: int) -> bool:
    k = letter + aql
    if k not in _DOUBLE_105E[state] or not _SIZES[state][letter] or aql > _last_aql(state):
        return False
    if letter == tables.EXTRA_LETTER:
        return (state, aql) == ("tightened", 2)
    return k <= 24 or letter < _LONG_DIAGONAL_LETTERS


def _last_aql(state: str) -> int:
    return 23 if state == "reduced" else 25


def _double_1999(asked: _Asked) -> StagedPlan:
    cell = asked.cell
    numbers = _DOUBLE_1999.get(cell.ac)
    n = cells_first_sample(asked.state, cell.letter)
    if numbers is None or n is None:
        return asked.as_single(_USE_SINGLE)
    ac1, re1, ac2, re2 = numbers
    source = Source(
        standard=tables.STANDARD, edition="1999", clause="table 3", evidence="unverified"
    )
    note = Text(
        zh="凭记忆录入，未与印刷本核对。",
        en="Recalled; never checked against the printed standard.",
    )
    return asked.staged(((n, n), (ac1, ac2), (re1, re2)), cell.letter, source, note)


def cells_first_sample(state: str, letter: int) -> int | None:
    """Return the first sample size of double plans of a letter, or None if it has none."""
    return _SIZES[state][letter] or None


@lru_cache(maxsize=8190)
def _cell_105e(lot: int, level: str, aql_percent: float, state: str) -> StagedPlan:
    return _double_105e(_Asked(lot, level, aql_percent, state))


@lru_cache(maxsize=8190)
def _cell_1999(lot: int, level: str, aql_percent: float, state: str) -> StagedPlan:
    return _double_1999(_Asked(lot, level, aql_percent, state))


_DOUBLE_CELLS: Final = {"105E": _cell_105e, "1999": _cell_1999}


# -------------------------------------------------------------------------------------- multiple

_STAGES: Final = 5
_CLOSE: Final = 0.02  # differences in acceptance up to here are taken as equal; then size decides
_MISFIT: Final = 0.06  # beyond it the sample is too small to be cut, and the single plan serves


@overload
def multiple(
    lot: int, *, level: str = ..., aql_percent: float = ..., state: str = ...,
    edition: str = ..., stages: int = ...,
) -> StagedPlan: ...  # fmt: skip
@overload
def multiple(
    lot: npt.ArrayLike, *, level: Any = ..., aql_percent: Any = ..., state: Any = ...,
    edition: str = ..., stages: int = ...,
) -> StagedPlans: ...  # fmt: skip


def multiple(
    lot: Any,
    *,
    level: Any = "II",
    aql_percent: Any = 1.0,
    state: Any = "normal",
    edition: str = "1999",
    stages: int = _STAGES,
) -> StagedPlan | StagedPlans:
    """
    Return a multiple plan designed to match the single plan's curve; not the printed table.

    Above AQL 10 nonconformities are counted (Poisson). Boundaries are parallel lines, chosen
    for the least difference in acceptance at the qualities that the single plan accepts 95, 50 and
    10 % of the time. Arrays give ``StagedPlans``.

    :raises EditionMissing: if the single plans of that edition are not held
    :raises UnknownAQL: if an AQL is not in the series
    :raises InvalidQuestion: if `stages` is not 3 to 7
    """
    tables.check_edition(edition)
    if not 3 <= stages <= 7:
        raise InvalidQuestion(f"a multiple plan has 3 to 7 stages here, not {stages}")
    if not columns.is_many(lot, level, aql_percent, state):
        return _multiple(_Asked(lot, level, aql_percent, state), stages)
    return staged_plans(
        lambda *cell: _multiple(_Asked(*cell), stages), lot, level, aql_percent, state
    )


def _multiple(asked: _Asked, stages: int) -> StagedPlan:
    cell = asked.cell
    model: Model = "binomial" if asked.aql_percent <= tables.LARGEST_PERCENT else "poisson"
    numbers = _matched(cell.n, cell.ac, stages, model) if cell.ac > 0 else None
    if numbers is None:
        return asked.as_single(_USE_SINGLE)
    note = Text(
        zh="按一次方案的抽检特性曲线设计，不是标准印刷表。",
        en="Designed to match the single plan's curve; not the printed table.",
    )
    source = Source(
        standard="Guomen design", edition="1", clause="matched to ISO 2859-1 single plan",
        evidence="designed",
    )  # fmt: skip
    return asked.staged(numbers, cell.letter, source, note)


@lru_cache(maxsize=512)
def _matched(n: int, ac: int, stages: int, model: Model) -> Any:
    """Return the numbers of the best matching multiple plan, or None if none comes close."""
    target = Plan(n=n, ac=ac, re=ac + 1, source=_NOWHERE)
    found = risk(target, model=model)
    points = np.array([x for x in (found.p95, found.p50, found.p10) if x is not None])
    if not points.size:
        return None
    goal = oc(target, points, model=model).pa
    ladder, share = ladders.best(ac, stages, _CLOSE)
    best: tuple[float, Any] = (_MISFIT, None)
    for each in {max(1, round(share * n) + nudge) for nudge in (-1, 0, 1)}:
        plan = StagedPlan(n=(each,) * stages, ac=ladder[0], re=ladder[1], source=_NOWHERE)
        misfit = float(np.abs(oc(plan, points, model=model).pa - goal).max())
        if misfit < best[0]:
            best = misfit, ((each,) * stages, *ladder)
    return best[1]


_NOWHERE: Final = Source(standard="", edition="", clause="", evidence="designed")
