"""Writes of watches and signals, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from guomen.core.errors import GuomenError
from guomen.supervision.risk.lifecycle import SIGNAL, SignalMove, SignalState
from guomen.supervision.risk.models import Signal, SignalEvent, Watch

#: What a later week of the same episode brings up to date; what people did stays.
_NEWEST = (
    "week", "window", "violations", "tests", "expected", "bound", "times", "p", "q", "weeks",
    "price_zh", "price_en",
)  # fmt: skip


class SignalMovedError(GuomenError):
    """Somebody else moved the signal since it was looked at."""

    code: ClassVar[str] = "risk.signal-moved"


def store_watch(watch: Watch) -> None:
    """Write a watch; the same week and level watched again takes the place of the first."""
    Watch.objects.filter(agency=watch.agency, week=watch.week, level=watch.level).delete()
    watch.save(force_insert=True)


def store_signals(new: Iterable[Signal], changed: Iterable[Signal]) -> None:
    """Write new signals and bring known ones up to date."""
    Signal.objects.bulk_create(new, batch_size=1_000)
    Signal.objects.bulk_update(changed, _NEWEST, batch_size=500)


def move(
    signal: Signal, which: SignalMove, *, version: int, note: str, at: datetime, by: str
) -> Signal:
    """
    Move a signal and keep why.

    :raises SignalMovedError: if it is no longer the version that the person saw
    :raises guomen.core.lifecycle.MoveRefusedError: if the move is not open from where it stands
    """
    row = Signal.objects.select_for_update().get(pk=signal.pk)
    if row.version != version:
        raise SignalMovedError(
            f"signal {row.reference} is {row.state} now; look at it again",
            signal=row.reference,
            state=row.state,
        )
    row.state = SIGNAL.after(SignalState(row.state), which).value
    row.moved_at, row.moved_by, row.note = at, by, note
    row.version += 1
    row.save(update_fields=["state", "moved_at", "moved_by", "note", "version"])
    SignalEvent.objects.create(signal=row, move=which.value, note=note, at=at, by=by)
    return row
