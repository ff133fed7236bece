"""
Taking what a device noted, once, and merging it without loss.

Every record bears an identity from the device. The same one again changes nothing and gets the
same answer. An answer that had not seen the one that stands is kept beside it, and a person
chooses; what arrives after the order was closed is kept too, beside what it was closed with.
Nothing is overwritten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar

from django.db import transaction

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.examine import Showed
from guomen.journeys.inspection import arriving, checklist
from guomen.rulebooks import inspection as work
from guomen.rulebooks.inspection import Asks
from guomen.supervision.inspections import operations, queries
from guomen.supervision.inspections.lifecycle import LIVE, OrderMove, OrderState
from guomen.supervision.inspections.models import (
    Conflict,
    Finding,
    LoadedLot,
    Received,
    Seal,
    SealState,
    SealUse,
    Signature,
    Signer,
    Visit,
    WorkOrder,
)

CLIENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# More strokes than a hand makes are not a signature.
_MOST_STROKE_POINTS = 4_000


class NotYoursError(GuomenError):
    """The order was never given to this officer."""

    code: ClassVar[str] = "inspection.not-yours"


class Status(StrEnum):
    """What became of a record that a device sent."""

    STORED = "stored"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One record as a device noted it; ``noted_at`` is the time of the device's own clock."""

    client_id: str
    kind: str
    noted_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one record; ``repeated`` says that it was here before."""

    client_id: str
    status: Status
    code: str = ""
    repeated: bool = False


class BadRecordError(GuomenError):
    """A record of a device cannot be stored as it is."""

    code: ClassVar[str] = "inspection.bad-record"


def record(
    reference: str, events: Sequence[Event], *, by: str, at: datetime, clock_off: int = 0
) -> list[Taken]:
    """
    Store what a device noted on one order, each record for itself, in their order.

    ``clock_off`` is how many seconds the device's clock was behind the server's when it sent.

    :raises NotYoursError: if the order was never given to this officer
    :raises guomen.supervision.inspections.operations.NoSuchOrderError: if there is no such order
    """
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        require_given(order, by)
        taking = _Taking(order=order, by=by, at=at, clock_off=clock_off)
        taken = [taking.take(event) for event in events]
        arriving.tell(order, at=at)
        return taken


def require_given(order: WorkOrder, officer: str) -> None:
    """
    Refuse an officer who never had an order; one from whom it was taken may still send.

    :raises NotYoursError: if it was never given to them
    """
    had = order.assignments.filter(inspector=officer).exists()
    if order.inspector != officer and not had:
        raise NotYoursError(
            f"order {order.reference} is not yours; ask who assigns the orders",
            order=order.reference,
        )


def begin(reference: str, *, by: str, at: datetime) -> None:
    """Note that an inspector has begun; a repetition changes nothing."""
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        require_given(order, by)
        if order.state == OrderState.ASSIGNED.value:
            operations.move(order, OrderMove.BEGIN, at=at)


def settle_conflict(reference: str, conflict: int, *, chosen: int, by: str, at: datetime) -> None:
    """
    Let one of two answers stand, chosen by a person; what followed the one that stood stays.

    :raises BadRecordError: if there is no such conflict, or the answer is none of the two
    """
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        require_given(order, by)
        row = Conflict.objects.select_related("standing", "other").filter(
            order=order, pk=conflict, settled_at__isnull=True
        ).first()  # fmt: skip
        if row is None or chosen not in (row.standing_id, row.other_id):
            raise BadRecordError("that conflict is settled already; look at the record again")
        pick = row.standing
        if chosen == row.other_id:
            pick = row.other
            order.findings.filter(item=pick.item, standing=True).update(standing=False)
            Finding.objects.filter(pk=pick.pk).update(standing=True)
        row.chosen, row.settled_at, row.settled_by = pick, at, by
        row.save(update_fields=["chosen", "settled_at", "settled_by"])
        arriving.tell(order, at=at)


@dataclass(slots=True, kw_only=True)
class _Taking:
    """One batch of records of one order."""

    order: WorkOrder
    by: str
    at: datetime
    clock_off: int

    def take(self, event: Event) -> Taken:
        """Store one record, or answer what became of it before."""
        digest = hashlib.sha256(
            canonical.encode({"kind": event.kind, "data": dict(event.data)})
        ).hexdigest()
        before = Received.objects.filter(client_id=event.client_id).first()
        if before is not None:
            same = before.digest == digest and before.order_id == self.order.pk
            status = Status(before.answer["status"]) if same else Status.REFUSED
            code = "" if same else "client_id_reused"
            return Taken(client_id=event.client_id, status=status, code=code, repeated=same)
        try:
            with transaction.atomic():
                return self._stored(event, digest)
        except BadRecordError as error:
            return Taken(
                client_id=event.client_id,
                status=Status.REFUSED,
                code=str(error.data.get("code", "bad_record")),
            )

    def _stored(self, event: Event, digest: str) -> Taken:
        if not CLIENT_ID.fullmatch(event.client_id) or event.kind not in _STORES:
            raise BadRecordError("a record has an identity and a kind", code="bad_record")
        if event.kind == "visit" and self.order.state == OrderState.ASSIGNED.value:
            operations.move(self.order, OrderMove.BEGIN, at=self.at)
        status = _STORES[event.kind](self, event, self._from_the_spot(event))
        Received.objects.create(
            client_id=event.client_id,
            order=self.order,
            kind=event.kind,
            digest=digest,
            by=self.by,
            received_at=self.at,
            answer={"status": status.value},
        )
        return Taken(client_id=event.client_id, status=status)

    def _from_the_spot(self, event: Event) -> dict[str, Any]:
        """Return what every record bears; the device's clock is put right, never into the future"""
        noted = event.noted_at
        if abs(self.clock_off) > work.CLOCK_TOLERANCE_SECONDS:
            noted += timedelta(seconds=self.clock_off)
        return {
            "order": self.order,
            "client_id": event.client_id,
            "noted_at": min(noted, self.at),
            "received_at": self.at,
            "by": self.by,
        }

    def finding(self, event: Event, spot: dict[str, Any]) -> Status:
        """Store an answer: it stands, or is kept beside the one that does."""
        values = _answer(self.order, event.data)
        replaces = str(event.data.get("replaces", ""))[:36]
        standing = self.order.findings.filter(item=values["item"], standing=True).first()
        closed = self.order.state not in [state.value for state in LIVE]
        seen = standing is None or standing.client_id == replaces
        if standing is None or (seen and not closed):
            if standing is not None:
                standing.standing = False
                standing.save(update_fields=["standing"])
            fresh = Finding.objects.create(**spot, **values, replaces=replaces, standing=True)
            return self._against_the_others(fresh)
        kept = Finding.objects.create(**spot, **values, replaces=replaces, standing=False)
        if _agree(standing, kept) or self._seen_by(standing, kept):
            return Status.STORED
        Conflict.objects.create(order=self.order, standing=standing, other=kept, found_at=self.at)
        return Status.CONFLICT

    def _against_the_others(self, fresh: Finding) -> Status:
        """Show answers that agreed with the one before, and do not with the one that follows it."""
        rows = list(self.order.findings.filter(item=fresh.item))
        seen = _before(fresh, rows)
        followed = {row.replaces for row in rows}
        disputed = Conflict.objects.filter(order=self.order).values_list("other_id", flat=True)
        apart = [
            row
            for row in rows
            if row.pk != fresh.pk
            and row.client_id not in seen | followed
            and row.pk not in set(disputed)
            and not _agree(row, fresh)
        ]
        Conflict.objects.bulk_create(
            Conflict(order=self.order, standing=fresh, other=row, found_at=self.at) for row in apart
        )
        return Status.CONFLICT if apart else Status.STORED

    def _seen_by(self, standing: Finding, kept: Finding) -> bool:
        """Tell whether the answer that stands had seen this one, which came late on its way."""
        rows = list(self.order.findings.filter(item=kept.item))
        return kept.client_id in _before(standing, rows)

    def visit(self, event: Event, spot: dict[str, Any]) -> Status:
        """Store that somebody was at the goods."""
        Visit.objects.create(**spot, clock_off_seconds=self.clock_off, **place_of(event.data))
        return Status.STORED

    def seal(self, event: Event, spot: dict[str, Any]) -> Status:
        """Store a seal that was found, removed or applied."""
        number = str(event.data.get("number", "")).strip()
        use, state = event.data.get("use"), event.data.get("state", SealState.INTACT.value)
        if not 0 < len(number) <= 40 or use not in SealUse.values or state not in SealState.values:
            raise BadRecordError("a seal has a number, a use and a state", code="bad_seal")
        container = str(event.data.get("container", ""))[:60]
        Seal.objects.create(**spot, number=number, use=use, state=state, container=container)
        return Status.STORED

    def lot(self, event: Event, spot: dict[str, Any]) -> Status:
        """Store a lot that was loaded."""
        name = str(event.data.get("lot", "")).strip()
        quantity = number_of(event.data.get("quantity"))
        unit = str(event.data.get("unit", "") or self.order.line.unit or "")
        if not 0 < len(name) <= 60 or quantity is None or quantity <= 0 or not 0 < len(unit) <= 3:
            raise BadRecordError("a lot has a name, a quantity and a unit", code="bad_lot")
        LoadedLot.objects.create(
            **spot,
            lot=name,
            quantity=quantity,
            unit=unit,
            vehicle=str(event.data.get("vehicle", ""))[:60],
            seal=str(event.data.get("seal", "")).strip()[:40],
            supervised=event.data.get("supervised") is True,
        )
        return Status.STORED

    def signature(self, event: Event, spot: dict[str, Any]) -> Status:
        """Store a signature under the record as the server has it now."""
        role = event.data.get("role")
        if role not in Signer.values:
            raise BadRecordError("say who signs: inspector or representative", code="bad_signer")
        answers = queries.standing_answers(self.order.pk)
        digest = checklist.digest_of(
            answers, list(self.order.seals.all()), list(self.order.lots.all())
        )
        strokes = _strokes(event.data.get("strokes", []))
        Signature.objects.create(**spot, role=role, strokes=strokes, digest=digest)
        return Status.STORED


