from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from guomen.core.surveillance import (
    ALARM,
    QUIET,
    UNKNOWN,
    Binomial,
    Cusum,
    Ears,
    Farrington,
    InvalidSeries,
    LikelihoodCusum,
    Uncalibrated,
    UnknownChoice,
    benjamini_hochberg,
    benjamini_yekutieli,
    binomial,
    binomial_cusum,
    binomial_limit,
    binomial_run_length,
    calibrate,
    cusum,
    e_benjamini_hochberg,
    e_from_p,
    ears,
    effective,
    episodes,
    farrington,
    hierarchical,
    poisson_cusum,
    poisson_limit,
    poisson_run_length,
    price,
    top,
    with_episodes,
    with_q,
)
from guomen.core.surveillance.binomial import beta_binomial_mid_p
from guomen.core.surveillance.episodes import number

SEED = 20120524
chances = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=40)
evidence = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=30)


# EARS


@pytest.mark.parametrize(("kind", "lag"), [("C1", 0), ("C2", 2)])
def test_ears_is_a_normal_limit_on_the_weeks_before(kind: str, lag: int) -> None:
    counts = np.random.default_rng(SEED).poisson(4.0, (2, 30)).astype(float)
    watch = ears(counts, Ears(kind=kind))
    for week in range(7 + lag, 30):
        base = counts[:, week - lag - 7 : week - lag]
        bound = base.mean(axis=1) + stats.norm.isf(0.001) * base.std(axis=1, ddof=1)
        np.testing.assert_allclose(watch.bound[:, week], bound)
    assert (watch.state[:, : 7 + lag] == UNKNOWN).all()


def test_c3_adds_this_week_and_two_before() -> None:
    counts = np.random.default_rng(SEED).poisson(3.0, (20, 60)).astype(float)
    second, third = ears(counts, Ears(kind="C2")), ears(counts, Ears(kind="C3"))
    excess = np.maximum(second.statistic - 1.0, 0.0)
    for week in range(11, 60):
        total = excess[:, week - 2 : week + 1].sum(axis=1)
        known = np.isfinite(total) & (counts[:, week] > 0)
        alarm = total > stats.norm.isf(0.025)
        assert np.array_equal(third.alarms[known, week], alarm[known])
    first = np.array([[2.0, 1, 2, 1, 2, 1, 2, 1, 2, 2, 1, 30]])
    assert ears(first, Ears(kind="C3")).alarms[0, -1]
    assert not ears(first, Ears(kind="C3", variant="r_compat")).alarms[0, -1]


# CUSUM and run lengths


def test_a_missing_week_leaves_the_sum_and_is_unknown() -> None:
    counts = np.array([[9.0, np.nan, 9.0]])
    chart = cusum(counts, Cusum(), expected=4.0)
    assert chart.statistic[0, 1] == chart.statistic[0, 0]
    assert chart.state[0].tolist()[1] == UNKNOWN
    without = cusum(np.array([[9.0, 9.0]]), Cusum(), expected=4.0)
    assert chart.statistic[0, 2] == without.statistic[0, 1]


@pytest.mark.parametrize("kind", ["standard", "rossi", "anscombe"])
def test_the_bound_of_a_chart_is_the_count_that_alarms(kind: str) -> None:
    counts = np.random.default_rng(SEED).poisson(6.0, (5, 80)).astype(float)
    chart = cusum(counts, Cusum(kind=kind), expected=5.0)
    clear = (np.abs(chart.observed - chart.bound) > 1e-9) & (chart.bound > 0)
    assert np.array_equal(chart.alarms[clear], (chart.observed > chart.bound)[clear])


def test_run_lengths_are_those_of_simulation() -> None:
    rng = np.random.default_rng(SEED)
    limit = poisson_limit(3.0, ratio=1.6, run_length=60.0)
    assert poisson_run_length(3.0, ratio=1.6, limit=limit) == pytest.approx(60.0, rel=0.05)
    counts = rng.poisson(3.0, (1500, 700)).astype(float)
    chart = poisson_cusum(counts, LikelihoodCusum(ratio=1.6, limit=limit), expected=3.0)
    first = np.where(chart.alarms.any(axis=1), chart.alarms.argmax(axis=1) + 1, 700)
    # 1,500 runs of about exponential length: the standard error is 2.6 %.
    assert first.mean() == pytest.approx(60.0, rel=0.12)


