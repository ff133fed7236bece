"""Reads of watches and signals, within what an officer may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Max, Q, QuerySet

from guomen.supervision.risk.models import Signal, SignalWeek, Watch


def _above_or_below(path: str) -> Q:
    """Return what an agency sees: what it or those above it watch, and those below."""
    parts = path.strip("/").split("/")
    above = [f"/{'/'.join(parts[:n])}/" for n in range(1, len(parts) + 1)]
    return Q(agency__path__in=above) | Q(agency__path__startswith=path)


def visible_signals(path: str) -> QuerySet[Signal]:
    """Return the signals that the officers of an agency may see."""
    return Signal.objects.filter(_above_or_below(path))


def visible_watches(path: str) -> QuerySet[Watch]:
    """Return the watches that the officers of an agency may see."""
    return Watch.objects.filter(_above_or_below(path))


def questions(path: str, level: str, *, since: date) -> dict[date, Mapping[str, Any]]:
    """Return how each week of a level was judged, by the newest watch that an agency may see."""
    rows = visible_watches(path).filter(level=level, week__gte=since).order_by("at")
    return dict(rows.values_list("week", "method"))


def alarmed_weeks(path: str, level: str, series: str, *, since: date) -> set[date]:
    """Return the weeks in which a series was raised, as they were judged then."""
    episodes = visible_signals(path).filter(level=level, series=series)
    rows = SignalWeek.objects.filter(signal__in=episodes.order_by(), week__gte=since)
    return set(rows.order_by().values_list("week", flat=True))


def under_way(
    agency: int, level: str, *, series: Iterable[str], since: date, until: date
) -> dict[str, Signal]:
    """Return the first episode of each series that had not ended by a day and had begun by one."""
    rows = Signal.objects.filter(
        agency_id=agency, level=level, series__in=list(series), week__gte=since, onset__lte=until
    ).order_by("-onset", "-pk")
    return {row.series: row for row in rows}


def last_number() -> int:
    """Return how many signals were ever numbered."""
    return Signal.objects.aggregate(last=Max("pk"))["last"] or 0


def last_week(agency: int, level: str) -> date | None:
    """Return the last week that was watched at a level, or None before the first."""
    weeks: Iterable[date] = (
        Watch.objects.filter(agency_id=agency, level=level)
        .order_by("-week")
        .values_list("week", flat=True)[:1]
    )
    return next(iter(weeks), None)