_STORES: Mapping[str, Any] = {
    "finding": _Taking.finding,
    "visit": _Taking.visit,
    "seal": _Taking.seal,
    "lot": _Taking.lot,
    "signature": _Taking.signature,
}


def _before(last: Finding, rows: Sequence[Finding]) -> set[str]:
    """Return the answers that an answer followed, step by step."""
    replaced = {row.client_id: row.replaces for row in rows}
    seen: set[str] = set()
    identity = last.replaces
    while identity and identity not in seen:
        seen.add(identity)
        identity = replaced.get(identity, "")
    return seen


def _agree(one: Finding, other: Finding) -> bool:
    return (one.answer, one.value) == (other.answer, other.value)


def _answer(order: WorkOrder, data: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the checked values of an answer.

    :raises BadRecordError: if the item is not asked here, or the answer is none of its kind
    """
    items = {item.code: item for item in checklist.items_of(order)}
    item, answer = items.get(str(data.get("item", ""))), data.get("answer")
    if item is None or answer not in set(Showed):
        raise BadRecordError("answer an item of this checklist", code="bad_answer")
    value = number_of(data.get("value"))
    if item.asks is Asks.YES_NO:
        value = None
    elif item.asks is not Asks.TEMPERATURE and value is not None and value < 0:
        raise BadRecordError("a quantity or a count is not negative", code="bad_value")
    elif item.asks is Asks.COUNT and value is not None and value != value.to_integral_value():
        raise BadRecordError("a count is a whole number", code="bad_value")
    return {
        "item": item.code,
        "answer": answer,
        "value": value,
        "note": str(data.get("note", ""))[:400],
    }


def number_of(value: Any) -> Decimal | None:
    """
    Return a number with at most three decimals, None for none.

    :raises BadRecordError: if something was given that is no such number
    """
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
        exact = found.quantize(Decimal("0.001"))
    except InvalidOperation:
        raise BadRecordError("that is no number", code="bad_value") from None
    if not found.is_finite() or exact != found or abs(found) >= Decimal(10) ** 12:
        raise BadRecordError("a number has at most three decimals", code="bad_value")
    return exact


def place_of(data: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """Return latitude and longitude where both are given and on the earth, else neither."""
    try:
        latitude, longitude = (
            Decimal(str(data[name])).quantize(Decimal("0.00001"))
            for name in ("latitude", "longitude")
        )
    except (KeyError, InvalidOperation):
        return {"latitude": None, "longitude": None}
    if abs(latitude) > 90 or abs(longitude) > 180:
        return {"latitude": None, "longitude": None}
    return {"latitude": latitude, "longitude": longitude}


def _strokes(given: Any) -> list[list[int]]:
    """Return the strokes of a hand as lists of whole coordinates; too many are refused."""
    try:
        strokes = [[int(number) for number in stroke][:2_000] for stroke in given]
    except (TypeError, ValueError):
        raise BadRecordError("a signature is a list of strokes", code="bad_strokes") from None
    if sum(len(stroke) for stroke in strokes) > _MOST_STROKE_POINTS:
        raise BadRecordError("that is too much for a signature", code="bad_strokes")
    return strokes
