"""What everybody may read: commitments and keys of the fair draw, anchors of the ledger."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router

from guomen.desks.api import documented
from guomen.supervision.ledger import queries as ledger

router = Router(tags=["published"], auth=None)


@router.get("/draw/keys", response=documented.ANY, summary="Keys of the fair draw")
def draw_keys(
    request: HttpRequest, agency: str | None = None, since: date | None = None
) -> dict[str, Any]:
    """Return every commitment, and the key of each day that is over."""
    del request
    keys = ledger.draw_keys(agency)
    return {"keys": [asdict(key) for key in keys if since is None or key.day >= since]}


@router.get("/ledger/anchors", response=documented.ANY, summary="Anchors of the ledger")
def anchors(request: HttpRequest) -> dict[str, Any]:
    """Return every signed anchor, oldest first: keep them to notice a rewritten past."""
    del request
    return {"anchors": list(ledger.anchors())}
