"""Tokens for programs: made, listed and revoked by the person for whom they act."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from guomen.desks.api import bodies, documented
from guomen.desks.api.callers import BySession, Caller, NotFoundError, make_token
from guomen.desks.api.models import Token
from guomen.desks.components import clock

# Only a signed-in person: a program never makes tokens for other programs.
router = Router(tags=["tokens"], auth=BySession())


def _shown(row: Token) -> dict[str, Any]:
    return {
        "id": row.pk,
        "label": row.label,
        "made_at": row.made_at,
        "ends_at": row.ends_at,
        "revoked_at": row.revoked_at,
    }


@router.get("", response=documented.ANY, summary="List your tokens")
def listed(request: HttpRequest) -> dict[str, Any]:
    """Return the tokens of the signed-in person, without their secrets."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return {"tokens": [_shown(row) for row in Token.objects.filter(user_id=caller.user.pk)]}


@router.post("", response=documented.ANY, openapi_extra=documented.TOKEN, summary="Make a token")
def make(request: HttpRequest) -> Status[dict[str, Any]]:
    """Make a token for a year; its secret is shown this once."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    label = str(bodies.json_object(request).get("label") or "token")[:60]
    row, secret = make_token(caller.user, label=label, at=clock.now())
    return Status(201, _shown(row) | {"token": secret})


@router.delete("/{pk}", response=documented.ANY, summary="Revoke a token")
def revoke(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Revoke one of your tokens at once."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    row = Token.objects.filter(pk=pk, user_id=caller.user.pk).first()
    if row is None:
        raise NotFoundError(f"you have no token {pk}", token=pk)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
    return _shown(row)
