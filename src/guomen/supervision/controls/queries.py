"""Reads of control orders: the whole set for decisions, and lists for pages."""

from __future__ import annotations

from django.db.models import Max

from guomen.core.controls import Order
from guomen.core.matching import OrderSet
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.supervision.bitemporal import Window
from guomen.supervision.controls.models import ControlOrder

_SELECTORS = (
    "hs_prefix",
    "direction",
    "origin",
    "enterprise",
    "consignor",
    "site",
    "port",
    "transport",
    "hazard",
)


def edition() -> tuple[int, str]:
    """Return a mark that changes whenever an order is recorded or superseded."""
    newest = ControlOrder.objects.aggregate(
        row=Max("pk"), recorded=Max("recorded_at"), superseded=Max("superseded_at")
    )
    return newest["row"] or 0, f"{newest['recorded']}|{newest['superseded']}"


def order_set(window: Window | None = None) -> OrderSet:
    """Return every order that a line of the window may meet; all of history without a window."""
    rows = ControlOrder.objects.all() if window is None else ControlOrder.objects.within(window)
    return OrderSet(tuple(order_of(row) for row in rows.order_by("reference", "pk")))


def order_of(row: ControlOrder) -> Order:
    """Return one order as the value that decisions read."""
    selectors = {name: getattr(row, name) for name in _SELECTORS}
    return Order(
        reference=row.reference,
        effect=Outcome(row.effect),
        reason=Text(zh=row.reason_zh, en=row.reason_en),
        begins=row.begins,
        ends=row.ends,
        recorded_at=row.recorded_at,
        superseded_at=row.superseded_at,
        rate_ppm=row.rate_ppm,
        tests=tuple(row.tests),
        mandatory=row.mandatory,
        confidential=row.confidential,
        **selectors,
    )


def orders_named(references: set[str]) -> dict[str, ControlOrder]:
    """Return the newest form of each order, for showing a ruling."""
    return {reference: forms[-1] for reference, forms in forms_named(references).items()}


def forms_named(references: set[str]) -> dict[str, list[ControlOrder]]:
    """Return every form of each order, oldest first."""
    rows = ControlOrder.objects.filter(reference__in=references).order_by("recorded_at", "pk")
    found: dict[str, list[ControlOrder]] = {}
    for row in rows:
        found.setdefault(row.reference, []).append(row)
    return found
