"""
Switching between normal, tightened and reduced inspection, lot by lot.

A state is a value; applying a lot's result gives the next state, what
happened, and the clause that made it happen, so a history replays to the same
state always. Not for choosing the plan of a lot: see ``iso2859.single``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from guomen.core.errors import GuomenError
from guomen.core.sampling import columns
from guomen.core.sampling import iso2859_tables as tables
from guomen.core.sampling.iso2859 import Plans, single
from guomen.core.sampling.plan import InvalidQuestion, Plan
from guomen.core.sampling.switching_many import (
    ACCEPTED_TO_RELAX,
    EVENTS,
    INSPECTIONS,
    REFUSED_TO_STOP,
    REFUSED_TO_TIGHTEN,
    SCORE_TO_REDUCE,
    STOPPED,
    WINDOW,
    Event,
    Histories,
    Inspection,
    LotResults,
    Standing,
    Steps,
    judge_many,
    replay_many,
)  # fmt: skip
from guomen.core.text import Text


class Discontinued(GuomenError):
    """Acceptance inspection has stopped; lots are not judged until the supplier has acted."""

    code: ClassVar[str] = "sampling.discontinued"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotResult:
    """
    What inspecting one lot gave.

    ``score`` is what the lot adds to the switching score when accepted under normal inspection: 0
    means that the score starts again. See ``judge`` for the arithmetic.
    """

    accepted: bool
    score: int


class Step(NamedTuple):
    """The state after a lot, what happened, and why."""

    state: SwitchState
    event: Event
    reason: Text


@overload
def judge(plan: Plan, nonconforming: int | None) -> LotResult: ...
@overload
def judge(plan: Plan | Plans, nonconforming: npt.ArrayLike) -> LotResults: ...


def judge(plan: Plan | Plans, nonconforming: Any) -> LotResult | LotResults:
    """
    Judge a lot by its single plan and reckon its switching score; ``Plans`` judge many lots.

    Ac of 2 or more: 3 when the lot would also pass one AQL step tighter; Ac of 0 or 1: 2 when
    accepted; else the score starts again. Source: ISO 2859-1:1999, clause 9.3.3.2 a).

    :raises InvalidQuestion: if a count is negative or unknown
    """
    if isinstance(plan, Plans):
        return judge_many(plan, nonconforming, LotResult)
    if columns.is_many(nonconforming):
        given = columns.whole("nonconforming", nonconforming, least=0)
        results = [_judge(plan, count) for count in given.ravel().tolist()]
        return LotResults(
            accepted=np.array([found.accepted for found in results], np.bool_),
            score=np.array([found.score for found in results], np.int8), one=LotResult,
        )  # fmt: skip
    return _judge(plan, nonconforming)


def _judge(plan: Plan, nonconforming: int | None) -> LotResult:
    if nonconforming is None or nonconforming < 0:
        raise InvalidQuestion("a lot is judged on a count; an unknown count accepts nothing")
    accepted = plan.accepts(nonconforming)
    if plan.ac <= 1:
        return LotResult(accepted=accepted, score=2 if accepted else 0)
    tighter = _tighter_ac(plan)
    return LotResult(
        accepted=accepted, score=3 if tighter is not None and nonconforming <= tighter else 0
    )


def judge_staged(*, accepted: Any, at_stage: Any, stages: Any) -> LotResult | LotResults:
    """
    Judge a lot inspected by a double or multiple plan; arrays judge many lots.

    3 when accepted after the first sample of a double plan, or by the third of a multiple one.
    Source: ISO 2859-1:1999, clause 9.3.3.2 b) and c) (recalled, unverified).

    :raises InvalidQuestion: if the stage is not one of the plan's
    """
    passed, place, count = columns.spread(accepted=accepted, at_stage=at_stage, stages=stages)
    wrong = (place < 1) | (place > count) | (count < 2)
    if wrong.any():
        raise InvalidQuestion(
            f"stage {place[wrong][0]} is not one of {count[wrong][0]}, or the plan is single"
        )
    passed = passed.astype(np.bool_)
    score = np.where(passed & (place <= np.where(count == 2, 1, 3)), 3, 0).astype(np.int8)
    if columns.is_many(accepted, at_stage, stages):
        return LotResults(accepted=passed, score=score, one=LotResult)
    return LotResult(accepted=bool(passed[0]), score=int(score[0]))


def _tighter_ac(plan: Plan) -> int | None:
    """Return the acceptance number of the same letter one AQL step tighter."""
    if plan.letter is None or plan.aql_percent is None:
        raise InvalidQuestion("switching needs a plan of ISO 2859-1, with its letter and AQL")
    place = tables.aql_index(plan.aql_percent)
    if place == 0:
        return None
    return tables.own_ac("normal", tables.LETTERS.index(plan.letter), place - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """
    Where a supplier's series of lots stands under the switching rules.

    ``recent`` holds the last lots of normal inspection (True accepted), at most five.
    Source: ISO 2859-1:1999, clauses 9.3 and 9.4 (= GB/T 2828.1-2012).
    """

    inspection: Inspection = "normal"
    score: int = 0
    recent: tuple[bool, ...] = ()
    accepted_in_a_row: int = 0
    refused_on_tightened: int = 0

    def apply(
        self,
        result: LotResult,
        *,
        original: bool = True,
        steady: bool | None = None,
        approved: bool | None = None,
    ) -> Step:
        """
        Return the state after a lot, the event, and the reason.

        `original` is False for a resubmitted lot, which counts for nothing. `steady` tells whether
        production is steady and `approved` whether the authority accepts reduced inspection: both
        must be known true to begin it, and either known false ends it.

        :raises Discontinued: if inspection has been discontinued and not lifted
        """
        if self.inspection == "discontinued":
            raise _stopped(self)
        if not original:
            return Step(self, "not_counted", _REASONS["not_counted"])
        if self.inspection == "tightened":
            return self._on_tightened(result)
        if self.inspection == "reduced":
            return self._on_reduced(result, steady=steady, approved=approved)
        return self._on_normal(result, steady=steady, approved=approved)

    def lift(self) -> Step:
        """
        Resume at tightened inspection once the supplier has acted (clause 9.4).

        :raises InvalidQuestion: if inspection is not discontinued
        """
        if self.inspection != "discontinued":
            raise InvalidQuestion(f"inspection is {self.inspection}, there is nothing to lift")
        return Step(SwitchState(inspection="tightened"), "lifted", _REASONS["lifted"])

    def _on_normal(self, result: LotResult, *, steady: bool | None, approved: bool | None) -> Step:
        recent = (*self.recent, result.accepted)[-WINDOW:]
        if recent.count(False) >= REFUSED_TO_TIGHTEN:
            return Step(
                SwitchState(inspection="tightened"), "to_tightened", _REASONS["to_tightened"]
            )
        score = self.score + result.score if result.accepted and result.score else 0
        after = replace(self, recent=recent, score=score)
        if score < SCORE_TO_REDUCE:
            return Step(after, "none", _REASONS["none"])
        if steady is True and approved is True:
            return Step(
                SwitchState(inspection="reduced", score=score), "to_reduced", _REASONS["to_reduced"]
            )
        return Step(after, "none", _REASONS["score_only"])

    def _on_tightened(self, result: LotResult) -> Step:
        in_a_row = self.accepted_in_a_row + 1 if result.accepted else 0
        refused = self.refused_on_tightened + (not result.accepted)
        if refused >= REFUSED_TO_STOP:
            return Step(
                SwitchState(inspection="discontinued", refused_on_tightened=refused),
                "discontinued",
                _REASONS["discontinued"],
            )
        if in_a_row >= ACCEPTED_TO_RELAX:
            return Step(SwitchState(), "to_normal", _REASONS["to_normal"])
        after = replace(self, accepted_in_a_row=in_a_row, refused_on_tightened=refused)
        return Step(after, "none", _REASONS["none"])

    def _on_reduced(self, result: LotResult, *, steady: bool | None, approved: bool | None) -> Step:
        if not result.accepted:
            return Step(SwitchState(), "to_normal", _REASONS["refused_on_reduced"])
        if steady is False or approved is False:
            return Step(SwitchState(), "to_normal", _REASONS["unsteady"])
        return Step(self, "none", _REASONS["none"])


_REASONS: Final[dict[str, Text]] = {
    "none": Text(zh="未达到转移条件，维持原检验。", en="No rule calls for a change."),
    "not_counted": Text(
        zh="再次提交批不计入转移规则（9.3）。",
        en="A resubmitted lot does not count for switching (9.3).",
    ),
    "to_tightened": Text(
        zh="连续 5 批或少于 5 批中有 2 批初次检验不接收，转加严（9.3.1）。",
        en="Two of five or fewer consecutive lots were not accepted: tightened (9.3.1).",
    ),
    "to_normal": Text(
        zh="加严检验连续 5 批接收，恢复正常（9.3.2）。",
        en="Five consecutive lots were accepted on tightened inspection: normal (9.3.2).",
    ),
    "to_reduced": Text(
        zh="转移得分不低于 30，生产稳定且负责部门同意，转放宽（9.3.3.1）。",
        en="The switching score reached 30, production is steady and the authority agrees: "
        "reduced (9.3.3.1).",
    ),
    "score_only": Text(
        zh="转移得分已达 30，但生产稳定或负责部门同意尚未确认，维持正常（9.3.3.1）。",
        en="The score reached 30, but steady production or approval is not on record: normal "
        "(9.3.3.1).",
    ),
    "refused_on_reduced": Text(
        zh="放宽检验有 1 批不接收，恢复正常（9.3.4）。",
        en="A lot was not accepted on reduced inspection: normal (9.3.4).",
    ),
    "unsteady": Text(
        zh="生产不稳定、延迟或负责部门撤回同意，恢复正常（9.3.4）。",
        en="Production became irregular, or approval was withdrawn: normal (9.3.4).",
    ),
    "discontinued": Text(
        zh="加严检验累计 5 批不接收，暂停检验（9.4）。",
        en="Five lots in all were not accepted on tightened inspection: discontinued (9.4).",
    ),
    "lifted": Text(
        zh="供方已采取措施，从加严检验恢复（9.4）。",
        en="The supplier has acted: inspection resumes, tightened (9.4).",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One lot of a history: its size, what was found, and what was known then."""

    lot: int
    nonconforming: int
    original: bool = True
    steady: bool | None = None
    approved: bool | None = None


