"""
Three-valued answers in bit planes: one bit a line, all lines of a batch at once.

An answer is two planes, *certainly so* and *certainly not*; where neither bit is set it is unknown.
Kleene's logic is then a few bit operations, whatever the number of lines. A plane is a whole number
for a few lines and an array of bytes for many; ``&``, ``|`` and ``^`` mean the same for both. Only
what is asked of each line differs: plain Python for a few, a Polars expression for many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.core.conditions import AllOf, Always, AnyOf, Condition, Leaf, Not, leaves, read

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Plane = Any  # int or Bytes


class Kleene(NamedTuple):
    """A three-valued answer over the lines: certainly so, certainly not, else unknown."""

    yes: Plane
    no: Plane


class FewLines:
    """Some lines as lists of plain values; a plane is a whole number."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """Take the facts of a frame out of it."""
        self.lines = frame.height
        self.none: Plane = 0
        self.full: Plane = (1 << self.lines) - 1
        self._bytes = -(-self.lines // 8)
        values = zip(*frame.rows(), strict=True) if self.lines else ((),) * frame.width
        self._columns: dict[str, Sequence[Any]] = dict(zip(frame.columns, values, strict=True))

    def days(self) -> Ints:
        """Return the ordinal of each line's day."""
        return np.array([day.toordinal() for day in self._columns["on"]], dtype=np.int64)

    def named(self, names: Sequence[str], places: Ints) -> pl.Series:
        """Return the name at each line's place."""
        return pl.Series([names[place] for place in places.tolist()], dtype=pl.String)

    def know(self, columns: Mapping[str, pl.Series]) -> None:
        """Add facts that were derived."""
        self._columns |= {name: column.to_list() for name, column in columns.items()}

    def answers(self, leaves: Sequence[Leaf]) -> list[Kleene]:
        """Ask every leaf of every line."""
        return [self._answer(leaf.few(self._columns, self.lines)) for leaf in leaves]

    def _answer(self, found: Sequence[bool | None]) -> Kleene:
        yes = no = 0
        for line, answer in enumerate(found):
            if answer:
                yes |= 1 << line
            elif answer is not None:
                no |= 1 << line
        return Kleene(yes, no)

    def some(self, plane: Plane) -> bool:
        """Tell whether any line is in a plane."""
        return bool(plane)

    def plane(self, mask: Bools) -> Plane:
        """Return the plane of a mask."""
        return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")

    def mask(self, plane: Plane) -> Bools:
        """Return the mask of a plane."""
        return _mask(self.rows([plane])[0], self.lines)

    def rows(self, planes: Sequence[Plane]) -> Bytes:
        """Return planes as bytes, a row a plane."""
        joined = b"".join([plane.to_bytes(self._bytes, "little") for plane in planes])
        return np.frombuffer(joined, dtype=np.uint8).reshape(len(planes), self._bytes)


