"""
Who does which work: the second draw of the "double random", and what people change by hand.

The eligible are those who hold the role and the skill, belong to the place, have time left on that
day, and have nothing to do with the enterprise or with the line. One of them is drawn with the key
of the day of assignment, purpose "inspector", on the reference of the order: anybody can draw
again. Without a key nobody is drawn and the order waits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction

from guomen.core import draw
from guomen.core.errors import GuomenError
from guomen.journeys import drawing
from guomen.rulebooks import inspection as work
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Officer, Role
from guomen.supervision.inspections import operations, queries
from guomen.supervision.inspections.lifecycle import OrderMove, OrderState
from guomen.supervision.inspections.models import AssignmentWay, OrderKind, WorkOrder
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries as entries

KIND = "assignment"
# Who does orders of each kind; papers alone are the examiner's.
ROLE_OF: Mapping[OrderKind, Role] = {
    OrderKind.INSPECTION: Role.INSPECTOR,
    OrderKind.LOADING_SUPERVISION: Role.LOADING_SUPERVISOR,
    OrderKind.PORT_CHECK: Role.PORT_CHECKER,
}


class NobodyEligibleError(GuomenError):
    """The person named may not do this order."""

    code: ClassVar[str] = "assigning.not-eligible"


class ReasonMissingError(GuomenError):
    """A change of inspector says why."""

    code: ClassVar[str] = "assigning.reason-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody of the role, and why not, if not."""

    officer: str
    name_zh: str
    name_en: str
    minutes: int
    why_not: str | None = None


@dataclass(slots=True, kw_only=True)
class Assigned:
    """What became of orders that were to be assigned: inspector by order, or why it waits."""

    given: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)


def role_of(order: WorkOrder) -> Role:
    """Return the role that does an order."""
    if order.checks == [work.DOCUMENTARY]:
        return Role.DOCUMENT_EXAMINER
    return ROLE_OF[OrderKind(order.kind)]


def assign(references: Collection[str], *, at: datetime, by: str) -> Assigned:
    """
    Draw an inspector for each open order: owed checks first, then by day.

    :raises guomen.supervision.inspections.operations.NoSuchOrderError: if there is no such order
    """
    answer = Assigned()
    with transaction.atomic():
        orders = operations.locked(references)
        waiting = [o for o in orders.values() if o.state == OrderState.OPEN.value]
        waiting.sort(key=lambda o: (not o.owed, o.due_on, o.reference))
        pools = _Pools(waiting, at=at)
        urn = _Urn(waiting, at=at)
        drafts = [_drawn(order, pools, urn, by=by, answer=answer) for order in waiting]
        kept = [draft for draft in drafts if draft is not None]
        if kept:
            ledger.append(kept, at=at, by=by)
    return answer


def candidates(order: WorkOrder, *, at: datetime) -> tuple[Candidate, ...]:
    """Return everybody of the role at the place of an order, those who may do it first."""
    found = _Pools([order], at=at).candidates(order)
    return tuple(sorted(found, key=lambda c: (c.why_not is not None, c.officer)))


def name(
    reference: str, officer: str, *, reason: str, at: datetime, by: str, note: str = ""
) -> None:
    """
    Give an order to a person by name, or take it from one and give it to another; says why.

    :raises NobodyEligibleError: if the person may not do it
    :raises ReasonMissingError: if there is no reason that the rule book knows
    :raises guomen.core.lifecycle.MoveRefusedError: if the order is closed
    """
    if reason not in work.REASSIGN_REASONS:
        raise ReasonMissingError(
            "say why the inspector is named or changed: choose one of the reasons", reason=reason
        )
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        chosen = next((c for c in candidates(order, at=at) if c.officer == officer), None)
        # A full day is a reason to draw another, not to forbid what a head decides.
        if chosen is None or chosen.why_not not in (None, "full"):
            raise NobodyEligibleError(
                f"{officer} may not do order {reference}: choose one of the eligible officers",
                officer=officer,
                why=chosen.why_not if chosen else "not_of_the_role",
            )
        fresh = order.state == OrderState.OPEN.value
        way = AssignmentWay.NAMED if fresh else AssignmentWay.REASSIGNED
        before = order.inspector
        operations.give(
            order,
            assignment={
                "inspector": officer, "way": way.value, "reason": reason, "note": note, "by": by
            },
            move=OrderMove.ASSIGN if fresh else OrderMove.REASSIGN,
            at=at,
        )  # fmt: skip
        body = {
            "order": reference, "inspector": officer, "before": before, "way": way.value,
            "reason": reason, "note": note,
        }  # fmt: skip
        draft = ledger.Draft(kind=KIND, subject=order.line.reference, body=body)
        ledger.append([draft], at=at, by=by)


def names(orders: Sequence[WorkOrder], *, every: bool = False) -> dict[str, tuple[str, str]]:
    """Return the names of the inspectors of orders; of all they were ever given to, if asked."""
    keys = {order.inspector for order in orders if order.inspector}
    if every:
        given = queries.given_to([order.pk for order in orders])
        keys |= given
    return agencies.names_of(keys)


