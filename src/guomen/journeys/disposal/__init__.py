"""
The last word on lines, and what becomes of goods that failed.

``settle`` rules on lines by everything that is known. ``choose``, ``order``, ``carry_out``,
``prove`` and ``sort_out`` account for every unit that failed; ``ask_review`` and ``uphold`` are the
way to a second inspection, whose results are ruled on by ``settle`` again.
"""

from guomen.journeys.disposal.handling import (
    Proof,
    cancel,
    carry_out,
    choose,
    order,
    prove,
    retest_failed,
    sort_out,
)
from guomen.journeys.disposal.reviewing import ask as ask_review
from guomen.journeys.disposal.reviewing import uphold
from guomen.journeys.disposal.settling import NotSettleableError, settle

__all__ = [
    "NotSettleableError",
    "Proof",
    "ask_review",
    "cancel",
    "carry_out",
    "choose",
    "order",
    "prove",
    "retest_failed",
    "settle",
    "sort_out",
    "uphold",
]
