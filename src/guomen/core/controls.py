"""
Control orders 布控: which lines an order selects, and what it asks for.

An order selects lines by any of nine selectors; an absent selector means any. Which orders meet
which lines is the matter of ``core.matching``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from guomen.core.errors import GuomenError
from guomen.core.severity import Outcome
from guomen.core.text import Text

# Equality selectors, each with the fact that it reads. HS prefixes stand apart.
EQUALITY = (
    "direction",
    "origin",
    "enterprise",
    "consignor",
    "site",
    "port",
    "transport",
)
SELECTORS = ("hs_prefix", *EQUALITY, "hazard")
# The fact that a selector reads, where it has another name.
_READS = {"hs_prefix": "hs_code", "hazard": "hazards"}


class ControlOrderError(GuomenError):
    """A control order cannot be used."""

    code: ClassVar[str] = "controls.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    One control order.

    ``begins`` and ``ends`` (exclusive) bound the days on which it binds; ``recorded_at`` and
    ``superseded_at`` the moments between which the bureau knew it in this form. A mandatory order
    that may match holds the line until the unknown fact is known.
    """

    reference: str
    effect: Outcome
    reason: Text
    begins: date
    recorded_at: datetime
    ends: date | None = None
    superseded_at: datetime | None = None
    hs_prefix: str | None = None
    direction: str | None = None
    origin: str | None = None
    enterprise: str | None = None
    consignor: str | None = None
    site: str | None = None
    port: str | None = None
    transport: str | None = None
    hazard: str | None = None
    rate_ppm: int | None = None
    tests: tuple[str, ...] = ()
    mandatory: bool = True
    confidential: bool = False

    def __post_init__(self) -> None:
        """
        Refuse an order that could never be matched as written.

        :raises ControlOrderError: if the HS prefix is not two to ten digits, or no day is bound
        """
        prefix = self.hs_prefix
        if prefix is not None and not (2 <= len(prefix) <= 10 and prefix.isdigit()):
            raise ControlOrderError(
                f"order {self.reference}: an HS prefix has 2 to 10 digits, not {prefix!r}",
                reference=self.reference,
            )
        if self.ends is not None and self.ends <= self.begins:
            raise ControlOrderError(
                f"order {self.reference} ends on or before the day it begins; give a later end",
                reference=self.reference,
            )

    def shape(self) -> tuple[int, ...]:
        """Return the length of the HS prefix and which other selectors are used, as numbers."""
        hs = len(self.hs_prefix) if self.hs_prefix else 0
        return (hs, *(int(getattr(self, name) is not None) for name in SELECTORS[1:]))

    def reads(self) -> tuple[str, ...]:
        """Return the facts that the selectors of this order read."""
        used = (name for name in SELECTORS if getattr(self, name) is not None)
        return tuple(_READS.get(name, name) for name in used)

    def binds(self, on: date, at: datetime) -> bool:
        """Tell whether this form binds on a day and was known at a moment."""
        inside = self.begins <= on and (self.ends is None or on < self.ends)
        known = self.superseded_at is None or at < self.superseded_at
        return inside and self.recorded_at <= at and known


def unsure_facts(orders: Iterable[Order], facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the unknown facts that decide whether mandatory orders match, each once."""
    names = (name for order in orders if order.mandatory for name in order.reads())
    return tuple(dict.fromkeys(name for name in names if facts.get(name) is None))
