"""
Results come back: what the check of a line showed, and what that means for the next one.

The contract that inspection fills: performed or not, conform or not or unknown. Results are
appended in ledger order; continuous sampling is a fold over them, a correction being one more
finding at its own place, so that a late result moves only later lines. A selected check that was
not carried out is owed to the next line of the same kind.

``record_outcomes`` is the door for results that somebody types or sends as a file: papers alone.
Goods that are opened or tested end by their work order and their laboratory; what those came to
enters by ``conclude``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar

from django.db import transaction

from guomen.core import frequency
from guomen.core.errors import GuomenError
from guomen.core.frequency import ContinuousPlan, ContinuousState, Finding, Phase, PlanKind
from guomen.core.severity import Outcome
from guomen.journeys.clearance import deciding
from guomen.journeys.clearance.later import NoSuchLineError
from guomen.rulebooks.frequency import continuous_plan
from guomen.supervision.declarations import operations, queries
from guomen.supervision.declarations.lifecycle import (
    AWAITING_RESULT,
    LINE,
    LineMove,
    LineState,
)
from guomen.supervision.declarations.models import Line, SamplingState
from guomen.supervision.declarations.queries import GoodsKey
from guomen.supervision.inspections import queries as inspections
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties import queries as parties
from guomen.supervision.samples import queries as samples

KIND = "outcome"

_MOVES = {Finding.CONFORM: LineMove.RELEASE, Finding.NONCONFORM: LineMove.FAIL}


class NotAwaitingResultError(GuomenError):
    """The line does not wait for a result."""

    code: ClassVar[str] = "clearance.not-awaiting-result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    What the check of one line showed; ``reason`` says why a check was not carried out.

    ``conditional`` lets conforming goods go on conditions that are still to be met.
    """

    line: str
    performed: bool
    finding: Finding = Finding.UNKNOWN
    reason: str = ""
    conditional: bool = False

    def __post_init__(self) -> None:
        """
        Refuse a result that contradicts itself.

        :raises NotAwaitingResultError: if a check that was not performed is said to show something
        """
        if not self.performed and self.finding is not Finding.UNKNOWN:
            raise NotAwaitingResultError(
                f"line {self.line}: a check that was not performed shows nothing; "
                "leave the finding unknown",
                line=self.line,
            )


class ResultOfChainError(GuomenError):
    """
    Goods that are opened or tested do not end by a result that somebody writes down.

    ``lines`` names each, in the order given, with where its result belongs: a reference of a work
    order, or none where the laboratory has the goods.
    """

    code: ClassVar[str] = "clearance.result-of-chain"

    def __init__(self, lines: Mapping[str, str | None]) -> None:
        """Keep every line, and say where the result of the first belongs."""
        line, order = next(iter(lines.items()))
        where = (
            f"answer work order {order}"
            if order
            else "what was found belongs to its work order, what was measured to the bench"
        )
        more = f" ({len(lines) - 1} more lines likewise)" if len(lines) > 1 else ""
        super().__init__(
            f"line {line} is opened or tested, so a result written down by itself cannot end it: "
            f"{where}{more}; nothing was recorded",
            lines=dict(lines),
        )
        self.lines = MappingProxyType(dict(lines))


def record_outcome(result: Result, *, at: datetime, by: str) -> None:
    """
    Record the result of the papers of one line.

    :raises NotAwaitingResultError: if the line does not wait for a result
    :raises NoSuchLineError: if there is no such line
    :raises ResultOfChainError: if the goods are opened or tested
    """
    record_outcomes([result], at=at, by=by)


def record_outcomes(results: Iterable[Result], *, at: datetime, by: str) -> None:
    """
    Record results of papers in the order given, all or none.

    :raises NotAwaitingResultError, NoSuchLineError: as :func:`record_outcome`
    :raises ResultOfChainError: naming every line whose goods are opened or tested
    """
    listed = list(results)
    with transaction.atomic():
        conclude(listed, at=at, by=by)
        # Looked at under the locks: no order is opened on these lines meanwhile.
        _require_papers([result.line for result in listed])
        _require_looked_at(listed)


