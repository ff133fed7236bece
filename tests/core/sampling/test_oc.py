"""Curves against vectors made with R and SciPy, and against plain enumeration."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom
from tests.core.sampling.reference import vectors

from guomen.core.sampling import InvalidQuestion, Plan, Source, StagedPlan, iso2859, oc, risk
from guomen.core.sampling.oc import pa, quality_at

NOWHERE = Source(standard="test", edition="", clause="", evidence="computed")


def staged(n: Any, ac: Any, re: Any) -> StagedPlan:
    return StagedPlan(n=tuple(n), ac=tuple(ac), re=tuple(re), source=NOWHERE)


def single(n: int, c: int) -> Plan:
    return Plan(n=n, ac=c, re=c + 1, source=NOWHERE)


def numbers(text: str) -> list[int]:
    size, _, times = text.partition("x")
    return [int(size)] * int(times) if times else [int(x) for x in text.split(",")]


def answer(call: str) -> float:
    kind, *rest = call.split("|")
    named = dict(part.split("=") for part in rest if "=" in part)
    p = float(named["p"])
    if "binom" in kind and kind != "binom":
        return float(pa(staged(*(numbers(part) for part in rest[:3])), p))
    plan = single(int(named["n"]), int(named["c"]))
    if kind == "binom":
        return float(pa(plan, p))
    if kind == "pois":
        return float(pa(plan, p, model="poisson"))
    if kind == "hyper":
        return float(pa(plan, p, model="hypergeom", lot=int(named["N"])))
    curve = oc(plan, p, lot=int(named["N"]))
    found = {"dodge_AOQ": curve.aoq, "dodge_ATI": curve.ati}[kind]
    assert found is not None
    return float(found[0])


CALLS = vectors("binom", "pois", "hyper", "double_binom", "multi_binom", "dodge")


@pytest.mark.parametrize("vector", CALLS, ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_acceptance_holds(vector: Any) -> None:
    assert answer(vector["inputs"]["call"]) == pytest.approx(vector["expected"], rel=1e-9)


@pytest.mark.parametrize("vector", vectors("double_asn"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_mean_samples_holds(vector: Any) -> None:
    asked = vector["inputs"]
    curve = oc(staged(asked["n"], asked["Ac"], asked["Re"]), asked["p"])
    assert curve.pa[0] == pytest.approx(vector["expected"]["Pa"], rel=1e-9)
    assert curve.asn[0] == pytest.approx(vector["expected"]["ASN"], rel=1e-9)


@pytest.mark.parametrize("vector", vectors("iso2859-1"), ids=lambda v: str(v["id"]))
def test_the_risk_points_of_a_table_plan_are_those_of_the_vector(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    plan = iso2859.single(
        asked["lot"], level=asked["level"], aql_percent=asked["aql"], state=asked["state"]
    )
    points = risk(plan)
    assert points.p95 == pytest.approx(expected["p95"], rel=1e-9)
    assert points.p50 == pytest.approx(expected["p50"], rel=1e-9)
    assert points.p10 == pytest.approx(expected["p10"], rel=1e-9)
    assert pa(plan, asked["aql"] / 100) == pytest.approx(expected["Pa_at_AQL"], rel=1e-9)


def enumerated(plan: StagedPlan, p: float) -> tuple[float, float]:
    """Walk every path of counts of a staged plan."""
    accepted = mean = 0.0
    for counts in product(*(range(n + 1) for n in plan.n)):
        chance = math.prod(
            math.comb(n, x) * p**x * (1 - p) ** (n - x) for n, x in zip(plan.n, counts, strict=True)
        )
        found = taken = 0
        for place, (n, ac, re) in enumerate(plan.stages):
            found, taken = found + counts[place], taken + n
            if found <= ac or found >= re or place == len(plan.n) - 1:
                accepted += chance * (found <= ac or (place == len(plan.n) - 1 and found < re))
                break
        mean += chance * taken
    return accepted, mean


@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=3),
    st.floats(0.0, 1.0),
    st.data(),
)
def test_a_staged_plan_equals_its_enumeration(n: list[int], p: float, data: Any) -> None:
    ac, re = [], []
    for _ in n:
        ac.append(data.draw(st.integers(-1 if not ac else ac[-1], 4)))
        re.append(data.draw(st.integers(ac[-1] + 1, 6)))
    plan = staged(n, ac, re)
    accepted, mean = enumerated(plan, p)
    curve = oc(plan, p)
    assert curve.pa[0] == pytest.approx(accepted, abs=1e-12)
    assert curve.asn[0] == pytest.approx(mean, abs=1e-9)


@given(st.integers(5, 60), st.data())
def test_a_double_plan_on_a_finite_lot_equals_counting(lot: int, data: Any) -> None:
    bad = data.draw(st.integers(0, lot))
    n = data.draw(st.integers(1, lot // 2))
    plan = staged([n, n], [0, 1], [2, 2])
    first = hypergeom(lot, bad, n)
    expected = first.pmf(0) + (
        first.pmf(1) * hypergeom(lot - n, bad - 1, n).pmf(0) if 0 < bad <= lot - n else 0.0
    )
    found = pa(plan, bad / lot, model="hypergeom", lot=lot)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-14)


@given(st.integers(2, 400), st.data())
def test_a_finite_lot_equals_the_hypergeometric_sum(lot: int, data: Any) -> None:
    bad, n = data.draw(st.integers(0, lot)), data.draw(st.integers(1, lot))
    c = data.draw(st.integers(0, n))
    found = pa(single(n, c), bad / lot, model="hypergeom", lot=lot)
    assert found == pytest.approx(hypergeom(lot, bad, n).cdf(c), rel=1e-9, abs=1e-300)


def test_tightened_inspection_is_never_easier_than_normal_at_the_aql() -> None:
    lots = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10**4, 35000, 150000)
    for lot, aql in product(lots, (a for a in iso2859.AQL_SERIES if a <= 10)):
        normal, tightened = (
            pa(iso2859.single(lot, aql_percent=aql, state=state), aql / 100)
            for state in ("normal", "tightened")
        )
        assert tightened <= normal + 1e-12


def test_acceptance_at_the_aql_is_not_95_percent() -> None:
    shares = [
        pa(iso2859.single(lot, aql_percent=aql), aql / 100)
        for lot, aql in product((150, 1200, 10000), (0.65, 1.0, 2.5))
    ]
    assert min(shares) < 0.9 < 0.98 < max(shares)


def test_outgoing_quality_and_inspection_are_bounded_by_the_lot() -> None:
    curve = oc(single(80, 2), np.linspace(0, 1, 101), lot=1000)
    assert curve.aoq is not None
    assert curve.ati is not None
    assert np.all(curve.aoq <= curve.p + 1e-15)
    assert curve.ati[0] == pytest.approx(80)
    assert curve.ati[-1] == pytest.approx(1000)


def test_the_finite_quality_point_is_the_first_number_of_units_refused_often_enough() -> None:
    plan = single(50, 1)
    found = quality_at(plan, 0.1, model="hypergeom", lot=500)
    assert found is not None
    assert pa(plan, found, model="hypergeom", lot=500) <= 0.1
    assert pa(plan, found - 1 / 500, model="hypergeom", lot=500) > 0.1


@pytest.mark.parametrize(
    "bad", [{"p": 1.1}, {"p": -0.1}, {"p": 0.1, "model": "hypergeom"}, {"p": 0.1, "model": "x"}]
)
def test_a_meaningless_curve_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuestion):
        oc(single(5, 0), **bad)
