"""
What happens to a line after its first ruling, short of a result: a new ruling on newer facts.

``supply`` fills what a held line lacks, ``amend`` changes what was declared, ``redecide`` reads the
registers again, ``withdraw`` takes a line back. Every one of them appends; nothing is edited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.lifecycle import MoveRefusedError
from guomen.core.severity import Outcome
from guomen.journeys import intake, lineage, work_orders
from guomen.journeys.clearance import deciding
from guomen.journeys.clearance.lodging import IntakeRefusedError
from guomen.journeys.clearance.storing import BusyError, Lodgement
from guomen.journeys.gather import Row
from guomen.supervision.declarations import operations
from guomen.supervision.declarations.lifecycle import LINE, OPEN, LineMove, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import operations as ledger

AMENDMENT = "declaration.amended"
WITHDRAWAL = "declaration.withdrawn"
_ATTEMPTS = 5

# What a declarant may change on a line; anything else is a new declaration.
AMENDABLE = (
    "goods",
    "hs_code",
    "origin",
    "destination",
    "consignor",
    "site",
    "quantity",
    "unit",
    "units_in_lot",
    "value_cny",
    "produced_on",
    "documents",
    "transport_document",
    "container",
    "seal",
    "lot",
)


class NoSuchLineError(GuomenError):
    """There is no such line among those that may be seen."""

    code: ClassVar[str] = "clearance.no-such-line"


class LineClosedError(GuomenError):
    """The line is past the point where it may be changed."""

    code: ClassVar[str] = "clearance.line-closed"


class LineMovedError(LineClosedError):
    """The line is not the one that was looked at: somebody else changed it meanwhile."""

    code: ClassVar[str] = "clearance.line-moved"


class NotAmendableError(GuomenError):
    """That may not be changed on a lodged line."""

    code: ClassVar[str] = "clearance.not-amendable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redecided:
    """A line's outcome before and after a new ruling."""

    line: str
    before: Outcome
    after: Outcome


def supply(
    line: str, facts: Mapping[str, Any], *, how: Lodgement, version: int | None = None
) -> Redecided:
    """
    Fill in what was not declared, and rule again at once.

    :raises NotAmendableError: if a value is declared already, or may not be changed
    :raises LineClosedError, LineMovedError, NoSuchLineError, IntakeRefusedError: as :func:`amend`
    """
    require = _at_version(version, _require_empty)
    return _amend({line: facts}, how=how, require=require)[0]


def amend(
    line: str, changes: Mapping[str, Any], *, how: Lodgement, version: int | None = None
) -> Redecided:
    """
    Change what was declared on an open line and rule again.

    The draw stays; the chance may only grow; a check that was announced stays announced.

    :param version: of the line that was looked at, where that matters.
    :raises LineMovedError: if it is not of this version any more
    :raises NotAmendableError: if a column may not be changed, or more quantity is declared
    :raises LineClosedError: if the line is no longer open
    :raises NoSuchLineError: if there is no such line
    :raises IntakeRefusedError: if a new value is bad
    """
    require = _at_version(version, _require_no_more)
    return _amend({line: changes}, how=how, require=require)[0]


def amend_many(changes: Mapping[str, Mapping[str, Any]], *, how: Lodgement) -> list[Redecided]:
    """
    Change several lines, each as :func:`amend` does, and rule on them together.

    :raises NotAmendableError, LineClosedError, NoSuchLineError, IntakeRefusedError: as there; lines
        that were ruled on before the bad one stay so
    """
    return _amend(changes, how=how, require=_require_no_more) if changes else []


# Asked of the line on which the new ruling is made: another change may have come in between.
Requirement = Callable[[Line, Mapping[str, Any]], None]


def _at_version(version: int | None, also: Requirement) -> Requirement:
    """Require that a line is the one that was looked at."""

    def required(row: Line, values: Mapping[str, Any]) -> None:
        require_version(row, version)
        also(row, values)

    return required


def require_version(row: Line, version: int | None) -> None:
    """
    Require, of a locked line, that it is the one that was looked at.

    :raises LineMovedError: if it is not
    """
    if version is not None and row.version != version:
        raise LineMovedError(
            f"line {row.reference} was changed by somebody else meanwhile; look at it again",
            line=row.reference,
        )


def _amend(
    changes: Mapping[str, Mapping[str, Any]], *, how: Lodgement, require: Requirement
) -> list[Redecided]:
    locked = [name for change in changes.values() for name in change if name not in AMENDABLE]
    if locked:
        raise NotAmendableError(
            f"{', '.join(locked)} cannot be changed; withdraw the line and declare anew",
            columns=locked,
        )
    values: dict[str, dict[str, Any]] = {}
    drafts: dict[str, ledger.Draft] = {}
    for row in _lines(list(changes)):
        _require_open(row)
        values[row.reference] = typed = _parsed(row, changes[row.reference], how=how)
        said = {name: _plain(value) for name, value in typed.items()}
        body = {"line": row.reference, "changes": said}
        drafts[row.reference] = ledger.Draft(kind=AMENDMENT, subject=row.reference, body=body)
    change = _Change(drafts=drafts, values=values, require=require)
    return _redecide(list(changes), how=how, change=change)


