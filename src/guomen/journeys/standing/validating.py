"""Ratings held against what happened afterwards: did worse levels fail more often?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from guomen.core.credit import LEVELS
from guomen.core.frequency import Finding
from guomen.core.monotonicity import Report, report, weighed
from guomen.core.severity import SEVERITY, Outcome
from guomen.supervision.credit.models import Authority, Rating
from guomen.supervision.declarations.models import LineResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The report, the day of the levels, and the period of the results."""

    report: Report
    rated_on: date
    until: date
    unrated: int
    chosen: int


def validate(path: str, *, on: date, known: datetime, days: int = 365) -> Validation:
    """
    Return how goods fared that were looked into in the days after a rating, by level.

    The levels are those of the first day, as known then: nothing that was learnt later counts.
    Each result weighs one over the chance by which its goods were selected, so that the shares
    speak of all goods; what an officer chose to look into on suspicion has no chance, is left out
    and counted.
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
        line: (enterprise, finding, *ruled)
        for line, enterprise, finding, *ruled in LineResult.objects.filter(
            performed=True, at__gt=as_known, at__lte=known
        )
        .order_by("seq")
        .values_list("line_id", "line__enterprise", "finding", *_RULED)
        if finding in (Finding.CONFORM, Finding.NONCONFORM)
    }
    trials: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    chosen = 0
    for enterprise, finding, *ruled in newest.values():
        outcome, selected, ppm, raised = ruled
        chance = _chance(outcome, ppm, raised, selected=selected)
        if chance is None:
            chosen += 1
        else:
            trials[levels.get(enterprise, "")].append((chance, finding == Finding.NONCONFORM))
    return Validation(
        report=report([weighed(n.value, trials[n.value]) for n in LEVELS]),
        rated_on=since,
        until=on,
        unrated=len(trials[""]),
        chosen=chosen,
    )


_RULED = (
    "line__outcome",
    "line__selected",
    "line__largest_chance_ppm",
    "line__raised_outcome",
)
_MILLION = 1_000_000


_OPENED = frozenset(o.value for o in Outcome if SEVERITY[o] >= SEVERITY[Outcome.INSPECT])


def _chance(outcome: str, ppm: int, raised: str, *, selected: bool) -> float | None:
    """Return the chance by which goods were looked into; None for what an officer chose."""
    if raised != "none":
        return None
    if selected and ppm > 0:
        return ppm / _MILLION
    # Opened without having been drawn: a rule asked for every such line.
    return 1.0 if outcome in _OPENED else None