class ManyLines:
    """A frame of lines; a plane is an array of bytes."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """Take the facts of a frame."""
        self.lines = frame.height
        self._bytes = -(-self.lines // 8)
        self.none: Plane = np.zeros(self._bytes, dtype=np.uint8)
        self.full: Plane = ~self.none
        self._frame = frame

    def days(self) -> Ints:
        """Return the ordinal of each line's day."""
        return self._frame["on"].to_physical().to_numpy().astype(np.int64) + _EPOCH

    def named(self, names: Sequence[str], places: Ints) -> pl.Series:
        """Return the name at each line's place."""
        return pl.Series(names, dtype=pl.String).gather(places)

    def know(self, columns: Mapping[str, pl.Series]) -> None:
        """Add facts that were derived."""
        self._frame = self._frame.hstack([c.alias(name) for name, c in columns.items()])

    def answers(self, leaves: Sequence[Leaf]) -> list[Kleene]:
        """Ask every leaf of every line."""
        asked = [leaf.many().alias(str(number)) for number, leaf in enumerate(leaves)]
        return [self._answer(column) for column in self._frame.select(asked).get_columns()]

    def _answer(self, column: pl.Series) -> Kleene:
        arrow = column.to_arrow()
        known, bits = arrow.buffers()
        if arrow.offset % 8:
            return self._shifted(column)
        yes = self._taken(bits, arrow.offset)
        if known is None:
            return Kleene(yes, ~yes)
        certain = self._taken(known, arrow.offset)
        return Kleene(yes & certain, ~yes & certain)

    def _taken(self, buffer: Any, offset: int) -> Bytes:
        return np.frombuffer(buffer, dtype=np.uint8)[offset // 8 :][: self._bytes]

    def _shifted(self, column: pl.Series) -> Kleene:
        """Answer from a column that does not begin at a whole byte."""
        yes = column.fill_null(value=False).to_numpy()
        return Kleene(self.plane(yes), self.plane(~column.fill_null(value=True).to_numpy()))

    def some(self, plane: Plane) -> bool:
        """Tell whether any line may be in a plane; bits past the last line are not cleared."""
        return bool(plane.any())

    def plane(self, mask: Bools) -> Plane:
        """Return the plane of a mask."""
        return np.packbits(mask, bitorder="little")

    def mask(self, plane: Plane) -> Bools:
        """Return the mask of a plane."""
        return _mask(plane, self.lines)

    def rows(self, planes: Sequence[Plane]) -> Bytes:
        """Return planes as bytes, a row a plane."""
        return np.stack(planes)


Lines = FewLines | ManyLines
_EPOCH = date(1970, 1, 1).toordinal()


def _mask(plane: Bytes, lines: int) -> Bools:
    return np.unpackbits(plane, count=lines, bitorder="little").view(np.bool_)


# Beyond so many lines a Polars expression costs less than plain Python.
FEW = 64


def lines_of(frame: pl.DataFrame) -> Lines:
    """Return the lines of a frame in the form that answers them sooner."""
    return FewLines(frame) if frame.height <= FEW else ManyLines(frame)


class Conditions:
    """Some conditions, read once and asked together; what several of them share is asked once."""

    def __init__(self, texts: Sequence[str]) -> None:
        """
        Read the conditions.

        :raises guomen.core.conditions.RuleError: if a text is not a condition
        """
        roots = [read(text) for text in texts]
        self._leaves = list(dict.fromkeys(leaf for root in roots for leaf in leaves(root)))
        self._places: dict[Condition, int] = {leaf: i for i, leaf in enumerate(self._leaves)}
        self._steps: list[tuple[_Combine, tuple[int, ...]]] = []
        self._roots = [self._place(root) for root in roots]

    def _place(self, condition: Condition) -> int:
        known = self._places.get(condition)
        if known is not None:
            return known
        parts: tuple[int, ...] = ()
        if isinstance(condition, AllOf | AnyOf):
            parts = tuple(self._place(part) for part in condition.parts)
        elif isinstance(condition, Not):
            parts = (self._place(condition.part),)
        elif isinstance(condition, Always):
            condition = AllOf(()) if condition.answer else AnyOf(())
        self._steps.append((_COMBINED[type(condition)], parts))
        place = self._places[condition] = len(self._leaves) + len(self._steps) - 1
        return place

    def ask(self, lines: Lines) -> list[Kleene]:
        """Answer every condition for every line, in the order of the texts."""
        answers = lines.answers(self._leaves) if self._leaves else []
        for combine, parts in self._steps:
            answers.append(combine(answers, parts, lines))
        return [answers[place] for place in self._roots]


_Combine = Callable[[Sequence[Kleene], tuple[int, ...], Lines], Kleene]


def _all_of(answers: Sequence[Kleene], parts: tuple[int, ...], lines: Lines) -> Kleene:
    yes, no = answers[parts[0]] if parts else (lines.full, lines.none)
    for part in parts[1:]:
        more = answers[part]
        yes, no = yes & more.yes, no | more.no
    return Kleene(yes, no)


def _any_of(answers: Sequence[Kleene], parts: tuple[int, ...], lines: Lines) -> Kleene:
    yes, no = answers[parts[0]] if parts else (lines.none, lines.full)
    for part in parts[1:]:
        more = answers[part]
        yes, no = yes | more.yes, no & more.no
    return Kleene(yes, no)


def _not(answers: Sequence[Kleene], parts: tuple[int, ...], lines: Lines) -> Kleene:
    yes, no = answers[parts[0]]
    return Kleene(no, yes)


# All of nothing holds and any of nothing does not: that is TRUE and FALSE.
_COMBINED: Mapping[type[Condition], _Combine] = {AllOf: _all_of, AnyOf: _any_of, Not: _not}
