"""
Deciding a batch of lines: gather, draw, admit, encode; then one transaction that stores it.

Everything slow happens outside the write lock. Inside, the states that were read are confirmed:
if a result or another line moved one of them, nothing is stored and the batch is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from guomen.core import explain
from guomen.core.controls import Order, unsure_facts
from guomen.core.matching import OrderSet
from guomen.core.severity import BY_SEVERITY, SEVERITY, Outcome
from guomen.journeys import drawing, lineage, rulings, work_orders
from guomen.journeys.gather import (
    DRAW_FIELDS,
    Gathered,
    Row,
    gather,
    orders_mark,
    standing_mark,
)
from guomen.journeys.work_orders import asks, wanted_by
from guomen.rulebooks import calendar
from guomen.rulebooks.book import engine
from guomen.rulebooks.holds import HOLD_WORKING_DAYS
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations import queries as lines
from guomen.supervision.declarations.lifecycle import LINE, MOVE_FOR, LineState
from guomen.supervision.editions.queries import Edition, edition
from guomen.supervision.ledger import operations as ledger

# What an amendment may not undo by itself once the declarant knows of it.
FLOORS = (Outcome.INSPECT, Outcome.INSPECT_AND_SAMPLE)
MAINLAND = "mainland"
ZONE = "Asia/Shanghai"


class DecidedLine(NamedTuple):
    """The ruling on one line, and the projection of it that the line keeps."""

    reference: str
    declaration: str
    agency: str
    enterprise: str
    outcome: Outcome
    body: str
    projection: Mapping[str, Any]
    # The work that the ruling asks for.
    wants: work_orders.Wanted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decided batch that is not stored yet."""

    lines: tuple[DecidedLine, ...]
    versions: Mapping[tuple[str, str, str], int]
    claims: Mapping[str, int]
    postponed: frozenset[str]
    rows: Sequence[Row]
    head: int
    orders_mark: object
    edition: Edition

    def without_postponed(self) -> Decided:
        """Leave out declarations that wait for another one of the batch."""
        if not self.postponed:
            return self
        kept = tuple(line for line in self.lines if line.declaration not in self.postponed)
        references = {line.reference for line in kept}
        return replace(
            self,
            lines=kept,
            claims={r: owed for r, owed in self.claims.items() if r in references},
            rows=[row for row in self.rows if row["reference"] in references],
        )

    def chunks(self, size: Callable[[], int]) -> Iterator[Decided]:
        """Cut into parts of about so many lines as is said each time, never in a declaration."""
        start = 0
        for end in range(1, len(self.lines) + 1):
            last = end == len(self.lines)
            if last or (
                end - start >= size()
                and self.lines[end].declaration != self.lines[end - 1].declaration
            ):
                yield self._part(start, end)
                start = end

    def _part(self, start: int, end: int) -> Decided:
        lines, rows = self.lines[start:end], self.rows[start:end]
        references = {line.reference for line in lines}
        keys = {(row["enterprise"], row["hs6"], row["direction"]) for row in rows}
        return replace(
            self,
            lines=lines,
            rows=rows,
            versions={key: self.versions[key] for key in keys},
            claims={r: owed for r, owed in self.claims.items() if r in references},
        )


def decide(rows: list[Row], *, default_agency: str) -> Decided:
    """
    Decide lines, given as :func:`guomen.journeys.gather.gather` takes them; nothing is written.
    """
    gathered = gather(rows, default_agency=default_agency)
    draws = drawing.assign(gathered.rows, gathered.edition)
    roots = pl.Series("root", [row["root"] for row in gathered.rows], dtype=pl.String)
    facts = gathered.facts.clone()
    facts.replace_column(facts.get_column_index("root"), roots)
    found, matches = engine().admit(facts, orders=gathered.orders, draws=draws)
    met = rulings.matched(matches, gathered.orders, facts.height)
    texts = rulings.bodies(
        rulings.encode_facts(facts),
        rulings.encode_draws(gathered.rows),
        rulings.encode_rulings(engine(), found, facts=facts, met=met),
    )
    lines = tuple(_decided_lines(gathered, found, texts, met))
    # Goods that are refused are not opened: what they would have carried stays open.
    refused = {line.reference for line in lines if line.outcome is Outcome.REFUSE}
    return Decided(
        lines=lines,
        versions=gathered.versions,
        claims={r: owed for r, owed in gathered.claims.items() if r not in refused},
        postponed=gathered.postponed,
        rows=gathered.rows,
        head=gathered.head,
        orders_mark=gathered.orders_mark,
        edition=gathered.edition,
    )


