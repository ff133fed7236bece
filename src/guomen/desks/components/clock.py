"""
The one place where desks read the clock; everything below takes ``at`` as an argument.

In a demonstration the clock is shifted so that the day of start-up is 2012-05-24 in the zone of
the site. The time of day stays the reader's own, but is never before the first work of the morning
is under way: declarations have come in, samples are on the road, results wait for approval.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings

DEMONSTRATION_DAY = date(2012, 5, 24)
OPENS = time(9, 30)


def now() -> datetime:
    """Return the moment of this installation, aware, in UTC."""
    real = datetime.now(UTC)
    return real + _shift() if getattr(settings, "GUOMEN_DEMO", False) else real


def opening() -> datetime:
    """Return the first moment of the day that a demonstration shows, whenever it is looked at."""
    return datetime.combine(DEMONSTRATION_DAY, OPENS, ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)


@cache
def _shift() -> timedelta:
    """Return the time from start-up to the same hour, or the opening, of the day shown."""
    started = datetime.now(ZoneInfo(settings.TIME_ZONE))
    shown = datetime.combine(DEMONSTRATION_DAY, max(started.time(), OPENS), started.tzinfo)
    return shown - started
