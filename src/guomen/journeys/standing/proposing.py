"""
What failed goods propose for the credit file of their owner; a credit officer decides.

A failure is proposed once it is final: nobody may ask for re-inspection any more, or its disposal
was begun. It is proposed under the gravest item that its faults name; papers alone propose nothing.
A record on file that names the case ends the proposal, and so does a finding that was overturned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar
from zoneinfo import ZoneInfo

from guomen.core.dispose import Fault
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys.clearance import Lodgement
from guomen.journeys.standing import crediting
from guomen.rulebooks.credit_items import ITEMS
from guomen.supervision.credit.models import CreditRecord
from guomen.supervision.credit.operations import NewRecord
from guomen.supervision.dispositions.lifecycle import NonconformityState
from guomen.supervision.dispositions.models import Nonconformity
from guomen.supervision.parties.models import Enterprise

# The item of each fault, the gravest first.
ITEM_OF: Mapping[Fault, str] = MappingProxyType(
    {
        Fault.FRAUD: "CMP-ADULTERATION",
        Fault.SAFETY: "QLT-SAFETY",
        Fault.PEST: "QLT-SAFETY",
        Fault.DISEASE: "QLT-SAFETY",
        Fault.QUALITY: "QLT-NONCONFORM",
        Fault.UNNAMED: "QLT-NONCONFORM",
        Fault.LABEL: "QLT-LABEL",
    }
)
_FINAL = (NonconformityState.DISPOSING, NonconformityState.CLOSED)


class NothingProposedError(GuomenError):
    """A case proposes no record: it is not final, on file already, or of an unknown owner."""

    code: ClassVar[str] = "credit.nothing-proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The item under which a failure would go on file, its points, and whose file it is."""

    enterprise: Enterprise
    item: str
    name: Text
    points: int


def proposal_of(failed: Nonconformity, *, now: datetime) -> Proposal | None:
    """Return what a case proposes at a moment; at most two queries."""
    state = NonconformityState(failed.state)
    unasked = state is NonconformityState.NOTIFIED and failed.review_until < now
    if not unasked and state not in _FINAL:
        return None
    code = next((item for fault, item in ITEM_OF.items() if fault.value in failed.faults), None)
    if code is None or CreditRecord.objects.filter(source_reference=failed.reference).exists():
        return None
    enterprise = Enterprise.objects.filter(reference=failed.enterprise).first()
    if enterprise is None:
        return None
    item = ITEMS[code].on(_day(failed.notified_at, failed)).value
    return Proposal(enterprise=enterprise, item=code, name=item.says, points=item.points)


def accept(failed: Nonconformity, *, how: Lodgement) -> CreditRecord:
    """
    Put a failure on the credit file of its owner as it is proposed.

    :raises NothingProposedError: if it proposes nothing
    :raises guomen.supervision.credit.operations.NoCreditFileError: if no file was opened
    """
    found = proposal_of(failed, now=how.at)
    if found is None:
        raise NothingProposedError(
            f"{failed.reference} proposes no credit record: it is not final, or on file already.",
            failed=failed.reference,
        )
    day = _day(failed.notified_at, failed)
    new = NewRecord(
        item=found.item,
        happened_on=min(_day(failed.line.received_at, failed), day),
        counts_from=day,
        evidence=f"{failed.reference} {failed.line.reference}",
        source_reference=failed.reference,
    )
    return crediting.record(found.enterprise, new, how=how)


def _day(at: datetime, failed: Nonconformity) -> date:
    return at.astimezone(ZoneInfo(failed.agency.zone)).date()
