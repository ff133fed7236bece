"""How the tables of limits are written: one instrument, and the rows that it sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guomen.core.conformity.model import Limit, LimitKind
from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A notice, letter or standard: from when to when it sets limits, and how it is known."""

    basis: str
    begins: date
    ends: date | None = None  # exclusive
    source: str
    certainty: Certainty
    market: str = "CN"

    def maximum(
        self,
        analyte: str,
        where: str | Iterable[str],
        value: str,
        unit: str,
        *,
        certainty: Certainty | None = None,
    ) -> tuple[Limit, ...]:
        """Set a maximum for an analyte in one commodity or several."""
        return tuple(
            Limit(
                analyte=analyte,
                commodity=commodity,
                upper=Decimal(value),
                unit=unit,
                market=self.market,
                begins=self.begins,
                ends=self.ends,
                basis=self.basis,
                source=self.source,
                certainty=certainty or self.certainty,
            )
            for commodity in ((where,) if isinstance(where, str) else where)
        )

    def absent(
        self,
        analyte: str,
        where: Iterable[str],
        *,
        unit: str,
        detecting: str | None = None,
        note: Text | None = None,
    ) -> tuple[Limit, ...]:
        """Forbid any detection, by a method that reaches `detecting` where the text says one."""
        return tuple(
            Limit(
                analyte=analyte,
                commodity=commodity,
                kind=LimitKind.ABSENT,
                upper=None if detecting is None else Decimal(detecting),
                unit=unit,
                market=self.market,
                begins=self.begins,
                ends=self.ends,
                basis=self.basis,
                source=self.source,
                certainty=self.certainty,
                note=note,
            )
            for commodity in where
        )
