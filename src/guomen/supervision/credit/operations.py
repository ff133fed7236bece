"""Writes of credit levels and the blacklist, in the caller's transaction."""

from __future__ import annotations

from datetime import date, datetime

from guomen.core.text import Text
from guomen.supervision.credit.lifecycle import BLACKLIST, BlacklistMove, BlacklistState
from guomen.supervision.credit.models import BlacklistEntry, Rating


def rate(held: Rating, level: str, *, on: date, at: datetime, score: int | None = None) -> Rating:
    """Give an enterprise another level from a day on; the level it had before stays on record."""
    return held.succeed(on, at=at, level=level, score=score)


def propose(
    enterprise_id: int, number: str, *, on: date, at: datetime, reason: Text
) -> BlacklistEntry:
    """Propose an enterprise for the blacklist; a proposal has no effect on goods."""
    return BlacklistEntry.objects.create(
        enterprise_id=enterprise_id,
        number=number,
        state=BLACKLIST.start,
        reason_zh=reason.zh,
        reason_en=reason.en,
        begins=on,
        recorded_at=at,
    )


def move(entry: BlacklistEntry, move: BlacklistMove, *, on: date, at: datetime) -> BlacklistEntry:
    """
    Make a move of a blacklist entry's life from a day on.

    The caller has checked who may make it, and the second person for a serious one.

    :raises MoveRefusedError: if the table has no such move from where the entry stands
    """
    state = BLACKLIST.after(BlacklistState(entry.state), move)
    return entry.succeed(on, at=at, state=state)
