from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.core.sampling.reference import rows, vectors

from guomen.core.sampling import InfeasiblePlan, InvalidQuestion, csp


@pytest.mark.parametrize("vector", vectors("CSP-"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_continuous_sampling_holds(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    for disposition in ("removed", "replaced"):
        plan = csp.plan(
            vector["id"][:5], i=asked["i"], f=asked["f"], k=asked["k"], disposition=disposition
        )
        assert plan.afi(asked["p"]) == pytest.approx(expected["AFI"], rel=1e-9)
        aoq = expected[f"AOQ_{disposition}"]
        assert plan.aoq(asked["p"]) == pytest.approx(aoq, rel=1e-9)


@pytest.mark.parametrize("vector", vectors("csp1_aoql"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_the_outgoing_limit_holds(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    removed = asked["nonconforming_removed_not_replaced"]
    bound = csp.plan(
        "CSP-1", i=asked["i"], f=asked["f"], disposition="removed" if removed else "replaced"
    ).bound()
    assert bound.aoql == pytest.approx(expected["AOQL"], rel=1e-6)
    assert bound.p_at == pytest.approx(expected["p_at"], rel=1e-6)


@pytest.mark.parametrize("disposition", ["removed", "replaced"])
def test_every_run_length_is_that_of_the_computed_table(disposition: Any) -> None:
    table = rows("csp1_i_values.csv")
    for row in table[::3]:
        top, bottom = (int(x) for x in row["f"].split("/"))
        found = csp.qualify(float(row["aoql_pct"]) / 100, f=top / bottom, disposition=disposition)
        assert found.i == int(row[f"i_exact_{disposition}"])


@pytest.mark.parametrize("kind", csp.KINDS)
@pytest.mark.parametrize("sensitivity", [1.0, 0.8])
def test_the_closed_form_is_what_a_long_run_shows(kind: Any, sensitivity: float) -> None:
    plan = csp.plan(kind, i=6, f=0.3, k=4, levels=3, sensitivity=sensitivity)
    seen = plan.simulate(np.random.default_rng(11), 0.12, units=300_000)
    assert seen.afi == pytest.approx(plan.afi(0.12), abs=0.012)
    assert seen.aoq == pytest.approx(plan.aoq(0.12), abs=0.004)


@pytest.mark.parametrize("kind", csp.KINDS)
def test_the_phases_and_the_closed_form_describe_one_chain(kind: Any) -> None:
    plan = csp.plan(kind, i=4, f=0.2, k=3, levels=3)
    p = 0.15
    phases = plan.phases
    clear = [0.0 if ph.clear is None else (1 - p) ** ph.clear for ph in phases]
    moves = np.zeros((len(phases), len(phases)))
    for at, phase in enumerate(phases):
        if phase.on_clear is not None:
            moves[at, phase.on_clear] += clear[at]
        moves[at, phase.on_find] += 1 - clear[at]
    a = np.vstack([moves.T - np.eye(len(phases)), np.ones(len(phases))])
    visits = np.linalg.lstsq(a, np.append(np.zeros(len(phases)), 1.0), rcond=None)[0]
    inspected = visits * (1 - np.array(clear)) / p
    passed = inspected / np.array([ph.share for ph in phases])
    assert plan.afi(p) == pytest.approx(inspected.sum() / passed.sum(), rel=1e-9)


def test_nothing_bad_means_the_smallest_share_and_all_bad_means_every_unit() -> None:
    for kind in csp.KINDS:
        plan = csp.plan(kind, i=5, f=0.25, levels=2)
        smallest = min(phase.share for phase in plan.phases)
        assert plan.afi([0.0, 1.0]).tolist() == pytest.approx([smallest, 1.0])
        assert plan.aoq([0.0, 1.0]).tolist() == pytest.approx([0.0, 0.0])


def test_no_limit_is_none_with_its_reason() -> None:
    blunt = csp.plan("CSP-1", i=5, f=0.1, sensitivity=0.9)
    left = csp.plan("CSP-1", i=5, f=0.1, disposition="left")
    for plan in (blunt, left):
        assert plan.aoql() is None
        assert plan.bound().reason is not None
    assert blunt.aoq(1.0) == pytest.approx(1.0)
    assert left.aoq(0.3) == 0.3


def test_a_limit_that_nothing_holds_is_refused() -> None:
    with pytest.raises(InfeasiblePlan):
        csp.qualify(0.01, f=0.1, disposition="left")


@pytest.mark.parametrize(
    "bad", [{"i": 0, "f": 0.1}, {"i": 5, "f": 0.0}, {"i": 5, "f": 0.1, "sensitivity": 2.0}]
)
def test_a_meaningless_plan_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuestion):
        csp.plan("CSP-1", **bad)
