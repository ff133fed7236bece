"""States of a blacklist entry and the moves between them, as data. Not for who may move it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class BlacklistState(StrEnum):
    """Where a blacklist entry stands; only ``listed`` has effect on goods."""

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
