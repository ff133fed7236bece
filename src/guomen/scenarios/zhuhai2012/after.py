"""
After the year was decided: what other mechanisms make of it, each step once.

A step is a name, what it does in words, and a function of the moment; it returns how many rows or
events it made. Steps run in this order and are recorded in the ledger, so that none runs twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from guomen.core.text import Text
from guomen.journeys import watching

BUREAU = "ZH"
WATCHED_WEEKS = 40


def watched(at: datetime) -> int:
    """Watch the weeks of the year that have some past, one after the other."""
    last = at.date() - timedelta(days=7)
    weeks = [last - timedelta(days=7 * back) for back in reversed(range(WATCHED_WEEKS))]
    found = [
        done
        for number, week in enumerate(weeks)
        for done in watching.watch_week(BUREAU, week=week, at=at, export=number == 0)
    ]
    return sum(done.new for done in found)


Step = tuple[str, Text, Callable[[datetime], int]]
STEPS: tuple[Step, ...] = (
    ("watches", Text(zh="每周监测与预警信号", en="weekly watches and their signals"), watched),
)
