"""What waits of how enterprises stand: disputes, merits, the blacklist, classes, product risks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import Q, QuerySet

from guomen.journeys.inbox.sources import NOBODY, Asker, Source, Waits
from guomen.supervision.classification.lifecycle import AssessmentState, ProposalState
from guomen.supervision.classification.models import Assessment, RiskProposal
from guomen.supervision.credit.lifecycle import BlacklistState, DisputeState, MeritState
from guomen.supervision.credit.models import BlacklistEntry, CreditMerit, Dispute, RulingFlag


def _merits(asker: Asker, state: MeritState) -> QuerySet[Any]:
    rows = CreditMerit.objects.filter(asker.reach.within("enterprise__agency_id"), state=state)
    return rows.exclude(recommended_by=asker.by).exclude(applied_by=asker.by)


def _listings(asker: Asker) -> QuerySet[Any]:
    """Entries of which somebody is to be told, was heard, asks to leave, or appeals."""
    heard = Q(state=BlacklistState.NOTIFIED, heard_until__lt=asker.reach.known)
    open_ = Q(state__in=(BlacklistState.PROPOSED, BlacklistState.EXIT_APPLIED))
    rows = BlacklistEntry.objects.current().filter(
        asker.reach.within("enterprise__agency_id"), heard | open_ | Q(appeal_open=True), ends=None
    )
    return rows.exclude(heard, proposed_by=asker.by)


SOURCES: Mapping[Waits, Source] = MappingProxyType(
    {
        Waits.DISPUTE: Source(
            rows=lambda a: Dispute.objects.filter(
                a.reach.within("record__enterprise__agency_id"), state=DisputeState.OPEN
            ),
            key="record__enterprise__reference",
            name="record__enterprise",
            about="record__item",
            since="lodged_at",
            due="due_at",
        ),
        Waits.RECOMMENDATION: Source(
            rows=lambda a: _merits(a, MeritState.APPLIED),
            key="enterprise__reference",
            since="applied_at",
        ),
        Waits.MERIT: Source(
            rows=lambda a: _merits(a, MeritState.RECOMMENDED),
            key="enterprise__reference",
            since="applied_at",
        ),
        Waits.LISTING: Source(
            rows=_listings,
            key="enterprise__reference",
            about="number",
            since="recorded_at",
            due="heard_until",
        ),
        Waits.ASSESSMENT: Source(
            rows=lambda a: Assessment.objects.filter(
                a.reach.within("enterprise__agency_id"), state=AssessmentState.SUBMITTED
            ).exclude(assessor=a.by),
            key="pk",
            about="enterprise__reference",
            since="submitted_at",
        ),
        Waits.PRODUCT: Source(
            rows=lambda a: RiskProposal.objects.filter(
                a.reach.within("agency_id"), state=ProposalState.PROPOSED
            ).exclude(assessor=a.by),
            key="hs_prefix",
            name=NOBODY,
            since="proposed_at",
        ),
        Waits.RULING: Source(
            rows=lambda a: RulingFlag.objects.filter(
                a.reach.within("enterprise__agency_id"), cleared_at=None
            ),
            key="line",
            since="flagged_at",
        ),
    }
)