class _Pools:
    """Officers by role and place, their skills, load and interests, read once for many orders."""

    def __init__(self, orders: Sequence[WorkOrder], *, at: datetime) -> None:
        self.at = at
        self.roles: dict[str, list[Officer]] = {}
        if not orders:
            return
        day = at.astimezone(ZoneInfo("Asia/Shanghai")).date()
        for role in sorted({role_of(order) for order in orders}):
            found = agencies.officers_with(role.value, path="/", on=day, known=at)
            self.roles[role.value] = list(found.order_by("key"))
        people = {officer.key for listed in self.roles.values() for officer in listed}
        self.skills = queries.skills_of(people, on=day, known=at)
        # What is overdue is done today: it fills today, not the day on which it was due.
        self.today = day
        self.load: dict[tuple[str, date], int] = {}
        for (officer, due), minutes in queries.load_of(people).items():
            key = officer, max(due, day)
            self.load[key] = self.load.get(key, 0) + minutes
        enterprises = {order.line.enterprise for order in orders}
        self.interested = agencies.interested_in(enterprises, on=day, known=at)
        self.acted = queries.acted_on({order.line_id for order in orders})

    def candidates(self, order: WorkOrder) -> list[Candidate]:
        """Return the officers of the role at the place of an order."""
        near = [
            officer
            for officer in self.roles[role_of(order).value]
            if officer.agency.path.startswith(order.agency.path)
            or order.agency.path.startswith(officer.agency.path)
        ]
        return [self._candidate(order, officer) for officer in near]

    def _candidate(self, order: WorkOrder, officer: Officer) -> Candidate:
        load = self.load.get((officer.key, max(order.due_on, self.today)), 0)
        return Candidate(
            officer=officer.key,
            name_zh=officer.name_zh,
            name_en=officer.name_en,
            minutes=load,
            why_not=self._why_not(order, officer.key, load),
        )

    def _why_not(self, order: WorkOrder, officer: str, load: int) -> str | None:
        examines = role_of(order) is Role.DOCUMENT_EXAMINER
        if (officer, order.line.enterprise) in self.interested:
            return "interest"
        if order.follows_id is not None and officer in self.acted.get(order.line_id, set()):
            return "acted"
        if not examines and order.skill not in self.skills.get(officer, set()):
            return "skill"
        if load + order.minutes > work.DAY_MINUTES:
            return "full"
        return None

    def took(self, order: WorkOrder, officer: str) -> None:
        """Count an order into the load of an officer."""
        key = officer, max(order.due_on, self.today)
        self.load[key] = self.load.get(key, 0) + order.minutes


class _Urn:
    """The keys of the day, each joined once, and how often orders were given before."""

    def __init__(self, orders: Sequence[WorkOrder], *, at: datetime) -> None:
        self.at = at
        self.offices = drawing.offices() if orders else {}
        self.before = queries.times_given([order.pk for order in orders])
        self.keys: dict[str, tuple[bytes, date, str] | None] = {}

    def ticket(self, order: WorkOrder) -> dict[str, Any] | None:
        """Draw ``u`` for an order with the key of the day; None without a key."""
        office = self.offices[order.agency.code]
        if office.agency not in self.keys:
            self.keys[office.agency] = self._key(office)
        held = self.keys[office.agency]
        if held is None:
            return None
        key, day, anchor = held
        basis = draw.Basis(
            agency=office.agency, previous_anchor=anchor, purpose=draw.Purpose.INSPECTOR
        )
        counter = self.before.get(order.pk, 0)
        return {
            "draw_agency": office.agency,
            "draw_day": day,
            "draw_anchor": anchor,
            "draw_counter": counter,
            "u": draw.draw_one(key, draw.message(basis, order.reference, counter)),
        }

    def _key(self, office: custody.Office) -> tuple[bytes, date, str] | None:
        day = office.day_of(self.at)
        use = custody.Use(at=self.at, who=drawing.SERVER, purpose=draw.Purpose.INSPECTOR.value)
        try:
            key = custody.key_for(day, office, use=use)
        except custody.NoKeyToday:
            return None
        return key.key, day, entries.previous_anchor(day)


def _drawn(
    order: WorkOrder, pools: _Pools, urn: _Urn, *, by: str, answer: Assigned
) -> ledger.Draft | None:
    found = pools.candidates(order)
    eligible = [c.officer for c in found if c.why_not is None]
    excluded = {c.officer: c.why_not for c in found if c.why_not is not None}
    if not eligible:
        answer.waiting[order.reference] = "nobody_eligible"
        return None
    ticket = urn.ticket(order)
    if ticket is None:
        answer.waiting[order.reference] = "no_key"
        return None
    officer = eligible[place_of(ticket["u"], len(eligible))]
    pools.took(order, officer)
    answer.given[order.reference] = officer
    given: dict[str, Any] = {
        "inspector": officer,
        "way": AssignmentWay.DRAWN.value,
        "eligible": eligible,
        "excluded": excluded,
        **ticket,
    }
    operations.give(order, assignment=given | {"by": by}, move=OrderMove.ASSIGN, at=pools.at)
    body = given | {"order": order.reference, "draw_day": ticket["draw_day"].isoformat()}
    return ledger.Draft(kind=KIND, subject=order.line.reference, body=body)


def place_of(u: int, among: int) -> int:
    """
    Return the place that a draw gives among a number of eligible officers.

    >>> place_of(0, 3), place_of(2**52 - 1, 3), place_of(2**51, 2)
    (0, 2, 1)
    """
    return u * among >> draw.U_BITS
