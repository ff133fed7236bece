"""What every act about an enterprise's standing shares: its day, who may decide, its entry."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from guomen.core.errors import GuomenError
from guomen.journeys.clearance import Lodgement
from guomen.journeys.consignments import ZONE
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies import queries as offices
from guomen.supervision.agencies.models import AgencyKind, InterestKind
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties.models import Enterprise

BUREAU_KINDS = frozenset({AgencyKind.REGIONAL.value, AgencyKind.NATIONAL.value})
OWN_INTERESTS = frozenset({InterestKind.PARTY, InterestKind.RELATIVE})


class NoSuchEnterpriseError(GuomenError):
    """There is no such enterprise among those that the officer's agency looks after."""

    code: ClassVar[str] = "standing.no_such_enterprise"


class NotAtBureauError(GuomenError):
    """What the bureau decides cannot be decided at a branch."""

    code: ClassVar[str] = "standing.not_at_bureau"


class ReasonMissingError(GuomenError):
    """A decision needs its reason in words."""

    code: ClassVar[str] = "standing.reason_missing"


def day_of(how: Lodgement) -> date:
    """Return the day of an act, in the zone of the house."""
    return how.at.astimezone(ZoneInfo(ZONE)).date()


def enterprise_of(reference: str, *, path: str | None = None) -> Enterprise:
    """
    Return an enterprise, where a path is given one of that subtree.

    :raises NoSuchEnterpriseError: if there is none
    """
    rows = Enterprise.objects.select_related("agency").filter(reference=reference)
    found = (rows if path is None else rows.filter(agency__path__startswith=path)).first()
    if found is None:
        raise NoSuchEnterpriseError(
            f"There is no enterprise {reference} among those of your agency: look it up by name.",
            enterprise=reference,
        )
    return found


def require_no_interest(
    how: Lodgement, enterprise_id: int, *, among: Collection[InterestKind] = tuple(InterestKind)
) -> None:
    """
    Refuse an officer with a declared interest in an enterprise.

    :raises guomen.supervision.agencies.operations.ConflictOfInterestError: if there is one
    """
    agencies.refuse_conflict(
        how.by, enterprise_id, on=day_of(how), known=how.at, among=frozenset(among)
    )


def require_bureau(how: Lodgement) -> None:
    """
    Refuse a decision of the bureau at a branch.

    :raises NotAtBureauError: if the officer's agency is no bureau
    """
    agency = offices.agencies([how.agency]).get(how.agency)
    if agency is None or agency.kind not in BUREAU_KINDS:
        raise NotAtBureauError(
            "This is decided at the bureau: hand it to a colleague there who has the right.",
            agency=how.agency,
        )


def require_reason(reason: str) -> str:
    """
    Return a reason without spaces around it.

    :raises ReasonMissingError: if there is none
    """
    if not reason.strip():
        raise ReasonMissingError("Give the reason in words: the enterprise reads it.")
    return reason.strip()


def note(kind: str, subject: str, body: dict[str, Any], *, how: Lodgement) -> None:
    """Enter an act into the ledger, ahead of everything that it changes."""
    ledger.append([ledger.Draft(kind=kind, subject=subject, body=body)], at=how.at, by=how.by)
