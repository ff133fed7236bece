"""Orders that somebody has been given, and answers to them, for tests of inspections."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.journeys.builders import NOW, how, lines_of, lodged, vegetables

from guomen.core.examine import Showed
from guomen.journeys import inspection, work_orders
from guomen.journeys.clearance import lodge
from guomen.journeys.inspection import Event, Taken
from guomen.rulebooks.inspection import Asks
from guomen.supervision.inspections.models import Assignment, Finding, WorkOrder

LATER = NOW + timedelta(hours=1)
INSPECTOR = "OFF-1"


def given(row: dict[str, Any], kind: str = "inspection", *, to: str = INSPECTOR) -> WorkOrder:
    """Lodge a line and give its order to an inspector."""
    (line,) = lodged(row)
    work_orders.open_for([line.reference], at=NOW)
    order = WorkOrder.objects.select_related("line", "agency").get(line=line, kind=kind)
    give(order, to)
    return order


def from_jiuzhou() -> WorkOrder:
    """Lodge goods at Jiuzhou that leave by Gongbei, and give the check there to a person."""
    (line,) = lines_of(lodge([vegetables()], how=how(agency="ZHJZ")))
    assert line.agency.code == "ZHJZ"
    work_orders.open_for([line.reference], at=NOW)
    orders = WorkOrder.objects.select_related("line__agency", "agency").filter(line=line)
    assert {o.kind: o.agency.code for o in orders} == {
        "inspection": "ZHJZ",
        "loading_supervision": "ZHJZ",
        "port_check": "ZHGB",
    }
    order = orders.get(kind="port_check")
    give(order, INSPECTOR)
    return order


def give(order: WorkOrder, to: str) -> None:
    order.state, order.inspector, order.assigned_at = "assigned", to, NOW
    order.save()
    Assignment.objects.create(
        order=order, inspector=to, way="named", reason="second_look", at=NOW, by="HEAD"
    )


def in_order(order: WorkOrder, **other: Any) -> dict[str, Any]:
    """Return answers to every item with nothing at fault; what a test is about stands over them."""
    answers: dict[str, Any] = {}
    for item in inspection.items_of(order):
        if item.asks is Asks.YES_NO:
            answers[item.code] = Showed.CONFORM
        elif item.asks is Asks.QUANTITY:
            answers[item.code] = order.line.quantity or Decimal(1)
        elif item.asks is Asks.TEMPERATURE:
            answers[item.code] = Decimal(-20)
        else:
            answers[item.code] = {"P-UNITS": order.plan_n or 0, "P-LOT": 100}.get(item.code, 0)
    return answers | other


def complete(order: WorkOrder, *, at: datetime = LATER, by: str = INSPECTOR, **other: Any) -> Any:
    return inspection.complete(order.reference, in_order(order, **other), how=how(at, by=by))


def event(kind: str, noted_at: datetime = LATER, identity: str | None = None, **data: Any) -> Event:
    return Event(client_id=identity or str(uuid4()), kind=kind, noted_at=noted_at, data=data)


def finding(item: str, answer: str = "conform", replaces: str = "", **more: Any) -> Event:
    data = {"item": item, "answer": answer, "replaces": replaces}
    data |= {k: more.pop(k) for k in ("value", "note") if k in more}
    return event("finding", **more, **data)


def send(
    order: WorkOrder, *events: Event, by: str = INSPECTOR, at: datetime = LATER, off: int = 0
) -> list[Taken]:
    return inspection.record(order.reference, events, by=by, at=at, clock_off=off)


def standing(order: WorkOrder) -> dict[str, str]:
    rows = Finding.objects.filter(order=order, standing=True)
    return dict(rows.values_list("item", "answer"))
