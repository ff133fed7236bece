"""What waits in the room of access: applications, proposals, appeals, reviews, registers."""

from __future__ import annotations

from django.db.models import Q

from guomen.journeys.access import due, rooms
from guomen.journeys.inbox.sources import Source, Waits, table
from guomen.supervision.filings.models import AdditiveUse
from guomen.supervision.licences.models import Appeal, LicenceAct, LicenceTerm, Review
from guomen.supervision.parties.models import (
    ChangeRequest,
    LikePair,
    PairState,
    RequestState,
    SignUp,
    SignUpState,
)


def _of(licence: str) -> tuple[str, ...]:
    """Return the ways to the agencies whose people may read a licence."""
    return tuple(f"{licence}__{holder}" for holder in rooms.HOLDERS)


SOURCES = table(
    Source(
        what=Waits.APPLICATION,
        rows=lambda a: LicenceTerm.objects.as_of(a.reach.on, known=a.reach.known),
        within=_of("licence"),
        where=Q(state__in=due.WAITING),
        key="licence__number",
        name="licence__enterprise",
        since="begins",
    ),
    Source(
        what=Waits.ACT,
        of=LicenceAct,
        within=_of("licence"),
        where=Q(approved__isnull=True),
        not_by=("proposed_by",),
        key="licence__number",
        name="licence__enterprise",
        since="proposed_at",
        due="heard_until",
    ),
    Source(
        what=Waits.APPEAL,
        of=Appeal,
        within=_of("act__licence"),
        where=Q(decided_at__isnull=True),
        key="act__licence__number",
        about="number",
        since="filed_at",
        due="due_at",
    ),
    Source(
        what=Waits.REVIEW,
        rows=lambda a: Review.objects.filter(due__lt=a.reach.on),
        within=_of("licence"),
        where=Q(state__in=rooms.OPEN_REVIEWS),
        key="number",
        name="licence__enterprise",
        since="due",
        due="due",
    ),
    Source(
        what=Waits.FILING,
        of=AdditiveUse,
        within=("agency_id",),
        where=Q(state=rooms.FILED),
        key="number",
        since="filed_on",
    ),
    Source(
        what=Waits.CHANGE,
        of=ChangeRequest,
        within=("enterprise__agency_id",),
        where=Q(state=RequestState.ASKED),
        key="number",
        since="asked_at",
    ),
    Source(
        what=Waits.SIGN_UP,
        of=SignUp,
        within=("agency_id",),
        where=Q(state=SignUpState.ASKED),
        key="pk",
        name="",
        about="person_zh",
        since="asked_at",
    ),
    Source(
        what=Waits.PAIR,
        of=LikePair,
        within=("left__agency_id",),
        where=Q(state=PairState.OPEN),
        key="pk",
        name="left",
        about="right__reference",
        since="found_at",
    ),
)
