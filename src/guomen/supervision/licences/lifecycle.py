"""
States of licences, reviews and appeals and the moves between them, as data.

Not for who may make a move, nor for what an appeal holds back (``rulebooks.licensing``).
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class LicenceState(StrEnum):
    """Where a licence stands."""

    APPLIED = "applied"
    DOCUMENTS_DUE = "documents_due"
    UNDER_REVIEW = "under_review"
    GRANTED = "granted"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    REVOKED = "revoked"
    FORCED_EXIT = "forced_exit"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


STATE_NAMES = MappingProxyType(
    {
        LicenceState.APPLIED: Text(zh="已申请", en="Applied"),
        LicenceState.DOCUMENTS_DUE: Text(zh="待补正材料", en="Documents due"),
        LicenceState.UNDER_REVIEW: Text(zh="评审中", en="Under review"),
        LicenceState.GRANTED: Text(zh="有效", en="Granted"),
        LicenceState.SUSPENDED: Text(zh="暂停", en="Suspended"),
        LicenceState.REFUSED: Text(zh="不予许可", en="Refused"),
        LicenceState.REVOKED: Text(zh="撤销", en="Revoked"),
        LicenceState.FORCED_EXIT: Text(zh="强制退出", en="Forced exit"),
        LicenceState.LAPSED: Text(zh="失效", en="Lapsed"),
        LicenceState.WITHDRAWN: Text(zh="撤回", en="Withdrawn"),
    }
)


class LicenceMove(StrEnum):
    """What may be done to a licence."""

    ASK_DOCUMENTS = "ask_documents"
    COMPLETE = "complete"
    ACCEPT = "accept"
    GRANT = "grant"
    REFUSE = "refuse"
    AMEND = "amend"
    RENEW = "renew"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    FORCE_EXIT = "force_exit"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"
    STAY = "stay"
    ANNUL = "annul"


MOVE_NAMES = MappingProxyType(
    {
        LicenceMove.ASK_DOCUMENTS: Text(zh="要求补正材料", en="Ask for documents"),
        LicenceMove.COMPLETE: Text(zh="补正材料", en="Complete the documents"),
        LicenceMove.ACCEPT: Text(zh="受理", en="Accept for review"),
        LicenceMove.GRANT: Text(zh="批准", en="Grant"),
        LicenceMove.REFUSE: Text(zh="不予批准", en="Refuse"),
        LicenceMove.AMEND: Text(zh="变更", en="Amend"),
        LicenceMove.RENEW: Text(zh="延续", en="Renew"),
        LicenceMove.SUSPEND: Text(zh="暂停", en="Suspend"),
        LicenceMove.REINSTATE: Text(zh="恢复", en="Reinstate"),
        LicenceMove.REVOKE: Text(zh="撤销", en="Revoke"),
        LicenceMove.FORCE_EXIT: Text(zh="强制退出", en="Force exit"),
        LicenceMove.LAPSE: Text(zh="失效", en="Let lapse"),
        LicenceMove.WITHDRAW: Text(zh="撤回", en="Withdraw"),
        LicenceMove.STAY: Text(zh="停止执行", en="Stay"),
        LicenceMove.ANNUL: Text(zh="撤销原决定", en="Annul"),
    }
)


# Revoked and forced out are ends, save for an appeal: who comes back applies anew, under a new
# number.
_MOVES: dict[tuple[LicenceState, LicenceMove], LicenceState] = {
    (LicenceState.APPLIED, LicenceMove.ACCEPT): LicenceState.UNDER_REVIEW,
    (LicenceState.APPLIED, LicenceMove.ASK_DOCUMENTS): LicenceState.DOCUMENTS_DUE,
    (LicenceState.DOCUMENTS_DUE, LicenceMove.COMPLETE): LicenceState.APPLIED,
    (LicenceState.DOCUMENTS_DUE, LicenceMove.REFUSE): LicenceState.REFUSED,
    (LicenceState.DOCUMENTS_DUE, LicenceMove.WITHDRAW): LicenceState.WITHDRAWN,
    (LicenceState.APPLIED, LicenceMove.WITHDRAW): LicenceState.WITHDRAWN,
    (LicenceState.UNDER_REVIEW, LicenceMove.GRANT): LicenceState.GRANTED,
    (LicenceState.UNDER_REVIEW, LicenceMove.REFUSE): LicenceState.REFUSED,
    (LicenceState.UNDER_REVIEW, LicenceMove.WITHDRAW): LicenceState.WITHDRAWN,
    (LicenceState.GRANTED, LicenceMove.AMEND): LicenceState.GRANTED,
    (LicenceState.GRANTED, LicenceMove.RENEW): LicenceState.GRANTED,
    (LicenceState.GRANTED, LicenceMove.SUSPEND): LicenceState.SUSPENDED,
    (LicenceState.GRANTED, LicenceMove.REVOKE): LicenceState.REVOKED,
    (LicenceState.GRANTED, LicenceMove.FORCE_EXIT): LicenceState.FORCED_EXIT,
    (LicenceState.GRANTED, LicenceMove.LAPSE): LicenceState.LAPSED,
    (LicenceState.SUSPENDED, LicenceMove.REINSTATE): LicenceState.GRANTED,
    (LicenceState.SUSPENDED, LicenceMove.REVOKE): LicenceState.REVOKED,
    (LicenceState.SUSPENDED, LicenceMove.FORCE_EXIT): LicenceState.FORCED_EXIT,
    (LicenceState.SUSPENDED, LicenceMove.LAPSE): LicenceState.LAPSED,
    (LicenceState.LAPSED, LicenceMove.RENEW): LicenceState.GRANTED,
    (LicenceState.SUSPENDED, LicenceMove.STAY): LicenceState.GRANTED,
    (LicenceState.REVOKED, LicenceMove.STAY): LicenceState.GRANTED,
    (LicenceState.FORCED_EXIT, LicenceMove.STAY): LicenceState.GRANTED,
    (LicenceState.SUSPENDED, LicenceMove.ANNUL): LicenceState.GRANTED,
    (LicenceState.REVOKED, LicenceMove.ANNUL): LicenceState.GRANTED,
    (LicenceState.FORCED_EXIT, LicenceMove.ANNUL): LicenceState.GRANTED,
    (LicenceState.LAPSED, LicenceMove.ANNUL): LicenceState.GRANTED,
    (LicenceState.REFUSED, LicenceMove.ANNUL): LicenceState.UNDER_REVIEW,
}

LICENCE = Lifecycle(
    name=Text(zh="许可备案", en="Licence"),
    start=LicenceState.APPLIED,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
    serious=frozenset({LicenceMove.REVOKE, LicenceMove.FORCE_EXIT}),
)


class ReviewState(StrEnum):
    """Where a review on the spot stands."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    CONCLUDED = "concluded"
    DROPPED = "dropped"


