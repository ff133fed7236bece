"""Every public function answers columns as it answers one question at a time."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guomen.core import sampling
from guomen.core.errors import GuomenError
from guomen.core.sampling import (
    Beta,
    Budget,
    Discontinued,
    Hazard,
    Histories,
    History,
    InfeasiblePlan,
    InvalidQuestion,
    Losses,
    SwitchState,
    csp,
    iso2859,
    iso2859_2,
    iso3951,
    ispm31,
    micro,
    quality_at,
    recommend,
    replay,
    risk,
    skip_lot,
    sprt,
    variables,
)  # fmt: skip
from guomen.core.sampling.design import two_point
from guomen.core.sampling.oc import oc, pa
from guomen.core.sampling.switching import judge, judge_staged
from guomen.core.text import Text
from guomen.rulebooks.sampling import PROCEDURE_A

NAME = Text(zh="样例", en="Sample")
SLOW = settings(max_examples=25, deadline=None)
lots = st.lists(st.integers(1, 30_000), min_size=1, max_size=6)

# Each public function with a small column question; the answer has one entry a row.
COLUMNS: dict[str, Any] = {
    "allocate": lambda: sampling.allocate([5, 9], 4, loss=1.0, prior=Beta(a=1, b=9)).n,
    "bayes_sequential": lambda: sampling.bayes_sequential(
        [Beta(a=1, b=9), Beta(a=2, b=9)], Losses(accept=9, reject=2, unit=1), horizon=3
    ),
    "draw_units": lambda: sampling.draw_units([2, 3], 9, b"k", reference=["a", "b"]),
    "oc": lambda: oc(iso2859.single([9, 1000]), [0.01, 0.1]),
    "quality_at": lambda: quality_at(iso2859.single([9, 1000]), 0.5),
    "recommend": lambda: recommend([9, 1000], hazard=Hazard(kind="pest", name=NAME)),
    "replay": lambda: replay(Histories(lot=[9, 9], nonconforming=[0, 1]), aql_percent=1.0),
    "risk": lambda: risk(iso2859.single([9, 1000])),
    "sprt": lambda: sprt([0.01, 0.02], 0.05, 0.05, 0.1).slope,
    "voi": lambda: sampling.voi(Beta(a=1, b=9), Losses(accept=9, reject=2, unit=1), [1, 5]),
    "csp.plan": lambda: csp.plan("CSP-1", i=[5, 9], f=0.1),
    "csp.qualify": lambda: csp.qualify([0.02, 0.05], f=0.1),
    "design.two_point": lambda: two_point([0.01, 0.02], 0.05, 0.1, 0.1),
    "iso2859.aql_index": lambda: iso2859.aql_index([1.0, 2.5]),
    "iso2859.code_letter": lambda: iso2859.code_letter([9, 1000]),
    "iso2859.double": lambda: iso2859.double([9, 1000], edition="105E"),
    "iso2859.multiple": lambda: iso2859.multiple([9, 1000]),
    "iso2859.single": lambda: iso2859.single([9, 1000]),
    "iso2859_2.plan": lambda: iso2859_2.plan([9, 1000], lq_percent=5.0),
    "iso2859_2.printed": lambda: iso2859_2.printed(
        [100, 200], lq_percent=5.0, table=PROCEDURE_A, allow_unverified=True
    ),
    "iso3951.plan": lambda: iso3951.plan([900, 1000]),
    "ispm31.achieved": lambda: ispm31.achieved(ispm31.sample_size(900, 0.01), [5, 9]),
    "ispm31.infested_units": lambda: ispm31.infested_units([900, 1000], 0.01),
    "ispm31.sample_size": lambda: ispm31.sample_size([900, 1000], 0.01),
    "micro.detected_95": lambda: micro.detected_95([5, 10]),
    "micro.exceedance": lambda: micro.exceedance(
        micro.Lognormal(mean_log10=[1.0, 2.0], sd_log10=0.5), micro.MicroPlan(n=5, c=1, m=10, M=99)
    )[0],
    "micro.judge": lambda: micro.judge([[1, 2], [3, None]], 2, 0, m=9),
    "micro.pa": lambda: micro.pa(5, 1, p_marginal=[0.1, 0.2]),
    "micro.pa_lognormal": lambda: micro.pa_lognormal(
        micro.Lognormal(mean_log10=[1.0, 2.0], sd_log10=0.5), micro.MicroPlan(n=5, c=1, m=10, M=99)
    ),
    "micro.pa_two_class": lambda: micro.pa_two_class(5, 1, [0.1, 0.2]),
    "skip_lot.plan": lambda: skip_lot.plan(i=[4, 8], f=0.5).pa(0.8),
    "variables.estimated_fraction": lambda: variables.estimated_fraction([1, 2], 5, method="s"),
    "variables.judge": lambda: variables.judge(
        [[1.0] * 9, [2.0] * 9], variables.plan(0.01, 0.05, 0.2, 0.1), upper=3
    ),
    "variables.pa": lambda: variables.pa(5, 1.5, [0.1, 0.2]),
    "variables.plan": lambda: variables.plan([0.01, 0.02], 0.05, 0.2, 0.1),
}
# No question of their own: a table, a switch, a choice among four, and the gatherers.
WITHOUT = {"warm", "iso2859.cells", "skip_lot.iso_plan"}


def public_functions() -> set[str]:
    names = set()
    for name in sampling.__all__:
        thing = getattr(sampling, name)
        if isinstance(thing, ModuleType):
            own = getattr(thing, "__all__", [x for x in vars(thing) if not x.startswith("_")])
            names |= {
                f"{name}.{x}" for x in own
                if inspect.isfunction(f := getattr(thing, x))
                and ("__all__" in vars(thing) or f.__module__ == thing.__name__)
            }  # fmt: skip
        elif inspect.isfunction(thing):
            names.add(name)
    return names


def test_every_public_function_answers_columns() -> None:
    inner = {"design.least_n", "design.least_single", "variables.gathered"}
    assert public_functions() - WITHOUT - inner == set(COLUMNS)
    for name, ask in COLUMNS.items():
        assert len(ask()) == 2, name


settings_of = st.tuples(
    st.integers(1, 600_000), st.sampled_from(iso2859.LEVELS), st.sampled_from(iso2859.AQL_SERIES),
    st.sampled_from(iso2859.STATES),
)  # fmt: skip


@SLOW
@given(st.lists(settings_of, min_size=1, max_size=6))
def test_double_plans_in_columns_are_those_of_each_lot(asked: list[Any]) -> None:
    lot, level, aql, state = zip(*asked, strict=True)
    for edition in ("105E", "1999"):
        found = iso2859.double(
            list(lot), level=list(level), aql_percent=list(aql), state=list(state),
            edition=edition, allow_unverified=True,
        )  # fmt: skip
        for row, (size, lev, percent, how) in enumerate(asked):
            one = iso2859.double(
                size, level=lev, aql_percent=percent, state=how, edition=edition,
                allow_unverified=True,
            )  # fmt: skip
            assert found[row] == one
            stages = len(one.n)
            assert found.stage_count[row] == stages
            assert tuple(found.n[row, :stages]) == one.n
            assert tuple(found.ac[row, :stages]) == one.ac
            assert tuple(found.re[row, :stages]) == one.re
            assert (found.units[row], found.full_inspection[row]) == (
                one.units, one.full_inspection
            )  # fmt: skip


def test_multiple_and_variables_plans_in_columns_are_those_of_each_lot() -> None:
    sizes, aql = [50, 1000, 3000], [1.0, 2.5, 1.0]
    many = iso2859.multiple(sizes, aql_percent=aql)
    measured = iso3951.plan([*sizes, 1000], aql_percent=[*aql, 1000.0])
    for row in range(3):
        assert many[row] == iso2859.multiple(sizes[row], aql_percent=aql[row])
        one = iso3951.plan(sizes[row], aql_percent=aql[row])
        assert (measured[row], measured.n[row], measured.k[row]) == (one, one.n, one.k)
    assert not measured.feasible[3]
    assert np.isnan(measured.pa(0.01)[3])
    with pytest.raises(InfeasiblePlan):
        measured[3]


@SLOW
@given(lots, st.sampled_from([0.5, 5.0, 20.0]), st.integers(0, 3), st.sampled_from([0.05, 0.1]))
def test_limiting_quality_in_columns_is_that_of_each_lot(
    sizes: list[int], percent: float, ac: int, share: float
) -> None:
    found = iso2859_2.plan(sizes, lq_percent=percent, ac=ac, risk=share)
    for row, lot in enumerate(sizes):
        try:
            one = iso2859_2.plan(lot, lq_percent=percent, ac=ac, risk=share)
        except InfeasiblePlan:
            assert (found.n[row], found.feasible[row], found.units[row]) == (-1, False, lot)
            continue
        assert (found.n[row], found.bad_units[row]) == (one.plan.n, one.bad_units)
        assert found.consumer_risk[row] == pytest.approx(one.consumer_risk, rel=1e-12)
        assert found[row] == one


@SLOW
@given(st.lists(st.tuples(st.integers(20, 3000), st.floats(0.0, 0.03), st.floats(0.04, 0.3)),
                min_size=1, max_size=4))  # fmt: skip
def test_designs_for_finite_lots_in_columns_are_those_of_each_lot(asked: list[Any]) -> None:
    lot, p1, p2 = zip(*asked, strict=True)
    found = two_point(p1, 0.05, p2, 0.1, lot=lot)
    for row in range(len(asked)):
        try:
            one = two_point(p1[row], 0.05, p2[row], 0.1, lot=lot[row])
        except InfeasiblePlan:
            assert (found.n[row], found.ac[row], found.units[row]) == (-1, -1, lot[row])
            continue
        assert one.plan.stages[0][:2] == (found.n[row], found.ac[row])
        assert found[row] == one
        assert found.consumer_risk[row] == pytest.approx(one.consumer_risk, rel=1e-9)


def test_double_designs_in_columns_are_those_of_each_question() -> None:
    good, bad, lots_of = [0.01, 0.02, 0.10], [0.06, 0.15, 0.11], [900, 400, 20]
    found = two_point(good, 0.05, bad, 0.1, lot=lots_of, stages=2)
    for row, (p1, p2, lot) in enumerate([(0.01, 0.06, 900), (0.02, 0.15, 400)]):
        one = two_point(p1, 0.05, p2, 0.1, lot=lot, stages=2)
        assert found[row] == one
        assert tuple(found.n[row]) == tuple(stage[0] for stage in one.plan.stages)
    assert (found.feasible[2], found.units[2]) == (False, 20)


history = st.tuples(
    st.integers(0, 3), st.sampled_from([5, 120, 2000]), st.sampled_from([0, 0, 0, 1, 3, 4]),
    st.booleans(), st.sampled_from([True, True, None, False]),
)  # fmt: skip


@SLOW
@given(st.lists(history, max_size=80), st.sampled_from(["normal", "reduced"]))
def test_many_series_replay_as_each_alone(rows: list[Any], begin: Any) -> None:
    start = {0: SwitchState(inspection=begin), 2: SwitchState(score=28, recent=(True, False))}
    series, lot, bad, original, steady = zip(*rows, strict=True) if rows else ((),) * 5
    steps = replay(
        Histories(series=series, lot=lot, nonconforming=bad, original=original, steady=steady,
                  approved=True),
        aql_percent=1.0, start=start,
    )  # fmt: skip
    assert len(steps) == len(rows)
    states: dict[int, SwitchState] = {}
    for row, (who, size, count, first, calm) in enumerate(rows):
        state = states.get(who, start.get(who, SwitchState()))
        item = History(lot=size, nonconforming=count, original=first, steady=calm, approved=True)
        if state.inspection == "discontinued":
            assert not steps.judged[row]
            with pytest.raises(Discontinued):
                steps[row]
            continue
        (one,) = replay([item], aql_percent=1.0, start=state)
        assert steps[row] == one
        states[who] = one.state


def test_lots_are_judged_in_columns_as_one_by_one() -> None:
    plans = iso2859.single([120, 2000, 2000], aql_percent=1.0)
    found = judge(plans, [0, 2, 3])
    assert [found[i] for i in range(3)] == [judge(plans[i], (0, 2, 3)[i]) for i in range(3)]
    again = judge(plans[1], [2, 3, 4])
    assert [again[i] for i in range(3)] == [judge(plans[1], x) for x in (2, 3, 4)]
    staged = judge_staged(accepted=[True, True], at_stage=[1, 2], stages=2)
    assert staged.score.tolist() == [3, 0]


HAZARDS = [
    Hazard(kind="pest", name=NAME, level=0.01), Hazard(kind="pest", name=NAME, sensitivity=0.6),
    Hazard(kind="quality", name=NAME), Hazard(kind="quality", name=NAME, severity="critical"),
    Hazard(kind="microbe", name=NAME, micro=micro.MicroPlan(n=5, c=2, m=100, M=1000)),
]  # fmt: skip
asked_of = st.tuples(
    st.integers(1, 20_000), st.sampled_from(HAZARDS), st.sampled_from("1234"),
    st.sampled_from("ABCD"),
    st.sampled_from([None, SwitchState(), SwitchState(inspection="discontinued")]),
    st.sampled_from([None, Budget(units=20), Budget(money=60.0)]),
)  # fmt: skip


@SLOW
@given(st.lists(asked_of, min_size=1, max_size=6))
def test_recommendations_in_columns_are_those_of_each_lot(rows: list[Any]) -> None:
    size, hazard, kind, credit, past, money = (list(part) for part in zip(*rows, strict=True))
    found = recommend(
        size, hazard=hazard, enterprise_class=kind, credit=credit, history=past, budget=money
    )
    for row, (lot, risk_of, cls, grade, state, budget) in enumerate(rows):
        try:
            one = recommend(lot, hazard=risk_of, enterprise_class=cls, credit=grade,
                            history=state, budget=budget)  # fmt: skip
        except GuomenError as refused:
            code = refused.code
            row_says = (found.refusal[row], found.n[row], found.units[row])
            assert row_says == (code, -1, lot)
            continue
        assert (found.n[row], found.ac[row], found.units[row]) == (
            one.plan.n, one.plan.ac, one.plan.units
        )  # fmt: skip
        assert (found.cost[row], found.within_budget[row]) == (one.cost, one.within_budget)
        sure = np.nan if one.confidence is None else one.confidence
        assert found.confidence[row] == pytest.approx(sure, rel=1e-12, nan_ok=True)
        assert found[row].plan == one.plan


@SLOW
@given(
    st.lists(st.tuples(st.floats(0.001, 0.5), st.sampled_from([0.5, 0.95]),
                       st.sampled_from([0.0, 0.4, 1.0]), st.floats(0.01, 0.5)),
             min_size=1, max_size=5),
    st.sampled_from(["binomial", "poisson", "betabinom"]),
    st.sampled_from([None, 500]),
)  # fmt: skip
def test_models_without_counting_answer_columns(rows: list[Any], model: Any, lot: Any) -> None:
    level, conf, sense, clump = zip(*rows, strict=True)
    found = ispm31.sample_size(lot, level, conf, sensitivity=sense, aggregation=clump, model=model)
    sure = found.achieved()
    for row, (p, c, s, f) in enumerate(rows):
        try:
            one = ispm31.sample_size(lot, p, c, sensitivity=s, aggregation=f, model=model)
        except InfeasiblePlan as refused:
            best = refused.data["best_confidence"]
            row_says = (found.n[row], found.feasible[row], found.best_confidence[row])
            assert row_says == (-1, False, best)
            continue
        assert found.n[row] == one.n
        assert found[row] == one
        assert sure[row] == pytest.approx(float(one.achieved(one.units)), rel=1e-9)


def test_curves_of_many_plans_are_those_of_each() -> None:
    p = np.array([0.0, 0.01, 0.2])
    for plans in (
        iso2859.single([5, 1000, 50_000]), iso2859.double([5, 1000, 50_000], edition="105E"),
        two_point([0.01, 0.01], 0.05, [0.05, 0.0101], 0.1),
    ):  # fmt: skip
        size = np.array([900, 1000, 50_000])[: len(plans)]
        for model, lot in (("binomial", None), ("hypergeom", size)):
            many = oc(plans, p, model=model, lot=lot)
            points = risk(plans, model=model, lot=lot)
            for row in range(len(plans)):
                try:
                    one = plans[row]
                except InfeasiblePlan:
                    assert np.isnan(many.pa[row]).all()
                    continue
                one = getattr(one, "plan", one)
                limit = None if lot is None else int(lot[row])
                curve = oc(one, p, model=model, lot=limit)
                assert many.pa[row].tolist() == curve.pa.tolist()
                assert many.asn[row].tolist() == curve.asn.tolist()
                mine = risk(one, model=model, lot=limit)
                assert points.p50[row] == pytest.approx(mine.p50, nan_ok=True)
    assert pa(iso2859.single([5, 1000]), 0.01).shape == (2,)
    shares = quality_at(iso2859.single(1000), [0.95, 0.1])
    assert shares.tolist() == [quality_at(iso2859.single(1000), x) for x in (0.95, 0.1)]


def test_streams_runs_and_units_in_columns_are_those_of_each() -> None:
    plans = csp.plan("CSP-2", i=[5, 9, 5], f=[0.1, 0.2, 0.1], k=[5, 3, 5])
    p = [0.05, 0.1, 0.2]
    for row in range(3):
        assert plans.afi(p)[row] == plans[row].afi(p[row])
        assert plans.aoq(p)[row] == plans[row].aoq(p[row])
        assert plans.aoql()[row] == plans[row].aoql()
    found = csp.qualify([0.02, 0.05], f=0.1)
    assert [found[i] for i in range(2)] == [csp.qualify(x, f=0.1) for x in (0.02, 0.05)]
    none = csp.qualify([0.02], f=0.1, disposition="left")
    assert (none.i[0], none.feasible[0]) == (-1, False)
    assert np.isnan(none.afi(0.1)[0])
    skips = skip_lot.plan(i=[4, 8], f=0.5).pa([0.8, 0.9])
    assert skips.tolist() == [skip_lot.plan(i=i, f=0.5).pa(x) for i, x in ((4, 0.8), (8, 0.9))]
    drawn = sampling.draw_units(iso2859.single([90, 1000]), [90, 1000], b"k", reference=["a", "b"])
    assert drawn == tuple(
        sampling.draw_units(iso2859.single(n), n, b"k", reference=r)
        for n, r in ((90, "a"), (1000, "b"))
    )


def test_readings_of_many_lots_are_judged_as_each() -> None:
    counts = [[10, 20, 30], [10, 300, None], [10, 800, None], [300, 300, 10]]
    found = micro.judge(counts, 3, 1, m=230, M=700)
    for row, each in enumerate(counts):
        one = micro.judge(each, 3, 1, m=230, M=700)
        assert found[row].verdict == one.verdict == micro.VERDICTS[found.verdict[row]]
        assert found.accepted[row] == {True: 1, False: 0, None: -1}[one.accepted]
    plan = variables.VariablesPlan(n=3, k=1.0, method="s", source=variables.OURS)
    values = [[1.0, 1.1, 1.2], [1.0, 1.1, None], [1.0, 1.9, 1.2]]
    seen = variables.judge(values, plan, upper=[2.0, 2.0, 1.5])
    assert seen.accepted.tolist() == [1, -1, 0]
    assert np.isnan(seen.statistic[1])


EMPTY = [
    lambda x: iso2859.single(x), lambda x: iso2859.double(x, edition="105E"),
    lambda x: iso2859.multiple(x), lambda x: iso2859_2.plan(x, lq_percent=5.0),
    lambda x: iso3951.plan(x), lambda x: ispm31.sample_size(x, 0.01),
    lambda x: recommend(x, hazard=HAZARDS[0]), lambda x: two_point(x, 0.05, 0.1, 0.1),
    lambda x: two_point(x, 0.05, 0.1, 0.1, lot=100), lambda x: csp.plan("CSP-1", i=x, f=0.1),
    lambda x: two_point(x, 0.05, 0.1, 0.1, stages=2), lambda x: variables.plan(x, 0.05, 0.1, 0.1),
    lambda x: replay(Histories(lot=x, nonconforming=x), aql_percent=1.0),
]  # fmt: skip


@pytest.mark.parametrize("ask", EMPTY)
def test_nothing_asked_is_nothing_answered(ask: Any) -> None:
    assert len(ask(np.array([], np.int64))) == 0


UNEQUAL = [
    lambda: iso2859.single([1, 2], aql_percent=[1.0, 1.5, 2.5]),
    lambda: iso2859.double([1, 2], aql_percent=[1.0, 1.5, 2.5], edition="105E"),
    lambda: iso2859_2.plan([1, 2], lq_percent=[5.0, 5.0, 5.0]),
    lambda: ispm31.sample_size([100, 200], [0.1, 0.2, 0.3]),
    lambda: recommend([1, 2], hazard=HAZARDS[:3]),
    lambda: two_point([0.01, 0.02], 0.05, [0.1, 0.1, 0.1], 0.1),
    lambda: csp.plan("CSP-1", i=[1, 2], f=[0.1, 0.1, 0.1]),
    lambda: replay(Histories(lot=[1, 2], nonconforming=[0, 0, 0]), aql_percent=1.0),
]


@pytest.mark.parametrize("ask", UNEQUAL)
def test_columns_of_unequal_length_are_refused_by_name(ask: Any) -> None:
    with pytest.raises(InvalidQuestion, match=r"\(2,\).*\(3,\)|\(3,\).*\(2,\)"):
        ask()
