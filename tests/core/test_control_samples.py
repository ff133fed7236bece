"""The multi-rule against published cases, published rates of false rejection and brute force."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.control_samples import (
    ControlRule,
    ControlsMisshapen,
    ControlState,
    review,
    z_scores,
)

W, L3, L2, R4, F1, TX = ControlRule

# Cases of teaching texts on the rules: values, (mean, s) of each material, what breaks in the last.
PUBLISHED = {
    # Two levels on one day on opposite sides: R-4s (an examination question of the field).
    "opposite sides in a run": ([[106, 199]], [(100, 2.5), (205, 2.5)], {W, R4}),
    # Three levels 100 ± 5, 150 ± 8, 200 ± 10: 111 and 167 both lie above + 2 s in one run.
    "two levels above 2 s": ([[111, 167, 202]], [(100, 5), (150, 8), (200, 10)], {W, L2}),
    # Means 200 and 250, spreads 4 and 5, the chart that is drawn in introductions to the method.
    "one warns only": ([[200, 250], [209, 251]], [(200, 4), (250, 5)], {W}),
    "one beyond 3 s": ([[200, 250], [200, 234]], [(200, 4), (250, 5)], {W, L3}),
    "one material, two days": ([[209, 250], [209, 249]], [(200, 4), (250, 5)], {W, L2}),
    "two materials, two days beyond 1 s": ([[205, 256], [206, 257]], [(200, 4), (250, 5)], {F1}),
    "one material, four days": ([[195, 251]] * 4, [(200, 4), (250, 5)], {F1}),
    "five days on one side": ([[201, 251]] * 5, [(200, 4), (250, 5)], {TX}),
    "one material, ten days": (
        [[199, 251 - 2 * (day % 2)] for day in range(10)],
        [(200, 4), (250, 5)],
        {TX},
    ),
    "at the limit is within": ([[208, 240]], [(200, 4), (250, 5)], set()),
}  # fmt: skip


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_cases(case: str) -> None:
    values, targets, broken = PUBLISHED[case]
    found = review(z_scores(values, targets))[-1]
    assert set(found.rules) == broken
    rejected = bool(broken - {W})
    assert found.releasable is not rejected


@pytest.mark.parametrize(("materials", "rate"), [(1, 0.05), (2, 0.09), (3, 0.14), (4, 0.18)])
def test_rates_of_false_warnings_are_those_of_the_literature(materials: int, rate: float) -> None:
    """Runs that cross 2 s by chance: 5, 9, 14 and 18 % for one to four controls."""
    scores = np.random.default_rng(20120524).standard_normal((40_000, materials))
    warned = np.mean([W in found.rules for found in review(scores)])
    assert warned == pytest.approx(rate, abs=0.012)
    assert warned == pytest.approx(1 - 0.954499736**materials, abs=0.005)


def brute(table: list[list[float | None]]) -> list[set[str]]:
    """Return what breaks in each run, by looking at every window of every series, slowly."""
    asked = {"1-2s": (1, 2), "1-3s": (1, 3), "2-2s": (2, 2), "4-1s": (4, 1), "10-x": (10, 0)}
    width = len(table[0]) if table else 0
    series = [[(run, table[run][m]) for run in range(len(table))] for m in range(width)]
    series.append([(run, value) for run, row in enumerate(table) for value in row])
    found: list[set[str]] = [set() for _ in table]
    for one in series:
        known = [(run, value) for run, value in one if value is not None]
        for name, (count, beyond) in asked.items():
            for start in range(len(known) - count + 1):
                window = known[start : start + count]
                values = [value for _, value in window]
                if all(v > beyond for v in values) or all(v < -beyond for v in values):
                    found[window[-1][0]].add(name)
    for run, row in enumerate(table):
        known_row = sorted(value for value in row if value is not None)
        if len(known_row) > 1 and known_row[-1] - known_row[0] > 4:
            found[run].add("R-4s")
    return found


SCORES = st.one_of(
    st.none(),
    st.sampled_from([-3.5, -2.5, -2.0, -1.5, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]),
)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(SCORES, min_size=width, max_size=width), max_size=24)
)


@given(TABLES)
def test_equal_to_brute_force(table: list[list[float | None]]) -> None:
    scores = np.array(table, dtype=np.float64).reshape(len(table), len(table[0]) if table else 1)
    got = [{str(rule) for rule in found.rules} for found in review(scores)]
    assert got == brute(table)


@given(st.lists(st.lists(SCORES, min_size=2, max_size=2), min_size=1, max_size=14))
def test_a_missing_control_never_lets_a_run_go(table: list[list[float | None]]) -> None:
    for row, found in zip(table, review(np.array(table, dtype=np.float64)), strict=True):
        if None in row:
            assert found.state in (ControlState.UNKNOWN, ControlState.REJECTED)
            assert not found.releasable


@given(st.lists(st.lists(st.floats(-4, 4), min_size=2, max_size=2), min_size=2, max_size=14))
def test_later_runs_never_change_what_was_said(table: list[list[float]]) -> None:
    for earlier, later in pairwise(range(1, len(table) + 1)):
        assert review(table[:earlier]) == review(table[:later])[:earlier]


def test_no_control_at_all_is_unknown() -> None:
    assert review(np.empty((1, 0)))[0].state is ControlState.UNKNOWN


@pytest.mark.parametrize(
    ("values", "targets"), [([[1.0]], [(1, 0)]), ([[1.0]], [(1, 1), (2, 1)]), ([[1.0]], [(1, -1)])]
)
def test_misshapen_controls_are_refused(values: list[list[float]], targets: list[tuple]) -> None:
    with pytest.raises(ControlsMisshapen):
        z_scores(values, targets)
    with pytest.raises(ControlsMisshapen):
        review([1.0, 2.0])
