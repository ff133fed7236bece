"""
Everything that a decision knows, brought together: the one place that reads across mechanisms.

A fixed number of queries, whatever the number of lines; then joins in memory, every register fact
as of the line's own day and as known at its receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from guomen.core import facts as schema
from guomen.core.controls import OrderSet
from guomen.core.frequency import Phase, PlanKind
from guomen.journeys import lineage
from guomen.journeys.intake import SELF, USCC_LENGTH
from guomen.rulebooks.frequency import continuous_plan
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.bitemporal import Window, in_force
from guomen.supervision.classification import queries as classification
from guomen.supervision.controls import queries as controls
from guomen.supervision.credit import queries as credit
from guomen.supervision.declarations import queries as declarations
from guomen.supervision.licences import queries as licences
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.codes import uscc_valid

UNREGISTERED = "NUM:"

# Licences that a fact of the same line asks for: kind → (fact, holder, whether goods are scoped).
_HELD: Mapping[str, tuple[str, str]] = {
    "consignee_filing": ("consignee_filed", "enterprise"),
    "overseas_exporter_filing": ("overseas_party_filed", "consignor"),
    "overseas_plant_registration": ("overseas_plant_registered", "consignor"),
    "food_plant_filing": ("plant_filed", "enterprise"),
    "export_quality_licence": ("quality_licence_held", "enterprise"),
    "additive_filing": ("additive_filed", "enterprise"),
    "cold_store_filing": ("cold_store_filed", "site"),
    "base_filing": ("base_filed", "site"),
    "farm_registration": ("farm_registered", "site"),
}
_HS_LENGTHS = (2, 4, 6, 8, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """
    The facts of a batch, and what else its decision rests on.

    ``facts`` is a facts frame; ``lines`` the same rows in the same order with agency, zone and
    resolved parties; ``versions`` the claimed states by (enterprise, HS6, direction); ``claims``
    the owed check that a line carries, by line reference; ``postponed`` the declarations whose
    goods also stand on another declaration of this batch, to be decided after it.
    """

    facts: pl.DataFrame
    lines: pl.DataFrame
    orders: OrderSet
    versions: Mapping[declarations.GoodsKey, int]
    claims: Mapping[str, int]
    postponed: frozenset[str]


def window_of(lines: pl.DataFrame) -> Window:
    """Return the days and moments that a batch spans."""
    first_day, last_day, first_known, last_known = lines.select(
        pl.col("on").min(),
        pl.col("on").max().alias("last_on"),
        pl.col("received_at").min(),
        pl.col("received_at").max().alias("last_received_at"),
    ).row(0)
    return Window(
        first_day=first_day, last_day=last_day, first_known=first_known, last_known=last_known
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


def gather(lines: pl.DataFrame, *, default_agency: str) -> Gathered:
    """
    Return the facts of lodged lines.

    ``lines`` has the columns of the intake with ``reference``, ``declaration_reference``,
    ``number``, ``received_at`` and the state columns of :data:`STATE_COLUMNS`.
    """
    resolved = _resolved(lines, default_agency=default_agency)
    window = window_of(resolved)
    goods = _goods(resolved, window)
    parts = [
        _enterprise_facts(resolved, window),
        goods,
        _licence_facts(resolved, window),
        _site_facts(resolved),
        _access_facts(resolved, goods, window),
        _standing_facts(resolved, window),
    ]
    frame = resolved
    for part in parts:
        frame = frame.join(part, on="i", how="left", maintain_order="left")
    frame = _register_unknowns(frame)
    states, versions, claims = _states(frame)
    frame = frame.join(states, on="i", how="left", maintain_order="left")
    kin = _kin(frame)
    frame = frame.with_columns(_lineage_columns(frame, kin.earlier))
    return Gathered(
        facts=_facts_frame(frame),
        lines=frame,
        orders=_Orders.current(),
        versions=versions,
        claims=claims,
        postponed=kin.postponed,
    )


def _lineage_columns(
    frame: pl.DataFrame, earlier: Mapping[str, tuple[declarations.Earlier, ...]]
) -> list[pl.Series]:
    """Return what earlier lines of the same goods leave: refusals, chances, and the shared draw."""
    known = [earlier.get(reference, ()) for reference in frame["reference"]]
    chances = [
        max([own, *(line.largest_chance_ppm for line in lines)])
        for own, lines in zip(frame["earlier_chance_ppm"], known, strict=True)
    ]
    drawn = [lineage.shared_draw(list(lines)) for lines in known]
    shared = {
        name: [
            own if own is not None else getattr(line, name, None)
            for own, line in zip(frame[name], drawn, strict=True)
        ]
        for name in DRAW_COLUMNS
    }
    grown = [
        line is not None and (line.quantity is None or quantity is None or quantity > line.quantity)
        for quantity, line in zip(frame["quantity"], drawn, strict=True)
    ]
    return [
        pl.Series("refused_before", [any(e.refused for e in es) for es in known], dtype=pl.Boolean),
        pl.Series("earlier_chance_ppm", chances, dtype=pl.Int64),
        pl.Series("grown", grown, dtype=pl.Boolean),
        *(pl.Series(name, values, dtype=DRAW_COLUMNS[name]) for name, values in shared.items()),
    ]


# The draw that a line already has; null until one is made for it.
DRAW_COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "root": pl.String,
    "draw_day": pl.Date,
    "draw_agency": pl.String,
    "draw_anchor": pl.String,
    "draw_counter": pl.Int64,
    "u": pl.Int64,
}

STATE_COLUMNS: Mapping[str, tuple[pl.DataType | type[pl.DataType], object]] = {
    "earlier_chance_ppm": (pl.Int64, 0),
    "earlier_outcome": (pl.String, "none"),
    "raised_outcome": (pl.String, "none"),
    "settled_rules": (pl.List(pl.String), None),
}


def _resolved(lines: pl.DataFrame, *, default_agency: str) -> pl.DataFrame:
    """Replace numbers by references, and find the agency that decides and its day."""
    numbers = {
        number
        for name in ("enterprise", "agent", "consignor")
        for number in lines[name].drop_nulls().unique().to_list()
    }
    references = parties.references_of(numbers) | {n: n for n in numbers if n.startswith("ENT-")}
    sites = parties.site_references(lines["site"].drop_nulls().unique().to_list())
    ports = parties.port_facts().select("port", port_agency="agency", port_known=pl.lit(value=True))
    zones = {code: (a.zone, a.path) for code, a in agencies.agencies().items()}
    named = lines.with_row_index("i").with_columns(
        enterprise_number=pl.col("enterprise"),
        enterprise=_known_as("enterprise", references),
        agent=_known_as("agent", {**references, SELF: SELF}).fill_null(SELF),
        consignor=_known_as("consignor", references),
        site=_known_as("site", sites),
        hs6=pl.col("hs_code").str.slice(0, 6).fill_null(""),
    )
    placed = named.join(ports, on="port", how="left", maintain_order="left").with_columns(
        port_known=pl.when(pl.col("port").is_not_null()).then(
            pl.col("port_known").fill_null(value=False)
        ),
        agency=pl.col("port_agency").fill_null(default_agency),
    )
    return placed.with_columns(on=_local_days(placed, zones))


def _known_as(column: str, references: Mapping[str, str]) -> pl.Expr:
    """Return the reference behind a number, or the number marked as unregistered."""
    known = pl.col(column).replace_strict(
        list(references), list(references.values()), default=None, return_dtype=pl.String
    )
    return known.fill_null(pl.lit(UNREGISTERED) + pl.col(column)).alias(column)


def _local_days(lines: pl.DataFrame, zones: Mapping[str, tuple[str, str]]) -> pl.Series:
    found: list[object] = []
    cache: dict[str, ZoneInfo] = {}
    for moment, agency in lines.select("received_at", "agency").iter_rows():
        zone = cache.setdefault(agency, ZoneInfo(zones[agency][0]))
        found.append(moment.astimezone(zone).date())
    return pl.Series("on", found, dtype=pl.Date)


def _as_of(lines: pl.DataFrame, dated: pl.DataFrame, *, on: list[str]) -> pl.DataFrame:
    """Join dated facts to lines as of each line's day, as known at its receipt."""
    return (
        lines.select("i", "on", "received_at", *on)
        .join(dated, on=on, how="inner")
        .filter(in_force("on", known="received_at"))
    )


