"""States of a sample, of a test and of a run of the bench, as data. Not for who may move them."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class SampleState(StrEnum):
    """Where a sample stands."""

    TAKEN = "taken"
    UNDER_WAY = "under_way"
    RECEIVED = "received"
    REFUSED = "refused"
    TESTED = "tested"
    KEPT = "kept"
    DISPOSED = "disposed"


class SampleMove(StrEnum):
    """What can happen to a sample."""

    PASS_ON = "pass_on"  # noqa: S105 - a move, not a password
    RECEIVE = "receive"
    REFUSE = "refuse"
    FINISH = "finish"
    TEST_AGAIN = "test_again"
    KEEP = "keep"
    DISPOSE = "dispose"


SAMPLE_STATE_NAMES = MappingProxyType(
    {
        SampleState.TAKEN: Text(zh="已抽样", en="Taken"),
        SampleState.UNDER_WAY: Text(zh="流转中", en="Under way"),
        SampleState.RECEIVED: Text(zh="实验室已收样", en="At the laboratory"),
        SampleState.REFUSED: Text(zh="拒收", en="Refused by the laboratory"),
        SampleState.TESTED: Text(zh="检测完毕", en="Tested"),
        SampleState.KEPT: Text(zh="留样", en="Kept"),
        SampleState.DISPOSED: Text(zh="已处置", en="Disposed of"),
    }
)
SAMPLE_MOVE_NAMES = MappingProxyType(
    {
        SampleMove.PASS_ON: Text(zh="交接", en="Hand over"),
        SampleMove.RECEIVE: Text(zh="收样", en="Receive"),
        SampleMove.REFUSE: Text(zh="拒收", en="Refuse"),
        SampleMove.FINISH: Text(zh="检测完毕", en="Finish testing"),
        SampleMove.TEST_AGAIN: Text(zh="复验", en="Test again"),
        SampleMove.KEEP: Text(zh="转留样", en="Keep"),
        SampleMove.DISPOSE: Text(zh="处置", en="Dispose of"),
    }
)
_S, _M = SampleState, SampleMove
SAMPLE = Lifecycle(
    name=Text(zh="样品", en="Sample"),
    start=SampleState.TAKEN,
    # A sample that is refused is never received after all: a new one is taken.
    moves=MappingProxyType(
        {
            (_S.TAKEN, _M.PASS_ON): _S.UNDER_WAY,
            (_S.UNDER_WAY, _M.PASS_ON): _S.UNDER_WAY,
            (_S.UNDER_WAY, _M.RECEIVE): _S.RECEIVED,
            (_S.UNDER_WAY, _M.REFUSE): _S.REFUSED,
            (_S.RECEIVED, _M.FINISH): _S.TESTED,
            (_S.TESTED, _M.TEST_AGAIN): _S.RECEIVED,
            (_S.TAKEN, _M.KEEP): _S.KEPT,
            # A sampler who brings the sample in person gives it to the analyst directly.
            (_S.TAKEN, _M.RECEIVE): _S.RECEIVED,
            (_S.TAKEN, _M.REFUSE): _S.REFUSED,
            (_S.KEPT, _M.PASS_ON): _S.UNDER_WAY,
            (_S.TESTED, _M.DISPOSE): _S.DISPOSED,
            (_S.KEPT, _M.DISPOSE): _S.DISPOSED,
            (_S.REFUSED, _M.DISPOSE): _S.DISPOSED,
        }
    ),
    state_names=SAMPLE_STATE_NAMES,
    move_names=SAMPLE_MOVE_NAMES,
)


class TestState(StrEnum):
    """Where a test of a sample stands; only an approved one says anything of the goods."""

    __test__ = False

    ORDERED = "ordered"
    ON_BENCH = "on_bench"
    ENTERED = "entered"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class TestMove(StrEnum):
    """What can happen to a test."""

    __test__ = False

    START = "start"
    ENTER = "enter"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    CORRECT = "correct"
    CANCEL = "cancel"


TEST_STATE_NAMES = MappingProxyType(
    {
        TestState.ORDERED: Text(zh="待检", en="Ordered"),
        TestState.ON_BENCH: Text(zh="检测中", en="On the bench"),
        TestState.ENTERED: Text(zh="待批准", en="Awaits approval"),
        TestState.APPROVED: Text(zh="已批准", en="Approved"),
        TestState.CANCELLED: Text(zh="已取消", en="Cancelled"),
    }
)
TEST_MOVE_NAMES = MappingProxyType(
    {
        TestMove.START: Text(zh="上机", en="Put on the bench"),
        TestMove.ENTER: Text(zh="录入结果", en="Enter the result"),
        TestMove.APPROVE: Text(zh="批准", en="Approve"),
        TestMove.SEND_BACK: Text(zh="退回重测", en="Send back"),
        TestMove.CORRECT: Text(zh="更正", en="Correct"),
        TestMove.CANCEL: Text(zh="取消", en="Cancel"),
    }
)
_T, _D = TestState, TestMove
TEST = Lifecycle(
    name=Text(zh="检测项目", en="Test"),
    start=TestState.ORDERED,
    moves=MappingProxyType(
        {
            (_T.ORDERED, _D.START): _T.ON_BENCH,
            (_T.ON_BENCH, _D.ENTER): _T.ENTERED,
            (_T.ON_BENCH, _D.SEND_BACK): _T.ORDERED,
            (_T.ENTERED, _D.ENTER): _T.ENTERED,
            (_T.ENTERED, _D.SEND_BACK): _T.ORDERED,
            (_T.ENTERED, _D.APPROVE): _T.APPROVED,
            (_T.APPROVED, _D.CORRECT): _T.ENTERED,
            (_T.ORDERED, _D.CANCEL): _T.CANCELLED,
            (_T.ON_BENCH, _D.CANCEL): _T.CANCELLED,
        }
    ),
    state_names=TEST_STATE_NAMES,
    move_names=TEST_MOVE_NAMES,
    serious=frozenset({TestMove.APPROVE}),
)


class RunState(StrEnum):
    """Where a run of a method stands; results leave only a run that was passed."""

    OPEN = "open"
    PASSED = "passed"
    BLOCKED = "blocked"
    CLOSED = "closed"
    VOID = "void"


class RunMove(StrEnum):
    """What can happen to a run."""

    PASS = "pass"  # noqa: S105 - a move, not a password
    BLOCK = "block"
    CLOSE = "close"
    VOID = "void"


RUN_STATE_NAMES = MappingProxyType(
    {
        RunState.OPEN: Text(zh="进行中", en="Open"),
        RunState.PASSED: Text(zh="质控通过", en="Passed its controls"),
        RunState.BLOCKED: Text(zh="质控失控", en="Blocked by its controls"),
        RunState.CLOSED: Text(zh="已完成", en="Closed"),
        RunState.VOID: Text(zh="作废", en="Void"),
    }
)
RUN_MOVE_NAMES = MappingProxyType(
    {
        RunMove.PASS: Text(zh="质控通过", en="Pass"),
        RunMove.BLOCK: Text(zh="质控拦截", en="Block"),
        RunMove.CLOSE: Text(zh="完成", en="Close"),
        RunMove.VOID: Text(zh="作废重测", en="Void and repeat"),
    }
)
_R, _N = RunState, RunMove
RUN = Lifecycle(
    name=Text(zh="检测批", en="Run"),
    start=RunState.OPEN,
    # Controls may be read again while a run is not closed; a blocked run only ends as void.
    moves=MappingProxyType(
        {
            (_R.OPEN, _N.PASS): _R.PASSED,
            (_R.OPEN, _N.BLOCK): _R.BLOCKED,
            (_R.PASSED, _N.PASS): _R.PASSED,
            (_R.PASSED, _N.BLOCK): _R.BLOCKED,
            (_R.PASSED, _N.CLOSE): _R.CLOSED,
            (_R.BLOCKED, _N.VOID): _R.VOID,
            (_R.OPEN, _N.VOID): _R.VOID,
            (_R.PASSED, _N.VOID): _R.VOID,
        }
    ),
    state_names=RUN_STATE_NAMES,
    move_names=RUN_MOVE_NAMES,
)
