"""
Switching replayed for many series at once, in columns.

The lots of each series are walked in their order by the rules of ``switching``;
the walk is plain Python over whole numbers. Not for one series at a time, nor
for the rules themselves: see ``switching``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling.iso2859 import Plans, single
from guomen.core.sampling.iso2859_tables import STATES, own_ac
from guomen.core.sampling.plan import InvalidQuestion

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

Inspection = Literal["normal", "tightened", "reduced", "discontinued"]
Event = Literal[
    "none", "to_tightened", "to_normal", "to_reduced", "discontinued", "lifted", "not_counted"
]
INSPECTIONS: Final[tuple[Inspection, ...]] = ("normal", "tightened", "reduced", "discontinued")
EVENTS: Final[tuple[Event, ...]] = (
    "none", "to_tightened", "to_normal", "to_reduced", "discontinued", "lifted", "not_counted",
)  # fmt: skip
NORMAL, TIGHTENED, REDUCED, STOPPED = range(4)
NO_EVENT: Final = -1
_NONE, _TO_TIGHTENED, _TO_NORMAL, _TO_REDUCED, _STOPPED, _LIFTED, _NOT_COUNTED = range(7)
WINDOW: Final = 5  # clause 9.3.1: 2 of 5 or fewer consecutive lots
REFUSED_TO_TIGHTEN: Final = 2
ACCEPTED_TO_RELAX: Final = 5  # clause 9.3.2
REFUSED_TO_STOP: Final = 5  # clause 9.4
SCORE_TO_REDUCE: Final = 30  # clause 9.3.3.1

# inspection, score, the last results of normal inspection (True accepted), accepted in a row and
# refused on tightened inspection
Standing = tuple[int, int, tuple[bool, ...], int, int]
START: Final[Standing] = (NORMAL, 0, (), 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotResults:
    """What inspecting many lots gave; ``results[i]`` is the i-th as a ``LotResult``."""

    accepted: Flags
    score: Codes
    one: Callable[..., Any]

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.accepted)

    def __getitem__(self, row: int) -> Any:
        """Return one lot's result as a value."""
        return self.one(accepted=bool(self.accepted[row]), score=int(self.score[row]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """
    Lots of many series as columns; within a series rows stand in the order of inspection.

    ``series`` tells whose lot it is (names or numbers; one value: a single series). ``steady`` and
    ``approved`` are True, False or None for unknown; any frame's columns will do.
    """

    lot: Any
    nonconforming: Any
    series: Any = 0
    original: Any = True
    steady: Any = None
    approved: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """
    Every step of many series, in the order of the rows given; ``steps[i]`` is a ``Step``.

    ``plan_state`` is the inspection the lot had and ``inspection`` the one after it, as places in
    ``INSPECTIONS``. Where a series was already discontinued the lot is not judged: ``judged`` and
    ``accepted`` are False and ``event`` is -1.
    """

    plan_state: Codes
    inspection: Codes
    event: Codes
    score: Ints
    accepted_in_a_row: Ints
    refused_on_tightened: Ints
    recent: npt.NDArray[np.int16]
    """The last lots of normal inspection as bits under a leading 1, newest last."""
    accepted: Flags
    judged: Flags
    series: npt.NDArray[Any]
    step: Callable[..., Any]

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.event)

    def __getitem__(self, row: int) -> Any:
        """
        Return one step as a value.

        :raises Discontinued: if the series had been discontinued before this lot
        """
        bits = bin(int(self.recent[row]))[3:]
        standing = (
            int(self.inspection[row]), int(self.score[row]), tuple(b == "1" for b in bits),
            int(self.accepted_in_a_row[row]), int(self.refused_on_tightened[row]),
        )  # fmt: skip
        return self.step(
            standing, int(self.event[row]), was=int(self.plan_state[row]),
            accepted=bool(self.accepted[row]),
        )  # fmt: skip

    def last(self) -> dict[Any, int]:
        """Return for each series the row of its last lot."""
        return {name: row for row, name in enumerate(self.series.tolist())}


def judge_many(plans: Plans, nonconforming: npt.ArrayLike, one: Callable[..., Any]) -> LotResults:
    """Judge lots by their single plans (see ``switching.judge``)."""
    counts = columns.whole("nonconforming", nonconforming, least=0)
    ac, letter, aql, found = columns.spread(
        plans=plans.ac, letter=plans.letter, aql=plans.aql, nonconforming=counts
    )
    accepted = found <= ac
    tighter = _tighter()[letter, aql]
    score = np.where(ac <= 1, np.where(accepted, 2, 0), np.where(found <= tighter, 3, 0))
    return LotResults(accepted=accepted, score=score.astype(np.int8), one=one)


@lru_cache(maxsize=1)
def _tighter() -> Ints:
    """Return the acceptance number one AQL step tighter by letter and AQL; -1 where none is."""
    table = np.full((17, 26), -1, np.int64)
    for letter in range(17):
        for aql in range(1, 26):
            found = own_ac("normal", letter, aql - 1)
            table[letter, aql] = -1 if found is None else found
    return table


def replay_many(
    asked: Histories, *, level: Any, aql_percent: Any, starts: Callable[[Any], Standing],
    step: Callable[..., Any],
) -> Steps:  # fmt: skip
    """Judge every lot by the plan its series' state asks for (see ``switching.replay``)."""
    rows = columns.spread(
        lot=columns.whole("lot", asked.lot), series=asked.series,
        nonconforming=columns.whole("nonconforming", asked.nonconforming, least=0),
        original=columns.flags(asked.original), steady=columns.flags(asked.steady),
        approved=columns.flags(asked.approved),
    )  # fmt: skip
    if rows[0].ndim > 1:
        raise InvalidQuestion(f"lots are one column, not an array of shape {rows[0].shape}")
    lot, series, found, original, steady, approved = rows
    verdicts = []
    for state in STATES:
        plans = single(lot, level=level, aql_percent=aql_percent, state=state)
        if len(plans) != len(lot):
            raise InvalidQuestion(f"{len(plans)} settings for {len(lot)} lots")
        verdicts.append(judge_many(plans, found, dict))
    names, who = np.unique(series, return_inverse=True)
    order = np.argsort(who, kind="stable")
    table = [
        *(verdict.accepted[order].tolist() for verdict in verdicts),
        verdicts[NORMAL].score[order].tolist(), original[order].tolist(),
        ((steady == 1) & (approved == 1))[order].tolist(),
        ((steady == 0) | (approved == 0))[order].tolist(), who.ravel()[order].tolist(),
    ]  # fmt: skip
    walked = _walk(table, [starts(name) for name in names.tolist()])
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    grid = np.array(walked, np.int64).reshape(len(order), 8)[back].T
    return Steps(
        plan_state=grid[0].astype(np.int8), inspection=grid[1].astype(np.int8),
        event=grid[2].astype(np.int8), score=grid[3], recent=grid[4].astype(np.int16),
        accepted_in_a_row=grid[5], refused_on_tightened=grid[6], accepted=grid[7] == 1,
        judged=grid[2] != NO_EVENT, series=series, step=step,
    )  # fmt: skip


def _bits(recent: tuple[bool, ...]) -> int:
    """Return results as bits under a leading 1, so that their number is kept."""
    return int("1" + "".join("1" if accepted else "0" for accepted in recent), 2)


def _walk(table: list[list[Any]], starts: list[Standing]) -> list[tuple[int, ...]]:
    """Walk the ordered lots; a new series begins from its own standing."""
    out = []
    current, state = -1, (NORMAL, 0, 1, 0, 0)
    for normal, tightened, reduced, score, original, calm, trouble, who in zip(*table, strict=True):
        if who != current:
            current = who
            place, points, recent, row, refused = starts[who]
            state = (place, points, _bits(recent), row, refused)
        was = state[0]
        if was == STOPPED:
            out.append((was, *_flat(state, NO_EVENT), 0))
            continue
        accepted = (normal, tightened, reduced)[was]
        event = _NOT_COUNTED
        if original:
            if was == NORMAL:
                state, event = _on_normal(state, accepted, score, calm)
            elif was == TIGHTENED:
                state, event = _on_tightened(state, accepted)
            elif not accepted or trouble:
                state, event = (NORMAL, 0, 1, 0, 0), _TO_NORMAL
            else:
                event = _NONE
        out.append((was, *_flat(state, event), int(accepted)))
    return out


State = tuple[int, int, int, int, int]


def _flat(state: State, event: int) -> tuple[int, ...]:
    return (state[0], event, *state[1:])


_WINDOW_BIT: Final = 1 << WINDOW


def _on_normal(state: State, accepted: bool, score: int, calm: bool) -> tuple[State, int]:  # noqa: FBT001
    _, points, recent, row, refused = state
    recent = recent * 2 + accepted
    if recent >= 2 * _WINDOW_BIT:  # more than the window: drop the oldest under the leading 1
        recent = recent % _WINDOW_BIT + _WINDOW_BIT
    length = recent.bit_length() - 1
    if length - (recent.bit_count() - 1) >= REFUSED_TO_TIGHTEN:
        return (TIGHTENED, 0, 1, 0, 0), _TO_TIGHTENED
    points = points + score if accepted and score else 0
    if points >= SCORE_TO_REDUCE and calm:
        return (REDUCED, points, 1, 0, 0), _TO_REDUCED
    return (NORMAL, points, recent, row, refused), _NONE


def _on_tightened(state: State, accepted: bool) -> tuple[State, int]:  # noqa: FBT001
    _, score, recent, row, refused = state
    row = row + 1 if accepted else 0
    refused += not accepted
    if refused >= REFUSED_TO_STOP:
        return (STOPPED, 0, 1, 0, refused), _STOPPED
    if row >= ACCEPTED_TO_RELAX:
        return (NORMAL, 0, 1, 0, 0), _TO_NORMAL
    return (TIGHTENED, score, recent, row, refused), _NONE