@overload
def replay(
    lots: Iterable[History], *, level: str = ..., aql_percent: float,
    start: SwitchState | None = ...,
) -> tuple[Step, ...]: ...  # fmt: skip
@overload
def replay(
    lots: Histories, *, level: Any = ..., aql_percent: Any,
    start: SwitchState | Mapping[Any, SwitchState] | None = ...,
) -> Steps: ...  # fmt: skip


def replay(
    lots: Iterable[History] | Histories,
    *,
    level: Any = "II",
    aql_percent: Any,
    start: Any = None,
) -> tuple[Step, ...] | Steps:
    """
    Judge a history lot by lot, each by the plan its state asks for, and return every step.

    ``Histories`` (columns of many series) give ``Steps``; there `start` may name the state of each
    series, and a lot after discontinuation is marked, not raised.

    >>> steps = replay([History(lot=2000, nonconforming=c) for c in (4, 0, 4)], aql_percent=1.0)
    >>> [step.state.inspection for step in steps]
    ['normal', 'normal', 'tightened']

    :raises Discontinued: if lots of one history follow after inspection was discontinued
    :raises UnknownAQL: if an AQL is not in the series
    :raises InvalidQuestion: if a count is unknown, or columns differ in length
    """
    if isinstance(lots, Histories):
        return replay_many(
            lots, level=level, aql_percent=aql_percent, starts=lambda name: _standing(start, name),
            step=_step,
        )  # fmt: skip
    state, steps = start or SwitchState(), []
    for item in lots:
        inspection = "tightened" if state.inspection == "discontinued" else state.inspection
        plan = single(item.lot, level=level, aql_percent=aql_percent, state=inspection)
        step = state.apply(
            _judge(plan, item.nonconforming),
            original=item.original,
            steady=item.steady,
            approved=item.approved,
        )
        state = step.state
        steps.append(step)
    return tuple(steps)


