"""How long samples are kept, and what a second analysis may overturn. Design defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from guomen.core.text import Text
from guomen.rulebooks.dated import Dated, Series

_SOURCE = "设计默认值 / design default"

#: Days for which the retained sample of goods that conform, and that do not, is kept.
KEEPING: Final = MappingProxyType(
    {
        conforms: Series.of(
            f"days of keeping, {name}",
            [
                Dated(
                    value=days,
                    unit="day",
                    begins=date(2007, 1, 1),
                    source=_SOURCE,
                    certainty="default",
                )
            ],
        )
        for conforms, name, days in ((True, "conforming", 60), (False, "nonconforming", 180))
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterAnalysis:
    """What a second analysis of the retained or counter-sample means."""

    says: Text
    source: str
    certainty: str


COUNTER_ANALYSIS: Final = CounterAnalysis(
    says=Text(
        zh="复验结论为最终结论；复验未批准之前，原结论不得用于放行。",
        en="The counter-analysis decides; until it is approved the first verdict releases nothing.",
    ),
    source=_SOURCE,
    certainty="default",
)


def kept_until(at: datetime, *, conforms: bool) -> datetime:
    """Return until when a retained sample is kept, from the day of its verdict."""
    return at + timedelta(days=KEEPING[conforms].on(at.date()).value)
