"""
The rule book of the gate: every rule there has ever been, bound once. Not for any rule itself.

A number is given once. A rule is never edited: it ends, and a successor takes its own number.
"""

from __future__ import annotations

from functools import cache

from guomen.core.decide import Engine
from guomen.core.rules import Book
from guomen.rulebooks import admission, carried, declaration, frequency, orders, selection, supply
from guomen.rulebooks.sampling_policies import SAMPLING

BOOK = Book.of(
    declaration.RULES,
    admission.RULES,
    supply.RULES,
    frequency.RULES,
    orders.RULES,
    carried.RULES,
    selection.RULES,
)


@cache
def engine() -> Engine:
    """Return the engine of the book, compiled once for the process."""
    return Engine(BOOK, policies=SAMPLING)
