"""
A request to inspect goods again: asked by their owner in time, answered by new results or not.

A finding is overturned only by the ruling that follows new findings or verdicts: nobody does that
by word. It is upheld by such a ruling, or by an officer who did not rule, with grounds.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.journeys import looking_again
from guomen.journeys.clearance import Lodgement
from guomen.journeys.disposal import handling
from guomen.rulebooks import disposal_terms as terms
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LINE, LineMove, LineState
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import (
    NONCONFORMITY,
    REVIEW,
    NonconformityMove,
    NonconformityState,
    ReviewMove,
    ReviewState,
)
from guomen.supervision.dispositions.models import Nonconformity, Review
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties.codes import yearly_reference

ASKED = "review.asked"
ANSWERED = "review.answered"


class TooLateError(GuomenError):
    """The time to ask for re-inspection is over."""

    code: ClassVar[str] = "review.too-late"


class NoSuchReviewError(GuomenError):
    """There is no such request."""

    code: ClassVar[str] = "review.no-such-review"


def ask(failed: str, *, ground: str, how: Lodgement) -> str:
    """
    Ask for re-inspection of goods that failed; the line is taken up again.

    What failed is looked at again at once: the counter-sample is tested, another inspector is sent.

    :raises TooLateError: more than fifteen days after the result
    :raises guomen.core.lifecycle.MoveRefusedError: if a disposal was ordered, or it was asked for
    """
    with transaction.atomic():
        row = _failure(failed)
        row.state = NONCONFORMITY.after(
            NonconformityState(row.state), NonconformityMove.ASK_REVIEW
        ).value
        if how.at > row.review_until:
            raise TooLateError(
                f"Re-inspection of {failed} could be asked for until "
                f"{_day(row.review_until)}; the finding stands.",
                until=row.review_until.isoformat(),
            )
        year = how.at.astimezone(ZoneInfo(row.agency.zone)).year
        (number,) = declarations.reserve(f"RVW-{year}", 1)
        made = Review.objects.create(
            reference=yearly_reference("RVW", year, number),
            nonconformity=row,
            ground=ground,
            asked_by=how.by,
            asked_at=how.at,
            answer_until=terms.until(how.at, terms.ANSWER_DAYS, row.agency.zone),
        )
        row.version += 1
        row.save()
        _line(row, LineMove.REINSPECT)
        begun = looking_again.begin(row.line_id, at=how.at)
        _record(ASKED, made, {"ground": ground, **begun.body()}, how=how)
        return made.reference


def uphold(review: str, *, answer: str, how: Lodgement) -> None:
    """
    Uphold a finding with grounds, without new results.

    :raises guomen.journeys.disposal.handling.SecondPersonError: for the officer who ruled
    """
    with transaction.atomic():
        made = _review(review)
        stands = queries.standing([made.nonconformity.line_id])[made.nonconformity.line_id]
        if stands.by == how.by:
            raise handling.SecondPersonError(
                "Whoever ruled on the goods does not answer the request about it; ask a colleague."
            )
        made.state = REVIEW.after(ReviewState(made.state), ReviewMove.UPHOLD).value
        made.answer, made.answered_by, made.answered_at = answer, how.by, how.at
        made.save()
        row = _failure(made.nonconformity.reference)
        row.state = NONCONFORMITY.after(
            NonconformityState(row.state), NonconformityMove.UPHOLD
        ).value
        row.version += 1
        row.save()
        _line(row, LineMove.FAIL)
        _record(ANSWERED, made, {"answer": answer, "upheld": True}, how=how)


def _failure(number: str) -> Nonconformity:
    rows = Nonconformity.objects.select_for_update(of=("self",)).select_related("line", "agency")
    found = rows.filter(reference=number).first()
    if found is None:
        raise handling.NoSuchFailureError(f"Nothing failed under the number {number}.")
    return found


def _review(number: str) -> Review:
    rows = Review.objects.select_for_update(of=("self",)).select_related("nonconformity__line")
    found = rows.filter(reference=number).first()
    if found is None:
        raise NoSuchReviewError(f"There is no request {number}.", review=number)
    return found


def _line(row: Nonconformity, move: LineMove) -> None:
    line = declarations.locked_lines([row.line.reference]).get()
    line.state = LINE.after(LineState(line.state), move).value
    line.version += 1
    line.save(update_fields=["state", "version"])


def _day(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()


def _record(kind: str, made: Review, said: dict[str, object], *, how: Lodgement) -> None:
    row = made.nonconformity
    body = {"review": made.reference, "failed": row.reference, **said}
    draft = ledger.Draft(kind=kind, subject=row.line.reference, body=body)
    ledger.append([draft], at=how.at, by=how.by)
