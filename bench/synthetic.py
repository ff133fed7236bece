"""
Seeded consignment lines and control orders in a realistic mix, for benchmarks only.

Lines are drawn from a table of goods and a table of enterprises, so that facts hang together; one
value in twenty of what is declared or registered is unknown.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from bench.measure import SEED
from guomen.core.controls import EQUALITY, SELECTORS, Order
from guomen.core.facts import FACTS, FRAME_SCHEMA, Source
from guomen.core.matching import OrderSet
from guomen.core.severity import Outcome
from guomen.core.text import Text

DAY = date(2012, 5, 24)
RECEIVED = datetime(2012, 5, 24, 1, tzinfo=UTC)
UNKNOWN_SHARE = 0.05
ENTERPRISES, CONSIGNORS, SITES, PORTS, HAZARDS = 2_800, 2_000, 1_000, 24, 60
ORDERS, SHAPES = 10_000, 64

# HS code, group, unit, in the catalogue, risk, share of lines.
GOODS: tuple[tuple[str, str, str, bool, str, float], ...] = (
    ("0704909001", "vegetables", "KGM", True, "high", 0.16),
    ("0706100001", "vegetables", "KGM", True, "higher", 0.08),
    ("0103920010", "live_animals", "HEA", True, "high", 0.05),
    ("0301919990", "aquatic", "KGM", True, "high", 0.08),
    ("0202300010", "meat", "KGM", True, "high", 0.06),
    ("0402210000", "dairy", "KGM", True, "high", 0.03),
    ("2204210000", "wine", "LTR", True, "higher", 0.06),
    ("1905310000", "food", "KGM", True, "general", 0.07),
    ("0805100000", "fruit", "KGM", True, "higher", 0.05),
    ("3304990090", "cosmetics", "KGM", True, "higher", 0.03),
    ("8479899990", "machinery", "SET", True, "general", 0.07),
    ("6203420090", "textiles", "C62", False, "general", 0.07),
    ("8517120000", "electronics", "C62", True, "general", 0.07),
    ("8415101000", "appliances", "SET", True, "higher", 0.05),
    ("9503008900", "toys", "C62", True, "high", 0.04),
    ("4016999090", "other", "KGM", False, "general", 0.03),
)
_ORIGINS = [f"{a}{b}" for a in "ABCDEFGH" for b in "RSTUV"]
_POOLS: dict[str, list[str]] = {
    "enterprise": [f"ENT-{i:06d}" for i in range(ENTERPRISES)],
    "consignor": [f"ENT-V{i:05d}" for i in range(CONSIGNORS)],
    "site": [f"SIT-{i:05d}" for i in range(SITES)],
    "port": [f"CN{chr(65 + i)}AA" for i in range(PORTS)],
    "transport": ["sea", "road", "rail", "air"],
    "direction": ["import", "export"],
    "origin": ["CN", *_ORIGINS],
    "hazard": [f"HAZ-{i:03d}" for i in range(HAZARDS)],
}
_MAY_LACK = (Source.DECLARED, Source.REGISTER)
# A declaration without these is not taken.
_REQUIRED = ("direction", "enterprise")
# Chances that a yes-or-no fact is true, where they are not 0.97.
_TRUE = {
    "declaration_right_suspended": 0.002,
    "blacklisted": 0.003,
    "refused_before": 0.002,
    "port_designated": 0.9,
}


def _picked(rng: np.random.Generator, values: list[Any], lines: int, dtype: Any) -> pl.Series:
    return pl.Series(values, dtype=dtype).gather(rng.integers(0, len(values), lines))


def _with_unknown(rng: np.random.Generator, column: pl.Series) -> pl.Series:
    kept = pl.Series(rng.random(len(column)) >= UNKNOWN_SHARE)
    return column.zip_with(kept, column.clear(len(column)))


def facts(lines: int, *, seed: int = SEED, first: int = 0, unknown: bool = True) -> pl.DataFrame:
    """Return a facts frame of seeded lines, numbered from ``first``."""
    rng = np.random.default_rng((seed, first, lines))
    goods = pl.DataFrame(
        GOODS, schema=["hs_code", "group", "unit", "listed", "risk", "share"], orient="row"
    )
    shares = goods["share"].to_numpy()
    chosen = goods[rng.choice(len(GOODS), lines, p=shares / shares.sum())]
    export = rng.random(lines) < 0.6
    columns = _identity(first, lines) | _trade(rng, lines, export) | _registers(rng, chosen)
    for fact in FACTS:
        name, dtype = fact.name, FRAME_SCHEMA[fact.name]
        if name not in columns and dtype == pl.Boolean:
            columns[name] = pl.Series(rng.random(lines) < _TRUE.get(name, 0.97))
        columns.setdefault(name, pl.Series([None], dtype=dtype).new_from_index(0, lines))
        if unknown and fact.source in _MAY_LACK and name not in _REQUIRED:
            columns[name] = _with_unknown(rng, columns[name])
    return pl.DataFrame({name: columns[name].cast(FRAME_SCHEMA[name]) for name in FRAME_SCHEMA})


def _same(value: Any, lines: int, dtype: Any = pl.String) -> pl.Series:
    return pl.Series([value], dtype=dtype).new_from_index(0, lines)


def _identity(first: int, lines: int) -> dict[str, pl.Series]:
    numbers = pl.int_range(first, first + lines, eager=True).cast(pl.String)
    reference = "DEC-2012-" + numbers
    return {
        "line": reference,
        "declaration": reference,
        "root": reference,
        "agency": _same("ZHCIQ", lines),
        "on": _same(DAY, lines, pl.Date),
        "received_at": _same(RECEIVED, lines, FRAME_SCHEMA["received_at"]),
    }


def _trade(rng: np.random.Generator, lines: int, export: Any) -> dict[str, pl.Series]:
    out = pl.Series(export)
    abroad = _picked(rng, _ORIGINS, lines, pl.String)
    near = _picked(rng, ["HK", "MO"], lines, pl.String)
    away = near.zip_with(pl.Series(rng.random(lines) < 0.6), abroad)
    home = _same("CN", lines)
    quantity = rng.integers(1, 50_000, lines)
    return {
        "direction": _same("export", lines).zip_with(out, _same("import", lines)),
        "origin": home.zip_with(out, abroad),
        "destination": away.zip_with(out, home),
        "transit_via": _picked(rng, ["NONE", "NONE", "NONE", "HK"], lines, pl.String),
        "agent": _same("SELF", lines),
        **{
            name: _picked(rng, _POOLS[name], lines, pl.String)
            for name in ("enterprise", "consignor", "site", "port", "transport")
        },
        "quantity": pl.Series(quantity),
        "units_in_lot": pl.Series(rng.integers(10, 5_000, lines)),
        "value_cny": pl.Series(quantity * rng.integers(2, 400, lines)),
        "produced_on": pl.Series(np.datetime64(DAY) - rng.integers(0, 40, lines)),
    }


def _registers(rng: np.random.Generator, chosen: pl.DataFrame) -> dict[str, pl.Series]:
    lines = chosen.height
    hazards = [[f"HAZ-{(i * 7 + k) % HAZARDS:03d}" for k in range(i % 4)] for i in range(20)]
    return {
        "hs_code": chosen["hs_code"],
        "commodity_group": chosen["group"],
        "unit": chosen["unit"],
        "unit_expected": chosen["unit"],
        "in_legal_catalogue": chosen["listed"],
        "inspection_letters": _same("P.R/Q.S", lines),
        "product_risk": chosen["risk"],
        "hazards": _picked(rng, hazards, lines, pl.List(pl.String)),
        "origin_access": _picked(
            rng, ["admitted"] * 48 + ["suspended", "banned"], lines, pl.String
        ),
        "site_kind": _picked(rng, ["base", "farm", "plant", "cold_store"], lines, pl.String),
        "enterprise_class": _picked(rng, [1, 2, 2, 2, 3, 3, 4], lines, pl.Int64),
        "credit_level": _picked(
            rng, ["AA", "A", "B", "B", "B", "B", "B", "C", "D"], lines, pl.String
        ),
        "owed_checks": pl.Series((rng.random(lines) < 0.01).astype(np.int64)),
        "sampling_plan_kind": _same("none", lines),
        "sampling_phase": _picked(rng, ["none"] * 6 + ["screening", "sampling"], lines, pl.String),
        "sampling_version": _same(0, lines, pl.Int64),
        "earlier_chance_ppm": _same(0, lines, pl.Int64),
        "earlier_outcome": _same("none", lines),
        "raised_outcome": _same("none", lines),
        "settled_rules": _same(None, lines, FRAME_SCHEMA["settled_rules"]),
    }


_RARE = ("enterprise", "consignor", "site")
_PREFIX_LENGTHS = (0, 4, 6, 8, 10)
_EFFECTS = (Outcome.DOCUMENT_CHECK, Outcome.INSPECT, Outcome.INSPECT_AND_SAMPLE, Outcome.HOLD)


def _order(number: int, values: dict[str, str], effect: Outcome) -> Order:
    return Order(
        reference=f"CTL-2012-{number:05d}",
        effect=effect,
        reason=Text(zh="布控", en="control"),
        begins=date(2012, 1, 1),
        recorded_at=datetime(2012, 1, 1, tzinfo=UTC),
        mandatory=False,
        **values,  # type: ignore[arg-type]
    )


def orders(count: int = ORDERS, shapes: int = SHAPES, *, seed: int = SEED) -> OrderSet:
    """Return seeded control orders in that many shapes; each names one rare thing at least."""
    rng = np.random.default_rng(seed)
    common = [name for name in SELECTORS[1:] if name not in _RARE]
    plans = [
        (rare, extra, length)
        for rare in _RARE
        for size in (0, 1, 2)
        for extra in combinations(common, size)
        for length in _PREFIX_LENGTHS
    ]
    chosen = [plans[i] for i in rng.choice(len(plans), shapes, replace=False)]
    made = []
    for number in range(count):
        rare, extra, length = chosen[number % shapes]
        values = {name: str(rng.choice(_POOLS[name])) for name in (rare, *extra)}
        if length:
            values["hs_prefix"] = GOODS[int(rng.integers(0, len(GOODS)))][0][:length]
        made.append(_order(number, values, _EFFECTS[number % len(_EFFECTS)]))
    return OrderSet(tuple(made))


# Few values, so that every one of them is named by some order of every shape.
_NARROW = 8


def worst_case(lines: int, *, seed: int = SEED) -> tuple[pl.DataFrame, OrderSet]:
    """
    Return lines that pass every selector of every shape but not together, and their orders.

    Each selector alone lets every line through; only the combination of all does not.
    """
    rng = np.random.default_rng(seed)
    pools = {name: _POOLS[name][:_NARROW] for name in EQUALITY}
    codes = [row[0] for row in GOODS][:_NARROW]
    frame = facts(lines, seed=seed, unknown=False)
    narrowed = {name: _picked(rng, pool, lines, pl.String) for name, pool in pools.items()}
    narrowed["hs_code"] = _picked(rng, codes, lines, pl.String)
    frame = frame.with_columns(**narrowed)
    wide = [extra for size in (3, 4, 5, 6) for extra in combinations(EQUALITY, size)]
    shapes = [wide[i] for i in rng.choice(len(wide), SHAPES, replace=False)]
    made = []
    for number in range(ORDERS):
        values = {name: str(rng.choice(pools[name])) for name in shapes[number % SHAPES]}
        values["hs_prefix"] = str(rng.choice(codes))
        made.append(_order(number, values, Outcome.DOCUMENT_CHECK))
    return frame, OrderSet(tuple(made))
