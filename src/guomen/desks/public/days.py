"""What the public may know of the draw keys: the commitment before a day, the key after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps

SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDay:
    """The key of one day and agency; ``key`` is None until it is revealed."""

    day: date
    agency: str
    commitment: str
    committed_at: datetime
    key: str | None
    revealed_at: datetime | None
    demonstration: bool


def near(today: date) -> tuple[KeyDay, ...]:
    """List the key days from a month back to the furthest commitment, latest first."""
    rows = _keys().filter(day__gte=today - SHOWN).order_by("-day", "agency")
    return tuple(_read(rows))


def one_or_none(day: date, agency: str) -> KeyDay | None:
    """Return the key day of one agency."""
    return next(iter(_read(_keys().filter(day=day, agency=agency))), None)


def _keys() -> Any:
    return apps.get_model("ledger", "DrawKey").objects.all()


def _read(rows: Iterable[Any]) -> Iterable[KeyDay]:
    for row in rows:
        yield KeyDay(
            day=row.day,
            agency=row.agency,
            commitment=row.commitment,
            committed_at=row.committed_at,
            key=row.key,
            revealed_at=row.revealed_at,
            demonstration=row.demonstration,
        )
