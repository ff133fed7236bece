"""
Storing decided declarations: rulings in the ledger, rows beside them, requests, work to be done.

One transaction stores a batch whole or not at all, whether one person sent it or several.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import DatabaseError, connections, router, transaction

from guomen.core.errors import GuomenError
from guomen.core.severity import Outcome
from guomen.journeys import holders, work_orders
from guomen.journeys.clearance import deciding
from guomen.journeys.clearance.deciding import Decided, DecidedLine
from guomen.journeys.gather import Row
from guomen.supervision import bulk
from guomen.supervision.declarations import operations, queries
from guomen.supervision.declarations.lifecycle import LINE
from guomen.supervision.declarations.models import Line
from guomen.supervision.parties.codes import reference

ATTEMPTS = 5
# Of declarations and work orders that this process stores.
NUMBERS = operations.Stock()


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
    # Seconds that other writers waited while this was stored, and that it waited for its turn on
    # SQLite; on PostgreSQL the wait for the ledger's lock is in the first of them.
    held: float = 0.0
    waited: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodgement:
    """When, by whom and where something is lodged."""

    at: datetime
    by: str
    agency: str


def with_references(
    lines: Iterable[Row], *, take: Callable[[str, int], Iterable[int]] = operations.reserve
) -> list[Row]:
    """
    Return lines with the public references of their declarations and their own.

    Each has ``received_at``, and is named as :func:`named` does; it is written into. ``take`` gives
    so many numbers of a kind.
    """
    declarations: dict[tuple[str, str], list[Row]] = {}
    for line in lines:
        declarations.setdefault((line["enterprise"], line["own_number"]), []).append(line)
    years = [group[0]["received_at"].astimezone(UTC).year for group in declarations.values()]
    numbers = {year: iter(take(f"DEC-{year}", years.count(year))) for year in sorted(set(years))}
    for year, group in zip(years, declarations.values(), strict=True):
        given = reference(f"DEC-{year}", next(numbers[year]))
        for line in group:
            line["declaration_reference"] = given
            line["reference"] = f"{given}/{line['number']}"
    return [line for group in declarations.values() for line in group]


#: The trader's own numbers: the names of the intake are those of public references here.
OWN_NAMES = {"declaration": "own_number", "line": "number"}


def named(line: Row) -> Row:
    """Return a line of the intake with the trader's own numbers under their names."""
    return {OWN_NAMES.get(name, name): value for name, value in line.items()}


def as_taken(row: Row) -> Row:
    """Return a row as it came, for a decision that fills it in."""
    return dict(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Who sent one declaration and when, and the request that it came by."""

    how: Lodgement
    key: str | None = None
    digest: str = ""


def store(
    decided: Decided,
    *,
    how: Lodgement,
    sent: Mapping[str, Sent] = MappingProxyType({}),
    own: deciding.Own | None = None,
    work: bool = True,
) -> Lodged:
    """
    Store a decided batch, or nothing.

    :param sent: by declaration, where a batch holds those of several senders.
    :param own: what a writer of many batches stored, and read of others, since this one was read.
    :param work: whether the work that the rulings ask for is opened.
    :raises guomen.supervision.declarations.operations.StateMovedError: if a state moved
    """
    authors = {reference: (one.how.at, one.how.by) for reference, one in sent.items()}
    prepared = deciding.prepare(decided, at=how.at, by=how.by, authors=authors)
    ids = holders.AGENCY_IDS.at(decided.edition)
    by = {reference: one.how.by for reference, one in sent.items()}
    wants = {line.reference: line.wants for line in decided.lines if work and line.wants}
    count = sum(len(want.checks) for want in wants.values())
    orders = work_orders.names_of(
        how.at, NUMBERS.take(work_orders.kind_of_number(how.at), count) if count else ()
    )
    connection = connections[router.db_for_write(Line)]
    asked = time.perf_counter()
    with bulk.one_writer(connection):
        began = time.perf_counter()
        with transaction.atomic():
            places = deciding.append(decided, prepared, at=how.at, own=own)
            stored = operations.record(*_records(decided, places, ids=ids, by=by, default=how.by))
            operations.remember_requests(
                (one.how.by, one.key, one.digest, stored[reference], one.how.at)
                for reference, one in sent.items()
                if one.key is not None
            )
            if wants:
                asking = _asking(decided, places, wants, ids=ids)
                work_orders.open_new(asking, names=orders, at=how.at)
        # What was stored stays stored: a stock that could not be filled is filled by who needs it.
        with suppress(DatabaseError):
            NUMBERS.fill_up()
        held = time.perf_counter() - began
    if own is not None:
        own.add(places.values(), decided)
    return Lodged(
        declarations=tuple(stored),
        outcomes={line.reference: line.outcome for line in decided.lines},
        rulings={line.reference: (places[line.reference], line.body) for line in decided.lines},
        held=held,
        waited=began - asked,
    )


def _asking(
    decided: Decided,
    places: Mapping[str, int],
    wants: Mapping[str, work_orders.Wanted],
    *,
    ids: Mapping[str, int],
) -> Iterator[work_orders.Asking]:
    """Yield the stored lines whose rulings ask for work."""
    keys = queries.line_ids(wants)
    offices = holders.AGENCIES.at(decided.edition)
    for row, line in zip(decided.rows, decided.lines, strict=True):
        want = wants.get(line.reference)
        if want is not None:
            yield work_orders.Asking(
                line_id=keys[line.reference],
                agency_id=ids[line.agency],
                zone=offices[line.agency].zone,
                direction=row["direction"],
                place=(row["site"], row["port"]),
                ruling_seq=places[line.reference],
                owed=line.reference in decided.claims,
                wants=want,
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
    decided: Decided,
    places: Mapping[str, int],
    *,
    ids: Mapping[str, int],
    by: Mapping[str, str],
    default: str,
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
                "lodged_by": by.get(line.declaration, default),
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
