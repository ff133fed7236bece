"""Lines made by chance around the values at which rules turn, for property tests."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st
from tests.rulebooks.lines import KINDS

from guomen.core.facts import FRAME_SCHEMA
from guomen.core.rules import DERIVED
from guomen.rulebooks.book import BOOK

_NAMED: dict[str, set[str]] = {}
for _rule in BOOK.rules:
    for _text in (_rule.applies, _rule.requires or ""):
        for _fact, _many, _one in re.findall(r"(\w+) (?:IN \(([^)]*)\)|(?:=|<>) '([^']*)')", _text):
            _NAMED.setdefault(_fact, set()).update(re.findall(r"'([^']*)'", _many) or [_one])

_OTHERS: dict[str, list[Any]] = {
    "hs_code": ["0301920090", "0702000000", "95030060", "9503006000"],
    "origin": ["CN", "JP", "AU", "X"],
    "destination": ["CN", "HK", "MO", "US", ""],
    "transit_via": ["NONE", "HK", "SG", ""],
    "enterprise": ["ENT-1", "ENT-2"],
    "agent": ["SELF", "AGT-1"],
    "quantity": [Decimal(0), Decimal("0.001"), Decimal(1000)],
    "value_cny": [Decimal("-1.00"), Decimal(0), Decimal(1000), Decimal("5000000.01")],
    "units_in_lot": [0, 1, 50, 1000, 1001],
    "unit": ["KGM", "C62", "SET"],
    "unit_expected": ["KGM", "C62"],
    "produced_on": [date(2012, 5, 24), date(2012, 5, 25), date(2012, 1, 1)],
    "enterprise_class": [1, 2, 3, 4],
    "owed_checks": [0, 1],
    "earlier_chance_ppm": [0, 150_000, 1_000_000],
    "sampling_version": [0, 7],
    "failing_ppm": [1, 45_000],
    "plan_chance_ppm": [1, 30_000, 1_000_000],
    "hazards": [[], ["PEST-1"]],
    "credit_level": ["AA", "A", "B", "C", "D"],
}
DAYS = [date(2009, 7, 31), date(2011, 10, 1), date(2012, 2, 29), date(2012, 5, 24)]
NEVER_NULL = {
    "line", "declaration", "root", "agency", "on", "received_at", "owed_checks",
    "sampling_plan_kind", "sampling_phase", "sampling_version", "refused_before",
    "earlier_chance_ppm", "earlier_outcome", "raised_outcome",
}  # fmt: skip
KEPT = {"line", "declaration", "root", "agency", "received_at", "settled_rules"}


def values(name: str) -> list[Any]:
    """Return the values of a fact between which some rule tells, and one that none names."""
    if name == "on":
        return DAYS
    dtype = {**FRAME_SCHEMA, **DERIVED}[name]
    if dtype == pl.Boolean:
        return [True, False]
    named = sorted(_NAMED.get(name, set()))
    if name in _OTHERS:
        return _OTHERS[name] + [value for value in named if value not in _OTHERS[name]]
    return [*named, "none"]


@st.composite
def lines(draw: st.DrawFn, number: int = 0, most_changes: int = 8) -> dict[str, Any]:
    """Draw a line: goods in order with some facts changed or taken away."""
    base = dict(KINDS[draw(st.sampled_from(sorted(KINDS)))])
    names = [name for name in FRAME_SCHEMA if name not in KEPT]
    for name in draw(st.lists(st.sampled_from(names), max_size=most_changes, unique=True)):
        choices = values(name) + ([] if name in NEVER_NULL else [None])
        base[name] = draw(st.sampled_from(choices))
    base |= {
        "line": f"L{number}",
        "root": f"L{number}",
        "received_at": datetime(2012, 5, 24, 1, number % 60, tzinfo=UTC),
        "settled_rules": draw(
            st.none() | st.lists(st.sampled_from(sorted(BOOK.by_id)), max_size=3, unique=True)
        ),
    }
    return base
