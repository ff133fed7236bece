"""States of a filing of additive use and the moves between them, as data."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class FilingState(StrEnum):
    """Where a filing stands; only an accepted one counts as filed."""

    FILED = "filed"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


STATE_NAMES = MappingProxyType(
    {
        FilingState.FILED: Text(zh="已报备", en="Filed"),
        FilingState.RETURNED: Text(zh="退回补正", en="Returned"),
        FilingState.ACCEPTED: Text(zh="已接受", en="Accepted"),
        FilingState.REPLACED: Text(zh="已更新", en="Replaced"),
        FilingState.WITHDRAWN: Text(zh="已撤回", en="Withdrawn"),
    }
)


class FilingMove(StrEnum):
    """What may be done to a filing."""

    ACCEPT = "accept"
    RETURN = "return"
    RESUBMIT = "resubmit"
    REPLACE = "replace"
    WITHDRAW = "withdraw"


MOVE_NAMES = MappingProxyType(
    {
        FilingMove.ACCEPT: Text(zh="接受", en="Accept"),
        FilingMove.RETURN: Text(zh="退回补正", en="Return"),
        FilingMove.RESUBMIT: Text(zh="重新报备", en="File again"),
        FilingMove.REPLACE: Text(zh="更新", en="Replace"),
        FilingMove.WITHDRAW: Text(zh="撤回", en="Withdraw"),
    }
)

FILING = Lifecycle(
    name=Text(zh="添加剂使用报备", en="Filing of additive use"),
    start=FilingState.FILED,
    moves=MappingProxyType(
        {
            (FilingState.FILED, FilingMove.ACCEPT): FilingState.ACCEPTED,
            (FilingState.FILED, FilingMove.RETURN): FilingState.RETURNED,
            (FilingState.FILED, FilingMove.WITHDRAW): FilingState.WITHDRAWN,
            (FilingState.RETURNED, FilingMove.RESUBMIT): FilingState.FILED,
            (FilingState.RETURNED, FilingMove.WITHDRAW): FilingState.WITHDRAWN,
            (FilingState.ACCEPTED, FilingMove.REPLACE): FilingState.REPLACED,
        }
    ),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
)
