"""Regular work: asked for once a period, caught up, never where there is nothing to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.journeys import builders
from tests.journeys.builders import lodged, toys

from guomen.journeys.jobs import regular, worker
from guomen.journeys.jobs.kinds import LAPSE, PLAN, RATE, WATCH
from guomen.journeys.targeting import building, releasing
from guomen.supervision.agencies.models import Agency, AgencyKind
from guomen.supervision.credit import operations
from guomen.supervision.jobs.models import Job, RegularRun
from guomen.supervision.risk.models import Watch
from guomen.supervision.targeting.models import DailyPlan

pytestmark = pytest.mark.usefixtures("register")
EVERY = regular.REGULAR
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
# Thursday 24 May 2012, 21:00 in Zhuhai.
EVENING = datetime(2012, 5, 24, 13, tzinfo=UTC)


@pytest.fixture(autouse=True)
def bureau(register: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Agency.objects.filter(code=builders.BUREAU).update(kind=AgencyKind.REGIONAL.value)
    monkeypatch.setattr("guomen.journeys.history.folder", lambda: tmp_path)
    # The register holds licences: what each night does to them has a test of its own.
    monkeypatch.setattr(regular, "REGULAR", {kind: EVERY[kind] for kind in (PLAN, WATCH)})


def capacity() -> None:
    releasing.record_capacity("CNGBP", minutes=600, slots=5, begins=None, at=builders.NOW, by="O-9")


def asked(kind: str) -> list[date]:
    return sorted(RegularRun.objects.filter(kind=kind).values_list("of", flat=True))


def test_nothing_is_asked_for_where_there_is_nothing_to_do() -> None:
    assert regular.ask(EVENING) == []


def test_a_period_is_asked_for_once_and_the_next_one_when_it_is_due() -> None:
    capacity()
    lodged(toys("T-1"), at=builders.NOW)
    assert len(regular.ask(EVENING)) == 2
    assert regular.ask(EVENING + HOUR) == []
    assert asked(PLAN) == [date(2012, 5, 25)]
    # The week that ended on Sunday; the one under way is due on Monday.
    assert asked(WATCH) == [date(2012, 5, 14)]
    # Friday's eve plans nothing: Saturday and Sunday are free. Sunday's plans Monday.
    assert regular.ask(EVENING + DAY) == []
    assert len(regular.ask(EVENING + 3 * DAY)) == 1
    assert asked(PLAN)[-1] == date(2012, 5, 28)


def test_what_was_missed_is_caught_up_but_no_plan_of_a_day_that_is_over() -> None:
    capacity()
    lodged(toys("T-1"), at=builders.NOW)
    regular.ask(EVENING)
    late = EVENING + 3 * WEEK - 12 * HOUR
    regular.ask(late)
    assert asked(WATCH) == [date(2012, 5, 14) + WEEK * n for n in range(4)]
    assert asked(PLAN) == [date(2012, 5, 25), date(2012, 6, 14)]


def test_what_was_done_by_hand_is_not_done_again() -> None:
    capacity()
    lodged(toys("T-1"), at=builders.NOW)
    office = Agency.objects.get(code=builders.BUREAU)
    common = {"level": "products", "series": 0, "unknown": 0, "alarms": 0, "method": {}}
    Watch.objects.create(
        agency=office, week=date(2012, 5, 14), through=0, at=builders.NOW, **common
    )
    assert len(regular.ask(EVENING)) == 1
    assert asked(WATCH) == []


def test_the_worker_carries_regular_work_out_and_says_where_it_stands() -> None:
    capacity()
    lodged(*(toys("T-1", n + 1) for n in range(3)), at=builders.NOW)
    regular.ask(EVENING)
    while worker.take_one(lambda: EVENING):
        pass
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert DailyPlan.objects.get().day == date(2012, 5, 25)
    assert {w.week for w in Watch.objects.all()} <= {date(2012, 5, 14)}
    path = Agency.objects.get(code=builders.BUREAU).path
    plan, watch = regular.overview(path, now=EVENING)
    assert (plan.work.kind, plan.newest) == (PLAN, date(2012, 5, 25))
    assert plan.next is not None
    assert plan.next.of == date(2012, 5, 28)
    assert watch.last is not None
    assert watch.last.job.result.keys() == {"series", "alarms", "new"}
    # Work that is called again after a crash builds no second plan.
    job = Job.objects.get(kind=PLAN)
    Job.objects.filter(pk=job.pk).update(state="running")
    worker.take_one(lambda: EVENING)
    assert DailyPlan.objects.count() == 1


def test_without_lines_the_plan_fails_with_what_to_do() -> None:
    capacity()
    regular.ask(EVENING)
    worker.take_one(lambda: EVENING)
    problem = Job.objects.get().problem
    assert problem["code"] == "targeting.nothing-to-plan"
    assert "登记口岸能力" in problem["zh"]


def test_what_failed_is_tried_again_ever_later_and_then_left_to_people() -> None:
    capacity()
    regular.ask(EVENING)
    now, waits = EVENING, [timedelta(minutes=10), HOUR, 4 * HOUR]
    for attempt, wait in enumerate(waits, start=1):
        assert worker.take_one(lambda: now)  # noqa: B023 - called before it moves on
        run = RegularRun.objects.get(kind=PLAN)
        assert (run.attempts, run.job.state, regular.again_at(run)) == (
            attempt, "failed", now + wait,
        )  # fmt: skip
        assert regular.ask(now + wait - timedelta(seconds=1)) == []
        now += wait
        assert len(regular.ask(now)) == 1
        assert regular.ask(now) == []
    assert worker.take_one(lambda: now)
    run = RegularRun.objects.get(kind=PLAN)
    assert (run.attempts, regular.again_at(run)) == (4, None)
    assert regular.ask(now + 5 * HOUR) == []
    assert Job.objects.filter(kind=PLAN, state="failed").count() == 4


def test_what_failed_is_not_tried_again_once_it_was_done_by_hand_or_its_day_is_over() -> None:
    capacity()
    regular.ask(EVENING)
    worker.take_one(lambda: EVENING)
    run = RegularRun.objects.get(kind=PLAN)
    over = EVENING + 2 * DAY
    assert run.pk not in [again.pk for again in regular._owed_again(over)]
    assert [again.pk for again in regular._owed_again(EVENING + HOUR)] == [run.pk]
    lodged(toys("T-1"), at=builders.NOW)
    building.build(builders.BUREAU, day=run.of, at=EVENING, by="O-9")
    assert regular._owed_again(EVENING + HOUR) == []


def test_each_night_idle_licences_lapse_and_ended_cycles_are_rated(
    register: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regular, "REGULAR", {kind: EVERY[kind] for kind in (LAPSE, RATE)})
    firm = register.enterprises[builders.TOYMAKER]
    operations.open_file(firm.pk, on=builders.FOUNDED)
    july = datetime(2012, 7, 2, 3, tzinfo=UTC)
    assert len(regular.ask(july)) == 2
    while worker.take_one(lambda: july):
        pass
    found = {job.kind: job.result for job in Job.objects.all()}
    assert found == {LAPSE: {"lapsed": 1, "left": 0}, RATE: {"due": 1, "moved": 1}}
    assert regular.ask(july + HOUR) == []
    # The next night finds nothing left to do; a night that was missed is not made up for.
    regular.ask(july + 3 * DAY)
    assert asked(RATE) == asked(LAPSE) == [date(2012, 7, 2), date(2012, 7, 5)]
    while worker.take_one(lambda: july + 3 * DAY):
        pass
    newest = {job.kind: job.result for job in Job.objects.order_by("pk")}
    assert newest == {LAPSE: {"lapsed": 0, "left": 0}, RATE: {"due": 0, "moved": 0}}
