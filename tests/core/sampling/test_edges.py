"""Far corners: near ties, models without a lot, words for people, and refusals."""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from scipy.stats import betabinom, binom, poisson

from guomen.core.sampling import (
    Beta,
    Hazard,
    InfeasiblePlan,
    InvalidQuestion,
    Losses,
    Plan,
    Source,
    StagedPlan,
    allocate,
    bayes_sequential,
    csp,
    exact,
    iso2859,
    iso2859_2,
    iso3951,
    ispm31,
    kernels,
    micro,
    oc,
    recommend,
    risk,
    search,
    skip_lot,
    sprt,
    variables,
    voi,
    warm,
)  # fmt: skip
from guomen.core.sampling.design import two_point
from guomen.core.sampling.oc import pa, quality_at, single_pa
from guomen.core.sampling.switching import SwitchState, judge, judge_staged
from guomen.core.text import Text
from guomen.rulebooks.sampling import CBIS, EDITIONS, icmsf_case

NOWHERE = Source(standard="test", edition="1", clause="0", evidence="computed")


@pytest.mark.parametrize("slip", [Fraction(1, 5), Fraction(1, 2)])
def test_sixty_digits_and_counting_agree(slip: Fraction) -> None:
    for lot, infested, n in ((300, 40, 25), (200, 150, 120), (120, 90, 60)):
        digits = exact._to_sixty_digits(lot, infested, n, slip=slip)
        near = Fraction(str(digits))
        for nudge, expected in ((Fraction(1, 10**40), True), (-Fraction(1, 10**40), False)):
            miss = near * (1 + nudge)
            counted = exact._counted(lot, infested, n, slip=slip, miss=miss)
            assert counted is expected


def test_long_near_ties_are_settled_by_digits() -> None:
    miss = exact._to_sixty_digits(5000, 400, 90, slip=Fraction(1, 10))
    written = Fraction(str(miss))
    settle: Any = exact.misses_at_most
    assert settle(5000, 400, 90, slip=Fraction(1, 10), miss=written * (1 + Fraction(1, 10**30)))
    assert not settle(5000, 400, 90, slip=Fraction(1, 10), miss=written * (1 - Fraction(1, 10**30)))
    assert settle(10, 8, 5, slip=Fraction(0), miss=Fraction(1, 10))  # it must hit
    assert exact.least_n(5000, 400, 40, slip=0.1, miss_of=0.9) == exact.least_n(
        5000, 400, 20, slip=0.1, miss_of=0.9
    )
    assert exact.whole_lot_suffices(10**6, sensitivity=0.1, conf=0.99)


def test_an_exact_binomial_tie_is_met_and_not_passed() -> None:
    answer = ispm31.sample_size(None, 0.5, 0.75, model="binomial")
    assert answer.n == 2  # (1/2)**2 = 1 - 0.75, exactly
    assert exact.least_n_binomial(10, chance=Fraction(1, 2), miss=Fraction(1, 4)) == 2
    assert exact.least_n_binomial(10**6, chance=Fraction(1, 2), miss=Fraction(1, 4)) == 10**6


@pytest.mark.parametrize("sensitivity", [1.0, 0.7])
def test_both_kernels_survive_counts_too_long_for_a_product(sensitivity: float) -> None:
    lot, infested = 20_000, 2_000
    one = ispm31.sample_size(lot, None, 1 - 1e-14, infested=infested, sensitivity=sensitivity)
    many = ispm31.sample_size([lot], None, 1 - 1e-14, infested=[infested], sensitivity=sensitivity)
    assert one.n == many.n[0] > 256
    assert one.p_detect == pytest.approx(1 - 1e-14, rel=1e-12)


def test_a_faint_inspection_of_many_infested_units_keeps_within_range() -> None:
    answer = ispm31.sample_size(100_000, 0.3, 0.95, sensitivity=0.0005)
    less = answer.achieved([answer.n - 1, answer.n])
    assert less[0] < 0.95 <= less[1]
    assert kernels.log_miss_one(100, 5, 0, 0.0) == 0.0
    assert kernels.log_miss_one(10, 8, 5, 0.0) == -np.inf


def test_models_without_a_lot_answer_arrays_and_other_sizes() -> None:
    levels = [0.05, 0.01, 0.05]
    many = ispm31.sample_size(None, levels, 0.95, model="binomial")
    assert many.n.tolist() == [59, 299, 59]
    assert many.achieved() == pytest.approx(1 - binom.pmf(0, many.n, levels))
    assert many.achieved(0).tolist() == [0.0] * 3
    many = ispm31.sample_size(None, levels, 0.95, sensitivity=0.8, model="poisson")
    assert many.achieved() == pytest.approx(1 - poisson.pmf(0, many.n * np.array(levels) * 0.8))
    one = ispm31.sample_size(None, 0.05, 0.95, model="binomial")
    assert one.achieved(10) == pytest.approx(1 - 0.95**10)
    assert one.achieved([0, 1]).tolist() == pytest.approx([0.0, 0.05])
    one = ispm31.sample_size(None, 0.05, 0.95, model="poisson")
    assert one.achieved(one.n) == pytest.approx(one.p_detect)
    one = ispm31.sample_size(None, 0.05, 0.95, model="betabinom", aggregation=0.03)
    alpha, beta = 0.05 * 0.97 / 0.03, 0.95 * 0.97 / 0.03
    assert one.achieved(one.n) == pytest.approx(1 - betabinom.pmf(0, one.n, alpha, beta))
    with pytest.raises(InvalidQuestion):
        ispm31.sample_size(None, levels, 0.95, model="betabinom")


