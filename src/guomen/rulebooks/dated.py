"""
Numbers with a date and a source: the shared shape of every rule-book row.

A row holds from its first day up to, not including, its last. A look-up answers
with the row in force on that day or raises; it never interpolates, and never
falls back to the nearest row. Not for rules with conditions, which are text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import ClassVar, Generic, Literal, TypeVar, get_args

from guomen.core.errors import GuomenError

#: How well a row is known: seen in a published copy, recalled, or our own choice.
Certainty = Literal["sourced", "knowledge", "default"]
CERTAINTIES: tuple[str, ...] = get_args(Certainty)

T_co = TypeVar("T_co", covariant=True)


class NothingInForce(GuomenError):
    """No row of a dated series holds on the day asked for."""

    code: ClassVar[str] = "dated.nothing-in-force"


class RowsOverlap(GuomenError):
    """Two rows of a dated series claim the same day, or a row ends before it begins."""

    code: ClassVar[str] = "dated.rows-overlap"


class CertaintyUnknown(GuomenError):
    """A row names a certainty that the rule books do not use."""

    code: ClassVar[str] = "dated.certainty-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated(Generic[T_co]):
    """
    One value with its unit, its days in force and where it comes from.

    :raises CertaintyUnknown: if the certainty is not one of `CERTAINTIES`
    :raises RowsOverlap: if the row ends on or before the day it begins
    """

    value: T_co
    unit: str | None = None
    begins: date
    ends: date | None = None  # exclusive; None = still in force
    source: str
    certainty: Certainty

    def __post_init__(self) -> None:
        """Refuse a row that cannot be dated or sourced."""
        if self.certainty not in CERTAINTIES or not self.source:
            raise CertaintyUnknown(
                f"Give the row a source and a certainty of {', '.join(CERTAINTIES)}.",
                certainty=self.certainty,
                source=self.source,
            )
        if self.ends is not None and self.ends <= self.begins:
            raise RowsOverlap(
                f"The row begins {self.begins} and ends {self.ends}: make `ends` the first day "
                "on which it no longer holds.",
                begins=self.begins,
                ends=self.ends,
            )

    def in_force(self, on: date) -> bool:
        """Tell whether the row holds on that day."""
        return self.begins <= on and (self.ends is None or on < self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Generic[T_co]):
    """
    A quantity through time: rows that never overlap, in order of date.

    >>> fee = Series.of(
    ...     "fee", [Dated(value=3, begins=date(2012, 1, 1), source="demo", certainty="default")]
    ... )
    >>> fee.on(date(2012, 5, 24)).value
    3

    :raises RowsOverlap: if two rows hold on the same day
    """

    name: str
    rows: tuple[Dated[T_co], ...]

    def __post_init__(self) -> None:
        """Refuse rows that are out of order or overlap."""
        for earlier, later in pairwise(self.rows):
            if earlier.ends is None or later.begins < earlier.ends:
                raise RowsOverlap(
                    f"Two rows of {self.name} hold on {later.begins}: end the row of "
                    f"{earlier.begins} on or before that day.",
                    name=self.name,
                    day=later.begins,
                )

    @classmethod
    def of(cls, name: str, rows: Iterable[Dated[T_co]]) -> Series[T_co]:
        """Order rows by their first day and check them."""
        return cls(name=name, rows=tuple(sorted(rows, key=lambda row: row.begins)))

    def on(self, day: date) -> Dated[T_co]:
        """
        Return the row in force on that day.

        :raises NothingInForce: if no row holds; neither the nearest row nor a mean is offered
        """
        for row in self.rows:
            if row.in_force(day):
                return row
        raise NothingInForce(
            f"No row of {self.name} holds on {day}: add a dated row with its source, "
            "or ask for a day that is covered.",
            name=self.name,
            day=day,
        )
