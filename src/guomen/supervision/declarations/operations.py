"""Writes of declarations, in the caller's transaction. Nothing here decides."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, ClassVar

from django.db import connections, models, router
from django.db.models import F

from guomen.core.errors import GuomenError
from guomen.core.frequency import Phase, PlanKind
from guomen.supervision import bulk
from guomen.supervision.declarations.models import (
    Counter,
    Declaration,
    Line,
    LineResult,
    OwedCheck,
    Request,
    SamplingState,
)
from guomen.supervision.declarations.queries import GoodsKey, declaration_ids
from guomen.supervision.prepared import PreparedQuery


class StateMovedError(GuomenError):
    """What a decision read has changed since; it must be made again on the new state."""

    code: ClassVar[str] = "declarations.state-moved"


def reserve(name: str, count: int) -> range:
    """
    Take the next ``count`` numbers of a kind of reference; gaps may stay, doubles never.

    The disk is not waited for: what is stored under the numbers is flushed after them.
    """
    connection = connections[router.db_for_write(Counter)]
    with (
        bulk.one_writer(connection),
        bulk.flushed_later(connection),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO declarations_counter (name, value) VALUES (%s, %s) ON CONFLICT (name) "
            "DO UPDATE SET value = declarations_counter.value + excluded.value RETURNING value",
            [name, count],
        )
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


# Numbers that a process keeps in stock.
_AHEAD = 64


class Stock:
    """
    Numbers that one process took ahead: who needs one does not queue with the writers for it.

    What is left when the process ends stays a gap.
    """

    def __init__(self) -> None:
        """Begin with nothing in stock."""
        self._lock = threading.Lock()
        self._left: dict[str, deque[int]] = {}

    def take(self, name: str, count: int) -> Sequence[int]:
        """Take numbers of a kind of reference."""
        if connections[router.db_for_write(Counter)].in_atomic_block:
            # If that transaction fails its numbers are given out again.
            return reserve(name, count)
        with self._lock:
            left = self._left.setdefault(name, deque())
            if len(left) < count:
                left.extend(reserve(name, count + _AHEAD))
            return [left.popleft() for _ in range(count)]

    def fill_up(self) -> None:
        """Take more of what runs short, for who has the writers' turn already."""
        if connections[router.db_for_write(Counter)].in_atomic_block:
            return
        # Who holds the stock may be waiting for the turn: it fills up itself.
        if self._lock.acquire(blocking=False):
            try:
                for name, left in self._left.items():
                    if len(left) < _AHEAD // 2:
                        left.extend(reserve(name, _AHEAD))
            finally:
                self._lock.release()

    def forget(self) -> None:
        """Leave what is in stock as a gap."""
        with self._lock:
            self._left.clear()


def confirm_versions(versions: Mapping[GoodsKey, int]) -> None:
    """
    Lock the sampling states that a decision read, and see that they have not moved.

    :raises StateMovedError: if one has
    """
    rows = _LOCKED_VERSIONS.rows({enterprise for enterprise, _, _ in versions})
    now = {(e, h, d): v for e, h, d, v in rows}
    moved = [key for key, version in versions.items() if now.get(key, 0) != version]
    if moved:
        raise StateMovedError(
            "results arrived while this was being decided; decide it again", keys=moved
        )


_LOCKED_VERSIONS = PreparedQuery(
    SamplingState,
    lambda enterprises: (
        SamplingState.objects.select_for_update()
        .filter(enterprise__in=enterprises)
        .values_list("enterprise", "hs6", "direction", "version")
    ),
)


def claim_owed(claims: Mapping[str, int], *, at: datetime) -> None:
    """
    Let lines carry owed checks: line reference → owed check.

    :raises StateMovedError: if another line took one of them meanwhile
    """
    for reference, owed in claims.items():
        taken = OwedCheck.objects.filter(pk=owed, claimed_by__isnull=True).update(
            claimed_by=reference, claimed_at=at
        )
        if not taken:
            raise StateMovedError("an owed check was taken by another line", line=reference)


def check_due(line: Line) -> bool:
    """Tell whether a check of a line was drawn, announced, or carried for another line."""
    if line.selected or line.floor_outcome != "none":
        return True
    return OwedCheck.objects.filter(claimed_by=line.reference).exists()


