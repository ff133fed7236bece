"""States of a licence and the moves between them, as data. Not for who may make a move."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class LicenceState(StrEnum):
    """Where a licence stands."""

    APPLIED = "applied"
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


MOVE_NAMES = MappingProxyType(
    {
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
    }
)


# Revoked and forced out are ends: who comes back applies anew, under a new number.
_MOVES: dict[tuple[LicenceState, LicenceMove], LicenceState] = {
    (LicenceState.APPLIED, LicenceMove.ACCEPT): LicenceState.UNDER_REVIEW,
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
}

LICENCE = Lifecycle(
    name=Text(zh="许可备案", en="Licence"),
    start=LicenceState.APPLIED,
    moves=MappingProxyType(_MOVES),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
    serious=frozenset({LicenceMove.REVOKE, LicenceMove.FORCE_EXIT}),
)
