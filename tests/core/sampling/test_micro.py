from __future__ import annotations

from itertools import product
from math import comb
from typing import Any

import numpy as np
import pytest
from tests.core.sampling.reference import rows, vectors

from guomen.core.sampling import InvalidQuestion, micro
from guomen.rulebooks.sampling import CASES, CBIS, EU_2073, PROCEDURE_A, icmsf_case


@pytest.mark.parametrize("vector", vectors("three_class|"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_three_classes_holds(vector: Any) -> None:
    asked = vector["inputs"]
    found = micro.pa(
        asked["n"], asked["c"], p_marginal=asked["p_marginal"], p_defective=asked["p_defective"]
    )
    assert found == pytest.approx(vector["expected"]["Pa"], rel=1e-9)


@pytest.mark.parametrize("vector", vectors("three_class_lognormal"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_lognormal_counts_holds(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    dist = micro.Lognormal(mean_log10=asked["mu_log10"], sd_log10=asked["sd"])
    plan = micro.MicroPlan(
        n=asked["n"], c=asked["c"], m=10 ** asked["log10m"], M=10 ** asked["log10M"]
    )
    marginal, defective = micro.exceedance(dist, plan)
    assert marginal == pytest.approx(expected["p_marginal"], rel=1e-9)
    assert defective == pytest.approx(expected["p_defective"], rel=1e-9)
    assert micro.pa_lognormal(dist, plan) == pytest.approx(expected["Pa"], rel=1e-9)


@pytest.mark.parametrize("vector", vectors("icmsf"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_two_classes_holds(vector: Any) -> None:
    asked = vector["inputs"]
    found = micro.pa_two_class(asked["n"], asked["c"], asked["p"])
    assert found == pytest.approx(vector["expected"]["Pa"], rel=1e-9)


def test_acceptance_equals_counting_every_outcome() -> None:
    n, c, marginal, defective = 5, 2, 0.25, 0.1
    chances = (1 - marginal - defective, marginal, defective)
    total = sum(
        float(np.prod([chances[x] for x in outcome]))
        for outcome in product(range(3), repeat=n)
        if outcome.count(2) == 0 and outcome.count(1) <= c
    )
    found = micro.pa(n, c, p_marginal=marginal, p_defective=defective)
    assert found == pytest.approx(total, rel=1e-12)
    assert comb(n, 2) == 10


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ([10, 20, 30, 40, 50], "satisfactory"),
        ([10, 20, 30, 40, 300], "acceptable"),
        ([10, 20, 30, 300, 300], "unsatisfactory"),
        ([10, 20, 30, 40, 701], "unsatisfactory"),
        ([10, 20, 30, 40, None], "unknown"),
        ([10, 20, 30, 40], "unknown"),
        ([10, 20, 30, 701, None], "unsatisfactory"),
        ([10, 20, 30, float("nan"), 40], "unknown"),
        ([230, 230, 230, 230, 230], "satisfactory"),
    ],
)
def test_units_are_judged_by_class_and_an_unread_plate_is_not_clean(
    counts: list[float | None], verdict: str
) -> None:
    found = micro.judge(counts, 5, 1, m=230, M=700)
    assert found.verdict == verdict
    assert found.accepted is {"unknown": None, "unsatisfactory": False}.get(verdict, True)


def test_absence_is_judged_on_detects() -> None:
    assert micro.judge([False] * 5, 5, 0).verdict == "satisfactory"
    assert micro.judge([False] * 4 + [True], 5, 0).verdict == "unsatisfactory"
    assert micro.judge([True] * 5 + [False] * 45, 50, 5).verdict == "acceptable"
    assert micro.judge([True] * 6 + [False] * 44, 50, 5).verdict == "unsatisfactory"


def test_two_class_counts_at_one_limit() -> None:
    assert micro.judge([100, 0, 0, 0, 0], 5, 0, m=100, M=100).verdict == "satisfactory"
    assert micro.judge([101, 0, 0, 0, 0], 5, 0, m=100, M=100).verdict == "unsatisfactory"


@pytest.mark.parametrize("bad", [([1] * 6, 5, 1), ([-1], 5, 1), ([1], 0, 0), ([1], 5, 6)])
def test_meaningless_readings_are_refused(bad: Any) -> None:
    with pytest.raises(InvalidQuestion):
        micro.judge(*bad)


def test_the_rule_books_hold_the_reference_rows() -> None:
    cases = rows("icmsf_cases.csv")
    assert [(c.case, c.n, c.c, c.classes) for c in CASES] == [
        (int(r["case"]), int(r["n"]), int(r["c"]), int(r["class_plan"])) for r in cases
    ]
    for row, case in zip(cases, CASES, strict=True):
        if row["p_defective_detected_95pct"]:
            expected = float(row["p_defective_detected_95pct"])
            assert micro.detected_95(case.n, case.c) == pytest.approx(expected, abs=6e-5)
    eu = rows("eu_2073_2005_rows.csv")
    assert [(r.row, r.n, r.c, r.certainty == "sourced") for r in EU_2073] == [
        (r["row"], int(r["n"]), int(r["c"]), r["status"].startswith("verified")) for r in eu
    ]
    assert all(row.plan().n == row.n for row in EU_2073)
    cbis = rows("au_cbis_rows.csv")
    for row, mine in zip(cbis, CBIS, strict=True):
        assert (mine.plan().aoql() or 0) * 100 == pytest.approx(
            float(row["aoql_pct_csp1_removed"]), abs=6e-4
        )
    assert len(PROCEDURE_A) == 78
    assert icmsf_case("severe", "increased").n == 60
