"""The life of a consignment line before, at and after its first ruling, as a table."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.severity import Outcome
from guomen.core.text import Text


class LineState(StrEnum):
    """Where a line stands."""

    LODGED = "lodged"
    HELD = "held"
    REFUSED = "refused"
    UNDER_DOCUMENT_CHECK = "under_document_check"
    UNDER_INSPECTION = "under_inspection"
    RELEASED = "released"
    NONCONFORMING = "nonconforming"
    WITHDRAWN = "withdrawn"


class LineMove(StrEnum):
    """What can happen to a line."""

    HOLD = "hold"
    REFUSE = "refuse"
    CHECK_DOCUMENTS = "check_documents"
    INSPECT = "inspect"
    RELEASE = "release"
    FAIL = "fail"
    WITHDRAW = "withdraw"


STATE_NAMES = MappingProxyType(
    {
        LineState.LODGED: Text(zh="已申报", en="Lodged"),
        LineState.HELD: Text(zh="暂停办理", en="Held"),
        LineState.REFUSED: Text(zh="不予受理", en="Refused"),
        LineState.UNDER_DOCUMENT_CHECK: Text(zh="待审单", en="Awaiting document check"),
        LineState.UNDER_INSPECTION: Text(zh="待查验", en="Awaiting inspection"),
        LineState.RELEASED: Text(zh="已放行", en="Released"),
        LineState.NONCONFORMING: Text(zh="不合格", en="Non-conforming"),
        LineState.WITHDRAWN: Text(zh="已撤回", en="Withdrawn"),
    }
)
MOVE_NAMES = MappingProxyType(
    {
        LineMove.HOLD: Text(zh="暂停", en="Hold"),
        LineMove.REFUSE: Text(zh="不予受理", en="Refuse"),
        LineMove.CHECK_DOCUMENTS: Text(zh="转审单", en="Send to document check"),
        LineMove.INSPECT: Text(zh="转查验", en="Send to inspection"),
        LineMove.RELEASE: Text(zh="放行", en="Release"),
        LineMove.FAIL: Text(zh="判定不合格", en="Find non-conforming"),
        LineMove.WITHDRAW: Text(zh="撤回", en="Withdraw"),
    }
)

# Where a ruling of each outcome takes an open line.
MOVE_FOR = MappingProxyType(
    {
        Outcome.RELEASE: LineMove.RELEASE,
        Outcome.DOCUMENT_CHECK: LineMove.CHECK_DOCUMENTS,
        Outcome.INSPECT: LineMove.INSPECT,
        Outcome.INSPECT_AND_SAMPLE: LineMove.INSPECT,
        Outcome.HOLD: LineMove.HOLD,
        Outcome.REFUSE: LineMove.REFUSE,
    }
)
_TARGETS = {
    LineMove.HOLD: LineState.HELD,
    LineMove.REFUSE: LineState.REFUSED,
    LineMove.CHECK_DOCUMENTS: LineState.UNDER_DOCUMENT_CHECK,
    LineMove.INSPECT: LineState.UNDER_INSPECTION,
    LineMove.RELEASE: LineState.RELEASED,
    LineMove.WITHDRAW: LineState.WITHDRAWN,
}
# Lines on which a further ruling may be made: new facts arrive, an officer decides, it is amended.
OPEN = (
    LineState.LODGED,
    LineState.HELD,
    LineState.UNDER_DOCUMENT_CHECK,
    LineState.UNDER_INSPECTION,
)
_MOVES: dict[tuple[LineState, LineMove], LineState] = {
    (state, move): target for state in OPEN for move, target in _TARGETS.items()
}
_MOVES |= {
    (state, LineMove.FAIL): LineState.NONCONFORMING
    for state in (LineState.UNDER_DOCUMENT_CHECK, LineState.UNDER_INSPECTION)
}
# A refusal is lifted, and a release undone before departure, only by an officer's own ruling.
_MOVES |= {(LineState.REFUSED, move): _TARGETS[move] for move in _TARGETS}
_MOVES |= {
    (LineState.RELEASED, move): _TARGETS[move] for move in _TARGETS if move is not LineMove.WITHDRAW
}

# A corrected result: the laboratory finds its mistake after the line was closed.
_MOVES |= {
    (LineState.RELEASED, LineMove.FAIL): LineState.NONCONFORMING,
    (LineState.NONCONFORMING, LineMove.RELEASE): LineState.RELEASED,
}

LINE = Lifecycle(
    name=Text(zh="货物批", en="Consignment line"),
    start=LineState.LODGED,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
)
