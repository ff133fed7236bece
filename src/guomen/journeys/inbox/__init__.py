"""
One inbox across mechanisms: what waits for an officer, by what the officer may do.

Each mechanism declares its own waiting lists; nothing is kept here, so nothing can go stale. One
query a list, however much waits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from guomen.journeys.inbox import access, goods, standing
from guomen.journeys.inbox.sources import MOST, Asker, Item, Source, Waits

__all__ = ["MOST", "Asker", "Item", "Waiting", "Waits", "waiting"]

SOURCES: Mapping[Waits, Source] = MappingProxyType(
    dict(goods.SOURCES) | dict(access.SOURCES) | dict(standing.SOURCES)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One list: how much waits as far as it is counted, how much of it is late, the first of it."""

    what: Waits
    count: int
    more: bool
    late: int
    items: Sequence[Item]


def waiting(asker: Asker, wanted: Collection[Waits], *, shown: int = 5) -> tuple[Waiting, ...]:
    """Return what waits of some lists, those with late things first, without the empty ones."""
    found = ((what, SOURCES[what].items(asker)) for what in Waits if what in wanted)
    lists = [
        Waiting(
            what=what,
            count=min(len(items), MOST),
            more=len(items) > MOST,
            late=sum(item.late for item in items[:MOST]),
            items=tuple(items[:shown]),
        )
        for what, items in found
        if items
    ]
    return tuple(sorted(lists, key=lambda one: -bool(one.late)))
