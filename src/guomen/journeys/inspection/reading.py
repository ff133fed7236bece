"""What pages show of work orders: lists, the plan of a day, an inspector's day, one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from guomen.journeys import stages
from guomen.journeys.inspection import checklist
from guomen.journeys.inspection.transferred import Transferred, compared
from guomen.journeys.stages import Explained
from guomen.rulebooks import inspection as work
from guomen.rulebooks.inspection import Item
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.inspections import queries
from guomen.supervision.inspections.lifecycle import LIVE, OrderState
from guomen.supervision.inspections.models import (
    Conflict,
    Examination,
    Finding,
    LoadedLot,
    OrderKind,
    Photo,
    Seal,
    WorkOrder,
)
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties import queries as parties

_LIVE = [state.value for state in LIVE]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficersDay:
    """What one officer has on one day: the orders, and the minutes planned of those of a day."""

    officer: str
    name: tuple[str, str]
    minutes: int
    orders: tuple[WorkOrder, ...]

    @property
    def full_percent(self) -> int:
        """Return how full the day is, in percent of a working day."""
        return round(100 * self.minutes / work.DAY_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """One item of the checklist with the answer that stands."""

    item: Item
    finding: Finding | None
    conflict: Conflict | None
    photos: tuple[Photo, ...]

    @property
    def answered(self) -> bool:
        """Tell whether the answer establishes something."""
        return checklist.answered(self.item, self.finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """One order with everything that was recorded under it."""

    order: WorkOrder
    items: tuple[ItemState, ...]
    seals: tuple[Seal, ...]
    lots: tuple[LoadedLot, ...]
    photos: tuple[Photo, ...]
    conflicts: tuple[Conflict, ...]
    examination: Explained | None
    examined: Examination | None
    sent: tuple[Examination, ...]
    transferred: Transferred | None
    names: dict[str, tuple[str, str]]
    enterprise: tuple[str, str] | None
    place: tuple[str, str] | None
    signed: bool

    @property
    def open_items(self) -> int:
        """Count the items that are still to be answered."""
        return sum(not state.answered for state in self.items)

    @property
    def answers_not_kept(self) -> bool:
        """Tell whether the order was examined and not one of its answers is on record."""
        return self.examined is not None and not any(state.finding for state in self.items)


def orders(path: str | None) -> QuerySet[WorkOrder]:
    """Return the orders that officers of a subtree may see; none for nobody's."""
    rows = WorkOrder.objects.select_related("line__declaration", "agency")
    return rows.none() if path is None else rows.filter(agency__path__startswith=path)


def order_of(path: str | None, reference: str) -> WorkOrder | None:
    """Return one order of a subtree, or None."""
    rows = orders(path).select_related("line__declaration", "line__agency", "agency")
    return rows.filter(reference=reference).first()


def own_orders(officer: str) -> QuerySet[WorkOrder]:
    """Return the orders that were ever given to an officer."""
    return (
        WorkOrder.objects.filter(Q(inspector=officer) | Q(assignments__inspector=officer))
        .select_related("line__declaration", "line__agency", "agency")
        .distinct()
    )


def counts(rows: QuerySet[WorkOrder]) -> dict[str, int]:
    """Return how many orders stand in each state."""
    found = rows.order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in found}


def plan_of_day(path: str | None, day: date) -> tuple[OfficersDay, ...]:
    """Return who does what on a day, owed checks first, the fullest day first."""
    rows = (
        orders(path)
        .filter(state__in=_LIVE, due_on__lte=day, inspector__isnull=False)
        .order_by("-owed", "due_on", "place", "reference")
    )
    by_officer: dict[str, list[WorkOrder]] = {}
    for order in rows[:_MOST_OF_A_DAY]:
        by_officer.setdefault(order.inspector or "", []).append(order)
    names = agencies.names_of(by_officer)
    found = [
        OfficersDay(
            officer=officer,
            name=names.get(officer, (officer, officer)),
            minutes=sum(order.minutes for order in listed),
            orders=tuple(listed),
        )
        for officer, listed in by_officer.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.minutes, one.officer)))


