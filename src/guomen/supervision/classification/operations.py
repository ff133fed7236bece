"""Writes of assessments and classes, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar

from guomen.core.classification import Classified, Element
from guomen.core.errors import GuomenError
from guomen.supervision.classification.lifecycle import (
    ASSESSMENT,
    WRITABLE,
    AssessmentMove,
    AssessmentState,
)
from guomen.supervision.classification.models import Assessment, ElementScore, EnterpriseClass

_INSTANT = timedelta(microseconds=1)


class AssessmentChangedError(GuomenError):
    """Somebody else changed an assessment after it was shown."""

    code: ClassVar[str] = "classification.changed_meanwhile"


class AssessmentClosedError(GuomenError):
    """The scores of an assessment can no longer be written."""

    code: ClassVar[str] = "classification.closed"


def lock(assessment: Assessment, *, seen: int | None = None) -> Assessment:
    """
    Lock an assessment and count its version up.

    :raises AssessmentChangedError: if it is not the version that was seen
    """
    held = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if seen is not None and held.version != seen:
        raise AssessmentChangedError(
            "Somebody changed this assessment while you were writing. Look at it again; what you "
            "typed is kept, and sending again counts.",
            version=held.version,
        )
    held.version += 1
    return held


def write_scores(
    held: Assessment,
    scores: Mapping[Element, tuple[int | None, str]],
    found: Classified,
) -> None:
    """
    Write what was scored, on what evidence, and the class that it gives.

    :raises AssessmentClosedError: if the assessment was submitted
    """
    if held.state not in WRITABLE:
        raise AssessmentClosedError(
            "This assessment was submitted: have it returned before its scores are changed.",
            state=held.state,
        )
    held.scores.all().delete()
    ElementScore.objects.bulk_create(
        ElementScore(assessment=held, element=element.value, score=score, evidence=evidence)
        for element, (score, evidence) in scores.items()
    )
    held.vetoes = list(found.vetoes)
    held.grade = found.grade
    held.total = found.lowest if not found.missing else None
    held.save()


def move(held: Assessment, made: AssessmentMove) -> None:
    """
    Make a move of an assessment's life; the caller saves.

    :raises guomen.core.lifecycle.MoveRefusedError: if the table has no such move
    """
    held.state = ASSESSMENT.after(AssessmentState(held.state), made).value


def classify(held: EnterpriseClass, grade: int, *, on: date, at: datetime) -> EnterpriseClass:
    """Give an enterprise another class from a day on; the class it had before stays on record."""
    return held.succeed(on, at=at, grade=grade)


def give_class(assessment: Assessment, *, on: date, ends: date, at: datetime) -> EnterpriseClass:
    """Give the class of a signed assessment from a day on, in place of the one held, if any."""
    given = {
        "grade": assessment.grade,
        "agency_id": assessment.agency_id,
        "assessment_id": assessment.pk,
        "ends": ends,
    }
    rows = EnterpriseClass.objects.current().filter(enterprise_id=assessment.enterprise_id)
    held = rows.filter(begins__lte=on).exclude(ends__lte=on).first()
    if held is None:
        return EnterpriseClass.objects.create(
            enterprise_id=assessment.enterprise_id, begins=on, recorded_at=at, **given
        )
    return held.succeed(on, at=max(at, held.recorded_at + _INSTANT), **given)
