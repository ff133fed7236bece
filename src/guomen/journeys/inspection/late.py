"""
What arrives after an order was closed: kept, shown, and examined anew where it changes anything.

A phone without a network may send its answers when others have closed the order. What differs from
the answer that stands waits for a person; what was never answered, a seal or a lot stands at once.
Either leads to a new examination with a ruling of its own; the earlier one is never edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from guomen.journeys.clearance import Lodgement
from guomen.journeys.inspection import completing
from guomen.journeys.inspection.completing import Completed
from guomen.journeys.inspection.recording import Event, Taken, record, settle_conflict
from guomen.supervision.inspections import operations
from guomen.supervision.inspections.lifecycle import OrderState
from guomen.supervision.inspections.models import Conflict, Examination, WorkOrder


def receive(
    reference: str, events: Sequence[Event], *, how: Lodgement, clock_off: int = 0
) -> list[Taken]:
    """
    Store what a device noted, as :func:`record`; what came too late for its order is examined.

    :raises NotYoursError, NoSuchOrderError: as :func:`record`
    """
    taken = record(reference, events, by=how.by, at=how.at, clock_off=clock_off)
    examine_late(reference, how=how)
    return taken


def choose(reference: str, conflict: int, *, chosen: int, how: Lodgement) -> Completed | None:
    """
    Let one of two answers stand; return the new examination where that was of a closed order.

    :raises BadRecordError: as :func:`settle_conflict`
    """
    settle_conflict(reference, conflict, chosen=chosen, by=how.by, at=how.at)
    return examine_late(reference, how=how)


def examine_late(reference: str, *, how: Lodgement) -> Completed | None:
    """Examine a closed order anew if its record is not the one that was examined, else nothing."""
    closed = WorkOrder.objects.filter(reference=reference, state=OrderState.COMPLETED.value)
    if not closed.exists():
        return None
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        last = Examination.objects.filter(order=order).order_by("seq").last()
        if last is None or not _changed_since(order, last.at):
            return None
        done = completing.examined_anew(order, how=how)
    return completing.settled(done, how=how)


def _changed_since(order: WorkOrder, at: datetime) -> bool:
    """Tell whether anything that an examination reads came after a moment."""
    return (
        order.findings.filter(standing=True, received_at__gt=at).exists()
        or order.seals.filter(received_at__gt=at).exists()
        or order.lots.filter(received_at__gt=at).exists()
    )


def undecided(officer: str) -> QuerySet[WorkOrder]:
    """Return the closed orders of an officer for which two answers wait for a person."""
    waiting = Conflict.objects.filter(settled_at__isnull=True).values("order")
    rows = WorkOrder.objects.filter(
        pk__in=waiting, inspector=officer, state=OrderState.COMPLETED.value
    )
    return rows.select_related("line").order_by("-closed_at")