def _decided_lines(
    gathered: Gathered,
    found: pl.DataFrame,
    texts: Sequence[str],
    met: Sequence[rulings.Met],
) -> Iterator[DecidedLine]:
    words = rulings.rows_of(found, [f"answers_{i}" for i in range(engine().words)])
    ruled = rulings.rows_of(found, ("outcome", "selected", "chance_ppm"))
    for row, word, (severity, selected, chance), text, orders in zip(
        gathered.rows, words, ruled, texts, met, strict=True
    ):
        settled = tuple(row["settled_rules"] or ())
        decisive = explain.decisive_rules(engine().book, word, settled=settled)
        outcome = BY_SEVERITY[severity]
        projection: dict[str, Any] = {
            "outcome": outcome.value,
            "selected": selected,
            "chance_ppm": chance,
            "largest_chance_ppm": max(chance, row["earlier_chance_ppm"]),
            "decided_at": row["received_at"],
            "reasons": [*(rule.id for rule, _ in decisive), *orders[0], *orders[1]],
            **{name: row[name] for name in DRAW_FIELDS},
            **NO_HOLD,
        }
        if outcome is Outcome.HOLD:
            unsure = unsure_facts(_told_of(row, orders[1], gathered.orders), row)
            projection |= _hold(row, word, settled, unsure)
        yield DecidedLine(
            reference=row["reference"],
            declaration=row["declaration_reference"],
            agency=row["agency"],
            enterprise=row["enterprise"],
            outcome=outcome,
            body=text,
            projection=projection,
            wants=wanted_by(text) if asks(outcome, word, settled) else None,
        )


NO_HOLD: Mapping[str, Any] = {
    "missing": [],
    "held_since": None,
    "held_for": None,
    "hold_deadline": None,
}


def _told_of(row: Row, references: Sequence[str], orders: OrderSet) -> Iterator[Order]:
    """Yield the orders that may match a line and of which its declarant may learn."""
    for reference in references:
        for order in orders.forms[reference]:
            if not order.confidential and order.binds(row["on"], row["received_at"]):
                yield order


def _hold(
    row: Row, words: tuple[int, ...], settled: tuple[str, ...], unsure: tuple[str, ...]
) -> dict[str, Any]:
    """Return what a held line waits for, for whom, and until when."""
    read = _read_by(words, settled)
    unknown = frozenset(name for name in read if row.get(name) is None).union(unsure)
    missing, held_for = _waiting(words, settled, unknown, unsure)
    return {
        "missing": list(missing),
        "held_since": row["received_at"],
        "held_for": held_for,
        "hold_deadline": hold_deadline(row["on"], row["received_at"]),
    }


# Many lines are held by the same rules for the same facts.
@lru_cache(maxsize=16_384)
def _read_by(words: tuple[int, ...], settled: tuple[str, ...]) -> frozenset[str]:
    decisive = explain.decisive_rules(engine().book, words, settled=settled)
    return frozenset(name for rule, _ in decisive for name in rule.reads)


@lru_cache(maxsize=16_384)
def _waiting(
    words: tuple[int, ...],
    settled: tuple[str, ...],
    unknown: frozenset[str],
    unsure: tuple[str, ...],
) -> tuple[tuple[str, ...], str]:
    """Return the facts that are missing and who can supply them, given which are unknown."""
    decisive = explain.decisive_rules(engine().book, words, settled=settled)
    facts = {name: None if name in unknown else True for name in _read_by(words, settled)}
    waits_for = explain.waits_for(decisive, facts, unsure=unsure)
    return tuple(explain.missing_facts(decisive, facts, unsure=unsure)), waits_for.value


@lru_cache(maxsize=4096)
def hold_deadline(on: date, at: datetime) -> datetime:
    """Return until when a line that is held from a moment on may wait."""
    return calendar.deadline(
        at, working_days=HOLD_WORKING_DAYS.on(on).value, calendar=MAINLAND, zone=ZONE
    )


def state_after(state: LineState, outcome: Outcome) -> LineState:
    """
    Return where a ruling takes a line.

    :raises guomen.core.lifecycle.MoveRefusedError: if the line is not open to it
    """
    return LINE.after(state, MOVE_FOR[outcome])


def floor_of(before: str, outcome: Outcome) -> str:
    """Return the outcome that an amendment may no longer lower."""
    known = [Outcome(before)] if before != "none" else []
    known += [outcome] if outcome in FLOORS else []
    return max(known, key=SEVERITY.__getitem__).value if known else "none"


