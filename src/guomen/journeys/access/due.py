"""What waits for the people of an agency in the room of access; a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from guomen.core.text import Text
from guomen.journeys.access import noticing, requesting, rooms
from guomen.journeys.access.rooms import Reach
from guomen.journeys.tallies import Tally
from guomen.rulebooks import licensing
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.licences.lifecycle import LicenceState
from guomen.supervision.licences.models import (
    Appeal,
    Licence,
    LicenceAct,
    LicenceTerm,
    Review,
    ReviewCampaign,
)
from guomen.supervision.parties.models import (
    Enterprise,
    LikePair,
    PairState,
    RequestState,
    SignUp,
    SignUpState,
)

_SHOWN = 8
WAITING = (
    LicenceState.APPLIED.value,
    LicenceState.DOCUMENTS_DUE.value,
    LicenceState.UNDER_REVIEW.value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An application that is not decided, and until when it must be."""

    licence: Licence
    term: LicenceTerm
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What waits, most pressing first, and how much of each there is."""

    proposals: Sequence[LicenceAct]
    appeals: Sequence[Appeal]
    applications: Sequence[Waiting]
    reviews: Sequence[Review]
    late_reviews: int
    open_reviews: int
    ending: int
    expired: int
    filings: int
    sign_ups: int
    requests: int
    pairs: int
    campaigns: Sequence[ReviewCampaign]
    states: Mapping[str, int]
    people: Mapping[str, Text]


def due(reach: Reach, *, now: datetime) -> Due:
    """Return what waits in a subtree."""
    ids = reach.agency_ids()
    proposals = list(
        LicenceAct.objects.filter(_of(reach, "licence"), approved__isnull=True)
        .select_related("licence__enterprise", "licence__site")
        .order_by("heard_until", "pk")[:_SHOWN]
    )
    appeals = list(
        Appeal.objects.filter(_of(reach, "act__licence"), decided_at__isnull=True)
        .select_related("act__licence", "enterprise")
        .order_by("due_at")[:_SHOWN]
    )
    waiting = (
        LicenceTerm.objects.as_of(reach.on, known=reach.known)
        .filter(_of(reach, "licence"), state__in=WAITING)
        .select_related("licence__enterprise", "licence__site")
        .order_by("begins", "pk")[:_SHOWN]
    )
    open_reviews = rooms.reviews(reach, {"state": "open"})
    named = {a.proposed_by for a in proposals}
    return Due(
        proposals=proposals,
        appeals=appeals,
        applications=[_waiting(term) for term in waiting],
        reviews=list(open_reviews.order_by("due", "pk")[:_SHOWN]),
        late_reviews=len(rooms.Bounded(rooms.reviews(reach, {"state": "late"}))),
        open_reviews=len(rooms.Bounded(open_reviews)),
        ending=_counted(rooms.ENDING, reach),
        expired=_counted(rooms.EXPIRED, reach),
        filings=len(rooms.Bounded(rooms.additive_uses(reach, {"state": rooms.FILED}))),
        sign_ups=SignUp.objects.filter(agency_id__in=ids, state=SignUpState.ASKED).count(),
        requests=requesting.requests(reach).filter(state=RequestState.ASKED).count(),
        pairs=LikePair.objects.filter(state=PairState.OPEN, left__agency_id__in=ids).count(),
        campaigns=list(
            ReviewCampaign.objects.filter(agency_id__in=ids, closed_at__isnull=True)[:_SHOWN]
        ),
        states=_OF_LICENCES.at(("states", reach.path, reach.on), lambda: _states(reach)),
        people={k: Text(zh=zh, en=en) for k, (zh, en) in agencies.names_of(named).items()},
    )


_OF_LICENCES: Tally[Any] = Tally(Licence, LicenceTerm, Enterprise)


def _counted(state: str, reach: Reach) -> int:
    """Count the licences that stand in a way; kept for as long as no licence changes."""
    rows = rooms.licences(reach, {"state": state})
    return int(_OF_LICENCES.at((state, reach.path, reach.on), rows.count))


def _of(reach: Reach, licence: str) -> Q:
    """Return the condition that a licence, by the way to it, is in reach."""
    return reach.within(*(f"{licence}__{holder}" for holder in rooms.HOLDERS))


def _waiting(term: LicenceTerm) -> Waiting:
    days = licensing.DECISION_DAYS.on(term.begins).value
    return Waiting(
        licence=term.licence,
        term=term,
        due=noticing.working_day(noticing.end_of(term.begins), days),
    )


def _states(reach: Reach) -> dict[str, int]:
    """Count the licences in reach by state; one query."""
    terms = LicenceTerm.objects.as_of(reach.on, known=reach.known)
    rows = terms.filter(_of(reach, "licence")).order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}
