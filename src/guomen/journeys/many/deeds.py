"""
What can be done for many records together: one declaration a deed, nothing done yet.

A deed finds what was chosen within the reach of whoever asks, says of each record what would
happen to it or why nothing can, and does it for those that it may, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from guomen.core.text import Text
from guomen.journeys.access.actors import Actor
from guomen.journeys.access.rooms import Reach
from guomen.journeys.clearance import Lodgement

#: So many records at once; more are refused before anything is looked up.
MOST = 200


class Deed(StrEnum):
    """What is done for each of many records."""

    REMIND_LICENCE = "remind-licence"
    PLAN_REVIEW = "plan-review"
    REMIND_CLASS = "remind-class"
    BEGIN_ASSESSMENT = "begin-assessment"
    REMIND_FILING = "remind-filing"
    REMIND_STATEMENT = "remind-statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, when, and what may be read."""

    who: Actor
    how: Lodgement
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One record: its key, whose it is, what happens to it; ``refused`` says why nothing does."""

    key: str
    name: Text
    row: Any
    says: Text
    refused: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """
    One deed: ``look`` judges all records in a fixed number of queries, ``do`` writes.

    ``do`` gets the records that are not refused, in a transaction that holds the ledger's lock.
    """

    look: Callable[[Asker, Collection[str]], Sequence[Planned]]
    do: Callable[[Asker, Sequence[Planned]], None]


def named(row: Any) -> Text:
    """Return the names of an enterprise or a site; of nobody, a dash."""
    return Text(zh=row.name_zh, en=row.name_en or row.name_zh) if row else Text(zh="—", en="—")
