"""A band holds as often as it says, at whatever moment one asks; where little is known, nothing."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.durations import band, expected, overdue, thinned


@pytest.mark.parametrize("shape", ["gamma", "lumps"])
@pytest.mark.parametrize("n", [40, 300])
def test_the_next_one_ends_within_the_band_as_often_as_it_says(shape: str, n: int) -> None:
    dice = np.random.default_rng(7)
    held = said = 0
    for _ in range(1_500):
        if shape == "gamma":
            past, new = dice.gamma(2.0, 3.0, n), dice.gamma(2.0, 3.0)
        else:
            days = dice.integers(3, 7, n + 1)
            times = days * 24 + 3 - dice.uniform(7, 18, n + 1)
            past, new = times[:n], times[n]
        # At a moment that knows nothing of how long this one takes.
        spent = dice.uniform(0, np.quantile(past, 0.8))
        if spent >= new:
            continue
        found = band(sorted(past), spent, coverage=0.85, least=12)
        if found is not None:
            said += 1
            held += found[0] <= new <= found[1]
    assert said > 500
    assert 0.83 <= held / said <= 0.92


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.85, 0.9])
def test_the_band_holds_by_count_as_often_as_it_says_and_hardly_more(coverage: float) -> None:
    """Let the next one fall into each of the n + 1 gaps between the n of the past, for every n."""
    for n in range(10, 400):
        found = band([float(one) for one in range(1, n + 1)], 0.0, coverage=coverage, least=1)
        assert found is not None
        held = sum(found[0] <= gap + 0.5 <= found[1] for gap in range(n + 1))
        assert coverage <= held / (n + 1) < coverage + 1 / (n + 1)


@given(
    st.lists(st.floats(1, 1000), min_size=1, max_size=60),
    st.floats(0, 1200),
    st.integers(5, 20),
)
def test_a_band_is_read_off_what_took_longer_than_the_time_spent(
    past: list[float], elapsed: float, least: int
) -> None:
    ordered = sorted(past)
    found = band(ordered, elapsed, coverage=0.8, least=least)
    longer = [one for one in ordered if one > elapsed]
    if found is None:
        assert len(longer) < max(least, 4)
        return
    earliest, latest, n = found
    assert n == len(longer) >= least
    assert elapsed <= earliest <= latest
    inside = sum(earliest <= one <= latest for one in longer)
    assert inside >= 0.8 * n - 1


def test_a_broader_cell_speaks_where_the_narrow_one_has_too_few() -> None:
    past = {("a", "b"): [1.0, 2.0], ("a",): [float(x) for x in range(100)]}
    found = expected(past, (("a", "b"), ("a",)), 10.0, coverage=0.8, least=20)
    assert found is not None
    assert (found.cell, found.n) == (("a",), 89)
    assert expected(past, (("a", "b"), ("c",)), 0.0, coverage=0.8, least=20) is None
    assert overdue(past, (("a", "b"), ("a",)), 97.0, share=0.97, least=20) is True
    assert overdue(past, (("a",),), 50.0, share=0.97, least=20) is False
    assert overdue(past, (("a", "b"),), 50.0, share=0.97, least=20) is None


def test_thinned_durations_keep_their_shape() -> None:
    many = np.random.default_rng(3).gamma(2.0, 3.0, 5_000).tolist()
    few = thinned(many, 500)
    assert len(few) == 500
    for share in (0.1, 0.5, 0.9):
        cut = np.quantile(many, share)
        assert abs(bisect_right(few, cut) / 500 - share) < 0.01
