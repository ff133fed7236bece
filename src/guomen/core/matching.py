"""
Which control orders meet which lines.

A line goes down the tree of each shape (``core.order_trees``) and reaches a group of orders, so
that the work grows with the lines that are still in question and not with orders × lines. A few
lines go down dictionaries, many go down tables in compiled loops (``core.order_tables``).

A selector that meets an unknown fact gives *possible*, never *none*: the order would match in one
of the ways in which the fact may turn out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.core.controls import EQUALITY, ControlOrderError, Order
from guomen.core.order_trees import Shape, shapes_of, walk
from guomen.core.severity import SEVERITY

if TYPE_CHECKING:
    from guomen.core.order_tables import Groups, Tables

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NONE = -1
_FOREVER = np.iinfo(np.int64).max
_EPOCH = date(1970, 1, 1).toordinal()
_NO_ROWS: Ints = np.zeros(0, dtype=np.int64)
_NEVER: Bools = np.zeros(0, dtype=np.bool_)


class Pairs(NamedTuple):
    """Aligned row numbers of lines and orders, and whether the match is certain."""

    line: Ints
    order: Ints
    certain: Bools


class Followed(NamedTuple):
    """
    What the orders of each line come to, an element a line.

    ``severity`` is that of the most severe effect, or -1; ``possible`` tells whether a mandatory
    order may match; ``floor`` is the least chance of selection in parts per million.
    """

    severity: Ints
    possible: Bools
    floor: Ints


@dataclass(frozen=True)
class _Hits:
    """Lines and the groups that they reached; the orders of a group are written out on demand."""

    lines: Ints
    groups: Ints
    of: Groups

    def pairs(self) -> Pairs:
        """Write every pair out."""
        first = self.of.first[self.groups]
        counts = self.of.first[self.groups + 1] - first
        starts = np.repeat(first - np.cumsum(counts) + counts, counts)
        return Pairs(
            np.repeat(self.lines, counts),
            self.of.orders[starts + np.arange(len(starts))],
            np.repeat(self.of.certain[self.groups], counts),
        )


class Matches:
    """
    Which orders met which lines: each pair once, in no particular order, and what they come to.

    A match that is not certain hangs on an unknown fact. Pairs are written out when asked for.
    """

    def __init__(self, parts: Sequence[tuple[int, _Hits | Pairs]], followed: Followed) -> None:
        """Keep what was found for parts of a batch, each with the number of its first line."""
        self._parts = tuple(parts)
        self.followed = followed

    @classmethod
    def joined(cls, some: Sequence[Matches]) -> Matches:
        """Return the matches of consecutive parts of a batch as one."""
        sizes = [len(matches.followed.severity) for matches in some]
        firsts = np.cumsum([0, *sizes[:-1]]).tolist()
        parts = [
            (first + begins, part)
            for first, matches in zip(firsts, some, strict=True)
            for begins, part in matches._parts
        ]
        columns = zip(*(matches.followed for matches in some), strict=True)
        return cls(parts, Followed(*map(np.concatenate, columns)))

    @cached_property
    def _pairs(self) -> Pairs:
        written = [
            (first, part.pairs() if isinstance(part, _Hits) else part)
            for first, part in self._parts
        ]
        return Pairs(
            np.concatenate([_NO_ROWS, *(pairs.line + first for first, pairs in written)]),
            np.concatenate([_NO_ROWS, *(pairs.order for _, pairs in written)]),
            np.concatenate([_NEVER, *(pairs.certain for _, pairs in written)]),
        )

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._pairs.line)

    @property
    def line(self) -> Ints:
        """Return the line of each pair."""
        return self._pairs.line

    @property
    def order(self) -> Ints:
        """Return the order of each pair."""
        return self._pairs.order

    @property
    def certain(self) -> Bools:
        """Tell which pairs are certain."""
        return self._pairs.certain


class _Periods(NamedTuple):
    """When each order binds, in ordinals of days, and when it was known, in microseconds."""

    begins: Ints
    ends: Ints
    known: Ints
    until: Ints

    def whole(self, days: Ints, moments: Ints) -> bool:
        """Tell whether every order binds on every day and was known at every moment."""
        inside = (self.begins <= days.min()) & (days.max() < self.ends)
        return bool((inside & (self.known <= moments.min()) & (moments.max() < self.until)).all())

    def inside(self, pairs: Pairs, days: Ints, moments: Ints) -> Pairs:
        """Keep the pairs whose order binds on the line's day and was known at its receipt."""
        day, moment, order = days[pairs.line], moments[pairs.line], pairs.order
        keep = (self.begins[order] <= day) & (day < self.ends[order])
        keep &= (self.known[order] <= moment) & (moment < self.until[order])
        return Pairs(pairs.line[keep], order[keep], pairs.certain[keep])


