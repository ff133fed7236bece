"""
What arrives after an order was closed: kept, shown, and examined anew where it changes anything.

A phone without a network may send its answers when others have closed the order. What differs from
the answer that stands waits for a person to choose; what was never answered, a seal, a lot or a
photo stands at once and waits for a person to sign. Either leads to a new examination with a ruling
of its own; the earlier one is never edited.
"""

from __future__ import annotations

from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from guomen.journeys.clearance import Lodgement
from guomen.journeys.inspection import completing
from guomen.journeys.inspection.arriving import arrived, tell, waiting
from guomen.journeys.inspection.completing import Completed
from guomen.journeys.inspection.recording import Event, record, require_given, settle_conflict
from guomen.supervision.inspections import operations
from guomen.supervision.inspections.models import Conflict, WorkOrder


def choose(reference: str, conflict: int, *, chosen: int, how: Lodgement) -> Completed | None:
    """
    Let one of two answers stand; return the new examination where that was of a closed order.

    :raises BadRecordError: as :func:`settle_conflict`
    """
    settle_conflict(reference, conflict, chosen=chosen, by=how.by, at=how.at)
    return examine_late(reference, how=how)


def examine_late(reference: str, *, how: Lodgement) -> Completed | None:
    """
    Sign the record of a closed order as it stands and have it examined anew.

    None where the order is not closed, two answers wait still, or nothing came since.

    :raises NotYoursError: if the order was never given to this officer
    """
    if not arrived(WorkOrder.objects.filter(reference=reference)).exists():
        return None
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        require_given(order, how.by)
        if Conflict.objects.filter(order=order, settled_at__isnull=True).exists():
            return None
        signature = Event(
            client_id=str(uuid4()),
            kind="signature",
            noted_at=how.at,
            data={"role": "inspector", "strokes": []},
        )
        record(reference, [signature], by=how.by, at=how.at)
        done = completing.examined_anew(order, how=how)
        tell(order, at=how.at)
    return completing.settled(done, how=how)


def undecided(officer: str) -> QuerySet[WorkOrder]:
    """Return the closed orders of an officer to which something came that waits for a person."""
    mine = waiting(WorkOrder.objects.filter(inspector=officer))
    return mine.select_related("line").order_by("-closed_at")
