"""Issue, change and lift control orders, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar

from guomen.core.errors import GuomenError
from guomen.supervision.controls.models import ControlOrder
from guomen.supervision.controls.queries import order_of


class OrderNotInForceError(GuomenError):
    """There is no current order of that reference."""

    code: ClassVar[str] = "controls.not-in-force"


def issue(drafts: Iterable[dict[str, Any]], *, at: datetime) -> list[ControlOrder]:
    """
    Record new orders, known from ``at`` on.

    :raises guomen.core.controls.ControlOrderError: if an order could never match as written
    """
    rows = [ControlOrder(recorded_at=at, **draft) for draft in drafts]
    for row in rows:
        order_of(row)
    return ControlOrder.objects.bulk_create(rows)


def lift(reference: str, *, on: date, at: datetime) -> ControlOrder:
    """
    End an order on a day; what was decided under it stands.

    :raises OrderNotInForceError: if no current order of that reference binds beyond that day
    """
    row = (
        ControlOrder.objects.select_for_update()
        .current()
        .filter(reference=reference)
        .order_by("-begins")
        .first()
    )
    if row is None or (row.ends is not None and row.ends <= on) or on <= row.begins:
        raise OrderNotInForceError(
            f"order {reference} has no form that binds after {on}; look at its history",
            reference=reference,
        )
    ControlOrder.objects.filter(pk=row.pk).update(superseded_at=at)
    row.pk = None
    row.ends, row.recorded_at, row.superseded_at = on, at, None
    row.save(force_insert=True)
    return row
