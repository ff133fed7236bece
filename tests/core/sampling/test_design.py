from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from tests.core.sampling.reference import vectors

from guomen.core.sampling import Cost, InfeasiblePlan, InvalidQuestion, StagedPlan, variables
from guomen.core.sampling.design import two_point
from guomen.core.sampling.oc import pa


def answer(call: str) -> float:
    """Answer a vector named find|model|[N= or known]|p1,accept|p2,accept|what."""
    _, kind, *middle, good, bad, what = call.split("|")
    (p1, accept), (p2, beta) = ([float(x) for x in part.split(",")] for part in (good, bad))
    if kind == "normal":
        method: Any = "sigma" if middle == ["known"] else "s"
        plan = variables.plan(p1, 1 - accept, p2, beta, method=method)
        return float(getattr(plan, what))
    model: Any = {"binom": "binomial", "hyper": "hypergeom"}.get(kind, kind)
    lot = int(middle[0].removeprefix("N=")) if middle else None
    found = two_point(p1, 1 - accept, p2, beta, model=model, lot=lot).plan
    n, ac, _ = found.stages[0]
    return float({"n": n, "c": ac}[what])


@pytest.mark.parametrize("vector", vectors("find"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_designed_plans_holds(vector: Any) -> None:
    assert answer(vector["inputs"]["call"]) == pytest.approx(vector["expected"], rel=1e-6)


@settings(max_examples=60)
@given(
    st.floats(0.005, 0.2),
    st.floats(2.0, 12.0),
    st.sampled_from([0.01, 0.05, 0.1]),
    st.sampled_from([0.05, 0.1, 0.2]),
)
def test_a_single_plan_is_the_first_in_an_exhaustive_search(
    p1: float, ratio: float, alpha: float, beta: float
) -> None:
    p2 = min(p1 * ratio, 0.9)
    designed = two_point(p1, alpha, p2, beta)
    (n, ac, _), *_ = designed.plan.stages
    every_n = np.arange(1, n + 1)
    for c in range(ac + 1):
        meets = every_n[binom.cdf(c, every_n, p2) <= beta]
        first = int(meets[0]) if meets.size else None
        if c == ac:
            assert first == n
            assert binom.cdf(c, n, p1) >= 1 - alpha - 1e-12
        elif first is not None:
            assert binom.cdf(c, first, p1) < 1 - alpha


def test_arrays_answer_as_one_question_at_a_time() -> None:
    rng = np.random.default_rng(3)
    p1 = rng.uniform(0.001, 0.05, 200)
    p2 = np.minimum(p1 * rng.uniform(1.8, 12, 200), 0.95)
    alpha, beta = rng.choice([0.01, 0.05, 0.1], 200), rng.choice([0.05, 0.1, 0.2], 200)
    for model in ("binomial", "poisson"):
        many = two_point(p1, alpha, p2, beta, model=model)
        for i in range(200):
            one = two_point(float(p1[i]), float(alpha[i]), float(p2[i]), float(beta[i]),
                            model=model)  # fmt: skip
            assert one.plan.stages[0][:2] == (many.n[i], many.ac[i])
        assert np.all(many.producer_risk <= alpha)
        assert np.all(many.consumer_risk <= beta)


def test_a_double_plan_holds_both_risks_and_costs_less_than_the_single_one() -> None:
    single, double = (two_point(0.01, 0.05, 0.05, 0.10, stages=k) for k in (1, 2))
    assert isinstance(double.plan, StagedPlan)
    assert double.mean_cost < single.mean_cost
    assert pa(double.plan, 0.01) >= 0.95
    assert pa(double.plan, 0.05) <= 0.10


def test_a_dear_second_draw_keeps_the_single_plan() -> None:
    designed = two_point(0.01, 0.05, 0.05, 0.10, stages=2, cost=Cost(unit=1, stage=10_000))
    assert len(designed.plan.stages) == 1


def test_qualities_that_a_small_lot_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(InfeasiblePlan, match="whole lot"):
        two_point(0.10, 0.05, 0.11, 0.05, lot=20)


@pytest.mark.parametrize(
    "points", [(0.05, 0.05, 0.01, 0.1), (0.01, 0.0, 0.05, 0.1), (0.01, 0.6, 0.05, 0.5)]
)
def test_points_that_mean_nothing_are_refused(points: tuple[float, ...]) -> None:
    with pytest.raises(InvalidQuestion):
        two_point(*points)
    with pytest.raises(InvalidQuestion):
        two_point(*(np.array([x]) for x in points))
