"""Whether ratings hold: intervals of Wilson by his formula, order by brute force, a known table."""

from __future__ import annotations

from itertools import pairwise, product
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.monotonicity import Group, report

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
