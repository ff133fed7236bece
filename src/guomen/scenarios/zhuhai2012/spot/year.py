"""
A year of work orders behind the results of the year, in bulk.

Each stored ruling opens the orders that it asks for; the result that the year recorded says what
the inspection found. The examinations are ruled on by the book and enter the ledger day by day, as
the journey writes them. What still waits is given out by the real draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from django.db import transaction

from guomen.core.frequency import Finding as Result
from guomen.journeys import assigning, stages, work_orders
from guomen.journeys.inspection.checklist import digest_of_parts
from guomen.journeys.work_orders import Wanted
from guomen.rulebooks import inspection as work
from guomen.rulebooks.examination import engine
from guomen.scenarios.zhuhai2012.spot import findings
from guomen.scenarios.zhuhai2012.spot.teams import Teams, qualify, role_of
from guomen.supervision import bulk
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line, LineResult
from guomen.supervision.inspections import operations
from guomen.supervision.inspections.models import (
    Assignment,
    Examination,
    Finding,
    LoadedLot,
    OrderKind,
    Seal,
    Signature,
    Signer,
    Visit,
    WorkOrder,
)
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger.models import Entry
from guomen.supervision.parties.codes import reference

AT_ONCE = 4_000
SENDER = "SYS-DEMO"
ZONE = ZoneInfo("Asia/Shanghai")
# Single answers of inspections are kept of so many last days and of all failures; before that the
# examination alone is kept. Of loading and the port all answers are kept: they are few.
KEPT_DAYS = 21
_NEVER = [
    state.value
    for state in (LineState.LODGED, LineState.HELD, LineState.REFUSED, LineState.WITHDRAWN)
]
_AFTER = {
    OrderKind.INSPECTION: timedelta(0),
    OrderKind.LOADING_SUPERVISION: timedelta(hours=3),
    OrderKind.PORT_CHECK: timedelta(hours=6),
}


@dataclass(slots=True, kw_only=True)
class Done:
    """One order of the year: its row, who did it, and what came of it."""

    order: dict[str, Any]
    line: Line
    kind: OrderKind
    given: dict[str, Any] | None = None
    at: datetime | None = None
    facts: dict[str, Any] | None = None
    conforms: bool = True


@dataclass(slots=True)
class Filled:
    """How many rows were made."""

    orders: int = 0
    examinations: int = 0
    findings: int = 0
    waiting: list[str] = field(default_factory=list)


def fill(now: datetime, faults: Mapping[tuple[str, int], str | None]) -> Filled:
    """
    Write the orders of every ruling of the year; ``faults`` by own number and line number.

    Once filled, what waits is given out by the draw of the day.
    """
    filled = Filled()
    WorkOrder.objects.filter(examinations=None, assignments=None).delete()
    with transaction.atomic():
        qualify(now)
        teams = Teams(now)
        rows = Line.objects.exclude(state__in=_NEVER).order_by("decided_at", "pk")
        keys = list(rows.values_list("pk", flat=True))
        for start in range(0, len(keys), AT_ONCE):
            part = list(
                Line.objects.filter(pk__in=keys[start : start + AT_ONCE])
                .select_related("declaration", "agency")
                .order_by("decided_at", "pk")
            )
            _fill(part, teams, faults, now=now, filled=filled)
    assigning.assign(_waiting(), at=now, by=SENDER)
    return filled


def _waiting() -> list[str]:
    """Return the orders that wait, owed checks and the oldest first; some stay for the reader."""
    waiting = WorkOrder.objects.filter(state="open").order_by("-owed", "due_on", "reference")
    listed = list(waiting.values_list("reference", flat=True))
    return listed[: len(listed) * 2 // 3]


def _fill(
    lines: Sequence[Line],
    teams: Teams,
    faults: Mapping[tuple[str, int], str | None],
    *,
    now: datetime,
    filled: Filled,
) -> None:
    seqs = {line.ruling_seq: line for line in lines}
    bodies = Entry.objects.filter(seq__in=list(seqs)).values_list("seq", "body")
    asked = {seqs[seq].pk: work_orders.wanted_by(body) for seq, body in bodies if body}
    results = _results(lines)
    made = [
        order
        for line in lines
        for order in _orders(line, asked[line.pk], results.get(line.pk, []), teams, now=now)
    ]
    _number(made)
    for one in made:
        _give(one, teams, now=now)
        fault = faults.get((one.line.declaration.own_number, one.line.number))
        _find(one, results.get(one.line.pk, []), fault)
    _store(made, now=now, filled=filled)


def _results(lines: Sequence[Line]) -> dict[int, list[LineResult]]:
    found: dict[int, list[LineResult]] = {}
    for row in LineResult.objects.filter(line__in=lines).order_by("seq"):
        found.setdefault(row.line_id, []).append(row)
    return found


def _orders(
    line: Line, want: Wanted, results: Sequence[LineResult], teams: Teams, *, now: datetime
) -> Iterator[Done]:
    """Yield the orders that a ruling asks for, in the states to which its results brought them."""
    failed = line.state in (LineState.NONCONFORMING, LineState.UNDER_DISPOSAL, LineState.DISPOSED)
    for kind in OrderKind:
        if kind.value not in want.checks:
            continue
        row = work_orders.draft(
            line, want, kind=kind, owed=False, at=line.decided_at, watching=teams.watching
        )
        row |= {"inspector": None, "assigned_at": None, "begun_at": None, "closed_at": None}
        one = Done(order=row, line=line, kind=kind)
        if kind is OrderKind.INSPECTION:
            _by_result(one, results)
        elif failed:
            row |= {"state": "cancelled", "closed_at": line.decided_at + _AFTER[kind],
                    "reason": "no_longer_asked"}  # fmt: skip
        elif line.decided_at + _AFTER[kind] < now and line.state == LineState.RELEASED:
            one.at = line.decided_at + _AFTER[kind]
        yield one


def _by_result(one: Done, results: Sequence[LineResult]) -> None:
    if not results:
        return
    last = results[-1]
    if not last.performed:
        one.order |= {"state": "not_performed", "closed_at": last.at, "reason": last.reason}
        return
    # Results are recorded at night: the goods were looked at on the afternoon before.
    one.at = max(last.at - timedelta(hours=13), one.line.decided_at + timedelta(minutes=40))
    one.conforms = last.finding != Result.NONCONFORM


def _number(made: Sequence[Done]) -> None:
    for year, group in groupby(made, key=lambda one: one.order["opened_at"].year):
        listed = list(group)
        numbers = declarations.reserve(f"WO-{year}", len(listed))
        for one, number in zip(listed, numbers, strict=True):
            one.order["reference"] = reference(f"WO-{year}", number)


def _give(one: Done, teams: Teams, *, now: datetime) -> None:
    """Draw the inspector of an order that somebody worked on."""
    if one.at is None and one.order["state"] != "not_performed":
        return
    opened = one.order["opened_at"]
    day = opened.astimezone(ZONE).date()
    role = role_of(one.kind, one.order["checks"])
    agency = teams.offices[one.order["agency_id"]]
    eligible = teams.eligible(role, agency.path)
    ticket = teams.draw(agency.code, one.order["reference"], day)
    if not eligible or ticket is None:
        one.at = None
        one.order |= {"state": "open", "closed_at": None, "reason": ""}
        return
    office, anchor, u = ticket
    inspector = eligible[assigning.place_of(u, len(eligible))]
    one.given = {
        "inspector": inspector, "way": "drawn", "reason": "", "note": "", "eligible": eligible,
        "excluded": {}, "draw_agency": office, "draw_day": day, "draw_anchor": anchor,
        "draw_counter": 0, "u": u, "at": opened + timedelta(minutes=5), "by": SENDER,
    }  # fmt: skip
    one.order |= {"inspector": inspector, "assigned_at": one.given["at"]}
    if one.at is not None:
        one.order |= {"state": "completed", "begun_at": one.at, "closed_at": one.at}


def _find(one: Done, results: Sequence[LineResult], fault: str | None) -> None:
    if one.at is None:
        return
    unknown = bool(results) and results[-1].finding == Result.UNKNOWN
    one.facts = findings.facts_of(one.order, one.line, one.kind, conforms=one.conforms,
                                  fault=fault, unknown=unknown)  # fmt: skip
    one.facts["on"] = one.at.astimezone(ZONE).date()


def _store(made: Sequence[Done], *, now: datetime, filled: Filled) -> None:
    ruled = [one for one in made if one.facts is not None]
    rulings = stages.rule(engine(), [one.facts for one in ruled if one.facts is not None])
    for one, ruling in zip(ruled, rulings, strict=True):
        if ruling.outcome == "open":
            one.order |= {"state": "underway", "closed_at": None}
    operations.open_orders([one.order for one in made])
    named = [one.order["reference"] for one in made]
    keys = dict(WorkOrder.objects.filter(reference__in=named).values_list("reference", "pk"))
    _assignments(made, keys)
    _examinations(ruled, rulings, keys)
    _spot(ruled, keys, now=now, filled=filled)
    filled.orders += len(made)
    filled.examinations += len(ruled)


def _assignments(made: Sequence[Done], keys: Mapping[str, int]) -> None:
    rows = [
        {"order_id": keys[one.order["reference"]], **one.given}
        for one in made
        if one.given is not None
    ]
    _insert(Assignment, rows)


def _examinations(
    ruled: Sequence[Done], rulings: Sequence[stages.Ruled], keys: Mapping[str, int]
) -> None:
    """Append the rulings to the ledger, a batch a day, and store what they came to."""
    pairs = sorted(zip(ruled, rulings, strict=True), key=lambda pair: _at(pair[0]))
    rows: list[dict[str, Any]] = []
    for _, group in groupby(pairs, key=lambda pair: _at(pair[0]).date()):
        day = list(group)
        drafts = stages.drafts(engine(), [ruling for _, ruling in day])
        appended = ledger.append(drafts, at=_at(day[-1][0]), by=SENDER)
        rows += [
            _examination(one, ruling, seq=seq, order=keys[one.order["reference"]])
            for (one, ruling), seq in zip(day, appended.seqs, strict=True)
        ]
    _insert(Examination, rows)


def _at(one: Done) -> datetime:
    return one.at or one.line.decided_at


def _examination(one: Done, ruling: stages.Ruled, *, seq: int, order: int) -> dict[str, Any]:
    facts = one.facts or {}
    return {
        "order_id": order,
        "line_id": one.line.pk,
        **findings.shown_by_check(tuple(one.order["checks"]), ruling.words),
        "quantity": facts.get("quantity_found") or facts.get("quantity_loaded"),
        "unit": one.line.unit or "",
        "seals": [findings.seal_of(one.line)] if one.kind is not OrderKind.INSPECTION else [],
        "outcome": ruling.outcome,
        "obligations": list(findings.duties_of(ruling.words)),
        "at": _at(one),
        "by": one.order["inspector"],
        "seq": seq,
    }


def _spot(ruled: Sequence[Done], keys: Mapping[str, int], *, now: datetime, filled: Filled) -> None:
    """Store visits, lots, seals, and the signed answers of the orders whose answers are kept."""
    since = now - timedelta(days=KEPT_DAYS)
    visits, lots, seals, answers, signatures = [], [], [], [], []
    for one in ruled:
        spot = {
            "order_id": keys[one.order["reference"]], "noted_at": _at(one),
            "received_at": _at(one), "by": one.order["inspector"],
        }  # fmt: skip
        name = one.order["reference"]
        if one.order["checks"] != [work.DOCUMENTARY]:
            visits.append(spot | {"client_id": _identity(name, "visit"), "clock_off_seconds": 0})
        if one.kind is OrderKind.LOADING_SUPERVISION:
            lots.append(spot | findings.lot_of(one.line) | {"client_id": _identity(name, "lot")})
        if one.kind is OrderKind.PORT_CHECK:
            seals.append(spot | findings.seal_found(one.line)
                         | {"client_id": _identity(name, "seal")})  # fmt: skip
        if one.kind is not OrderKind.INSPECTION or _at(one) > since or not one.conforms:
            given = [
                spot | answer | {"client_id": _identity(name, answer["item"])}
                for answer in findings.answers_of(one.order, one.line, one.facts or {})
            ]
            answers += given
            signatures.append(spot | _signature(one, [answer["client_id"] for answer in given]))
    stored = (
        (Visit, visits), (LoadedLot, lots), (Seal, seals), (Finding, answers),
        (Signature, signatures),
    )  # fmt: skip
    for model, rows in stored:
        _insert(model, rows)
    filled.findings += len(answers)


def _signature(one: Done, answers: Sequence[str]) -> dict[str, Any]:
    """Return the inspector's signature under the record of an order."""
    name = one.order["reference"]
    lots = [_identity(name, "lot")] if one.kind is OrderKind.LOADING_SUPERVISION else []
    seals = [_identity(name, "seal")] if one.kind is OrderKind.PORT_CHECK else []
    return {
        "role": Signer.INSPECTOR.value, "strokes": [],
        "digest": digest_of_parts(answers, seals, lots),
        "client_id": _identity(name, "signature"),
    }  # fmt: skip


def _identity(order: str, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{order}/{what}"))


def _insert(model: type, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        names = tuple(rows[0])
        bulk.insert(model, names, ([row[name] for name in names] for row in rows))