_MOST_OF_A_DAY = 500


def my_day(officer: str, day: date) -> tuple[WorkOrder, ...]:
    """Return the live orders of an officer up to a day: owed checks first, then place by place."""
    rows = WorkOrder.objects.filter(inspector=officer, state__in=_LIVE, due_on__lte=day)
    ordered = rows.order_by("-owed", "due_on", "place", "reference")
    return tuple(ordered.select_related("line__declaration", "agency")[:_MOST_OF_A_DAY])


def due_on(officer: str, day: date) -> tuple[WorkOrder, ...]:
    """Return the live orders of an officer that are due on one day."""
    rows = WorkOrder.objects.filter(inspector=officer, state__in=_LIVE, due_on=day)
    ordered = rows.order_by("-owed", "place", "reference")
    return tuple(ordered.select_related("line__declaration", "agency")[:_MOST_OF_A_DAY])


def coming(officer: str, day: date) -> tuple[WorkOrder, ...]:
    """Return what an officer was given for later days, the next first."""
    rows = WorkOrder.objects.filter(inspector=officer, state__in=_LIVE, due_on__gt=day)
    ordered = rows.order_by("due_on", "place", "reference")
    return tuple(ordered.select_related("line__declaration", "agency")[:_MOST_COMING])


_MOST_COMING = 20


def done_on(officer: str, midnight: datetime) -> tuple[WorkOrder, ...]:
    """Return the orders that an officer closed on the day after a midnight, the newest first."""
    rows = WorkOrder.objects.filter(
        inspector=officer, closed_at__gte=midnight, closed_at__lt=midnight + timedelta(days=1)
    )
    return tuple(rows.order_by("-closed_at").select_related("line__declaration")[:50])


def record_of(order: WorkOrder) -> OrderRecord:
    """Return one order with everything that was recorded under it."""
    answers = queries.standing_answers(order.pk)
    conflicts = tuple(queries.open_conflicts(order.pk))
    photos = tuple(order.photos.all())
    seals, lots = tuple(order.seals.all()), tuple(order.lots.all())
    examined = order.examinations.order_by("-seq").first()
    disputed = {conflict.standing.item: conflict for conflict in conflicts}
    digest = checklist.digest_of(answers, seals, lots)
    people = {row.by for row in (*answers.values(), *photos)} | {order.inspector or ""}
    return OrderRecord(
        order=order,
        items=tuple(
            ItemState(
                item=item,
                finding=answers.get(item.code),
                conflict=disputed.get(item.code),
                photos=tuple(photo for photo in photos if photo.item == item.code),
            )
            for item in checklist.items_of(order)
        ),
        seals=seals,
        lots=lots,
        photos=photos,
        conflicts=conflicts,
        examination=stages.explain(ledger.entry(examined.seq)) if examined else None,
        examined=examined,
        sent=_sent(order),
        transferred=compared(order, seals),
        names=agencies.names_of(people | {c.other.by for c in conflicts}),
        enterprise=parties.names_of({order.line.enterprise}).get(order.line.enterprise),
        place=place_names([order]).get(order.place),
        signed=any(s.role == "inspector" and s.digest == digest for s in order.signatures.all()),
    )


def _sent(order: WorkOrder) -> tuple[Examination, ...]:
    """Return what the office of origin recorded of the same goods, for the port of exit."""
    if order.kind != OrderKind.PORT_CHECK.value:
        return ()
    rows = Examination.objects.filter(line=order.line).exclude(order__kind=order.kind)
    return tuple(rows.select_related("order").order_by("seq"))


def is_live(order: WorkOrder) -> bool:
    """Tell whether something is still to be done under an order."""
    return OrderState(order.state) in LIVE


def enterprise_names(rows: Sequence[WorkOrder]) -> dict[str, Any]:
    """Return the names of the enterprises of orders."""
    return parties.names_of({order.line.enterprise for order in rows})


def place_names(rows: Sequence[WorkOrder]) -> dict[str, tuple[str, str]]:
    """Return the names of the ports and sites at which orders are done."""
    codes = {order.place for order in rows if order.place}
    return parties.places_named(codes) if codes else {}