REVIEW_STATE_NAMES = MappingProxyType(
    {
        ReviewState.PLANNED: Text(zh="待评审", en="Planned"),
        ReviewState.UNDER_WAY: Text(zh="评审中", en="Under way"),
        ReviewState.CONCLUDED: Text(zh="已结论", en="Concluded"),
        ReviewState.DROPPED: Text(zh="已取消", en="Dropped"),
    }
)


class ReviewMove(StrEnum):
    """What may be done to a review."""

    ANSWER = "answer"
    CONCLUDE = "conclude"
    DROP = "drop"


REVIEW_MOVE_NAMES = MappingProxyType(
    {
        ReviewMove.ANSWER: Text(zh="填写核查项", en="Answer an item"),
        ReviewMove.CONCLUDE: Text(zh="作出结论", en="Conclude"),
        ReviewMove.DROP: Text(zh="取消", en="Drop"),
    }
)

REVIEW = Lifecycle(
    name=Text(zh="现场评审", en="Review on the spot"),
    start=ReviewState.PLANNED,
    moves=MappingProxyType(
        {
            (ReviewState.PLANNED, ReviewMove.ANSWER): ReviewState.UNDER_WAY,
            (ReviewState.PLANNED, ReviewMove.DROP): ReviewState.DROPPED,
            (ReviewState.UNDER_WAY, ReviewMove.ANSWER): ReviewState.UNDER_WAY,
            (ReviewState.UNDER_WAY, ReviewMove.CONCLUDE): ReviewState.CONCLUDED,
            (ReviewState.UNDER_WAY, ReviewMove.DROP): ReviewState.DROPPED,
        }
    ),
    state_names=REVIEW_STATE_NAMES,
    move_names=REVIEW_MOVE_NAMES,
)


class AppealState(StrEnum):
    """Where an appeal stands."""

    FILED = "filed"
    STAYED = "stayed"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


APPEAL_STATE_NAMES = MappingProxyType(
    {
        AppealState.FILED: Text(zh="已受理", en="Filed"),
        AppealState.STAYED: Text(zh="停止执行", en="Decision stayed"),
        AppealState.UPHELD: Text(zh="复议成立", en="Upheld"),
        AppealState.DISMISSED: Text(zh="维持原决定", en="Dismissed"),
        AppealState.WITHDRAWN: Text(zh="已撤回", en="Withdrawn"),
    }
)


class AppealMove(StrEnum):
    """What may be done to an appeal."""

    STAY = "stay"
    UPHOLD = "uphold"
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"


APPEAL_MOVE_NAMES = MappingProxyType(
    {
        AppealMove.STAY: Text(zh="决定停止执行", en="Stay the decision"),
        AppealMove.UPHOLD: Text(zh="撤销原决定", en="Uphold the appeal"),
        AppealMove.DISMISS: Text(zh="维持原决定", en="Dismiss the appeal"),
        AppealMove.WITHDRAW: Text(zh="撤回申请", en="Withdraw the appeal"),
    }
)

_OPEN_APPEALS = (AppealState.FILED, AppealState.STAYED)
_APPEAL_ENDS = MappingProxyType(
    {
        AppealMove.UPHOLD: AppealState.UPHELD,
        AppealMove.DISMISS: AppealState.DISMISSED,
        AppealMove.WITHDRAW: AppealState.WITHDRAWN,
    }
)

APPEAL = Lifecycle(
    name=Text(zh="行政复议", en="Appeal"),
    start=AppealState.FILED,
    moves=MappingProxyType(
        {
            (AppealState.FILED, AppealMove.STAY): AppealState.STAYED,
            **{(state, move): end for state in _OPEN_APPEALS for move, end in _APPEAL_ENDS.items()},
        }
    ),
    state_names=APPEAL_STATE_NAMES,
    move_names=APPEAL_MOVE_NAMES,
)