def redecide(
    lines: Sequence[str], *, how: Lodgement, states: Sequence[LineState] = OPEN
) -> list[Redecided]:
    """
    Rule again on lines with what the registers say now; only on lines in one of ``states``.

    :raises LineClosedError: if one of them stands elsewhere
    """
    return _redecide(list(lines), how=how, states=states)


def waiting_for(*, enterprise: str | None = None) -> list[str]:
    """Return the held lines whose missing facts may have arrived, oldest first."""
    rows = Line.objects.filter(state=LineState.HELD)
    if enterprise is not None:
        rows = rows.filter(enterprise=enterprise)
    return list(rows.order_by("held_since").values_list("reference", flat=True))


def withdraw(line: str, *, reason: str, how: Lodgement, version: int | None = None) -> None:
    """
    Take a line back before it is released; one with a check due leaves an owed check behind.

    :param version: of the line that was looked at, where that matters.
    :raises LineClosedError: if the line can no longer be taken back
    :raises LineMovedError: if it is not of this version any more
    :raises NoSuchLineError: if there is no such line
    """
    withdraw_many([line], reason=reason, how=how, version=version)


def withdraw_many(
    lines: Sequence[str], *, reason: str, how: Lodgement, version: int | None = None
) -> None:
    """
    Take lines back, each as :func:`withdraw` does; all or none.

    :raises LineClosedError, LineMovedError, NoSuchLineError: as there
    """
    if not lines:
        return
    drafts = [
        ledger.Draft(kind=WITHDRAWAL, subject=line, body={"line": line, "reason": reason})
        for line in lines
    ]
    with transaction.atomic():
        ledger.append(drafts, at=how.at, by=how.by)
        rows = {row.reference: row for row in operations.locked_lines(lines)}
        for line in lines:
            if line not in rows:
                raise _no_such_line(line)
            require_version(rows[line], version)
            _take_back(rows[line], how=how)
    work_orders.open_for(lines, at=how.at)


def _take_back(row: Line, *, how: Lodgement) -> None:
    try:
        row.state = LINE.after(LineState(row.state), LineMove.WITHDRAW).value
    except MoveRefusedError as error:
        raise _closed(row) from error
    row.version += 1
    for name, value in deciding.NO_HOLD.items():
        setattr(row, name, value)
    row.save()
    if operations.check_due(row):
        operations.owe(row, reason="withdrawn", at=how.at)
        operations.bump(row)


def _lines(references: Sequence[str]) -> list[Line]:
    """Return stored lines with their declarations, in the order of their references."""
    rows = list(
        Line.objects.select_related("declaration", "agency")
        .filter(reference__in=references)
        .order_by("reference")
    )
    absent = set(references) - {row.reference for row in rows}
    if absent:
        raise _no_such_line(", ".join(sorted(absent)))
    return rows


def _require_empty(row: Line, values: Mapping[str, Any]) -> None:
    given = [name for name in values if getattr(row, name) not in (None, "")]
    if given:
        raise NotAmendableError(
            f"{', '.join(given)} was declared already; amend the line instead", columns=given
        )


def _require_no_more(row: Line, values: Mapping[str, Any]) -> None:
    before, quantity = row.quantity, values.get("quantity", row.quantity)
    # What is blanked today could be supplied tomorrow as more.
    if before is not None and (quantity is None or quantity > before):
        raise NotAmendableError(
            "a declared quantity is only ever lowered; more goods are a new line: declare the "
            "extra quantity separately",
            columns=["quantity"],
        )


def _no_such_line(reference: str) -> NoSuchLineError:
    return NoSuchLineError(
        f"there is no line {reference}; look at the number on the declaration", line=reference
    )


def _require_open(row: Line, states: Sequence[LineState] = OPEN) -> None:
    if LineState(row.state) not in states:
        raise _closed(row)


def _closed(row: Line) -> LineClosedError:
    return LineClosedError(
        f"line {row.reference} is {row.state}; it can no longer be changed",
        line=row.reference,
        state=row.state,
    )


def _plain(value: Any) -> Any:
    return str(value) if value is not None and not isinstance(value, str | int | bool) else value


def _parsed(row: Line, changes: Mapping[str, Any], *, how: Lodgement) -> dict[str, Any]:
    """Return the new values of a line, checked as at the door."""
    cells = _cells(row) | dict(changes)
    day = deciding.local_day(how.at, row.agency.zone)
    taken = intake.take([cells], today=day)
    if taken.problems:
        raise IntakeRefusedError(taken.problems)
    typed = taken.lines[0]
    return {name: typed[name] for name in changes}


