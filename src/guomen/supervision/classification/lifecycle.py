"""States of assessments and of product risks proposed, as data. Not for who may move them."""

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


class ProposalState(StrEnum):
    """Where a proposed product risk stands; only an approved one counts."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ProposalMove(StrEnum):
    """What may be done to a proposed product risk."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


PRODUCT_RISK = Lifecycle(
    name=Text(zh="产品风险评估", en="Product risk"),
    start=ProposalState.PROPOSED,
    moves=MappingProxyType(
        {
            (ProposalState.PROPOSED, ProposalMove.APPROVE): ProposalState.APPROVED,
            (ProposalState.PROPOSED, ProposalMove.REFUSE): ProposalState.REFUSED,
            (ProposalState.PROPOSED, ProposalMove.WITHDRAW): ProposalState.WITHDRAWN,
        }
    ),
    state_names=MappingProxyType(
        {
            ProposalState.PROPOSED: Text(zh="待审批", en="Waits for approval"),
            ProposalState.APPROVED: Text(zh="已批准", en="Approved"),
            ProposalState.REFUSED: Text(zh="未批准", en="Not approved"),
            ProposalState.WITHDRAWN: Text(zh="已撤回", en="Taken back"),
        }
    ),
    move_names=MappingProxyType(
        {
            ProposalMove.APPROVE: Text(zh="批准", en="Approve"),
            ProposalMove.REFUSE: Text(zh="不批准", en="Do not approve"),
            ProposalMove.WITHDRAW: Text(zh="撤回", en="Take back"),
        }
    ),
    serious=frozenset({ProposalMove.APPROVE}),
)
