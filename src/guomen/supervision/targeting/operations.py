"""Keeping models and plans, and moving plans, in the caller's transaction."""

from __future__ import annotations

import zlib
from datetime import date, datetime
from typing import ClassVar

from django.db.models import Max

from guomen.core.errors import GuomenError
from guomen.core.targeting import keeping
from guomen.core.targeting.plan import DayPlan
from guomen.core.text import Text
from guomen.supervision.targeting.lifecycle import PLAN, PlanMove, PlanState
from guomen.supervision.targeting.models import DailyPlan, FittedModel, PortCapacity


class NoSuchPlanError(GuomenError):
    """There is no plan of that reference."""

    code: ClassVar[str] = "targeting.no-such-plan"


class SecondPersonError(GuomenError):
    """Whoever proposed a plan may not release it."""

    code: ClassVar[str] = "targeting.second-person"


class SameMomentError(GuomenError):
    """Somebody recorded a capacity of the port at this very moment; the second is told."""

    code: ClassVar[str] = "targeting.same-moment"


def keep(text: bytes, *, on: date, at: datetime) -> FittedModel:
    """Keep a model under its hash, once."""
    digest = keeping.digest(text)
    row, _ = FittedModel.objects.get_or_create(
        digest=digest,
        defaults={"on": on, "built_at": at, "payload": zlib.compress(text, level=6)},
    )
    return row


def store(
    plan: DayPlan,
    model: FittedModel,
    *,
    agency: tuple[int, str],
    change: Text,
    at: datetime,
    by: str,
) -> DailyPlan:
    """Store a plan that was built, as the next version of its day."""
    number, code = agency
    last = DailyPlan.objects.filter(agency_id=number, day=plan.day).aggregate(n=Max("version"))["n"]
    version = (last or 0) + 1
    return DailyPlan.objects.create(
        reference=f"PLAN-{code}-{plan.day:%Y%m%d}-{version}",
        agency_id=number,
        day=plan.day,
        version=version,
        digest=plan.digest,
        text=plan.text(),
        model=model,
        change_zh=change.zh,
        change_en=change.en,
        built_by=by,
        built_at=at,
    )


def locked(reference: str) -> DailyPlan:
    """
    Return a plan under lock.

    :raises NoSuchPlanError: if there is none
    """
    row = DailyPlan.objects.select_for_update().filter(reference=reference).first()
    if row is None:
        raise NoSuchPlanError(f"there is no plan {reference}", plan=reference)
    return row


def propose(row: DailyPlan, *, at: datetime, by: str) -> None:
    """Propose a plan for release: the first of two persons."""
    row.state = PLAN.after(PlanState(row.state), PlanMove.PROPOSE).value
    row.proposed_by, row.proposed_at = by, at
    row.save(update_fields=["state", "proposed_by", "proposed_at"])


def release(row: DailyPlan, *, at: datetime, by: str, seq: int) -> None:
    """
    Release a proposed plan: the second person, with the ledger's entry.

    :raises SecondPersonError: if it is the same person
    """
    if row.proposed_by == by:
        raise SecondPersonError(
            f"{by} proposed {row.reference}; another person must release it", plan=row.reference
        )
    row.state = PLAN.after(PlanState(row.state), PlanMove.RELEASE).value
    row.released_by, row.released_at, row.released_seq = by, at, seq
    row.save(update_fields=["state", "released_by", "released_at", "released_seq"])


def end(row: DailyPlan, move: PlanMove, *, at: datetime, by: str, reason: str) -> None:
    """Drop a plan that was not released, or roll back one that was."""
    row.state = PLAN.after(PlanState(row.state), move).value
    row.ended_by, row.ended_at, row.ended_for = by, at, reason
    row.save(update_fields=["state", "ended_by", "ended_at", "ended_for"])


def set_capacity(
    port: str, *, agency: int, minutes: int, slots: int, begins: date, at: datetime
) -> PortCapacity:
    """
    Record what a port can do from a day on; an earlier figure ends there.

    :raises SameMomentError: if what holds now was recorded at this moment or later
    """
    row = PortCapacity.objects.current().filter(port=port).order_by("-begins").first()
    if row is not None and row.recorded_at >= at:
        raise SameMomentError(
            f"a capacity of {port} was recorded at the same moment: {row.minutes} minutes, "
            f"{row.slots} slots from {row.begins}; look at it and record again if yours still "
            "counts",
            port=port,
        )
    if row is not None and row.begins < begins and (row.ends is None or begins < row.ends):
        return row.succeed(begins, at=at, minutes=minutes, slots=slots)
    if row is not None:
        PortCapacity.objects.filter(pk=row.pk).update(superseded_at=at)
    return PortCapacity.objects.create(
        port=port, agency_id=agency, minutes=minutes, slots=slots, begins=begins, recorded_at=at
    )
