"""
The fifteen ICMSF cases: how many units, by concern and by how conditions change the hazard.

Recalled, not checked against Microorganisms in Foods 7; read them as advice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from guomen.core.sampling import InvalidQuestion
from guomen.rulebooks.dated import Certainty

SOURCE: Final = "ICMSF, Microorganisms in Foods 7 (2002), table 8-1; recalled"
Concern = Literal["utility", "indicator", "moderate", "serious", "severe"]
Change = Literal["reduced", "unchanged", "increased"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IcmsfCase:
    """One case: n units, c of them marginal, in two or three classes."""

    case: int
    concern: Concern
    change: Change
    n: int
    c: int
    classes: int
    source: str = SOURCE
    certainty: Certainty = "knowledge"


def _case(case: int, concern: Concern, change: Change, n: int, c: int) -> IcmsfCase:
    return IcmsfCase(
        case=case, concern=concern, change=change, n=n, c=c, classes=3 if case < 10 else 2
    )


CASES: Final = (
    _case(1, "utility", "reduced", 5, 3),
    _case(2, "utility", "unchanged", 5, 2),
    _case(3, "utility", "increased", 5, 1),
    _case(4, "indicator", "reduced", 5, 3),
    _case(5, "indicator", "unchanged", 5, 2),
    _case(6, "indicator", "increased", 5, 1),
    _case(7, "moderate", "reduced", 5, 2),
    _case(8, "moderate", "unchanged", 5, 1),
    _case(9, "moderate", "increased", 10, 1),
    _case(10, "serious", "reduced", 5, 0),
    _case(11, "serious", "unchanged", 10, 0),
    _case(12, "serious", "increased", 20, 0),
    _case(13, "severe", "reduced", 15, 0),
    _case(14, "severe", "unchanged", 30, 0),
    _case(15, "severe", "increased", 60, 0),
)


def icmsf_case(concern: Concern, change: Change) -> IcmsfCase:
    """
    Return the case for a concern and the change of hazard between sampling and eating.

    :raises InvalidQuestion: if there is no such case
    """
    found = next((row for row in CASES if (row.concern, row.change) == (concern, change)), None)
    if found is None:
        raise InvalidQuestion(f"no ICMSF case for concern {concern!r} and change {change!r}")
    return found
