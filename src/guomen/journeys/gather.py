"""
Everything that a decision knows, brought together: the one place that reads across mechanisms.

A fixed number of queries, whatever the number of lines; then look-ups in memory, every register
fact as of the line's own day and as known at its receipt. Lines are plain dictionaries on the way
and one typed facts frame at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from guomen.journeys import lineage
from guomen.journeys.intake import SELF, USCC_LENGTH
from guomen.journeys.registers import ALWAYS, AsOf, Facts, Kept, Prefixed
from guomen.rulebooks.frequency import continuous_plan
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.bitemporal import Window
from guomen.supervision.classification import queries as classification
from guomen.supervision.classification.models import ProductRisk
from guomen.supervision.controls import queries as controls
from guomen.supervision.credit import queries as credit
from guomen.supervision.declarations import queries as declarations
from guomen.supervision.declarations.queries import Earlier, GoodsKey
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.licences import queries as licences
from guomen.supervision.licences.models import DesignatedPort, OriginAccess
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.codes import reference_valid, uscc_valid
from guomen.supervision.parties.models import CommodityHazard

UNREGISTERED = "NUM:"

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
    last entry of the ledger and ``orders_mark`` the edition of the orders when this was read.
    """

    facts: pl.DataFrame
    rows: list[Row]
    orders: OrderSet
    versions: Mapping[GoodsKey, int]
    claims: Mapping[str, int]
    postponed: frozenset[str]
    head: int
    orders_mark: tuple[int, str]


def gather(rows: list[Row], *, default_agency: str) -> Gathered:
    """
    Return the facts of lodged lines.

    A row has the columns of the intake with ``reference``, ``declaration_reference``, ``number``
    and ``received_at``; a line with a past also has the fields of :data:`STATE_DEFAULTS` and
    :data:`DRAW_FIELDS`. Rows are filled in place.
    """
    # Before anything else is read: what is written from here on is looked for when storing.
    head = ledger.head()[1]
    orders = _Orders.current()
    fresh = {**STATE_DEFAULTS, **dict.fromkeys(DRAW_FIELDS)}
    for row in rows:
        for name, default in fresh.items():
            row.setdefault(name, default)
    _resolve(rows, default_agency=default_agency)
    window = _window(rows)
    for fill in (_goods, _enterprises, _licences, _sites, _access, _standing):
        fill(rows, window)
    versions, claims = _states(rows)
    postponed = _lineage(rows)
    return Gathered(
        facts=_facts_frame(rows),
        rows=rows,
        orders=orders,
        versions=versions,
        claims=claims,
        postponed=postponed,
        head=head,
        orders_mark=_Orders.mark or controls.edition(),
    )


class _Orders:
    """The newest order set of this process, kept while no order changes."""

    mark: tuple[int, str] | None = None
    orders: OrderSet = OrderSet(())

    @classmethod
    def current(cls) -> OrderSet:
        mark = controls.edition()
        if mark != cls.mark:
            cls.orders, cls.mark = controls.order_set(), mark
        return cls.orders


def _of_groups(frame: pl.DataFrame) -> tuple[Facts, Facts]:
    return Facts(frame, ["group"]), Facts(frame, ["group", "port"])


# Registers that every line is asked of; everything else is read for the parties of a batch.
_HAZARDS = Kept(
    CommodityHazard, lambda: Prefixed(parties.commodity_hazards(window=ALWAYS), [], "hazard")
)
_RISKS = Kept(
    ProductRisk, lambda: Prefixed(classification.product_risks(window=ALWAYS), [], "level")
)
_ACCESS = Kept(
    OriginAccess, lambda: Prefixed(licences.origin_access(window=ALWAYS), ["origin"], "access")
)
_DESIGNATED = Kept(DesignatedPort, lambda: _of_groups(licences.designated_ports(window=ALWAYS)))


def _window(rows: Iterable[Row]) -> Window:
    days = [row["on"] for row in rows]
    moments = [row["received_at"] for row in rows]
    return Window(
        first_day=min(days), last_day=max(days), first_known=min(moments), last_known=max(moments)
    )


def _given(rows: Iterable[Row], *names: str) -> set[str]:
    return {row[name] for row in rows for name in names if row[name] is not None}


def _registered(rows: Iterable[Row], *names: str) -> list[str]:
    """Return the references of known parties or sites, sorted."""
    values = _given(rows, *names)
    return sorted(v for v in values if not v.startswith(UNREGISTERED) and v != SELF)


