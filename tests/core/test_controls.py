"""Matching of control orders against a plain reading, line by line and order by order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.brute import meets
from tests.core.orders import DAYS, MOMENTS, REASON, VALUES, many, orders
from tests.rulebooks.lines import frame, row

from guomen.core import matching
from guomen.core.controls import EQUALITY, ControlOrderError, Order
from guomen.core.matching import Matches, OrderSet
from guomen.core.severity import Outcome

ALWAYS = {"begins": DAYS[0], "recorded_at": MOMENTS[0], "ends": None, "superseded_at": None}
_HS = ["0202300090", "0702000000", "9503006000", "0203", "8888888888"]


def _triples(order_set: OrderSet, lines: list[dict[str, Any]]) -> list[tuple[int, int, bool]]:
    found = order_set.match(frame(*lines))
    return sorted(
        zip(found.line.tolist(), found.order.tolist(), found.certain.tolist(), strict=True)
    )


def _expected(order_set: OrderSet, lines: list[dict[str, Any]]) -> list[tuple[int, int, bool]]:
    return sorted(
        (i, j, bool(how))
        for i, line in enumerate(lines)
        for j, order in enumerate(order_set.orders)
        for how in [meets(order, line)]
        if how is not False
    )


def _line(pick: Any) -> dict[str, Any]:
    facts = {name: pick([*VALUES[name], "other", None]) for name in EQUALITY}
    hazards = pick([None, [], ["PEST-1"], ["PEST-1", "PEST-2", "X"], ["X", None]])
    return row(
        "toys", **facts, hs_code=pick([*_HS, None]), hazards=hazards,
        on=pick(DAYS), received_at=pick(MOMENTS),
    )  # fmt: skip


@settings(max_examples=150)
@given(st.lists(orders(), max_size=8), st.data())
def test_a_few_lines_meet_the_orders_that_a_plain_reading_meets(
    some: list[Order], data: st.DataObject
) -> None:
    order_set = OrderSet(tuple(some))
    lines = [
        _line(lambda c: data.draw(st.sampled_from(c))) for _ in range(data.draw(st.integers(0, 4)))
    ]
    assert _triples(order_set, lines) == _expected(order_set, lines)


def _long(seed: int, **always: Any) -> tuple[OrderSet, list[dict[str, Any]]]:
    """Return sixty orders, and more lines than go down the trees one by one."""
    generator = np.random.default_rng(seed)
    some = [replace(order, **always) for order in many(generator, 60, widest=4)]
    lines = [_line(lambda c: c[int(generator.integers(0, len(c)))]) for _ in range(400)]
    return OrderSet(tuple(some)), lines


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even a single line go down the tables."""
    monkeypatch.setattr(matching, "_by_trees", lambda steps: False)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("always", [{}, ALWAYS], ids=["periods", "always"])
def test_many_lines_meet_the_orders_that_a_plain_reading_meets(
    seed: int, always: dict[str, Any]
) -> None:
    order_set, lines = _long(seed, **always)
    found = _triples(order_set, lines)
    assert found == _expected(order_set, lines)
    assert {certain for _, _, certain in found} == {True, False}
    one_by_one = sorted(
        (i, j, c) for i, line in enumerate(lines) for _, j, c in _triples(order_set, [line])
    )
    assert one_by_one == found


@pytest.mark.usefixtures("tables")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(orders(), max_size=8), st.data())
def test_the_tables_lead_where_a_plain_reading_leads(
    some: list[Order], data: st.DataObject
) -> None:
    order_set = OrderSet(tuple(some))
    lines = [
        _line(lambda c: data.draw(st.sampled_from(c))) for _ in range(data.draw(st.integers(0, 3)))
    ]
    assert _triples(order_set, lines) == _expected(order_set, lines)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("always", [{}, ALWAYS], ids=["periods", "always"])
def test_trees_and_tables_come_to_the_same(
    seed: int, always: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    order_set, lines = _long(seed, **always)
    several = (
        replace(order, effect=list(Outcome)[i % 6], mandatory=i % 2 == 0, rate_ppm=i * 1000)
        for i, order in enumerate(order_set.orders)
    )
    order_set, facts = OrderSet(tuple(several)), frame(*lines)
    monkeypatch.setattr(matching, "_by_trees", lambda steps: True)
    trees = order_set.match(facts).followed
    monkeypatch.setattr(matching, "_by_trees", lambda steps: False)
    halves = Matches.joined([order_set.match(facts[:150]), order_set.match(facts[150:])])
    for one, other in zip(trees, halves.followed, strict=True):
        np.testing.assert_array_equal(one, other)
    whole = order_set.match(facts)
    assert sorted(zip(halves.line, halves.order, strict=True)) == sorted(
        zip(whole.line, whole.order, strict=True)
    )
    assert len(halves) == len(whole) > 0


def _order(**facts: Any) -> Order:
    basis: dict[str, Any] = {
        "reference": "BK-1", "effect": Outcome.HOLD, "reason": REASON, "begins": DAYS[1],
        "recorded_at": MOMENTS[1],
    }  # fmt: skip
    return Order(**(basis | facts))


def test_an_order_without_selectors_meets_every_line() -> None:
    assert _triples(OrderSet((_order(),)), [row("toys"), row("meat")]) == [
        (0, 0, True),
        (1, 0, True),
    ]


@pytest.mark.parametrize(
    ("on", "meets_it"), [(date(2012, 5, 23), False), (DAYS[1], True), (DAYS[2], False)]
)
def test_an_order_binds_from_its_first_day_to_the_day_before_its_end(
    on: date, meets_it: bool
) -> None:
    found = _triples(
        OrderSet((_order(ends=DAYS[2]),)), [row("toys", on=on, received_at=MOMENTS[1])]
    )
    assert bool(found) is meets_it


@pytest.mark.parametrize(("at", "known"), list(zip(MOMENTS, (False, True, False), strict=True)))
def test_an_order_is_used_only_while_it_is_known(at: datetime, known: bool) -> None:
    order = _order(superseded_at=MOMENTS[2])
    assert bool(_triples(OrderSet((order,)), [row("toys", received_at=at)])) is known


def test_no_order_and_no_line_give_no_match() -> None:
    assert _triples(OrderSet(()), [row("toys")]) == []
    assert len(OrderSet((_order(),)).match(frame()).line) == 0


@pytest.mark.parametrize("prefix", ["0", "02023000901", "02A", ""])
def test_a_prefix_that_is_no_hs_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ControlOrderError, match="2 to 10 digits"):
        _order(hs_prefix=prefix)


def test_an_order_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ControlOrderError, match="later end"):
        _order(ends=DAYS[1])


def test_a_moment_without_a_zone_is_refused() -> None:
    order_set = OrderSet((_order(recorded_at=datetime(2012, 5, 24)),))  # noqa: DTZ001
    with pytest.raises(ControlOrderError, match="zone"):
        order_set.match(frame(row("toys")))


def test_a_process_goes_down_trees_until_tables_pay_for_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching._Walked, "steps", 0)
    assert [matching._by_trees(steps) for steps in (1, 2_000, 200_000, 100_000, 2_001, 2_000)] == [
        True, True, True, True, False, True,
    ]  # fmt: skip
    monkeypatch.setattr(matching._Walked, "steps", 0)
    assert not matching._by_trees(4_000_000)
