"""
The end of an order: the record is examined, the ruling is kept, and the line goes on.

The record enters the ledger by its digest, with the hashes of its photos, before the ruling that is
made of it. What is open stays with the inspector; what is suspect gets a second look by another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction

from guomen.core import stage_reasons
from guomen.core.errors import GuomenError
from guomen.core.examine import Examined, Showed
from guomen.journeys import disposal, stages, work_orders
from guomen.journeys.clearance import Lodgement, Result, conclude
from guomen.journeys.inspection import checklist, transferred
from guomen.journeys.inspection.recording import Event, record, require_given
from guomen.rulebooks import inspection as work
from guomen.rulebooks.examination import engine
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LINE, LineMove, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections import operations, queries
from guomen.supervision.inspections.lifecycle import OrderMove, OrderState
from guomen.supervision.inspections.models import Examination, OrderKind, WorkOrder
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.samples import queries as samples

RECORD = "inspection_record"
Answer = Showed | str | Decimal | int


class ConflictsOpenError(GuomenError):
    """Two answers to one item are still beside each other."""

    code: ClassVar[str] = "inspection.conflicts-open"


class NotForgoableError(GuomenError):
    """A check that every lot must have cannot be left out."""

    code: ClassVar[str] = "inspection.not-forgoable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What the examination of an order came to."""

    order: str
    line: str
    outcome: Examined
    obligations: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]
    seq: int
    follow_up: str | None = None


def complete(
    reference: str, findings: Mapping[str, Answer] | None = None, *, how: Lodgement
) -> Completed:
    """
    Examine the record of an order and carry its line on.

    ``findings`` answers items at once, signed by who completes: "conform", "fail", "unknown", or a
    number for items that take one. Without it the record is examined as it stands.

    :raises ConflictsOpenError: if two answers to one item are still beside each other
    :raises guomen.core.lifecycle.MoveRefusedError: if the order is closed
    :raises guomen.journeys.inspection.recording.NotYoursError: if it is not the caller's
    """
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        require_given(order, how.by)
        if findings is not None:
            _answer_all(order, findings, how=how)
        _require_no_conflicts(order)
        done = _examine(order, how=how)
    return settled(done, how=how)


def forgo(reference: str, *, reason: str, how: Lodgement) -> None:
    """
    Say that an order was not carried out; the check is owed to the next line of the same kind.

    What was begun is brought to its end: a second look, samples that were taken, and goods whose
    loading is supervised are never let go by leaving a check out.

    :raises NotForgoableError: if every lot must have it, something else was begun, or the reason
        is not in the rule book
    :raises guomen.core.lifecycle.MoveRefusedError: if the order is closed
    """
    if reason not in work.FORGO_REASONS:
        raise NotForgoableError("say why: choose one of the reasons", reason=reason)
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        if order.kind != OrderKind.INSPECTION.value:
            raise NotForgoableError(
                "loading under supervision and the check at the port of exit are never left out; "
                "cancel the shipment or carry them out",
                order=reference,
            )
        _require_nothing_begun(order)
        # The result locks the ledger first, as every writer does.
        result = Result(line=order.line.reference, performed=False, reason=reason)
        conclude([result], at=how.at, by=how.by)
        operations.move(order, OrderMove.FORGO, at=how.at, reason=reason)


def _require_nothing_begun(order: WorkOrder) -> None:
    """
    See that nothing else is known or asked of a line than the check that is to be left out.

    :raises NotForgoableError: if another order, an examination or a sample of it exists
    """
    others = WorkOrder.objects.filter(line=order.line_id).exclude(pk=order.pk)
    if (
        others.exclude(state=OrderState.CANCELLED.value).exists()
        or Examination.objects.filter(line=order.line_id).exists()
        or samples.tested_lines([order.line.reference])
    ):
        raise NotForgoableError(
            f"line {order.line.reference} has further orders, findings or samples: its check "
            "cannot be left out any more; carry it out",
            order=order.reference,
        )


def _answer_all(order: WorkOrder, findings: Mapping[str, Answer], *, how: Lodgement) -> None:
    standing = queries.standing_answers(order.pk)
    events = [
        Event(
            client_id=str(uuid4()),
            kind="finding",
            noted_at=how.at,
            data=_as_data(code, answer)
            | {"replaces": standing[code].client_id if code in standing else ""},
        )
        for code, answer in findings.items()
    ]
    events.append(
        Event(
            client_id=str(uuid4()),
            kind="signature",
            noted_at=how.at,
            data={"role": "inspector", "strokes": []},
        )
    )
    refused = [t for t in record(order.reference, events, by=how.by, at=how.at) if t.code]
    if refused:
        raise checklist.WrongAnswerError(
            "an answer is none of this checklist", codes=[taken.code for taken in refused]
        )
    order.refresh_from_db()


def _as_data(code: str, answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Decimal | int):
        return {"item": code, "answer": Showed.CONFORM.value, "value": str(answer)}
    return {"item": code, "answer": str(answer)}


