from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.sampling.reference import vectors

from guomen.core.sampling import Discontinued, History, InvalidQuestion, LotResult, SwitchState
from guomen.core.sampling.iso2859 import single
from guomen.core.sampling.switching import judge, judge_staged, replay

GOOD, BAD = LotResult(accepted=True, score=3), LotResult(accepted=False, score=0)


@pytest.mark.parametrize("vector", vectors("switch"), ids=lambda v: str(v["id"]))
def test_a_shared_history_replays(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    steps = replay(
        [
            History(
                lot=asked["lot"],
                nonconforming=count,
                steady=asked["production_steady"],
                approved=asked["reduced_approved"],
            )
            for count in asked["nonconforming"]
        ],
        level=asked["level"],
        aql_percent=asked["aql"],
    )
    assert [step.state.inspection for step in steps] == expected["states"]
    assert steps[-1].state.score == expected["score"]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), max_size=40),
    st.integers(0, 40),
)
def test_replaying_equals_going_step_by_step_from_any_point(
    lots: list[tuple[int, bool, bool]], cut: int
) -> None:
    history = [
        History(lot=2000, nonconforming=c, steady=steady, original=original, approved=True)
        for c, steady, original in lots
    ]
    try:
        whole = replay(history, aql_percent=1.0)
    except Discontinued:
        return
    first = replay(history[:cut], aql_percent=1.0)
    start = first[-1].state if first else SwitchState()
    assert whole == first + replay(history[cut:], aql_percent=1.0, start=start)


def after(results: list[LotResult], **known: Any) -> SwitchState:
    state = SwitchState()
    for result in results:
        state = state.apply(result, **known).state
    return state


def test_two_refusals_six_lots_apart_do_not_tighten() -> None:
    assert after([BAD, GOOD, GOOD, GOOD, GOOD, BAD]).inspection == "normal"
    assert after([BAD, GOOD, GOOD, GOOD, BAD]).inspection == "tightened"


def test_reduced_inspection_needs_steady_production_and_approval_known_true() -> None:
    for known in ({}, {"steady": True}, {"approved": True}, {"steady": True, "approved": False}):
        state = after([GOOD] * 12, **known)
        assert (state.inspection, state.score) == ("normal", 36)
    assert after([GOOD] * 10, steady=True, approved=True).inspection == "reduced"


def test_reduced_inspection_ends_on_a_refusal_or_known_trouble() -> None:
    reduced = after([GOOD] * 10, steady=True, approved=True)
    assert reduced.apply(GOOD).state.inspection == "reduced"
    assert reduced.apply(BAD).event == "to_normal"
    assert reduced.apply(GOOD, steady=False).event == "to_normal"
    assert reduced.apply(GOOD, approved=False).event == "to_normal"


def test_five_refusals_on_tightened_discontinue_until_lifted() -> None:
    state = after([BAD, BAD])
    for _ in range(4):
        state = state.apply(BAD).state
        state = state.apply(GOOD).state
    assert state.inspection == "tightened"
    state = state.apply(BAD).state
    assert state.inspection == "discontinued"
    with pytest.raises(Discontinued, match="lift"):
        state.apply(GOOD)
    resumed = state.lift()
    assert (resumed.state, resumed.event) == (SwitchState(inspection="tightened"), "lifted")
    with pytest.raises(InvalidQuestion):
        resumed.state.lift()


def test_a_resubmitted_lot_counts_for_nothing() -> None:
    state = after([BAD])
    assert state.apply(BAD, original=False).state is state


def test_the_score_asks_whether_the_lot_would_pass_one_step_tighter() -> None:
    plan = single(2000, aql_percent=1.0)  # K, 125, 3; one step tighter has Ac 2
    assert [judge(plan, x).score for x in (2, 3, 4)] == [3, 0, 0]
    zero = single(120, aql_percent=1.0)  # E, 13, 0
    assert [judge(zero, x).score for x in (0, 1)] == [2, 0]
    with pytest.raises(InvalidQuestion):
        judge(plan, None)


def test_staged_plans_score_when_accepted_early() -> None:
    assert judge_staged(accepted=True, at_stage=1, stages=2).score == 3
    assert judge_staged(accepted=True, at_stage=2, stages=2).score == 0
    assert judge_staged(accepted=True, at_stage=3, stages=5).score == 3
    assert judge_staged(accepted=False, at_stage=1, stages=5).score == 0


@given(st.lists(st.booleans(), max_size=60))
def test_every_step_gives_a_reason_in_both_languages(lots: list[bool]) -> None:
    state = SwitchState()
    for accepted in lots:
        if state.inspection == "discontinued":
            state = state.lift().state
        state, _, reason = state.apply(GOOD if accepted else BAD, steady=True, approved=True)
        assert reason.zh
        assert reason.en