def test_binomial_run_lengths_follow_changing_numbers_of_tests() -> None:
    rng = np.random.default_rng(SEED)
    typical = np.array([2, 5, 9])
    limit = binomial_limit(0.06, tests=typical, ratio=4.0, run_length=80.0)
    assert binomial_run_length(0.06, tests=typical, ratio=4.0, limit=limit) >= 79.0
    tests = rng.choice(typical, (1200, 800)).astype(float)
    method = LikelihoodCusum(ratio=4.0, limit=limit)
    chart = binomial_cusum(rng.binomial(tests.astype(int), 0.06), method, tests=tests, rate=0.06)
    first = np.where(chart.alarms.any(axis=1), chart.alarms.argmax(axis=1) + 1, 800)
    assert first.mean() == pytest.approx(80.0, rel=0.12)


def test_charts_refuse_what_they_cannot_do() -> None:
    with pytest.raises(InvalidSeries, match="prior"):
        cusum([[1.0]], expected=0.0)
    with pytest.raises(UnknownChoice, match="run_length"):
        poisson_limit(3.0, ratio=2.0, run_length=0.5)
    with pytest.raises(InvalidSeries, match="more violations"):
        binomial_cusum([[3]], LikelihoodCusum(ratio=2, limit=3), tests=[[2]], rate=0.1)
    with pytest.raises(UnknownChoice, match="ratio"):
        LikelihoodCusum(ratio=1.0, limit=3.0)


# Few tests


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 120),
    share=st.floats(0, 1),
    a=st.floats(0.2, 60),
    b=st.floats(0.2, 300),
)
def test_beta_binomial_tails_are_those_of_scipy(n: int, share: float, a: float, b: float) -> None:
    x = round(share * n)
    law = stats.betabinom(n, a, b)
    expected = law.pmf(np.arange(x + 1, n + 1)).sum() + 0.5 * law.pmf(x)
    found = beta_binomial_mid_p(np.array(x), np.array(n), np.array(a), np.array(b))
    assert float(found) == pytest.approx(expected, rel=1e-7, abs=1e-13)


def test_weeks_without_a_test_are_unknown() -> None:
    violations, tests = np.zeros((1, 60)), np.full((1, 60), 8.0)
    tests[0, 56:] = 0.0
    violations[0, 40] = np.nan
    watch = binomial(violations, tests, weeks=[55, 59])
    assert watch.state[0].tolist() == [QUIET, UNKNOWN]


def test_four_weeks_together_see_what_one_week_cannot() -> None:
    violations, tests = np.zeros((1, 120)), np.full((1, 120), 4.0)
    violations[0, :100:25] = 1.0
    violations[0, -4:] = 1.0
    watch = binomial(violations, tests)
    assert watch.alarms.all()
    assert watch.window.tolist() == [[4]]
    assert watch.window_p[0, 0, 0] > 0.001
    assert watch.thin.all()
    assert watch.times[0, 0] > 4


def test_a_change_of_targeting_is_not_an_outbreak() -> None:
    # 2 % of ordinary and 20 % of suspect lines are bad; suspects are drawn fifty times as often.
    violations, tests, chance = [2, 20], [100, 100], [0.01, 0.5]
    found, number_ = effective(violations, tests, chance=chance)
    assert found / number_ == pytest.approx(
        (2 / 0.01 + 20 / 0.5) / (100 / 0.01 + 100 / 0.5), abs=0.01
    )
    assert number_ < 200
    assert effective([1, 0], [1, 1], chance=[0.5, 0.5]) == (1.0, 2.0)


def test_quiet_tests_alarm_no_more_often_than_said() -> None:
    rng = np.random.default_rng(SEED)
    tests = rng.poisson(4.0, (4000, 180)).astype(float)
    rate = rng.beta(1.0, 20.0, (4000, 1))
    watch = binomial(rng.binomial(tests.astype(int), rate), tests, Binomial(alpha=0.01))
    assert watch.alarms.mean() < 0.013


# Many series


@given(chances)
def test_q_is_that_of_scipy(p: list[float]) -> None:
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))
    expected = stats.false_discovery_control(p, method="by")
    np.testing.assert_allclose(benjamini_yekutieli(p), expected)


def test_unknown_p_count_for_nothing() -> None:
    p = np.array([0.01, np.nan, 0.2, np.nan, 0.5])
    found = benjamini_hochberg(p)
    assert np.isnan(found[[1, 3]]).all()
    np.testing.assert_allclose(found[[0, 2, 4]], stats.false_discovery_control(p[[0, 2, 4]]))


@given(
    st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=30),
    st.sampled_from([0.01, 0.05, 0.2]),
)
def test_e_bh_rejects_as_its_paper_says(e: list[float], level: float) -> None:
    ranked = sorted(e, reverse=True)
    m = len(e)
    passing = [k for k in range(1, m + 1) if ranked[k - 1] >= m / (k * level)]
    threshold = ranked[max(passing) - 1] if passing else np.inf
    expected = np.array(e) >= threshold
    close = np.isclose(e_benjamini_hochberg(e), level, rtol=1e-9)
    assert np.array_equal((e_benjamini_hochberg(e) <= level)[~close], expected[~close])