def _cells(row: Line) -> dict[str, Any]:
    declaration = row.declaration
    own = {
        "declaration": declaration.own_number,
        "direction": declaration.direction,
        "enterprise": declaration.enterprise_number,
        "agent": declaration.agent,
        "port": declaration.port,
        "transport": declaration.transport,
        "transit_via": declaration.transit_via,
        "line": row.number,
    }
    return own | {name: getattr(row, name) for name in AMENDABLE}


def _rows(
    lines: Sequence[Line], changes: Mapping[str, Mapping[str, Any]], *, at: datetime
) -> list[Row]:
    """Return stored lines as decisions take them, with changes applied."""
    cells = [_cells(line) | dict(changes.get(line.reference, {})) for line in lines]
    # What was taken once is not judged at the door again.
    typed = intake.take(cells, today=date.max).lines
    return [
        row
        | _past(line)
        | {"number": line.number, "own_number": row["declaration"], "received_at": at}
        for row, line in zip(typed, lines, strict=True)
    ]


def _past(row: Line) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "declaration_reference": row.declaration.reference,
        "handled_by": row.agency.code,
        "earlier_chance_ppm": row.largest_chance_ppm,
        "earlier_outcome": row.floor_outcome,
        "raised_outcome": row.raised_outcome,
        "settled_rules": row.settled_rules or None,
        "lodged_at": row.received_at,
        "root": row.root,
        "draw_day": row.draw_day,
        "draw_agency": row.draw_agency,
        "draw_anchor": row.draw_anchor,
        "draw_counter": row.draw_counter,
        "u": row.u,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What is recorded before a new ruling, and the new declared values, both by line."""

    drafts: Mapping[str, ledger.Draft] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    require: Requirement | None = None


def _redecide(
    references: list[str],
    *,
    how: Lodgement,
    change: _Change | None = None,
    states: Sequence[LineState] = OPEN,
) -> list[Redecided]:
    change, waiting, attempts = change or _Change(), list(references), 0
    done: list[Redecided] = []
    while waiting and attempts < _ATTEMPTS:
        rows = _lines(waiting)
        for row in rows:
            _require_open(row, states)
            if change.require is not None:
                change.require(row, change.values[row.reference])
        decided = deciding.decide(_rows(rows, change.values, at=how.at), default_agency=how.agency)
        ready = decided.without_postponed()
        try:
            stored = _store(ready, rows, how=how, change=change)
        except operations.StateMovedError:
            attempts += 1
            continue
        done += stored
        # The same goods on another declaration are ruled on after these.
        waiting = [r for r in waiting if r not in {one.line for one in stored}]
    if waiting:
        raise BusyError("results kept arriving for these goods; try again in a moment")
    work_orders.open_for(references, at=how.at)
    return done


def _store(
    decided: deciding.Decided, read: Sequence[Line], *, how: Lodgement, change: _Change
) -> list[Redecided]:
    drafts = [
        change.drafts[one.reference] for one in decided.lines if one.reference in change.drafts
    ]
    prepared = deciding.prepare(decided, at=how.at, by=how.by, before=drafts)
    versions = {row.reference: row.version for row in read}
    results = []
    with transaction.atomic():
        places = deciding.append(decided, prepared, at=how.at, before=len(drafts))
        rows = {
            r.reference: r for r in operations.locked_lines([o.reference for o in decided.lines])
        }
        for line in decided.lines:
            row = rows[line.reference]
            if row.version != versions[line.reference]:
                raise operations.StateMovedError("the line was changed meanwhile", line=row.pk)
            before = Outcome(row.outcome)
            for name, value in change.values.get(line.reference, {}).items():
                setattr(row, name, "" if value is None and name == "goods" else value)
            project(row, line, seq=places[line.reference])
            results.append(Redecided(line=line.reference, before=before, after=line.outcome))
    return results


def project(row: Line, line: deciding.DecidedLine, *, seq: int) -> None:
    """Write a new ruling's projection onto a locked line; an old hold keeps its beginning."""
    since, deadline = row.held_since, row.hold_deadline
    for name, value in line.projection.items():
        setattr(row, name, value)
    if line.outcome is Outcome.HOLD and since is not None:
        row.held_since, row.hold_deadline = since, deadline
    row.state = deciding.state_after(LineState(row.state), line.outcome).value
    row.hs6 = (row.hs_code or "")[:6]
    row.marks = lineage.marks({name: getattr(row, name) for name in lineage.MARK_COLUMNS})
    row.floor_outcome = deciding.floor_of(row.floor_outcome, line.outcome)
    row.ruling_seq = seq
    row.rulings += 1
    row.version += 1
    row.save()
