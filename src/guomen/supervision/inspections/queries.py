"""Reads of inspections: what is known of lines, and orders for lists and for the day's plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from guomen.core.examine import SEVERITY, Examined, Showed
from guomen.supervision.inspections.lifecycle import LIVE
from guomen.supervision.inspections.models import (
    Assignment,
    Check,
    Conflict,
    Examination,
    Finding,
    LoadedLot,
    OrderKind,
    Qualification,
    Seal,
    SealUse,
    WorkOrder,
)

# Far below the number of parameters that SQLite and PostgreSQL take in one statement.
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFindings:
    """
    What inspections showed of one line, so far as it was known at a moment.

    ``asked`` names the checks that any order asked for; one of them that is unknown has not been
    answered. ``outcome`` is the most severe of the newest examinations of each kind of order,
    None before the first; ``live`` are the orders on which something is still to be done.
    """

    line: int
    asked: frozenset[str]
    documentary: Showed = Showed.UNKNOWN
    identity: Showed = Showed.UNKNOWN
    physical: Showed = Showed.UNKNOWN
    loading: Showed = Showed.UNKNOWN
    port: Showed = Showed.UNKNOWN
    quantity: Decimal | None = None
    unit: str | None = None
    seals: tuple[str, ...] = ()
    outcome: Examined | None = None
    obligations: tuple[str, ...] = ()
    live: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether nothing is left to do and every check that was asked for is answered."""
        shown = {
            Check.DOCUMENTARY.value: self.documentary,
            Check.IDENTITY.value: self.identity,
            Check.PHYSICAL.value: self.physical,
            Check.LOADING.value: self.loading,
            Check.PORT.value: self.port,
        }
        answered = all(shown[c] is not Showed.UNKNOWN for c in self.asked if c in shown)
        return answered and not self.live and self.outcome not in (None, Examined.OPEN)


def findings_of(line_ids: Collection[int], *, known: datetime) -> dict[int, LineFindings]:
    """Return what is known of each line that has a work order or an examination."""
    ids = list(line_ids)
    found: dict[int, LineFindings] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= _findings_of(ids[start : start + _AT_ONCE], known)
    return found


def _findings_of(ids: list[int], known: datetime) -> dict[int, LineFindings]:
    orders = WorkOrder.objects.filter(line_id__in=ids, opened_at__lte=known).order_by("pk")
    asked: dict[int, set[str]] = {}
    live: dict[int, list[str]] = {}
    columns = ("line_id", "reference", "checks", "state", "closed_at")
    for line, reference, checks, state, closed_at in orders.values_list(*columns):
        counts = state in LIVE or state == "completed" or (closed_at and closed_at > known)
        asked.setdefault(line, set()).update(checks if counts else ())
        if state in LIVE or (closed_at is not None and closed_at > known):
            live.setdefault(line, []).append(reference)
    # The newest of each kind of order counts; an older one is what was thought before.
    newest: dict[int, dict[str, Examination]] = {}
    rows = Examination.objects.filter(line_id__in=ids, at__lte=known).select_related("order")
    for row in rows.order_by("seq"):
        newest.setdefault(row.line_id, {})[row.order.kind] = row
    return {
        line: _merged(
            line,
            frozenset(asked.get(line, ())),
            tuple(live.get(line, ())),
            tuple(newest.get(line, {}).values()),
        )
        for line in {*asked, *newest}
    }


def _merged(
    line: int, asked: frozenset[str], live: tuple[str, ...], rows: tuple[Examination, ...]
) -> LineFindings:
    if not rows:
        return LineFindings(line=line, asked=asked, live=live)
    outcomes = [Examined(row.outcome) for row in rows]
    measured = [row for row in rows if row.quantity is not None]
    return LineFindings(
        line=line,
        asked=asked,
        live=live,
        documentary=_worst(row.documentary for row in rows),
        identity=_worst(row.identity for row in rows),
        physical=_worst(row.physical for row in rows),
        loading=_worst(row.loading for row in rows),
        port=_worst(row.port for row in rows),
        quantity=measured[-1].quantity if measured else None,
        unit=measured[-1].unit if measured else None,
        seals=tuple(dict.fromkeys(number for row in rows for number in row.seals)),
        outcome=max(outcomes, key=SEVERITY.__getitem__),
        obligations=tuple(dict.fromkeys(code for row in rows for code in row.obligations)),
    )


