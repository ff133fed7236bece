"""The plan of the day: results, a plan, two persons, lines decided by it, replay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.journeys.builders import (
    BUREAU,
    DAY,
    NOW,
    TODAY,
    body,
    facts,
    issue,
    lodged,
    machines,
    meat,
    order,
    toys,
    vegetables,
    wine,
)

from guomen.core.frequency import MILLION, Finding
from guomen.core.lifecycle import MoveRefusedError
from guomen.core.ruling import RULES_A_WORD, Answer
from guomen.core.targeting import keeping
from guomen.core.targeting import plan as planning
from guomen.journeys import controlling
from guomen.journeys.clearance import Result, conclude
from guomen.journeys.replay import replay
from guomen.journeys.targeting import building, in_force, looking, releasing
from guomen.rulebooks.book import BOOK
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.targeting import queries
from guomen.supervision.targeting.models import DailyPlan
from guomen.supervision.targeting.operations import NoSuchPlanError, SecondPersonError

HOUR = timedelta(hours=1)
DAY_OF_PLAN = TODAY + DAY
BUILT = NOW + DAY
LATER = BUILT + 3 * HOUR


def past(*, lines: int = 40) -> None:
    """Open toys and machines, every lot: machines fail, toys do not."""
    issue(order("ALL", effect="inspect"))
    for kind in (toys, machines):
        lodged(*(kind(f"P-{kind.__name__}", n + 1) for n in range(lines // 2)))
    controlling.lift("ALL", on=DAY_OF_PLAN, at=NOW + HOUR / 2, by="OFF-1")
    opened = list(Line.objects.filter(outcome__startswith="inspect"))
    conclude(
        [
            Result(
                line=line.reference,
                performed=True,
                finding=Finding.NONCONFORM if line.hs6 == "847989" else Finding.CONFORM,
            )
            for line in opened
        ],
        at=NOW + HOUR,
        by="OFF-1",
    )


@pytest.fixture
def capacity(register: Any) -> None:
    for port in ("CNGBP", "CNJZU"):
        releasing.record_capacity(port, minutes=600, slots=5, begins=None, at=NOW, by="OFF-9")


@pytest.fixture
def built(capacity: None) -> DailyPlan:
    past()
    return building.build(BUREAU, day=DAY_OF_PLAN, at=BUILT, by="SYS-NIGHT")


def no_plan(said: dict[str, Any]) -> bool:
    """Tell whether the ruling states that it stands under the lawful minimum alone."""
    number = BOOK.by_id["TGT-NO-PLAN"].number
    word = int(said["ruling"]["answers"][number // RULES_A_WORD], 16)
    return Answer(word >> 2 * (number % RULES_A_WORD) & 3) is Answer.FAILS


def put_into_force(plan: DailyPlan) -> DailyPlan:
    releasing.propose(plan.reference, at=BUILT + 2 * HOUR, by="OFF-1")
    return releasing.release(plan.reference, at=BUILT + 2 * HOUR, by="OFF-2")


def test_without_a_released_plan_lines_stand_under_the_lawful_minimum_and_say_so(
    built: DailyPlan,
) -> None:
    line = lodged(machines("N-1"), at=LATER)[0]
    said = body(line)
    assert said["ruling"]["plan"] == "none"
    assert said["ruling"]["schema"] == 1
    assert no_plan(said)
    assert "plan" not in said["facts"]


def test_a_released_plan_decides_and_the_ruling_replays(built: DailyPlan) -> None:
    released = put_into_force(built)
    found = {}
    for n, kind in enumerate((machines, toys, wine, meat, vegetables)):
        line = lodged(kind(f"N-{n}"), at=LATER)[0]
        said = body(line)
        found[line.hs6] = said["facts"]
        assert said["ruling"]["plan"] == released.digest[:16] == said["facts"]["plan"]
        assert said["ruling"]["schema"] == 2
        assert 1 <= said["facts"]["plan_chance_ppm"] <= MILLION
        assert said["ruling"]["chance_ppm"] >= said["facts"]["plan_chance_ppm"]
        assert not no_plan(said)
    # What failed before is the likelier to fail.
    assert found["847989"]["failing_ppm"] > found["950300"]["failing_ppm"]
    result = replay()
    assert result.holds
    assert result.equal == Line.objects.count()


def test_a_plan_is_in_the_ledger_before_it_is_used(built: DailyPlan) -> None:
    released = put_into_force(built)
    line = lodged(machines("N-1"), at=LATER)[0]
    entry = ledger.entry(released.released_seq or 0)
    assert entry.kind == "plan.released"
    assert entry.value()["digest"] == built.digest
    assert entry.seq < line.ruling_seq
    assert planning.read(built.text).digest == built.digest
    assert keeping.digest(queries.model_text(built.model.digest)) == built.model.digest


def test_one_person_cannot_release_a_plan(built: DailyPlan) -> None:
    with pytest.raises(MoveRefusedError):
        releasing.release(built.reference, at=LATER, by="OFF-2")
    releasing.propose(built.reference, at=LATER, by="OFF-1")
    with pytest.raises(SecondPersonError):
        releasing.release(built.reference, at=LATER, by="OFF-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyPlan.objects.filter(pk=built.pk).update(released_by="OFF-1")
    assert not ledger.count("plan.released")


def test_an_altered_plan_is_not_released(built: DailyPlan) -> None:
    releasing.propose(built.reference, at=LATER, by="OFF-1")
    DailyPlan.objects.update(text=built.text.replace('"CNGBP"', '"CNXXX"'))
    with pytest.raises(releasing.PlanAlteredError):
        releasing.release(built.reference, at=LATER, by="OFF-2")


def test_a_roll_back_brings_the_plan_before_it_back_or_the_lawful_minimum(
    built: DailyPlan,
) -> None:
    first = put_into_force(built)
    second = building.build(BUREAU, day=DAY_OF_PLAN, at=BUILT + HOUR, by="SYS-NIGHT")
    put_into_force(second)
    assert facts(machines(), at=LATER)[0]["plan"] == second.digest[:16]
    with pytest.raises(releasing.ReasonMissingError):
        releasing.roll_back(second.reference, reason=" ", at=LATER, by="OFF-3")
    releasing.roll_back(second.reference, reason="drift", at=LATER, by="OFF-3")
    assert facts(machines(), at=LATER)[0]["plan"] == first.digest[:16]
    # What was decided before the roll-back was decided by the plan of that moment.
    assert facts(machines(), at=LATER - HOUR / 2)[0]["plan"] == second.digest[:16]
    releasing.roll_back(first.reference, reason="drift", at=LATER, by="OFF-3")
    assert facts(machines(), at=LATER)[0]["plan"] is None


def test_a_plan_ends_some_days_after_its_day(built: DailyPlan) -> None:
    put_into_force(built)
    assert facts(machines(), at=LATER + 3 * DAY)[0]["plan"] == built.digest[:16]
    assert facts(machines(), at=LATER + 4 * DAY)[0]["plan"] is None
    assert facts(machines(), at=BUILT)[0]["plan"] is None


def test_a_port_without_a_capacity_has_no_plan_and_is_named(register: Any) -> None:
    releasing.record_capacity("CNGBP", minutes=600, slots=5, begins=None, at=NOW, by="OFF-9")
    past()
    plan = building.build(BUREAU, day=DAY_OF_PLAN, at=BUILT, by="SYS-NIGHT")
    put_into_force(plan)
    assert planning.read(plan.text).card["ports_without_capacity"] == ["CNJZU"]
    assert facts(toys(), at=LATER)[0]["plan"] == plan.digest[:16]
    assert facts(machines(), at=LATER)[0]["plan"] is None


def test_no_capacity_at_all_makes_no_plan(register: Any) -> None:
    past(lines=6)
    with pytest.raises(building.NothingToPlanError):
        building.build(BUREAU, day=DAY_OF_PLAN, at=BUILT, by="SYS-NIGHT")
    assert not DailyPlan.objects.exists()


def test_one_line_and_a_batch_are_given_the_same(built: DailyPlan) -> None:
    put_into_force(built)
    kinds = (machines, toys, wine, meat, vegetables)
    rows = [kinds[n % 5](f"B-{n}") for n in range(20)]
    together = facts(*rows, at=LATER)
    apart = [facts(row, at=LATER)[0] for row in rows]
    for name in in_force.FACTS:
        assert [f[name] for f in together] == [f[name] for f in apart]


def test_a_plan_costs_no_query_once_it_is_known(built: DailyPlan) -> None:
    put_into_force(built)
    facts(machines(), at=LATER)
    with CaptureQueriesContext(connection) as queries_made:
        facts(machines(), at=LATER)
    assert not [q for q in queries_made if "targeting" in q["sql"] and "editions" not in q["sql"]]


def test_expected_load_stays_within_capacity(built: DailyPlan) -> None:
    for port in planning.read(built.text).ports.values():
        assert port.short or port.minutes.expected <= port.capacity.minutes * 1.001
        assert port.short or port.slots.expected <= port.capacity.slots * 1.001
        assert port.minutes.low <= port.minutes.expected <= port.minutes.high


def test_what_is_shown_comes_from_records(built: DailyPlan) -> None:
    view = looking.newest(BUREAU)
    assert (view.reference, view.day, view.digest) == (built.reference, DAY_OF_PLAN, built.digest)
    assert {row.port for row in view.ports} == {"CNGBP", "CNJZU"}
    assert view.change.en.startswith("The first plan")
    put_into_force(built)
    line = lodged(machines("N-1"), at=LATER)[0]
    said = looking.explanation(body(line)["facts"])
    assert "chance to fail" in said[0].en
    assert any("failed" in text.en for text in said[1:])
    found = looking.evaluation(BUREAU, at=LATER)
    assert found.lines == Line.objects.count()
    names = {way.name for way in found.ways}
    assert {"as_decided", "random", "rules_only", "every_tenth", "csp1", "csp3"} <= names
    with pytest.raises(NoSuchPlanError):
        looking.plan("PLAN-X")


def test_a_result_is_learnt_as_known_and_unknown_is_left_out(built: DailyPlan) -> None:
    from guomen.journeys.targeting.learning import learn
    from guomen.supervision.agencies import queries as agencies

    path = agencies.agencies([BUREAU])[BUREAU].path
    everything = learn(path, known=LATER, zone="Asia/Shanghai")
    assert everything.results.height > 0
    assert not learn(path, known=NOW, zone="Asia/Shanghai").results.height
    line = lodged(vegetables("U-1"), at=LATER)[0]
    conclude([Result(line=line.reference, performed=True)], at=LATER, by="OFF-1")
    again = learn(path, known=LATER, zone="Asia/Shanghai")
    assert again.unknown == everything.unknown + 1
    assert again.results.height == everything.results.height