def _standing(start: Any, name: Any) -> Standing:
    """Return the state a series begins with, as plain numbers."""
    state = start.get(name) if isinstance(start, Mapping) else start
    state = state or SwitchState()
    return (
        INSPECTIONS.index(state.inspection), state.score, state.recent, state.accepted_in_a_row,
        state.refused_on_tightened,
    )  # fmt: skip


def _step(standing: Standing, event: int, *, was: int, accepted: bool) -> Step:
    """Return a step from plain numbers, with its reason."""
    place, score, recent, in_a_row, refused = standing
    state = SwitchState(
        inspection=INSPECTIONS[place], score=score, recent=recent, accepted_in_a_row=in_a_row,
        refused_on_tightened=refused,
    )  # fmt: skip
    if was == STOPPED:
        raise _stopped(state)
    name: Event = EVENTS[event]
    reason: str = name
    if INSPECTIONS[was] == "reduced" and name == "to_normal":
        reason = "unsteady" if accepted else "refused_on_reduced"
    elif INSPECTIONS[was] == "normal" and name == "none" and score >= SCORE_TO_REDUCE:
        reason = "score_only"
    return Step(state, name, _REASONS[reason])


def _stopped(state: SwitchState) -> Discontinued:
    return Discontinued(
        "acceptance inspection is discontinued after five lots refused on tightened "
        "inspection; record the supplier's corrective action and call lift() to resume",
        refused=state.refused_on_tightened,
    )
