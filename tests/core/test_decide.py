"""The door to a decision against a slow reading of the same book, and what never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.core.brute import WORST_FIRST, decide
from tests.core.orders import orders
from tests.rulebooks.guesses import lines
from tests.rulebooks.lines import KINDS, NEVER, NOBODY, answer, frame, row, rule

from guomen.core.controls import Order
from guomen.core.decide import Engine, PolicyMissingError
from guomen.core.facts import FactsSchemaError
from guomen.core.matching import OrderSet
from guomen.core.rules import Book, Consequence, Rule
from guomen.core.ruling import Answer, Gate
from guomen.core.severity import SEVERITY, Outcome
from guomen.core.text import Text
from guomen.rulebooks.book import BOOK, engine
from guomen.rulebooks.sampling_policies import SAMPLING

DRAWS = [-1, 0, 2**52 // 50, 2**51, NEVER]


def _admit(rows: list[dict[str, Any]], us: list[int], order_set: OrderSet = NOBODY) -> pl.DataFrame:
    return engine().admit(frame(*rows), orders=order_set, draws=np.array(us, dtype=np.int64))[0]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(lines(), st.sampled_from(DRAWS)), min_size=1, max_size=5),
    st.lists(orders(), max_size=4),
)
def test_rulings_are_those_of_a_slow_reading_of_the_book(
    some: list[tuple[dict[str, Any], int]], ordered: list[Order]
) -> None:
    rows, us = map(list, zip(*some, strict=True))
    rulings = _admit(rows, us, OrderSet(tuple(ordered)))
    for line, u, ruling in zip(rows, us, rulings.to_dicts(), strict=True):
        slow = decide(line, BOOK, u, ordered)
        assert {r.number: answer(ruling, r.number).name for r in BOOK.rules} == slow.answers
        assert WORST_FIRST[::-1][ruling["outcome"]] == slow.outcome
        assert (ruling["rate_ppm"], ruling["chance_ppm"]) == (slow.rate, slow.chance)
        assert (ruling["mode"], ruling["selected"]) == (slow.mode, slow.selected)
        assert ruling["degraded"] is (u < 0)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(lines(), st.sampled_from(DRAWS)), min_size=1, max_size=6),
    st.lists(orders(), max_size=4),
    st.randoms(use_true_random=False),
)
def test_one_by_one_batch_and_shuffled_decisions_agree(
    some: list[tuple[dict[str, Any], int]], ordered: list[Order], chance: Any
) -> None:
    # More lines than the short path takes, so that both ways are asked.
    some = some * (70 // len(some) + 1)
    rows = [line | {"line": f"L{i}"} for i, (line, _) in enumerate(some)]
    us = [u for _, u in some]
    order_set = OrderSet(tuple(ordered))
    batch = _admit(rows, us, order_set)
    shuffled = list(range(len(rows)))
    chance.shuffle(shuffled)
    mixed = _admit([rows[i] for i in shuffled], [us[i] for i in shuffled], order_set)
    assert_frame_equal(mixed, batch[shuffled])
    for i in range(6):
        assert_frame_equal(_admit([rows[i]], [us[i]], order_set), batch[i : i + 1])


@settings(max_examples=40)
@given(lines(), st.sampled_from(sorted(r.id for r in BOOK.rules)))
def test_a_settled_rule_loses_its_own_outcome_and_nothing_else(
    line: dict[str, Any], settled: str
) -> None:
    line = line | {"settled_rules": None}
    before = _admit([line], [0]).row(0, named=True)
    after = _admit([line | {"settled_rules": [settled]}], [0]).row(0, named=True)
    assert after["outcome"] <= before["outcome"]
    assert {
        k: v for k, v in after.items() if k not in ("outcome", "sampling", "n", "ac", "re")
    } == {k: v for k, v in before.items() if k not in ("outcome", "sampling", "n", "ac", "re")}
    others = decide(line | {"settled_rules": [settled]}, BOOK, 0)
    assert WORST_FIRST[::-1][after["outcome"]] == others.outcome


def test_a_hold_that_is_settled_leaves_a_drawn_line_to_be_inspected() -> None:
    held = row("toys", quality_licence_held=None)
    settled = held | {"settled_rules": ["EXP-TOY-LICENCE"]}
    assert rule(held, settled, u=0)["outcome"].to_list() == ["hold", "inspect"]


def test_a_settled_rule_of_another_line_still_counts() -> None:
    held = row("toys", quality_licence_held=None)
    found = rule(
        held | {"settled_rules": ["EXP-TOY-LICENCE"]}, held, row("toys", settled_rules=["NO"])
    )
    assert found["outcome"].to_list() == ["release", "hold", "release"]


def test_rules_on_trial_are_answered_and_never_combined() -> None:
    strange = row("toys", units_in_lot=10**6)
    assert answer(rule(strange).row(0, named=True), 13) is Answer.FAILS
    assert rule(strange)["outcome"].to_list() == ["release"]
    for severe in Outcome:
        trial = replace(
            _rule("TRUE"), trial=True, consequence=Consequence(outcome=severe, rate_ppm=1)
        )
        tried = rule(row("toys"), by=Engine(Book((trial,)), policies={}))
        assert (tried["outcome"][0], tried["rate_ppm"][0]) == ("release", 0)


def test_every_outcome_stands_over_the_milder_ones() -> None:
    for i, worse in enumerate(WORST_FIRST):
        for milder in WORST_FIRST[i:]:
            book = Book(
                (
                    _rule("TRUE", consequence=Consequence(outcome=Outcome(milder))),
                    replace(
                        _rule("TRUE", consequence=Consequence(outcome=Outcome(worse))),
                        number=1, id="T-2",
                    ),
                )
            )  # fmt: skip
            assert rule(row("toys"), by=Engine(book, policies={}))["outcome"][0] == worse


def test_without_a_key_only_what_is_certain_is_selected_and_it_is_said() -> None:
    sure, likely = row("meat", sampling_phase="screening"), row("meat")
    rulings, _ = engine().admit(frame(sure, likely), orders=NOBODY, draws=None)
    assert rulings["selected"].to_list() == [True, False]
    assert rulings["degraded"].to_list() == [True, True]


def test_a_line_is_drawn_exactly_below_its_chance() -> None:
    # 20 % of 2**52, rounded up: the first u that is not drawn.
    edge = -(-(2**52) * 200_000 // 10**6)
    assert rule(row("meat"), u=edge - 1)["selected"].to_list() == [True]
    assert rule(row("meat"), u=edge)["selected"].to_list() == [False]


def test_orders_and_earlier_decisions_put_a_floor_under_the_chance() -> None:
    order = Order(
        reference="BK-1", effect=Outcome.RELEASE, reason=Text(zh="测", en="t"), origin="AU",
        begins=date(2012, 1, 1), recorded_at=row("meat")["received_at"], rate_ppm=900_000,
    )  # fmt: skip
    found = rule(
        row("meat"), row("toys"), row("toys", earlier_chance_ppm=700_000), orders=OrderSet((order,))
    )
    assert found["chance_ppm"].to_list() == [900_000, 20_000, 700_000]


def test_a_long_batch_follows_periods_to_the_day_as_a_short_one_does() -> None:
    days = {day for r in BOOK.rules for day in (r.begins, r.ends) if day is not None}
    changes = sorted(day - timedelta(back) for day in days for back in (0, 1))
    batch = [row(kind, on=day) for day in changes for kind in KINDS]
    assert len(batch) > 64
    long = rule(*batch)
    pieces = [rule(*batch[i : i + 60]) for i in range(0, len(batch), 60)]
    assert_frame_equal(long, pl.concat(pieces))


def test_an_empty_batch_gives_an_empty_frame() -> None:
    rulings, matches = engine().admit(frame(), orders=NOBODY, draws=None)
    assert (rulings.height, len(matches.line)) == (0, 0)


def test_what_is_no_facts_frame_is_refused() -> None:
    with pytest.raises(FactsSchemaError):
        engine().admit(frame(row("toys")).drop("quantity"), orders=NOBODY, draws=None)


def test_a_policy_that_is_not_given_is_asked_for_by_name() -> None:
    with pytest.raises(PolicyMissingError, match="ispm31"):
        Engine(BOOK, policies={k: p for k, p in SAMPLING.items() if "ispm" not in k})


def test_words_hold_two_bits_a_rule_and_nothing_more() -> None:
    ruling = rule(row("meat", permit_held=None)).row(0, named=True)
    packed = 0
    for word in range(engine().words):
        packed |= int(ruling[f"answers_{word}"]) << (64 * word)
    assert packed < 4 ** len(BOOK.rules)
    assert SEVERITY[Outcome(ruling["outcome"])] == 4


def _rule(applies: str, **more: Any) -> Rule:
    basis: dict[str, Any] = {
        "number": 0, "id": "T-1", "gate": Gate.ADMISSION, "says": Text(zh="一。", en="One."),
        "instrument": Text(zh="试", en="Trial"), "clause": "1", "certainty": "default",
        "begins": date(2000, 1, 1), "applies": applies,
    }  # fmt: skip
    return Rule(**(basis | more))
