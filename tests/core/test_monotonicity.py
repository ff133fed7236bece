"""Whether ratings hold: intervals of Wilson by his formula, order by brute force, a known table."""

from __future__ import annotations

from itertools import pairwise, product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.monotonicity import Group, report, weighed

Z = 1.959963984540054
groups = st.lists(
    st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=5,
)


def made(counts):
    return [Group(name=f"{n}", failures=k, trials=t) for n, (k, t) in enumerate(counts)]


@given(groups)
def test_an_interval_is_that_of_wilson_and_nothing_is_known_without_trials(counts) -> None:
    for group, (k, n) in zip(report(made(counts)).groups, counts, strict=True):
        if n == 0:
            assert (group.rate, group.low, group.high) == (None, 0.0, 1.0)
            continue
        p = k / n
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        assert group.low == pytest.approx(max(0.0, middle - half), abs=1e-9)
        assert group.high == pytest.approx(min(1.0, middle + half), abs=1e-9)


@given(groups)
def test_the_fit_rises_and_keeps_the_sum_of_failures(counts) -> None:
    fitted = [g for g in report(made(counts)).groups if g.fitted is not None]
    assert all(a.fitted <= b.fitted + 1e-12 for a, b in pairwise(fitted))
    assert sum(g.fitted * g.trials for g in fitted) == pytest.approx(sum(k for k, _ in counts))


@given(groups)
def test_the_trend_is_that_of_all_pairs_of_lots(counts) -> None:
    found = report(made(counts)).trend
    lots = [
        (level, failed) for level, (k, n) in enumerate(counts) for failed in [1] * k + [0] * (n - k)
    ]
    failures = sum(failed for _, failed in lots)
    if len({level for level, _ in lots}) < 2 or failures in (0, len(lots)):
        assert found is None
        return
    # Somers' D of failure on level: pairs that agree less those that disagree, of pairs that
    # differ in level.
    score = differ = 0
    for (a, x), (b, y) in product(lots, repeat=2):
        differ += a != b
        score += (a > b) * ((x > y) - (x < y)) + (a < b) * ((x < y) - (x > y))
    assert found == pytest.approx(score / differ)


def test_what_stands_the_wrong_way_round_is_named() -> None:
    found = report(made([(1, 100), (9, 100), (3, 100), (0, 0), (20, 100)]))
    assert found.reversed_pairs == (("1", "2"),)
    assert found.trend > 0
    assert found.p_value < 0.01


def test_weights_undo_that_good_levels_are_looked_into_less() -> None:
    """
    Draw by unequal chances many times: the weighted share is right on average, the plain one not,
    and the interval covers the truth about as often as it says.
    """
    dice = np.random.default_rng(20120524)
    rates, chances = dice.choice([0.02, 0.3], 2_000, p=[0.8, 0.2]), np.empty(2_000)
    failed = dice.random(2_000) < rates
    chances = np.where(rates > 0.1, 0.9, 0.15)
    truth = failed.mean()
    found, covered = [], 0
    for _ in range(200):
        drawn = dice.random(2_000) < chances
        group = weighed(
            "A", list(zip(chances[drawn].tolist(), failed[drawn].tolist(), strict=True))
        )
        (rated,) = report([group]).groups
        found.append(group.rate)
        covered += rated.low <= truth <= rated.high
    plain = (failed * chances).sum() / chances.sum()
    assert np.mean(found) == pytest.approx(truth, rel=0.02)
    assert plain > 1.5 * truth
    assert covered >= 0.93 * 200


@given(groups)
def test_equal_chances_change_nothing(counts) -> None:
    weighted = [
        weighed(f"{n}", [(0.25, at < k) for at in range(t)]) for n, (k, t) in enumerate(counts)
    ]
    for one, other in zip(report(weighted).groups, report(made(counts)).groups, strict=True):
        assert (one.low, one.high) == pytest.approx((other.low, other.high))
        assert one.rate == pytest.approx(other.rate)
