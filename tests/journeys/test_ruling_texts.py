"""Rulings as texts and back: what is read is what was written, and orders stand by their lines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.core.orders import orders
from tests.rulebooks.guesses import lines
from tests.rulebooks.lines import KINDS, frame

from guomen.core import canonical
from guomen.core.controls import Order
from guomen.core.matching import OrderSet
from guomen.journeys import rulings

STRANGE = ['a"b', "back\\slash", "line\nend", "tab\t", "\x7f\x00", "国门,报检", "{}", "null", ""]


HAZARDS = [None, [], ["A"], ["A", "B"], ["A", None], ['"', "A"], [""]]
ROWS = list(KINDS.values())


def _bodies(rows: list[dict[str, Any]], us: list[int]) -> list[str]:
    drawn = [
        {
            "draw_agency": "ZHCIQ",
            "draw_anchor": "0" * 64,
            "draw_counter": 0,
            "draw_day": row["on"],
            "root": row["root"],
            "u": u,
        }
        for row, u in zip(rows, us, strict=True)
    ]
    return rulings.bodies(
        rulings.encode_facts(frame(*rows)), rulings.encode_draws(drawn), ["{}"] * len(rows)
    )


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            lines(most_changes=20), st.sampled_from([-1, 0, 2**52 - 1]), st.sampled_from(STRANGE)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_facts_and_draws_are_read_back_as_they_were_written(
    some: list[tuple[dict[str, Any], int, str]],
) -> None:
    rows = [row | {"site": text, "hazards": [text, "X"]} for row, _, text in some]
    us = [u for _, u, _ in some]
    texts = _bodies(rows, us)
    facts, draws = rulings.decode(texts)
    assert_frame_equal(facts, frame(*rows))
    assert draws.tolist() == us
    assert [canonical.dumps(canonical.loads(text)) for text in texts] == texts


@pytest.mark.parametrize("size", [0, 1, 64, 65, 700])
def test_a_long_batch_is_written_and_read_as_a_short_one(size: int) -> None:
    some = [ROWS[i % len(ROWS)] for i in range(size)]
    rows = [
        row | {"line": f"L{i}", "site": STRANGE[i % 9], "hazards": HAZARDS[i % 7]}
        for i, row in enumerate(some)
    ]
    us = [i * 7 for i in range(size)]
    texts = _bodies(rows, us)
    assert texts == [text for i in range(size) for text in _bodies([rows[i]], [us[i]])]
    facts, draws = rulings.decode(texts)
    assert_frame_equal(facts, frame(*rows))
    assert draws.tolist() == us


@settings(max_examples=60)
@given(st.lists(lines(most_changes=20), min_size=1, max_size=6), st.lists(orders(), max_size=6))
def test_orders_stand_by_the_lines_that_they_met(
    rows: list[dict[str, Any]], some: list[Order]
) -> None:
    order_set, facts = OrderSet(tuple(some)), frame(*rows)
    matches = order_set.match(facts)
    met = rulings.matched(matches, order_set, len(rows))
    pairs = sorted(zip(matches.line, matches.order, matches.certain, strict=True))
    for number, (certain, possible) in enumerate(met):
        for references, sure in ((certain, True), (possible, False)):
            assert list(references) == [
                some[order].reference for line, order, how in pairs if (line, how) == (number, sure)
            ]
