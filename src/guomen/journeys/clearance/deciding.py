"""
Deciding a batch of lines: gather, draw, admit, encode; then one transaction that stores it.

Everything slow happens outside the write lock. Inside, the states that were read are confirmed:
if a result or another line moved one of them, nothing is stored and the batch is decided again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from guomen.core import explain
from guomen.core.rules import Rule
from guomen.core.ruling import Answer
from guomen.core.severity import BY_SEVERITY, SEVERITY, Outcome
from guomen.journeys import drawing, rulings
from guomen.journeys.gather import DRAW_COLUMNS, STATE_COLUMNS, Gathered, gather
from guomen.rulebooks import calendar
from guomen.rulebooks.book import engine
from guomen.rulebooks.holds import HOLD_WORKING_DAYS
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LINE, MOVE_FOR, LineState
from guomen.supervision.ledger import operations as ledger

# What an amendment may not undo by itself once the declarant knows of it.
FLOORS = (Outcome.INSPECT, Outcome.INSPECT_AND_SAMPLE)
MAINLAND = "mainland"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedLine:
    """The ruling on one line, and the projection of it that the line keeps."""

    reference: str
    declaration: str
    agency: str
    enterprise: str
    outcome: Outcome
    body: str
    projection: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decided batch that is not stored yet."""

    lines: tuple[DecidedLine, ...]
    versions: Mapping[tuple[str, str, str], int]
    claims: Mapping[str, int]
    postponed: frozenset[str]
    frame: pl.DataFrame

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
            frame=self.frame.filter(~pl.col("declaration_reference").is_in(list(self.postponed))),
        )


def with_state_columns(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of state and draw that lines without a past leave empty."""
    fresh = {
        **{name: (dtype, default) for name, (dtype, default) in STATE_COLUMNS.items()},
        **{name: (dtype, None) for name, dtype in DRAW_COLUMNS.items()},
    }
    return lines.with_columns(
        pl.lit(default, dtype=dtype).alias(name)
        for name, (dtype, default) in fresh.items()
        if name not in lines.columns
    )


def decide(lines: pl.DataFrame, *, default_agency: str) -> Decided:
    """
    Decide lines; nothing is written.

    ``lines`` has the columns of the intake and those that :func:`gather` names.
    """
    gathered = gather(with_state_columns(lines), default_agency=default_agency)
    drawn = drawing.assign(gathered.lines)
    facts = gathered.facts.with_columns(drawn.frame["root"])
    found, matches = engine().admit(facts, orders=gathered.orders, draws=drawn.u)
    met = rulings.matched(matches, gathered.orders, facts.height)
    texts = rulings.bodies(
        rulings.encode_facts(facts),
        rulings.encode_draws(drawn.frame),
        rulings.encode_rulings(engine(), found, days=facts["on"].to_list(), met=met),
    )
    return Decided(
        lines=tuple(_decided_lines(gathered, facts, drawn.frame, found, texts, met)),
        versions=gathered.versions,
        claims=gathered.claims,
        postponed=gathered.postponed,
        frame=gathered.lines,
    )


def _decided_lines(
    gathered: Gathered,
    facts: pl.DataFrame,
    draws: pl.DataFrame,
    found: pl.DataFrame,
    texts: Sequence[str],
    met: Sequence[tuple[list[str], list[str]]],
) -> list[DecidedLine]:
    names = [f"answers_{i}" for i in range(engine().words)]
    words = found.select(names).rows()
    keys = gathered.lines.select("reference", "declaration_reference", "agency", "enterprise")
    settled = gathered.lines["settled_rules"].to_list()
    rows = zip(
        keys.rows(),
        found.select("outcome", "selected", "chance_ppm").rows(),
        words,
        draws.rows(named=True),
        texts,
        settled,
        facts["received_at"],
        facts["earlier_chance_ppm"],
        strict=True,
    )
    memo: dict[tuple[int, ...], tuple[tuple[Rule, Answer], ...]] = {}
    lines = []
    for place, (key, ruled, word, draw, text, lifted, at, earlier) in enumerate(rows):
        outcome = BY_SEVERITY[ruled[0]]
        if lifted:
            decisive = explain.decisive_rules(engine().book, word, settled=lifted)
        else:
            decisive = memo.get(word) or memo.setdefault(
                word, explain.decisive_rules(engine().book, word)
            )
        projection: dict[str, Any] = {
            "outcome": outcome.value,
            "selected": ruled[1],
            "chance_ppm": ruled[2],
            "largest_chance_ppm": max(ruled[2], earlier),
            "decided_at": at,
            "reasons": [rule.id for rule, _ in decisive] + met[place][0] + met[place][1],
            **draw,
        }
        projection |= (
            _hold(word, facts.row(place, named=True), lifted or (), at)
            if outcome is Outcome.HOLD
            else NO_HOLD
        )
        lines.append(
            DecidedLine(
                reference=key[0],
                declaration=key[1],
                agency=key[2],
                enterprise=key[3],
                outcome=outcome,
                body=text,
                projection=projection,
            )
        )
    return lines


NO_HOLD: Mapping[str, Any] = {
    "missing": [],
    "held_since": None,
    "held_for": None,
    "hold_deadline": None,
}


def _hold(
    words: Sequence[int], facts: Mapping[str, Any], settled: Sequence[str], at: datetime
) -> dict[str, Any]:
    """Return what a held line waits for, for whom, and until when."""
    missing = explain.missing(engine().book, words, facts, settled=settled)
    days = HOLD_WORKING_DAYS.on(facts["on"]).value
    return {
        "missing": [fact.name for fact in missing],
        "held_since": at,
        "held_for": missing[0].supplier.value if missing else "bureau",
        "hold_deadline": calendar.deadline(
            at, working_days=days, calendar=MAINLAND, zone="Asia/Shanghai"
        ),
    }


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
    decided: Decided, *, at: datetime, by: str, before: Sequence[ledger.Draft] = ()
) -> ledger.Prepared:
    """Make the ledger entries of a batch ready, before any lock is taken."""
    drafts = [*before] + [
        ledger.Draft(kind=rulings.KIND, subject=line.reference, body=line.body)
        for line in decided.lines
    ]
    return ledger.prepare(drafts, at=at, by=by)


def append(
    decided: Decided, prepared: ledger.Prepared, *, at: datetime, before: int = 0
) -> Mapping[str, int]:
    """
    Write the rulings to the ledger in the caller's transaction; return their places by line.

    ``before`` counts the entries that were prepared ahead of the rulings. The ledger's lock comes
    first: it orders all writers, so the states confirmed after it stay.

    :raises guomen.supervision.declarations.operations.StateMovedError: if a state moved
    """
    appended = ledger.append(prepared)
    declarations.confirm_versions(decided.versions)
    declarations.claim_owed(decided.claims, at=at)
    seqs = appended.seqs[before:]
    return {line.reference: seq for line, seq in zip(decided.lines, seqs, strict=True)}
