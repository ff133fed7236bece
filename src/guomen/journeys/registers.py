"""
Registers as look-ups in memory: dated facts, asked as of a line's day and what was known then.

What was read is kept between batches for as long as its register's mark stays the same
(`guomen.supervision.editions`): small registers whole, large ones for the keys that were asked
for. One query tells the marks of all registers; nothing has to be told of a change, in this
process or another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

import polars as pl
from django.db import models

from guomen.supervision.bitemporal import PERIOD_COLUMNS, Window
from guomen.supervision.editions.queries import Edition

Index = TypeVar("Index")
Row = TypeVar("Row")

#: Begins, ends, recorded, superseded, and then the values of a fact.
Fact = tuple[Any, ...]

ALWAYS = Window(
    first_day=date.min,
    last_day=date.max,
    first_known=datetime.min.replace(tzinfo=UTC),
    last_known=datetime.max.replace(tzinfo=UTC),
)


class AsOf(NamedTuple):
    """The day on which something must hold, and the moment at which it must be known."""

    on: date
    known: datetime


def holding(facts: Iterable[Fact], as_of: AsOf) -> list[Fact]:
    """Return the values of every fact that held."""
    on, known = as_of
    return [
        fact[4:]
        for fact in facts
        if fact[0] <= on
        and ((ends := fact[1]) is None or on < ends)
        and fact[2] <= known
        and ((superseded := fact[3]) is None or known < superseded)
    ]


def newest(facts: Sequence[Fact], as_of: AsOf) -> Fact | None:
    """Return the values of the fact that held; the last recorded of several."""
    found = holding(facts, as_of)
    return found[-1] if found else None


def _recorded(fact: Fact) -> datetime:
    moment: datetime = fact[2]
    return moment


class Facts:
    """Dated facts by key."""

    def __init__(self, frame: pl.DataFrame, key: Collection[str], *values: str) -> None:
        """Index a frame of facts and their periods by some of its columns."""
        self._facts: dict[tuple[Any, ...], list[Fact]] = {}
        # Picked out of whole rows: a query for the columns costs more than most frames hold.
        places = {name: place for place, name in enumerate(frame.columns)}
        keys = [places[name] for name in key]
        picked = itemgetter(*(places[name] for name in (*PERIOD_COLUMNS, *values)))
        for row in frame.rows():
            self._facts.setdefault(tuple([row[place] for place in keys]), []).append(picked(row))
        for facts in self._facts.values():
            facts.sort(key=_recorded)

    def all(self, as_of: AsOf, *key: Any) -> list[Fact]:
        """Return the values of every fact that held."""
        return holding(self._facts.get(key, ()), as_of)

    def one(self, as_of: AsOf, *key: Any) -> Fact | None:
        """Return the values of the fact that held; the last recorded of several."""
        return newest(self._facts.get(key, ()), as_of)


class Prefixed:
    """Dated facts of HS prefixes."""

    def __init__(self, frame: pl.DataFrame, key: Collection[str], *values: str) -> None:
        """Index a frame that has a column ``hs_prefix``."""
        self._facts = Facts(frame, ["hs_prefix", *key], *values)
        lengths = frame["hs_prefix"].str.len_chars().unique().to_list()
        self._lengths = sorted(lengths, reverse=True)

    def longest(self, as_of: AsOf, code: str, *key: Any) -> Fact | None:
        """Return the values of the longest prefix of an HS code."""
        for length in self._lengths:
            if len(code) >= length:
                found = self._facts.one(as_of, code[:length], *key)
                if found is not None:
                    return found
        return None

    def every(self, as_of: AsOf, code: str) -> Iterator[Fact]:
        """Yield the values of every prefix of an HS code."""
        for length in self._lengths:
            if len(code) >= length:
                yield from self._facts.all(as_of, code[:length])


class Kept(Generic[Index]):
    """The look-up of a small register, made anew whenever the register has another mark."""

    def __init__(self, *registers: type[models.Model], read: Callable[[], Index]) -> None:
        """Keep what ``read`` makes of some models' tables."""
        self._registers = registers
        self._read = read
        self._kept: tuple[object, Index] | None = None

    def at(self, edition: Edition) -> Index:
        """Return the look-up over what is stored now; ``edition`` was read just before."""
        mark, kept = edition.of(*self._registers), self._kept
        if kept is None or mark is None or kept[0] != mark:
            # One assignment: a thread sees the old pair or the new one, never half of each.
            kept = self._kept = (mark, self._read())
        return kept[1]


# Keys that are asked for in one query: far below what either database takes.
_AT_ONCE = 5_000
# Keys that are kept of one register; beyond it begins anew.
_MOST_KEPT = 200_000


class KeptByKey(Generic[Row]):
    """Rows of a register by key, read when a key is first asked for under a mark."""

    def __init__(
        self,
        *registers: type[models.Model],
        read: Callable[[Collection[str]], Iterable[tuple[str, Row]]],
        order: Callable[[Row], Any] | None = None,
    ) -> None:
        """Keep what ``read`` yields for keys, in the order of ``order`` where it is given."""
        self._registers = registers
        self._read = read
        self._order = order
        self._kept: tuple[object, dict[str, list[Row]]] = (None, {})

    def at(self, edition: Edition, keys: Iterable[str]) -> Mapping[str, Sequence[Row]]:
        """Return the rows of keys as they are now; a key without rows has an empty list."""
        mark, (known, kept) = edition.of(*self._registers), self._kept
        if mark is None or known != mark or len(kept) > _MOST_KEPT:
            kept = {}
            self._kept = (mark, kept)
        absent = [key for key in keys if key not in kept]
        for start in range(0, len(absent), _AT_ONCE):
            kept.update(self._found(absent[start : start + _AT_ONCE]))
        return kept

    def _found(self, keys: Sequence[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {key: [] for key in keys}
        for key, row in self._read(keys):
            if key in found:
                found[key].append(row)
        if self._order is not None:
            for rows in found.values():
                rows.sort(key=self._order)
        return found


class Dated(KeptByKey[Fact]):
    """Dated facts of a register by key, oldest knowledge first."""

    def __init__(
        self,
        *registers: type[models.Model],
        read: Callable[[Collection[str]], Iterable[tuple[str, Fact]]],
    ) -> None:
        """Keep the facts that ``read`` yields for keys."""
        super().__init__(*registers, read=read, order=_recorded)
