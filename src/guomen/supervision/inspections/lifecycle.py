"""States of a work order and the moves between them, as data. Not for who may make them."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class OrderState(StrEnum):
    """Where a work order stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    UNDERWAY = "underway"
    COMPLETED = "completed"
    NOT_PERFORMED = "not_performed"
    CANCELLED = "cancelled"


class OrderMove(StrEnum):
    """What may be done with a work order."""

    ASSIGN = "assign"
    REASSIGN = "reassign"
    BEGIN = "begin"
    COMPLETE = "complete"
    FORGO = "forgo"
    CANCEL = "cancel"


STATE_NAMES = MappingProxyType(
    {
        OrderState.OPEN: Text(zh="待派工", en="To be assigned"),
        OrderState.ASSIGNED: Text(zh="已派工", en="Assigned"),
        OrderState.UNDERWAY: Text(zh="查验中", en="Under way"),
        OrderState.COMPLETED: Text(zh="已完成", en="Completed"),
        OrderState.NOT_PERFORMED: Text(zh="未实施，转欠查", en="Not carried out, owed"),
        OrderState.CANCELLED: Text(zh="已取消", en="Cancelled"),
    }
)
MOVE_NAMES = MappingProxyType(
    {
        OrderMove.ASSIGN: Text(zh="派工", en="Assign"),
        OrderMove.REASSIGN: Text(zh="改派", en="Reassign"),
        OrderMove.BEGIN: Text(zh="开始查验", en="Begin"),
        OrderMove.COMPLETE: Text(zh="完成查验", en="Complete"),
        OrderMove.FORGO: Text(zh="未能实施", en="Not carry out"),
        OrderMove.CANCEL: Text(zh="取消", en="Cancel"),
    }
)

# Something is still to be done by somebody.
LIVE = (OrderState.OPEN, OrderState.ASSIGNED, OrderState.UNDERWAY)

_MOVES: dict[tuple[OrderState, OrderMove], OrderState] = {
    (OrderState.OPEN, OrderMove.ASSIGN): OrderState.ASSIGNED,
    (OrderState.ASSIGNED, OrderMove.REASSIGN): OrderState.ASSIGNED,
    (OrderState.UNDERWAY, OrderMove.REASSIGN): OrderState.ASSIGNED,
    (OrderState.ASSIGNED, OrderMove.BEGIN): OrderState.UNDERWAY,
    (OrderState.UNDERWAY, OrderMove.BEGIN): OrderState.UNDERWAY,
    # What was done without a network may arrive before its beginning was told.
    (OrderState.ASSIGNED, OrderMove.COMPLETE): OrderState.COMPLETED,
    (OrderState.UNDERWAY, OrderMove.COMPLETE): OrderState.COMPLETED,
}
_MOVES |= {(state, OrderMove.FORGO): OrderState.NOT_PERFORMED for state in LIVE}
_MOVES |= {(state, OrderMove.CANCEL): OrderState.CANCELLED for state in LIVE}

WORK_ORDER = Lifecycle(
    name=Text(zh="工作单", en="Work order"),
    start=OrderState.OPEN,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
)