def test_certain_and_blind_inspections_are_answered_or_refused() -> None:
    assert ispm31.sample_size(None, 1.0, 0.95, model="binomial").n == 1
    assert ispm31.sample_size(None, 1.0, 0.95, model="betabinom", aggregation=0.1).n == 1
    for model in ("binomial", "poisson", "betabinom"):
        with pytest.raises(InfeasiblePlan):
            ispm31.sample_size(None, 0.1, 0.95, sensitivity=0.0, model=model, aggregation=0.1)
    with pytest.raises(InfeasiblePlan) as refused:
        ispm31.sample_size(50, 0.01, 0.99, model="betabinom", aggregation=0.1)
    assert 0 < refused.value.data["best_confidence"] < 0.99
    with pytest.raises(InvalidQuestion):
        ispm31.sample_size(None, None, 0.95, infested=3, model="binomial")
    by_count = ispm31.sample_size(100, None, 0.95, infested=5, model="binomial")
    assert by_count.n == 59


@pytest.mark.parametrize(
    "bad",
    [
        {"lot": [10.5], "level": 0.1},
        {"lot": [10], "level": 0.1, "conf": [1.0]},
        {"lot": [10], "level": 0.1, "sensitivity": [-0.1]},
        {"lot": [10]},
        {"lot": [10], "infested": [11]},
    ],
)
def test_meaningless_arrays_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuestion):
        ispm31.sample_size(**bad)


def test_a_sample_below_zero_is_refused_and_the_answer_speaks() -> None:
    answer = ispm31.sample_size(1000, 0.01)
    with pytest.raises(InvalidQuestion):
        answer.achieved(-1)
    assert answer.stages == ((258, 0, 1),)
    assert "258" in answer.explain().en
    assert "258" in answer.explain().zh
    assert len(ispm31.sample_size([10, 20], 0.5)) == 2
    assert ispm31.sample_size([4], 0.3).full_inspection.tolist() == [True]


def test_warming_compiles_and_the_compiled_loops_then_serve() -> None:
    pytest.importorskip("numba")
    lots = np.arange(50, 3000, 7)
    before = [ispm31.sample_size(lots, 0.02, 0.95, sensitivity=s).n for s in (1.0, 0.9)]
    assert warm()
    after = [ispm31.sample_size(lots, 0.02, 0.95, sensitivity=s).n for s in (1.0, 0.9)]
    assert all((x == y).all() for x, y in zip(before, after, strict=True))
    module = import_module("guomen.core.sampling.compiled")
    n, near = np.empty(1, np.int64), np.empty(1, np.bool_)
    module.perfect.py_func(np.array([100]), np.array([5]), np.array([0.05]), n, near)
    assert n[0] == 45
    module.imperfect.py_func(
        np.array([1000]), np.array([50]), np.array([0.05]), np.array([0.2]), n, near
    )
    assert n[0] == 72


def test_without_numba_warming_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "find_spec", lambda name: None)
    assert warm() is False


def test_plans_explain_themselves_in_both_languages() -> None:
    single = iso2859.single(1000)
    assert "80" in single.explain().zh
    assert "all 10" in iso2859.single(10, aql_percent=0.65).explain().en
    double = iso2859.double(1000, edition="105E")
    assert "take 50" in double.explain().en
    assert "50" in double.explain().zh
    never = StagedPlan(n=(5, 5), ac=(-1, 1), re=(2, 2), source=NOWHERE, lot=10)
    assert "no acceptance yet" in never.explain().en
    assert (never.units, never.full_inspection) == (10, True)
    assert single.source.cite() == "ISO 2859-1:1999, table 2-A (verified)"
    for n, ac, re in (((5,), (1, 2), (2,)), ((5,), (2,), (2,))):
        with pytest.raises(InvalidQuestion):
            StagedPlan(n=n, ac=ac, re=re, source=NOWHERE)


def test_the_poisson_model_counts_nonconformities_beyond_one_a_unit() -> None:
    plan = Plan(n=5, ac=21, re=22, source=NOWHERE)
    assert pa(plan, 3.0, model="poisson") == pytest.approx(poisson.cdf(21, 15.0), rel=1e-9)
    points = risk(plan, model="poisson")
    assert points.p50 is not None
    assert pa(plan, points.p50, model="poisson") == pytest.approx(0.5)
    staged = StagedPlan(n=(3, 3), ac=(5, 18), re=(12, 19), source=NOWHERE)
    for model in ("poisson", "binomial"):
        middle = quality_at(staged, 0.5, model=model)
        if middle is not None:
            assert pa(staged, middle, model=model) == pytest.approx(0.5, abs=1e-9)
    assert quality_at(Plan(n=3, ac=3, re=4, source=NOWHERE), 0.5) is None
    always = Plan(n=3, ac=3, re=4, source=NOWHERE)
    assert quality_at(always, 0.5, model="hypergeom", lot=10) is None
    with pytest.raises(InvalidQuestion):
        quality_at(always, 0.5, model="hypergeom")
    assert single_pa(80, 2, 0.01) == pytest.approx(binom.cdf(2, 80, 0.01))


