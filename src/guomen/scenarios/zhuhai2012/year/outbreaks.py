"""
Outbreaks: for some weeks, goods of one kind and origin carry one hazard far more often.

Invented, and planted so that early warning has something to find; their truth lies here. Decided by
dice of their own: without outbreaks the year is otherwise the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbreak:
    """Where, when (last day exclusive) and how often goods carry the hazard."""

    direction: str
    hs_prefix: str
    origin: str
    hazard: str
    begins: date
    ends: date
    chance: float

    def touches(self, direction: str, code: str, origin: str | None, day: date) -> bool:
        """Tell whether goods of a day are of the outbreak."""
        return (
            (direction, origin) == (self.direction, self.origin)
            and code.startswith(self.hs_prefix)
            and self.begins <= day < self.ends
        )


OUTBREAKS: tuple[Outbreak, ...] = (
    Outbreak(
        direction="import",
        hs_prefix="03",
        origin="VN",
        hazard="chloramphenicol",
        begins=date(2011, 11, 14),
        ends=date(2011, 12, 26),
        chance=0.40,
    ),
    Outbreak(
        direction="export",
        hs_prefix="0704",
        origin="CN",
        hazard="chlorpyrifos",
        begins=date(2012, 3, 5),
        ends=date(2012, 4, 16),
        chance=0.30,
    ),
    Outbreak(
        direction="import",
        hs_prefix="22",
        origin="FR",
        hazard="phthalates_food",
        begins=date(2012, 4, 23),
        ends=date(2012, 7, 1),
        chance=0.40,
    ),
)


def hazard(
    direction: str, code: str, origin: str | None, day: date, *, dice: np.random.Generator
) -> str | None:
    """Return the hazard that an outbreak puts into goods, or None."""
    for outbreak in OUTBREAKS:
        if outbreak.touches(direction, code, origin, day) and dice.random() < outbreak.chance:
            return outbreak.hazard
    return None
