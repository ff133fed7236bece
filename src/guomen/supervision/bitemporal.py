"""
Facts that are valid in time and known in time.

``begins``/``ends`` say when a fact is true, ``recorded_at``/``superseded_at`` when the house knew
it; both ends are exclusive and null means "until further notice". A row is never edited: it is
superseded and recorded anew. Not for events, which happen once and belong to the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self, TypeVar

import polars as pl
from django.db import models
from django.db.models import F, Q

from guomen.core.errors import GuomenError

# Above this many keys one unfiltered read is cheaper than the list, and SQLite's limit on
# variables (32,766) is not reached.
MOST_KEYS = 20_000

PERIOD_SCHEMA: dict[str, pl.DataType] = {
    "begins": pl.Date(),
    "ends": pl.Date(),
    "recorded_at": pl.Datetime("us", "UTC"),
    "superseded_at": pl.Datetime("us", "UTC"),
}
PERIOD_COLUMNS = tuple(PERIOD_SCHEMA)


class SuccessionOutsidePeriodError(GuomenError):
    """A fact can only be succeeded on a day of its own period."""

    code: ClassVar[str] = "bitemporal.succession_outside_period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days and the instants of knowledge that a chunk of lines spans, all inclusive."""

    first_day: date
    last_day: date
    first_known: datetime
    last_known: datetime

    @classmethod
    def at(cls, on: date, *, known: datetime) -> Self:
        """Return the window of one day, as known at one instant."""
        return cls(first_day=on, last_day=on, first_known=known, last_known=known)


Row = TypeVar("Row", bound="Dated")


class DatedQuerySet(models.QuerySet[Row]):
    """Reads of dated facts."""

    def within(self, window: Window) -> Self:
        """Return every fact that is valid on some day and known at some instant of a window."""
        return self.filter(
            Q(ends__isnull=True) | Q(ends__gt=window.first_day),
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=window.first_known),
            begins__lte=window.last_day,
            recorded_at__lte=window.last_known,
        )

    def as_of(self, on: date, *, known: datetime) -> Self:
        """Return the facts valid on a day, as known at an instant."""
        return self.within(Window.at(on, known=known))

    def current(self) -> Self:
        """Return the facts that nothing has superseded, whatever their period."""
        return self.filter(superseded_at__isnull=True)

    def of(self, field: str, keys: Collection[str] | None) -> Self:
        """Return the facts whose field is among the keys; every fact when keys is None or huge."""
        if keys is None or len(keys) > MOST_KEYS:
            return self
        return self.filter(**{f"{field}__in": list(keys)})


class Dated(models.Model):
    """A fact with a period of validity and a period of knowledge."""

    begins = models.DateField()
    ends = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gt=F("begins")),
                name="%(app_label)s_%(class)s_ends_after_begins",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gt=F("recorded_at")),
                name="%(app_label)s_%(class)s_superseded_later",
            ),
        ]

    def succeed(self, on: date, *, at: datetime, **changes: Any) -> Self:
        """
        End this fact on a day and record its successor, keeping what was known before.

        The past up to ``on`` stays true as it was; from ``on`` the changed copy holds. The caller
        owns the transaction and has locked the row.

        :raises SuccessionOutsidePeriodError: the day lies before the fact begins or after it ends.
        """
        if on < self.begins or (self.ends is not None and on >= self.ends):
            raise SuccessionOutsidePeriodError(
                f"The fact holds from {self.begins} to {self.ends or 'further notice'}: "
                f"choose a day of that period instead of {on}.",
                begins=self.begins,
                ends=self.ends,
                on=on,
            )
        ends = self.ends
        self.superseded_at = at
        self.save(update_fields=["superseded_at"])
        if on > self.begins:
            self._copy(ends=on, recorded_at=at)
        return self._copy(**{"begins": on, "ends": ends, "recorded_at": at, **changes})

    def _copy(self, **changes: Any) -> Self:
        held = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if not field.primary_key
        }
        changed = {**held, "superseded_at": None, **changes}
        return type(self)._default_manager.create(**changed)


def frame_of(rows: Iterable[tuple[Any, ...]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return rows of a query as a frame of a declared schema, a period at its end."""
    return pl.DataFrame(list(rows), schema={**schema, **PERIOD_SCHEMA}, orient="row")


def in_force(on: str, *, known: str) -> pl.Expr:
    """
    Return the condition that a joined fact is valid on a day column and known at an instant column.

    An open end is written as null, which here means "until further notice", never "unknown".
    """
    valid = (pl.col("begins") <= pl.col(on)) & (
        pl.col("ends").is_null() | (pl.col("ends") > pl.col(on))
    )
    knew = (pl.col("recorded_at") <= pl.col(known)) & (
        pl.col("superseded_at").is_null() | (pl.col("superseded_at") > pl.col(known))
    )
    return valid & knew
