"""
What a mechanism says of its waiting list: one declaration a list, nothing fetched yet.

A list is scoped by the subtree of whoever asks, leaves out what the asker may not decide for having
proposed it, and stands in the order in which it presses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import F, QuerySet

from guomen.journeys.access.rooms import Reach

#: How many of a list are counted; beyond it a page says "more than".
MOST = 200


class Waits(StrEnum):
    """What waits for an officer."""

    OVERRIDE = "override"
    LATE_RECORD = "late_record"
    APPLICATION = "application"
    ACT = "act"
    APPEAL = "appeal"
    REVIEW = "review"
    FILING = "filing"
    CHANGE = "change"
    SIGN_UP = "sign_up"
    PAIR = "pair"
    DISPUTE = "dispute"
    RECOMMENDATION = "recommendation"
    MERIT = "merit"
    LISTING = "listing"
    ASSESSMENT = "assessment"
    PRODUCT = "product"
    RULING = "ruling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks what waits, and from where: the pseudonymous key, and what may be read."""

    by: str
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that waits: the key of its page, about whom, what of, since when, until when."""

    key: str
    zh: str
    en: str
    about: str
    since: datetime | date | None
    due: datetime | date | None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One waiting list; the columns are ways from a row to what an item says."""

    rows: Callable[[Asker], QuerySet[Any]]
    key: str
    since: str
    name: str = "enterprise"
    about: str | None = None
    due: str | None = None

    def items(self, asker: Asker) -> list[Item]:
        """Return what waits, the most pressing first, one more than are counted; one query."""
        first = F(self.due or self.since).asc(nulls_last=True)
        way = f"{self.name}__" if self.name else ""
        columns = {
            "key": self.key,
            "zh": f"{way}name_zh",
            "en": f"{way}name_en",
            "about": self.about or self.key,
            "since": self.since,
            "due": self.due or self.since,
        }
        if self.name == NOBODY:
            columns |= {"zh": self.key, "en": self.key}
        rows = self.rows(asker).order_by(first, "pk").values_list(*columns.values())
        made = (dict(zip(columns, row, strict=True)) for row in rows[: MOST + 1])
        return [self._item(row, asker.reach) for row in made]

    def _item(self, row: Mapping[str, Any], reach: Reach) -> Item:
        due = row["due"] if self.due else None
        said = {name: str(row[name] or "") for name in ("key", "zh", "en", "about")}
        return Item(**said, since=row["since"], due=due, late=_over(due, reach))


#: Of what belongs to no enterprise, the key itself is its name.
NOBODY = "-"


def _over(due: datetime | date | None, reach: Reach) -> bool:
    if due is None:
        return False
    return due < reach.known if isinstance(due, datetime) else due < reach.on
