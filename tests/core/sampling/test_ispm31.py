from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.sampling.reference import rows, vectors

from guomen.core.sampling import ispm31, search
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion


def test_every_hypergeometric_cell_is_that_of_the_exact_table() -> None:
    table = rows("ispm31_hypergeometric.csv")
    for row in table:
        lot, level = int(row["lot_size"]), float(row["detection_level_pct"]) / 100
        if not row["n"]:
            with pytest.raises(InfeasiblePlan):
                ispm31.sample_size(lot, level, float(row["confidence"]))
            continue
        answer = ispm31.sample_size(lot, level, float(row["confidence"]))
        assert (answer.infested, answer.n) == (int(row["infested_units_D"]), int(row["n"]))
    assert sum(bool(row["n"]) for row in table) == 276


@pytest.mark.parametrize(
    ("file", "model"), [("binomial_efficacy", "binomial"), ("poisson", "poisson")]
)
def test_every_cell_without_a_lot_size_is_that_of_the_table(file: str, model: Any) -> None:
    for row in rows(f"ispm31_{file}.csv"):
        answer = ispm31.sample_size(
            None,
            float(row["detection_level_pct"]) / 100,
            float(row["confidence"]),
            sensitivity=float(row["efficacy_pct"]) / 100,
            model=model,
        )
        assert answer.n == int(row["n"])


def test_every_aggregated_cell_below_ten_million_is_that_of_the_table() -> None:
    # Above it the reference itself, made by differences of log-gamma, is off in the seventh digit.
    for row in rows("ispm31_betabinomial.csv"):
        if not row["n"]:
            continue
        answer = ispm31.sample_size(
            None,
            float(row["detection_level_pct"]) / 100,
            float(row["confidence"]),
            sensitivity=float(row["efficacy_pct"]) / 100,
            model="betabinom",
            aggregation=float(row["f_aggregation"]),
        )
        slack = 0 if int(row["n"]) < 10**7 else 1e-6
        assert answer.n == pytest.approx(int(row["n"]), rel=slack, abs=0)


