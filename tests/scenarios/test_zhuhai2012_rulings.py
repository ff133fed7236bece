"""The year meets the rule book: what was planted is stopped, and nothing else is."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest
from tests.desks import scenario

from guomen.journeys.clearance import deciding, storing
from guomen.journeys.intake import parse, rows_frame
from guomen.scenarios.zhuhai2012.year.generate import END
from guomen.scenarios.zhuhai2012.year.truth import AT_THE_DOOR, Problem

pytestmark = pytest.mark.django_db

STOPPED = {"hold", "refuse"}
# Problems that other answers meet: the blacklist samples, kin share a draw, a fish farm's rule
# speaks of live fish only and a base's rule of vegetables only.
ANSWERED_OTHERWISE = {
    Problem.BLACKLISTED,
    Problem.RELODGED,
}
MOST_LINES = 4_000


@pytest.fixture(scope="module")
def ruled(loaded, django_db_blocker):
    """Rule on all declarations with a problem up to a number, and as many without."""
    every = [lodging for number, lodging in enumerate(scenario.year()) if number % 3 == 0]
    with_problem = [x for x in every if any(t.problem for t in x.truths)]
    without = [x for x in every if not any(t.problem for t in x.truths)]
    chosen = sorted(
        with_problem + without[:: max(1, len(without) // 900)],
        key=lambda x: x.received_at,
    )
    truths = {
        (row["enterprise"], row["declaration"], row["line"]): truth
        for x in chosen
        for row, truth in zip(x.rows, x.truths, strict=True)
    }
    moments = {x.rows[0]["declaration"]: x.received_at for x in chosen}
    rows = [row for x in chosen for row in x.rows][:MOST_LINES]
    lines = parse(rows_frame(rows), today=END.date()).lines
    received = pl.Series([moments[n] for n in lines["declaration"]], dtype=pl.Datetime("us", "UTC"))
    with django_db_blocker.unblock(), scenario.taken_back():
        named = storing.with_references(
            lines.with_columns(received_at=received).rename(storing.OWN_NAMES).to_dicts()
        )
        decided = deciding.decide(named, default_agency="ZH")
    return [
        (truths[row["enterprise_number"], row["own_number"], row["number"]], line)
        for row, line in zip(decided.rows, decided.lines, strict=True)
    ]


def test_no_line_without_a_problem_is_stopped(ruled):
    stopped = Counter(
        (truth.flow, str(line.outcome), str(line.projection["reasons"]))
        for truth, line in ruled
        if truth.problem is None and str(line.outcome) in STOPPED
    )
    assert not stopped


def test_every_line_with_a_planted_problem_is_stopped(ruled):
    assert sum(truth.problem is not None for truth, _ in ruled) > 300
    passed = Counter(
        (truth.problem, truth.flow, str(line.outcome))
        for truth, line in ruled
        if truth.problem is not None
        and truth.problem not in ANSWERED_OTHERWISE | AT_THE_DOOR
        and str(line.outcome) not in STOPPED
    )
    assert not passed


def test_lines_of_blacklisted_enterprises_are_sampled_every_one(ruled):
    outcomes = {str(line.outcome) for truth, line in ruled if truth.problem is Problem.BLACKLISTED}
    assert outcomes <= {"inspect_and_sample", *STOPPED}
    assert outcomes
