"""
Re-review campaigns: every holder of a kind of licence is looked at again.

What a campaign came to is counted from the reviews and the acts that followed, never typed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from guomen.core.text import Text
from guomen.journeys.access import recording, reviewing
from guomen.journeys.access.actors import Actor
from guomen.journeys.access.errors import AccessError
from guomen.supervision.agencies.models import Agency
from guomen.supervision.licences.lifecycle import LicenceMove, LicenceState, ReviewState
from guomen.supervision.licences.models import (
    Conclusion,
    Licence,
    LicenceAct,
    LicenceKind,
    LicenceTerm,
    Occasion,
    Review,
    ReviewCampaign,
)


class CampaignRefusedError(AccessError):
    """A campaign cannot be opened or closed as asked."""

    code: ClassVar[str] = "access.campaign-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is to be reviewed again, and until when; ``cover`` narrows the scope of the goods."""

    kind: LicenceKind
    name: Text
    due: date
    cover: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a campaign came to, as counts of licences."""

    planned: int
    reviewed: int
    passed: int
    to_correct: int
    failed: int
    eliminated: int
    waiting: int

    @property
    def rate(self) -> tuple[int, int]:
        """Return eliminated and reviewed: the share is never kept alone."""
        return self.eliminated, self.reviewed


def members(planned: Planned, agency: Agency, *, who: Actor) -> QuerySet[Licence]:
    """Return the licences of a kind that are held in an agency's subtree today."""
    held = LicenceTerm.objects.as_of(who.day, known=who.at).filter(state=LicenceState.GRANTED.value)
    found = Licence.objects.filter(kind=planned.kind, pk__in=held.values("licence_id")).filter(
        Q(agency__path__startswith=agency.path)
        | Q(enterprise__agency__path__startswith=agency.path)
    )
    if planned.cover:
        found = found.filter(terms__hs_prefixes__icontains=f'"{planned.cover}').distinct()
    return found.select_related("enterprise", "site__enterprise").order_by("number")


def open_(
    planned: Planned, agency: Agency, *, assessors: Sequence[str], who: Actor
) -> ReviewCampaign:
    """
    Open a campaign: a review is planned for every holder.

    :raises CampaignRefusedError: if nobody holds such a licence, or the term lies in the past
    """
    if planned.due < who.day:
        raise CampaignRefusedError(
            "a campaign ends on a day to come; choose a later day", zh="截止日期应在今天以后"
        )
    with transaction.atomic():
        number = f"RRC-{who.day:%Y}-{ReviewCampaign.objects.count() + 1:03d}"
        body = {"due": planned.due.isoformat(), "kind": planned.kind.value}
        known = recording.record(recording.REVIEWED, number, body, at=who.at, by=who.by)
        found = list(members(planned, agency, who=who))
        if not found:
            raise CampaignRefusedError(
                "nobody under your agency holds a licence of this kind",
                zh="辖区内没有企业持有这类许可备案",
            )
        campaign = ReviewCampaign.objects.create(
            number=number,
            kind=planned.kind,
            agency=agency,
            name_zh=planned.name.zh,
            name_en=planned.name.en,
            begins=who.day,
            due=planned.due,
            opened_by=who.by,
            opened_at=known,
        )
        reviewing.write_plans(
            found,
            Occasion.RE_REVIEW,
            due=planned.due,
            assessors=assessors,
            who=who,
            campaign=campaign,
        )
    return campaign


def close(pk: int, *, who: Actor) -> ReviewCampaign:
    """
    Close a campaign.

    :raises CampaignRefusedError: if a review is still open, or it is closed already
    """
    with transaction.atomic():
        campaign = ReviewCampaign.objects.select_for_update().get(pk=pk)
        waiting = outcome(campaign).waiting
        if campaign.closed_at or waiting:
            raise CampaignRefusedError(
                f"{waiting} reviews are still open; conclude or drop them first"
                if waiting
                else "this campaign is closed already",
                zh=f"还有 {waiting} 次评审未结，请先办结或取消" if waiting else "该行动已结束",
            )
        campaign.closed_by, campaign.closed_at = who.by, who.at
        campaign.save()
    return campaign


_GONE = (LicenceMove.REVOKE.value, LicenceMove.FORCE_EXIT.value)


def outcome(campaign: ReviewCampaign) -> Outcome:
    """Count what a campaign came to; two queries."""
    first = Q(occasion=Occasion.RE_REVIEW)
    found = Review.objects.filter(campaign=campaign).aggregate(
        planned=Count("licence", filter=first, distinct=True),
        reviewed=Count(
            "licence", filter=first & Q(state=ReviewState.CONCLUDED.value), distinct=True
        ),
        passed=Count("pk", filter=first & Q(conclusion=Conclusion.PASS)),
        to_correct=Count("pk", filter=first & Q(conclusion=Conclusion.CORRECT)),
        failed=Count("pk", filter=first & Q(conclusion=Conclusion.FAIL)),
        waiting=Count(
            "pk",
            filter=Q(state__in=[ReviewState.PLANNED.value, ReviewState.UNDER_WAY.value]),
        ),
    )
    # A decision that an appeal annulled eliminates nobody.
    eliminated = (
        LicenceAct.objects.filter(
            licence__reviews__campaign=campaign,
            move__in=_GONE,
            approved=True,
            on__gte=campaign.begins,
        )
        .exclude(appeal__state="upheld")
        .values("licence")
        .distinct()
        .count()
    )
    return Outcome(eliminated=eliminated, **found)
