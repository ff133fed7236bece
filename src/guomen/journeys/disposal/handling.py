"""
What becomes of goods that failed: disposals chosen, ordered, carried out and proved, to the unit.

The quantity that failed is the sum of what is disposed of and of what was sorted out and let go:
nothing is chosen beyond it, and nothing is closed before every unit is proved. A disposal that the
standing ruling does not open cannot be chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction

from guomen.core.dispose import DisposalKind
from guomen.core.errors import GuomenError
from guomen.journeys import refused_goods
from guomen.journeys.clearance import Lodgement
from guomen.rulebooks.disposal_terms import PROOF_FOR
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LINE, LineMove, LineState
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import (
    DISPOSAL,
    NONCONFORMITY,
    DisposalMove,
    DisposalState,
    NonconformityMove,
    NonconformityState,
)
from guomen.supervision.dispositions.models import Disposal, Nonconformity
from guomen.supervision.ledger import operations as ledger

CHOSEN = "disposal.chosen"
ORDERED = "disposal.ordered"
CANCELLED = "disposal.cancelled"
CARRIED_OUT = "disposal.carried_out"
PROVED = "disposal.proved"
SORTED = "disposal.sorted_out"
CLOSED = "disposal.closed"


class NoSuchFailureError(GuomenError):
    """There is nothing of that number that failed."""

    code: ClassVar[str] = "disposal.no-such-failure"


class NotOpenError(GuomenError):
    """The law does not leave that disposal open for these goods."""

    code: ClassVar[str] = "disposal.not-open"


class TooMuchError(GuomenError):
    """More would be disposed of than failed, or how much failed is not known."""

    code: ClassVar[str] = "disposal.too-much"


class BadProofError(GuomenError):
    """That does not prove such a disposal."""

    code: ClassVar[str] = "disposal.bad-proof"


class SecondPersonError(GuomenError):
    """Whoever ordered a disposal does not prove it alone."""

    code: ClassVar[str] = "disposal.second-person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows that a disposal happened."""

    kind: str
    number: str
    seal: str = ""
    note: str = ""


def choose(failed: str, kind: DisposalKind, quantity: Decimal, *, how: Lodgement) -> int:
    """
    Choose a disposal for some of the goods that failed, among those that are open.

    :raises NotOpenError: if the standing ruling does not open it
    :raises TooMuchError: if that much is not left
    """
    with transaction.atomic():
        row = _held(failed)
        if NonconformityState(row.state) not in _CHOOSING:
            raise NotOpenError(
                f"{failed} is {row.state}: nothing can be chosen there now.", state=row.state
            )
        if kind.value not in row.disposals_open:
            raise NotOpenError(
                f"The law does not leave {kind.value!r} open for {failed}; choose among "
                f"{', '.join(row.disposals_open)}.",
                open=row.disposals_open,
            )
        _require_left(row, quantity)
        made = Disposal.objects.create(
            nonconformity=row,
            kind=kind.value,
            quantity=quantity,
            chosen_by=how.by,
            chosen_at=how.at,
        )
        _record(CHOSEN, row, {"kind": kind.value, "quantity": quantity}, how=how)
        return int(made.pk)


_CHOOSING = (NonconformityState.NOTIFIED, NonconformityState.DISPOSING)


def order(disposal: int, *, how: Lodgement) -> None:
    """
    Order a chosen disposal; the line is under disposal from then on.

    :raises guomen.core.lifecycle.MoveRefusedError: if it is not chosen any more
    """
    with transaction.atomic():
        one, row = _disposal(disposal)
        _move(one, DisposalMove.ORDER)
        one.ordered_by, one.ordered_at = how.by, how.at
        one.save()
        _record(ORDERED, row, _told(one), how=how)
        if row.state == NonconformityState.NOTIFIED:
            _move_failure(row, NonconformityMove.DISPOSE)
            _move_line(row, LineMove.ORDER_DISPOSAL)


def cancel(disposal: int, *, how: Lodgement) -> None:
    """Take a disposal back that was not carried out; its quantity is to be decided about again."""
    with transaction.atomic():
        one, row = _disposal(disposal)
        _move(one, DisposalMove.CANCEL)
        one.save()
        _record(CANCELLED, row, _told(one), how=how)


def carry_out(disposal: int, *, how: Lodgement) -> None:
    """Note that an ordered disposal was carried out; its proof is due."""
    with transaction.atomic():
        one, row = _disposal(disposal)
        _move(one, DisposalMove.CARRY_OUT)
        one.carried_out_at = how.at
        one.save()
        _record(CARRIED_OUT, row, _told(one), how=how)


def retest_failed(disposal: int, *, note: str, how: Lodgement) -> None:
    """Note that goods failed again after they were treated: something else must be done."""
    with transaction.atomic():
        one, row = _disposal(disposal)
        _move(one, DisposalMove.RETEST_FAILED)
        one.note = note
        one.save()
        _record(CANCELLED, row, {**_told(one), "retest": "failed"}, how=how)


