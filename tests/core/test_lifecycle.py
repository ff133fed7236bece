"""States and moves as tables."""

from __future__ import annotations

from enum import StrEnum

import pytest

from guomen.core.lifecycle import Lifecycle, MoveRefusedError
from guomen.core.text import Text


class Door(StrEnum):
    SHUT = "shut"
    OPEN = "open"
    GONE = "gone"


class Act(StrEnum):
    PUSH = "push"
    PULL = "pull"
    REMOVE = "remove"


LIFE = Lifecycle(
    name=Text(zh="门", en="Door"),
    start=Door.SHUT,
    moves={
        (Door.SHUT, Act.PUSH): Door.OPEN,
        (Door.OPEN, Act.PULL): Door.SHUT,
        (Door.OPEN, Act.REMOVE): Door.GONE,
    },
    state_names={state: Text(zh="态", en=state) for state in Door},
    move_names={act: Text(zh="动", en=act) for act in Act},
    serious=frozenset({Act.REMOVE}),
)


@pytest.mark.parametrize("state", Door)
@pytest.mark.parametrize("act", Act)
def test_a_move_is_offered_exactly_when_it_is_allowed(state: Door, act: Act) -> None:
    if act in LIFE.moves_from(state):
        assert LIFE.after(state, act) is LIFE.moves[state, act]
    else:
        with pytest.raises(MoveRefusedError) as caught:
            LIFE.after(state, act)
        assert caught.value.data == {"state": str(state), "move": str(act)}
        assert all(str(offered) in str(caught.value) for offered in LIFE.moves_from(state))


def test_states_begin_with_the_start_and_name_ends_too() -> None:
    assert LIFE.states() == (Door.SHUT, Door.OPEN, Door.GONE)


def test_a_state_without_moves_is_final() -> None:
    assert [LIFE.is_final(state) for state in Door] == [False, False, True]


def test_a_refusal_from_a_final_state_says_that_nothing_is_open() -> None:
    with pytest.raises(MoveRefusedError, match="none"):
        LIFE.after(Door.GONE, Act.PUSH)
