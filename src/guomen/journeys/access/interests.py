"""
Interests that officers declare, so that they decide nothing about enterprises near to them.

An officer declares for oneself, never for others, and ends it when it is over. A cooling-off time
follows by itself: what is ended today still binds until then. Having assessed an enterprise is put
on record by the assessment and is never ended by hand.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import Q, QuerySet

from guomen.journeys.access import recording
from guomen.journeys.access.actors import Actor
from guomen.journeys.access.errors import AccessError
from guomen.journeys.access.rooms import Reach
from guomen.rulebooks import licensing
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies import queries as offices
from guomen.supervision.agencies.models import DeclaredInterest, InterestKind, Officer
from guomen.supervision.parties.models import Enterprise

DECLARED = "interest.declared"
ENDED = "interest.ended"
#: What an officer declares by hand.
BY_HAND = (InterestKind.PARTY, InterestKind.RELATIVE)


class InterestRefusedError(AccessError):
    """An interest cannot be declared or ended like this; nothing was stored."""

    code: ClassVar[str] = "access.interest-refused"


def declare(enterprise: Enterprise, kind: InterestKind, note: str, *, who: Actor) -> None:
    """
    Put an own interest in an enterprise on record, from today.

    :raises InterestRefusedError: if it is on record already, or is not one that is declared by hand
    """
    if kind not in BY_HAND:
        raise InterestRefusedError(
            "having assessed an enterprise is recorded by the assessment itself",
            zh="参与评审由评审记录自动登记，无需申报",
        )
    with transaction.atomic():
        # Whose interest it is and in what stays out of the ledger: it is personal.
        known = recording.record(DECLARED, who.by, {"kind": kind.value}, at=who.at, by=who.by)
        officer = Officer.objects.select_for_update().get(key=who.by)
        held = offices.interests_of(who.by, enterprise.pk, on=who.day, known=known)
        if kind in held:
            raise InterestRefusedError("this interest is on record already", zh="该回避关系已登记")
        agencies.declare_interest(
            officer, enterprise.pk, kind, on=who.day, at=known, note=note.strip()[:200]
        )


def end(pk: int, *, who: Actor) -> DeclaredInterest:
    """
    End an own interest; it binds until the cooling-off time is over.

    :raises InterestRefusedError: if it is another officer's, is ended, or is not ended by hand
    """
    with transaction.atomic():
        known = recording.record(ENDED, who.by, {"interest": pk}, at=who.at, by=who.by)
        row = (
            DeclaredInterest.objects.current()
            .select_for_update()
            .filter(pk=pk, officer__key=who.by)
            .first()
        )
        if row is None or row.ends is not None or row.kind not in BY_HAND:
            raise InterestRefusedError(
                "only an interest that you declared yourself, and that is open, can be ended",
                zh="只能终止本人申报且尚未终止的回避关系",
            )
        days = licensing.COOLING_OFF_DAYS.on(who.day).value
        return row.succeed(row.begins, at=known, ends=who.day + timedelta(days=days))


def declared(reach: Reach, *, own: str, all_of_them: bool) -> QuerySet[DeclaredInterest]:
    """Return the open interests of one officer, or of everybody of the subtree."""
    rows = DeclaredInterest.objects.as_of(reach.on, known=reach.known)
    mine = Q(officer__key=own)
    seen = mine | Q(officer__agency__path__startswith=reach.path) if all_of_them else mine
    return (
        rows.filter(seen)
        .select_related("officer__agency", "enterprise")
        .order_by("officer__key", "enterprise__reference", "kind")
    )
