"""Signed messages about goods: what was sent, and the receiving side for other offices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from guomen.desks.api import answers, bodies, documented
from guomen.desks.api.callers import Caller, NotFoundError
from guomen.desks.api.declarations import NotAllowedError
from guomen.desks.components import clock
from guomen.journeys import certification
from guomen.journeys.certification.messages import document, seen_from
from guomen.journeys.certification.receiving import RECEIVERS
from guomen.supervision.agencies.models import Role
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.models import TakenMessage

router = Router(tags=["messages"])
_NEWEST = 200
# Custodians of keys and administrators keep the house; they do not read consignments.
_READERS = frozenset(Role) - {Role.KEY_CUSTODIAN, Role.ADMINISTRATOR}

answers.STATUS[certification.MessageRefusedError] = 422


def _officer(request: HttpRequest, roles: frozenset[Role]) -> Caller:
    caller: Caller = request.auth  # type: ignore[attr-defined]
    if caller.path is None or not roles & caller.roles:
        raise NotAllowedError("signed messages are for officers whose role allows it")
    return caller


@router.get("", response=documented.ANY, summary="List messages sent")
def sent(request: HttpRequest) -> dict[str, Any]:
    """Return the newest messages of the caller's offices, and those addressed to them."""
    caller = _officer(request, _READERS)
    rows = seen_from(caller.path)[:_NEWEST]
    return {"messages": [{"number": row.number, "document": document(row)} for row in rows]}


@router.get("/received", response=documented.ANY, summary="List messages taken in")
def received(request: HttpRequest) -> dict[str, Any]:
    """Return the newest messages that the caller's offices took in."""
    caller = _officer(request, _READERS)
    rows = queries.taken_messages(path=caller.path)[:_NEWEST]
    return {"messages": [_taken(row) for row in rows]}


@router.post("/received", response=documented.ANY, summary="Take a message in")
def take_in(request: HttpRequest) -> Status[dict[str, Any]]:
    """Check a message that came from another office, and keep it; twice is once."""
    caller = _officer(request, RECEIVERS)
    row = certification.take_in(
        bodies.json_object(request), path=caller.path or "-", how=caller.lodgement(clock.now())
    )
    return Status(201, _taken(row))


@router.get("/{number}", response=documented.ANY, summary="Read a message")
def one(request: HttpRequest, number: str) -> dict[str, Any]:
    """Return one message as it was signed."""
    caller = _officer(request, _READERS)
    row = seen_from(caller.path).filter(number=number).first()
    if row is None:
        raise NotFoundError(f"there is no message {number} among yours", number=number)
    return document(row)


def _taken(row: TakenMessage) -> dict[str, Any]:
    return {
        "number": row.number,
        "sort": row.sort,
        "line": row.line,
        "from": row.sender,
        "to": row.recipient,
        "received_at": row.at,
        "document": {
            "sort": row.sort,
            "text": row.text,
            "signature": row.signature,
            "key": row.key_id,
        },
    }
