"""
Work orders from rulings: what was asked for becomes work that somebody can be given.

An order is opened by what the newest ruling on a line says: its outcome asks for checks, its
duties for loading under supervision and for a check at the port of exit. Opening is repeatable: a
line that has its orders gets none again, one that was refused or withdrawn loses those that live.
Not for who does the work (``assigning``), nor for the work (``inspection``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from guomen.core import canonical, explain
from guomen.core.severity import Outcome
from guomen.journeys import rulings
from guomen.rulebooks import calendar
from guomen.rulebooks import inspection as work
from guomen.rulebooks.book import BOOK
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations import queries as lines_of
from guomen.supervision.declarations.lifecycle import AWAITING_RESULT, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections import operations
from guomen.supervision.inspections.lifecycle import OrderMove
from guomen.supervision.inspections.models import OrderKind, WorkOrder
from guomen.supervision.ledger.models import Entry
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.codes import reference

MAINLAND = "mainland"
# Lines that one transaction looks at.
AT_ONCE = 2_000
# On these nothing is inspected any more, or not yet.
_IDLE = (LineState.REFUSED, LineState.WITHDRAWN, LineState.HELD, LineState.DISPOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The work that one ruling asks for, kind by kind."""

    checks: Mapping[str, tuple[str, ...]]  # by kind of order
    obligations: tuple[str, ...]
    group: str
    policy: str
    plan: tuple[int | None, int | None, int | None]


def open_for(references: Collection[str], *, at: datetime) -> int:
    """Open what the newest rulings on lines ask for; return how many orders were opened."""
    listed = sorted(references)
    opened = 0
    for start in range(0, len(listed), AT_ONCE):
        with transaction.atomic():
            opened += _open(listed[start : start + AT_ONCE], at=at)
    return opened


class Asking(NamedTuple):
    """A line whose ruling asks for work, as far as work needs it."""

    line_id: int
    agency_id: int
    zone: str
    direction: str
    place: tuple[str | None, str | None]  # its base, its port
    ruling_seq: int
    owed: bool  # it carries a check that another line owes
    wants: Wanted


def open_new(lines: Iterable[Asking], *, names: Iterator[str], at: datetime) -> None:
    """
    Open what the first rulings on new lines ask for, in the transaction that stores the lines.

    :param names: references of new orders.
    """
    asking = list(lines)
    exits = {
        line.place[1] or "" for line in asking if OrderKind.PORT_CHECK.value in line.wants.checks
    }
    watching = parties.offices_at(exits) if exits else {}
    drafts = [
        _drafted(line, kind, at=at, watching=watching)
        for line in asking
        for kind in OrderKind
        if kind.value in line.wants.checks
    ]
    operations.open_orders([d | {"reference": name} for d, name in zip(drafts, names, strict=True)])


def open_due(*, path: str = "/", at: datetime) -> int:
    """Open the orders of every line of a subtree that awaits a result and has none."""
    any_order = WorkOrder.objects.filter(line_id=OuterRef("pk"))
    waiting = Line.objects.filter(
        agency__path__startswith=path, state__in=[state.value for state in AWAITING_RESULT]
    ).exclude(Exists(any_order))
    return open_for(list(waiting.values_list("reference", flat=True)), at=at)


