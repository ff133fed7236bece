"""Writes of watches and signals, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import ClassVar

from guomen.core.errors import GuomenError
from guomen.supervision.risk.lifecycle import SIGNAL, SignalMove, SignalState
from guomen.supervision.risk.models import Signal, SignalEvent, SignalWeek, Watch

#: What the watch of one week says of one series.
JUDGED = ("week", "window", "violations", "tests", "expected", "bound", "times", "p", "q")
#: What a later week of the same episode brings up to date; what people did stays.
_NEWEST = (*JUDGED, "weeks", "price_zh", "price_en")


class SignalMovedError(GuomenError):
    """Somebody else moved the signal since it was looked at."""

    code: ClassVar[str] = "risk.signal-moved"


def store_watch(watch: Watch) -> None:
    """Write a watch; the same week and level watched again takes the place of the first."""
    Watch.objects.filter(agency=watch.agency, week=watch.week, level=watch.level).delete()
    watch.save(force_insert=True)


def store_signals(
    new: Iterable[Signal], changed: Iterable[Signal], *, weeks: Sequence[SignalWeek], week: date
) -> None:
    """Write new signals, bring known ones up to date, and keep the week as it was judged."""
    Signal.objects.bulk_create(new, batch_size=1_000)
    Signal.objects.bulk_update(changed, _NEWEST, batch_size=500)
    signals = [row.signal for row in weeks]
    SignalWeek.objects.filter(signal__in=signals, week=week).delete()
    SignalWeek.objects.bulk_create(weeks, batch_size=1_000)


def clear_weeks(agency: int, level: str, *, week: date, but: Iterable[str]) -> None:
    """Take back a week of series that, watched again, no longer alarm; their signals stay."""
    rows = SignalWeek.objects.filter(signal__agency_id=agency, signal__level=level, week=week)
    rows.exclude(signal__series__in=list(but)).delete()


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
