"""
What a mechanism says of its waiting list: one row of a table a list, nothing fetched yet.

A list is scoped by the subtree of whoever asks, leaves out what the asker may not decide for having
proposed it, and stands in the order in which it presses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import F, Manager, Model, Q, QuerySet

from guomen.core.text import Text
from guomen.journeys.access.rooms import Reach

#: How many of a list are counted; beyond it a page says "more than".
MOST = 200


class Waits(StrEnum):
    """What waits for an officer."""

    OVERRIDE = "override"
    LATE_RECORD = "late_record"
    CONFLICT = "conflict"
    RESULT = "result"
    CERTIFICATE = "certificate"
    REVOCATION = "revocation"
    SIGNAL = "signal"
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
    """Who asks what waits, and from where: the pseudonymous key, the roles, what may be read."""

    by: str
    reach: Reach
    roles: frozenset[str] = frozenset()


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


#: Names the values of a column in both languages, all of a list at once.
Naming = Callable[[Sequence[Any]], Sequence[Text]]
#: Of what belongs to no enterprise, the key itself is its name.
NOBODY = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    One waiting list.

    The rows are those of ``of``, or what ``rows`` returns, of which a column of ``within`` lies in
    the subtree (none: ``rows`` saw to that), that ``where`` holds for, and that the asker did not
    write: ``not_by`` names the columns of who did. The other columns say what an item shows; where
    ``named`` is given, its function names the values of ``name``.
    """

    what: Waits
    of: type[Model] | None = None
    rows: Callable[[Asker], QuerySet[Any]] | None = None
    within: tuple[str, ...] = ()
    where: Q = field(default_factory=Q)
    not_by: tuple[str, ...] = ()
    key: str
    since: str
    name: str = "enterprise"
    named: Naming | None = None
    about: str | None = None
    due: str | None = None
    # False: ``since`` gives the order, but not since when it waits, which nobody wrote down.
    dated: bool = True

    def waiting(self, asker: Asker) -> QuerySet[Any]:
        """Return what waits for somebody, in no order."""
        found = self.rows(asker) if self.rows else _manager(self.of).all()
        if self.within:
            found = found.filter(asker.reach.within(*self.within))
        found = found.filter(self.where)
        for column in self.not_by:
            found = found.exclude(**{column: asker.by})
        return found

    def items(self, asker: Asker) -> list[Item]:
        """Return what waits, the most pressing first, one more than are counted; one query."""
        first = F(self.due or self.since).asc(nulls_last=True)
        columns = self._columns()
        rows = self.waiting(asker).order_by(first, "pk").values_list(*columns.values())
        made = [dict(zip(columns, row, strict=True)) for row in rows[: MOST + 1]]
        if self.named is not None:
            for row, name in zip(made, self.named([row["zh"] for row in made]), strict=True):
                row["zh"], row["en"] = name.zh, name.en
        return [self._item(row, asker.reach) for row in made]

    def _columns(self) -> dict[str, str]:
        way = f"{self.name}__" if self.name else ""
        names = (self.name, self.name) if self.named else (f"{way}name_zh", f"{way}name_en")
        if self.name == NOBODY:
            names = (self.key, self.key)
        return {
            "key": self.key,
            "zh": names[0],
            "en": names[1],
            "about": self.about or self.key,
            "since": self.since,
            "due": self.due or self.since,
        }

    def _item(self, row: Mapping[str, Any], reach: Reach) -> Item:
        due = row["due"] if self.due else None
        said = {name: str(row[name] or "") for name in ("key", "zh", "en", "about")}
        since = row["since"] if self.dated else None
        return Item(**said, since=since, due=due, late=_over(due, reach))


def table(*sources: Source) -> Mapping[Waits, Source]:
    """Return waiting lists by what waits."""
    return {source.what: source for source in sources}


def _manager(model: type[Model] | None) -> Manager[Any]:
    if model is None:
        raise TypeError("a waiting list names its model or its rows")
    return model._default_manager


def _over(due: datetime | date | None, reach: Reach) -> bool:
    if due is None:
        return False
    return due < reach.known if isinstance(due, datetime) else due < reach.on
