"""
Classes of enterprises: assessed with evidence, tried out, signed by a second person.

A class takes effect on the very next ruling. Classes 1 and 4 are signed at the bureau, 2 and 3
where the enterprise is looked after; never by the assessor, nor by anyone with an interest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import Count

from guomen.core.classification import Classified, Element, Risk
from guomen.core.classification import classify as derive
from guomen.core.errors import GuomenError
from guomen.core.ruling import Mode
from guomen.journeys.clearance import Lodgement
from guomen.journeys.registers import ALWAYS, AsOf, Prefixed
from guomen.journeys.standing import acting, reconsidering
from guomen.rulebooks.classification import (
    APPROVED_BY_BUREAU,
    SCHEME,
    mode_of,
    valid_until,
)
from guomen.rulebooks.rates import MODE_RATES
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies import queries as offices
from guomen.supervision.agencies.models import InterestKind, Officer
from guomen.supervision.classification import operations, queries
from guomen.supervision.classification.lifecycle import (
    WRITABLE,
    AssessmentMove,
    AssessmentState,
)
from guomen.supervision.classification.models import (
    Assessment,
    ElementScore,
    EnterpriseClass,
)
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties.models import Enterprise

ASSESSED = "class.assessed"
MOVED = "class.moved"
_YEAR = timedelta(days=365)
_OPEN = tuple(state.value for state in (*WRITABLE, AssessmentState.SUBMITTED))

#: Element → score (None: not scored) and evidence.
Scored = Mapping[Element, tuple[int | None, str]]


class AssessmentRefusedError(GuomenError):
    """An assessment cannot be submitted or signed as it is."""

    code: ClassVar[str] = "classification.refused"


def begin(enterprise: Enterprise, *, how: Lodgement) -> Assessment:
    """
    Begin an assessment, or go on with the open one.

    :raises guomen.supervision.agencies.operations.ConflictOfInterestError: for an own interest
    """
    with transaction.atomic():
        acting.note(ASSESSED, enterprise.reference, {"state": "draft"}, how=how)
        acting.require_no_interest(how, enterprise.pk, among=acting.OWN_INTERESTS)
        found = Assessment.objects.filter(enterprise=enterprise, state__in=_OPEN).first()
        return found or Assessment.objects.create(
            enterprise=enterprise,
            agency_id=offices.ids()[how.agency],
            assessed_on=acting.day_of(how),
            assessor=how.by,
        )


def begin_many(enterprises: Collection[Enterprise], *, how: Lodgement) -> None:
    """
    Begin an assessment of each of some enterprises, in the caller's transaction; two statements.

    Only for enterprises of which none is under way, and in which the officer has no interest.
    """
    drafts = [
        ledger.Draft(kind=ASSESSED, subject=firm.reference, body={"state": "draft"})
        for firm in enterprises
    ]
    ledger.append(drafts, at=how.at, by=how.by)
    Assessment.objects.bulk_create(
        Assessment(
            enterprise=firm,
            agency_id=offices.ids()[how.agency],
            assessed_on=acting.day_of(how),
            assessor=how.by,
        )
        for firm in enterprises
    )


def under_way(enterprises: Iterable[int]) -> dict[int, Assessment]:
    """Return the assessments of enterprises, by key, that are not signed yet; one query."""
    rows = Assessment.objects.filter(enterprise__in=list(enterprises), state__in=_OPEN)
    return {row.enterprise_id: row for row in rows.select_related("enterprise").order_by("pk")}


def write(
    assessment: Assessment,
    scored: Scored,
    *,
    vetoes: Iterable[str] = (),
    how: Lodgement,
    seen: int | None = None,
) -> Classified:
    """
    Write scores with their evidence; return the class that they give.

    :raises guomen.core.classification.ScoreOutOfRangeError: for a score off its scale
    :raises guomen.supervision.classification.operations.AssessmentChangedError: if outdated
    :raises guomen.supervision.classification.operations.AssessmentClosedError: if submitted
    """
    day = acting.day_of(how)
    scores = {element: score for element, (score, _) in scored.items()}
    found = derive(scores, vetoes=vetoes, scheme=SCHEME.on(day).value)
    with transaction.atomic():
        acting.note(ASSESSED, assessment.enterprise.reference, {"state": "written"}, how=how)
        acting.require_no_interest(how, assessment.enterprise_id, among=acting.OWN_INTERESTS)
        held = operations.lock(assessment, seen=seen)
        held.assessor, held.assessed_on = how.by, day
        operations.write_scores(held, scored, found)
    return found


def move(
    assessment: Assessment,
    made: AssessmentMove,
    *,
    reason: str = "",
    how: Lodgement,
    seen: int | None = None,
) -> Assessment:
    """
    Submit, return, drop or sign an assessment.

    :raises AssessmentRefusedError: if elements lack a score or evidence
    :raises guomen.core.lifecycle.MoveRefusedError: if the table has no such move
    :raises guomen.supervision.agencies.operations.SamePersonError: for the assessor
    :raises guomen.journeys.standing.acting.NotAtBureauError: for class 1 or 4 at a branch
    """
    with transaction.atomic():
        body = {"assessment": assessment.reference, "move": made.value}
        acting.note(MOVED, assessment.enterprise.reference, body, how=how)
        held = operations.lock(assessment, seen=seen)
        operations.move(held, made)
        held.reason = reason.strip()
        _CARRY_OUT[made](held, how)
        held.save()
        if made is AssessmentMove.SIGN:
            day = acting.day_of(how)
            operations.give_class(held, on=day, ends=valid_until(held.grade or 0, day), at=how.at)
            reconsidering.flag_classes([held.enterprise_id], at=how.at)
    return held


def _submit(held: Assessment, how: Lodgement) -> None:
    rows = {row.element: row for row in held.scores.all()}
    bare = [e.value for e in Element if e.value not in rows or not _complete(rows[e.value])]
    if bare or held.grade is None:
        raise AssessmentRefusedError(
            f"Score every element and name its evidence before submitting: {', '.join(bare)}.",
            elements=bare,
        )
    held.submitted_at = how.at
    _declare_assessor(held, how)


def _complete(row: ElementScore) -> bool:
    return row.score is not None and bool(row.evidence.strip())


def _declare_assessor(held: Assessment, how: Lodgement) -> None:
    """Put on record that the assessor took part: they decide nothing about this enterprise."""
    officer = Officer.objects.filter(key=held.assessor).first()
    day = acting.day_of(how)
    known = offices.interests_of(held.assessor, held.enterprise_id, on=day, known=how.at)
    if officer is not None and InterestKind.ASSESSOR not in known:
        agencies.declare_interest(
            officer,
            held.enterprise_id,
            InterestKind.ASSESSOR,
            on=day,
            at=how.at,
            note=held.reference,
        )


def _sign(held: Assessment, how: Lodgement) -> None:
    agencies.require_second_person(how.by, held.assessor)
    acting.require_no_interest(how, held.enterprise_id)
    if held.grade in APPROVED_BY_BUREAU:
        acting.require_bureau(how)
    held.decided_by, held.decided_at = how.by, how.at


def _return(held: Assessment, how: Lodgement) -> None:
    agencies.require_second_person(how.by, held.assessor)
    acting.require_reason(held.reason)
    held.decided_by, held.decided_at = how.by, how.at


def _drop(held: Assessment, how: Lodgement) -> None:
    held.decided_by, held.decided_at = how.by, how.at


_CARRY_OUT = {
    AssessmentMove.SUBMIT: _submit,
    AssessmentMove.RETURN: _return,
    AssessmentMove.SIGN: _sign,
    AssessmentMove.DROP: _drop,
}


# Trying out --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """
    What another class would have meant for the goods of the last year, by product risk.

    ``lots`` were declared; ``before`` and ``after`` are the modes, with the lots opened that each
    would be expected to bring at its least share. None where class or risk is unknown.
    """

    risk: str | None
    lots: int
    before: Mode | None
    after: Mode | None
    opened_before: float | None
    opened_after: float | None


def try_out(enterprise: Enterprise, grade: int | None, *, at: datetime, on: date) -> list[Trial]:
    """Return what a class would have meant for the exports of the last year; nothing is written."""
    held = EnterpriseClass.objects.as_of(on, known=at).filter(enterprise=enterprise).first()
    risks = Prefixed(queries.product_risks(window=ALWAYS), [], "level")
    lines = Line.objects.filter(
        enterprise=enterprise.reference, direction="export", received_at__gt=at - _YEAR
    )
    lots: dict[str | None, int] = dict.fromkeys((*(r.value for r in Risk),), 0)
    for code, count in lines.values_list("hs_code").annotate(n=Count("pk")).order_by():
        found = risks.longest(AsOf(on, at), code or "")
        risk = found[0] if found else None
        lots[risk] = lots.get(risk, 0) + count
    return [_trial(risk, n, held.grade if held else None, grade) for risk, n in lots.items()]


def _trial(risk: str | None, lots: int, before: int | None, after: int | None) -> Trial:
    modes = mode_of(before, risk), mode_of(after, risk)
    opened = [None if m is None else lots * MODE_RATES[m].value / 1_000_000 for m in modes]
    return Trial(
        risk=risk,
        lots=lots,
        before=modes[0],
        after=modes[1],
        opened_before=opened[0],
        opened_after=opened[1],
    )