def _resolve(rows: list[Row], *, default_agency: str) -> None:
    """Replace numbers by references, and find the agency that decides and its day."""
    for row in rows:
        # A line that is ruled on again names unknown parties as it stored them.
        for name in ("agent", "consignor", "site"):
            row[name] = row[name] and row[name].removeprefix(UNREGISTERED)
    numbers = _given(rows, "enterprise", "agent", "consignor")
    references = parties.references_of(numbers)
    sites = parties.site_references(_given(rows, "site"))
    ports = {port: agency for port, _, agency in parties.port_facts().iter_rows()}
    zones = {code: ZoneInfo(a.zone) for code, a in agencies.agencies().items()}
    for row in rows:
        row["enterprise_number"] = row["enterprise"]
        for name in ("enterprise", "consignor"):
            row[name] = _known_as(row[name], references)
        row["agent"] = SELF if row["agent"] in (None, SELF) else _known_as(row["agent"], references)
        row["site"] = _known_as(row["site"], sites)
        row["hs6"] = (row["hs_code"] or "")[:6]
        row["agency"] = ports.get(row["port"]) or default_agency
        row["port_known"] = None if row["port"] is None else row["port"] in ports
        row["on"] = row["received_at"].astimezone(zones[row["agency"]]).date()
        row["as_of"] = AsOf(row["on"], row["received_at"])


def _known_as(number: str | None, references: Mapping[str, str]) -> str | None:
    """Return the reference behind a number, or the number marked as unregistered."""
    if number is None:
        return None
    return references.get(number) or UNREGISTERED + number


def _is_known(reference: str | None) -> bool:
    return reference is not None and not reference.startswith(UNREGISTERED)


def _goods(rows: list[Row], window: Window) -> None:
    codes = _given(rows, "hs_code")
    columns = ("group", "inspection", "unit", "in_legal_catalogue")
    commodities = Facts(parties.commodity_facts(codes, window=window), ["hs_code"], *columns)
    hazards = _HAZARDS.current()

    @cache
    def known(as_of: AsOf, code: str | None) -> tuple[Any, ...]:
        found = commodities.one(as_of, code)
        if found is None:
            return (None,) * 5
        return *found, sorted({hazard for (hazard,) in hazards.every(as_of, code or "")})

    for row in rows:
        (
            row["commodity_group"],
            row["inspection_letters"],
            row["unit_expected"],
            row["in_legal_catalogue"],
            row["hazards"],
        ) = known(row["as_of"], row["hs_code"])


def _enterprises(rows: list[Row], window: Window) -> None:
    known = _registered(rows, "enterprise", "agent")
    facts = Facts(parties.enterprise_facts(known, window=window), ["enterprise"], "active")
    for row in rows:
        found = facts.one(row["as_of"], row["enterprise"])
        row["enterprise_active"] = found[0] if found else None
        row["enterprise_number_valid"] = _number_valid(row)


def _number_valid(row: Row) -> bool | None:
    if _is_known(row["enterprise"]):
        return True
    number = row["enterprise_number"]
    if len(number) == USCC_LENGTH:
        return uscc_valid(number)
    return True if reference_valid(number) else None


# A licence of this kind, held by this party or site of the line, makes this fact true.
_HELD: tuple[tuple[str, str, str], ...] = (
    ("consignee_filing", "enterprise", "consignee_filed"),
    ("overseas_exporter_filing", "consignor", "overseas_party_filed"),
    ("overseas_plant_registration", "consignor", "overseas_plant_registered"),
    ("food_plant_filing", "enterprise", "plant_filed"),
    ("export_quality_licence", "enterprise", "quality_licence_held"),
    ("additive_filing", "enterprise", "additive_filed"),
    ("cold_store_filing", "site", "cold_store_filed"),
    ("base_filing", "site", "base_filed"),
    ("farm_registration", "site", "farm_registered"),
    ("quarantine_permit", "enterprise", "permit_held"),
    ("agent_registration", "agent", "agent_registered"),
)


