"""
Everything that a decision knows, brought together: the one place that reads across mechanisms.

A fixed number of queries, whatever the number of lines; then look-ups in memory, every register
fact as of the line's own day and as known at its receipt. Lines are plain dictionaries on the way
and one typed facts frame at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from guomen.core import facts as schema
from guomen.core.frequency import Phase, PlanKind
from guomen.core.matching import OrderSet
from guomen.journeys import holders, lineage, refused_goods
from guomen.journeys.holders import UNREGISTERED, Holders, Scope, is_known
from guomen.journeys.intake import SELF, USCC_LENGTH
from guomen.journeys.registers import ALWAYS, AsOf, Dated, Facts, Kept, Prefixed, newest
from guomen.journeys.targeting import in_force
from guomen.rulebooks.frequency import continuous_plan
from guomen.supervision.agencies.queries import AgencyFacts
from guomen.supervision.classification import queries as classification
from guomen.supervision.classification.models import EnterpriseClass, ProductRisk
from guomen.supervision.controls import queries as controls
from guomen.supervision.controls.models import ControlOrder
from guomen.supervision.credit.models import BlacklistEntry, Rating
from guomen.supervision.declarations import queries as declarations
from guomen.supervision.declarations.queries import Earlier, GoodsKey
from guomen.supervision.editions.queries import Edition, edition
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.licences import queries as licences
from guomen.supervision.licences.models import (
    DesignatedPort,
    Licence,
    LicenceTerm,
    OriginAccess,
)
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.codes import reference_valid, uscc_valid
from guomen.supervision.parties.models import (
    Commodity,
    CommodityHazard,
    Hazard,
    Port,
    Registration,
)

Row = dict[str, Any]

# What a line has besides what was declared; the defaults of a line without a past.
STATE_DEFAULTS: Mapping[str, Any] = {
    "earlier_chance_ppm": 0,
    "earlier_outcome": "none",
    "raised_outcome": "none",
    "settled_rules": None,
    # When a line was first received, if this is not its first ruling.
    "lodged_at": None,
}
# The draw that a line already has; None until one is made for it.
DRAW_FIELDS = ("root", "draw_day", "draw_agency", "draw_anchor", "draw_counter", "u")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """
    The facts of a batch, and what else its decision rests on.

    ``facts`` is a facts frame; ``rows`` the same lines in the same order, with agency and parties
    resolved; ``versions`` the states that were read, by (enterprise, HS6, direction); ``claims``
    the owed check that a line carries, by line reference; ``postponed`` the declarations whose
    goods also stand on another declaration of this batch, to be decided after it; ``head`` the
    last entry of the ledger, ``edition`` the marks of the registers and ``orders_mark`` that of the
    orders when this was read.
    """

    facts: pl.DataFrame
    rows: list[Row]
    orders: OrderSet
    versions: Mapping[GoodsKey, int]
    claims: Mapping[str, int]
    postponed: frozenset[str]
    head: int
    orders_mark: object
    edition: Edition


def gather(rows: list[Row], *, default_agency: str) -> Gathered:
    """
    Return the facts of lodged lines.

    A row has the columns of the intake with ``reference``, ``declaration_reference``, ``number``
    and ``received_at``; a line with a past also has the fields of :data:`STATE_DEFAULTS` and
    :data:`DRAW_FIELDS`. Rows are filled in place.
    """
    # Before anything else is read: what is written from here on is looked for when storing.
    head = ledger.head()[1]
    now = edition()
    mark, orders = orders_mark(now), _ORDERS.at(now)
    fresh = {**STATE_DEFAULTS, **dict.fromkeys(DRAW_FIELDS)}
    for row in rows:
        for name, default in fresh.items():
            row.setdefault(name, default)
    _resolve(rows, now, default_agency=default_agency)
    _goods(rows, now)
    _holders(rows, now)
    in_force.fill(rows, now)
    versions, claims = _states(rows)
    postponed = _lineage(rows)
    refused_goods.fill(rows, now)
    return Gathered(
        facts=_facts_frame(rows),
        rows=rows,
        orders=orders,
        versions=versions,
        claims=claims,
        postponed=postponed,
        head=head,
        orders_mark=mark,
        edition=now,
    )


def orders_mark(now: Edition) -> object:
    """Return what changes whenever a control order does."""
    return now.of(ControlOrder) or controls.edition()


# Whose rows say what an enterprise and its goods may do; who writes one writes the ledger first.
_STANDING = (
    BlacklistEntry,
    DesignatedPort,
    EnterpriseClass,
    Licence,
    LicenceTerm,
    OriginAccess,
    ProductRisk,
    Rating,
    Registration,
)


def standing_mark(now: Edition) -> object:
    """Return what changes whenever a licence, a level, a class, an access or a register does."""
    return now.of(*_STANDING)


def _of_groups(frame: pl.DataFrame) -> tuple[Facts, Facts]:
    return Facts(frame, ["group"]), Facts(frame, ["group", "port"])


# Registers that every line is asked of; everything else is read for the parties of a batch.
_HAZARDS = Kept(
    CommodityHazard,
    Hazard,
    read=lambda: Prefixed(parties.commodity_hazards(window=ALWAYS), [], "hazard"),
)
_RISKS = Kept(
    ProductRisk, read=lambda: Prefixed(classification.product_risks(window=ALWAYS), [], "level")
)
_ACCESS = Kept(
    OriginAccess, read=lambda: Prefixed(licences.origin_access(window=ALWAYS), ["origin"], "access")
)
_DESIGNATED = Kept(
    DesignatedPort, Port, read=lambda: _of_groups(licences.designated_ports(window=ALWAYS))
)
_ORDERS = Kept(ControlOrder, read=controls.order_set)
_COMMODITIES = Dated(Commodity, read=parties.commodities_of)


def _given(rows: Iterable[Row], *names: str) -> set[str]:
    return {row[name] for row in rows for name in names if row[name] is not None}


def _registered(rows: Iterable[Row], *names: str) -> set[str]:
    """Return the references of known parties or sites."""
    return {v for v in _given(rows, *names) if not v.startswith(UNREGISTERED) and v != SELF}


def _resolve(rows: list[Row], now: Edition, *, default_agency: str) -> None:
    """Replace numbers by references, and find the agency that decides and its day."""
    for row in rows:
        # A line that is ruled on again names unknown parties as it stored them.
        for name in ("agent", "consignor", "site"):
            row[name] = row[name] and row[name].removeprefix(UNREGISTERED)
    references = holders.NUMBERS.at(now, _given(rows, "enterprise", "agent", "consignor"))
    sites = holders.SITES.at(now, _given(rows, "site"))
    ports = holders.PORTS.at(now)
    offices = holders.AGENCIES.at(now)
    zones = {code: ZoneInfo(a.zone) for code, a in offices.items()}

    @cache
    def day(agency: str, at: datetime) -> AsOf:
        return AsOf(at.astimezone(zones[agency]).date(), at)

    for row in rows:
        row["enterprise_number"] = row["enterprise"]
        for name in ("enterprise", "consignor"):
            row[name] = _known_as(row[name], references)
        row["agent"] = SELF if row["agent"] in (None, SELF) else _known_as(row["agent"], references)
        row["site"], row["site_kind"] = _site(row["site"], sites)
        row["hs6"] = (row["hs_code"] or "")[:6]
        row["agency"] = _office(row, ports.get(row["port"]), default_agency, offices)
        row["agency_path"] = offices[row["agency"]].path
        row["port_known"] = None if row["port"] is None else row["port"] in ports
        row["as_of"] = day(row["agency"], row["received_at"])
        row["on"] = row["as_of"].on


def _office(
    row: Row, watcher: str | None, lodged_at: str, offices: Mapping[str, AgencyFacts]
) -> str:
    """
    Return the office that handles a line.

    Imports go to the office of their port. Exports are inspected where they are made: they stay
    with the office that took the declaration, unless that is the seat over the port's office or a
    post under it. A line that is ruled on again stays where it is handled (``handled_by``).
    """
    taken = row.get("handled_by") or lodged_at
    if watcher is None:
        return taken
    own, there = offices[taken].path, offices[watcher].path
    apart = not own.startswith(there) and not there.startswith(own)
    return taken if apart and row["direction"] == "export" else watcher


def _known_as(number: str | None, references: Mapping[str, Sequence[str]]) -> str | None:
    """Return the reference behind a number, or the number marked as unregistered."""
    if number is None:
        return None
    found = references[number]
    return found[-1] if found else UNREGISTERED + number


def _site(
    number: str | None, sites: Mapping[str, Sequence[tuple[str, str]]]
) -> tuple[str | None, str | None]:
    if number is None:
        return None, None
    return sites[number][-1] if sites[number] else (UNREGISTERED + number, None)


def _goods(rows: list[Row], now: Edition) -> None:
    commodities = _COMMODITIES.at(now, _given(rows, "hs_code"))
    hazards, risks, origins = _HAZARDS.at(now), _RISKS.at(now), _ACCESS.at(now)
    watched, ports = _DESIGNATED.at(now)

    @cache
    def known(as_of: AsOf, code: str | None) -> dict[str, Any]:
        found = newest(commodities[code], as_of) if code else None
        risk = risks.longest(as_of, code or "")
        group, letters, unit, listed = found or (None,) * 4
        every = sorted({hazard for (hazard,) in hazards.every(as_of, code or "")})
        return {
            "commodity_group": group,
            "inspection_letters": letters,
            "unit_expected": unit,
            "in_legal_catalogue": listed,
            "hazards": every if found else None,
            "product_risk": risk[0] if risk else None,
        }

    @cache
    def access(as_of: AsOf, code: str, origin: str | None) -> str | None:
        found = origins.longest(as_of, code, origin)
        return found[0] if found else None

    @cache
    def designated(as_of: AsOf, group: str | None, port: str | None) -> bool | None:
        # A group without any designated port is not restricted to ports.
        asked = port is not None and watched.one(as_of, group) is not None
        return ports.one(as_of, group, port) is not None if asked else None

    for row in rows:
        as_of = row["as_of"]
        row.update(known(as_of, row["hs_code"]))
        row["origin_access"] = access(as_of, row["hs_code"] or "", row["origin"])
        row["port_designated"] = designated(as_of, row["commodity_group"], row["port"])


def _holders(rows: list[Row], now: Edition) -> None:
    """Tell what the parties and the site of each line hold; null for unknown holders."""
    known = Holders(
        now,
        enterprises=_registered(rows, "enterprise"),
        others=_registered(rows, "agent", "consignor"),
        sites=_registered(rows, "site"),
    )
    for row in rows:
        as_of = row["as_of"]
        facts, permits = known.enterprise(as_of, row["enterprise"])
        row.update(facts)
        of_site, bases = known.site(as_of, row["site"])
        row.update(of_site)
        row.update(known.consignor(as_of, row["consignor"]))
        row.update(known.agent(as_of, row["agent"]))
        row["permit_covers"] = _covers(permits, row["hs_code"], row["origin"])
        row["base_plan_covers"] = _covers(bases, row["hs_code"])
        row["enterprise_number_valid"] = _number_valid(row)


def _number_valid(row: Row) -> bool | None:
    if is_known(row["enterprise"]):
        return True
    number = row["enterprise_number"]
    if len(number) == USCC_LENGTH:
        return uscc_valid(number)
    return True if reference_valid(number) else None


def _covers(scopes: Sequence[Scope] | None, *values: str | None) -> bool | None:
    """Tell whether one of the scopes covers a code, and an origin where it is given."""
    if scopes is None:
        return None
    return any(all(map(_within, values, scope)) for scope in scopes)


def _within(value: str | None, prefixes: Sequence[str]) -> bool:
    """Tell whether a value begins with one of the prefixes; ``""`` covers everything."""
    return value is not None and value.startswith(tuple(prefixes))


def _goods_key(row: Row) -> GoodsKey:
    return row["enterprise"], row["hs6"], row["direction"]


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """Return lines in the order in which states are claimed."""
    return sorted(rows, key=lambda row: (row["received_at"], row["reference"]))


def _states(rows: list[Row]) -> tuple[dict[GoodsKey, int], dict[str, int]]:
    """Fill in sampling states and owed checks; the first line of a kind carries an owed check."""
    keys = {_goods_key(row) for row in rows}
    states = declarations.sampling_states(keys)
    owed = {key: list(found) for key, found in declarations.owed_checks(keys).items()}
    # Only a line that was ruled on before can carry a check already.
    carried = declarations.carried_by([row["reference"] for row in rows if row["lodged_at"]])
    claims: dict[str, int] = {}
    for row in _in_order(rows):
        key, reference = _goods_key(row), row["reference"]
        _sampling(row, states.get(key))
        if reference not in carried and owed.get(key):
            claims[reference] = owed[key].pop(0)
        row["owed_checks"] = int(reference in carried or reference in claims)
    return {key: states[key][2] if key in states else 0 for key in keys}, claims


def _sampling(row: Row, state: tuple[str, str, int] | None) -> None:
    """Fill in the continuous sampling of a line; goods under a plan begin with every lot."""
    group = row["commodity_group"]
    plan = continuous_plan(group, row["direction"]) if group else None
    row["sampling_version"] = state[2] if state else 0
    if plan is None:
        row["sampling_plan_kind"], row["sampling_phase"] = PlanKind.NONE.value, Phase.NONE.value
    elif state is None or state[0] != plan.kind.value:
        row["sampling_plan_kind"] = plan.kind.value
        row["sampling_phase"] = Phase.SCREENING.value
    else:
        row["sampling_plan_kind"], row["sampling_phase"] = state[0], state[1]


def _lineage(rows: list[Row]) -> frozenset[str]:
    """Fill in what earlier lines of the same goods leave; return declarations that must wait."""
    for row in rows:
        row["marks"] = lineage.marks(row)
        row["goods_keys"] = lineage.keys(row, row["marks"])
    marked = [row for row in _in_order(rows) if row["marks"]]
    memory = _memory(marked)
    own = {row["reference"] for row in rows}
    first_under: dict[lineage.Key, str] = {}
    postponed: set[str] = set()
    earlier: dict[str, list[Earlier]] = {}
    beside = lineage.Beside()
    for row in marked:
        declaration, keys = row["declaration_reference"], row["goods_keys"]
        # Every key is noted, so that a chain of declarations keeps its order.
        if {first_under.setdefault(key, declaration) for key in keys} != {declaration}:
            postponed.add(declaration)
        same = memory.same_goods(keys, declaration=declaration, before=_first_seen(row))
        earlier[row["reference"]] = [line for line in same if line.reference not in own]
        row["beside"] = beside.add(keys, declaration, row["reference"], row["quantity"])
    for row in rows:
        _inherit(row, earlier.get(row["reference"], []))
    return frozenset(postponed)


def _first_seen(row: Row) -> datetime:
    moment: datetime = row["lodged_at"] or row["received_at"]
    return moment


def _memory(rows: list[Row]) -> lineage.Memory:
    memory = lineage.Memory()
    goods = {(row["enterprise"], row["hs6"]) for row in rows}
    marks = {mark for row in rows for mark in row["marks"]}
    first = min(map(_first_seen, rows), default=_NEVER)
    since = first - lineage.REMEMBERED
    for keys, line in declarations.remembered(goods, marks=marks, since=since):
        memory.add(keys, line)
    return memory


_NEVER = datetime.combine(date(1970, 2, 1), datetime.min.time(), tzinfo=ZoneInfo("UTC"))


def _inherit(row: Row, earlier: list[Earlier]) -> None:
    shared = lineage.shared_draw(earlier)
    row["refused_before"] = any(line.refused for line in earlier)
    row["earlier_chance_ppm"] = max(
        [row["earlier_chance_ppm"], *(line.largest_chance_ppm for line in earlier)]
    )
    # More than was drawn for is drawn for again, once, and the smaller draw counts.
    row["grown"] = (
        shared is not None and row["u"] is None and lineage.outgrown(row, earlier, row["beside"])
    )
    if shared is not None and (row["u"] is None or shared.u < row["u"]):
        for name in DRAW_FIELDS:
            row[name] = getattr(shared, name)


def _facts_frame(rows: list[Row]) -> pl.DataFrame:
    """Return the declared columns; a line without a shared draw is the root of its own."""
    for row in rows:
        row["line"], row["declared_as"] = row["reference"], row.get("declaration")
        row["declaration"] = row["declaration_reference"]
        row["root_line"] = row["root"] or row["reference"]
    values = [_FACTS_OF_ROW(row) for row in rows]
    if len(values) <= _FEW:
        # A column at a time is quicker for many lines and four times slower for a few.
        return pl.DataFrame(values, schema=schema.FRAME_SCHEMA, orient="row")
    columns = dict(zip(schema.FRAME_SCHEMA, zip(*values, strict=True), strict=True))
    return pl.DataFrame(columns, schema=schema.FRAME_SCHEMA)


_FEW = 64


_FACTS_OF_ROW = itemgetter(
    *("root_line" if name == "root" else name for name in schema.FRAME_SCHEMA)
)
