"""Skip-lot, sequential, limiting quality, allocation, drawing units, and the recommendation."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom, chisquare, hypergeom
from tests.core.sampling.reference import rows, vectors

from guomen.core.sampling import (
    Beta,
    Budget,
    Discontinued,
    Hazard,
    InfeasiblePlan,
    InvalidQuestion,
    Losses,
    SwitchState,
    UnverifiedTable,
    allocate,
    bayes_sequential,
    draw_units,
    iso2859_2,
    recommend,
    skip_lot,
    sprt,
    voi,
)  # fmt: skip
from guomen.core.sampling.allocate import expected_loss
from guomen.core.sampling.micro import MicroPlan
from guomen.core.text import Text
from guomen.rulebooks.sampling import PROCEDURE_A

NAME = Text(zh="样例", en="Sample")


@pytest.mark.parametrize("vector", vectors("SkSP"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_skip_lot_holds(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    plan = skip_lot.plan(i=asked["i"], f=asked["f"])
    assert plan.pa(asked["P_ref"]) == pytest.approx(expected["Pa"], rel=1e-9)
    assert plan.fraction_inspected(asked["P_ref"]) == pytest.approx(
        expected["avg_fraction_inspected"], rel=1e-9
    )


def test_skipping_begins_after_a_run_and_ends_with_a_refusal() -> None:
    plan, state = skip_lot.plan(i=3, f=0.5), skip_lot.SkipState()
    for _ in range(3):
        state, _ = state.apply(True, plan)
    assert state.skipping
    assert not state.apply(False, plan)[0].skipping
    with pytest.raises(UnverifiedTable):
        skip_lot.iso_plan(Fraction(1, 2))
    assert skip_lot.iso_plan(Fraction(1, 2), allow_unverified=True).f == 0.5


@pytest.mark.parametrize("vector", vectors("sprt"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_the_sequential_test_holds(vector: Any) -> None:
    found = sprt(**vector["inputs"])
    for name, value in vector["expected"].items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("vector", vectors("bayes"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_beliefs_holds(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    prior = Beta(a=asked["a"], b=asked["b"])
    after = prior.after(asked["n"], asked["x"])
    assert after.mean == pytest.approx(expected["post_mean"], rel=1e-9)
    assert after.at_most(asked["p0"]) == pytest.approx(expected["P_p_le_p0"], rel=1e-9)
    assert prior.predictive_pass(asked["n"]) == pytest.approx(
        expected["prior_pred_pass_c0"], rel=1e-9
    )


def test_the_predictive_chance_is_the_beta_binomial() -> None:
    found = Beta(a=0.7, b=12).predictive_pass(40, 3)
    assert found == pytest.approx(betabinom(40, 0.7, 12).cdf(3), rel=1e-9)


def naive_cost(prior: Beta, losses: Losses, horizon: int) -> float:
    """Weigh stopping and going on by plain recursion."""

    def cost(n: int, x: int) -> float:
        mean = (prior.a + x) / (prior.a + prior.b + n)
        stop = min(losses.accept * mean, losses.reject * (1 - mean))
        if n == horizon:
            return stop
        return min(stop, losses.unit + mean * cost(n + 1, x + 1) + (1 - mean) * cost(n + 1, x))

    return cost(0, 0)


@given(st.floats(0.2, 3), st.floats(1, 20), st.floats(1, 500), st.floats(1, 100), st.floats(0, 2))
def test_the_bayes_boundary_costs_what_plain_recursion_finds(
    a: float, b: float, accept: float, reject: float, unit: float
) -> None:
    prior, losses = Beta(a=a, b=b), Losses(accept=accept, reject=reject, unit=unit)
    boundary = bayes_sequential(prior, losses, horizon=8)
    assert boundary.expected_cost == pytest.approx(naive_cost(prior, losses, 8), rel=1e-9)
    assert np.all(boundary.accept < boundary.reject)


def test_information_is_never_worth_less_with_more_units() -> None:
    values = [voi(Beta(a=1, b=20), Losses(accept=1000, reject=50, unit=1), n) for n in range(40)]
    assert values[0] == 0
    assert np.all(np.diff(values) >= -1e-9)


def test_a_limiting_quality_plan_holds_the_risk_exactly_and_no_smaller_one_does() -> None:
    for lot, percent in product((16, 50, 200, 1200, 10_000), (2.0, 5.0, 12.5, 32.0)):
        found = iso2859_2.plan(lot, lq_percent=percent)
        spread = hypergeom(lot, found.bad_units, found.plan.n)
        assert found.consumer_risk == pytest.approx(spread.pmf(0), rel=1e-9, abs=1e-12)
        assert found.consumer_risk <= 0.10 * (1 + 1e-9)
        if found.plan.n > 1:
            assert hypergeom(lot, found.bad_units, found.plan.n - 1).pmf(0) > 0.10 * (1 + 1e-9)


def test_printed_rows_need_an_opt_in_and_hold_their_defining_risk() -> None:
    with pytest.raises(UnverifiedTable):
        iso2859_2.printed(100, lq_percent=5.0, table=PROCEDURE_A)
    for row in PROCEDURE_A:
        found = iso2859_2.printed(
            row.lot_min, lq_percent=row.lq_percent, table=PROCEDURE_A, allow_unverified=True
        )
        assert found.consumer_risk <= iso2859_2.PRINTED_RISK
    failing = [
        iso2859_2.Row(
            lot_min=int(r["lot_min"]), lot_max=int(r["lot_max"]), lq_percent=float(r["LQ_pct"]),
            n=int(r["n"]), ac=int(r["Ac"]),
        )
        for r in rows("iso2859_2_procA_recalled.csv")
        if r["consumer_risk_le_0.135"] == "0"
    ]  # fmt: skip
    assert len(failing) == 1
    with pytest.raises(UnverifiedTable, match="cannot be right"):
        iso2859_2.printed(1200, lq_percent=1.25, table=failing, allow_unverified=True)


def test_a_quality_that_the_acceptance_number_bears_is_refused() -> None:
    with pytest.raises(InfeasiblePlan):
        iso2859_2.plan(20, lq_percent=5.0, ac=1)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([0.0, 1.0, 2.0, 5.0, 10.0])),
             min_size=1, max_size=4),
    st.integers(0, 14), st.floats(0.3, 3), st.floats(1, 20),
)  # fmt: skip
def test_no_other_allocation_leaves_less_loss(
    lots: list[tuple[int, float]], budget: int, a: float, b: float
) -> None:
    sizes, losses = (np.array(part) for part in zip(*lots, strict=True))
    prior = Beta(a=a, b=b)
    found = allocate(sizes, budget, loss=losses, prior=prior)
    best = min(
        float(np.sum(expected_loss(losses, np.array(n), prior)))
        for n in product(*(range(size + 1) for size in sizes))
        if sum(n) <= budget
    )
    assert found.expected_loss == pytest.approx(best, rel=1e-9, abs=1e-12)
    assert found.used <= budget
    assert np.all(found.n <= sizes)


def test_the_shadow_price_is_what_one_more_unit_saves() -> None:
    rng = np.random.default_rng(2)
    sizes, losses = rng.integers(5, 2000, 300), rng.lognormal(3, 2, 300)
    prior = Beta(a=1, b=30)
    for budget in (0, 1, 700, 5000):
        now = allocate(sizes, budget, loss=losses, prior=prior)
        more = allocate(sizes, budget + 1, loss=losses, prior=prior)
        assert now.used == budget
        assert now.expected_loss - more.expected_loss == pytest.approx(now.shadow_price, rel=1e-6)


def test_units_drawn_are_reproducible_and_differ_by_key_reference_and_lot() -> None:
    drawn = draw_units(20, 500, b"key", reference="DEC-1")
    assert drawn == draw_units(20, 500, b"key", reference="DEC-1")
    assert len(set(drawn)) == 20
    assert min(drawn) >= 1
    assert max(drawn) <= 500
    assert drawn == tuple(sorted(drawn))
    assert drawn != draw_units(20, 500, b"key", reference="DEC-2")
    assert drawn != draw_units(20, 500, b"other", reference="DEC-1")
    assert draw_units(7, 7, b"key") == tuple(range(1, 8))
    with pytest.raises(InvalidQuestion):
        draw_units(8, 7, b"key")
    with pytest.raises(InvalidQuestion):
        draw_units(1, 7, b"")


def test_every_pair_of_units_is_equally_likely() -> None:
    pairs = Counter(draw_units(2, 6, b"key", reference=str(i)) for i in range(15_000))
    assert len(pairs) == 15
    assert chisquare(list(pairs.values())).pvalue > 1e-4


def test_a_pest_is_looked_for_with_the_confidence_that_credit_asks() -> None:
    pest = Hazard(kind="pest", name=NAME, level=0.01)
    sizes = [recommend(1000, hazard=pest, credit=c).plan.n for c in "ABD"]
    assert sizes == sorted(sizes)
    answer = recommend(1000, hazard=pest)
    assert (answer.plan.n, answer.plan.ac) == (258, 0)
    assert answer.confidence is not None
    assert answer.confidence >= 0.95
    assert answer.reasons[-1].clause.startswith("ISPM 31:2008")


def test_a_budget_cuts_detection_and_says_what_is_left_but_never_an_acceptance_plan() -> None:
    pest = Hazard(kind="pest", name=NAME, level=0.01)
    cut = recommend(1000, hazard=pest, budget=Budget(units=100))
    assert (cut.plan.n, cut.within_budget) == (100, False)
    assert cut.confidence == pytest.approx(1 - hypergeom(1000, 10, 100).pmf(0), rel=1e-9)
    quality = Hazard(kind="quality", name=NAME)
    whole = recommend(1000, hazard=quality, history=SwitchState(), budget=Budget(money=10))
    assert (whole.plan.n, whole.within_budget) == (80, False)


def test_quality_follows_the_switching_state_and_stops_when_discontinued() -> None:
    quality = Hazard(kind="quality", name=NAME)
    plans = {
        state: recommend(2000, hazard=quality, history=SwitchState(inspection=state)).plan
        for state in ("normal", "tightened", "reduced")
    }
    assert plans["tightened"].ac < plans["normal"].ac
    assert plans["reduced"].n < plans["normal"].n
    with pytest.raises(Discontinued):
        recommend(2000, hazard=quality, history=SwitchState(inspection="discontinued"))


def test_an_isolated_lot_is_judged_by_limiting_quality_and_a_tiny_one_whole() -> None:
    quality = Hazard(kind="quality", name=NAME)
    assert recommend(1000, hazard=quality).plan.source.standard == "ISO 2859-2"
    assert recommend(3, hazard=quality).plan.units <= 3


def test_a_microbiological_rule_brings_its_own_plan() -> None:
    rule = Hazard(kind="microbe", name=NAME, micro=MicroPlan(n=5, c=2, m=100, M=1000))
    answer = recommend(1000, hazard=rule)
    assert answer.plan.stages == ((5, 2, 3),)
    with pytest.raises(InvalidQuestion):
        recommend(1000, hazard=Hazard(kind="microbe", name=NAME))


@pytest.mark.parametrize("history", [None, SwitchState()])
@pytest.mark.parametrize("lot", [1, 5, 40, 3000, 10**6])
def test_every_recommendation_explains_itself_in_both_languages(lot: int, history: Any) -> None:
    for severity in ("critical", "major", "minor"):
        hazard = Hazard(kind="quality", name=NAME, severity=severity)
        answer = recommend(lot, hazard=hazard, history=history)
        assert answer.plan.units <= lot
        assert answer.cannot_find.zh
        assert answer.cannot_find.en
        assert all(reason.text.zh and reason.text.en and reason.clause for reason in answer.reasons)
        assert np.all(np.diff(answer.curve.pa) <= 1e-9)


def test_a_class_outside_the_policy_is_refused() -> None:
    with pytest.raises(InvalidQuestion, match="classes: 1, 2, 3, 4"):
        recommend(100, hazard=Hazard(kind="quality", name=NAME), enterprise_class="9")
