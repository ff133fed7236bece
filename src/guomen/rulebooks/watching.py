"""
The settings of early warning: how surprising is surprising. All are our own choices, dated.

Not for the methods themselves, which are the core's, with their papers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guomen.rulebooks.clauses import HOUSE_RULE
from guomen.rulebooks.dated import Dated, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """
    What a weekly watch asks.

    ``windows`` and ``past`` are weeks; ``alpha`` is for all windows of a series together;
    ``false_share`` is the share of chance that an inbox may hold; ``pooled`` weights a series' own
    past with so many tests of its level.
    """

    windows: tuple[int, ...]
    past: int
    skip: int
    alpha: float
    false_share: float
    pooled: float
    fewest: int
    gap: int


# The binomial posterior over one and four weeks found 20.6 % of planted rises at one false onset in
# a thousand series-weeks, where a fixed rule on the rate found 3.8 %.
WATCHING: Series[Watching] = Series.of(
    "watching",
    [
        Dated(
            value=Watching(
                windows=(1, 4),
                past=156,
                skip=4,
                alpha=0.001,
                false_share=0.1,
                pooled=20.0,
                fewest=2,
                gap=2,
            ),
            begins=date(2007, 1, 1),
            source=HOUSE_RULE.name.zh,
            certainty="default",
        )
    ],
)
