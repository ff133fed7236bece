"""The checklist of one order, and what its standing answers say: facts, faults and what is left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.examine import Showed
from guomen.rulebooks import inspection as work
from guomen.rulebooks.inspection import Asks, Grade, Item
from guomen.rulebooks.sampling_policies import SAMPLING
from guomen.supervision.inspections.models import (
    Finding,
    LoadedLot,
    Seal,
    Signature,
    Signer,
    WorkOrder,
)

Answers = Mapping[str, Finding]


class WrongAnswerError(GuomenError):
    """An answer is to no item of the checklist, or not of the kind that the item takes."""

    code: ClassVar[str] = "inspection.wrong-answer"


def items_of(order: WorkOrder) -> tuple[Item, ...]:
    """Return the items that an order asks for, in the order of work."""
    return work.checklist(
        order.checks,
        group=order.group or None,
        direction=order.line.direction,
        sealed=_sealed(order),
        planned=order.plan_n is None or order.plan_n > 0,
        uncounted=order.plan_n is None,
    )


def _sealed(order: WorkOrder) -> bool | None:
    return None if order.line.seal is None else bool(order.line.seal)


def answered(item: Item, finding: Finding | None) -> bool:
    """Tell whether an item has an answer that establishes something."""
    if finding is None or finding.answer == Showed.UNKNOWN:
        return False
    return item.asks is Asks.YES_NO or finding.value is not None


def failed(item: Item, finding: Finding | None) -> bool:
    """Tell whether an item is answered by "does not conform"."""
    return answered(item, finding) and finding is not None and finding.answer == Showed.FAIL


def unanswered(items: Iterable[Item], answers: Answers) -> list[Item]:
    """Return the items that are still to be answered."""
    return [item for item in items if not answered(item, answers.get(item.code))]


def facts_of(
    order: WorkOrder,
    answers: Answers,
    *,
    seals: Sequence[Seal],
    lots: Sequence[LoadedLot],
    signatures: Sequence[Signature],
) -> dict[str, Any]:
    """Return the facts of the examination of an order, all but the day; unknown ones are None."""
    items = items_of(order)
    graded = [i for i in items if i.fact is None and failed(i, answers.get(i.code))]
    signed = any(
        s.role == Signer.INSPECTOR and s.digest == digest_of(answers, seals, lots)
        for s in signatures
    )
    return {
        "line": order.line.reference,
        "order": order.reference,
        "agency": order.agency.code,
        "direction": order.line.direction,
        "commodity_group": order.group or None,
        "origin": order.line.origin,
        "destination": order.line.destination,
        "quantity": order.line.quantity,
        "sealed": _sealed(order),
        **_asked(order),
        "signed": signed,
        "items_unanswered": len(unanswered(items, answers)),
        "minor_faults": sum(item.grade is Grade.MINOR for item in graded),
        "major_faults": sum(item.grade is Grade.MAJOR for item in graded),
        **{i.fact: _value(i, answers.get(i.code)) for i in items if i.fact is not None},
        "temperature_most_c": _decimal(work.temperature_most(order.group, order.line.hs_code)),
        **_plan(order, answers),
        **(_loading(order, lots) if work.LOADING in order.checks else {}),
    }


_ASKED = {
    "asked_documentary": work.DOCUMENTARY,
    "asked_identity": work.IDENTITY,
    "asked_physical": work.PHYSICAL,
    "asked_sampling": work.SAMPLING,
    "asked_loading": work.LOADING,
    "asked_port_check": work.PORT,
}


def _asked(order: WorkOrder) -> dict[str, bool]:
    return {fact: check in order.checks for fact, check in _ASKED.items()}


def _value(item: Item, finding: Finding | None) -> Any:
    if finding is None or not answered(item, finding):
        return None
    if item.asks is Asks.YES_NO:
        return (finding.answer == Showed.FAIL) is item.bad
    if finding.value is None:
        return None
    return int(finding.value) if item.asks is Asks.COUNT else finding.value


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _plan(order: WorkOrder, answers: Answers) -> dict[str, int | None]:
    """Return the plan of the ruling, or the one for the lot that was counted on the spot."""
    lot = answers.get("P-LOT")
    if order.plan_n is not None or lot is None or not lot.value or order.policy not in SAMPLING:
        return {"plan_n": order.plan_n, "plan_ac": order.plan_ac, "plan_re": order.plan_re}
    found = SAMPLING[order.policy].plans(np.array([int(lot.value)], dtype=np.int64))
    values = {name: int(found[name][0]) for name in ("n", "ac", "re")}
    return {f"plan_{name}": None if value < 0 else value for name, value in values.items()}


def _loading(order: WorkOrder, lots: Sequence[LoadedLot]) -> dict[str, Any]:
    """Return what the lots that were loaded say; no lot at all says nothing."""
    if not lots:
        return {}
    same_unit = all(lot.unit == order.line.unit for lot in lots)
    return {
        "lots_unsupervised": sum(not lot.supervised for lot in lots),
        "lots_unsealed": sum(not lot.seal for lot in lots),
        "quantity_loaded": sum((lot.quantity for lot in lots), Decimal(0)) if same_unit else None,
    }


def shown_by_check(
    order: WorkOrder, answers: Answers, lots: Sequence[LoadedLot]
) -> dict[str, Showed]:
    """Return what each check showed: a failure, conformity if all is answered, else unknown."""
    items = items_of(order)
    found: dict[str, Showed] = {}
    for check in work.ALL_CHECKS:
        mine = [item for item in items if item.check == check]
        loads = check == work.LOADING and check in order.checks
        if any(failed(i, answers.get(i.code)) for i in mine) or (
            loads and any(not lot.supervised for lot in lots)
        ):
            found[check] = Showed.FAIL
        elif check not in order.checks or unanswered(mine, answers) or (loads and not lots):
            found[check] = Showed.UNKNOWN
        else:
            found[check] = Showed.CONFORM
    return found


def digest_of(answers: Answers, seals: Sequence[Seal], lots: Sequence[LoadedLot]) -> str:
    """Return the SHA-256 (hex) of a record as it stands: what a signature is put under."""
    return digest_of_parts(
        (f.client_id for f in answers.values()),
        (seal.client_id for seal in seals),
        (lot.client_id for lot in lots),
    )


def digest_of_parts(answers: Iterable[str], seals: Iterable[str], lots: Iterable[str]) -> str:
    """Return the SHA-256 (hex) of a record by the identities of its parts."""
    parts = {"answers": sorted(answers), "seals": sorted(seals), "lots": sorted(lots)}
    text = canonical.dumps(parts)
    return hashlib.sha256(text.encode()).hexdigest()
