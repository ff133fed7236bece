"""Hand-made consignment lines that pass every rule, and the answers that the book gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from guomen.core.decide import Engine
from guomen.core.facts import FRAME_SCHEMA
from guomen.core.matching import OrderSet
from guomen.core.rules import Book
from guomen.core.ruling import Answer
from guomen.core.severity import BY_SEVERITY
from guomen.rulebooks.book import BOOK, engine
from guomen.rulebooks.sampling_policies import SAMPLING

TODAY = date(2012, 5, 24)
NOBODY = OrderSet(())
NEVER = 2**52 - 1  # the largest u: drawn only at a chance of one

# Everything declared and registered as it should be; each kind below says the rest.
_GOOD = {name: True for name, dtype in FRAME_SCHEMA.items() if dtype == pl.Boolean} | {
    "line": "L1",
    "declaration": "D1",
    "root": "L1",
    "agency": "ZHUHAI",
    "on": TODAY,
    "received_at": datetime(2012, 5, 24, 1, tzinfo=UTC),
    "enterprise": "ENT-1",
    "agent": "SELF",
    "consignor": "OVS-1",
    "site": "SIT-1",
    "transit_via": "NONE",
    "port": "CNGBP",
    "transport": "road",
    "quantity": Decimal(1000),
    "units_in_lot": 100,
    "value_cny": Decimal(20_000),
    "produced_on": date(2012, 5, 20),
    "declaration_right_suspended": False,
    "blacklisted": False,
    "inspection_letters": "",
    "hazards": [],
    "origin_access": "admitted",
    "site_kind": "plant",
    "enterprise_class": 1,
    "product_risk": "general",
    "credit_level": "B",
    "owed_checks": 0,
    "sampling_plan_kind": "none",
    "sampling_phase": "none",
    "sampling_version": 0,
    "refused_before": False,
    "earlier_chance_ppm": 0,
    "earlier_outcome": "none",
    "raised_outcome": "none",
}
_IN = {"direction": "import", "origin": "AU", "destination": "CN"}
_OUT = {"direction": "export", "origin": "CN"}


def _kind(hs_code: str, group: str, unit: str, *more: Mapping[str, Any]) -> dict[str, Any]:
    goods = {"hs_code": hs_code, "commodity_group": group, "unit": unit, "unit_expected": unit}
    row: dict[str, Any] = dict.fromkeys(FRAME_SCHEMA) | _GOOD | goods
    for facts in more:
        row |= facts
    return row


KINDS: Mapping[str, dict[str, Any]] = {
    "meat": _kind("0202300090", "meat", "KGM", _IN, {"product_risk": "high"}),
    "fruit": _kind("0808100000", "fruit", "KGM", _IN, {"product_risk": "high"}),
    "dairy": _kind("0402210000", "dairy", "KGM", _IN, {"product_risk": "high"}),
    "biscuits": _kind("1905310000", "food", "KGM", _IN, {"product_risk": "higher"}),
    "cosmetics": _kind("3304990000", "cosmetics", "KGM", _IN),
    "additives": _kind("2918140000", "additives", "KGM", _IN, {"product_risk": "high"}),
    "machine": _kind("8457101000", "machinery", "SET", _IN),
    "cartons": _kind("4819100000", "other", "KGM", _OUT, {"destination": "US"})
    | {"in_legal_catalogue": False},
    "shirts": _kind("6109100000", "textiles", "C62", _OUT, {"destination": "US"}),
    "toys": _kind("9503006000", "toys", "C62", _OUT, {"destination": "US"}),
    "sauce": _kind("2103100000", "food", "KGM", _OUT, {"destination": "US"}),
    "cabbage": _kind("0704901000", "vegetables", "KGM", _OUT, {"destination": "MO"}),
    "pigs": _kind("0103920090", "live_animals", "HEA", _OUT, {"destination": "HK"}),
    "eels": _kind("0301920090", "aquatic", "KGM", _OUT, {"destination": "JP"}),
    "oranges": _kind("0805100000", "fruit", "KGM", _OUT, {"destination": "MO"}),
    "crabs": _kind("0306249900", "aquatic", "KGM", _OUT, {"destination": "MO"}),
    "passing": _kind(
        "0102290000", "live_animals", "HEA", {"direction": "transit"},
        {"origin": "VN", "destination": "MO"},
    ),
}  # fmt: skip


def row(kind: str, **facts: Any) -> dict[str, Any]:
    """Return one line of a kind with some facts changed."""
    return KINDS[kind] | facts


def frame(*rows: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FRAME_SCHEMA)


def rule(
    *rows: Mapping[str, Any],
    u: int = NEVER,
    orders: OrderSet = NOBODY,
    by: Engine | None = None,
) -> pl.DataFrame:
    """Return the rulings of the book on some lines, drawn with the same u."""
    draws = np.full(len(rows), u, dtype=np.int64)
    rulings, _ = (by or engine()).admit(frame(*rows), orders=orders, draws=draws)
    return rulings.with_columns(
        pl.col("outcome").replace_strict(
            {rank: str(outcome) for rank, outcome in BY_SEVERITY.items()}, return_dtype=pl.String
        )
    )


def answer(ruling: Mapping[str, Any], number: int) -> Answer:
    """Unpack one answer: two bits a rule, 32 rules a word."""
    word = int(ruling[f"answers_{number // 32}"])
    return Answer((word >> (2 * (number % 32))) & 3)


@cache
def alone(rule_id: str) -> Engine:
    """Return an engine that knows one rule only, so that its own consequence is seen."""
    return Engine(Book((replace(BOOK.by_id[rule_id], number=0),)), policies=SAMPLING)
