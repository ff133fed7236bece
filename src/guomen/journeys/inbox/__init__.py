"""
One inbox across mechanisms: what waits for an officer, by what the officer may do.

Each mechanism declares its own waiting lists; nothing is kept here, so nothing can go stale. One
query a list, however much waits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from guomen.journeys import inspection
from guomen.journeys.consignments import Scope
from guomen.journeys.inbox import access, standing
from guomen.journeys.inbox.sources import MOST, NOBODY, Asker, Item, Source, Waits
from guomen.journeys.inspection import reading
from guomen.supervision.declarations.models import Override

__all__ = ["MOST", "Asker", "Item", "Waiting", "Waits", "waiting"]

_CONSIGNMENTS: Mapping[Waits, Source] = MappingProxyType(
    {
        Waits.OVERRIDE: Source(
            rows=lambda a: Override.objects.filter(
                approved__isnull=True,
                line__in=Scope(path=a.reach.path).lines().order_by(),
            ).exclude(proposed_by=a.by),
            key="line__declaration__reference",
            name=NOBODY,
            about="line__reference",
            since="proposed_at",
        ),
        Waits.LATE_RECORD: Source(
            rows=lambda a: inspection.waiting(reading.orders(a.reach.path)),
            key="reference",
            name=NOBODY,
            about="line__goods",
            since="late_at",
        ),
    }
)
SOURCES: Mapping[Waits, Source] = MappingProxyType(
    dict(_CONSIGNMENTS) | dict(access.SOURCES) | dict(standing.SOURCES)
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
