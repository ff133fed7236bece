"""
Declarations that arrive at the same moment are decided and stored together.

Most of what one declaration costs is the same for ten: the queries of a gather, the start of each
frame, the flush of a commit. Threads that lodge therefore queue at one counter: whoever finds it
free carries out everything that waits, in one batch and one transaction, while the next ones
queue. A batch that cannot be stored as a whole is carried out one by one, so that nobody pays for
a neighbour's mistake; one alone takes the same way as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import Error, connections, router

from guomen.core.errors import GuomenError
from guomen.journeys.clearance import deciding, storing
from guomen.journeys.clearance.storing import ATTEMPTS, BusyError, Lodged, Sent
from guomen.journeys.gather import Row
from guomen.supervision.declarations import operations
from guomen.supervision.declarations.models import Line

# Declarations that one transaction stores.
MOST = 16


@dataclass(slots=True, kw_only=True, eq=False)
class Waiting:
    """One declaration at the counter, and what became of it."""

    lines: Sequence[Row]
    sent: Sent
    owner: tuple[str, str]
    served: bool = False
    lodged: Lodged | None = None


class Counter:
    """Where declarations of one process queue."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._changed = threading.Condition()
        self._queue: list[Waiting] = []
        self._busy = False
        self._by: int | None = None

    def take(self, one: Waiting) -> Lodged:
        """
        Decide and store a declaration, with those that wait beside it.

        :raises guomen.journeys.clearance.storing.BusyError: if results kept arriving for its goods
        :raises django.db.IntegrityError: if its number or request key was used meanwhile
        """
        open_already = connections[router.db_for_write(Line)].in_atomic_block
        # What an open transaction of the caller wrote belongs to nobody else's batch, and whoever
        # carries out a batch cannot wait for itself.
        if not open_already and self._by != threading.get_ident():
            self._queue_up(one)
        return one.lodged or _alone(one)

    def _queue_up(self, one: Waiting) -> None:
        with self._changed:
            self._queue.append(one)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: one.served or not self._busy)
                if one.served:
                    return
                self._busy, self._by = True, threading.get_ident()
                batch = self._next()
            try:
                _carry_out(batch)
            finally:
                with self._changed:
                    for other in batch:
                        other.served = True
                    self._busy, self._by = False, None
                    self._changed.notify_all()

    def _next(self) -> list[Waiting]:
        """Take from the queue what one batch may hold: one agency, each own number once."""
        agency = self._queue[0].sent.how.agency
        chosen: dict[tuple[str, str], Waiting] = {}
        for one in self._queue:
            if one.sent.how.agency == agency and len(chosen) < MOST:
                chosen.setdefault(one.owner, one)
        batch = list(chosen.values())
        self._queue = [one for one in self._queue if one not in batch]
        return batch


COUNTER = Counter()


def _carry_out(batch: Sequence[Waiting]) -> None:
    """Carry out a batch; what is left without an answer is carried out alone."""
    try:
        if len(batch) == 1:
            batch[0].lodged = _alone(batch[0])
        else:
            _together(batch)
    except (GuomenError, Error):
        # Whatever it was, each meets its own error when it is carried out alone.
        return


def _alone(one: Waiting) -> Lodged:
    lines = storing.with_references(map(storing.named, one.lines), take=storing.NUMBERS.take)
    for _ in range(ATTEMPTS):
        decided = deciding.decide(
            list(map(storing.as_taken, lines)), default_agency=one.sent.how.agency
        )
        try:
            lodged = storing.store(
                decided,
                how=one.sent.how,
                sent={decided.lines[0].declaration: one.sent},
            )
        except operations.StateMovedError:
            continue
        first = decided.rows[0]
        return replace(lodged, declared=(first["own_number"], first["received_at"]))
    raise BusyError("results kept arriving for these goods; send the declaration again")


def _together(batch: Sequence[Waiting]) -> None:
    lines = storing.with_references(
        [storing.named(line) for one in batch for line in one.lines], take=storing.NUMBERS.take
    )
    decided = deciding.decide(lines, default_agency=batch[0].sent.how.agency).without_postponed()
    owners = {(row["enterprise_number"], row["own_number"]): row for row in decided.rows}
    of = {
        row["declaration_reference"]: one
        for one in batch
        if (row := owners.get(one.owner)) is not None
    }
    if not of:
        return
    latest = max((one.sent.how for one in of.values()), key=lambda how: how.at)
    sent = {reference: one.sent for reference, one in of.items()}
    stored = storing.store(decided, how=latest, sent=sent)
    for reference, one in of.items():
        row = owners[one.owner]
        one.lodged = Lodged(
            declarations=(reference,),
            outcomes={n: o for n, o in stored.outcomes.items() if _of(n) == reference},
            rulings={n: r for n, r in stored.rulings.items() if _of(n) == reference},
            declared=(row["own_number"], row["received_at"]),
        )


def _of(line: str) -> str:
    """Return the declaration of a line, by their references."""
    return line.rpartition("/")[0]