def conclude(results: Iterable[Result], *, at: datetime, by: str) -> None:
    """
    Record what inspection and laboratory came to, in the order given, all or none.

    Nothing is asked of the evidence here: who calls this has it, on order and bench.

    :raises NotAwaitingResultError, NoSuchLineError: as :func:`record_outcome`
    """
    listed = list(results)
    if not listed:
        return
    groups = _groups(listed, at=at)
    drafts = [ledger.Draft(kind=KIND, subject=r.line, body=_body(r)) for r in listed]
    prepared = ledger.prepare(drafts, at=at, by=by)
    with transaction.atomic():
        appended = ledger.append(prepared)
        rows = {row.reference: row for row in operations.locked_lines([r.line for r in listed])}
        states = operations.locked_states({_goods_key(row) for row in rows.values()})
        checked = queries.checked_lines(rows)
        for result in listed:
            if result.line not in rows:
                raise NoSuchLineError(f"there is no line {result.line}", line=result.line)
            row = rows[result.line]
            # By what was ruled, not where the line stands: a correction comes when it is closed.
            opened = Outcome(row.outcome) in deciding.FLOORS
            _move(row, result, checked=result.line in checked)
            _fold(
                states[_goods_key(row)],
                result.finding,
                plan=_plan(row, groups) if opened else None,
            )
            if not result.performed and operations.check_due(row):
                operations.owe(row, reason=result.reason or "not_performed", at=at)
        operations.store_results(
            [
                {"line_id": rows[r.line].pk, "seq": seq, "at": at, "by": by, **_body(r)}
                for r, seq in zip(listed, appended.seqs, strict=True)
            ]
        )
        operations.save_moves(rows.values())
        operations.save_states(states.values())


def _require_papers(references: Sequence[str]) -> None:
    """
    See that of some lines the papers alone were to be checked.

    :raises ResultOfChainError: naming the lines of which that is not so
    """
    rows = dict(Line.objects.filter(reference__in=references).values_list("reference", "outcome"))
    orders = inspections.opening(rows)
    tested = samples.tested_lines(rows)
    refused = {
        line: orders.get(line)
        for line in references
        if line in orders or line in tested or Outcome(rows[line]) in deciding.FLOORS
    }
    if refused:
        raise ResultOfChainError(refused)


def _require_looked_at(results: Sequence[Result]) -> None:
    """
    See that papers are not let go unread: a check of papers is owed to nobody.

    :raises NotAwaitingResultError: naming the first line of which that is not so
    """
    for result in results:
        if not result.performed:
            raise NotAwaitingResultError(
                f"the papers of line {result.line} are always checked: say what they showed; "
                "nothing was recorded",
                line=result.line,
            )


def _goods_key(row: Line) -> GoodsKey:
    return row.enterprise, row.hs6, row.direction


def _plan(row: Line, groups: Mapping[str, str]) -> ContinuousPlan | None:
    group = groups.get(row.hs_code or "")
    return continuous_plan(group, row.direction) if group else None


def _body(result: Result) -> dict[str, object]:
    return {
        "finding": result.finding.value,
        "performed": result.performed,
        "reason": result.reason,
    }


def _groups(results: Sequence[Result], *, at: datetime) -> dict[str, str]:
    lines = Line.objects.filter(reference__in=[r.line for r in results])
    codes = [code for code in lines.values_list("hs_code", flat=True).distinct() if code]
    return parties.commodity_groups(codes, on=deciding.local_day(at, "Asia/Shanghai"), known=at)


def _move(row: Line, result: Result, *, checked: bool) -> None:
    """
    Move a line by its result; an unknown finding leaves it where it stands.

    A line that was checked and closed takes a further result as a correction.
    """
    state = LineState(row.state)
    if state not in AWAITING_RESULT and not (checked and state in _CLOSED and result.performed):
        raise NotAwaitingResultError(
            f"line {row.reference} is {row.state}; a result is recorded while a check is due, "
            "or as the correction of an earlier one",
            line=row.reference,
            state=row.state,
        )
    # A check that is owed instead of done lets the goods go on; the next line carries it.
    move = _MOVES.get(result.finding) if result.performed else LineMove.RELEASE
    if move is LineMove.RELEASE and result.conditional:
        move = LineMove.RELEASE_CONDITIONALLY
    # The correction of a closed line may say again what is known.
    if move is None or (state in _CLOSED and _CLOSED[state] is move):
        return
    row.state = LINE.after(state, move).value
    row.version += 1


_CLOSED = {LineState.RELEASED: LineMove.RELEASE, LineState.NONCONFORMING: LineMove.FAIL}


def _fold(state: SamplingState, finding: Finding, *, plan: ContinuousPlan | None) -> None:
    """Fold one finding into a locked state, in place."""
    # Papers alone say nothing of what is inside, and goods without a plan have no phase.
    if plan is None:
        state.version += 1
        return
    if state.kind != plan.kind.value:
        state.kind, state.phase, state.run = plan.kind.value, Phase.SCREENING.value, 0
    moved = frequency.after(
        ContinuousState(
            kind=PlanKind(state.kind),
            phase=Phase(state.phase),
            run=state.run,
            version=state.version,
        ),
        finding,
        plan=plan,
    )
    state.phase, state.run, state.version = moved.phase.value, moved.run, moved.version
