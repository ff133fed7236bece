"""
A planning sheet on paper: which units to take, on as many numbered A4 pages as they need.

The numbers follow from a seed that the sheet shows. They are no official draw: whoever knows the
seed beforehand knows the units. Not for choosing the plan.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from guomen.core.sampling import draw_units
from guomen.journeys.planning import Answer

COLUMNS = 10
FIRST_PAGE, OTHER_PAGES, LAST_PAGE = 18, 34, 24  # rows that have room beside what else is there
MOST_UNITS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """One page: its number and its rows of unit numbers."""

    number: int
    rows: tuple[tuple[int, ...], ...]


def new_seed() -> str:
    """Return a seed that nobody has seen before."""
    return secrets.token_hex(8)


def units(answer: Answer, *, seed: str, reference: str) -> tuple[int, ...]:
    """Return the units to take; none are named where the whole lot is inspected, or too many."""
    plan, lot = answer.plan, answer.asked.lot
    if plan.full_inspection or plan.units > MOST_UNITS:
        return ()
    return draw_units(plan.units, lot, seed.encode(), reference=reference)


def pages(numbers: Sequence[int]) -> tuple[SheetPage, ...]:
    """Cut the numbers into pages; the last one keeps room for results and signatures."""
    rows = [tuple(numbers[k : k + COLUMNS]) for k in range(0, len(numbers), COLUMNS)]
    if len(rows) <= FIRST_PAGE - 6:
        return (SheetPage(number=1, rows=tuple(rows)),)
    cut = [rows[:FIRST_PAGE]]
    rest = rows[FIRST_PAGE:]
    while len(rest) > LAST_PAGE:
        cut.append(rest[:OTHER_PAGES])
        rest = rest[OTHER_PAGES:]
    cut.append(rest)
    return tuple(SheetPage(number=k, rows=tuple(part)) for k, part in enumerate(cut, 1))