def _require_no_conflicts(order: WorkOrder) -> None:
    waiting = queries.open_conflicts(order.pk).count()
    if waiting:
        raise ConflictsOpenError(
            f"{waiting} answers of order {order.reference} were given twice and differ; choose "
            "which of them stands",
            order=order.reference,
        )


def examined_anew(order: WorkOrder, *, how: Lodgement) -> Completed:
    """
    Examine the record of an order that is closed once more, as it stands now.

    The order stays closed and the earlier examination as it was; the newest one counts.
    """
    done = _ruled(order, how=how)
    if done.outcome is Examined.SUSPECT and order.follows_id is None:
        followed = WorkOrder.objects.filter(follows=order).exists()
        return done if followed else _second_look(order, done, how=how)
    if done.outcome is Examined.MORE_SAMPLING:
        _send_for_samples(order.line)
    return done


def settled(done: Completed, *, how: Lodgement) -> Completed:
    """Have the line judged where an examination came to an end."""
    if done.outcome in _SETTLED:
        disposal.settle([done.line], how=how)
    return done


def _examine(order: WorkOrder, *, how: Lodgement) -> Completed:
    return _close(order, _ruled(order, how=how), how=how)


def _ruled(order: WorkOrder, *, how: Lodgement) -> Completed:
    answers = queries.standing_answers(order.pk)
    seals, lots = list(order.seals.all()), list(order.lots.all())
    sent = transferred.compared(order, seals)
    facts = checklist.facts_of(
        order, answers, seals=seals, lots=lots, signatures=list(order.signatures.all())
    )
    facts |= transferred.facts(sent, facts) | {
        "on": how.at.astimezone(ZoneInfo(order.agency.zone)).date()
    }
    (ruled,) = stages.rule(engine(), [facts])
    outcome = Examined(ruled.outcome)
    evidence = {
        "order": order.reference,
        "record": checklist.digest_of(answers, seals, lots),
        "photos": list(order.photos.values_list("sha256", flat=True)),
        **transferred.evidence(sent),
    }
    entry = ledger.Draft(kind=RECORD, subject=order.line.reference, body=evidence)
    appended = ledger.append([entry, *stages.drafts(engine(), [ruled])], at=how.at, by=how.by)
    seq = appended.seqs[1]
    duties = stage_reasons.obligations(engine().book, ruled.words)
    done = Completed(
        order=order.reference,
        line=order.line.reference,
        outcome=outcome,
        obligations=tuple(code for code, _ in duties),
        missing=stage_reasons.missing(engine().book, ruled.words, facts),
        seq=seq,
    )
    shown = checklist.shown_by_check(order, answers, lots)
    Examination.objects.create(
        order=order,
        line=order.line,
        documentary=shown[work.DOCUMENTARY],
        identity=shown[work.IDENTITY],
        physical=shown[work.PHYSICAL],
        loading=shown[work.LOADING],
        port=shown[work.PORT],
        quantity=facts.get("quantity_found") or facts.get("quantity_loaded"),
        unit=order.line.unit or "",
        seals=list(dict.fromkeys([*(s.number for s in seals), *(x.seal for x in lots if x.seal)])),
        outcome=outcome.value,
        obligations=list(done.obligations),
        at=how.at,
        by=how.by,
        seq=seq,
    )
    return done


def _close(order: WorkOrder, done: Completed, *, how: Lodgement) -> Completed:
    """Close an order unless it is open still; what is suspect gets a second look."""
    if done.outcome is Examined.OPEN:
        if order.state == OrderState.ASSIGNED.value:
            operations.move(order, OrderMove.BEGIN, at=how.at)
        return done
    operations.move(order, OrderMove.COMPLETE, at=how.at)
    if done.outcome is Examined.SUSPECT and order.follows_id is None:
        return _second_look(order, done, how=how)
    if done.outcome is Examined.MORE_SAMPLING:
        _send_for_samples(order.line)
    return done


def _second_look(order: WorkOrder, done: Completed, *, how: Lodgement) -> Completed:
    again = work_orders.again(order, done.obligations, at=how.at)
    return Completed(
        order=done.order,
        line=done.line,
        outcome=done.outcome,
        obligations=done.obligations,
        missing=done.missing,
        seq=done.seq,
        follow_up=again,
    )


# After these the line is judged at once; the others wait for samples or for an inspector.
_SETTLED = (Examined.CONFORM, Examined.FAIL)
_BEFORE_SAMPLES = (LineState.UNDER_INSPECTION, LineState.UNDER_DOCUMENT_CHECK)


def _send_for_samples(line: Line) -> None:
    row = declarations.locked_lines([line.reference]).get()
    if LineState(row.state) not in _BEFORE_SAMPLES:
        return
    row.state = LINE.after(LineState(row.state), LineMove.SAMPLE).value
    if samples.are_taken(row.pk):
        # The sampler was there before the inspector had done.
        row.state = LINE.after(LineState(row.state), LineMove.TEST).value
    row.version += 1
    declarations.save_moves([row])
