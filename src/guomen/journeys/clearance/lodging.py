"""Lodging declarations: one at a time from a desk, or many from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any, ClassVar

import polars as pl
from django.db import IntegrityError

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.journeys import holders, intake, rulings
from guomen.journeys.clearance import deciding
from guomen.journeys.clearance.storing import Lodged, Lodgement, Sent
from guomen.journeys.clearance.together import COUNTER, Waiting
from guomen.journeys.gather import Row
from guomen.supervision.declarations import queries
from guomen.supervision.declarations.lifecycle import LINE, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.editions.queries import edition
from guomen.supervision.ledger import queries as ledger


class IntakeRefusedError(GuomenError):
    """A declaration cannot be taken as it is; ``problems`` says where and why."""

    code: ClassVar[str] = "clearance.intake-refused"

    def __init__(self, problems: Sequence[intake.Problem]) -> None:
        """Keep every problem."""
        super().__init__(
            f"{len(problems)} cells must be corrected before this declaration can be taken"
        )
        self.problems = tuple(problems)


class RequestReusedError(GuomenError):
    """A request key came again with another content."""

    code: ClassVar[str] = "clearance.request-reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgedLine:
    """One line as its first ruling left it."""

    reference: str
    number: int
    outcome: Outcome
    state: LineState
    hold_deadline: datetime | None
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsLodged:
    """A declaration as it was answered when it was lodged."""

    reference: str
    own_number: str
    received_at: datetime
    lines: tuple[LodgedLine, ...]


def as_lodged(done: Lodged) -> AsLodged:
    """Return the declaration of one request as it was answered, also when it is asked again."""
    reference = done.declarations[0]
    own_number, received_at = done.declared or queries.declared(reference)
    return AsLodged(
        reference=reference,
        own_number=own_number,
        received_at=received_at,
        lines=tuple(_as_ruled(name, done, at=received_at) for name in done.outcomes),
    )


def _as_ruled(name: str, done: Lodged, *, at: datetime) -> LodgedLine:
    seq, body = done.rulings.get(name, (None, None))
    held = done.outcomes[name] is Outcome.HOLD and body is not None
    return LodgedLine(
        reference=name,
        number=int(name.rpartition("/")[2]),
        outcome=done.outcomes[name],
        state=deciding.state_after(LINE.start, done.outcomes[name]),
        hold_deadline=deciding.hold_deadline(rulings.day_of(body), at) if held and body else None,
        seq=seq,
    )


def lodge(
    rows: Sequence[Mapping[str, Any]], *, how: Lodgement, request_key: str | None = None
) -> Lodged:
    """
    Take one declaration, rule on every line, and store both, or nothing.

    A request key that comes again with the same content returns the first answer and changes
    nothing.

    :raises IntakeRefusedError: if a cell is bad, or the declaration was lodged before
    :raises RequestReusedError: if the request key was used for another content
    """
    digest = hashlib.sha256(canonical.dumps([dict(row) for row in rows]).encode()).hexdigest()
    if request_key is not None and (known := _answered(how.by, request_key, digest)):
        return known
    taken = intake.take(rows, today=_today(how))
    if taken.problems or not taken.lines:
        raise IntakeRefusedError(taken.problems or (_EMPTY,))
    _refuse_several(taken.lines)
    _refuse_doubles(taken.lines)
    sent = Sent(how=how, key=request_key, digest=digest)
    lines = [line | {"received_at": how.at} for line in taken.lines]
    try:
        return COUNTER.take(Waiting(lines=lines, sent=sent, owner=_owner(lines[0])))
    except IntegrityError:
        # Two requests with the same key or number at the same moment: the first one counts.
        if request_key is not None and (known := _answered(how.by, request_key, digest)):
            return known
        _refuse_doubles(taken.lines)
        raise


_EMPTY = intake.Problem(
    row=0,
    column="line",
    value="",
    says=Text(zh="没有任何货物行，请至少填一行", en="There is no line; declare at least one"),
)


def _refuse_several(lines: Sequence[Row]) -> None:
    """Refuse rows of another declaration than the first row's."""
    first = _owner(lines[0])
    others = {_owner(line): line for line in reversed(lines) if _owner(line) != first}
    if others:
        raise IntakeRefusedError(
            [
                intake.Problem(
                    row=row[intake.ROW],
                    column="declaration",
                    value=row["declaration"],
                    says=_ONE_AT_A_TIME,
                )
                for row in sorted(others.values(), key=itemgetter(intake.ROW))
            ]
        )


def _owner(line: Row) -> tuple[str, str]:
    return line["enterprise"], line["declaration"]


_ONE_AT_A_TIME = Text(
    zh="一次只能申报一张报检单；多张请用文件",
    en="One declaration is lodged at a time; send several as a file",
)


def _today(how: Lodgement) -> date:
    return deciding.local_day(how.at, holders.AGENCIES.at(edition())[how.agency].zone)


def _answered(scope: str, key: str, digest: str) -> Lodged | None:
    known = queries.answered(scope, key)
    if known is None:
        return None
    if known[0] != digest:
        raise RequestReusedError(
            "this request key was used for another declaration; use a new key", key=key
        )
    lines = Line.objects.filter(declaration__reference=known[1]).order_by("number")
    outcomes = {r: Outcome(o) for r, o in lines.values_list("reference", "outcome")}
    first = ledger.first(rulings.KIND, list(outcomes))
    made = {line: (e.seq, e.body) for line, e in first.items() if e.body is not None}
    for line, (_, body) in made.items():
        outcomes[line] = rulings.outcome_of(body)
    return Lodged(declarations=(known[1],), outcomes=outcomes, rulings=made, repeated=True)


def _refuse_doubles(lines: Sequence[Row]) -> None:
    problems = _doubles([(line[intake.ROW], *_owner(line)) for line in lines])
    if problems:
        raise IntakeRefusedError(problems)


_TWICE = Text(
    zh="这个企业内部编号已经申报过；要修改请用“修改”，新的货物请换一个编号",
    en="Your number was lodged before; amend that declaration, or give new goods a new number",
)


def doubles(lines: pl.DataFrame) -> list[intake.Problem]:
    """Return a problem for every row whose declaration was lodged before."""
    return _doubles(lines.select(intake.ROW, "enterprise", "declaration").rows())


def _doubles(rest: Sequence[tuple[int, str, str]]) -> list[intake.Problem]:
    taken = _taken(list(dict.fromkeys((number, own) for _, number, own in rest)))
    return [
        intake.Problem(row=row, column="declaration", value=own, says=_TWICE)
        for row, number, own in rest
        if (number, own) in taken
    ]


def _taken(named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which (enterprise, own number) are lodged, or stand here under two names of one."""
    found: set[tuple[str, str]] = set()
    written: dict[tuple[str, str], str] = {}
    now = edition()
    for start in range(0, len(named), _PAIRS):
        part = named[start : start + _PAIRS]
        # One enterprise may be named by its credit code here and by its reference there.
        known = holders.NUMBERS.at(now, {number for number, _ in part})
        names = {number: (known[number] or [number])[-1] for number, _ in part}
        pairs = {(name, own) for number, own in part for name in (number, names[number])}
        lodged = queries.own_numbers_taken(pairs)
        for number, own in part:
            party = names[number], own
            again = written.setdefault(party, number) != number
            if again or party in lodged or (number, own) in lodged:
                found.add((number, own))
    return found


# Far below the number of parameters that SQLite takes in one statement.
_PAIRS = 5_000
