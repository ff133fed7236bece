"""
What a laboratory result means: conform, fail, inconclusive or unknown, and how surely.

One door: `judge` for a result, `judge_frame` for a history. Limits are data of the
rule books and come in as arguments; the day is an argument. See
docs/mechanisms/conformity.md.
"""

from guomen.core.conformity import decision
from guomen.core.conformity.columns import RESULT_COLUMNS, ColumnsMissing
from guomen.core.conformity.decision import (
    SIMPLE,
    Assessment,
    DecisionRule,
    Prior,
    RuleInvalid,
    UncertaintyInvalid,
    expanded_guard,
    guard_band,
    guarded_acceptance,
    guarded_rejection,
    jcgm106,
    shared_risk,
)
from guomen.core.conformity.frames import judge_frame, limits_frame, limits_of
from guomen.core.conformity.judging import judge
from guomen.core.conformity.matching import LimitAmbiguous, LimitMissing, find_limit
from guomen.core.conformity.model import (
    Comparison,
    Limit,
    LimitInvalid,
    LimitKind,
    Outcome,
    Recovery,
    Result,
    Verdict,
)
from guomen.core.conformity.reasons import Reason
from guomen.core.conformity.rounding import round_to
from guomen.core.conformity.units import UnitMismatch, UnitUnknown, convert

__all__ = [
    "RESULT_COLUMNS",
    "SIMPLE",
    "Assessment",
    "ColumnsMissing",
    "Comparison",
    "DecisionRule",
    "Limit",
    "LimitAmbiguous",
    "LimitInvalid",
    "LimitKind",
    "LimitMissing",
    "Outcome",
    "Prior",
    "Reason",
    "Recovery",
    "Result",
    "RuleInvalid",
    "UncertaintyInvalid",
    "UnitMismatch",
    "UnitUnknown",
    "Verdict",
    "convert",
    "decision",
    "expanded_guard",
    "find_limit",
    "guard_band",
    "guarded_acceptance",
    "guarded_rejection",
    "jcgm106",
    "judge",
    "judge_frame",
    "limits_frame",
    "limits_of",
    "round_to",
    "shared_risk",
]
