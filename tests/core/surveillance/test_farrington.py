from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from tests.core.surveillance.reference import quiet, scenarios

from guomen.core.surveillance import (
    ALARM,
    QUIET,
    UNKNOWN,
    Farrington,
    GammaPrior,
    HistoryTooShort,
    InvalidSeries,
    NothingToPool,
    UnknownChoice,
    bounds,
    farrington,
    pooled,
    quasi,
)
from guomen.core.surveillance.template import CALENDAR_WEEKS, reference

RNG = 20120524


def one(counts: np.ndarray, **options: object) -> object:
    return farrington(counts, Farrington(**options))


def steady(mean: float, weeks: int = 320, series: int = 1, seed: int = RNG) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean, (series, weeks)).astype(float)


# The template


@given(
    years=st.integers(1, 7),
    half=st.integers(0, 6),
    periods=st.integers(2, 12),
    skip=st.integers(0, 40),
)
def test_every_week_back_to_the_oldest_window_is_in_one_period(
    years: int, half: int, periods: int, skip: int
) -> None:
    found = reference(years=years, half_window=half, periods=periods, skip=skip, year_weeks=52)
    assert found.lags.tolist() == list(range(52 * years + half, max(skip, half), -1))
    windows = {lag for lag in found.lags.tolist() if abs(lag - 52 * round(lag / 52)) <= half}
    assert set(found.lags[found.period == periods - 1].tolist()) == windows
    sizes = np.bincount(found.period[(found.lags < 104) & (found.lags > 52)], minlength=periods)
    inner = sizes[: periods - 1]
    assert inner.max() - inner.min() <= 1
    assert (np.diff(inner) <= 0).all()


def test_a_year_of_53_weeks_keeps_the_day_of_the_year() -> None:
    found = reference(years=9, half_window=0, periods=1, skip=0, year_weeks=CALENDAR_WEEKS)
    monday = date(2021, 3, 1)
    for year, lag in enumerate(found.lags[::-1].tolist(), start=1):
        earlier = monday - timedelta(weeks=lag)
        assert abs((earlier - monday.replace(year=monday.year - year)).days) <= 4


# The fit against a general optimiser


def points_of(counts: np.ndarray, known: np.ndarray, exposure: np.ndarray) -> quasi.Points:
    template = reference(years=3, half_window=3, periods=4, skip=10, year_weeks=52)
    return quasi.Points(
        template=template, counts=np.where(known, counts, 0.0), known=known,
        exposure=np.where(known, exposure, 0.0),
    )  # fmt: skip


