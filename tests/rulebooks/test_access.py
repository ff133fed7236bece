"""
What goods need agrees with the gate: the gate's own engine says so, case by case.

For every case the facts that are not its own are filled so that every requirement holds; then the
engine must refuse or hold for no rule of admission. Taking away any one thing that was said to be
needed must make exactly its rules fail, and nothing that was not said to be needed may matter.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import polars as pl
import pytest

from guomen.core import conditions, explain
from guomen.core.facts import FRAME_SCHEMA
from guomen.core.matching import OrderSet
from guomen.core.ruling import Answer as Ruled
from guomen.core.ruling import Gate
from guomen.rulebooks import access
from guomen.rulebooks.access import SUPPLIES, Answer, Kind, needs
from guomen.rulebooks.book import BOOK, engine
from guomen.rulebooks.commodities import COMMODITIES

DAYS = (date(2009, 8, 1), date(2012, 5, 24), date(2022, 6, 1))
CODES = {c.group: c for c in COMMODITIES} | {
    "live fish": next(c for c in COMMODITIES if c.hs_code.startswith("0301")),
    "oysters": next(c for c in COMMODITIES if c.hs_code.startswith("030711")),
}


def cases() -> list[dict[str, Any]]:
    ways = (
        ("import", "AU", "CN", "NONE"),
        ("import", "JP", "CN", "HK"),
        ("export", "CN", "MO", "NONE"),
        ("export", "CN", "FR", "NONE"),
        ("transit", "AU", "MO", "NONE"),
    )
    return [
        {
            "direction": direction,
            "origin": origin,
            "destination": destination,
            "transit_via": via,
            "hs_code": goods.hs_code,
            "commodity_group": goods.group.value,
            "in_legal_catalogue": goods.in_legal_catalogue,
        }
        for (direction, origin, destination, via), goods in product(ways, CODES.values())
    ]


# Values that satisfy each fact that a requirement reads; the rest of a line is of no account.
GOOD: dict[str, Any] = {
    **{name: True for name, supply in SUPPLIES.items() if supply.kind in (Kind.LICENCE,)},
    **{name: True for name in SUPPLIES if name.startswith("doc_")},
    "enterprise_active": True,
    "enterprise_number_valid": True,
    "declaration_right_suspended": False,
    "blacklisted": False,
    "origin_access": "admitted",
    "port_designated": True,
    "port_known": True,
    "transport": "sea",
    "quantity": Decimal(100),
    "unit": "KGM",
    "unit_expected": "KGM",
    "units_in_lot": 10,
    "value_cny": Decimal(2000),
    "produced_on": date(2000, 1, 1),
    "agent": "SELF",
}


def asked_and_failing(facts: dict[str, Any], on: date) -> tuple[set[str], set[str]]:
    """Return the rules of admission that the gate asked, and those that stop the line."""
    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    row = {"line": "X/1", "on": on, "received_at": at, **facts}
    frame = pl.DataFrame([row], schema=FRAME_SCHEMA)
    ruled, _ = engine().admit(frame, orders=OrderSet(()), draws=None)
    words = ruled.select(f"answers_{i}" for i in range(engine().words)).row(0)
    answers = {
        rule.id: explain.answer_of(rule, words)
        for rule in BOOK.rules
        # Rules on trial stop nothing.
        if rule.gate is Gate.ADMISSION and rule.requires is not None and not rule.trial
    }
    asked = {rule for rule, answer in answers.items() if answer is not Ruled.NOT_ASKED}
    return asked, {r for r in asked if answers[r] in (Ruled.FAILS, Ruled.UNKNOWN)}


@pytest.mark.parametrize("on", DAYS)
def test_what_is_said_to_be_needed_is_what_the_gate_asks(on: date) -> None:
    for case in cases() if on == DAYS[1] else cases()[::5]:
        found = needs(case, on=on)
        known = {**GOOD, **case}
        said = {n.rule.id for n in needs(known, on=on)}
        asked, stopping = asked_and_failing(known, on)
        assert said == asked, case
        # Declared well and with everything supplied, only an impossible route may remain.
        assert stopping <= {n.rule.id for n in found if n.answer is Answer.NOT_MET}, case
        # What may still depend on a fact that is not known yet is among what was said before.
        assert said <= {n.rule.id for n in found}, case


@pytest.mark.parametrize("on", DAYS[1:2])
def test_taking_away_one_thing_that_is_needed_stops_exactly_its_rules(on: date) -> None:
    for case in cases()[::3]:
        known = {**GOOD, **case}
        _, before = asked_and_failing(known, on)
        needed = needs(known, on=on)
        facts = {name for need in needed for name in need.facts if name not in case}
        for name in sorted(facts & set(GOOD)):
            if SUPPLIES[name].kind is Kind.DECLARATION:
                continue
            _, stopped = asked_and_failing({**known, name: None}, on)
            expected = {need.rule.id for need in needed if name in need.facts}
            assert stopped - before == expected, (case, name)


def test_nothing_that_is_not_needed_matters() -> None:
    on = DAYS[1]
    for case in cases()[::5]:
        known = {**GOOD, **case}
        _, before = asked_and_failing(known, on)
        needed = {name for need in needs(known, on=on) for name in need.facts}
        applies = {n for r in access.requirements(on) for n in conditions.names(r.applies)}
        without = {n: v for n, v in known.items() if n in needed | applies | set(case)}
        _, after = asked_and_failing(without, on)
        assert after == before, case


def test_every_fact_that_a_requirement_reads_says_who_supplies_it() -> None:
    read = {
        name
        for rule in BOOK.rules
        if rule.gate is Gate.ADMISSION and rule.requires is not None
        for name in conditions.names(rule.requires)
    }
    assert read <= set(SUPPLIES)


def test_meat_by_way_of_hong_kong_needs_the_pre_inspection_and_directly_not() -> None:
    meat = {"direction": "import", "commodity_group": "meat", "hs_code": "0202300090"}
    via = {n.rule.id: n for n in needs({**meat, "transit_via": "HK"}, on=DAYS[1])}
    assert via["IMP-MEAT-PRE-INSPECTION"].answer is Answer.NEEDED
    direct = {n.rule.id for n in needs({**meat, "transit_via": "NONE"}, on=DAYS[1])}
    assert "IMP-MEAT-PRE-INSPECTION" not in direct
    unsaid = {n.rule.id: n for n in needs(meat, on=DAYS[1])}
    assert unsaid["IMP-MEAT-PRE-INSPECTION"].answer is Answer.DEPENDS


def test_a_fact_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        needs({"colour": "red"}, on=DAYS[1])