def _only_one(joined: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Keep one row a line: the one that began last."""
    return joined.sort("begins").unique("i", keep="last").select("i", *columns)


def _longest(lines: pl.DataFrame, dated: pl.DataFrame, *, on: list[str]) -> pl.DataFrame:
    """Join facts of HS prefixes; ``length`` says how long the prefix of each row is."""
    parts = []
    for length in _HS_LENGTHS:
        of_length = dated.filter(pl.col("hs_prefix").str.len_chars() == length)
        if of_length.height:
            cut = lines.with_columns(hs_prefix=pl.col("hs_code").str.slice(0, length))
            parts.append(
                _as_of(cut, of_length, on=["hs_prefix", *on]).with_columns(length=pl.lit(length))
            )
    return (
        pl.concat(parts)
        if parts
        else _as_of(
            lines.with_columns(hs_prefix=pl.col("hs_code")), dated, on=["hs_prefix", *on]
        ).with_columns(length=pl.lit(0))
    )


def _enterprise_facts(lines: pl.DataFrame, window: Window) -> pl.DataFrame:
    known = _distinct(lines, "enterprise", "agent")
    registered = parties.enterprise_facts(known, window=window)
    own = _only_one(
        _as_of(lines, registered.rename({"agency": "enterprise_agency"}), on=["enterprise"]),
        "active",
        "enterprise_agency",
    )
    valid = {n: _number_valid(n) for n in lines["enterprise_number"].drop_nulls().unique()}
    return (
        lines.select("i", "enterprise_number", "enterprise")
        .join(own, on="i", how="left", maintain_order="left")
        .select(
            "i",
            enterprise_active="active",
            enterprise_number_valid=pl.when(~pl.col("enterprise").str.starts_with(UNREGISTERED))
            .then(pl.lit(value=True))
            .otherwise(
                pl.col("enterprise_number").replace_strict(
                    list(valid), list(valid.values()), default=None, return_dtype=pl.Boolean
                )
            ),
        )
    )


def _number_valid(number: str) -> bool | None:
    return uscc_valid(number) if len(number) == USCC_LENGTH else None


def _distinct(lines: pl.DataFrame, *columns: str) -> list[str]:
    values = {v for name in columns for v in lines[name].drop_nulls().unique().to_list()}
    return sorted(v for v in values if not v.startswith(UNREGISTERED) and v != SELF)


def _goods(lines: pl.DataFrame, window: Window) -> pl.DataFrame:
    codes = lines["hs_code"].drop_nulls().unique().to_list()
    commodity = _only_one(
        _as_of(
            lines,
            parties.commodity_facts(codes, window=window).rename({"unit": "legal_unit"}),
            on=["hs_code"],
        ),
        "group",
        "inspection",
        "legal_unit",
        "in_legal_catalogue",
    )
    hazards = (
        _longest(lines, parties.commodity_hazards(window=window), on=[])
        .group_by("i")
        .agg(pl.col("hazard").unique().sort())
    )
    return commodity.join(hazards, on="i", how="left").select(
        "i",
        commodity_group="group",
        inspection_letters="inspection",
        unit_expected="legal_unit",
        in_legal_catalogue="in_legal_catalogue",
        hazards=pl.col("hazard").fill_null([]),
    )


def _licence_facts(lines: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return which licences the parties and the site of each line hold, as booleans."""
    enterprises = _distinct(lines, "enterprise", "agent", "consignor")
    held = licences.licences_of(enterprises, _distinct(lines, "site"), window=window)
    facts = lines.select("i")
    for kind, (fact, holder) in _HELD.items():
        facts = _flagged(facts, _valid(lines, held, kind, holder), fact)
    permits = _valid(lines, held, "quarantine_permit", "enterprise")
    facts = _flagged(facts, permits, "permit_held")
    facts = _flagged(facts, permits.filter(_covers_goods() & _covers_origin()), "permit_covers")
    bases = _valid(lines, held, "base_filing", "site")
    facts = _flagged(facts, bases.filter(_covers_goods()), "base_plan_covers")
    agents = _valid(lines, held, "agent_registration", "agent")
    facts = _flagged(facts, agents, "agent_registered")
    stopped = _as_of(lines, _of(held, "declaration_right", "enterprise"), on=["enterprise"]).filter(
        pl.col("state") == "suspended"
    )
    return _flagged(facts, stopped, "declaration_right_suspended")


def _of(held: pl.DataFrame, kind: str, holder: str) -> pl.DataFrame:
    holds = "site" if holder == "site" else "enterprise"
    other = "enterprise" if holds == "site" else "site"
    return (
        held.filter((pl.col("kind") == kind) & pl.col(holds).is_not_null())
        .drop(other)
        .rename({holds: holder})
    )


def _valid(lines: pl.DataFrame, held: pl.DataFrame, kind: str, holder: str) -> pl.DataFrame:
    joined = _as_of(
        lines.select("i", "on", "received_at", holder),
        _of(held, kind, holder),
        on=[holder],
    ).filter(pl.col("granted"))
    return joined.join(lines.select("i", "hs_code", "origin"), on="i", how="left")


def _covers_goods() -> pl.Expr:
    return _any_prefix("hs_prefixes", "hs_code")


def _covers_origin() -> pl.Expr:
    return _any_prefix("origins", "origin")


def _any_prefix(scope: str, value: str) -> pl.Expr:
    """Tell whether a value begins with any prefix of a list column; ``""`` covers everything."""
    exploded = pl.struct(scope, value)
    return exploded.map_elements(
        lambda row: (
            row[value] is not None and any(row[value].startswith(p) for p in row[scope] or ())
        ),
        return_dtype=pl.Boolean,
    )


def _flagged(facts: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return facts.with_columns(pl.col("i").is_in(rows["i"].unique().implode()).alias(name))


def _site_facts(lines: pl.DataFrame) -> pl.DataFrame:
    sites = parties.site_facts(_distinct(lines, "site")).select("site", site_kind="kind")
    return lines.select("i", "site").join(sites, on="site", how="left").select("i", "site_kind")


def _access_facts(lines: pl.DataFrame, goods: pl.DataFrame, window: Window) -> pl.DataFrame:
    grouped = lines.join(goods.select("i", "commodity_group"), on="i", how="left")
    origins = (
        _longest(lines, licences.origin_access(window=window), on=["origin"])
        .sort("length", "begins")
        .unique("i", keep="last")
        .select("i", origin_access="access")
    )
    dated = licences.designated_ports(window=window).rename({"group": "commodity_group"})
    watched = dated["commodity_group"].unique().to_list()
    named = _as_of(grouped, dated, on=["commodity_group", "port"])["i"].unique()
    ports = grouped.select(
        "i",
        port_designated=pl.when(
            pl.col("commodity_group").is_in(watched) & pl.col("port").is_not_null()
        ).then(pl.col("i").is_in(named.implode())),
    )
    return ports.join(origins, on="i", how="left")


def _standing_facts(lines: pl.DataFrame, window: Window) -> pl.DataFrame:
    enterprises = _distinct(lines, "enterprise")
    grade = _only_one(
        _as_of(lines, classification.classes_of(enterprises, window=window), on=["enterprise"]),
        "grade",
    )
    level = _only_one(
        _as_of(lines, credit.levels_of(enterprises, window=window), on=["enterprise"]), "level"
    )
    risk = (
        _longest(lines, classification.product_risks(window=window), on=[])
        .sort("length", "begins")
        .unique("i", keep="last")
        .select("i", product_risk="level")
    )
    listed = _as_of(lines, credit.blacklisted(enterprises, window=window), on=["enterprise"])
    return (
        lines.select("i")
        .join(grade.rename({"grade": "enterprise_class"}), on="i", how="left")
        .join(level.rename({"level": "credit_level"}), on="i", how="left")
        .join(risk, on="i", how="left")
        .with_columns(blacklisted=pl.col("i").is_in(listed["i"].unique().implode()))
    )


def _register_unknowns(frame: pl.DataFrame) -> pl.DataFrame:
    """Make unknown whatever hangs on a party or site that is not on the register."""
    holders = {
        "enterprise": (
            "consignee_filed",
            "plant_filed",
            "quality_licence_held",
            "additive_filed",
            "permit_held",
            "permit_covers",
            "declaration_right_suspended",
            "blacklisted",
        ),
        "consignor": ("overseas_party_filed", "overseas_plant_registered"),
        "site": ("cold_store_filed", "base_filed", "base_plan_covers", "farm_registered"),
        "agent": ("agent_registered",),
    }
    known = {
        "enterprise": pl.col("enterprise_active").is_not_null(),
        "consignor": _is_known("consignor"),
        "site": pl.col("site_kind").is_not_null(),
        "agent": _is_known("agent") & (pl.col("agent") != SELF),
    }
    return frame.with_columns(
        pl.when(known[holder]).then(pl.col(fact)).alias(fact)
        for holder, facts in holders.items()
        for fact in facts
    )


def _is_known(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & ~pl.col(column).str.starts_with(UNREGISTERED)


def _states(
    frame: pl.DataFrame,
) -> tuple[pl.DataFrame, dict[declarations.GoodsKey, int], dict[str, int]]:
    """Return sampling states and owed checks; the first line of a kind carries an owed check."""
    keys = frame.select("enterprise", "hs6", "direction", "commodity_group").rows()
    wanted = {(enterprise, hs6, direction) for enterprise, hs6, direction, _ in keys}
    states = declarations.sampling_states(wanted)
    owed = {key: list(ids) for key, ids in declarations.owed_checks(wanted).items()}
    carried = declarations.carried_by(frame["reference"].to_list())
    order = frame.select("i", "received_at", "reference").sort("received_at", "reference")["i"]
    references = frame["reference"].to_list()
    rows: list[tuple[int, int, str, str, int]] = []
    claims: dict[str, int] = {}
    for i in order:
        enterprise, hs6, direction, group = keys[i]
        key = (enterprise, hs6, direction)
        kind, phase, version = _sampling(states.get(key), group, direction)
        owes = int(references[i] in carried)
        if not owes and owed.get(key):
            claims[references[i]] = owed[key].pop(0)
            owes = 1
        rows.append((i, owes, kind, phase, version))
    found = pl.DataFrame(
        rows,
        schema={
            "i": pl.UInt32,
            "owed_checks": pl.Int64,
            "sampling_plan_kind": pl.String,
            "sampling_phase": pl.String,
            "sampling_version": pl.Int64,
        },
        orient="row",
    )
    return found, {key: states[key][2] if key in states else 0 for key in wanted}, claims


def _sampling(
    state: tuple[str, str, int] | None, group: str | None, direction: str
) -> tuple[str, str, int]:
    """Return the kind, phase and version of a state; goods under a plan begin with every lot."""
    plan = continuous_plan(group, direction) if group else None
    version = state[2] if state else 0
    if plan is None:
        return PlanKind.NONE.value, Phase.NONE.value, version
    if state is None or state[0] != plan.kind.value:
        return plan.kind.value, Phase.SCREENING.value, version
    return state[0], state[1], version


@dataclass(frozen=True, slots=True)
class _Kin:
    earlier: Mapping[str, tuple[declarations.Earlier, ...]]
    postponed: frozenset[str]


_GOODS_COLUMNS = (
    "reference",
    "declaration_reference",
    "received_at",
    "enterprise",
    "hs6",
    "origin",
    "direction",
    *lineage.MARK_COLUMNS,
)


def _kin(frame: pl.DataFrame) -> _Kin:
    """Return earlier lines of the same goods, and who must wait for another of this batch."""
    rows = frame.select(_GOODS_COLUMNS).sort("received_at", "reference").to_dicts()
    marked = [(row, marks) for row in rows if (marks := lineage.marks(row))]
    goods = {(row["enterprise"], row["hs6"]) for row, _ in marked}
    if not goods:
        return _Kin({}, frozenset())
    memory = lineage.Memory()
    since: datetime = rows[0]["received_at"] - lineage.REMEMBERED
    for keys, line in declarations.remembered(goods, since=since):
        memory.add(keys, line)
    own = {row["reference"] for row in rows}
    first_under: dict[lineage.Key, str] = {}
    found: dict[str, tuple[declarations.Earlier, ...]] = {}
    postponed: set[str] = set()
    for row, marks in marked:
        declaration = row["declaration_reference"]
        keys = lineage.keys(row, marks)
        if any(first_under.setdefault(key, declaration) != declaration for key in keys):
            postponed.add(declaration)
        same = memory.same_goods(keys, declaration=declaration, before=row["received_at"])
        others = tuple(line for line in same if line.reference not in own)
        if others:
            found[row["reference"]] = others
    return _Kin(found, frozenset(postponed))


def _facts_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the declared columns; a line without a shared draw is the root of its own."""
    named = frame.with_columns(
        line=pl.col("reference"),
        declaration=pl.col("declaration_reference"),
        root=pl.col("root").fill_null(pl.col("reference")),
    )
    return named.select(pl.col(fact.name).cast(fact.dtype) for fact in schema.FACTS)
