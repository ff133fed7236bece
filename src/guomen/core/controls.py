"""
Control orders 布控: which lines an order selects, and what it asks for.

An order selects lines by any of nine selectors; an absent selector means any. Which orders meet
which lines is the matter of ``core.matching``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

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