@pytest.mark.parametrize("vector", vectors("ispm31", "imperfect"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_detection_holds(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    question: dict[str, Any] = {
        "lot": asked["lot"],
        "level": asked.get("detection_level"),
        "conf": asked["confidence"],
        "sensitivity": asked.get("sensitivity", 1.0),
        "infested": asked.get("D"),
        "rounding": asked.get("rounding", "floor"),
    }
    if expected.get("infeasible"):
        with pytest.raises(InfeasiblePlan) as refused:
            ispm31.sample_size(**question)
        best = refused.value.data["best_confidence"]
        assert best == pytest.approx(expected["max_p_detect_100pct"], rel=1e-9)
        return
    answer = ispm31.sample_size(**question)
    assert answer.n == expected["n"]
    assert answer.p_detect == pytest.approx(expected["p_detect"], rel=1e-9)
    assert answer.infested == expected.get("D", asked.get("D"))


def exact_miss(lot: int, infested: int, n: int, slip: Fraction) -> Fraction:
    return Fraction(
        sum(
            comb(infested, x) * comb(lot - infested, n - x) * slip**x
            for x in range(min(n, infested) + 1)
            if n - x <= lot - infested
        )
    ) / comb(lot, n)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from(["0.8", "0.9", "0.95", "0.99", "0.5"]),
    st.sampled_from(["1.0", "0.9", "0.75", "0.5", "0.3"]),
)
def test_n_is_the_least_by_counting_with_fractions(
    lot: int, infested: int, conf: str, sensitivity: str
) -> None:
    infested = min(infested, lot)
    slip, miss = 1 - Fraction(sensitivity), 1 - Fraction(conf)
    enough = [n for n in range(1, lot + 1) if exact_miss(lot, infested, n, slip) <= miss]
    arrays = ispm31.sample_size(
        np.array([lot]), None, float(conf), sensitivity=float(sensitivity), infested=[infested]
    )
    if not enough:
        with pytest.raises(InfeasiblePlan):
            ispm31.sample_size(
                lot, None, float(conf), sensitivity=float(sensitivity), infested=infested
            )
        assert not arrays.feasible[0]
        assert arrays.units[0] == lot
        return
    answer = ispm31.sample_size(
        lot, None, float(conf), sensitivity=float(sensitivity), infested=infested
    )
    assert answer.n == enough[0] == arrays.n[0]
    detected = 1 - float(exact_miss(lot, infested, answer.n, slip))
    assert answer.p_detect == pytest.approx(detected, rel=1e-12)
    assert arrays.achieved()[0] == pytest.approx(detected, rel=1e-12)


@pytest.mark.parametrize("sensitivity", [1.0, 0.8, 0.3])
def test_the_compiled_loops_answer_as_numpy_and_as_one_lot(sensitivity: float) -> None:
    pytest.importorskip("numba")
    from guomen.core.sampling import compiled

    rng = np.random.default_rng(7)
    lot = np.exp(rng.uniform(0, 13, 4000)).astype(np.int64) + 1
    infested = np.clip((lot * rng.choice([0.001, 0.01, 0.05, 0.3], 4000)).astype(int), 1, None)
    slip = np.full(4000, 1 - sensitivity)
    keep = slip**infested < 0.04
    lot, infested, slip = lot[keep], infested[keep], slip[keep]
    miss = np.full(lot.shape, 0.05)
    n, near = np.empty(lot.shape, np.int64), np.empty(lot.shape, np.bool_)
    if sensitivity == 1.0:
        compiled.perfect(lot, infested, miss, n, near)
        other, other_near = search.perfect_numpy(lot, infested, miss)
    else:
        compiled.imperfect(lot, infested, miss, slip, n, near)
        other, other_near = search.imperfect_numpy(lot, infested, miss, slip)
    clear = ~(near | other_near)
    assert clear.mean() > 0.9
    assert (n[clear] == other[clear]).all()
    for i in range(0, len(lot), 97):
        one = ispm31.sample_size(
            int(lot[i]), None, 0.95, sensitivity=sensitivity, infested=int(infested[i])
        )
        many = ispm31.sample_size(
            lot[i : i + 1], None, 0.95, sensitivity=sensitivity, infested=infested[i : i + 1]
        )
        assert many.n[0] == one.n


@given(st.integers(1, 5000), st.floats(0.001, 1.0), st.floats(0.5, 0.98))
def test_more_confidence_never_needs_fewer_units(lot: int, level: float, conf: float) -> None:
    less, more = (ispm31.sample_size(lot, level, c, rounding="ceil").n for c in (conf, conf + 0.01))
    assert less <= more


def test_the_rounding_of_the_number_infested_is_part_of_the_question() -> None:
    asked = [ispm31.sample_size(300, 0.005, rounding=how).n for how in ("floor", "ceil")]
    assert asked == [285, 233]
    assert int(ispm31.infested_units(100, 0.29)) == 29  # 28.999999999999996 in binary


def test_nothing_to_detect_is_refused_and_the_whole_lot_taken_in_arrays() -> None:
    with pytest.raises(InfeasiblePlan, match="ceil") as refused:
        ispm31.sample_size(100, 0.001)
    assert refused.value.data["best_confidence"] is None
    many = ispm31.sample_size([100, 10_000], 0.001)
    assert many.feasible.tolist() == [False, True]
    assert many.n[0] == -1
    assert many.units[0] == 100
    assert np.isnan(many.best_confidence[0])


def test_confidence_achieved_by_other_samples_is_told() -> None:
    answer = ispm31.sample_size(1000, 0.01)
    assert answer.achieved(answer.n) == answer.p_detect
    curve = answer.achieved([0, 100, 258, 1000])
    assert curve[0] == 0.0
    assert curve[-1] == 1.0
    assert np.all(np.diff(curve) > 0)


@pytest.mark.parametrize(
    "bad",
    [
        {"lot": 100, "level": 0.0},
        {"lot": 100, "level": 0.1, "conf": 1.0},
        {"lot": 100, "level": 0.1, "sensitivity": 1.1},
        {"lot": 100},
        {"lot": 100, "infested": 101},
        {"lot": None, "level": 0.1},
        {"lot": 100, "level": 0.1, "model": "guess"},
        {"lot": None, "level": 0.1, "model": "betabinom"},
        {"lot": 100, "level": 0.1, "rounding": "up"},
        {"lot": [100, 0], "level": 0.1},
    ],
)
def test_a_meaningless_question_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuestion):
        ispm31.sample_size(**bad)
