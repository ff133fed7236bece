"""Every pair of state and move of samples, tests and runs; what the database itself refuses."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from guomen.core.lifecycle import MoveRefusedError
from guomen.supervision.samples.lifecycle import (
    RUN,
    SAMPLE,
    TEST,
    RunMove,
    RunState,
    SampleMove,
    SampleState,
    TestMove,
    TestState,
)

# What the pages promise, written out once more by hand.
OPEN: dict[str, dict[str, str]] = {
    "sample": {
        "taken": "pass_on keep receive refuse",
        "under_way": "pass_on receive refuse",
        "received": "finish",
        "refused": "dispose",
        "tested": "test_again dispose",
        "kept": "pass_on dispose",
        "disposed": "",
    },
    "test": {
        "ordered": "start cancel",
        "on_bench": "enter send_back cancel",
        "entered": "enter send_back approve",
        "approved": "correct",
        "cancelled": "",
    },
    "run": {
        "open": "pass block void",
        "passed": "pass block close void",
        "blocked": "void",
        "closed": "",
        "void": "",
    },
}
LIVES = {
    "sample": (SAMPLE, SampleState, SampleMove),
    "test": (TEST, TestState, TestMove),
    "run": (RUN, RunState, RunMove),
}


@pytest.mark.parametrize("name", LIVES)
def test_every_pair_of_state_and_move(name: str) -> None:
    life: Any
    life, states, moves = LIVES[name]
    assert set(OPEN[name]) == {state.value for state in states}
    for state, move in product(states, moves):
        if move.value in OPEN[name][state.value].split():
            assert life.after(state, move) in states
        else:
            with pytest.raises(MoveRefusedError):
                life.after(state, move)


@pytest.mark.parametrize("name", LIVES)
def test_every_state_is_reached_and_named_in_both_languages(name: str) -> None:
    life: Any
    life, states, moves = LIVES[name]
    assert set(life.states()) == set(states)
    assert all(life.state_names[state].zh and life.state_names[state].en for state in states)
    assert all(life.move_names[move].zh and life.move_names[move].en for move in moves)


def test_a_result_is_approved_only_from_where_one_was_entered() -> None:
    assert [state for state, move in TEST.moves if move is TestMove.APPROVE] == [TestState.ENTERED]
    into = {state for (state, move), target in TEST.moves.items() if target is TestState.APPROVED}
    assert into == {TestState.ENTERED}


def test_a_blocked_run_lets_nothing_go() -> None:
    assert RUN.moves_from(RunState.BLOCKED) == (RunMove.VOID,)
    assert RUN.is_final(RunState.VOID)
