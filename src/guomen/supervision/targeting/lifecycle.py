"""States of a plan of the day and the moves between them, as data. Not for who may move it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class PlanState(StrEnum):
    """Where a plan stands; only ``released`` is decided by."""

    BUILT = "built"
    PROPOSED = "proposed"
    RELEASED = "released"
    DROPPED = "dropped"
    ROLLED_BACK = "rolled_back"


STATE_NAMES = MappingProxyType(
    {
        PlanState.BUILT: Text(zh="已生成", en="Built"),
        PlanState.PROPOSED: Text(zh="待复核", en="Proposed for release"),
        PlanState.RELEASED: Text(zh="已发布", en="Released"),
        PlanState.DROPPED: Text(zh="未采用", en="Not used"),
        PlanState.ROLLED_BACK: Text(zh="已回退", en="Rolled back"),
    }
)


class PlanMove(StrEnum):
    """What may be done to a plan."""

    PROPOSE = "propose"
    RELEASE = "release"
    DROP = "drop"
    ROLL_BACK = "roll_back"


MOVE_NAMES = MappingProxyType(
    {
        PlanMove.PROPOSE: Text(zh="提请发布", en="Propose for release"),
        PlanMove.RELEASE: Text(zh="复核发布", en="Release"),
        PlanMove.DROP: Text(zh="不采用", en="Drop"),
        PlanMove.ROLL_BACK: Text(zh="回退", en="Roll back"),
    }
)

_MOVES: dict[tuple[PlanState, PlanMove], PlanState] = {
    (PlanState.BUILT, PlanMove.PROPOSE): PlanState.PROPOSED,
    (PlanState.BUILT, PlanMove.DROP): PlanState.DROPPED,
    (PlanState.PROPOSED, PlanMove.RELEASE): PlanState.RELEASED,
    (PlanState.PROPOSED, PlanMove.DROP): PlanState.DROPPED,
    (PlanState.RELEASED, PlanMove.ROLL_BACK): PlanState.ROLLED_BACK,
}

PLAN = Lifecycle(
    name=Text(zh="研判方案", en="Plan of the day"),
    start=PlanState.BUILT,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
    serious=frozenset({PlanMove.RELEASE}),
)
