"""
What would become of a consignment, asked before it is filed: a ruling that nobody stores.

The same gathering and the same engine as the gate, without ledger, draw or plan of the day: what
comes back are the rules of admission, in the words that a trader may read. Nothing is written, no
owed check is claimed, no control order and no chance is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guomen.core import explain
from guomen.core.explain import Missing
from guomen.core.matching import OrderSet
from guomen.core.ruling import Answer, Gate, Reason
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.journeys import intake
from guomen.journeys.clearance.lodging import IntakeRefusedError
from guomen.journeys.gather import gather
from guomen.rulebooks import access
from guomen.rulebooks.book import BOOK, engine

_REFERENCE = "PRE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One rule of admission that was asked: how it stands and what would make it hold."""

    reason: Reason
    stands: str
    supplies: tuple[tuple[str, access.Supply], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One planned line: what stands in its way, what it lacks, what is in order."""

    line: int
    goods: str
    code: str
    stops: tuple[Demand, ...]
    unknown: tuple[Demand, ...]
    checks: tuple[Demand, ...]
    holds: tuple[Demand, ...]
    missing: tuple[Missing, ...]

    @property
    def clear(self) -> bool:
        """Tell whether nothing of admission would hold or refuse the line."""
        return not self.stops and not self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was asked, as of when, and the answer for every line."""

    at: datetime
    lines: tuple[Checked, ...]


def check(rows: Sequence[Mapping[str, Any]], *, at: datetime, agency: str) -> Answered:
    """
    Ask every rule of admission about planned lines; nothing is stored.

    :raises guomen.journeys.clearance.lodging.IntakeRefusedError: if a cell is bad
    """
    parsed = intake.parse(intake.rows_frame(rows), today=at.date())
    if parsed.problems or parsed.lines.is_empty():
        raise IntakeRefusedError(parsed.problems or (_EMPTY,))
    ready = [
        row
        | {
            "reference": f"{_REFERENCE}/{row['line']}",
            "declaration_reference": _REFERENCE,
            "number": row["line"],
            "received_at": at,
            "own_number": row["declaration"],
        }
        for row in parsed.lines.to_dicts()
    ]
    gathered = gather(ready, default_agency=agency)
    found, _ = engine().admit(gathered.facts, orders=OrderSet(()), draws=None)
    words = found.select(f"answers_{i}" for i in range(engine().words)).rows()
    return Answered(
        at=at,
        lines=tuple(
            _checked(row, word) for row, word in zip(gathered.facts.to_dicts(), words, strict=True)
        ),
    )


_EMPTY = intake.Problem(
    row=0, column="line", value="", says=Text(zh="请至少填一行货物", en="Give at least one line")
)


def _checked(row: Mapping[str, Any], words: Sequence[int]) -> Checked:
    gate = next(view for view in explain.gates(BOOK, words, row) if view.gate is Gate.ADMISSION)
    demands = [_demand(reason) for reason in gate.reasons if not reason.trial]
    by = {
        stands: tuple(d for d in demands if d.stands == stands)
        for stands in ("missing", "depends", "checked", "met")
    }
    return Checked(
        line=int(row["line"].rpartition("/")[2]),
        goods=row.get("goods") or "",
        code=row["hs_code"] or "",
        stops=by["missing"],
        unknown=by["depends"],
        checks=by["checked"],
        holds=by["met"],
        missing=explain.missing(BOOK, words, row),
    )


_STOPS = frozenset({Outcome.HOLD, Outcome.REFUSE})


def _stands(reason: Reason) -> str:
    """Word an answer; a rule that asks for a check and no more stands in nobody's way."""
    if reason.answer is Answer.HOLDS:
        return "met"
    if reason.outcome in _STOPS:
        return "missing" if reason.answer is Answer.FAILS else "depends"
    return "checked" if reason.outcome is not None else "met"


def _demand(reason: Reason) -> Demand:
    requires = BOOK.by_id[reason.rule].requires
    names = access.facts_required(requires) if requires else ()
    return Demand(
        reason=reason,
        stands=_stands(reason),
        supplies=tuple((name, access.SUPPLIES[name]) for name in names),
    )