@dataclass(frozen=True)
class OrderSet:
    """Every order that any line of a batch may meet, indexed once and used for many batches."""

    orders: tuple[Order, ...]

    @cached_property
    def _shapes(self) -> tuple[Shape, ...]:
        return shapes_of(self.orders)

    @cached_property
    def _tables(self) -> Tables:
        # Numba takes half a second to import, which a few lines can do without.
        from guomen.core.order_tables import Tables

        return Tables(self._shapes)

    @cached_property
    def _periods(self) -> _Periods:
        columns = (
            [order.begins.toordinal() for order in self.orders],
            [order.ends.toordinal() if order.ends else _FOREVER for order in self.orders],
            [_microseconds(order.recorded_at) for order in self.orders],
            [_microseconds(o.superseded_at) if o.superseded_at else _FOREVER for o in self.orders],
        )
        return _Periods(*(np.array(column, dtype=np.int64) for column in columns))

    @cached_property
    def forms(self) -> Mapping[str, tuple[Order, ...]]:
        """Return the forms of each order, by its reference."""
        found: dict[str, tuple[Order, ...]] = {}
        for order in self.orders:
            found[order.reference] = (*found.get(order.reference, ()), order)
        return found

    @cached_property
    def severities(self) -> Ints:
        """Return the severity of each order's effect."""
        return np.array([SEVERITY[order.effect] for order in self.orders], dtype=np.int64)

    @cached_property
    def floors(self) -> Ints:
        """Return the least chance of selection that each order asks for, in parts per million."""
        return np.array([order.rate_ppm or 0 for order in self.orders], dtype=np.int64)

    @cached_property
    def mandatory(self) -> Bools:
        """Tell which orders hold a line that they may match."""
        return np.array([order.mandatory for order in self.orders], dtype=np.bool_)

    def match(self, facts: pl.DataFrame) -> Matches:
        """
        Return every (line, order) pair that matches or may match.

        Only orders that bind on the line's day and were known at its receipt count.
        """
        if not self.orders or facts.height == 0:
            return Matches((), _nothing(facts.height))
        if _by_trees(facts.height * len(self._shapes)):
            return self._of_pairs(self._few(facts), facts.height)
        return self._many(facts)

    def _few(self, facts: pl.DataFrame) -> Pairs:
        """Lead every line down the trees of dictionaries."""
        names = ("on", "received_at", "hs_code", "hazards", *EQUALITY)
        columns = [facts[name].to_list() for name in names]
        lengths = {name for shape in self._shapes for name in shape.fields if name[:2] == "hs"}
        found: list[tuple[int, int, bool]] = []
        for number, values in enumerate(zip(*columns, strict=True)):
            line: dict[str, Any] = dict(zip(names, values, strict=True))
            code = line["hs_code"]
            line |= {name: None if code is None else code[: int(name[2:])] for name in lengths}
            found += [(number, order, certain) for order, certain in self._met(line)]
        return Pairs(
            np.array([number for number, _, _ in found], dtype=np.int64),
            np.array([order for _, order, _ in found], dtype=np.int64),
            np.array([certain for _, _, certain in found], dtype=np.bool_),
        )

    def _met(self, line: Mapping[str, Any]) -> list[tuple[int, bool]]:
        on, at = line["on"].toordinal(), _microseconds(line["received_at"])
        begins, ends, known, until = self._bounds
        return [
            (order, branch.certain)
            for shape in self._shapes
            for branch in walk(shape, line)
            for order in branch.orders
            if begins[order] <= on < ends[order] and known[order] <= at < until[order]
        ]

    @cached_property
    def _bounds(self) -> tuple[list[int], ...]:
        return tuple(column.tolist() for column in self._periods)

    def _of_pairs(self, pairs: Pairs, lines: int) -> Matches:
        followed = _nothing(lines)
        # An order that may match and is not mandatory is followed as if it did.
        waits = ~pairs.certain & self.mandatory[pairs.order]
        followed.possible[pairs.line[waits]] = True
        line, order = pairs.line[~waits], pairs.order[~waits]
        np.maximum.at(followed.severity, line, self.severities[order])
        np.maximum.at(followed.floor, pairs.line, self.floors[pairs.order])
        return Matches(((0, pairs),), followed)

    def _many(self, facts: pl.DataFrame) -> Matches:
        """Lead all lines down the tables of codes."""
        tables = self._tables
        lines, groups = tables.hits(tables.coded(facts))
        hits = _Hits(lines, groups, tables.groups)
        days = facts["on"].to_physical().to_numpy().astype(np.int64) + _EPOCH
        moments = facts["received_at"].to_physical().to_numpy()
        if not self._periods.whole(days, moments):
            inside = self._periods.inside(hits.pairs(), days, moments)
            return self._of_pairs(inside, facts.height)
        from guomen.core.order_tables import follow

        found = _nothing(facts.height)
        follow(lines, groups, self._group_followed, found)
        return Matches(((0, hits),), found)

    @cached_property
    def _group_followed(self) -> Followed:
        """Return what the orders of each group come to."""
        groups = self._tables.groups
        numbers = np.arange(len(groups.certain))
        every = _Hits(numbers, numbers, groups)
        return self._of_pairs(every.pairs(), len(numbers)).followed


# Steps (lines × shapes) of a batch up to which trees are sooner, and of a process up to which it
# does without the second that compiled tables take to load.
_FEW, _COLD = 2_000, 300_000


class _Walked:
    """The steps that this process took down trees so far."""

    steps = 0


def _by_trees(steps: int) -> bool:
    """Tell whether a batch goes down trees: what comes out is the same either way."""
    if steps > _FEW:
        _Walked.steps += steps
    return steps <= _FEW or _Walked.steps <= _COLD


def _nothing(lines: int) -> Followed:
    return Followed(
        np.full(lines, NONE, dtype=np.int64),
        np.zeros(lines, dtype=np.bool_),
        np.zeros(lines, dtype=np.int64),
    )


def _microseconds(moment: datetime) -> int:
    """Return microseconds since the epoch, exactly."""
    since = moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo)
    offset = moment.utcoffset()
    if offset is None:
        raise ControlOrderError("moments of a control order must carry a time zone")
    whole = since - offset
    return (whole.days * 86_400 + whole.seconds) * 1_000_000 + whole.microseconds
