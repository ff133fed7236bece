"""One page, one clock: what a line waits for, by which rule, who acts next, and until when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.desks import scenario
from tests.journeys.builders import DAY, NOW, how, lodged, meat, toys, vegetables, wine
from tests.journeys.laboratory import bench
from tests.journeys.test_settling import inspected, ordered

from guomen.core.severity import Outcome
from guomen.desks.commands.past import Year
from guomen.journeys import disposal, finishing
from guomen.journeys.demo import Awaited
from guomen.journeys.whereabouts import whereabouts
from guomen.supervision.declarations.models import Line, LineResult, StageDuration
from guomen.supervision.inspections.models import WorkOrder

HOUR = timedelta(hours=1)
MODES = (Outcome.DOCUMENT_CHECK, Outcome.INSPECT, Outcome.INSPECT_AND_SAMPLE)


def _lodgings(count: int) -> list[Any]:
    """Return lodgings of the scenario's year, spread over all of it."""
    year = scenario.year()
    return list(year[:: max(1, len(year) // count)])


def scenario_stays(count: int) -> list[Any]:
    """Return how long lines of the scenario wait for their results, as the scenario says."""
    year, found = Year(seed=0), []
    for number, row in enumerate(_lodgings(count)):
        mode = MODES[number % 3]
        truth, received = row.truths[0], row.received_at
        year.truths["X", number] = truth
        seen = year.inspect(
            Awaited(own_number="X", number=number, outcome=mode, looked=0, waited=0)
        )
        assert seen is not None
        night = (received + timedelta(hours=8)).replace(hour=3, minute=0, second=0)
        ended = night + timedelta(days=seen.after) - timedelta(hours=8)
        direction = str(row.rows[0]["direction"])
        found.append(
            finishing._Stay(
                finishing.CHECKED, direction, mode.value, str(row.rows[0]["hs_code"])[:2], received,
                (ended - received).total_seconds(),
            )
        )  # fmt: skip
    return found


@pytest.mark.xdist_group("scenario")
def test_held_out_consignments_of_the_scenario_end_within_the_band() -> None:
    stays = sorted(scenario_stays(6_000), key=lambda stay: stay.begun)
    half = len(stays) // 2
    told = finishing.covered(finishing._past(stays[:half]), stays[half:])["checked"]
    assert told.said > 0.95 * told.stays
    assert told.share is not None
    assert 0.80 <= told.share <= 0.90


#: How long lines stand in a stage in hours, and how many of its kind ended before: few of some.
SHAPES: Mapping[str, tuple[Callable[[np.random.Generator], float], int]] = {
    finishing.HELD: (lambda dice: 57 + 13 * dice.beta(2, 2), 45),
    finishing.CHECKED: (lambda dice: 24 * dice.integers(1, 7) - dice.uniform(2, 13), 900),
    finishing.DISPOSED: (lambda dice: 36 * dice.gamma(6.0, 1.5), 120),
}


def test_the_band_of_every_stage_holds_between_eighty_and_ninety_times_of_a_hundred() -> None:
    dice = np.random.default_rng(20120524)
    told: dict[str, finishing.Covered] = {}
    for _ in range(12):
        for stage, (hours, before) in SHAPES.items():
            stays = [
                finishing._Stay(stage, "export", "m", "g", NOW, 3600 * hours(dice))
                for _ in range(before + 150)
            ]
            found = finishing.covered(finishing._past(stays[:before]), stays[before:], looks=3)
            told[stage] = told.get(stage, finishing._NONE) + found[stage]
    for stage, one in told.items():
        assert one.said > 2_000, stage
        assert one.share is not None
        assert 0.80 <= one.share <= 0.90, (stage, one)


def test_the_share_is_said_with_the_interval_of_its_number() -> None:
    def interval(within: int, said: int, looks: int = 1) -> tuple[float, float] | None:
        return finishing.Covered(
            stays=said, said=said, within=within, hours=0.0, looks=looks
        ).interval

    # As `scipy.stats.binomtest(k, n).proportion_ci(method="exact")` gives them.
    assert interval(43, 45) == pytest.approx((0.8485, 0.9946), abs=1e-4)
    assert interval(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert interval(10, 10) == pytest.approx((0.6915, 1.0), abs=1e-4)
    # Five looks at each of forty-five stays are worth no more than one.
    assert interval(5 * 43, 5 * 45, looks=5) == interval(43, 45)
    assert interval(0, 0) is None


@pytest.fixture
def past(register: Any) -> None:
    """Let forty lines of wine have been checked, in one hour to forty."""
    rows = [wine("P-1", n + 1, lot=f"P-{n:05d}") for n in range(40)]
    for n, line in enumerate(lodged(*rows, at=NOW - 60 * DAY)):
        Line.objects.filter(pk=line.pk).update(state="released", decided_at=NOW - 60 * DAY)
        LineResult.objects.create(
            line=line, performed=True, finding="conform", by="OFF-1", seq=n + 900_000,
            at=NOW - 60 * DAY + (n + 1) * HOUR,
        )  # fmt: skip
    assert finishing.refresh(at=NOW) == StageDuration.objects.count() == 3


def test_a_finish_is_expected_from_the_like_and_late_once_they_were_over(past: None) -> None:
    (line,) = lodged(wine("N-1"))
    found = finishing.expected([line], now=NOW)[line.pk]
    assert (found.earliest, found.latest) == (NOW + 3 * HOUR, NOW + 38 * HOUR)
    assert (found.late, found.n, found.chance) == (False, 40, 85)
    after = finishing.expected([line], now=NOW + 41 * HOUR)[line.pk]
    assert (after.earliest, after.latest, after.late) == (None, None, True)


def test_where_nothing_like_it_was_finished_the_end_is_unknown(past: None) -> None:
    (held,) = lodged(meat("H-1", documents=None))
    assert held.state == "held"
    found = finishing.expected([held], now=NOW)[held.pk]
    assert (found.earliest, found.latest, found.late) == (None, None, False)


def test_each_line_says_what_it_waits_for_who_acts_and_by_which_rule(register: Any) -> None:
    bench.found()
    (held,) = lodged(meat("H-1", documents=None))
    (papers,) = lodged(toys("T-1"))
    failed = ordered("inspect", wine)
    inspected(failed, "fail", physical="fail")
    disposal.settle([failed.reference], how=how(NOW))
    tested, _ = bench.sampled()
    inspected(tested, loading="conform")
    WorkOrder.objects.filter(line=tested).update(state="completed")
    disposal.settle([tested.reference], how=how(NOW + HOUR))
    lines = {line.pk: line for line in Line.objects.all()}
    told = whereabouts(list(lines.values()))
    assert (told[held.pk].who.en, told[held.pk].until) == ("the declarant", held.hold_deadline)
    assert told[papers.pk].what.zh == "单证核查"
    assert told[failed.pk].who.en == "the enterprise"
    assert told[failed.pk].rules[0].clause == "三次裁定 / three rulings"
    assert told[tested.pk].who.en == "Lab"
    assert told[tested.pk].what.en == "test results (0 of 6 approved)"
    assert any("approved verdict" in rule.says.en for rule in told[tested.pk].rules)


def test_many_lines_cost_as_many_queries_as_few(past: None) -> None:
    lines = [*lodged(*(vegetables("M-1", n) for n in range(1, 9)))]

    def cost(some: list[Line]) -> int:
        with CaptureQueriesContext(connection) as queries:
            whereabouts(some)
            finishing.expected(some, now=NOW)
        return len(queries)

    assert cost(lines[:1]) == cost(lines) == 5
