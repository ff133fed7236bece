"""Results: folded in ledger order; what was due and not done falls to the next line of the kind."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from tests.journeys.builders import (
    NOW,
    body,
    facts,
    how,
    issue,
    lodged,
    machines,
    order,
    toys,
    vegetables,
    wine,
)

from guomen.core import frequency
from guomen.core.frequency import Finding
from guomen.core.severity import Outcome
from guomen.journeys.clearance import (
    Result,
    ResultOfChainError,
    Wish,
    amend,
    conclude,
    decide_override,
    override,
    record_outcome,
    withdraw,
)
from guomen.journeys.clearance.later import NoSuchLineError
from guomen.journeys.clearance.outcomes import NotAwaitingResultError
from guomen.rulebooks.frequency import continuous_plan
from guomen.supervision.declarations.models import Line, LineResult, OwedCheck, SamplingState
from guomen.supervision.inspections.models import WorkOrder
from guomen.supervision.ledger import queries as ledger

MINUTE = timedelta(minutes=1)
CONFORM, FAIL, UNKNOWN = Finding.CONFORM, Finding.NONCONFORM, Finding.UNKNOWN


def now(line: Line) -> Line:
    return Line.objects.get(pk=line.pk)


def done(line: Line, finding: Finding = CONFORM, *, at: Any = NOW) -> None:
    conclude([Result(line=line.reference, performed=True, finding=finding)], at=at, by="OFF-1")


def not_done(line: Line, *, at: Any = NOW) -> None:
    conclude([Result(line=line.reference, performed=False, reason="capacity")], at=at, by="OFF")


def of(kind: Any, number: int = 1, /, **more: Any) -> Line:
    (line,) = lodged(kind(f"{kind.__name__}-{number}", **more), at=NOW + number * MINUTE)
    return line


def open_owed() -> int:
    return OwedCheck.objects.filter(claimed_by=None).count()


def state_of(line: Line) -> SamplingState:
    return SamplingState.objects.get(
        enterprise=line.enterprise, hs6=line.hs6, direction=line.direction
    )


def folded(line: Line) -> frequency.ContinuousState:
    """Derive the state from the ledger alone: the results of opened lots, in its order."""
    plan = continuous_plan(body(line)["facts"]["commodity_group"], line.direction)
    assert plan is not None
    kind = set(
        Line.objects.filter(
            enterprise=line.enterprise, hs6=line.hs6, direction=line.direction
        ).values_list("reference", flat=True)
    )
    found = [
        Finding(entry.value()["finding"])
        for entry in ledger.iter_entries("outcome")
        if entry.subject in kind
    ]
    return frequency.fold(found, plan=plan)


@pytest.mark.parametrize("kind", [wine, vegetables])
@pytest.mark.parametrize("seed", range(3))
def test_the_state_is_the_fold_of_the_ledger(register, kind, seed):
    random.seed(f"{kind.__name__}-{seed}")
    line = None
    for n in range(25):
        line = of(kind, n)
        if line.state != "under_inspection":
            continue
        finding = random.choices([CONFORM, FAIL, UNKNOWN], [12, 1, 2])[0]
        if random.random() < 0.1:
            not_done(line)
            continue
        done(line, finding)
        state, derived = state_of(line), folded(line)
        assert (state.phase, state.run) == (derived.phase.value, derived.run)
        (found,) = facts(kind("next"))
        assert (found["sampling_phase"], found["sampling_version"]) == (state.phase, state.version)


def test_five_conforming_lots_of_wine_bring_sampling_down_to_a_share(register):
    for n in range(5):
        line = of(wine, n)
        assert line.chance_ppm == 1_000_000
        done(line)
    assert state_of(line).phase == "sampling"
    assert of(wine, 9).chance_ppm == 100_000


def test_a_result_of_papers_is_no_result_of_an_opened_lot(register):
    """Lots that only passed on their papers say nothing of what is inside."""
    first = of(wine)
    for n in range(4):
        done(of(wine, 10 + n))
    before = state_of(first)
    assert (before.phase, before.run) == ("screening", 4)
    Line.objects.filter(pk=first.pk).update(state="under_document_check", outcome="document_check")
    done(first)
    after = state_of(first)
    assert (after.phase, after.run, after.version) == ("screening", 4, before.version + 1)


def test_a_withdrawal_before_the_first_result_does_not_stop_the_plan_from_beginning(register):
    first = of(wine)
    withdraw(first.reference, reason="mistake", how=how())
    for n in range(2, 7):
        done(of(wine, n))
    assert state_of(first).phase == "sampling"


# -- owed ------------------------------------------------------------------------------------------
def test_a_drawn_check_that_was_not_carried_out_falls_to_the_next_line_of_the_kind(register):
    first = of(wine)
    not_done(first)
    assert now(first).state == "released"
    other = of(vegetables)
    assert body(other)["facts"]["owed_checks"] == 0
    second, third = of(wine, 2), of(wine, 3)
    assert [body(line)["facts"]["owed_checks"] for line in (second, third)] == [1, 0]
    assert "CAR-OWED-CHECK" in second.reasons
    owed = OwedCheck.objects.get()
    assert (owed.owed_by, owed.claimed_by) == (first.reference, second.reference)


def test_an_owed_check_makes_a_line_that_was_not_drawn_be_opened(register):
    not_drawn = of(toys)
    assert (not_drawn.selected, not_drawn.outcome) == (False, "document_check")
    Line.objects.filter(pk=not_drawn.pk).update(selected=True, state="under_inspection")
    not_done(not_drawn)
    heir = of(toys, 2)
    assert (heir.selected, heir.outcome, heir.state) == (False, "inspect", "under_inspection")


@pytest.fixture
def carrier(register):
    """Return a line that was not drawn and carries the check of another."""
    first = of(toys)
    Line.objects.filter(pk=first.pk).update(selected=True, state="under_inspection")
    not_done(first)
    line = of(toys, 2)
    assert (line.selected, line.state, open_owed()) == (False, "under_inspection", 0)
    return line


def test_a_carried_check_that_is_not_carried_out_either_goes_on(carrier):
    not_done(carrier)
    assert open_owed() == 1
    assert body(of(toys, 3))["facts"]["owed_checks"] == 1


def test_a_carried_check_does_not_end_with_a_withdrawal(carrier):
    withdraw(carrier.reference, reason="mistake", how=how())
    assert open_owed() == 1


def test_a_line_keeps_what_it_carries_through_later_rulings(carrier):
    amend(carrier.reference, {"destination": "US"}, how=how())
    assert body(carrier)["facts"]["owed_checks"] == 1
    assert OwedCheck.objects.get().claimed_by == carrier.reference


def test_a_check_that_an_order_asked_for_is_owed_as_a_drawn_one(register):
    issue(order("BK-1", hs_prefix="9503"))
    line = of(toys)
    assert (line.outcome, line.selected) == ("inspect", False)
    not_done(line)
    assert open_owed() == 1
    second = of(toys, 2)
    withdraw(second.reference, reason="mistake", how=how())
    assert open_owed() == 1


def test_a_refused_line_does_not_use_up_an_owed_check(register):
    first = of(wine)
    not_done(first)
    issue(order("BK-1", hs_prefix="2204", effect="refuse"), at=NOW + MINUTE)
    refused = of(wine, 2)
    assert refused.outcome == "refuse"
    assert open_owed() == 1


def test_a_withdrawn_line_that_was_drawn_leaves_its_check(register):
    withdraw(of(wine).reference, reason="mistake", how=how())
    assert open_owed() == 1
    withdraw(of(machines).reference, reason="mistake", how=how())
    assert open_owed() == 1  # not drawn, nothing due


def test_each_owed_check_is_carried_once(register):
    for n in range(3):
        not_done(of(wine, n))
    # the second carried the first's and the third the second's
    assert open_owed() == 1
    lines = lodged(*(wine("many", n) for n in range(1, 4)), at=NOW + 10 * MINUTE)
    assert sorted(body(line)["facts"]["owed_checks"] for line in lines) == [0, 0, 1]


# -- what is and is not a result -------------------------------------------------------------------
def test_an_unknown_finding_leaves_the_line_open_until_it_is_known(register):
    line = of(wine)
    done(line, UNKNOWN)
    assert now(line).state == "under_inspection"
    done(line, UNKNOWN)
    done(line, CONFORM)
    assert now(line).state == "released"
    assert [r.finding for r in LineResult.objects.all()] == ["unknown", "unknown", "conform"]
    assert (state_of(line).run, state_of(line).version) == (1, 3)


def test_a_failure_ends_the_line(register):
    line = of(wine)
    done(line, FAIL)
    assert now(line).state == "nonconforming"


def test_a_check_that_was_not_performed_shows_nothing(register):
    with pytest.raises(NotAwaitingResultError):
        Result(line="X", performed=False, finding=CONFORM)


@pytest.mark.parametrize(
    "state", ["lodged", "held", "refused", "released", "nonconforming", "withdrawn"]
)
@pytest.mark.parametrize("performed", [True, False])
def test_a_line_that_awaits_no_result_takes_none(register, state, performed):
    line = of(wine)
    Line.objects.filter(pk=line.pk).update(state=state)
    head = ledger.head()
    with pytest.raises(NotAwaitingResultError):
        done(line) if performed else not_done(line)
    assert ledger.head() == head
    assert not LineResult.objects.exists()


def test_results_are_recorded_all_or_none(register):
    lines = [of(wine, n) for n in range(3)]
    results = [Result(line=line.reference, performed=True, finding=CONFORM) for line in lines]
    absent = Result(line="DEC-2012-000099-9/1", performed=True)
    for bad, error in (
        ([*results, absent], NoSuchLineError),
        ([*results, results[0]], NotAwaitingResultError),
    ):
        with pytest.raises(error):
            conclude(bad, at=NOW, by="OFF-1")
        assert not LineResult.objects.exists()
        assert not SamplingState.objects.exists()
    conclude(results, at=NOW, by="OFF-1")
    assert state_of(lines[0]).run == 3
    conclude([], at=NOW, by="OFF-1")


def test_a_late_result_moves_only_later_lines(register):
    early, late = of(wine, 1), of(wine, 2)
    done(late)
    ruling = body(early)
    done(early, FAIL, at=NOW + 100 * MINUTE)
    assert body(early) == ruling
    assert facts(wine("next"))[0]["sampling_version"] == 2


def test_a_result_is_refused_where_the_goods_of_an_override_are_released(register):
    line = of(wine)
    wish = Wish(reason="humanitarian", rules=("DRW-SELECTED",))
    made = override(line.reference, wish, how=how(by="OFF-1"))
    decide_override(made.pk, approve=True, how=how(by="OFF-2"))
    assert now(line).state == "released"
    with pytest.raises(NotAwaitingResultError):
        done(line)
    assert Outcome(now(line).outcome) is Outcome.RELEASE


def test_a_wrong_result_can_be_corrected(register):
    """The laboratory found its mistake after the goods were released."""
    line = of(wine)
    done(line, CONFORM)
    done(line, FAIL, at=NOW + MINUTE)
    assert now(line).state == "nonconforming"


def test_a_corrected_result_of_papers_is_no_result_of_an_opened_lot_either(register):
    lines = [of(wine, n) for n in range(4)]
    for line in lines[1:]:
        done(line)
    Line.objects.filter(pk=lines[0].pk).update(
        state="under_document_check", outcome="document_check", floor_outcome="none"
    )
    done(lines[0])
    done(lines[0], at=NOW + MINUTE)
    assert (state_of(lines[0]).phase, state_of(lines[0]).run) == ("screening", 3)


# -- the door for what somebody types or sends -----------------------------------------------------
@pytest.mark.parametrize("finding", [CONFORM, FAIL, None])
@pytest.mark.parametrize("kind", [wine, vegetables])
def test_goods_that_are_opened_are_not_ended_by_a_result_written_down(register, kind, finding):
    line = of(kind)
    result = Result(line=line.reference, performed=finding is not None, finding=finding or UNKNOWN)
    head = ledger.head()
    with pytest.raises(ResultOfChainError) as refused:
        record_outcome(result, at=NOW, by="OFF-1")
    assert refused.value.lines[line.reference].startswith("WO-")
    assert (now(line).state, ledger.head()) == (line.state, head)
    assert not LineResult.objects.exists()


def test_papers_are_ended_by_a_result_and_never_by_none(register):
    line = of(toys)
    assert line.state == "under_document_check"
    with pytest.raises(NotAwaitingResultError):
        record_outcome(Result(line=line.reference, performed=False), at=NOW, by="OFF-1")
    good = Result(line=line.reference, performed=True, finding=CONFORM)
    record_outcome(good, at=NOW, by="OFF-1")
    assert now(line).state == "released"


def test_papers_of_exports_whose_loading_is_supervised_do_not_end_them(register):
    line = of(vegetables)
    Line.objects.filter(pk=line.pk).update(outcome="document_check", state="under_document_check")
    WorkOrder.objects.filter(line=line, kind="inspection").update(checks=["documentary"])
    good = Result(line=line.reference, performed=True, finding=CONFORM)
    with pytest.raises(ResultOfChainError):
        record_outcome(good, at=NOW, by="OFF-1")
