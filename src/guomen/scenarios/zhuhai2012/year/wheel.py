"""A wheel of fortune: weighted choice that costs one random number."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


class Wheel(Generic[T]):
    """Items, each with its share of the wheel."""

    __slots__ = ("_ends", "items")

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        """Lay out the items by weight."""
        self.items = tuple(items)
        self._ends = list(accumulate(weights))

    @classmethod
    def of(cls, shares: Sequence[tuple[T, float]]) -> Wheel[T]:
        """Lay out items given with their weights."""
        return cls([item for item, _ in shares], [weight for _, weight in shares])

    @classmethod
    def zipf(cls, items: Sequence[T], *, steepness: float) -> Wheel[T]:
        """Lay out items so that the first are hubs and the rest a long tail."""
        return cls(items, [(rank + 1) ** -steepness for rank in range(len(items))])

    def pick(self, dice: np.random.Generator) -> T:
        """Return one item."""
        place = bisect_right(self._ends, dice.random() * self._ends[-1])
        return self.items[min(place, len(self.items) - 1)]
