"""States in the credit mechanism and the moves between them, as data. Not for who may move."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class BlacklistState(StrEnum):
    """Where a blacklist entry stands; only ``listed`` and ``exit_applied`` have effect on goods."""

    PROPOSED = "proposed"
    NOTIFIED = "notified"
    LISTED = "listed"
    EXIT_APPLIED = "exit_applied"
    DROPPED = "dropped"
    EXITED = "exited"


STATE_NAMES = MappingProxyType(
    {
        BlacklistState.PROPOSED: Text(zh="拟列入", en="Proposed"),
        BlacklistState.NOTIFIED: Text(zh="已告知", en="Notified"),
        BlacklistState.LISTED: Text(zh="已列入", en="Listed"),
        BlacklistState.EXIT_APPLIED: Text(zh="申请退出", en="Exit applied for"),
        BlacklistState.DROPPED: Text(zh="不予列入", en="Dropped"),
        BlacklistState.EXITED: Text(zh="已退出", en="Exited"),
    }
)


class BlacklistMove(StrEnum):
    """What may be done to a blacklist entry."""

    NOTIFY = "notify"
    LIST = "list"
    DROP = "drop"
    APPLY_FOR_EXIT = "apply_for_exit"
    KEEP = "keep"
    RELEASE = "release"


MOVE_NAMES = MappingProxyType(
    {
        BlacklistMove.NOTIFY: Text(zh="告知企业", en="Notify the enterprise"),
        BlacklistMove.LIST: Text(zh="列入", en="List"),
        BlacklistMove.DROP: Text(zh="不予列入", en="Drop"),
        BlacklistMove.APPLY_FOR_EXIT: Text(zh="申请退出", en="Apply for exit"),
        BlacklistMove.KEEP: Text(zh="继续列入", en="Keep on the list"),
        BlacklistMove.RELEASE: Text(zh="准予退出", en="Release"),
    }
)


# The enterprise is heard before it is listed: there is no way from proposed to listed directly.
_MOVES: dict[tuple[BlacklistState, BlacklistMove], BlacklistState] = {
    (BlacklistState.PROPOSED, BlacklistMove.NOTIFY): BlacklistState.NOTIFIED,
    (BlacklistState.PROPOSED, BlacklistMove.DROP): BlacklistState.DROPPED,
    (BlacklistState.NOTIFIED, BlacklistMove.LIST): BlacklistState.LISTED,
    (BlacklistState.NOTIFIED, BlacklistMove.DROP): BlacklistState.DROPPED,
    (BlacklistState.LISTED, BlacklistMove.APPLY_FOR_EXIT): BlacklistState.EXIT_APPLIED,
    (BlacklistState.EXIT_APPLIED, BlacklistMove.KEEP): BlacklistState.LISTED,
    (BlacklistState.EXIT_APPLIED, BlacklistMove.RELEASE): BlacklistState.EXITED,
}

# An enterprise that has applied for exit is still on the list until it is released.
IN_EFFECT = (BlacklistState.LISTED, BlacklistState.EXIT_APPLIED)

BLACKLIST = Lifecycle(
    name=Text(zh="黑名单", en="Blacklist entry"),
    start=BlacklistState.PROPOSED,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
    serious=frozenset({BlacklistMove.LIST, BlacklistMove.RELEASE}),
)


class RecordState(StrEnum):
    """Where a credit record stands; a withdrawn one takes no points and stays on file."""

    STANDING = "standing"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"


class RecordMove(StrEnum):
    """What may be done to a credit record."""

    DISPUTE = "dispute"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


RECORD = Lifecycle(
    name=Text(zh="信用记录", en="Credit record"),
    start=RecordState.STANDING,
    moves=MappingProxyType(
        {
            (RecordState.STANDING, RecordMove.DISPUTE): RecordState.DISPUTED,
            (RecordState.STANDING, RecordMove.WITHDRAW): RecordState.WITHDRAWN,
            (RecordState.DISPUTED, RecordMove.CONFIRM): RecordState.STANDING,
            (RecordState.DISPUTED, RecordMove.WITHDRAW): RecordState.WITHDRAWN,
        }
    ),
    state_names=MappingProxyType(
        {
            RecordState.STANDING: Text(zh="有效", en="Stands"),
            RecordState.DISPUTED: Text(zh="争议中", en="Disputed"),
            RecordState.WITHDRAWN: Text(zh="已撤销", en="Withdrawn"),
        }
    ),
    move_names=MappingProxyType(
        {
            RecordMove.DISPUTE: Text(zh="提出异议", en="Dispute"),
            RecordMove.CONFIRM: Text(zh="维持", en="Confirm"),
            RecordMove.WITHDRAW: Text(zh="撤销", en="Withdraw"),
        }
    ),
    serious=frozenset({RecordMove.WITHDRAW}),
)


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"


class DisputeMove(StrEnum):
    """What may be done to a dispute."""

    UPHOLD = "uphold"
    REJECT = "reject"
    TAKE_BACK = "take_back"


DISPUTE = Lifecycle(
    name=Text(zh="信用异议", en="Dispute"),
    start=DisputeState.OPEN,
    moves=MappingProxyType(
        {
            (DisputeState.OPEN, DisputeMove.UPHOLD): DisputeState.UPHELD,
            (DisputeState.OPEN, DisputeMove.REJECT): DisputeState.REJECTED,
            (DisputeState.OPEN, DisputeMove.TAKE_BACK): DisputeState.TAKEN_BACK,
        }
    ),
    state_names=MappingProxyType(
        {
            DisputeState.OPEN: Text(zh="待答复", en="Waits for an answer"),
            DisputeState.UPHELD: Text(zh="异议成立", en="Upheld"),
            DisputeState.REJECTED: Text(zh="异议不成立", en="Rejected"),
            DisputeState.TAKEN_BACK: Text(zh="已撤回", en="Taken back"),
        }
    ),
    move_names=MappingProxyType(
        {
            DisputeMove.UPHOLD: Text(zh="采纳异议", en="Uphold"),
            DisputeMove.REJECT: Text(zh="不予采纳", en="Reject"),
            DisputeMove.TAKE_BACK: Text(zh="撤回异议", en="Take back"),
        }
    ),
    serious=frozenset({DisputeMove.UPHOLD, DisputeMove.REJECT}),
)


class MeritState(StrEnum):
    """Where a verification or an application for AA stands; only a granted one counts."""

    APPLIED = "applied"
    RECOMMENDED = "recommended"
    GRANTED = "granted"
    REFUSED = "refused"


class MeritMove(StrEnum):
    """What may be done to a verification or an application for AA."""

    RECOMMEND = "recommend"
    GRANT = "grant"
    REFUSE = "refuse"


MERIT = Lifecycle(
    name=Text(zh="核查与AA级申请", en="Verification, or application for AA"),
    start=MeritState.APPLIED,
    moves=MappingProxyType(
        {
            (MeritState.APPLIED, MeritMove.RECOMMEND): MeritState.RECOMMENDED,
            (MeritState.APPLIED, MeritMove.REFUSE): MeritState.REFUSED,
            (MeritState.RECOMMENDED, MeritMove.GRANT): MeritState.GRANTED,
            (MeritState.RECOMMENDED, MeritMove.REFUSE): MeritState.REFUSED,
        }
    ),
    state_names=MappingProxyType(
        {
            MeritState.APPLIED: Text(zh="已申请", en="Applied for"),
            MeritState.RECOMMENDED: Text(zh="已推荐", en="Recommended"),
            MeritState.GRANTED: Text(zh="已批准", en="Granted"),
            MeritState.REFUSED: Text(zh="未批准", en="Refused"),
        }
    ),
    move_names=MappingProxyType(
        {
            MeritMove.RECOMMEND: Text(zh="推荐", en="Recommend"),
            MeritMove.GRANT: Text(zh="批准", en="Grant"),
            MeritMove.REFUSE: Text(zh="不予批准", en="Refuse"),
        }
    ),
    serious=frozenset({MeritMove.GRANT}),
)


class RowOutcome(StrEnum):
    """What became of one record that another department sent."""

    MATCHED = "matched"
    REPEATED = "repeated"
    UNMATCHED = "unmatched"
    CONFLICTING = "conflicting"
    MALFORMED = "malformed"
    SET_ASIDE = "set_aside"


ROW_NAMES = MappingProxyType(
    {
        RowOutcome.MATCHED: Text(zh="已匹配入档", en="Matched and on file"),
        RowOutcome.REPEATED: Text(zh="重复报送", en="Sent before"),
        RowOutcome.UNMATCHED: Text(zh="未匹配到企业", en="No such enterprise"),
        RowOutcome.CONFLICTING: Text(zh="内容冲突", en="In conflict"),
        RowOutcome.MALFORMED: Text(zh="格式有误", en="Malformed"),
        RowOutcome.SET_ASIDE: Text(zh="核实后不予入档", en="Set aside after a look"),
    }
)