def local_day(at: datetime, zone: str) -> date:
    """Return the day that it is in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def prepare(
    decided: Decided,
    *,
    at: datetime,
    by: str,
    before: Sequence[ledger.Draft] = (),
    authors: Mapping[str, tuple[datetime, str]] = MappingProxyType({}),
) -> ledger.Prepared:
    """
    Make the ledger entries of a batch ready, before any lock is taken.

    :param authors: moment and author by declaration, where they are not those of the batch.
    """
    drafts = [*before]
    for line in decided.lines:
        own_at, own_by = authors.get(line.declaration, (None, None))
        drafts.append(
            ledger.Draft(
                kind=rulings.KIND, subject=line.reference, body=line.body, at=own_at, by=own_by
            )
        )
    return ledger.prepare(drafts, at=at, by=by)


class Own:
    """
    What one writer stored itself: its places in the ledger, and the goods stored there.

    And what it read of others meanwhile, so that each chunk reads only what is new since the last;
    that is as much as others lodge while one file is stored.
    """

    def __init__(self) -> None:
        """Begin with nothing stored and nothing read."""
        self._ranges: list[tuple[int, int]] = []
        self._goods: dict[lineage.Key, tuple[int, str]] = {}
        self._foreign: dict[lineage.Key, tuple[int, str]] = {}
        # Everything of others after the first of these places, up to the second, is among them.
        self._read = (0, 0)

    def add(self, places: Collection[int], decided: Decided) -> None:
        """Note that a batch was stored, at places that follow one another."""
        first, last = min(places), max(places)
        if self._ranges and self._ranges[-1][1] == first - 1:
            first = self._ranges.pop()[0]
        self._ranges.append((first, last))
        for row in decided.rows:
            for key in row["goods_keys"]:
                self._goods[key] = last, row["declaration_reference"]

    def between(self, head: int, first: int) -> list[tuple[int, int]]:
        """Return the places after ``head`` and before ``first`` that this writer filled."""
        found = [(max(a, head + 1), min(b, first - 1)) for a, b in self._ranges if b > head]
        return [(a, b) for a, b in found if a <= b]

    def read(self, head: int, first: int) -> None:
        """Read what others ruled on after ``head`` and before ``first``, as far as it is not."""
        begin, end = self._read
        if head < begin or not end:
            begin = end = head
        newer = lines.ruled_since(end, but=self.between(end, first))
        for place, declaration, keys in sorted(newer):
            self._foreign.update(dict.fromkeys(keys, (place, declaration)))
        self._read = begin, first - 1

    def moved(self, key: lineage.Key, declaration: str, *, head: int) -> bool:
        """Tell whether the same goods were stored or read on another declaration since a place."""
        return any(
            last > head and other != declaration
            for last, other in (self._goods.get(key, _NOWHERE), self._foreign.get(key, _NOWHERE))
        )


_NOWHERE = 0, ""


def append(
    decided: Decided,
    prepared: ledger.Prepared,
    *,
    at: datetime,
    before: int = 0,
    own: Own | None = None,
) -> Mapping[str, int]:
    """
    Write the rulings to the ledger in the caller's transaction; return their places by line.

    ``before`` counts the entries that were prepared ahead of the rulings. The ledger's lock comes
    first: it orders all writers, so the states confirmed after it stay. ``own`` is what a
    writer of many batches stored, and read of others, since this one was read.

    :raises guomen.supervision.declarations.operations.StateMovedError: if a state moved
    """
    appended = ledger.append(prepared)
    if appended.first != decided.head + 1:
        if own is None:
            _confirm_alone(decided)
        else:
            _confirm_unmoved(decided, own, first=appended.first)
    declarations.confirm_versions(decided.versions)
    declarations.claim_owed(decided.claims, at=at)
    seqs = appended.seqs[before:]
    return {line.reference: seq for line, seq in zip(decided.lines, seqs, strict=True)}


def _confirm_unmoved(decided: Decided, own: Own, *, first: int) -> None:
    """
    See that nothing was issued, moved or ruled on that the batch should have read.

    By marks, not by moments: two writers may bear the same one.

    :raises guomen.supervision.declarations.operations.StateMovedError: if one was
    """
    written = own.between(decided.head, first)
    # Nobody else wrote where all of the places between are this writer's.
    if sum(b - a + 1 for a, b in written) != first - decided.head - 1:
        _confirm_marks(decided)
        own.read(decided.head, first)
    for row in decided.rows:
        for key in row["goods_keys"]:
            if own.moved(key, row["declaration_reference"], head=decided.head):
                raise _same_goods(row["declaration_reference"])


def _confirm_alone(decided: Decided) -> None:
    """See the same for a batch whose writer stores nothing else; no more is read than it names."""
    _confirm_marks(decided)
    mine = {line.declaration for line in decided.lines}
    keys = {key for row in decided.rows for key in row["goods_keys"]}
    parties = {row["enterprise"] for row in decided.rows}
    for _, declaration, newer in lines.ruled_since(decided.head, among=parties):
        if declaration not in mine and not keys.isdisjoint(newer):
            raise _same_goods(declaration)


def _confirm_marks(decided: Decided) -> None:
    now = edition()
    if orders_mark(now) != decided.orders_mark:
        raise declarations.StateMovedError("control orders changed while this was being decided")
    if standing_mark(now) != standing_mark(decided.edition):
        raise declarations.StateMovedError("a register changed while this was being decided")


def _same_goods(declaration: str) -> declarations.StateMovedError:
    return declarations.StateMovedError(
        "the same goods were declared while this was being decided", by=declaration
    )
