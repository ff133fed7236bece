"""
Issuing and lifting control orders, in one order with the decisions that read them.

An order is written under the ledger's lock and is known from no earlier than the last thing the
ledger knows: no decision that is already stored could have seen it, and replay agrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from guomen.supervision.controls import operations as controls
from guomen.supervision.controls.models import ControlOrder
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries as entries

ISSUED = "control.issued"
LIFTED = "control.lifted"
_NEXT = timedelta(microseconds=1)


def issue(drafts: Sequence[Mapping[str, Any]], *, at: datetime, by: str) -> list[ControlOrder]:
    """
    Record new orders; drafts are attributes of :class:`ControlOrder`.

    :raises guomen.core.controls.ControlOrderError: if an order could never match as written
    """
    with transaction.atomic():
        _append(ISSUED, [str(draft["reference"]) for draft in drafts], at=at, by=by)
        return controls.issue([dict(draft) for draft in drafts], at=_known_from(at))


def lift(reference: str, *, on: date, at: datetime, by: str) -> ControlOrder:
    """
    End an order on a day; what was decided under it stands.

    :raises guomen.supervision.controls.operations.OrderNotInForceError: if none binds beyond it
    """
    with transaction.atomic():
        _append(LIFTED, [reference], at=at, by=by)
        return controls.lift(reference, on=on, at=_known_from(at))


def _append(kind: str, references: Sequence[str], *, at: datetime, by: str) -> None:
    body = {"orders": list(references)}
    ledger.append(
        [ledger.Draft(kind=kind, subject=reference, body=body) for reference in references],
        at=at,
        by=by,
    )


def _known_from(at: datetime) -> datetime:
    """Return the moment, or the one after the newest ruling where that is later."""
    newest = entries.newest_moment()
    return at if newest is None or newest < at else newest + _NEXT
