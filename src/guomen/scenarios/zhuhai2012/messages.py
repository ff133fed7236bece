"""
Signed messages of the year: clearances for customs, transfers to the office at the port of exit.

Customs is told of the newest goods that were let go; goods that were declared at home and left by
another port were transferred there, and the message was taken in before the check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, QuerySet

from guomen.core.dispose import Disposition
from guomen.journeys import certification
from guomen.journeys.certification.messages import document
from guomen.journeys.clearance import Lodgement
from guomen.supervision.agencies.models import Agency
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.dispositions.models import Message
from guomen.supervision.inspections.models import OrderKind, WorkOrder

SENDER = "SYS-DEMO"
ZONE = ZoneInfo("Asia/Shanghai")
_CLEARED = 200
_BEFORE, _TAKEN = timedelta(hours=1), timedelta(minutes=20)
_LET_GO = (Disposition.RELEASE.value, Disposition.CONDITIONAL_RELEASE.value)


def elsewhere() -> QuerySet[WorkOrder]:
    """Return the checks at the port of another office than that which handles the line."""
    rows = WorkOrder.objects.filter(kind=OrderKind.PORT_CHECK.value)
    return rows.exclude(agency=F("line__agency"))


def sent(at: datetime) -> int:
    """Send the messages of the year; return how many there are."""
    with transaction.atomic():
        return _cleared(at) + _transferred()


def _cleared(at: datetime) -> int:
    rows = Standing.objects.filter(stands=True, outcome__in=_LET_GO).order_by("-at", "-pk")
    newest = [(row.line.reference, row.at) for row in rows.select_related("line")[:_CLEARED]]
    made = 0
    for _, part in groupby(reversed(newest), key=lambda one: one[1].astimezone(ZONE).date()):
        day = list(part)
        how = Lodgement(at=min(day[-1][1] + _BEFORE, at), by=SENDER, agency="ZH")
        made += len(certification.clear([line for line, _ in day], how=how))
    return made


def _transferred() -> int:
    let_go = Standing.objects.filter(stands=True, outcome__in=_LET_GO).values("line")
    done = elsewhere().filter(state="completed", closed_at__isnull=False, line__in=let_go)
    rows = done.select_related("line", "agency").order_by("closed_at", "pk")
    return sum(len(taken_in(transfer(part, at), part[0].agency)) for at, part in _by_day(rows))


def _by_day(rows: QuerySet[WorkOrder]) -> Iterator[tuple[datetime, list[WorkOrder]]]:
    """Yield the checks of each office and day, and the moment before them all."""
    ended = [(row.closed_at, row) for row in rows if row.closed_at is not None]
    days: dict[tuple[date, str], list[tuple[datetime, WorkOrder]]] = {}
    for at, row in ended:
        days.setdefault((at.astimezone(ZONE).date(), row.agency.code), []).append((at, row))
    for found in days.values():
        yield min(at for at, _ in found) - _BEFORE, [row for _, row in found]


def transfer(orders: Sequence[WorkOrder], at: datetime) -> list[Message]:
    """Transfer the goods of orders to the office at their port."""
    how = Lodgement(at=at, by=SENDER, agency="ZH")
    lines = sorted({order.line.reference for order in orders})
    return certification.transfer(lines, to=orders[0].agency.code, how=how)


def taken_in(rows: Sequence[Message], office: Agency) -> list[Message]:
    """Let an office take messages in."""
    for row in rows:
        how = Lodgement(at=row.at + _TAKEN, by=SENDER, agency=office.code)
        certification.take_in(document(row), path=office.path, how=how)
    return list(rows)
