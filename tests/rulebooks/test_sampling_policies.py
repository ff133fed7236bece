"""The sampling policies against the printed tables of their standards."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.rulebooks.lines import NEVER, row, rule

from guomen.rulebooks import sampling_policies
from guomen.rulebooks.sampling_policies import (
    AQL_FOR_INDUSTRIAL,
    AQL_FOR_PACKED_FOOD,
    DETECTION,
    SAMPLING,
)


def _plans(name: str, lots: list[int]) -> list[tuple[int, int, int]]:
    found = SAMPLING[name].plans(np.array(lots, dtype=np.int64))
    assert {column.dtype for column in found.values()} == {np.dtype(np.int64)}
    return list(zip(*(found[c].tolist() for c in ("n", "ac", "re")), strict=True))


def test_industrial_lots_follow_level_ii_at_2_5() -> None:
    # GB/T 2828.1, tables 1 and 2-A: lot 100 is letter F, lot 1000 J, lot 5000 L; a lot of 3 is
    # letter A and follows the arrow to C, n = 5, which is the whole lot.
    assert _plans(AQL_FOR_INDUSTRIAL, [3, 100, 1000, 5000]) == [
        (3, 0, 1),
        (20, 1, 2),
        (80, 5, 6),
        (200, 10, 11),
    ]


def test_packed_food_follows_level_ii_at_4_0() -> None:
    assert _plans(AQL_FOR_PACKED_FOOD, [50, 1000]) == [(13, 1, 2), (80, 7, 8)]


def test_detection_follows_the_table_of_ispm_31_for_one_percent() -> None:
    # ISPM 31, appendix 2, table 1 (95 %, efficacy 100 %): level 1 %.
    assert _plans(DETECTION, [100, 200, 500, 1000]) == [
        (95, 0, 1),
        (155, 0, 1),
        (225, 0, 1),
        (258, 0, 1),
    ]


def test_a_small_lot_is_searched_for_one_infested_unit() -> None:
    assert _plans(DETECTION, [1, 10, 40]) == [(1, 0, 1), (10, 0, 1), (38, 0, 1)]


@pytest.mark.parametrize(
    ("kind", "n", "policy"),
    [
        ("fruit", 95, DETECTION),
        ("toys", 20, AQL_FOR_INDUSTRIAL),
        ("sauce", 20, AQL_FOR_PACKED_FOOD),
    ],
)
def test_lines_that_are_opened_get_the_plan_of_their_goods(kind: str, n: int, policy: str) -> None:
    opened, closed, uncounted = (
        rule(row(kind, **facts), u=u).row(0, named=True)
        for facts, u in (({}, 0), ({}, NEVER), ({"units_in_lot": None}, 0))
    )
    assert opened["n"] == n
    assert sorted(SAMPLING)[opened["sampling"]] == policy
    assert (closed["sampling"], closed["n"]) == (-1, -1)
    assert (uncounted["n"], uncounted["ac"]) == (-1, -1)


def test_few_lots_remembered_and_forgotten_give_what_many_at_once_give(monkeypatch):
    monkeypatch.setattr(sampling_policies, "_MOST", 12)
    monkeypatch.setattr(sampling_policies, "_REMEMBERED", {})
    dice = random.Random(4)
    sizes = [1, 2, 10, 40, 99, 100, 258, 500, 900, 1_000, 5_000, 20_000, 70_001, 10**6]
    many = dict(zip(sizes, _plans(DETECTION, [*sizes, *range(1, 100)]), strict=False))
    for _ in range(60):
        lots = dice.choices(sizes, k=dice.randint(1, 9))
        assert _plans(DETECTION, lots) == [many[lot] for lot in lots]
