"""Reads of credit levels and the blacklist: bulk facts for decisions, one query each."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from guomen.supervision.bitemporal import PERIOD_COLUMNS, Window, frame_of
from guomen.supervision.credit.lifecycle import IN_EFFECT
from guomen.supervision.credit.models import Authority, BlacklistEntry, Rating

Keys = Collection[str] | None


def levels_of(enterprises: Keys, *, window: Window, authority: str = Authority.CIQ) -> pl.DataFrame:
    """Return the credit levels that one authority gave: enterprise, level, and the period."""
    rows = (
        Rating.objects.within(window)
        .of("enterprise__reference", enterprises)
        .filter(authority=authority)
        .values_list("enterprise__reference", "level", *PERIOD_COLUMNS)
    )
    return frame_of(rows, {"enterprise": pl.String(), "level": pl.String()})


def blacklisted(enterprises: Keys, *, window: Window) -> pl.DataFrame:
    """Return the entries in effect on the blacklist: enterprise, number, and the period."""
    rows = (
        BlacklistEntry.objects.within(window)
        .of("enterprise__reference", enterprises)
        .filter(state__in=IN_EFFECT)
        .values_list("enterprise__reference", "number", *PERIOD_COLUMNS)
    )
    return frame_of(rows, {"enterprise": pl.String(), "number": pl.String()})
