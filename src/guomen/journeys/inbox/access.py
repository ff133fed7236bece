"""What waits in the room of access: applications, proposals, appeals, reviews, registers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import Q

from guomen.journeys.access import due, requesting, rooms
from guomen.journeys.access.rooms import Reach
from guomen.journeys.inbox.sources import Source, Waits
from guomen.supervision.licences.models import Appeal, LicenceAct, LicenceTerm
from guomen.supervision.parties.models import (
    LikePair,
    PairState,
    RequestState,
    SignUp,
    SignUpState,
)


def _of(reach: Reach, licence: str) -> Q:
    return reach.within(*(f"{licence}__{holder}" for holder in rooms.HOLDERS))


SOURCES: Mapping[Waits, Source] = MappingProxyType(
    {
        Waits.APPLICATION: Source(
            rows=lambda a: LicenceTerm.objects.as_of(a.reach.on, known=a.reach.known).filter(
                _of(a.reach, "licence"), state__in=due.WAITING
            ),
            key="licence__number",
            name="licence__enterprise",
            since="begins",
        ),
        Waits.ACT: Source(
            rows=lambda a: LicenceAct.objects.filter(
                _of(a.reach, "licence"), approved__isnull=True
            ).exclude(proposed_by=a.by),
            key="licence__number",
            name="licence__enterprise",
            since="proposed_at",
            due="heard_until",
        ),
        Waits.APPEAL: Source(
            rows=lambda a: Appeal.objects.filter(
                _of(a.reach, "act__licence"), decided_at__isnull=True
            ),
            key="act__licence__number",
            about="number",
            since="filed_at",
            due="due_at",
        ),
        Waits.REVIEW: Source(
            rows=lambda a: rooms.reviews(a.reach, {"state": "late"}),
            key="number",
            name="licence__enterprise",
            since="due",
            due="due",
        ),
        Waits.FILING: Source(
            rows=lambda a: rooms.additive_uses(a.reach, {"state": rooms.FILED}),
            key="number",
            since="filed_on",
        ),
        Waits.CHANGE: Source(
            rows=lambda a: requesting.requests(a.reach).filter(state=RequestState.ASKED),
            key="number",
            since="asked_at",
        ),
        Waits.SIGN_UP: Source(
            rows=lambda a: SignUp.objects.filter(
                a.reach.within("agency_id"), state=SignUpState.ASKED
            ),
            key="pk",
            name="",
            about="person_zh",
            since="asked_at",
        ),
        Waits.PAIR: Source(
            rows=lambda a: LikePair.objects.filter(
                a.reach.within("left__agency_id"), state=PairState.OPEN
            ),
            key="pk",
            name="left",
            about="right__reference",
            since="found_at",
        ),
    }
)
