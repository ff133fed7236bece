"""Enterprises on record twice: found again in a planted set, and by brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from tests.core.planted import Planted, planted

from guomen.core import likeness


@pytest.fixture(scope="module")
def known() -> Planted:
    return planted(6_000)


def scored(found: set[tuple[int, int]], same: set[tuple[int, int]]) -> tuple[float, float, float]:
    hits = len(found & same)
    precision, recall = hits / max(len(found), 1), hits / len(same)
    return precision, recall, 2 * precision * recall / (precision + recall)


def test_pairs_of_a_planted_set_are_found(known: Planted) -> None:
    kept = likeness.pairs(known.records).above()
    found = set(zip(kept.left.tolist(), kept.right.tolist(), strict=True))
    precision, recall, f1 = scored(found, known.same)
    assert f1 >= 0.95, (precision, recall, f1)


def test_the_weights_were_not_fitted_to_one_seed() -> None:
    other = planted(4_000, twice=0.05, sisters=0.1, seed=99)
    kept = likeness.pairs(other.records).above()
    found = set(zip(kept.left.tolist(), kept.right.tolist(), strict=True))
    assert scored(found, other.same)[2] >= 0.95


def test_keys_lose_next_to_nothing_of_what_comparing_all_with_all_finds() -> None:
    few = planted(400, twice=0.2)
    marks = likeness.plain(few.records)
    every = np.array(list(combinations(range(few.records.height), 2)))
    brute = likeness.compare(marks, every[:, 0], every[:, 1]).above()
    wanted = set(zip(brute.left.tolist(), brute.right.tolist(), strict=True))
    kept = likeness.pairs(few.records).above()
    found = set(zip(kept.left.tolist(), kept.right.tolist(), strict=True))
    assert found <= wanted
    assert len(found) >= 0.97 * len(wanted)


def test_one_record_is_compared_as_a_pair_is(known: Planted) -> None:
    few = known.records.head(200)
    one = few.row(5, named=True)
    found = likeness.pairs_with(few, one)
    assert int(found.left[np.argmax(found.weight)]) == 5
    both = likeness.compare(likeness.plain(few), np.array([3]), np.array([5]))
    assert found.weight[3] == both.weight[0]


def test_what_is_not_known_weighs_nothing() -> None:
    blank = dict.fromkeys(likeness.COLUMNS, "")
    rows = pl.DataFrame([blank, blank, blank | {"phone": "0756-3332211"}])
    found = likeness.compare(likeness.plain(rows), np.array([0, 0]), np.array([1, 2]))
    assert found.weight.tolist() == [0.0, 0.0]
    assert likeness.pairs(rows).left.tolist() == []


def test_what_everybody_gives_tells_nothing() -> None:
    blank = dict.fromkeys(likeness.COLUMNS, "")
    asked = blank | {"phone": "0756-2123456"}
    both = np.array([0]), np.array([1])
    rare, common = (
        likeness.compare(likeness.plain(pl.DataFrame([asked] * holders)), *both).weight[0]
        for holders in (2, 4_000)
    )
    assert rare > 0
    assert common == 0


def test_another_house_of_the_same_street_is_another_place() -> None:
    blank = dict.fromkeys(likeness.COLUMNS, "")
    rows = pl.DataFrame(
        [blank | {"address": f"井岸镇{n}"} for n in ("812号", "815号", "812号之一")]
    )
    found = likeness.compare(likeness.plain(rows), np.array([0, 0]), np.array([1, 2]))
    assert found.weight[0] < 0 < found.weight[1]
