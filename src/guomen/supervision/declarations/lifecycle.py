"""The life of a consignment line, from its lodging to its release or disposal, as a table."""

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
    SAMPLING = "sampling"
    TESTING = "testing"
    ASSESSED = "assessed"
    RELEASED = "released"
    CONDITIONALLY_RELEASED = "conditionally_released"
    NONCONFORMING = "nonconforming"
    REINSPECTION = "reinspection"
    UNDER_DISPOSAL = "under_disposal"
    DISPOSED = "disposed"
    WITHDRAWN = "withdrawn"


class LineMove(StrEnum):
    """What can happen to a line."""

    HOLD = "hold"
    REFUSE = "refuse"
    CHECK_DOCUMENTS = "check_documents"
    INSPECT = "inspect"
    SAMPLE = "sample"
    TEST = "test"
    ASSESS = "assess"
    RELEASE = "release"
    RELEASE_CONDITIONALLY = "release_conditionally"
    FAIL = "fail"
    REINSPECT = "reinspect"
    ORDER_DISPOSAL = "order_disposal"
    DISPOSE = "dispose"
    WITHDRAW = "withdraw"


STATE_NAMES = MappingProxyType(
    {
        LineState.LODGED: Text(zh="已申报", en="Lodged"),
        LineState.HELD: Text(zh="暂停办理", en="Held"),
        LineState.REFUSED: Text(zh="不予受理", en="Refused"),
        LineState.UNDER_DOCUMENT_CHECK: Text(zh="待审单", en="Awaiting document check"),
        LineState.UNDER_INSPECTION: Text(zh="待查验", en="Awaiting inspection"),
        LineState.SAMPLING: Text(zh="待抽样", en="Awaiting samples"),
        LineState.TESTING: Text(zh="检测中", en="Being tested"),
        LineState.ASSESSED: Text(zh="待评定处置", en="Awaiting disposition"),
        LineState.RELEASED: Text(zh="已放行", en="Released"),
        LineState.CONDITIONALLY_RELEASED: Text(zh="附条件放行", en="Conditionally released"),
        LineState.NONCONFORMING: Text(zh="不合格", en="Non-conforming"),
        LineState.REINSPECTION: Text(zh="复验中", en="Under re-inspection"),
        LineState.UNDER_DISPOSAL: Text(zh="处置中", en="Under disposal"),
        LineState.DISPOSED: Text(zh="已处置", en="Disposed of"),
        LineState.WITHDRAWN: Text(zh="已撤回", en="Withdrawn"),
    }
)
MOVE_NAMES = MappingProxyType(
    {
        LineMove.HOLD: Text(zh="暂停", en="Hold"),
        LineMove.REFUSE: Text(zh="不予受理", en="Refuse"),
        LineMove.CHECK_DOCUMENTS: Text(zh="转审单", en="Send to document check"),
        LineMove.INSPECT: Text(zh="转查验", en="Send to inspection"),
        LineMove.SAMPLE: Text(zh="转抽样", en="Send for samples"),
        LineMove.TEST: Text(zh="送检", en="Send for tests"),
        LineMove.ASSESS: Text(zh="结果齐全", en="Have every result"),
        LineMove.RELEASE: Text(zh="放行", en="Release"),
        LineMove.RELEASE_CONDITIONALLY: Text(zh="附条件放行", en="Release on conditions"),
        LineMove.FAIL: Text(zh="判定不合格", en="Find non-conforming"),
        LineMove.REINSPECT: Text(zh="受理复验", en="Take up a re-inspection"),
        LineMove.ORDER_DISPOSAL: Text(zh="责令处置", en="Order a disposal"),
        LineMove.DISPOSE: Text(zh="处置完毕", en="Prove the disposal"),
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

# From the inspection to the end. Samples that are wanted or tested are results that are not known:
# no release leads out of there, only out of the state in which every result is known.
_MOVES |= {
    (state, move): target
    for target, move, states in (
        (
            LineState.SAMPLING,
            LineMove.SAMPLE,
            (
                LineState.UNDER_INSPECTION,
                LineState.UNDER_DOCUMENT_CHECK,
                LineState.TESTING,
                LineState.ASSESSED,
                LineState.CONDITIONALLY_RELEASED,
                LineState.REINSPECTION,
                LineState.UNDER_DISPOSAL,
            ),
        ),
        (
            LineState.TESTING,
            LineMove.TEST,
            (LineState.UNDER_INSPECTION, LineState.SAMPLING, LineState.REINSPECTION),
        ),
        (
            LineState.ASSESSED,
            LineMove.ASSESS,
            (
                LineState.UNDER_INSPECTION,
                LineState.UNDER_DOCUMENT_CHECK,
                LineState.TESTING,
                LineState.CONDITIONALLY_RELEASED,
                LineState.REINSPECTION,
            ),
        ),
        (
            LineState.UNDER_INSPECTION,
            LineMove.INSPECT,
            (
                LineState.SAMPLING,
                LineState.TESTING,
                LineState.ASSESSED,
                LineState.REINSPECTION,
                LineState.UNDER_DISPOSAL,
            ),
        ),
        (LineState.RELEASED, LineMove.RELEASE, (LineState.ASSESSED,)),
        (
            LineState.CONDITIONALLY_RELEASED,
            LineMove.RELEASE_CONDITIONALLY,
            (LineState.ASSESSED,),
        ),
        (
            LineState.NONCONFORMING,
            LineMove.FAIL,
            (
                LineState.SAMPLING,
                LineState.TESTING,
                LineState.ASSESSED,
                LineState.CONDITIONALLY_RELEASED,
                LineState.REINSPECTION,
            ),
        ),
        (
            LineState.REINSPECTION,
            LineMove.REINSPECT,
            (LineState.NONCONFORMING, LineState.UNDER_DISPOSAL),
        ),
        (LineState.UNDER_DISPOSAL, LineMove.ORDER_DISPOSAL, (LineState.NONCONFORMING,)),
        (LineState.DISPOSED, LineMove.DISPOSE, (LineState.UNDER_DISPOSAL,)),
    )
    for state in states
}
# A result of the check is still to come.
AWAITING_RESULT = (
    LineState.UNDER_DOCUMENT_CHECK,
    LineState.UNDER_INSPECTION,
    LineState.SAMPLING,
    LineState.TESTING,
    LineState.ASSESSED,
    LineState.CONDITIONALLY_RELEASED,
    LineState.REINSPECTION,
)
# The last word on the goods is still to come.
UNFINISHED = (*OPEN, *(state for state in AWAITING_RESULT if state not in OPEN))

LINE = Lifecycle(
    name=Text(zh="货物批", en="Consignment line"),
    start=LineState.LODGED,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
)