def _open(references: Sequence[str], *, at: datetime) -> int:
    rows = list(
        Line.objects.filter(reference__in=references)
        .select_related("declaration", "agency")
        .order_by("pk")
    )
    live = {(o.line_id, o.kind): o for o in operations.live_orders([row.pk for row in rows])}
    asked = wanted(rows)
    carried = lines_of.carried_by([row.reference for row in rows])
    watching = parties.offices_at({row.declaration.port or "" for row in rows})
    drafts: list[dict[str, Any]] = []
    for row in rows:
        want = asked.get(row.reference)
        kinds = {} if want is None or LineState(row.state) in _IDLE else want.checks
        for kind in OrderKind:
            order = live.get((row.pk, kind.value))
            if order is not None and kind.value not in kinds:
                operations.move(order, OrderMove.CANCEL, at=at, reason="no_longer_asked")
            elif order is not None and want is not None:
                _renew(order, row, want)
            elif kind.value in kinds and want is not None:
                owed = row.reference in carried
                drafts.append(draft(row, want, kind=kind, owed=owed, at=at, watching=watching))
    done = _done([d["line_id"] for d in drafts])
    drafts = [d for d in drafts if (d["line_id"], d["kind"], d["ruling_seq"]) not in done]
    numbered = zip(drafts, _references(at, len(drafts)), strict=True)
    operations.open_orders([d | {"reference": name} for d, name in numbered])
    return len(drafts)


def _done(lines: Collection[int]) -> set[tuple[int, str, int]]:
    """Return the orders that exist for the same ruling: it asks once."""
    rows = WorkOrder.objects.filter(line_id__in=lines)
    return set(rows.values_list("line_id", "kind", "ruling_seq"))


def _references(at: datetime, count: int) -> Iterator[str]:
    return names_of(at, declarations.reserve(kind_of_number(at), count) if count else ())


def kind_of_number(at: datetime) -> str:
    """Return the kind of number that orders opened at a moment have."""
    return f"WO-{at.year}"


def names_of(at: datetime, numbers: Iterable[int]) -> Iterator[str]:
    """Return the references of orders opened at a moment."""
    return (reference(kind_of_number(at), number) for number in numbers)


def _renew(order: WorkOrder, row: Line, want: Wanted) -> None:
    """Let a live order ask for what a newer ruling asks for."""
    if order.ruling_seq == row.ruling_seq:
        return
    order.checks = list(want.checks[order.kind])
    order.obligations = list(want.obligations)
    order.policy = want.policy
    order.plan_n, order.plan_ac, order.plan_re = want.plan
    order.minutes = minutes(order.checks)
    order.ruling_seq = row.ruling_seq
    order.version += 1
    order.save()


def draft(
    row: Line,
    want: Wanted,
    *,
    kind: OrderKind,
    owed: bool,
    at: datetime,
    watching: Mapping[str, int],
) -> dict[str, Any]:
    """
    Return the attributes of a new order, all but its reference.

    The check at the port of exit is for the office that watches the port (``watching``: agency by
    port); all else is for the office that handles the line.
    """
    line = Asking(
        line_id=row.pk,
        agency_id=row.agency_id,
        zone=row.agency.zone,
        direction=row.direction,
        place=(row.site, row.declaration.port),
        ruling_seq=row.ruling_seq,
        owed=owed,
        wants=want,
    )
    return _drafted(line, kind, at=at, watching=watching)


def _drafted(
    line: Asking, kind: OrderKind, *, at: datetime, watching: Mapping[str, int]
) -> dict[str, Any]:
    want = line.wants
    checks = list(want.checks[kind.value])
    plan_n, plan_ac, plan_re = want.plan
    at_port = watching.get(line.place[1] or "") if kind is OrderKind.PORT_CHECK else None
    return {
        "line_id": line.line_id,
        "agency_id": at_port or line.agency_id,
        "kind": kind.value,
        "checks": checks,
        "obligations": list(want.obligations),
        "skill": work.skill_of(want.group).value,
        "group": want.group,
        "place": _place(*line.place, kind),
        "due_on": due_on(line.direction, kind, _local_day(at, line.zone)),
        "owed": line.owed,
        "minutes": minutes(checks),
        "ruling_seq": line.ruling_seq,
        "policy": want.policy,
        "plan_n": plan_n,
        "plan_ac": plan_ac,
        "plan_re": plan_re,
        "state": "open",
        "opened_at": at,
        "reason": "",
        "version": 1,
    }


