"""States of an assessment and the moves between them, as data. Not for who may move it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class AssessmentState(StrEnum):
    """Where an assessment stands; only a signed one gives a class."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    SIGNED = "signed"
    DROPPED = "dropped"


class AssessmentMove(StrEnum):
    """What may be done to an assessment."""

    SUBMIT = "submit"
    RETURN = "return"
    SIGN = "sign"
    DROP = "drop"


ASSESSMENT = Lifecycle(
    name=Text(zh="分类评定", en="Assessment"),
    start=AssessmentState.DRAFT,
    moves=MappingProxyType(
        {
            (AssessmentState.DRAFT, AssessmentMove.SUBMIT): AssessmentState.SUBMITTED,
            (AssessmentState.DRAFT, AssessmentMove.DROP): AssessmentState.DROPPED,
            (AssessmentState.SUBMITTED, AssessmentMove.SIGN): AssessmentState.SIGNED,
            (AssessmentState.SUBMITTED, AssessmentMove.RETURN): AssessmentState.RETURNED,
            (AssessmentState.RETURNED, AssessmentMove.SUBMIT): AssessmentState.SUBMITTED,
            (AssessmentState.RETURNED, AssessmentMove.DROP): AssessmentState.DROPPED,
        }
    ),
    state_names=MappingProxyType(
        {
            AssessmentState.DRAFT: Text(zh="评定中", en="Draft"),
            AssessmentState.SUBMITTED: Text(zh="待审批", en="Waits for approval"),
            AssessmentState.RETURNED: Text(zh="已退回", en="Returned"),
            AssessmentState.SIGNED: Text(zh="已批准", en="Signed"),
            AssessmentState.DROPPED: Text(zh="已放弃", en="Dropped"),
        }
    ),
    move_names=MappingProxyType(
        {
            AssessmentMove.SUBMIT: Text(zh="提交审批", en="Submit for approval"),
            AssessmentMove.RETURN: Text(zh="退回", en="Return"),
            AssessmentMove.SIGN: Text(zh="批准", en="Sign"),
            AssessmentMove.DROP: Text(zh="放弃", en="Drop"),
        }
    ),
    serious=frozenset({AssessmentMove.SIGN}),
)

#: Where scores may still be written.
WRITABLE = (AssessmentState.DRAFT, AssessmentState.RETURNED)