def prove(disposal: int, proof: Proof, *, how: Lodgement) -> None:
    """
    Record what proves a disposal; the case closes once every unit is accounted for.

    :raises BadProofError: if such a thing does not prove such a disposal
    :raises SecondPersonError: if it is the officer who ordered it
    """
    with transaction.atomic():
        one, row = _disposal(disposal)
        allowed = PROOF_FOR[DisposalKind(one.kind)]
        if proof.kind not in allowed or not proof.number.strip():
            raise BadProofError(
                f"A {one.kind} is proved by {' or '.join(allowed)}, with its number.",
                allowed=list(allowed),
            )
        if one.ordered_by == how.by:
            raise SecondPersonError(
                "Whoever ordered a disposal does not prove it alone; ask a colleague."
            )
        _move(one, DisposalMove.PROVE)
        one.proof, one.proof_number = proof.kind, proof.number.strip()
        one.seal, one.note = proof.seal, proof.note
        one.proved_by, one.proved_at = how.by, how.at
        one.save()
        said = {**_told(one), "proof": proof.kind, "number": one.proof_number, "seal": proof.seal}
        _record(PROVED, row, said, how=how)
        close_if_settled(row, how=how)


def sort_out(failed: str, quantity: Decimal, *, report: str, how: Lodgement) -> None:
    """
    Let some of the goods go that were sorted out and conform, by the report that shows it.

    :raises TooMuchError: if that much is not left
    :raises BadProofError: without the number of the report
    :raises NotOpenError: while it is reviewed, or after it was closed
    """
    with transaction.atomic():
        row = _held(failed)
        if not report.strip():
            raise BadProofError("Sorted goods are let go by the number of the report on them.")
        if NonconformityState(row.state) not in _CHOOSING:
            raise NotOpenError(f"{failed} is {row.state}: nothing is sorted out there now.")
        _require_left(row, quantity)
        if row.quantity is not None and row.released + quantity >= row.quantity:
            raise TooMuchError(
                "Not everything that failed can be sorted out as conforming: that is for a "
                "re-inspection, whose results are ruled on."
            )
        row.released += quantity
        row.version += 1
        row.save()
        _record(SORTED, row, {"quantity": quantity, "report": report.strip()}, how=how)
        close_if_settled(row, how=how)


def close_if_settled(row: Nonconformity, *, how: Lodgement) -> None:
    """Close what failed once every unit of it is let go or proved; in the caller's transaction."""
    if row.state != NonconformityState.DISPOSING or not queries.balance(row).settled:
        return
    row.closed_at = how.at
    _move_failure(row, NonconformityMove.CLOSE)
    _move_line(row, LineMove.DISPOSE)
    if queries.mended_alone(row):
        refused_goods.lift([row.line_id], at=how.at)
    _record(CLOSED, row, {"quantity": row.quantity, "released": row.released}, how=how)


def _held(reference: str) -> Nonconformity:
    rows = Nonconformity.objects.select_for_update(of=("self",)).select_related("line")
    found = rows.filter(reference=reference).first()
    if found is None:
        raise NoSuchFailureError(f"Nothing failed under the number {reference}.", failed=reference)
    return found


def _disposal(pk: int) -> tuple[Disposal, Nonconformity]:
    known = Disposal.objects.filter(pk=pk).values_list("nonconformity__reference", flat=True)
    reference = known.first()
    if reference is None:
        raise NoSuchFailureError("There is no such disposal.", disposal=pk)
    row = _held(reference)
    return Disposal.objects.select_for_update().get(pk=pk), row


def _require_left(row: Nonconformity, quantity: Decimal) -> None:
    left = queries.balance(row).left
    if left is None:
        raise TooMuchError(
            f"How much failed of {row.reference} is not known: the declarant states the quantity, "
            "or an inspector measures it, and the line is ruled on again."
        )
    if not 0 < quantity <= left:
        raise TooMuchError(
            f"{left} {row.unit or ''} of {row.reference} are still to be decided about; state a "
            "quantity above nought and not above that.",
            left=left,
        )


def _move(one: Disposal, move: DisposalMove) -> None:
    one.state = DISPOSAL.after(DisposalState(one.state), move).value


def _move_failure(row: Nonconformity, move: NonconformityMove) -> None:
    row.state = NONCONFORMITY.after(NonconformityState(row.state), move).value
    row.version += 1
    row.save()


def _move_line(row: Nonconformity, move: LineMove) -> None:
    line = declarations.locked_lines([row.line.reference]).get()
    line.state = LINE.after(LineState(line.state), move).value
    line.version += 1
    line.save(update_fields=["state", "version"])


def _told(one: Disposal) -> dict[str, Any]:
    return {"kind": one.kind, "quantity": one.quantity}


def _record(kind: str, row: Nonconformity, said: Mapping[str, Any], *, how: Lodgement) -> None:
    """Record under the line, so that its history and its owner's page show it."""
    body = {"failed": row.reference, **said}
    draft = ledger.Draft(kind=kind, subject=row.line.reference, body=body)
    ledger.append([draft], at=how.at, by=how.by)
