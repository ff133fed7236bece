"""Prices against linear programmes, the bonus against SciPy's quantile, plans there and back."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.stats import gamma

from guomen.core.targeting import Capacity, DayPlan, Forecast, PlanError, Terms, bonus
from guomen.core.targeting import plan as planning
from guomen.core.targeting.filling import Supply, fill

SHARP = Terms(band=1e-5, floor_share=0.0, least_ppm=1)


def forecast(seed: int, size: int = 120) -> Forecast:
    rng = np.random.default_rng(seed)
    return Forecast(
        times=rng.poisson(3, size).astype(float),
        value=rng.choice([1.0, 2.0, 5.0], size),
        chance=rng.beta(1, 20, size),
        index=rng.beta(1, 20, size),
        lawful=np.where(rng.random(size) < 0.05, 1.0, 0.02),
        minutes=rng.choice([20.0, 45.0, 90.0], size),
        slots=rng.choice([0.0, 1.0, 2.0], size),
    )


def chances(f: Forecast, port: planning.PortPlan, terms: Terms) -> Any:
    own = port.chance(f.value * f.index, f.minutes, f.slots, band=terms.band)
    return np.maximum(f.lawful, own)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(1500, 12_000), st.floats(20, 400))
def test_prices_reach_the_value_of_the_linear_programme(
    seed: int, minutes: float, slots: float
) -> None:
    f, capacity = forecast(seed), Capacity(minutes=minutes, slots=slots)
    port = planning.port_plan("P", f, capacity, terms=SHARP)
    if port.short:
        assert (f.times * f.lawful * f.minutes).sum() > minutes or (
            f.times * f.lawful * f.slots
        ).sum() > slots
        return
    x = chances(f, port, SHARP)
    assert f.times * x @ f.minutes <= minutes * (1 + 1e-6)
    assert f.times * x @ f.slots <= slots * (1 + 1e-6)
    worth = f.times * f.value * f.index
    best = linprog(
        -worth,
        A_ub=np.stack([f.times * f.minutes, f.times * f.slots]),
        b_ub=[minutes, slots],
        bounds=list(zip(np.maximum(f.lawful, 1e-6), np.ones(f.times.size), strict=True)),
    )
    # Two marginal lines at most may share what is left.
    assert worth @ x >= -best.fun - 2 * worth.max() - 1e-9
    assert worth @ x <= -best.fun * (1 + 1e-6)


def test_prices_are_the_dual_of_the_linear_programme() -> None:
    f, capacity = forecast(3, 300), Capacity(minutes=6000.0, slots=90.0)
    port = planning.port_plan("P", f, capacity, terms=SHARP)
    dual = linprog(
        -f.times * f.value * f.index,
        A_ub=np.stack([f.times * f.minutes, f.times * f.slots]),
        b_ub=[capacity.minutes, capacity.slots],
        bounds=list(zip(np.maximum(f.lawful, 1e-6), np.ones(f.times.size), strict=True)),
    ).ineqlin.marginals
    assert port.price_minute == pytest.approx(-dual[0], rel=2e-3)
    assert port.price_slot == pytest.approx(-dual[1], rel=2e-3)


@pytest.mark.parametrize("seed", range(5))
def test_no_whole_choice_of_lines_beats_the_plan(seed: int) -> None:
    f, capacity = forecast(seed, 14), Capacity(minutes=900.0, slots=12.0)
    port = planning.port_plan("P", f, capacity, terms=SHARP)
    if port.short:
        pytest.skip("law alone takes more than there is")
    worth = f.times * f.value * f.index
    whole = milp(
        -worth,
        integrality=np.ones(14),
        bounds=Bounds(np.where(f.lawful == 1, 1, 0), 1),
        constraints=LinearConstraint(
            np.stack([f.times * f.minutes, f.times * f.slots]),
            ub=[capacity.minutes, capacity.slots],
        ),
    )
    assert worth @ chances(f, port, SHARP) >= -whole.fun - 2 * worth.max()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 5000), st.floats(0, 60))
def test_every_chance_is_above_zero_and_no_lawful_check_is_thinned(
    seed: int, minutes: float, slots: float
) -> None:
    f, terms = forecast(seed, 40), Terms()
    port = planning.port_plan("P", f, Capacity(minutes=minutes, slots=slots), terms=terms)
    x = chances(f, port, terms)
    assert (planning.ppm(x) >= 1).all()
    assert (x >= f.lawful - 1e-12).all()
    assert (x >= terms.least_ppm / 1e6 - 1e-12).all()
    assert port.minutes.low <= port.minutes.expected <= port.minutes.high


def test_the_interval_of_the_load_holds_ninety_five_in_a_hundred_days() -> None:
    f, terms = forecast(5, 200), Terms()
    spread = 0.1
    port = planning.port_plan(
        "P", f, Capacity(minutes=9000.0, slots=150.0), terms=terms, day_spread=spread
    )
    x = chances(f, port, terms)
    rng = np.random.default_rng(1)
    days = [
        rng.poisson(f.times * x * max(rng.normal(1, spread), 0)) @ f.minutes for _ in range(3000)
    ]
    inside = np.mean([(port.minutes.low <= d <= port.minutes.high) for d in days])
    assert inside == pytest.approx(0.95, abs=0.015)


def test_a_plan_comes_back_from_its_text_with_its_hash() -> None:
    port = planning.port_plan(
        "1E5", forecast(1), Capacity(minutes=5000.0, slots=80.0), terms=Terms()
    )
    plan = DayPlan(day=date(2012, 5, 24), model="ab" * 32, ports={"1E5": port}, terms=Terms())
    again = planning.read(plan.text())
    assert again.digest == plan.digest
    assert again.ports["1E5"].port == "1E5"
    assert planning.read(again.text()) == again
    with pytest.raises(PlanError):
        planning.read('{"format":"something"}')


def test_a_forecast_that_is_no_number_is_refused() -> None:
    from dataclasses import replace

    bad = replace(forecast(1), chance=np.full(120, np.nan))
    with pytest.raises(PlanError):
        planning.port_plan("P", bad, Capacity(minutes=1.0, slots=1.0), terms=Terms())
    with pytest.raises(PlanError):
        planning.port_plan("P", forecast(1), Capacity(minutes=-1.0, slots=1.0), terms=Terms())


def test_an_hour_moves_to_where_it_finds_more() -> None:
    from dataclasses import replace

    rich = replace(forecast(1), index=forecast(1).index * 5)
    ports = {
        name: planning.port_plan(name, f, Capacity(minutes=4000.0, slots=500.0), terms=Terms())
        for name, f in (("POOR", forecast(1)), ("RICH", rich))
    }
    moves = planning.moves(ports, terms=Terms())
    assert [(m.source, m.target) for m in moves] == [("POOR", "RICH")]
    assert moves[0].gain > 0


@pytest.mark.parametrize(("found", "tests"), [(0.7, 40), (3, 200), (40, 1000)])
def test_the_bonus_is_the_quantile_of_a_gamma(found: float, tests: float) -> None:
    mean = np.array([found / tests])
    shape = found / (1 - found / tests)
    exact = gamma.ppf(0.841344746, shape, scale=found / tests / shape)
    index = bonus.optimistic(mean, np.array([float(tests)]), 1.0)[0]
    assert index == pytest.approx(exact, rel=0.03)


def test_the_bonus_shrinks_with_tests_and_is_never_a_malus() -> None:
    mean = np.full(6, 0.02)
    strength = np.array([20.0, 50, 100, 500, 5000, 1e6])
    factors = bonus.factor(mean, strength, 1.0)
    assert (np.diff(factors) < 0).all()
    assert factors[-1] == pytest.approx(1.0, abs=0.02)
    assert (bonus.factor(np.array([1e-7]), np.array([1.0]), 1.0) >= 1).all()


def test_filling_spends_the_capacity_and_spreads_over_the_unknown() -> None:
    supply = Supply(
        worth=np.ones(4),
        mean=np.full(4, 0.02),
        strength=np.array([50.0, 50, 50, 5000]),
        cell=np.arange(4),
        port=np.zeros(4, dtype=np.int64),
        available=np.full(4, 100.0),
        cost=np.ones(4),
    )
    taken = fill(supply, np.array([90.0]), z=1.0)
    assert taken.sum() == pytest.approx(90.0)
    assert (taken <= 100).all()
    # Three are equally unknown: each tested some; the fourth is known to be no better.
    assert taken[:3].min() > 20
    assert taken[3] == 0
    assert fill(supply, np.array([1000.0]), z=1.0).sum() == pytest.approx(400.0)
    floor = fill(supply, np.array([90.0]), z=1.0, floor=0.1)
    assert floor.min() >= 9 / 4 - 1e-9
