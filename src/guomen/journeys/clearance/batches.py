"""
Lodging many declarations: decided in large batches outside any lock, stored in small chunks.

While this process stores a batch, a second one decides the next, where the file is long enough and
the machine has the cores. What it read may be older than what was stored meanwhile: each chunk is
confirmed under the lock, as any other, and decided again if something moved.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice

import polars as pl
from django.db import connection

from guomen.journeys import collecting
from guomen.journeys.clearance import deciding, storing
from guomen.journeys.clearance.deciding import Decided
from guomen.journeys.clearance.storing import BusyError, Lodged, Lodgement
from guomen.journeys.gather import Row
from guomen.journeys.second import Ahead, Second, here
from guomen.supervision.declarations import operations

# Lines that are decided together, outside any lock.
BATCH = 4_000
# Lines that one transaction stores: as many as keep others waiting for about so many seconds.
# Half of the first to four times as many, by what was measured.
CHUNK = 200
HELD = 0.04
# Seconds in which a turn is had where nobody else writes.
_ALONE = 0.002
# Batches that the second process has before it, so that it never waits; and those that may be
# decided and not stored yet.
_AHEAD, _MOST = 2, 5


@contextmanager
def beside(lines: int) -> Iterator[Second | None]:
    """
    Start the second process while about so many lines are still being read; None where none pays.

    It takes as long to start as a large file takes to be read and checked.
    """
    # What an open transaction wrote is not there for another process.
    if lines <= BATCH or (os.cpu_count() or 1) == 1 or connection.in_atomic_block:
        yield None
        return
    with Second(connection.settings_dict) as second:
        second.begin()
        yield second


def lodge_many(
    lines: pl.DataFrame, *, how: Lodgement, work: bool = False, second: Second | None = None
) -> Iterator[Lodged]:
    """
    Rule on the parsed lines of many declarations; yield what each stored chunk became.

    ``lines`` is what :func:`guomen.journeys.intake.parse` returned; a column ``received_at`` may
    give each line its own moment, otherwise it is ``how.at``. Each chunk is stored whole or not at
    all. Goods that stand on two declarations of a batch are decided one after the other. ``work``
    says whether the work that rulings ask for is opened at once, ``second`` is what :func:`beside`
    started; a long file without one starts its own.
    """
    if "received_at" not in lines.columns:
        lines = lines.with_columns(received_at=pl.lit(how.at, dtype=pl.Datetime("us", "UTC")))
    writer = _Writer(how=how, work=work)
    with collecting.seldom():
        for rows, decided in _decided(lines, how=how, second=second):
            yield from writer.store(rows, decided)


def _batches(lines: pl.DataFrame) -> Iterator[list[Row]]:
    """Cut lines into batches with references, the lines of a declaration together."""
    # In a file the lines of a declaration may stand far apart.
    ordered = (
        lines.with_row_index("place")
        .with_columns(pl.col("place").first().over("enterprise", "declaration"))
        .sort("place", maintain_order=True)
        .rename(storing.OWN_NAMES)
    )
    places, start = ordered["place"].to_numpy(), 0
    while start < ordered.height:
        end = min(start + BATCH, ordered.height)
        while end < ordered.height and places[end] == places[end - 1]:
            end += 1
        yield storing.with_references(ordered[start:end].drop("place").to_dicts())
        start = end


def _decided(
    lines: pl.DataFrame, *, how: Lodgement, second: Second | None
) -> Iterator[tuple[list[Row], Decided]]:
    """Yield each batch with its decision, made ahead by a second process where that pays."""
    batches = _batches(lines)
    with ExitStack() as stack:
        second = second or stack.enter_context(beside(lines.height))
        # A transaction may have been opened since the process was started.
        if second is None or connection.in_atomic_block:
            yield from ((rows, _decide(rows, how.agency)) for rows in batches)
        else:
            yield from _decided_ahead(batches, second, agency=how.agency)


def _decided_ahead(
    batches: Iterator[list[Row]], second: Second, *, agency: str
) -> Iterator[tuple[list[Row], Decided]]:
    ahead: deque[tuple[list[Row], Ahead[Decided]]] = deque()
    # The other one may still be starting; the first batch is decided here meanwhile.
    first = next(batches, [])
    for rows in islice(batches, _AHEAD):
        ahead.append((rows, second.give(_decide_trimmed, rows, agency)))
    if first:
        yield first, _decide(first, agency)
    while ahead:
        # Nor is it waited for later: what comes after its batches is decided here too.
        while not ahead[0][1].done() and len(ahead) < _MOST and (rows := next(batches, [])):
            ahead.append((rows, here(_decide(rows, agency))))
        rows, given = ahead.popleft()
        decided = given.result()
        if following := next(batches, []):
            ahead.append((following, second.give(_decide_trimmed, following, agency)))
        yield rows, decided


def _decide(rows: list[Row], agency: str) -> Decided:
    return deciding.decide(list(map(storing.as_taken, rows)), default_agency=agency)


def _decide_trimmed(rows: list[Row], agency: str) -> Decided:
    """Decide, and return of the lines only what is stored: less to send."""
    decided = _decide(rows, agency)
    kept = [{name: row[name] for name in storing.STORED} for row in decided.rows]
    return replace(decided, rows=kept)


class _Writer:
    """Stores decided batches, and knows what it stored itself."""

    def __init__(self, *, how: Lodgement, work: bool) -> None:
        self.work = work
        self.how, self.own, self.size = how, deciding.Own(), CHUNK

    def store(self, rows: list[Row], decided: Decided) -> Iterator[Lodged]:
        """Store a batch by chunks; what moved meanwhile is decided again."""
        waiting, attempts = rows, 0
        while True:
            again = set(decided.postponed)
            for chunk in decided.without_postponed().chunks(lambda: self.size):
                try:
                    yield self._store(chunk)
                except operations.StateMovedError:
                    again.update(line.declaration for line in chunk.lines)
            left = [row for row in waiting if row["declaration_reference"] in again]
            attempts = attempts + 1 if len(left) == len(waiting) else 0
            if not left:
                return
            if attempts >= storing.ATTEMPTS:
                raise BusyError(
                    "results kept arriving for these goods; send the rest of the file again"
                )
            waiting = left
            decided = _decide(waiting, self.how.agency)

    def _store(self, chunk: Decided) -> Lodged:
        stored = storing.store(chunk, how=self.how, own=self.own, work=self.work)
        # Who had to wait for its turn is not alone: the next one waits half as long for this one.
        most = HELD / 2 if stored.waited > _ALONE else HELD
        # One slow flush is not a trend: never more than twice, nor less than half of the last one.
        change = min(2.0, max(0.5, most / stored.held))
        self.size = min(4 * CHUNK, max(CHUNK // 2, round(len(chunk.lines) * change), 1))
        return stored