def brute(points: quasi.Points, row: int, weights: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Maximise the weighted Poisson likelihood without knowing anything of profiles."""
    members, time = points.template.members, points.time / 100
    keep = points.known[row]
    y, w, offset = points.counts[row, keep], weights[row, keep], np.log(points.exposure[row, keep])
    design = np.column_stack([members, time])[keep]

    def loss(beta: np.ndarray) -> float:
        log = design @ beta + offset
        return float((w * (np.exp(log) - y * log)).sum())

    def slope(beta: np.ndarray) -> np.ndarray:
        return design.T @ (w * (np.exp(design @ beta + offset) - y))

    def bend(beta: np.ndarray) -> np.ndarray:
        return design.T @ ((w * np.exp(design @ beta + offset))[:, None] * design)

    found = optimize.minimize(
        loss, np.zeros(5), jac=slope, hess=bend, method="trust-exact", options={"gtol": 1e-9}
    )
    cov = np.linalg.inv(bend(found.x))
    now = np.array([0, 0, 0, 1.0, 0])
    return float(np.exp(found.x[3])), float(found.x[4] / 100), np.array([now @ cov @ now])


@pytest.mark.parametrize("fitter", [quasi.profiled, quasi.stepwise])
def test_the_fit_maximises_the_likelihood(fitter: quasi.Fitter) -> None:
    rng = np.random.default_rng(RNG)
    template = reference(years=3, half_window=3, periods=4, skip=10, year_weeks=52)
    shape = (4, template.lags.size)
    exposure = rng.uniform(0.5, 2.0, shape)
    growth = np.exp(-0.004 * template.lags) * np.array([[2.0], [6.0], [20.0], [100.0]])
    points = points_of(rng.poisson(growth * exposure), rng.random(shape) > 0.1, exposure)
    weights = rng.uniform(0.2, 1.0, shape) * points.known
    fit = fitter(points, weights, True)
    for row in range(4):
        now, slope, variance = brute(points, row, weights)
        assert fit.now[row] == pytest.approx(now, rel=1e-5)
        assert fit.slope[row] == pytest.approx(slope, rel=1e-4)
        assert fit.summed(points).variance()[row] == pytest.approx(float(variance[0]), rel=1e-4)


def test_leverages_add_up_to_the_number_of_parameters() -> None:
    rng = np.random.default_rng(RNG)
    template = reference(years=3, half_window=3, periods=4, skip=10, year_weeks=52)
    shape = (5, template.lags.size)
    points = points_of(rng.poisson(5.0, shape), np.ones(shape, bool), np.ones(shape))
    fit = quasi.profiled(points, np.ones(shape), True)
    np.testing.assert_allclose(fit.leverage(points).sum(axis=1), 5.0)


# Bounds


@given(
    mean=st.floats(1e-3, 3e4),
    extra=st.floats(0, 30),
    alpha=st.sampled_from([0.05, 0.005, 1e-4, 1e-7]),
)
def test_quantiles_are_those_of_the_negative_binomial(
    mean: float, extra: float, alpha: float
) -> None:
    variance = mean * (1.0 + extra)
    found = bounds.quantile(np.array([mean]), np.array([variance]), alpha)[0]
    above = bounds.tail(np.array([found, found - 1.0]), np.array(mean), np.array(variance))
    assert above[0] <= alpha * (1 + 1e-7)
    assert found == 0 or above[1] > alpha * (1 - 1e-7)


@given(mean=st.floats(0.01, 500), extra=st.floats(0.01, 10), y=st.integers(0, 600))
def test_chances_are_those_of_scipy(mean: float, extra: float, y: int) -> None:
    variance = mean * (1.0 + extra)
    law = stats.nbinom(mean / extra, 1.0 / (1.0 + extra))
    args = np.array([float(y)]), np.array([mean]), np.array([variance])
    assert bounds.tail(*args)[0] == pytest.approx(law.sf(y), rel=1e-8, abs=1e-290)
    assert bounds.mass(*args)[0] == pytest.approx(law.pmf(y), rel=1e-8, abs=1e-290)


def test_the_predictive_bound_is_the_gamma_poisson_one_for_poisson_counts() -> None:
    # 35 weeks like this one with 20 cases, and half a case of prior: NB(20.5, 35 / 36).
    mean, shape = 20.5 / 35, 20.5
    forecast = bounds.Forecast(
        mean=np.array([mean]), dispersion=np.array([1.0]), error=np.array([mean / shape**0.5])
    )
    y = np.arange(8.0)
    law = stats.nbinom(shape, 35 / 36)
    expected = law.sf(y) + 0.5 * law.pmf(y)
    for count, p in zip(y, expected, strict=True):
        found = bounds.predictive(forecast, np.array([count]), 0.005)
        assert found.p[0] == pytest.approx(p, rel=1e-10)
    assert found.bound[0] == y[expected > 0.005].max()


def test_the_upper_mean_bound_spends_alpha_once() -> None:
    forecast = bounds.Forecast(
        mean=np.array([20.0]), dispersion=np.array([1.0]), error=np.array([2.0])
    )
    once = bounds.upper_mean(forecast, np.array([20.0]), 0.01).bound[0]
    mean = 20.0 + 2.0 * stats.norm.isf(0.005)
    assert once == stats.poisson.isf(0.005, mean)


# What comes out


def test_a_missing_week_is_unknown_and_not_zero() -> None:
    counts = steady(8.0)
    counts[0, -1] = np.nan
    watch = one(counts)
    assert watch.state.tolist() == [[UNKNOWN]]
    assert np.isnan(watch.p[0, 0])
    assert watch.expected[0, 0] == pytest.approx(8.0, rel=0.2)
    holes, zeros = steady(8.0), steady(8.0)
    holes[0, 50:100], zeros[0, 50:100] = np.nan, 0.0
    assert one(holes).expected[0, 0] == pytest.approx(watch.expected[0, 0], rel=0.05)
    assert abs(one(zeros).expected[0, 0] - 8.0) > 2.0


def test_missing_recent_weeks_leave_an_excess_unknown_when_cases_are_few() -> None:
    counts = np.zeros((1, 320))
    counts[0, -1] = 4.0
    assert one(counts).state[0, 0] == QUIET
    counts[0, -2] = np.nan
    assert one(counts).state[0, 0] == UNKNOWN
    counts[0, -1] = 5.0
    assert one(counts).state[0, 0] == ALARM


@pytest.mark.parametrize("cases", [9, 12])
def test_an_all_zero_history_alarms_when_cases_appear(cases: int) -> None:
    counts = np.zeros((1, 400))
    counts[0, -1] = cases
    watch = one(counts)
    assert watch.alarms.all()
    assert watch.bound[0, 0] < 5
    assert watch.p[0, 0] < 1e-6


def test_short_histories_take_fewer_years_then_the_level_then_the_prior() -> None:
    counts = steady(6.0, weeks=400, series=3)
    watch = farrington(counts, weeks=[0, 2, 40, 60, 120, 170, 330])
    assert watch.years[0].tolist() == [-1, -1, 0, 1, 2, 3, 5]
    assert (watch.state[:, :2] == UNKNOWN).all()
    assert (watch.state[:, 2:] != UNKNOWN).all()
    known = farrington(counts, weeks=[0], prior=GammaPrior(shape=3.0, rate=0.5))
    assert (known.state != UNKNOWN).all()
    np.testing.assert_allclose(known.expected, 6.0)


def test_an_outbreak_in_a_short_series_alarms() -> None:
    counts = steady(3.0, weeks=41)
    counts[0, -1] = 18.0
    watch = one(counts)
    assert watch.alarms.all()
    assert watch.years[0, 0] == 0


def test_the_compatible_mode_refuses_short_histories() -> None:
    with pytest.raises(HistoryTooShort, match="correct") as caught:
        one(steady(3.0, weeks=150), dispersion="r_compat", year_weeks=52)
    assert caught.value.code == "surveillance.history_too_short"
    assert caught.value.data["week"] == 149


def test_an_outbreak_in_the_baseline_is_spared() -> None:
    calm, hit = steady(6.0), steady(6.0)
    hit[0, 200:206] += 40.0
    bound = one(calm).bound[0, 0]
    assert one(hit).bound[0, 0] <= bound + 4
    assert one(hit, reweight=False).bound[0, 0] > bound + 6


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e4))
def test_the_unit_of_the_population_does_not_matter(scale: float) -> None:
    people = np.random.default_rng(3).uniform(50, 200, 320)
    counts = np.random.default_rng(4).poisson(people / 20, (2, 320))
    first = farrington(counts, population=people)
    second = farrington(counts, population=people * scale)
    np.testing.assert_allclose(second.expected, first.expected, rtol=1e-8)
    assert np.array_equal(second.bound, first.bound)


def test_more_volume_at_the_same_rate_is_no_alarm() -> None:
    people = np.full(320, 100.0)
    people[-1] = 300.0
    counts = steady(8.0)
    counts[0, -1] = 24.0
    assert farrington(counts).alarms.all()
    assert not farrington(counts, population=people).alarms.any()


def test_series_are_judged_alone_and_in_any_batch_alike() -> None:
    rng = np.random.default_rng(RNG)
    counts = np.vstack([quiet(scenario, 30, rng, weeks=320) for scenario in scenarios()[::3]])
    whole = farrington(counts, weeks=[300, 319])
    some = rng.permutation(len(counts))[:50]
    part = farrington(counts[some], weeks=[319])
    np.testing.assert_allclose(part.p[:, 0], whole.p[some, 1], rtol=1e-9)
    assert np.array_equal(part.state[:, 0], whole.state[some, 1])


def test_alarm_bound_and_p_agree() -> None:
    rng = np.random.default_rng(RNG)
    counts = np.vstack([quiet(scenario, 40, rng) for scenario in scenarios()])
    watch = farrington(counts, Farrington(alpha=0.05, min_cases=0))
    over = (watch.observed > watch.bound) & (watch.observed > 0)
    assert over.any()
    assert np.array_equal(over, (watch.p <= 0.05) & (watch.observed > 0))
    assert np.array_equal(watch.alarms, over)
    room = watch.bound > watch.expected
    assert np.array_equal((watch.excess > 1)[room], (watch.observed > watch.bound)[room])
    assert np.isnan(watch.excess[~room]).all()


def test_results_keep_their_question() -> None:
    watch = one(steady(4.0), alpha=0.01)
    assert watch.method.alpha == 0.01
    assert "Noufaily" in watch.method.source.paper
    assert watch.weeks.tolist() == [319]
    assert watch.prior is not None
    assert watch.prior.says == "Jeffreys"


# Calibration on quiet series: 42 scenarios, small and seeded (the full one is in bench)


def test_quiet_series_alarm_about_as_often_as_said() -> None:
    rng = np.random.default_rng(RNG)
    method = Farrington(year_weeks=52, trend_alpha=0.05)
    counts = np.vstack([quiet(scenario, 150, rng) for scenario in scenarios()])
    watch = farrington(counts, method, weeks=[311])
    shares = watch.alarms.reshape(42, -1).mean(axis=1)
    # 6,300 points: the standard error is 0.09 %.
    assert 0.002 < watch.alarms.mean() < 0.008
    assert shares.max() <= 0.04
    level = np.array([scenario["trend"] == 0 for scenario in scenarios()])
    assert watch.trend.reshape(42, -1)[level].mean() == pytest.approx(0.04, abs=0.02)


def test_the_reference_keeps_trends_that_are_not_there() -> None:
    counts = steady(150.0, weeks=312, series=100)
    method = {"year_weeks": 52, "bound": "delta", "trend_alpha": 0.05}
    assert farrington(counts, Farrington(dispersion="r_compat", **method)).trend.mean() > 0.6
    assert farrington(counts, Farrington(**method)).trend.mean() < 0.13


def test_a_season_is_drawn_to_the_year_only_as_far_as_seasons_are_alike() -> None:
    rng = np.random.default_rng(RNG)
    method = Farrington(trend_alpha=1e-9)
    seen = method.template(5)
    season = 319 - seen.lags[seen.period == seen.periods - 1]
    wave = 4.0 * np.exp(np.cos(2 * np.pi * (np.arange(320) - 319) / CALENDAR_WEEKS))
    for mean, most in ((np.full(320, 4.0), 0.4), (wave, 1.3)):
        counts = rng.poisson(mean, (400, 320)).astype(float)
        ours = farrington(counts, method).expected[:, 0]
        alone = counts[:, season].mean(axis=1)
        assert ((ours - mean[-1]) ** 2).mean() < most * ((alone - mean[-1]) ** 2).mean()


def test_a_trend_is_believed_as_far_as_it_is_known() -> None:
    few, many = (
        farrington(
            np.random.default_rng(RNG).poisson(mean * np.exp(np.arange(320) / 400), (200, 320))
        )
        for mean in (0.2, 50.0)
    )
    assert 0.0 < few.slope.mean() < 0.75 / 400
    assert many.slope.mean() == pytest.approx(1 / 400, rel=0.1)


# Priors and refusals


def test_a_pooled_prior_finds_the_rates_it_came_from() -> None:
    rng = np.random.default_rng(RNG)
    rates = rng.gamma(2.0, 1.5, 4000)
    prior = pooled(rng.poisson(rates[:, None], (4000, 20)))
    assert prior.shape == pytest.approx(2.0, rel=0.1)
    assert prior.shape / prior.rate == pytest.approx(3.0, rel=0.05)
    same = pooled(rng.poisson(3.0, (200, 50)))
    assert same.shape > 50
    with pytest.raises(NothingToPool, match="pool more"):
        pooled(np.zeros((10, 10)))


@pytest.mark.parametrize(
    ("counts", "options", "error"),
    [
        ([[1.0, -1.0]], {}, InvalidSeries),
        ([[1.0, np.inf]], {}, InvalidSeries),
        (np.zeros((2, 2, 2)), {}, InvalidSeries),
        ([[1.0, 2.0]], {"weeks": [2]}, InvalidSeries),
        ([[1.0, 2.0]], {"population": [1.0, 0.0]}, InvalidSeries),
        ([[1.0, 2.0]], {"population": [1.0, 1.0, 1.0]}, InvalidSeries),
    ],
)
def test_impossible_series_are_refused(counts: object, options: dict, error: type) -> None:
    with pytest.raises(error) as caught:
        farrington(counts, **options)
    assert caught.value.code.startswith("surveillance.")


@pytest.mark.parametrize("option", [{"bound": "magic"}, {"alpha": 0.0}, {"dispersion": "r"}])
def test_meaningless_options_are_refused(option: dict) -> None:
    with pytest.raises(UnknownChoice):
        Farrington(**option)


def test_compiled_loops_give_the_same_answers() -> None:
    rng = np.random.default_rng(RNG)
    counts = np.vstack([quiet(scenario, 20, rng, weeks=320) for scenario in scenarios()])
    counts[rng.random(counts.shape) < 0.03] = np.nan
    people = rng.uniform(50, 200, counts.shape)
    for method, volume in (
        (Farrington(), people),
        (Farrington(reweight_threshold=1.5), None),
        (Farrington(periods=1, skip=3, reweight=False), people),
        (Farrington(years=2, bound="nbPlugin"), None),
    ):
        plain = farrington(counts, method, population=volume, compiled=False)
        fast = farrington(counts, method, population=volume, compiled=True)
        for name in ("p", "expected", "dispersion", "error"):
            np.testing.assert_allclose(getattr(fast, name), getattr(plain, name), rtol=1e-11)
        assert np.array_equal(fast.bound, plain.bound, equal_nan=True)
        assert np.array_equal(fast.state, plain.state)
        assert np.array_equal(fast.trend, plain.trend)
