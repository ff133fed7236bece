"""
Writing what happened to a licence into the ledger, in one order with the decisions that read it.

A move is known from no earlier than the last thing that the ledger knows: no stored decision could
have seen it, and the very next one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries as entries

MOVED = "licence.moved"
PROPOSED = "licence.proposed"
REFUSED = "licence.refused"
REVIEWED = "licence.reviewed"
APPEALED = "licence.appealed"
MERGED = "enterprise.merged"
FILED = "filing.recorded"
_NEXT = timedelta(microseconds=1)


def record(kind: str, subject: str, body: Mapping[str, Any], *, at: datetime, by: str) -> datetime:
    """
    Add one entry in the caller's transaction; return from when on it is known.

    The ledger's lock comes first in every transaction: it orders all writers.
    """
    ledger.append([ledger.Draft(kind=kind, subject=subject, body=body)], at=at, by=by)
    newest = entries.newest_moment()
    return at if newest is None or newest <= at else newest + _NEXT
