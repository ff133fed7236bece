from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import nct, norm
from tests.core.sampling.reference import vectors

from guomen.core.sampling import InvalidQuestion, iso2859, iso3951, risk, variables


def answer(call: str) -> float:
    kind, *rest = call.split("|")
    named = {k: float(v) for k, v in (part.split("=") for part in rest)}
    method: Any = "s" if kind == "var_unknown" else "sigma"
    return float(variables.pa(int(named["n"]), named["k"], named["p"], method=method))


@pytest.mark.parametrize("vector", vectors("var_"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_variables_plans_holds(vector: Any) -> None:
    assert answer(vector["inputs"]["call"]) == pytest.approx(vector["expected"], rel=1e-9)


def test_known_spread_follows_the_normal_and_estimated_the_noncentral_t() -> None:
    p = np.array([0.005, 0.02, 0.1])
    known = norm.cdf(np.sqrt(19) * (norm.isf(p) - 1.9))
    assert variables.pa(19, 1.9, p, method="sigma") == pytest.approx(known, rel=1e-12)
    estimated = nct.sf(1.9 * np.sqrt(40), 39, norm.isf(p) * np.sqrt(40))
    assert variables.pa(40, 1.9, p) == pytest.approx(estimated, rel=1e-12)


@pytest.mark.parametrize("method", ["s", "sigma"])
def test_a_designed_plan_holds_both_risks_and_one_unit_fewer_does_not(method: Any) -> None:
    plan = variables.plan(0.01, 0.05, 0.04, 0.10, method=method)
    assert plan.pa(0.01) == pytest.approx(0.95, rel=1e-9)
    assert plan.pa(0.04) <= 0.10
    fewer = variables._k(plan.n - 1, 0.01, 0.05, method)
    assert variables.pa(plan.n - 1, fewer, 0.04, method=method) > 0.10


@pytest.mark.parametrize("state", ["normal", "tightened", "reduced"])
def test_the_variables_plan_protects_as_the_attribute_plan_with_fewer_units(state: str) -> None:
    attribute = iso2859.single(3000, aql_percent=1.0, state=state)
    plan = iso3951.plan(3000, aql_percent=1.0, state=state)
    points = risk(attribute)
    assert plan.n < attribute.n
    assert plan.pa(points.p95) == pytest.approx(0.95, abs=1e-9)
    assert plan.pa(points.p10) <= 0.10


def test_a_sample_is_judged_against_one_limit_or_both() -> None:
    plan = variables.VariablesPlan(n=5, k=1.5, method="s", source=iso2859.single(9).source)
    values = [10.0, 10.2, 9.8, 10.1, 9.9]
    assert variables.judge(values, plan, upper=11.0).accepted is True
    assert variables.judge(values, plan, upper=10.1).accepted is False
    assert variables.judge(values, plan, lower=9.0, upper=11.0).accepted is True
    assert variables.judge(values, plan, lower=9.85, upper=10.15).accepted is False
    one_sided = variables.judge(values, plan, upper=10.25)
    beyond = one_sided.estimated_fraction
    assert beyond is not None
    assert (one_sided.accepted is True) == (beyond <= one_sided.allowed_fraction)


def test_missing_values_leave_the_verdict_unknown() -> None:
    plan = variables.VariablesPlan(n=3, k=1.0, method="s", source=iso2859.single(9).source)
    for values in ([1.0, 1.1], [1.0, 1.1, None], [1.0, 1.1, float("nan")]):
        assert variables.judge(values, plan, upper=2.0).accepted is None


def test_meaningless_questions_are_refused() -> None:
    plan = variables.plan(0.01, 0.05, 0.05, 0.1, method="sigma")
    with pytest.raises(InvalidQuestion):
        variables.judge([1.0], plan)
    with pytest.raises(InvalidQuestion):
        variables.judge([1.0], plan, upper=2.0)
    with pytest.raises(InvalidQuestion):
        variables.plan(0.05, 0.05, 0.01, 0.1)
    with pytest.raises(InvalidQuestion):
        variables.pa(5, 1.0, 1.5)
