"""
The one place where desks read the clock; everything below takes ``at`` as an argument.

In a demonstration the clock is shifted by whole days, so that the day of start-up is
2012-05-24 in the zone of the site and the time of day stays the reader's own.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings

DEMONSTRATION_DAY = date(2012, 5, 24)


def now() -> datetime:
    """Return the moment of this installation, aware, in UTC."""
    real = datetime.now(UTC)
    return real + _shift() if getattr(settings, "GUOMEN_DEMO", False) else real


@cache
def _shift() -> timedelta:
    """Return the whole days from the day of start-up to the day of the demonstration."""
    return DEMONSTRATION_DAY - datetime.now(ZoneInfo(settings.TIME_ZONE)).date()
