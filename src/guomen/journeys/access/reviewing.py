"""
Reviews on the spot: planned, answered item by item on a phone, concluded from the answers.

The conclusion follows from the answers by the rule book; an assessor may be stricter than that and
never milder. What follows for the licence is another person's decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.db import transaction

from guomen.journeys.access import noticing, recording
from guomen.journeys.access.actors import Actor, holders, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.rulebooks import licensing
from guomen.rulebooks.checklists import items_for, proposed_conclusion
from guomen.supervision.licences.lifecycle import REVIEW, ReviewMove, ReviewState
from guomen.supervision.licences.models import (
    AnswerKind,
    Conclusion,
    Licence,
    Occasion,
    Review,
    ReviewAnswer,
    ReviewCampaign,
)

SEVERITY = (Conclusion.PASS, Conclusion.CORRECT, Conclusion.FAIL)


class ReviewRefusedError(AccessError):
    """A review cannot be carried on as asked; nothing was stored."""

    code: ClassVar[str] = "access.review-refused"


class ReviewMovedError(AccessError):
    """Somebody else changed the answer that this one was written over."""

    code: ClassVar[str] = "access.review-moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer as an assessor gives it; a shortcoming needs a note."""

    item: str
    answer: AnswerKind
    note: str = ""


def plan(
    licence: Licence,
    occasion: Occasion,
    *,
    due: date,
    assessors: Sequence[str],
    who: Actor,
    campaign: ReviewCampaign | None = None,
) -> Review:
    """
    Plan a review of a licence.

    :raises guomen.journeys.access.actors.TiedError: if an assessor has a tie to the holder
    """
    for key in assessors:
        refuse_tied(Actor(by=key, at=who.at, zone=who.zone), holders(licence))
    with transaction.atomic():
        (made,) = write_plans(
            [licence], occasion, due=due, assessors=assessors, who=who, campaign=campaign
        )
    return made


def write_plans(
    licences: Iterable[Licence],
    occasion: Occasion,
    *,
    due: date,
    assessors: Sequence[str],
    who: Actor,
    campaign: ReviewCampaign | None = None,
) -> list[Review]:
    """Write planned reviews in the caller's transaction, two statements for all of them."""
    first = Review.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    made = [
        Review(
            number=f"REV-{who.day:%Y}-{first + place:06d}",
            licence=licence,
            campaign=campaign,
            occasion=occasion,
            assessors=list(assessors),
            due=due,
            planned_by=who.by,
            planned_at=who.at,
        )
        for place, licence in enumerate(licences, start=1)
    ]
    return Review.objects.bulk_create(made)


def answer(pk: int, given: Answered, *, who: Actor) -> Review:
    """
    Answer one item of a checklist; whoever answers becomes an assessor.

    :raises ReviewRefusedError: if there is no such item, or a shortcoming is not described
    :raises guomen.core.lifecycle.MoveRefusedError: if the review is concluded
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the holder
    """
    with transaction.atomic():
        review = _locked(pk)
        refuse_tied(who, holders(review.licence))
        if given.item not in {item.code for item in items_for(review.licence.kind)}:
            raise ReviewRefusedError(
                "there is no such item on this checklist", zh="核查表没有这一项", item=given.item
            )
        if given.answer in (AnswerKind.MINOR, AnswerKind.MAJOR) and not given.note.strip():
            raise ReviewRefusedError(
                "say what is short of the requirement", zh="请写明不符合的情况", item=given.item
            )
        review.state = REVIEW.after(ReviewState(review.state), ReviewMove.ANSWER).value
        ReviewAnswer.objects.update_or_create(
            review=review,
            item=given.item,
            defaults={
                "answer": given.answer,
                "note": given.note[:300],
                "by": who.by,
                "at": who.at,
            },
        )
        if who.by not in review.assessors:
            review.assessors = [*review.assessors, who.by]
        review.visited_on = review.visited_on or who.day
        review.version += 1
        review.save()
    return review


def conclude(
    pk: int, *, who: Actor, conclusion: Conclusion | None = None, note: str = ""
) -> Review:
    """
    Conclude a review: what its answers amount to, or something stricter with a note.

    A review that asks for correction plans the check after it.

    :raises ReviewRefusedError: if an item is unanswered, the conclusion is milder than the answers,
        or stricter without a note
    :raises guomen.core.lifecycle.MoveRefusedError: if it is concluded already
    """
    with transaction.atomic():
        number = Review.objects.values_list("number", flat=True).get(pk=pk)
        body = {"conclusion": conclusion.value if conclusion else None, "note": note}
        known = recording.record(recording.REVIEWED, number, body, at=who.at, by=who.by)
        review = _locked(pk)
        refuse_tied(who, holders(review.licence))
        state = REVIEW.after(ReviewState(review.state), ReviewMove.CONCLUDE)
        review.conclusion = _concluded(review, conclusion, note)
        review.state, review.note = state.value, note[:400]
        review.concluded_by, review.concluded_at = who.by, known
        review.version += 1
        review.save()
        if review.conclusion == Conclusion.CORRECT:
            days = licensing.FOLLOW_UP_DAYS.on(who.day).value
            write_plans(
                [review.licence],
                Occasion.FOLLOW_UP,
                due=noticing.working_day(who.at, days),
                assessors=review.assessors,
                who=who,
                campaign=review.campaign,
            )
    return review


def _concluded(review: Review, asked: Conclusion | None, note: str) -> Conclusion:
    given = dict(review.answers.values_list("item", "answer"))
    follows = proposed_conclusion(review.licence.kind, given)
    if follows is None:
        left = [i.code for i in items_for(review.licence.kind) if i.code not in given]
        raise ReviewRefusedError(
            f"{len(left)} items are not answered yet; answer every item first",
            zh=f"还有 {len(left)} 项未填写，请逐项填写",
            items=left,
        )
    floor = Conclusion(follows)
    if asked is None or asked == floor:
        return floor
    if SEVERITY.index(asked) < SEVERITY.index(floor):
        raise ReviewRefusedError(
            f"the answers amount to {floor.value}; a review cannot conclude milder than that",
            zh="评审结论不能比核查结果更宽",
        )
    if not note.strip():
        raise ReviewRefusedError(
            "say why you conclude stricter than the answers amount to",
            zh="结论比核查结果更严，请说明理由",
        )
    return asked


def drop(pk: int, *, who: Actor, note: str) -> Review:
    """
    Drop a review that is no longer needed.

    :raises guomen.core.lifecycle.MoveRefusedError: if it is concluded already
    """
    with transaction.atomic():
        review = _locked(pk)
        review.state = REVIEW.after(ReviewState(review.state), ReviewMove.DROP).value
        review.note, review.concluded_by = note[:400], who.by
        review.version += 1
        review.save()
    return review


def _locked(pk: int) -> Review:
    found = Review.objects.select_for_update(of=("self",)).select_related(
        "licence__enterprise", "licence__site__enterprise", "campaign"
    )
    return found.get(pk=pk)
