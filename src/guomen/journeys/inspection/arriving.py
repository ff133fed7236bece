"""
What came after an order was closed, and since when it waits for a person.

Shown to the inspector who closed the order and to whoever gives the orders out. An order to which
something came bears the moment; it is taken away once a person chose, or signed what came.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from guomen.supervision.inspections import operations
from guomen.supervision.inspections.lifecycle import OrderState
from guomen.supervision.inspections.models import (
    Conflict,
    Examination,
    Finding,
    LoadedLot,
    Photo,
    Seal,
    WorkOrder,
)


def arrived(orders: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    """Narrow orders to those closed to which something came that their examination did not see."""
    newest = Examination.objects.filter(order=OuterRef("pk")).order_by("-seq")
    seen = orders.annotate(seen=Subquery(newest.values("at")[:1]))
    came = {"order": OuterRef("pk"), "received_at__gt": OuterRef("seen")}
    return seen.filter(
        Exists(Finding.objects.filter(**came, standing=True))
        | Exists(Seal.objects.filter(**came))
        | Exists(LoadedLot.objects.filter(**came))
        | Exists(Photo.objects.filter(**came)),
        state=OrderState.COMPLETED.value,
    )


def tell(order: WorkOrder, *, at: datetime) -> None:
    """Keep since when a locked order that is closed waits for a person, or that it does not."""
    if order.state != OrderState.COMPLETED.value:
        return
    waits = (
        Conflict.objects.filter(order=order, settled_at__isnull=True).exists()
        or arrived(WorkOrder.objects.filter(pk=order.pk)).exists()
    )
    since = (order.late_at or at) if waits else None
    if since != order.late_at:
        operations.mark_late(order, since)


def waiting(orders: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    """Narrow orders to those closed to which something came that waits for a person."""
    return orders.filter(late_at__isnull=False)
