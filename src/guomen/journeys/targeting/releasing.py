"""
Putting a plan into force, by two persons, and taking it back: each a ledger entry first.

A roll-back takes one person at once: what stands behind it is a plan that two persons released, or
the lawful minimum.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import polars as pl
from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.targeting import keeping
from guomen.core.targeting import plan as planning
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties import queries as parties
from guomen.supervision.targeting import operations, queries
from guomen.supervision.targeting.lifecycle import PlanMove, PlanState
from guomen.supervision.targeting.models import DailyPlan, PortCapacity

PROPOSED = "plan.proposed"
RELEASED = "plan.released"
ROLLED_BACK = "plan.rolled-back"
DROPPED = "plan.dropped"
CAPACITY = "plan.capacity"


class PlanAlteredError(GuomenError):
    """The stored text of a plan or its model no longer has its hash."""

    code: ClassVar[str] = "targeting.plan-altered"


class NoSuchPortError(GuomenError):
    """A port is not on the register, or belongs to no agency here."""

    code: ClassVar[str] = "targeting.no-such-port"


class ReasonMissingError(GuomenError):
    """A roll-back says why."""

    code: ClassVar[str] = "targeting.reason-missing"


def propose(reference: str, *, at: datetime, by: str) -> DailyPlan:
    """
    Propose a built plan for release.

    :raises guomen.supervision.targeting.operations.NoSuchPlanError: if there is none
    :raises guomen.core.lifecycle.MoveRefusedError: if it was moved already
    """
    with transaction.atomic():
        _append(PROPOSED, reference, {}, at=at, by=by)
        row = operations.locked(reference)
        operations.propose(row, at=at, by=by)
    return row


def release(reference: str, *, at: datetime, by: str) -> DailyPlan:
    """
    Release a proposed plan: from now on lines of its days are decided by it.

    :raises guomen.supervision.targeting.operations.SecondPersonError: if ``by`` proposed it
    :raises PlanAlteredError: if what is stored is not what was hashed
    """
    with transaction.atomic():
        body = _checked(reference)
        seq = _append(RELEASED, reference, body, at=at, by=by)
        row = operations.locked(reference)
        operations.release(row, at=at, by=by, seq=seq)
    return row


def roll_back(reference: str, *, reason: str, at: datetime, by: str) -> DailyPlan:
    """
    Take a released plan out of force at once.

    :raises ReasonMissingError: without a reason
    """
    return _end(reference, PlanMove.ROLL_BACK, ROLLED_BACK, reason=reason, at=at, by=by)


def drop(reference: str, *, reason: str, at: datetime, by: str) -> DailyPlan:
    """
    Set a plan aside that was not released.

    :raises ReasonMissingError: without a reason
    """
    return _end(reference, PlanMove.DROP, DROPPED, reason=reason, at=at, by=by)


def record_capacity(
    port: str, *, minutes: int, slots: int, begins: date | None, at: datetime, by: str
) -> PortCapacity:
    """
    Record what a port can do from a day on, today where none is given.

    :raises NoSuchPortError: if the port is not on the register, or has no agency here
    """
    found = parties.port_facts().filter(pl.col("port") == port)
    code = found["agency"].to_list()[0] if found.height else None
    if code is None:
        raise NoSuchPortError(f"{port} is no port of an agency on record", port=port)
    office = agencies.agencies([code])[code]
    day = begins or at.astimezone(ZoneInfo(office.zone)).date()
    body = {"begins": day.isoformat(), "minutes": minutes, "slots": slots}
    with transaction.atomic():
        _append(CAPACITY, port, body, at=at, by=by)
        return operations.set_capacity(
            port, agency=agencies.ids()[code], minutes=minutes, slots=slots, begins=day, at=at
        )


def _end(
    reference: str, move: PlanMove, kind: str, *, reason: str, at: datetime, by: str
) -> DailyPlan:
    if not reason.strip():
        raise ReasonMissingError("say why the plan is taken back", plan=reference)
    with transaction.atomic():
        _append(kind, reference, {"reason": reason}, at=at, by=by)
        row = operations.locked(reference)
        operations.end(row, move, at=at, by=by, reason=reason)
    return row


def _checked(reference: str) -> dict[str, Any]:
    """Return what the ledger says of a plan: its hashes, checked against what is stored."""
    row = operations.locked(reference)
    plan = planning.read(row.text)
    if plan.digest != row.digest or plan.model != row.model.digest or _model_altered(plan.model):
        raise PlanAlteredError(
            f"{reference} or its model is not what was built; build the plan again", plan=reference
        )
    return {
        "agency": row.agency.code,
        "day": row.day.isoformat(),
        "digest": row.digest,
        "model": plan.model,
        "proposed_by": row.proposed_by if row.state == PlanState.PROPOSED.value else None,
        "version": row.version,
    }


def _model_altered(digest: str) -> bool:
    return keeping.digest(queries.model_text(digest)) != digest


def _append(kind: str, reference: str, body: Mapping[str, Any], *, at: datetime, by: str) -> int:
    draft = ledger.Draft(kind=kind, subject=reference, body=body)
    return ledger.append([draft], at=at, by=by).first
