"""
Moments as people read them: a relative word, the exact time behind it, one consignment's clock.

Deadlines are counted by the rule book ``calendar`` elsewhere; here they are only worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from guomen.core.text import Text

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mark on the clock of a consignment; ``state`` is done, now, late, or ahead."""

    says: Text | str
    state: str
    at: datetime | None = None
    who: Text | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The marks of a consignment, and the band within which it is expected to be finished."""

    steps: Sequence[Step]
    earliest: datetime | None = None
    latest: datetime | None = None


def exact(moment: datetime | date) -> str:
    """Print a moment in the active zone, to the minute; a date stays a date."""
    if isinstance(moment, datetime):
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
    return moment.isoformat()


def _amount(seconds: float) -> str:
    if seconds < _HOUR:
        minutes = max(1, round(seconds / _MINUTE))
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if seconds < 2 * _DAY:
        hours = round(seconds / _HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = round(seconds / _DAY)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def relative(moment: datetime, *, now: datetime) -> str:
    """Word a moment by its distance from now."""
    seconds = (moment - now).total_seconds()
    if abs(seconds) < _MINUTE:
        return gettext("just now")
    if seconds < 0:
        return gettext("%(amount)s ago") % {"amount": _amount(-seconds)}
    return gettext("in %(amount)s") % {"amount": _amount(seconds)}


def due(moment: datetime, *, now: datetime) -> tuple[str, str]:
    """Word a deadline, and tell how it stands: ``late``, ``soon`` or ``calm``."""
    left = moment - now
    if left < timedelta(0):
        return gettext("%(amount)s late") % {"amount": _amount(-left.total_seconds())}, "late"
    words = gettext("%(amount)s left") % {"amount": _amount(left.total_seconds())}
    return words, "soon" if left <= _SOON else "calm"
