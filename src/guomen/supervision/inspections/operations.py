"""Writes of inspections, in the caller's transaction. Nothing here decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from guomen.core.errors import GuomenError
from guomen.supervision import bulk
from guomen.supervision.inspections.lifecycle import LIVE, WORK_ORDER, OrderMove, OrderState
from guomen.supervision.inspections.models import Assignment, WorkOrder

_LIVE = [state.value for state in LIVE]


class NoSuchOrderError(GuomenError):
    """There is no such work order among those that may be seen."""

    code: ClassVar[str] = "inspections.no-such-order"


class OrderMovedError(GuomenError):
    """A work order was changed by somebody else since it was read."""

    code: ClassVar[str] = "inspections.order-moved"


def open_orders(rows: Sequence[Mapping[str, Any]]) -> None:
    """Store new work orders; rows are attributes of :class:`WorkOrder`, all the same ones."""
    if rows:
        names = tuple(rows[0])
        bulk.insert(WorkOrder, names, ([row[name] for name in names] for row in rows))


def live_orders(lines: Collection[int]) -> models.QuerySet[WorkOrder]:
    """Return the live orders of lines under a row lock."""
    return (
        WorkOrder.objects.select_for_update(of=("self",))
        .filter(line_id__in=lines, state__in=_LIVE)
        .order_by("pk")
    )


def locked(references: Collection[str]) -> dict[str, WorkOrder]:
    """
    Return work orders by reference under a row lock, with their lines.

    :raises NoSuchOrderError: if one of them does not exist
    """
    rows = (
        WorkOrder.objects.select_for_update(of=("self",))
        .select_related("line__declaration", "line__agency", "agency")
        .filter(reference__in=references)
        .order_by("pk")
    )
    found = {row.reference: row for row in rows}
    absent = sorted(set(references) - set(found))
    if absent:
        raise NoSuchOrderError(
            f"there is no work order {', '.join(absent)}; look at the number on the list",
            orders=absent,
        )
    return found


def give(order: WorkOrder, *, assignment: Mapping[str, Any], move: OrderMove, at: datetime) -> None:
    """Give a locked order to an inspector, and keep how that came about."""
    order.state = WORK_ORDER.after(OrderState(order.state), move).value
    order.inspector = str(assignment["inspector"])
    order.assigned_at = at
    order.version += 1
    order.save(update_fields=["state", "inspector", "assigned_at", "version"])
    Assignment.objects.create(order=order, at=at, **assignment)


def mark_late(order: WorkOrder, since: datetime | None) -> None:
    """Keep on a locked order since when what came after it was closed waits; None for nothing."""
    order.late_at = since
    order.save(update_fields=["late_at"])


def move(order: WorkOrder, step: OrderMove, *, at: datetime, reason: str = "") -> None:
    """
    Move a locked order.

    :raises guomen.core.lifecycle.MoveRefusedError: if its table has no such move
    """
    order.state = WORK_ORDER.after(OrderState(order.state), step).value
    order.version += 1
    if step is OrderMove.BEGIN and order.begun_at is None:
        order.begun_at = at
    if WORK_ORDER.is_final(OrderState(order.state)):
        order.closed_at = at
        order.reason = reason
    order.save(update_fields=["state", "version", "begun_at", "closed_at", "reason"])