def _licences(rows: list[Row], window: Window) -> None:
    """Tell which licences the parties and the site of each line hold; null for unknown holders."""
    held = licences.licences_of(
        _registered(rows, "enterprise", "agent", "consignor"),
        _registered(rows, "site"),
        window=window,
    )
    values = ("granted", "state", "hs_prefixes", "origins")
    by_enterprise = Facts(held, ["kind", "enterprise"], *values)
    registries = {"site": Facts(held, ["kind", "site"], *values)}

    @cache
    def granted(as_of: AsOf, kind: str, holder: str, reference: str | None) -> list[Any]:
        registry = registries.get(holder, by_enterprise)
        return [v for v in registry.all(as_of, kind, reference) if v[0]]

    for row in rows:
        as_of, enterprise, site = row["as_of"], row["enterprise"], row["site"]
        for kind, holder, fact in _HELD:
            reference = row[holder]
            row[fact] = (
                bool(granted(as_of, kind, holder, reference)) if _is_known(reference) else None
            )
        permits = granted(as_of, "quarantine_permit", "enterprise", enterprise)
        bases = granted(as_of, "base_filing", "site", site)
        rights = by_enterprise.all(as_of, "declaration_right", enterprise)
        row["permit_covers"] = _any(
            enterprise,
            (_within(row["hs_code"], p[2]) and _within(row["origin"], p[3]) for p in permits),
        )
        row["base_plan_covers"] = _any(site, (_within(row["hs_code"], b[2]) for b in bases))
        row["declaration_right_suspended"] = _any(
            enterprise, (right[1] == "suspended" for right in rights)
        )
        if row["agent"] == SELF:
            row["agent_registered"] = None


def _any(holder: str | None, answers: Iterable[bool]) -> bool | None:
    return any(answers) if _is_known(holder) else None


def _within(value: str | None, prefixes: Iterable[str]) -> bool:
    """Tell whether a value begins with one of the prefixes; ``""`` covers everything."""
    return value is not None and value.startswith(tuple(prefixes))


def _sites(rows: list[Row], window: Window) -> None:
    del window
    known = _registered(rows, "site")
    kinds = {site: kind for site, _, kind, *_ in parties.site_facts(known).iter_rows()}
    for row in rows:
        row["site_kind"] = kinds.get(row["site"])


def _access(rows: list[Row], window: Window) -> None:
    del window
    origins = _ACCESS.current()
    watched, ports = _DESIGNATED.current()

    @cache
    def access(as_of: AsOf, code: str, origin: str | None) -> str | None:
        found = origins.longest(as_of, code, origin)
        return found[0] if found else None

    for row in rows:
        as_of, group, port = row["as_of"], row["commodity_group"], row["port"]
        row["origin_access"] = access(as_of, row["hs_code"] or "", row["origin"])
        # A group without any designated port is not restricted to ports.
        asked = port is not None and watched.one(as_of, group) is not None
        row["port_designated"] = ports.one(as_of, group, port) is not None if asked else None


def _standing(rows: list[Row], window: Window) -> None:
    known = _registered(rows, "enterprise")
    grades = Facts(classification.classes_of(known, window=window), ["enterprise"], "grade")
    levels = Facts(credit.levels_of(known, window=window), ["enterprise"], "level")
    listed = Facts(credit.blacklisted(known, window=window), ["enterprise"])
    risks = _RISKS.current()

    @cache
    def risk(as_of: AsOf, code: str) -> str | None:
        found = risks.longest(as_of, code)
        return found[0] if found else None

    for row in rows:
        as_of, enterprise = row["as_of"], row["enterprise"]
        row["enterprise_class"] = (grades.one(as_of, enterprise) or (None,))[0]
        row["credit_level"] = (levels.one(as_of, enterprise) or (None,))[0]
        row["product_risk"] = risk(as_of, row["hs_code"] or "")
        row["blacklisted"] = (
            listed.one(as_of, enterprise) is not None
            if row["enterprise_active"] is not None
            else None
        )


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
    carried = declarations.carried_by([row["reference"] for row in rows])
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
    marked = [(row, marks) for row in _in_order(rows) if (marks := lineage.marks(row))]
    memory = _memory([row for row, _ in marked])
    own = {row["reference"] for row in rows}
    first_under: dict[lineage.Key, str] = {}
    postponed: set[str] = set()
    earlier: dict[str, list[Earlier]] = {}
    beside = lineage.Beside()
    for row, marks in marked:
        declaration = row["declaration_reference"]
        keys = lineage.keys(row, marks)
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
    marks = {mark for row in rows for mark in lineage.marks(row)}
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
