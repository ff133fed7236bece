"""The lives of what failed, of one disposal of it, of a request to look again, of a certificate."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class NonconformityState(StrEnum):
    """Where goods that failed stand."""

    NOTIFIED = "notified"
    UNDER_REVIEW = "under_review"
    DISPOSING = "disposing"
    CLOSED = "closed"
    LIFTED = "lifted"


class NonconformityMove(StrEnum):
    """What can happen to goods that failed."""

    DISPOSE = "dispose"
    ASK_REVIEW = "ask_review"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    CLOSE = "close"
    LIFT = "lift"
    REOPEN = "reopen"


NONCONFORMITY_STATES = MappingProxyType(
    {
        NonconformityState.NOTIFIED: Text(zh="已通知处理", en="Notified"),
        NonconformityState.UNDER_REVIEW: Text(zh="复验中", en="Under re-inspection"),
        NonconformityState.DISPOSING: Text(zh="处理中", en="Being disposed of"),
        NonconformityState.CLOSED: Text(zh="已结案", en="Closed"),
        NonconformityState.LIFTED: Text(zh="已撤销", en="Lifted"),
    }
)
NONCONFORMITY_MOVES = MappingProxyType(
    {
        NonconformityMove.DISPOSE: Text(zh="开始处理", en="Begin to dispose"),
        NonconformityMove.ASK_REVIEW: Text(zh="申请复验", en="Ask for re-inspection"),
        NonconformityMove.UPHOLD: Text(zh="维持原结论", en="Uphold the finding"),
        NonconformityMove.OVERTURN: Text(zh="改变原结论", en="Overturn the finding"),
        NonconformityMove.CLOSE: Text(zh="结案", en="Close"),
        NonconformityMove.LIFT: Text(zh="撤销", en="Lift"),
        NonconformityMove.REOPEN: Text(zh="重新处理", en="Open again"),
    }
)
_N, _NM = NonconformityState, NonconformityMove
NONCONFORMITY = Lifecycle(
    name=Text(zh="不合格货物", en="Nonconformity"),
    start=_N.NOTIFIED,
    moves=MappingProxyType(
        {
            (_N.NOTIFIED, _NM.DISPOSE): _N.DISPOSING,
            (_N.NOTIFIED, _NM.ASK_REVIEW): _N.UNDER_REVIEW,
            (_N.NOTIFIED, _NM.LIFT): _N.LIFTED,
            (_N.UNDER_REVIEW, _NM.UPHOLD): _N.NOTIFIED,
            (_N.UNDER_REVIEW, _NM.OVERTURN): _N.LIFTED,
            (_N.DISPOSING, _NM.CLOSE): _N.CLOSED,
            # A corrected result frees what is still there; what is destroyed stays destroyed.
            (_N.DISPOSING, _NM.LIFT): _N.LIFTED,
            (_N.UNDER_REVIEW, _NM.LIFT): _N.LIFTED,
            (_N.LIFTED, _NM.REOPEN): _N.NOTIFIED,
        }
    ),
    state_names=NONCONFORMITY_STATES,
    move_names=NONCONFORMITY_MOVES,
)


class DisposalState(StrEnum):
    """Where one disposal stands."""

    CHOSEN = "chosen"
    ORDERED = "ordered"
    CARRIED_OUT = "carried_out"
    PROVED = "proved"
    CANCELLED = "cancelled"


class DisposalMove(StrEnum):
    """What can happen to a disposal."""

    ORDER = "order"
    CARRY_OUT = "carry_out"
    PROVE = "prove"
    RETEST_FAILED = "retest_failed"
    CANCEL = "cancel"


DISPOSAL_STATES = MappingProxyType(
    {
        DisposalState.CHOSEN: Text(zh="已选定", en="Chosen"),
        DisposalState.ORDERED: Text(zh="已下达", en="Ordered"),
        DisposalState.CARRIED_OUT: Text(zh="已实施待核销", en="Carried out, proof due"),
        DisposalState.PROVED: Text(zh="已核销", en="Proved"),
        DisposalState.CANCELLED: Text(zh="已取消", en="Cancelled"),
    }
)
DISPOSAL_MOVES = MappingProxyType(
    {
        DisposalMove.ORDER: Text(zh="下达", en="Order"),
        DisposalMove.CARRY_OUT: Text(zh="实施", en="Carry out"),
        DisposalMove.PROVE: Text(zh="核销", en="Prove"),
        DisposalMove.RETEST_FAILED: Text(zh="复检不合格", en="Fail the test again"),
        DisposalMove.CANCEL: Text(zh="取消", en="Cancel"),
    }
)
_D, _DM = DisposalState, DisposalMove
DISPOSAL = Lifecycle(
    name=Text(zh="不合格处理", en="Disposal"),
    start=_D.CHOSEN,
    moves=MappingProxyType(
        {
            (_D.CHOSEN, _DM.ORDER): _D.ORDERED,
            (_D.CHOSEN, _DM.CANCEL): _D.CANCELLED,
            (_D.ORDERED, _DM.CARRY_OUT): _D.CARRIED_OUT,
            (_D.ORDERED, _DM.CANCEL): _D.CANCELLED,
            (_D.CARRIED_OUT, _DM.PROVE): _D.PROVED,
            # Treated goods that fail again are what they were: something else must be done.
            (_D.CARRIED_OUT, _DM.RETEST_FAILED): _D.CANCELLED,
        }
    ),
    state_names=DISPOSAL_STATES,
    move_names=DISPOSAL_MOVES,
)


class ReviewState(StrEnum):
    """Where a request for re-inspection stands."""

    ASKED = "asked"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    WITHDRAWN = "withdrawn"


class ReviewMove(StrEnum):
    """What can happen to a request for re-inspection."""

    UPHOLD = "uphold"
    OVERTURN = "overturn"
    WITHDRAW = "withdraw"


REVIEW_STATES = MappingProxyType(
    {
        ReviewState.ASKED: Text(zh="已受理", en="Accepted"),
        ReviewState.UPHELD: Text(zh="维持原结论", en="Finding upheld"),
        ReviewState.OVERTURNED: Text(zh="改变原结论", en="Finding overturned"),
        ReviewState.WITHDRAWN: Text(zh="已撤回", en="Taken back"),
    }
)
REVIEW_MOVES = MappingProxyType(
    {
        ReviewMove.UPHOLD: Text(zh="维持原结论", en="Uphold"),
        ReviewMove.OVERTURN: Text(zh="改变原结论", en="Overturn"),
        ReviewMove.WITHDRAW: Text(zh="撤回", en="Take back"),
    }
)
REVIEW = Lifecycle(
    name=Text(zh="复验申请", en="Request for re-inspection"),
    start=ReviewState.ASKED,
    moves=MappingProxyType(
        {
            (ReviewState.ASKED, ReviewMove.UPHOLD): ReviewState.UPHELD,
            (ReviewState.ASKED, ReviewMove.OVERTURN): ReviewState.OVERTURNED,
            (ReviewState.ASKED, ReviewMove.WITHDRAW): ReviewState.WITHDRAWN,
        }
    ),
    state_names=REVIEW_STATES,
    move_names=REVIEW_MOVES,
)


class CertificateState(StrEnum):
    """Where a certificate stands."""

    DRAFT = "draft"
    ISSUED = "issued"
    REVOCATION_PROPOSED = "revocation_proposed"
    REPLACED = "replaced"
    REVOKED = "revoked"
    DROPPED = "dropped"


class CertificateMove(StrEnum):
    """What can happen to a certificate."""

    ISSUE = "issue"
    DROP = "drop"
    REPLACE = "replace"
    PROPOSE_REVOCATION = "propose_revocation"
    REVOKE = "revoke"
    KEEP = "keep"


CERTIFICATE_STATES = MappingProxyType(
    {
        CertificateState.DRAFT: Text(zh="拟稿", en="Draft"),
        CertificateState.ISSUED: Text(zh="已签发", en="Issued"),
        CertificateState.REVOCATION_PROPOSED: Text(zh="拟撤销", en="Revocation proposed"),
        CertificateState.REPLACED: Text(zh="已换发", en="Replaced"),
        CertificateState.REVOKED: Text(zh="已撤销", en="Revoked"),
        CertificateState.DROPPED: Text(zh="已作废", en="Dropped"),
    }
)
CERTIFICATE_MOVES = MappingProxyType(
    {
        CertificateMove.ISSUE: Text(zh="签发", en="Sign and issue"),
        CertificateMove.DROP: Text(zh="作废拟稿", en="Drop the draft"),
        CertificateMove.REPLACE: Text(zh="换发", en="Replace"),
        CertificateMove.PROPOSE_REVOCATION: Text(zh="提请撤销", en="Propose to revoke"),
        CertificateMove.REVOKE: Text(zh="撤销", en="Revoke"),
        CertificateMove.KEEP: Text(zh="不予撤销", en="Keep"),
    }
)
_C, _CM = CertificateState, CertificateMove
CERTIFICATE = Lifecycle(
    name=Text(zh="证书", en="Certificate"),
    start=_C.DRAFT,
    moves=MappingProxyType(
        {
            (_C.DRAFT, _CM.ISSUE): _C.ISSUED,
            (_C.DRAFT, _CM.DROP): _C.DROPPED,
            (_C.ISSUED, _CM.REPLACE): _C.REPLACED,
            (_C.ISSUED, _CM.PROPOSE_REVOCATION): _C.REVOCATION_PROPOSED,
            (_C.REVOCATION_PROPOSED, _CM.REVOKE): _C.REVOKED,
            (_C.REVOCATION_PROPOSED, _CM.KEEP): _C.ISSUED,
        }
    ),
    state_names=CERTIFICATE_STATES,
    move_names=CERTIFICATE_MOVES,
    serious=frozenset({_CM.REVOKE}),
)
