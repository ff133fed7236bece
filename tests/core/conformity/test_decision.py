"""Risks against reference vectors, against quadrature, and against the definition by simulation."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from guomen.core.conformity import (
    SIMPLE,
    DecisionRule,
    Prior,
    RuleInvalid,
    UncertaintyInvalid,
    expanded_guard,
    guard_band,
    guarded_acceptance,
    guarded_rejection,
    jcgm106,
    shared_risk,
)
from guomen.core.conformity.decision import global_risks
from guomen.core.text import Text

DATA = Path(__file__).parents[2] / "data" / "conformity" / "jcgm106.json"
VECTORS = json.loads(DATA.read_text(encoding="utf-8"))["vectors"]
SPECIFIC = [vector for vector in VECTORS if "y" in vector["inputs"]]
GLOBAL = [vector for vector in VECTORS if "prior_mean" in vector["inputs"]]


def named(vectors: list[dict[str, Any]]) -> dict[str, Any]:
    return {"argvalues": vectors, "ids": [vector["id"] for vector in vectors]}


def absolute(guard: float) -> DecisionRule:
    return DecisionRule(
        key="guard",
        name=Text(zh="保护带", en="guard"),
        accept=guard,
        reject=-guard,
        guard_in="absolute",
        source="test",
    )


@pytest.mark.parametrize("vector", **named(SPECIFIC))
def test_specific_risk_and_guarded_decisions_equal_the_vectors(vector: dict[str, Any]) -> None:
    given_, expected = vector["inputs"], vector["expected"]
    asked = (given_["y"], given_["u"], (None, given_["upper_limit"]))
    simple = jcgm106(*asked, SIMPLE)
    guarded = jcgm106(*asked, guarded_acceptance(0.95))
    three_way = jcgm106(*asked, guard_band(0.95))
    assert simple.p_conform == pytest.approx(expected["p_conform"], rel=1e-9)
    assert simple.accepted is expected["simple_accept"]
    assert guarded.guard == pytest.approx(expected["guard_w_1_645u"], rel=1e-9)
    assert guarded.accepted is expected["accept_guarded_95"]
    assert three_way.refused is expected["reject_non_compliant_95"]


@pytest.mark.parametrize("vector", **named(GLOBAL))
def test_global_risks_equal_the_vectors(vector: dict[str, Any]) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    prior = Prior(mean=asked["prior_mean"], sd=asked["prior_sd"])
    found = jcgm106(8, asked["u"], (None, asked["upper_limit"]), absolute(asked["guard"]), prior)
    assert found.consumer_risk == pytest.approx(expected["consumer_risk"], rel=1e-9)
    assert found.producer_risk == pytest.approx(expected["producer_risk"], rel=1e-9)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def quadrature(density: Any, start: float, end: float) -> float:
    if end <= start:
        return 0.0
    edges = np.linspace(start, end, 161)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    points = middle[:, None] + half[:, None] * NODES
    return float((density(points) * WEIGHTS * half[:, None]).sum())


@given(
    u=st.floats(0.05, 3),
    sd=st.floats(0.3, 4),
    mean=st.floats(2, 14) | st.sampled_from([6.0, 10.0]),
    lower=st.sampled_from([None, 6.0, 9.0]),
    guard=st.floats(-1, 1),
)
def test_global_risks_equal_quadrature_over_the_true_value(
    u: float, sd: float, mean: float, lower: float | None, guard: float
) -> None:
    upper, floor = 10.0, -math.inf if lower is None else lower
    consumer, producer = global_risks(
        u, (lower, upper), rule=absolute(guard), prior=Prior(mean=mean, sd=sd)
    )
    a, b = floor + guard, upper - guard

    def accepted(y: Any) -> Any:
        inside = norm.cdf((b - y) / u) - norm.cdf((a - y) / u) if b > a else np.zeros_like(y)
        return norm.pdf(y, mean, sd) * inside

    least, most = mean - 12 * sd, mean + 12 * sd
    outside = quadrature(accepted, max(upper, least), most)
    outside += quadrature(accepted, least, min(floor, most)) if lower is not None else 0.0
    conforming = norm.cdf(upper, mean, sd) - norm.cdf(floor, mean, sd)
    inside = quadrature(accepted, max(floor, least), min(upper, most))
    assert consumer == pytest.approx(outside, rel=1e-9, abs=1e-13)
    assert producer == pytest.approx(conforming - inside, rel=1e-9, abs=1e-13)


def test_global_risk_is_a_bivariate_normal_probability() -> None:
    u, sd, mean, limit, guard = 0.5, 1.0, 8.0, 10.0, 0.4
    joint = multivariate_normal([mean, mean], [[sd**2, sd**2], [sd**2, sd**2 + u**2]])
    both = joint.cdf([limit, limit - guard])
    consumer, producer = global_risks(
        u, (None, limit), rule=absolute(guard), prior=Prior(mean=mean, sd=sd)
    )
    measured = norm.cdf(limit - guard, mean, math.hypot(sd, u))
    assert consumer == pytest.approx(measured - both, abs=1e-8)
    assert producer == pytest.approx(norm.cdf(limit, mean, sd) - both, abs=1e-8)


def test_the_risks_of_a_three_way_rule_leave_out_the_inconclusive_zone() -> None:
    rng = np.random.default_rng(7)
    true = rng.normal(9.5, 1.0, 1_000_000)
    measured = true + rng.normal(0, 0.4, true.size)
    rule = guard_band(0.9)
    consumer, producer = global_risks(0.4, (8.0, 10.0), rule=rule, prior=Prior(mean=9.5, sd=1.0))
    w = rule.accept * 0.4
    conforming = (true >= 8) & (true <= 10)
    accepted = (measured >= 8 + w) & (measured <= 10 - w)
    refused = (measured < 8 - w) | (measured > 10 + w)
    assert consumer == pytest.approx((accepted & ~conforming).mean(), abs=4e-4)
    assert producer == pytest.approx((refused & conforming).mean(), abs=4e-4)


def test_a_prior_moves_the_probability_as_bayes_says() -> None:
    y, u, mean, sd = 10.2, 0.3, 9.0, 0.5
    found = jcgm106(y, u, (None, 10.0), SIMPLE, Prior(mean=mean, sd=sd))
    grid = np.linspace(4, 16, 400_001)
    density = norm.pdf(grid, mean, sd) * norm.pdf(y, grid, u)
    assert found.p_conform == pytest.approx(density[grid <= 10].sum() / density.sum(), abs=1e-4)


def test_arrays_answer_as_their_elements_do() -> None:
    y, u = np.array([9.0, 10.2, 10.0]), np.array([0.5, 0.3, 0.0])
    upper = np.array([10.0, 10.0, 10.0])
    together = jcgm106(y, u, (None, upper), guard_band(), Prior(mean=8.0, sd=1.0))
    for place in range(3):
        alone = jcgm106(y[place], u[place], (None, 10.0), guard_band(), Prior(mean=8.0, sd=1.0))
        assert together.p_conform[place] == pytest.approx(alone.p_conform, rel=1e-15)
        assert together.consumer_risk[place] == pytest.approx(alone.consumer_risk, rel=1e-15)
        assert together.accepted[place] == alone.accepted
    assert isinstance(alone.p_conform, float)


def test_a_certain_measurement_at_the_limit_conforms_without_risk() -> None:
    found = jcgm106(10.0, 0.0, (10.0, 10.0), SIMPLE, Prior(mean=10.0, sd=1.0))
    assert (found.accepted, found.p_conform, found.specific_consumer_risk) == (True, 1.0, 0.0)
    assert global_risks(0.0, (None, 10.0), prior=Prior(mean=8.0, sd=1.0)) == (0.0, 0.0)


def test_a_tail_of_probability_keeps_its_digits() -> None:
    found = jcgm106(8.0, 0.1, (None, 10.0))
    assert found.specific_consumer_risk == pytest.approx(norm.sf(20), rel=1e-9)


def test_guards_protect_whom_they_say() -> None:
    limits, prior = (None, 10.0), Prior(mean=9.0, sd=1.0)
    simple = global_risks(0.5, limits, rule=SIMPLE, prior=prior)
    consumer = global_risks(0.5, limits, rule=guarded_acceptance(), prior=prior)
    producer = global_risks(0.5, limits, rule=guarded_rejection(), prior=prior)
    assert consumer[0] < simple[0] < producer[0]
    assert producer[1] < simple[1] < consumer[1]
    at_edge = jcgm106(10 - guarded_acceptance().accept * 0.5, 0.5, limits, guarded_acceptance())
    assert at_edge.specific_consumer_risk == pytest.approx(0.05, rel=1e-9)


def test_an_expanded_guard_is_one_expanded_uncertainty_wide() -> None:
    assert jcgm106(9.0, 0.25, (None, 10.0), expanded_guard()).guard == pytest.approx(0.5)


def test_rules_and_uncertainties_that_cannot_be_are_refused() -> None:
    with pytest.raises(RuleInvalid):
        DecisionRule(key="x", name=Text(zh="", en=""), accept=-1, reject=0.5, source="x")
    with pytest.raises(RuleInvalid):
        guard_band(0.3)
    with pytest.raises(UncertaintyInvalid):
        jcgm106(9.0, -0.1, (None, 10.0))
    with pytest.raises(UncertaintyInvalid):
        jcgm106(9.0, math.nan, (None, 10.0))
    with pytest.raises(UncertaintyInvalid):
        jcgm106(9.0, 0.1, (None, 10.0), SIMPLE, Prior(mean=8.0, sd=-1.0))
    assert shared_risk(0.2).needs_uncertainty
    assert not SIMPLE.needs_uncertainty
