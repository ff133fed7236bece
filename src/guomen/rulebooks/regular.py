"""
When regular work is due: plan, idle licences and credit cycles each night, the watch each week.

Every hour is a choice of this system and marked so. Not for what the work does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from guomen.rulebooks.clauses import HOUSE_RULE
from guomen.rulebooks.dated import Dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """
    Local hours of the bureau.

    ``plan`` is on the eve of the day that is planned; ``watch`` on the Monday after the week that
    is watched, of which at most ``weeks_back`` are caught up; ``lapse`` and ``rate`` are on the day
    itself, before the desks open. Work that failed is tried again after each of the times in
    ``again``, one after the other, then no more.
    """

    plan: time
    watch: time
    lapse: time
    rate: time
    weeks_back: int
    again: tuple[timedelta, ...]


_CLAUSE = HOUSE_RULE.cite("定期任务 / regular work", "default")
HOURS: Dated[Hours] = Dated(
    value=Hours(
        plan=time(20),
        watch=time(5),
        lapse=time(1),
        rate=time(2),
        weeks_back=8,
        again=(timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4)),
    ),
    begins=_CLAUSE.begins,
    source=_CLAUSE.instrument.zh,
    certainty="default",
)
