"""Ratings held against what happened afterwards: did worse levels fail more often?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from guomen.core.credit import LEVELS
from guomen.core.frequency import Finding
from guomen.core.monotonicity import Group, Report, report
from guomen.supervision.credit.models import Authority, Rating
from guomen.supervision.declarations.models import LineResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The report, the day of the levels, and the period of the results."""

    report: Report
    rated_on: date
    until: date
    unrated: int


def validate(path: str, *, on: date, known: datetime, days: int = 365) -> Validation:
    """
    Return how goods fared that were looked into in the days after a rating, by level.

    The levels are those of the first day, as known then: nothing that was learnt later counts.
    """
    since = on - timedelta(days=days)
    as_known = known - timedelta(days=days)
    levels = dict(
        Rating.objects.as_of(since, known=as_known)
        .filter(authority=Authority.CIQ, enterprise__agency__path__startswith=path)
        .values_list("enterprise__reference", "level")
    )
    # The newest result of a line is its result: a correction is a further one.
    newest = {
        line: (enterprise, finding)
        for line, enterprise, finding in LineResult.objects.filter(
            performed=True, at__gt=as_known, at__lte=known
        )
        .order_by("seq")
        .values_list("line_id", "line__enterprise", "finding")
        if finding in (Finding.CONFORM, Finding.NONCONFORM)
    }
    trials: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for enterprise, finding in newest.values():
        level = levels.get(enterprise)
        trials[level or ""] += 1
        failures[level or ""] += finding == Finding.NONCONFORM
    groups = [Group(name=n.value, failures=failures[n], trials=trials[n]) for n in LEVELS]
    return Validation(report=report(groups), rated_on=since, until=on, unrated=trials[""])