def test_e_from_p_has_mean_one_when_nothing_is_wrong() -> None:
    p = (np.arange(200_000) + 0.5) / 200_000
    assert e_from_p(p, kappa=0.5).mean() == pytest.approx(1.0, abs=0.01)


def test_the_hierarchy_selects_families_before_members() -> None:
    p = [1e-6, 0.2, 0.8, 0.9, 0.5, 0.7]
    hazards = ["a", "a", "a", "b", "b", "b"]
    products = ["x", "x", "y", "z", "z", "z"]
    found = hierarchical(p, labels=[hazards, products], level=0.1)
    assert found.selected[0] == {("a",)}
    assert found.selected[1] == {("a", "x")}
    assert found.rejected.tolist() == [True, False, False, False, False, False]
    flat = hierarchical(p, labels=[], level=0.1)
    assert np.array_equal(flat.rejected, benjamini_hochberg(p) <= 0.1)


@settings(max_examples=40)
@given(chances)
def test_a_shortlist_holds_the_smallest_p(p: list[float]) -> None:
    found = top(p, n=3)
    assert sorted(found.p) == sorted(p)[:3]
    assert found.expected_fdr <= 1.0
    assert "expected to be chance" in found.price


def test_calibration_mends_a_tail_and_refuses_what_it_cannot_mend() -> None:
    rng = np.random.default_rng(SEED)
    # p that are far too small: u ** 1.6.
    p = rng.random((3000, 10)) ** 1.6
    mean = np.full(p.shape, 5.0)
    found = calibrate(p, mean)
    assert found.ratio_before > 5
    assert 0.5 < found.ratio_after < 2.0
    fresh = found.apply(rng.random(200_000) ** 1.6, 5.0)
    for share in (1e-2, 1e-3, 1e-4):
        assert (fresh <= share).mean() == pytest.approx(share, rel=0.6)
    spoiled = p.copy()
    spoiled[1::2][rng.random((1500, 10)) < 0.01] = 1e-9
    with pytest.raises(Uncalibrated, match="QQ plot"):
        calibrate(spoiled, mean).apply(p, mean)
    with pytest.raises(InvalidSeries, match="teaches"):
        calibrate(p[:10], mean[:10])


def test_q_is_taken_over_each_weeks_batch() -> None:
    counts = np.random.default_rng(SEED).poisson(5.0, (30, 320)).astype(float)
    watch = with_q(farrington(counts, Farrington(), weeks=[318, 319]))
    assert watch.q is not None
    np.testing.assert_allclose(watch.q[:, 0], benjamini_hochberg(watch.p[:, 0]))


# Episodes


def slow_episodes(states: list[int], gap: int) -> list[int]:
    """Join alarms whose quiet weeks between are at most `gap`, by looking at every pair."""
    marks, current, last = [0] * len(states), 0, None
    for week, state in enumerate(states):
        if state != ALARM:
            continue
        between = states[last + 1 : week] if last is not None else []
        if last is None or sum(s == QUIET for s in between) > gap:
            current += 1
        else:
            marks[last + 1 : week] = [current] * len(between)
        marks[week], last = current, week
    return marks


@given(st.lists(st.sampled_from([ALARM, QUIET, UNKNOWN]), max_size=30), st.integers(0, 3))
def test_episodes_bridge_short_gaps_and_unknown_weeks(states: list[int], gap: int) -> None:
    table = np.array([states], dtype=np.int8).reshape(1, -1)
    assert number(table, gap=gap)[0].tolist() == slow_episodes(states, gap)


def test_an_outbreak_is_one_episode_with_its_onset() -> None:
    counts = np.random.default_rng(SEED).poisson(2.0, (2, 330)).astype(float)
    counts[1, 315:319] = 14.0
    watch = with_episodes(farrington(counts, Farrington(alpha=1e-5), weeks=np.arange(300, 330)))
    (found,) = episodes(watch)
    assert (found.series, found.onset, found.last, found.alarms) == (1, 315, 318, 4)
    assert found.excess > 35
    assert watch.episode is not None
    assert watch.episode[1, 15:19].tolist() == [1, 1, 1, 1]


def test_the_price_of_a_limit_is_said_in_words() -> None:
    assert price(series=2000, alpha=0.005).startswith(
        "at p 0.005, 2000 quiet series raise about 10.0"
    )
