"""
Counts that pages show over whole registers, kept for as long as the registers stay as they are.

A count over everything is made once and then held under the marks of the registers that it reads
(`guomen.supervision.editions`), in each process; whoever changes one of them changes its mark, and
the next page counts again. Not for what a decision reads.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.db import models

from guomen.supervision.editions import queries as editions

Count = TypeVar("Count")

# Agencies times days that are kept of one count; beyond it begins anew.
_MOST_KEPT = 512


class Tally(Generic[Count]):
    """One count over some registers, by what narrows it (an agency, a day)."""

    def __init__(self, *registers: type[models.Model]) -> None:
        """Keep a count that reads some models' tables."""
        self._registers = registers
        self._kept: dict[Hashable, tuple[Any, Count]] = {}

    def at(self, key: Hashable, count: Callable[[], Count]) -> Count:
        """Return the count for a key; ``count`` makes it when a register changed since."""
        mark = editions.edition().of(*self._registers)
        held = self._kept.get(key)
        if held is not None and mark is not None and held[0] == mark:
            return held[1]
        made = count()
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        # One assignment: a thread sees the old pair or the new one, never half of each.
        self._kept[key] = (mark, made)
        return made
