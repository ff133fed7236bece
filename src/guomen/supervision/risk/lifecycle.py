"""
States of a signal and the moves between them, as data. Not for who may make a move.

A signal is cleared by a person: no quiet week closes it.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class SignalState(StrEnum):
    """Where a signal stands."""

    RAISED = "raised"
    TAKEN_UP = "taken_up"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class SignalMove(StrEnum):
    """What may be done to a signal."""

    TAKE_UP = "take_up"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    REOPEN = "reopen"


STATE_NAMES = MappingProxyType(
    {
        SignalState.RAISED: Text(zh="新信号", en="Raised"),
        SignalState.TAKEN_UP: Text(zh="核查中", en="Taken up"),
        SignalState.CONFIRMED: Text(zh="已确认风险", en="Confirmed"),
        SignalState.DISMISSED: Text(zh="已排除", en="Dismissed"),
    }
)
MOVE_NAMES = MappingProxyType(
    {
        SignalMove.TAKE_UP: Text(zh="受理核查", en="Take up"),
        SignalMove.CONFIRM: Text(zh="确认风险", en="Confirm the risk"),
        SignalMove.DISMISS: Text(zh="排除", en="Dismiss"),
        SignalMove.REOPEN: Text(zh="重新核查", en="Reopen"),
    }
)
_MOVES: dict[tuple[SignalState, SignalMove], SignalState] = {
    (SignalState.RAISED, SignalMove.TAKE_UP): SignalState.TAKEN_UP,
    (SignalState.RAISED, SignalMove.DISMISS): SignalState.DISMISSED,
    (SignalState.TAKEN_UP, SignalMove.CONFIRM): SignalState.CONFIRMED,
    (SignalState.TAKEN_UP, SignalMove.DISMISS): SignalState.DISMISSED,
    (SignalState.CONFIRMED, SignalMove.REOPEN): SignalState.TAKEN_UP,
    (SignalState.DISMISSED, SignalMove.REOPEN): SignalState.TAKEN_UP,
}
SIGNAL = Lifecycle(
    name=Text(zh="预警信号", en="Signal"),
    start=SignalState.RAISED,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
)
OPEN = (SignalState.RAISED, SignalState.TAKEN_UP)
