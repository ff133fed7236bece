"""Continuous sampling: folds, single steps, and the long run against the papers' formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.frequency import (
    MILLION,
    ContinuousPlan,
    ContinuousState,
    Finding,
    Phase,
    PlanKind,
    SamplingPlanError,
    after,
    fold,
    start,
)

plans = st.builds(
    ContinuousPlan,
    kind=st.sampled_from([PlanKind.CSP1, PlanKind.CSP3]),
    clearance=st.integers(1, 12),
    fraction_ppm=st.integers(1, MILLION),
    guard=st.integers(1, 5),
)
findings = st.lists(st.sampled_from(list(Finding)), max_size=60)
GOOD, BAD, DUNNO = Finding.CONFORM, Finding.NONCONFORM, Finding.UNKNOWN


@given(plans, findings, st.integers(0, 60))
def test_a_fold_is_its_steps_wherever_it_is_cut(
    plan: ContinuousPlan, seen: list[Finding], cut: int
) -> None:
    stepped = start(plan)
    for finding in seen:
        stepped = after(stepped, finding, plan=plan)
    assert fold(seen, plan=plan) == stepped
    assert fold(seen[cut:], plan=plan, state=fold(seen[:cut], plan=plan)) == stepped
    assert stepped.version == len(seen)


@given(plans, findings)
def test_what_is_not_known_moves_nothing_but_the_version(
    plan: ContinuousPlan, seen: list[Finding]
) -> None:
    state = fold(seen, plan=plan)
    known = fold([f for f in seen if f is not DUNNO], plan=plan)
    assert (state.phase, state.run) == (known.phase, known.run)
    assert after(state, DUNNO, plan=plan) == replace(state, version=state.version + 1)


@given(plans, findings)
def test_after_a_failure_the_very_next_lot_is_opened(
    plan: ContinuousPlan, seen: list[Finding]
) -> None:
    failed = fold([*seen, BAD], plan=plan)
    assert failed.phase in (Phase.SCREENING, Phase.GUARD)
    assert failed.run == 0


def _phases(plan: ContinuousPlan, seen: list[Finding]) -> list[str]:
    state, passed = start(plan), []
    for finding in seen:
        state = after(state, finding, plan=plan)
        passed.append(str(state.phase))
    return passed


def test_csp_1_goes_back_to_every_lot_at_each_failure() -> None:
    plan = ContinuousPlan(kind=PlanKind.CSP1, clearance=3, fraction_ppm=100_000)
    assert _phases(plan, [GOOD, GOOD, BAD, GOOD, GOOD, GOOD, GOOD, BAD]) == [
        "screening", "screening", "screening", "screening", "screening", "sampling", "sampling",
        "screening",
    ]  # fmt: skip


def test_csp_3_opens_four_lots_after_a_first_failure_then_watches() -> None:
    plan = ContinuousPlan(kind=PlanKind.CSP3, clearance=6, fraction_ppm=100_000)
    sampling = [GOOD] * 6
    assert _phases(plan, [*sampling, BAD, *[GOOD] * 6])[6:] == [
        "guard", "guard", "guard", "guard", "watch", "watch", "sampling",
    ]  # fmt: skip
    assert _phases(plan, [*sampling, BAD, GOOD, BAD])[-1] == "screening"
    assert _phases(plan, [*sampling, BAD, *[GOOD] * 5, BAD])[-1] == "screening"
    # Once i lots have conformed the failure is past, and the next one is a first one again.
    assert _phases(plan, [*sampling, BAD, *[GOOD] * 6, BAD])[-1] == "guard"


def test_where_no_plan_is_followed_nothing_moves() -> None:
    none = ContinuousPlan(kind=PlanKind.NONE, clearance=1, fraction_ppm=MILLION)
    assert fold([GOOD, BAD], plan=none) == ContinuousState(
        kind=PlanKind.NONE, phase=Phase.NONE, version=2
    )


@pytest.mark.parametrize(
    "wrong", [{"clearance": 0}, {"fraction_ppm": 0}, {"fraction_ppm": MILLION + 1}, {"guard": 0}]
)
def test_a_plan_without_meaning_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(SamplingPlanError, match="clearance number"):
        ContinuousPlan(**({"kind": PlanKind.CSP1, "clearance": 5, "fraction_ppm": 100_000} | wrong))


def _opened(plan: ContinuousPlan, p: float, cycles: int, seed: int) -> tuple[float, float]:
    """Return the share of lots opened over many cycles, and its standard error (ratio of means)."""
    generator = np.random.default_rng(seed)
    f = plan.fraction_ppm / MILLION
    passed, opened = [], []
    state, lots, seen = start(plan), 0, 0
    while len(passed) < cycles:
        some = state.phase in (Phase.SAMPLING, Phase.WATCH)
        lots += int(generator.geometric(f)) if some else 1  # lots until the next one is opened
        seen += 1
        before = state.phase
        finding = BAD if generator.random() < p else GOOD
        state = after(state, finding, plan=plan)
        if before is not Phase.SCREENING and state.phase is Phase.SCREENING:
            passed.append(lots)
            opened.append(seen)
            lots = seen = 0
    n, d = np.array(opened, dtype=float), np.array(passed, dtype=float)
    share = n.sum() / d.sum()
    error = float(np.std(n - share * d) / (d.mean() * math.sqrt(cycles)))
    return float(share), error


@pytest.mark.parametrize(
    ("i", "f", "p"), [(5, 0.1, 0.05), (10, 0.25, 0.02), (8, 0.1, 0.15), (3, 0.5, 0.3)]
)
def test_csp_1_opens_the_share_of_lots_that_dodge_computed(i: int, f: float, p: float) -> None:
    # Dodge (1943): u = (1 - q^i) / (p q^i) lots screened, v = 1 / (f p) lots passed by sampling;
    # the share opened is (u + f v) / (u + v).
    plan = ContinuousPlan(kind=PlanKind.CSP1, clearance=i, fraction_ppm=round(f * MILLION))
    q = 1 - p
    u, v = (1 - q**i) / (p * q**i), 1 / (f * p)
    share, error = _opened(plan, p, 1_000, seed=1943)
    assert abs(share - (u + f * v) / (u + v)) < 4 * error


@pytest.mark.parametrize(("i", "f", "p"), [(8, 0.1, 0.05), (10, 0.25, 0.02), (6, 0.2, 0.15)])
def test_csp_3_opens_the_share_of_lots_of_its_markov_chain(i: int, f: float, p: float) -> None:
    # The chain of Dodge and Torrey's rules, solved exactly here: sampling until a failure, four
    # lots opened, then i - 4 sampled lots to conform; any failure on the way leads to screening.
    plan = ContinuousPlan(kind=PlanKind.CSP3, clearance=i, fraction_ppm=round(f * MILLION))
    q = 1 - p
    screened = (1 - q**i) / (p * q**i)
    guarded, watched = (1 - q**4) / p, q**4 * (1 - q ** (i - 4)) / p
    again = q**i  # chance that the failure is past and sampling goes on
    rounds = 1 / (1 - again)
    opened = screened + rounds * (1 / p + guarded + watched)
    passed = screened + rounds * (1 / (f * p) + guarded + watched / f)
    share, error = _opened(plan, p, 500, seed=1951)
    assert abs(share - opened / passed) < 4 * error
