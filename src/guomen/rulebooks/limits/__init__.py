"""
Limits: what may be in which commodity, in which market, from when to when.

Demonstration limits with basis, source and certainty; a row of certainty
"knowledge" is shown as an unverified demo value. A limit is never changed: it is
ended, and succeeded by another. Not complete, and not a copy of any standard.
"""

from __future__ import annotations

from datetime import date

from guomen.core.conformity import matching
from guomen.core.conformity.model import Limit
from guomen.rulebooks.limits import additives, contaminants, radionuclides, residues
from guomen.rulebooks.limits.radionuclides import MILK_POWDER_FACTOR
from guomen.rulebooks.limits.vocabulary import ANALYTES, COMMODITIES, MARKETS

__all__ = [
    "ANALYTES",
    "COMMODITIES",
    "LIMITS",
    "MARKETS",
    "MILK_POWDER_FACTOR",
    "look_up",
]

LIMITS: tuple[Limit, ...] = (
    *contaminants.ROWS,
    *radionuclides.ROWS,
    *residues.ROWS,
    *additives.ROWS,
)


def look_up(commodity: str, *, analyte: str, market: str = "CN", on: date) -> Limit:
    """
    Return the limit that binds a commodity on a day: its own, or that of its closest group.

    >>> look_up("food/dairy/milk/raw", analyte="melamine", on=date(2009, 1, 1)).basis
    '卫生部等五部门公告2008年第25号'

    :raises LimitMissing: if the book has none for that commodity, analyte, market and day
    """
    return matching.find_limit(LIMITS, commodity=commodity, analyte=analyte, market=market, on=on)
