"""Reads of watches and signals, within what an officer may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Max, Q, QuerySet

from guomen.supervision.risk.models import Signal, Watch


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


def under_way(agency: int, level: str, *, series: Iterable[str], since: date) -> dict[str, Signal]:
    """Return the newest episode of each series that alarmed since a week."""
    rows = Signal.objects.filter(
        agency_id=agency, level=level, series__in=list(series), week__gte=since
    ).order_by("week", "pk")
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
