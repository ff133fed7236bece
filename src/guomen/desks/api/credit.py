"""What partner departments send of enterprises, and what became of every row of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from guomen.desks.api import answers, bodies, documented
from guomen.desks.api.callers import Caller, NotFoundError
from guomen.desks.api.declarations import NotAllowedError
from guomen.desks.components import clock
from guomen.journeys.standing import partners
from guomen.supervision.agencies.models import Role
from guomen.supervision.credit.models import PartnerFile

router = Router(tags=["credit"])
_NAMED = 1_000

answers.STATUS[partners.PartnerRefusedError] = 422


def _department(request: HttpRequest) -> Caller:
    caller: Caller = request.auth  # type: ignore[attr-defined]
    if Role.LIAISON_OFFICER.value not in caller.roles or caller.agency not in partners.SOURCES:
        raise NotAllowedError("credit records are sent by liaison officers of partner departments")
    return caller


@router.post("/records", response=documented.ANY, summary="Send credit records")
def send(request: HttpRequest) -> Status[dict[str, Any]]:
    """Take records of a department in; the answer says what became of each row."""
    caller = _department(request)
    body = bodies.json_object(request)
    rows = body.get("records")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bodies.BadBodyError('Send {"records": [{…}, …]}, an object for each record.')
    sender = partners.Sender(
        agency=caller.agency,
        source=partners.SOURCES[caller.agency],
        name=str(body.get("name") or "api"),
    )
    file = partners.take_in(rows, sender, how=caller.lodgement(clock.now()))
    return Status(201, _reconciled(file))


@router.get("/records/{number}", response=documented.ANY, summary="Read what became of them")
def read(request: HttpRequest, number: int) -> dict[str, Any]:
    """Return the reconciliation of what the department sent, as it stands now."""
    caller = _department(request)
    file = PartnerFile.objects.filter(pk=number, agency__code=caller.agency).first()
    if file is None:
        raise NotFoundError(f"you sent nothing under the number {number}", number=number)
    return _reconciled(file)


def _reconciled(file: PartnerFile) -> dict[str, Any]:
    counts = partners.reconciliation(file)
    rows = file.rows.select_related("record").order_by("number")[:_NAMED]
    return {
        "number": file.pk,
        "received_at": file.received_at,
        "rows": sum(counts.values()),
        "counts": counts,
        "results": [
            {
                "row": row.number,
                "reference": row.content.get("reference", ""),
                "outcome": row.outcome,
                "why": row.why.get("code"),
                "says": partners.WHY[row.why["code"]].en if row.why.get("code") else None,
                "record": row.record.reference if row.record else None,
            }
            for row in rows
        ],
    }
