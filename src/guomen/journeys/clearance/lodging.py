"""Lodging declarations: one at a time from a desk, or many from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, ClassVar

import polars as pl
from django.db import IntegrityError, connections, router, transaction

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.journeys import holders, intake, rulings, work_orders
from guomen.journeys.clearance import deciding
from guomen.journeys.clearance.deciding import Decided, DecidedLine
from guomen.journeys.gather import Row
from guomen.supervision import bulk
from guomen.supervision.declarations import operations, queries
from guomen.supervision.declarations.lifecycle import LINE, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.editions.queries import edition
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties.codes import reference

ATTEMPTS = 5


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


class BusyError(GuomenError):
    """Results kept arriving for the same goods; nothing was stored."""

    code: ClassVar[str] = "clearance.busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged:
    """
    What became of lodged lines: the declarations, the outcome of each line, and its ruling.

    ``rulings`` holds the place in the ledger and the body of each ruling made when the lines were
    lodged; one that was erased since is absent. A repeated request is answered with these, whatever
    became of the lines later.
    """

    declarations: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    rulings: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    # The own number and the moment of receipt of a single declaration that was taken just now.
    declared: tuple[str, datetime] | None = None
    repeated: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodgement:
    """When, by whom and where something is lodged."""

    at: datetime
    by: str
    agency: str


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
    lines = with_references([line | {"received_at": how.at} for line in taken.lines])
    try:
        stored = _store_until_settled(lines, how=how, request=(request_key, digest))
    except IntegrityError:
        # Two requests with the same key or number at the same moment: the first one counts.
        if request_key is not None and (known := _answered(how.by, request_key, digest)):
            return known
        _refuse_doubles(taken.lines)
        raise
    _open_work(stored, at=how.at)
    return stored


def _open_work(stored: Lodged, *, at: datetime) -> None:
    """Open what the rulings ask for; what is lost when the machine stops the next sweep opens."""
    asking = [
        line for line, (_, body) in stored.rulings.items() if work_orders.wanted_by(body).checks
    ]
    if asking:
        connection = connections[router.db_for_write(Line)]
        with bulk.one_writer(connection), bulk.flushed_later(connection):
            work_orders.open_for(asking, at=at)


_EMPTY = intake.Problem(
    row=0,
    column="line",
    value="",
    says=Text(zh="没有任何货物行,请至少填一行", en="There is no line; declare at least one"),
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
    zh="一次只能申报一张报检单;多张请用文件",
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
    zh="这个企业内部编号已经申报过;要修改请用“修改”,新的货物请换一个编号",
    en="Your number was lodged before; amend that declaration, or give new goods a new number",
)


def doubles(lines: pl.DataFrame) -> list[intake.Problem]:
    """Return a problem for every row whose declaration was lodged before."""
    return _doubles(lines.select(intake.ROW, "enterprise", "declaration").rows())


def _doubles(rest: Sequence[tuple[int, str, str]]) -> list[intake.Problem]:
    found: list[intake.Problem] = []
    written: dict[tuple[str, str], str] = {}
    now = edition()
    for start in range(0, len(rest), _PAIRS):
        rows = rest[start : start + _PAIRS]
        # One enterprise may be named by its credit code here and by its reference there.
        known = holders.NUMBERS.at(now, {number for _, number, _ in rows})
        names = {number: (known[number] or [number])[-1] for _, number, _ in rows}
        pairs = {(name, own) for _, n, own in rows for name in (n, names[n])}
        taken = queries.own_numbers_taken(pairs)
        for row, number, own in rows:
            party = names[number], own
            again = written.setdefault(party, number) != number
            if again or party in taken or (number, own) in taken:
                found.append(intake.Problem(row=row, column="declaration", value=own, says=_TWICE))
    return found


# Far below the number of parameters that SQLite takes in one statement.
_PAIRS = 5_000


def with_references(lines: Iterable[Row]) -> list[Row]:
    """
    Return lines with the public references of their declarations and their own.

    Each has ``received_at``; the trader's own number moves to ``own_number``.
    """
    declarations: dict[tuple[str, str], list[Row]] = {}
    for line in lines:
        named = {_RENAMED.get(name, name): value for name, value in line.items()}
        declarations.setdefault((named["enterprise"], named["own_number"]), []).append(named)
    years = [group[0]["received_at"].astimezone(UTC).year for group in declarations.values()]
    numbers = {
        year: iter(operations.reserve(f"DEC-{year}", years.count(year)))
        for year in sorted(set(years))
    }
    for year, group in zip(years, declarations.values(), strict=True):
        given = reference(f"DEC-{year}", next(numbers[year]))
        for line in group:
            line["declaration_reference"] = given
            line["reference"] = f"{given}/{line['number']}"
    return [line for group in declarations.values() for line in group]


_RENAMED = {"declaration": "own_number", "line": "number"}


def as_taken(row: Row) -> Row:
    """Return a row as it came, for a decision that fills it in."""
    return dict(row)


def _store_until_settled(
    lines: Sequence[Row], *, how: Lodgement, request: tuple[str | None, str]
) -> Lodged:
    for _ in range(ATTEMPTS):
        decided = deciding.decide(list(map(as_taken, lines)), default_agency=how.agency)
        try:
            return store(decided, how=how, request=request)
        except operations.StateMovedError:
            continue
    raise BusyError("results kept arriving for these goods; send the declaration again")


def store(
    decided: Decided,
    *,
    how: Lodgement,
    request: tuple[str | None, str] = (None, ""),
    own: deciding.Own | None = None,
) -> Lodged:
    """
    Store a decided batch, or nothing; ``own`` is what this writer stored since it was read.

    :raises guomen.supervision.declarations.operations.StateMovedError: if a state moved
    """
    prepared = deciding.prepare(decided, at=how.at, by=how.by)
    ids = holders.AGENCY_IDS.at(decided.edition)
    connection = connections[router.db_for_write(Line)]
    with bulk.one_writer(connection), transaction.atomic():
        places = deciding.append(decided, prepared, at=how.at, own=own)
        stored = operations.record(*_records(decided, places, ids=ids, by=how.by))
        key, digest = request
        if key is not None:
            operations.remember_request(
                scope=how.by,
                key=key,
                digest=digest,
                declaration=next(iter(stored.values())),
                at=how.at,
            )
    if own is not None:
        own.add(places.values(), decided)
    return Lodged(
        declarations=tuple(stored),
        outcomes={line.reference: line.outcome for line in decided.lines},
        rulings={line.reference: (places[line.reference], line.body) for line in decided.lines},
        declared=(decided.rows[0]["own_number"], decided.rows[0]["received_at"]),
    )


LINE_COLUMNS = (
    "reference",
    "number",
    "received_at",
    "direction",
    "enterprise",
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
    "hs6",
)
DECLARATION_COLUMNS = (
    "own_number",
    "enterprise",
    "enterprise_number",
    "agent",
    "direction",
    "port",
    "transport",
    "transit_via",
    "received_at",
)


# What of a line's facts is stored beside its ruling.
_BESIDE = ("declaration_reference", "goods", "marks", "goods_keys")
STORED = tuple(dict.fromkeys((*LINE_COLUMNS, *DECLARATION_COLUMNS, *_BESIDE)))


def _records(
    decided: Decided, places: Mapping[str, int], *, ids: Mapping[str, int], by: str
) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """Return the rows of the declarations, and of the lines by declaration."""
    declarations: dict[str, dict[str, Any]] = {}
    lines: dict[str, list[dict[str, Any]]] = {}
    for row, line in zip(decided.rows, decided.lines, strict=True):
        agency = ids[line.agency]
        declaration = declarations.get(line.declaration)
        if declaration is None:
            declaration = {name: row[name] for name in DECLARATION_COLUMNS} | {
                "reference": line.declaration,
                "agency_id": agency,
                "lodged_by": by,
                "lines_count": 0,
            }
            declarations[line.declaration] = declaration
            lines[line.declaration] = []
        declaration["lines_count"] += 1
        lines[line.declaration].append(_line(row, line, agency=agency, seq=places[line.reference]))
    return list(declarations.values()), lines


def _line(row: Row, line: DecidedLine, *, agency: int, seq: int) -> dict[str, Any]:
    return {
        **{name: row[name] for name in LINE_COLUMNS},
        "goods": row["goods"] or "",
        "agency_id": agency,
        "state": deciding.state_after(LINE.start, line.outcome).value,
        "marks": row["marks"],
        "ruling_seq": seq,
        "rulings": 1,
        "version": 1,
        "raised_outcome": "none",
        "settled_rules": [],
        "floor_outcome": deciding.floor_of("none", line.outcome),
        **line.projection,
    }
