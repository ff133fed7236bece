"""Writes of watches and signals, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import ClassVar

from django.db.models import Count

from guomen.core.errors import GuomenError
from guomen.supervision.risk.lifecycle import SIGNAL, SignalMove, SignalState
from guomen.supervision.risk.models import Signal, SignalEvent, SignalWeek, Watch

#: What a later week of the same episode brings up to date; what people did stays.
_NEWEST = (
    "onset", "week", "window", "violations", "tests", "expected", "bound", "times", "p", "q",
    "weeks", "price_zh", "price_en",
)  # fmt: skip


class SignalMovedError(GuomenError):
    """Somebody else moved the signal since it was looked at."""

    code: ClassVar[str] = "risk.signal-moved"


def store_watch(watch: Watch) -> None:
    """Write a watch; the same week and level watched again takes the place of the first."""
    Watch.objects.filter(agency=watch.agency, week=watch.week, level=watch.level).delete()
    watch.save(force_insert=True)


def store_signals(
    new: Iterable[Signal], changed: Sequence[Signal], *, weeks: Sequence[SignalWeek], week: date
) -> None:
    """Write new signals, keep the week as it was judged, and bring known signals up to date."""
    Signal.objects.bulk_create(new, batch_size=1_000)
    SignalWeek.objects.filter(signal__in=changed, week=week).delete()
    SignalWeek.objects.bulk_create(weeks, batch_size=1_000)
    counted = SignalWeek.objects.filter(signal__in=changed).order_by().values("signal")
    number = dict(counted.annotate(n=Count("pk")).values_list("signal", "n"))
    for signal in changed:
        # Of episodes from before weeks were kept, fewer weeks are known than there were.
        signal.weeks = max(signal.weeks, number[signal.pk])
    Signal.objects.bulk_update(changed, _NEWEST, batch_size=500)


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
