"""
Shapes of control orders, and the trees of dictionaries by which a few lines find their orders.

Orders that use the same selectors (and the same length of HS prefix) share a shape. Its tree has a
level a selector, from the one with most values; a branch for each value and one for "unknown".
Branches are made when a line first asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from guomen.core.controls import SELECTORS, Order

HAZARD = "hazard"


@dataclass(frozen=True)
class Shape:
    """
    Orders that use the same selectors.

    ``orders`` are their numbers; ``values`` their selectors' values, an order a row and a field a
    column. Hazards come last: a line has a list of them.
    """

    fields: tuple[str, ...]
    orders: tuple[int, ...]
    values: tuple[tuple[str, ...], ...]

    @cached_property
    def root(self) -> Branch:
        """Return the tree's root, at which no selector has been asked yet."""
        return Branch(self, range(len(self.orders)), depth=0, certain=True)

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """Return the fields of which a line has one value."""
        return tuple(name for name in self.fields if name != HAZARD)


class Branch:
    """The orders of a shape that the values along one path leave in question."""

    def __init__(self, shape: Shape, rows: Sequence[int], *, depth: int, certain: bool) -> None:
        """Keep the rows of the orders that are left."""
        self._shape, self._rows, self._depth = shape, rows, depth
        self.certain = certain

    @cached_property
    def orders(self) -> tuple[int, ...]:
        """Return the numbers of the orders that are left."""
        return tuple(self._shape.orders[row] for row in self._rows)

    @cached_property
    def named(self) -> Mapping[str, Branch]:
        """Return the branch of each value of the next field."""
        rows: dict[str, list[int]] = {}
        for row in self._rows:
            rows.setdefault(self._shape.values[row][self._depth], []).append(row)
        return {value: self._next(some, certain=self.certain) for value, some in rows.items()}

    @cached_property
    def unknown(self) -> Branch:
        """Return the branch of a line whose next field is unknown: all orders stay in question."""
        return self._next(self._rows, certain=False)

    def _next(self, rows: Sequence[int], *, certain: bool) -> Branch:
        return Branch(self._shape, rows, depth=self._depth + 1, certain=certain)


def shapes_of(orders: Sequence[Order]) -> tuple[Shape, ...]:
    """Return the shapes of some orders."""
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for number, order in enumerate(orders):
        by_shape.setdefault(order.shape(), []).append(number)
    return tuple(_shape(orders, shape, numbers) for shape, numbers in by_shape.items())


def _shape(orders: Sequence[Order], shape: tuple[int, ...], numbers: Sequence[int]) -> Shape:
    used = [name for name, on in zip(SELECTORS[1:], shape[1:], strict=True) if on]
    fields = [f"hs{shape[0]}", *used] if shape[0] else used
    columns = {
        name: [getattr(orders[n], "hs_prefix" if name.startswith("hs") else name) for n in numbers]
        for name in fields
    }
    # Narrow from the selector with most values: it lets the fewest lines through.
    fields.sort(key=lambda name: (name == HAZARD, -len(set(columns[name]))))
    values = tuple(zip(*(columns[name] for name in fields), strict=True)) or ((),) * len(numbers)
    return Shape(fields=tuple(fields), orders=tuple(numbers), values=values)


def walk(shape: Shape, line: Mapping[str, Any]) -> Iterator[Branch]:
    """Yield where a line's values lead; it may have several hazards."""
    branch = shape.root
    for name in shape.plain:
        value = line[name]
        if value is not None and value not in branch.named:
            return
        branch = branch.unknown if value is None else branch.named[value]
    if len(shape.plain) == len(shape.fields):
        yield branch
        return
    hazards = line["hazards"]
    if hazards is None:
        yield branch.unknown
        return
    for hazard in dict.fromkeys(hazards):
        if hazard in branch.named:
            yield branch.named[hazard]