def test_a_nonconformity_plan_has_no_variables_plan() -> None:
    with pytest.raises(InfeasiblePlan):
        iso3951.plan(8, aql_percent=1000.0)


def test_ruin_is_named_for_every_refusal() -> None:
    for call in (
        lambda: Beta(a=0, b=1),
        lambda: Beta(a=1, b=1).after(3, 4),
        lambda: Losses(accept=-1, reject=1, unit=1),
        lambda: sprt(0.05, 0.01, 0.1, 0.1),
        lambda: bayes_sequential(Beta(a=1, b=1), Losses(accept=1, reject=1, unit=1), horizon=-1),
        lambda: voi(Beta(a=1, b=1), Losses(accept=1, reject=1, unit=1), -1),
        lambda: allocate([0], 1, loss=1.0, prior=Beta(a=1, b=1)),
        lambda: skip_lot.plan(i=0, f=0.5),
        lambda: skip_lot.plan(i=1, f=0.5).pa(1.5),
        lambda: skip_lot.iso_plan(Fraction(1, 7)),
        lambda: csp.plan("CSP-9", i=5, f=0.1),  # type: ignore[arg-type]
        lambda: csp.qualify(2.0, f=0.1),
        lambda: iso2859_2.plan(0, lq_percent=5),
        lambda: iso2859_2.printed(10, lq_percent=99, table=()),
        lambda: micro.MicroPlan(n=5, c=1, m=10, M=1),
        lambda: micro.pa(5, 1, p_marginal=0.9, p_defective=0.9),
        lambda: micro.exceedance(micro.Lognormal(mean_log10=1, sd_log10=1),
                                 micro.MicroPlan(n=5, c=0)),
        lambda: micro.pa_lognormal(micro.Lognormal(mean_log10=1, sd_log10=0),
                                   micro.MicroPlan(n=5, c=0, m=1)),
        lambda: variables.pa(5, 1, 0.1, method="t"),  # type: ignore[arg-type]
        lambda: variables.judge([1.0] * 6, variables.VariablesPlan(
            n=5, k=1, method="s", source=NOWHERE), upper=2),
        lambda: two_point([0.01], 0.05, [0.05], 0.1, stages=3),  # type: ignore[call-overload]
        lambda: two_point(0.01, 0.05, 0.05, 0.1, model="hypergeom"),
        lambda: judge(Plan(n=5, ac=3, re=4, source=NOWHERE), 1),
        lambda: judge_staged(accepted=True, at_stage=3, stages=2),
        lambda: icmsf_case("none", "reduced"),  # type: ignore[arg-type]
        lambda: recommend(0, hazard=Hazard(kind="pest", name=Text(zh="虫", en="Pest"))),
    ):  # fmt: skip
        with pytest.raises(InvalidQuestion):
            call()


def test_small_returns_of_small_modules() -> None:
    test = sprt(0.01, 0.05, 0.05, 0.10)
    assert test.accept_at([54, 55]).tolist() == [-1, 0]
    assert int(test.reject_at(1)) == 2
    two = micro.MicroPlan(n=5, c=0, m=100)
    assert two.stages == ((5, 0, 1),)
    chances = micro.exceedance(micro.Lognormal(mean_log10=2, sd_log10=1), two)
    assert chances == pytest.approx((0.5, 0.0))
    plan = two_point([0.01, 0.02], 0.05, [0.05, 0.09], 0.10, model="poisson")
    assert len(plan) == 2
    lots = iso2859.single(np.array([100, 1000]))
    assert len(lots) == 2
    assert lots.followed_arrow.tolist() == [True, False]
    assert {row.held for row in EDITIONS} == {True, False}
    assert CBIS[0].f == 0.10
    assert oc(lots[1], [0.0, 1.0]).pa.tolist() == [1.0, 0.0]
    zero_aql = iso2859.single(10**6, aql_percent=0.010, level="III")
    assert judge(zero_aql, 0).score == 2
    assert SwitchState().inspection == "normal"
    assert variables.estimated_fraction(2.0, 1, method="sigma") == 0.0
    assert variables.estimated_fraction(0.0, 2, method="s") in (0.0, 0.5, 1.0)
    assert variables.plan(0.01, 0.05, 0.05, 0.1, method="sigma").pa(0.01) == pytest.approx(0.95)
    flat = variables.VariablesPlan(n=3, k=1.0, method="sigma", source=NOWHERE)
    assert variables.judge([1.0, 1.0, 1.0], flat, upper=2.0, sigma=0.5).accepted is True
