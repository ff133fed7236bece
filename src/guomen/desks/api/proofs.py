"""The proof of one ledger entry, for those who may see what it is about."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from guomen.desks.api import documented
from guomen.desks.api.callers import Caller, NotFoundError
from guomen.supervision.agencies.models import Role
from guomen.supervision.controls import queries as controls
from guomen.supervision.declarations.lifecycle import UNFINISHED
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.queries import Recorded

router = Router(tags=["ledger"])
_RULING = "ruling"
_PUBLIC = frozenset({"draw.commitment", "draw.key"})


@router.get("/ledger/proof/{seq}", response=documented.ANY, summary="Proof of one entry")
def proof(request: HttpRequest, seq: int) -> dict[str, Any]:
    """
    Return what proves one entry without showing any other.

    An enterprise gets the proof of a ruling on its own line once the line is closed: the record
    holds the chance of selection. A ruling that a confidential order met is shown to officers only.
    """
    caller: Caller = request.auth  # type: ignore[attr-defined]
    entry = ledger.entry(seq)
    if entry.kind not in _PUBLIC and not _may_read(entry, caller):
        raise NotFoundError(f"there is no entry {seq} among what you may read", seq=seq)
    return ledger.proof(seq)


def _may_read(entry: Recorded, caller: Caller) -> bool:
    if Role.AUDITOR.value in caller.roles:
        return True
    try:
        line = caller.line(entry.subject)
    except NotFoundError:
        return False
    if caller.enterprise is None:
        return True
    return line.state not in UNFINISHED and not _tells_confidential(entry)


def _tells_confidential(entry: Recorded) -> bool:
    if entry.kind != _RULING or entry.body is None:
        return entry.kind != "outcome"
    ruling = entry.value()["ruling"]
    named = controls.orders_named({*ruling["orders"], *ruling["possible"]})
    return any(order.confidential for order in named.values())