def owe(line: Line, *, reason: str, at: datetime) -> OwedCheck:
    """Record that the check of a line was due and not carried out."""
    return OwedCheck.objects.create(
        enterprise=line.enterprise,
        hs6=line.hs6,
        direction=line.direction,
        owed_by=line.reference,
        reason=reason,
        recorded_at=at,
    )


def bump(line: Line) -> None:
    """Move the version of a line's sampling state, so that decisions under way read it again."""
    key = {"enterprise": line.enterprise, "hs6": line.hs6, "direction": line.direction}
    fresh = {"kind": PlanKind.NONE.value, "phase": Phase.NONE.value}
    SamplingState.objects.select_for_update().get_or_create(**key, defaults=fresh)
    SamplingState.objects.filter(**key).update(version=F("version") + 1)


def record(
    declarations: Sequence[Mapping[str, Any]], lines: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, int]:
    """
    Store declarations, and their lines by the reference of the declaration.

    Rows are attributes of :class:`Declaration` and :class:`Line`; all rows of a kind have the
    same attributes. Returns the key of each declaration by its reference.

    :raises django.db.IntegrityError: if a reference or own number is taken
    """
    names = tuple(declarations[0])
    bulk.insert(Declaration, names, map(itemgetter(*names), declarations))
    stored = declaration_ids(lines)
    first = next(iter(lines.values()))[0]
    columns = tuple(first)
    values = itemgetter(*columns)
    bulk.insert(
        Line,
        ("declaration_id", *columns),
        ((stored[reference], *values(row)) for reference, rows in lines.items() for row in rows),
    )
    return stored


def remember_requests(requests: Iterable[tuple[str, str, str, int, datetime]]) -> None:
    """
    Keep what request keys were used for, so that none is ever carried out twice.

    A request is scope, key, digest, key of the declaration, moment.

    :raises django.db.IntegrityError: if a key was used before in its scope
    """
    listed = list(requests)
    if listed:
        bulk.insert(Request, ("scope", "key", "digest", "declaration_id", "at"), listed)


def store_results(results: Sequence[Mapping[str, Any]]) -> None:
    """Append what the checks of lines showed; rows are attributes of :class:`LineResult`."""
    names = tuple(results[0])
    bulk.insert(LineResult, names, ([row[name] for name in names] for row in results))


def save_moves(lines: Collection[Line]) -> None:
    """Store the states and versions of locked lines."""
    bulk.update(Line, ("state", "version"), ((row.pk, row.state, row.version) for row in lines))


def locked_lines(references: Collection[str]) -> models.QuerySet[Line]:
    """Return lines under a row lock, with their declarations, in the order of their references."""
    return (
        Line.objects.select_for_update(of=("self",))
        .select_related("declaration", "agency")
        .filter(reference__in=references)
        .order_by("reference")
    )


def locked_states(keys: Collection[GoodsKey]) -> dict[GoodsKey, SamplingState]:
    """
    Return the sampling states of some goods under a row lock.

    Goods without a state get a new one that is not stored yet; the ledger's lock, which every
    writer of states holds, keeps two from making the same one.
    """
    rows = SamplingState.objects.select_for_update().filter(
        enterprise__in={enterprise for enterprise, _, _ in keys}
    )
    found = {(row.enterprise, row.hs6, row.direction): row for row in rows}
    return {key: found.get(key) or _fresh_state(key) for key in keys}


def _fresh_state(key: GoodsKey) -> SamplingState:
    enterprise, hs6, direction = key
    return SamplingState(
        enterprise=enterprise,
        hs6=hs6,
        direction=direction,
        kind=PlanKind.NONE.value,
        phase=Phase.NONE.value,
    )


def save_states(states: Collection[SamplingState]) -> None:
    """Store sampling states that :func:`locked_states` returned."""
    fresh = [state for state in states if state._state.adding]
    kept = [state for state in states if not state._state.adding]
    SamplingState.objects.bulk_create(fresh)
    names = ("kind", "phase", "run", "version")
    bulk.update(SamplingState, names, ((s.pk, s.kind, s.phase, s.run, s.version) for s in kept))
