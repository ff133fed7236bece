"""
Registers as look-ups in memory: dated facts, asked as of a line's day and what was known then.

Small registers that every line is asked of are kept between batches, for as long as their rows
stay the same: each batch reads the rows as they are stored and compares them, which costs a tenth
of reading them as facts. So nothing has to be told of a change, in this process or another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

import polars as pl
from django.db import connections, models, router

from guomen.supervision.bitemporal import PERIOD_COLUMNS, Window

Index = TypeVar("Index")

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


class Facts:
    """Dated facts by key."""

    def __init__(self, frame: pl.DataFrame, key: Collection[str], *values: str) -> None:
        """Index a frame of facts and their periods by some of its columns."""
        self._facts: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        # Picked out of whole rows: a query for the columns costs more than most frames hold.
        places = {name: place for place, name in enumerate(frame.columns)}
        keys = [places[name] for name in key]
        picked = itemgetter(*(places[name] for name in (*PERIOD_COLUMNS, *values)))
        for row in frame.rows():
            self._facts.setdefault(tuple([row[place] for place in keys]), []).append(picked(row))

    def all(self, as_of: AsOf, *key: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the values of every fact that held."""
        on, known = as_of
        for begins, ends, recorded, superseded, *values in self._facts.get(key, ()):
            if (
                begins <= on
                and (ends is None or on < ends)
                and recorded <= known
                and (superseded is None or known < superseded)
            ):
                yield tuple(values)

    def one(self, as_of: AsOf, *key: Any) -> tuple[Any, ...] | None:
        """Return the values of the fact that held; the last recorded of several."""
        if key not in self._facts:
            return None
        return next(iter(deque(self.all(as_of, *key), maxlen=1)), None)


class Prefixed:
    """Dated facts of HS prefixes."""

    def __init__(self, frame: pl.DataFrame, key: Collection[str], *values: str) -> None:
        """Index a frame that has a column ``hs_prefix``."""
        self._facts = Facts(frame, ["hs_prefix", *key], *values)
        lengths = frame["hs_prefix"].str.len_chars().unique().to_list()
        self._lengths = sorted(lengths, reverse=True)

    def longest(self, as_of: AsOf, code: str, *key: Any) -> tuple[Any, ...] | None:
        """Return the values of the longest prefix of an HS code."""
        for length in self._lengths:
            if len(code) >= length:
                found = self._facts.one(as_of, code[:length], *key)
                if found is not None:
                    return found
        return None

    def every(self, as_of: AsOf, code: str) -> Iterator[tuple[Any, ...]]:
        """Yield the values of every prefix of an HS code."""
        for length in self._lengths:
            if len(code) >= length:
                yield from self._facts.all(as_of, code[:length])


class Kept(Generic[Index]):
    """The look-up of one small register, made anew whenever its stored rows differ."""

    def __init__(self, model: type[models.Model], read: Callable[[], Index]) -> None:
        """Keep what ``read`` makes of a model's table."""
        self._model = model
        self._read = read
        self._kept: tuple[list[Any], Index] | None = None

    def current(self) -> Index:
        """Return the look-up over the rows that are stored now."""
        stored = self._stored()
        kept = self._kept
        if kept is None or kept[0] != stored:
            # One assignment: a thread sees the old pair or the new one, never half of each.
            kept = self._kept = (stored, self._read())
        return kept[1]

    def _stored(self) -> list[Any]:
        connection = connections[router.db_for_read(self._model)]
        table = connection.ops.quote_name(self._model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 - our own table
            rows: list[Any] = cursor.fetchall()
        return rows
