"""What waits of how enterprises stand: disputes, merits, the blacklist, classes, product risks."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from guomen.journeys.inbox.sources import NOBODY, Asker, Source, Waits, table
from guomen.supervision.classification.lifecycle import AssessmentState, ProposalState
from guomen.supervision.classification.models import Assessment, RiskProposal
from guomen.supervision.credit.lifecycle import BlacklistState, DisputeState, MeritState
from guomen.supervision.credit.models import BlacklistEntry, CreditMerit, Dispute, RulingFlag

_OF = ("enterprise__agency_id",)
_NOT_OWN_MERIT = ("recommended_by", "applied_by")


def _listings(asker: Asker) -> QuerySet[Any]:
    """Entries of which somebody is to be told, was heard, asks to leave, or appeals."""
    heard = Q(state=BlacklistState.NOTIFIED, heard_until__lt=asker.reach.known)
    open_ = Q(state__in=(BlacklistState.PROPOSED, BlacklistState.EXIT_APPLIED))
    rows = BlacklistEntry.objects.current().filter(heard | open_ | Q(appeal_open=True), ends=None)
    return rows.exclude(heard, proposed_by=asker.by)


SOURCES = table(
    Source(
        what=Waits.DISPUTE,
        of=Dispute,
        within=("record__enterprise__agency_id",),
        where=Q(state=DisputeState.OPEN),
        key="record__enterprise__reference",
        name="record__enterprise",
        about="record__item",
        since="lodged_at",
        due="due_at",
    ),
    Source(
        what=Waits.RECOMMENDATION,
        of=CreditMerit,
        within=_OF,
        where=Q(state=MeritState.APPLIED),
        not_by=_NOT_OWN_MERIT,
        key="enterprise__reference",
        since="applied_at",
    ),
    Source(
        what=Waits.MERIT,
        of=CreditMerit,
        within=_OF,
        where=Q(state=MeritState.RECOMMENDED),
        not_by=_NOT_OWN_MERIT,
        key="enterprise__reference",
        since="applied_at",
    ),
    Source(
        what=Waits.LISTING,
        rows=_listings,
        within=_OF,
        key="enterprise__reference",
        about="number",
        since="recorded_at",
        due="heard_until",
    ),
    Source(
        what=Waits.ASSESSMENT,
        of=Assessment,
        within=_OF,
        where=Q(state=AssessmentState.SUBMITTED),
        not_by=("assessor",),
        key="pk",
        about="enterprise__reference",
        since="submitted_at",
    ),
    Source(
        what=Waits.PRODUCT,
        of=RiskProposal,
        within=("agency_id",),
        where=Q(state=ProposalState.PROPOSED),
        not_by=("assessor",),
        key="hs_prefix",
        name=NOBODY,
        since="proposed_at",
    ),
    Source(
        what=Waits.RULING,
        of=RulingFlag,
        within=_OF,
        where=Q(cleared_at=None),
        key="line",
        since="flagged_at",
    ),
)