def _worst(shown: Iterable[str]) -> Showed:
    """Return a failure if any check failed, else conformity if one showed it, else unknown."""
    values = {Showed(value) for value in shown}
    ranked = (Showed.FAIL, Showed.CONFORM)
    return next((value for value in ranked if value in values), Showed.UNKNOWN)


def opening(references: Collection[str]) -> dict[str, str]:
    """Return of lines whose orders ask for more than papers the newest such order."""
    rows = WorkOrder.objects.filter(line__reference__in=list(references)).exclude(state="cancelled")
    papers = [Check.DOCUMENTARY.value]
    columns = rows.order_by("pk").values_list("line__reference", "reference", "checks")
    return {line: order for line, order, checks in columns if checks != papers}


def followed(line_ids: Collection[int]) -> set[int]:
    """Return the lines on which an order that follows another one is still to be carried out."""
    rows = WorkOrder.objects.filter(line_id__in=line_ids, state__in=[s.value for s in LIVE])
    return set(rows.exclude(follows=None).values_list("line_id", flat=True))


def skills_of(officers: Collection[str], *, on: date, known: datetime) -> dict[str, set[str]]:
    """Return the skills that officers hold on a day."""
    rows = Qualification.objects.as_of(on, known=known).filter(officer__in=officers)
    found: dict[str, set[str]] = {}
    for officer, skill in rows.values_list("officer", "skill"):
        found.setdefault(officer, set()).add(skill)
    return found


def load_of(officers: Collection[str]) -> dict[tuple[str, date], int]:
    """Return the minutes of live work that officers have, day by day."""
    rows = (
        WorkOrder.objects.filter(inspector__in=officers, state__in=[s.value for s in LIVE])
        .order_by()
        .values_list("inspector", "due_on")
        .annotate(total=Sum("minutes"))
    )
    return {(officer, day): total for officer, day, total in rows if officer is not None}


def acted_on(lines: Collection[int]) -> dict[int, set[str]]:
    """Return who has inspected each line already."""
    found: dict[int, set[str]] = {}
    rows = Examination.objects.filter(line_id__in=lines).values_list("line_id", "by")
    for line, officer in rows:
        found.setdefault(line, set()).add(officer)
    return found


def times_given(orders: Collection[int]) -> dict[int, int]:
    """Return how often each order was given to somebody."""
    rows = Assignment.objects.filter(order_id__in=orders).order_by().values_list("order_id")
    return dict(rows.annotate(n=Count("pk")))


def standing_answers(order: int) -> dict[str, Finding]:
    """Return the answers of an order that count, by item."""
    return {row.item: row for row in Finding.objects.filter(order_id=order, standing=True)}


def seals_put_on(lines: Collection[int]) -> dict[int, list[str]]:
    """Return the seals under which lines left: put on, or loaded under, and not removed again."""
    found: dict[int, dict[str, None]] = {}
    at_origin = ~Q(order__kind=OrderKind.PORT_CHECK.value)
    lots = LoadedLot.objects.filter(at_origin, order__line__in=lines).exclude(seal="")
    for line, number in lots.values_list("order__line", "seal"):
        found.setdefault(line, {})[number] = None
    seals = Seal.objects.filter(at_origin, order__line__in=lines).exclude(use=SealUse.FOUND.value)
    for line, number, use in seals.values_list("order__line", "number", "use"):
        if use == SealUse.APPLIED:
            found.setdefault(line, {})[number] = None
        else:
            found.get(line, {}).pop(number, None)
    return {line: list(numbers) for line, numbers in found.items() if numbers}


def open_conflicts(order: int) -> QuerySet[Conflict]:
    """Return the conflicts of an order that nobody has settled."""
    rows = Conflict.objects.filter(order_id=order, settled_at__isnull=True)
    return rows.select_related("standing", "other")


def given_to(orders: Collection[int]) -> set[str]:
    """Return everybody to whom orders were given, who was drawn from, and who gave them."""
    rows = Assignment.objects.filter(order_id__in=orders)
    found: set[str] = set()
    for inspector, by, eligible, excluded in rows.values_list(
        "inspector", "by", "eligible", "excluded"
    ):
        found.update({inspector, by, *eligible, *excluded})
    return found
