"""
After the year was decided: what other mechanisms make of it, each step once.

A step is a name, what it does in words, and a function of the moment; it returns how many rows or
events it made. Steps run in this order and are recorded in the ledger, so that none runs twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache

from guomen.core.text import Text
from guomen.journeys import finishing, watching
from guomen.scenarios.zhuhai2012 import dispositions, ends, load, messages
from guomen.scenarios.zhuhai2012.bench import year as bench
from guomen.scenarios.zhuhai2012.plan import plan_the_day
from guomen.scenarios.zhuhai2012.spot import year as spot
from guomen.scenarios.zhuhai2012.year.generate import declarations
from guomen.scenarios.zhuhai2012.year.truth import LineTruth

BUREAU = "ZH"
WATCHED_WEEKS = 40


def watched(at: datetime) -> int:
    """Watch the weeks of the year that have some past, one after the other."""
    last = at.date() - timedelta(days=7)
    weeks = [last - timedelta(days=7 * back) for back in reversed(range(WATCHED_WEEKS))]
    found = [
        done
        for number, week in enumerate(weeks)
        for done in watching.watch_week(
            BUREAU, week=week, at=at, export=number == 0, keep=week == last
        )
    ]
    return sum(done.new for done in found)


@cache
def truths() -> Mapping[tuple[str, int], LineTruth]:
    """Return what is true of each line of the year, by own number and number of the line."""
    return {
        (row["declaration"], row["line"]): truth
        for lodging in declarations(load.SEED)
        for row, truth in zip(lodging.rows, lodging.truths, strict=True)
    }


def inspected(at: datetime) -> int:
    """Write the work orders, visits and examinations behind the results of the year."""
    return spot.fill(at, {key: truth.fault for key, truth in truths().items()}).orders


def tested(at: datetime) -> int:
    """Write the samples, results and verdicts behind the outcomes of the year."""
    return bench.fill(truths(), now=at, seed=load.SEED).verdicts


def timed(at: datetime) -> int:
    """Learn how long lines stood in each stage."""
    return finishing.refresh(at=at)


Step = tuple[str, Text, Callable[[datetime], int]]
STEPS: tuple[Step, ...] = (
    ("inspections", Text(zh="工作单与现场查验", en="work orders and inspections"), inspected),
    ("laboratory", Text(zh="样品与检测判定", en="samples and verdicts"), tested),
    ("plan", Text(zh="当日研判方案", en="the plan of the day"), plan_the_day),
    ("watches", Text(zh="每周监测与预警信号", en="weekly watches and their signals"), watched),
    # Late: it reads what inspection and laboratory found.
    (
        "dispositions",
        Text(zh="处置裁定、不合格处理与证书", en="dispositions, failed goods and certificates"),
        dispositions.disposed,
    ),
    ("messages", Text(zh="通关通知与电子转单", en="clearances and transfers"), messages.sent),
    ("clock", Text(zh="各环节用时", en="how long each stage takes"), timed),
    (
        "ends",
        Text(zh="最后一个上午：逐件办理", en="the last morning: some of what waits is carried on"),
        ends.carried_on,
    ),
)