def again(order: WorkOrder, obligations: Collection[str], *, at: datetime) -> str:
    """
    Open another order for the checks of one that is closed, for other eyes; return its reference.

    It follows the first, so that whoever carried that one out is not drawn for it.
    """
    (name,) = _references(at, 1)
    line = order.line
    WorkOrder.objects.create(
        reference=name,
        follows=order,
        obligations=list(obligations),
        due_on=due_on(line.direction, OrderKind(order.kind), _local_day(at, order.agency.zone)),
        opened_at=at,
        **{column: getattr(order, column) for column in _COPIED},
    )
    return name


_COPIED = (
    "line_id", "agency_id", "kind", "checks", "skill", "group", "place", "minutes", "ruling_seq",
    "policy", "plan_n", "plan_ac", "plan_re",
)  # fmt: skip


def _place(base: str | None, port: str | None, kind: OrderKind) -> str:
    """Return where the work is done: at the base of the goods, or at the port."""
    at_base = kind is OrderKind.LOADING_SUPERVISION and base
    return str(at_base or port or base or "")[:60]


@lru_cache(maxsize=1024)
def due_on(direction: str, kind: OrderKind, day: date) -> date:
    """Return the day on which an order should be done: fresh supply and exports go out at once."""
    at_once = kind is not OrderKind.INSPECTION or direction == "export"
    if at_once and calendar.is_workday(day, MAINLAND):
        return day
    return calendar.add_working_days(day, 1, MAINLAND)


def minutes(checks: Collection[str]) -> int:
    """Return how long the checks of an order are planned to take."""
    return sum(work.MINUTES[check] for check in checks)


def _local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def wanted(rows: Sequence[Line]) -> dict[str, Wanted]:
    """Return what the newest ruling on each line asks for, read from the ledger."""
    entries = Entry.objects.filter(seq__in=[row.ruling_seq for row in rows], kind=rulings.KIND)
    bodies = {entry.subject: entry.body for entry in entries if entry.body is not None}
    return {reference: wanted_by(body) for reference, body in bodies.items()}


def asks(outcome: Outcome, words: tuple[int, ...], settled: tuple[str, ...]) -> bool:
    """Tell whether a ruling asks for any work, by its outcome and answers."""
    return any(True for _ in _checks(outcome, _duties(words, settled)))


def wanted_by(body: str) -> Wanted:
    """Return what one stored ruling asks for."""
    value = canonical.loads(body)
    facts, ruling = value["facts"], value["ruling"]
    words = tuple(int(word, 16) for word in ruling["answers"])
    duties = _duties(words, tuple(facts.get("settled_rules") or ()))
    checks = dict(_checks(Outcome(ruling["outcome"]), duties))
    return Wanted(
        checks=checks,
        obligations=duties,
        group=facts.get("commodity_group") or "",
        policy=(ruling["sampling"] or {}).get("policy", ""),
        plan=_plan(ruling["sampling"]),
    )


# A year of lines has some thousand different sets of answers.
@lru_cache(maxsize=65_536)
def _duties(words: tuple[int, ...], settled: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code, _ in explain.obligations(BOOK, words, settled=settled))


def _checks(outcome: Outcome, duties: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if outcome in (Outcome.HOLD, Outcome.REFUSE):
        return
    if outcome in work.CHECKS_OF:
        yield OrderKind.INSPECTION.value, work.CHECKS_OF[outcome]
    if work.LOADING_DUTY in duties:
        yield OrderKind.LOADING_SUPERVISION.value, (work.LOADING,)
    if work.PORT_DUTY in duties:
        yield OrderKind.PORT_CHECK.value, (work.PORT,)


def _plan(sampling: Mapping[str, Any] | None) -> tuple[int | None, int | None, int | None]:
    """Return n, Ac and Re: nought where no plan applies, unknown where the plan needs the lot."""
    if sampling is None:
        return 0, 0, 0
    return sampling.get("n"), sampling.get("ac"), sampling.get("re")
