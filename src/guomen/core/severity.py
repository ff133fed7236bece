"""The written order of outcomes, and how several combine: the most severe one stands."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType

from guomen.core.text import Text


class Outcome(StrEnum):
    """What happens to a consignment line."""

    RELEASE = "release"
    DOCUMENT_CHECK = "document_check"
    INSPECT = "inspect"
    INSPECT_AND_SAMPLE = "inspect_and_sample"
    HOLD = "hold"
    REFUSE = "refuse"


# The table, not the order of the enumeration, is what counts: a higher number is more severe.
SEVERITY = MappingProxyType(
    {
        Outcome.RELEASE: 0,
        Outcome.DOCUMENT_CHECK: 1,
        Outcome.INSPECT: 2,
        Outcome.INSPECT_AND_SAMPLE: 3,
        Outcome.HOLD: 4,
        Outcome.REFUSE: 5,
    }
)
BY_SEVERITY = MappingProxyType({rank: outcome for outcome, rank in SEVERITY.items()})

OUTCOME_NAMES = MappingProxyType(
    {
        Outcome.RELEASE: Text(zh="放行", en="Release"),
        Outcome.DOCUMENT_CHECK: Text(zh="审单", en="Document check"),
        Outcome.INSPECT: Text(zh="查验", en="Inspect"),
        Outcome.INSPECT_AND_SAMPLE: Text(zh="查验并抽样", en="Inspect and sample"),
        Outcome.HOLD: Text(zh="暂停办理", en="Hold"),
        Outcome.REFUSE: Text(zh="不予受理", en="Refuse"),
    }
)


def most_severe(outcomes: Iterable[Outcome]) -> Outcome:
    """
    Return the outcome that stands when several are asked for; none asked means release.

    >>> str(most_severe([Outcome.INSPECT, Outcome.HOLD, Outcome.RELEASE]))
    'hold'
    >>> str(most_severe([]))
    'release'
    """
    return max(outcomes, key=SEVERITY.__getitem__, default=Outcome.RELEASE)
