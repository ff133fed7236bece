"""The last ruling on lines: by what is known, moving them once, corrected by another."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.journeys.builders import NOW, how, lodged, meat, vegetables, wine

from guomen.core.dispose import Disposition
from guomen.core.frequency import Finding
from guomen.journeys import replay
from guomen.journeys.clearance import Result, conclude
from guomen.journeys.disposal import NotSettleableError, settle
from guomen.rulebooks import disposal_terms as terms
from guomen.supervision.declarations.models import Line, LineResult
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.dispositions.models import Nonconformity
from guomen.supervision.inspections.models import Examination, WorkOrder
from guomen.supervision.ledger import queries as ledger

pytestmark = pytest.mark.usefixtures("register")
HOUR = timedelta(hours=1)
_NUMBERS = count(1)
CONFORMS = dict.fromkeys(("documentary", "identity", "physical"), "conform")


def inspected(line: Line, outcome: str = "conform", **showed: str) -> None:
    """Record what an inspection of a line showed."""
    number = next(_NUMBERS)
    order = WorkOrder.objects.create(
        reference=f"WO-{number}", line=line, agency_id=line.agency_id, kind="inspection",
        checks=["documentary", "identity", "physical"], skill="food", due_on=NOW.date(),
        minutes=30, ruling_seq=1, opened_at=NOW, closed_at=NOW, state="completed",
        inspector="OFF-1",
    )  # fmt: skip
    unknown = dict.fromkeys(("documentary", "identity", "physical", "loading", "port"), "unknown")
    Examination.objects.create(
        **(unknown | CONFORMS | showed),
        order=order, line=line, outcome=outcome, at=NOW, by="OFF-1", seq=900_000 + number,
    )  # fmt: skip


def ordered(outcome: str, kind: Any = wine, **more: Any) -> Line:
    """Return a line that a ruling sent to be checked."""
    (line,) = lodged(kind(f"S-{next(_NUMBERS)}", lot=f"LOT-{next(_NUMBERS):05d}", **more))
    states = {"document_check": "under_document_check", "release": "released"}
    Line.objects.filter(pk=line.pk).update(
        outcome=outcome, state=states.get(outcome, "under_inspection")
    )
    line.refresh_from_db()
    return line


def now(line: Line) -> Line:
    return Line.objects.get(pk=line.pk)


def settled(line: Line, *, at: Any = NOW + HOUR) -> Disposition:
    return settle([line.reference], how=how(at))[line.reference]


def test_a_line_of_which_nothing_is_known_stays_open_where_it_stands() -> None:
    line = ordered("inspect")
    assert settled(line) is Disposition.OPEN
    assert now(line).state == "under_inspection"
    assert not LineResult.objects.exists()


def test_a_line_that_conforms_is_released_and_its_result_recorded_once() -> None:
    line = ordered("inspect")
    inspected(line)
    assert settled(line) is Disposition.RELEASE
    assert now(line).state == "released"
    assert settled(line, at=NOW + 2 * HOUR) is Disposition.RELEASE
    assert [r.finding for r in LineResult.objects.all()] == ["conform"]
    assert Standing.objects.count() == 1


def test_samples_that_are_due_keep_a_line_open() -> None:
    line = ordered("inspect_and_sample")
    inspected(line)
    assert settled(line) is Disposition.OPEN
    assert now(line).state == "under_inspection"


def test_goods_that_fail_are_told_their_terms_and_the_disposals_that_are_open() -> None:
    line = ordered("inspect")
    inspected(line, "fail", physical="fail")
    assert settled(line) is Disposition.NONCONFORMING
    assert now(line).state == "nonconforming"
    failed = Nonconformity.objects.get()
    assert failed.reference.startswith("NCF-2012-")
    assert failed.quantity == line.quantity
    assert failed.faults == ["unnamed"]
    assert failed.disposals_open == ["destroy", "return"]
    assert (failed.review_until.date() - NOW.date()).days == 15


def test_a_corrected_finding_is_a_further_ruling_and_edits_none() -> None:
    line = ordered("inspect")
    inspected(line, "fail", physical="fail")
    settled(line)
    first = Standing.objects.get()
    entry = ledger.entries_of(line.reference, kind="disposition")[0]
    WorkOrder.objects.update(state="cancelled")
    Examination.objects.update(physical="conform", outcome="conform")
    assert settled(line, at=NOW + 2 * HOUR) is Disposition.RELEASE
    assert now(line).state == "released"
    assert Nonconformity.objects.get().state == "lifted"
    stand = Standing.objects.order_by("seq")
    assert [row.stands for row in stand] == [False, True]
    assert stand[0].outcome == first.outcome
    assert ledger.entries_of(line.reference, kind="disposition")[0] == entry


def test_a_release_that_turns_out_wrong_opens_a_recall() -> None:
    line = ordered("inspect")
    inspected(line)
    settled(line)
    inspected(line, "fail", physical="fail")
    assert settled(line, at=NOW + 2 * HOUR) is Disposition.NONCONFORMING
    assert now(line).state == "nonconforming"
    assert "recall" in Nonconformity.objects.get().disposals_open


def test_exports_that_are_checked_at_the_port_go_on_that_condition() -> None:
    line = ordered("inspect", vegetables)
    inspected(line, loading="conform")
    duties = WorkOrder.objects.filter(line=line)
    duties.update(checks=["documentary", "identity", "physical", "loading", "port"])
    assert settled(line) is Disposition.CONDITIONAL_RELEASE
    assert now(line).state == "conditionally_released"
    assert Standing.objects.get().conditions == ["check_seal_at_exit"]
    Examination.objects.update(port="conform")
    assert settled(line, at=NOW + 2 * HOUR) is Disposition.RELEASE
    assert now(line).state == "released"
    # What was found once is folded into the sampling state once.
    assert LineResult.objects.count() == 1


def test_a_check_at_the_port_that_fails_keeps_goods_in() -> None:
    line = ordered("inspect", vegetables)
    inspected(line, loading="conform", port="fail")
    assert settled(line) is Disposition.NONCONFORMING
    assert Nonconformity.objects.get().faults == ["papers"]


def test_lines_that_never_passed_the_gate_are_not_ruled_on() -> None:
    (held,) = lodged(meat("H-1", documents=None, port=None))
    with pytest.raises(NotSettleableError):
        settled(held)
    with pytest.raises(NotSettleableError):
        settle(["DEC-2012-999999-9/1"], how=how())


def test_rulings_come_out_again_byte_for_byte() -> None:
    good, bad = ordered("inspect"), ordered("inspect_and_sample")
    inspected(good)
    inspected(bad, "fail", identity="fail")
    settle([good.reference, bad.reference], how=how(NOW + HOUR))
    entries = [
        entry
        for line in (good, bad)
        for entry in ledger.entries_of(line.reference, kind="disposition")
    ]
    found = replay.replay_lines(entries)
    assert (found.equal, found.different) == (2, [])


def test_many_lines_cost_as_many_queries_as_few() -> None:
    def cost(lines: int) -> int:
        ready = [ordered("inspect", quantity=f"{n + 1}") for n in range(lines)]
        for line in ready:
            inspected(line, "fail", physical="fail")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            settle([line.reference for line in ready], how=how(NOW + HOUR))
        return len(queries)

    cost(1)
    assert cost(2) == cost(12)
    assert Nonconformity.objects.filter(quantity=Decimal(12)).exists()


@pytest.mark.parametrize("before", [True, False])
def test_a_result_recorded_as_a_whole_stands_for_goods_of_before_the_chain_only(
    before: bool,
) -> None:
    good, bad = ordered("inspect"), ordered("inspect_and_sample")
    began = terms.RESULT_STANDS.rows[-1].begins
    day = began - timedelta(days=1) if before else began
    received = datetime.combine(day, time(12), tzinfo=UTC)
    Line.objects.update(received_at=received)
    results = [
        Result(line=good.reference, performed=True, finding=Finding.CONFORM),
        Result(
            line=bad.reference, performed=True, finding=Finding.NONCONFORM, reason="benzoic_acid"
        ),
    ]
    conclude(results, at=NOW, by="OFF-1")
    answer = settle([good.reference, bad.reference], how=how(NOW + HOUR))
    if not before:
        assert set(answer.values()) == {Disposition.OPEN}
        return
    assert answer[good.reference] is Disposition.RELEASE
    assert answer[bad.reference] is Disposition.NONCONFORMING
    failed = Nonconformity.objects.get()
    assert failed.faults == ["safety", "benzoic_acid"]
    assert failed.disposals_open == ["destroy", "return"]
    # Each result is on record once, whoever recorded it.
    assert LineResult.objects.count() == 2


def let_go(order: WorkOrder) -> None:
    """Let the goods go on condition of the check at the port: all else was in order."""
    Line.objects.filter(pk=order.line_id).update(outcome="inspect", state="under_inspection")
    line = Line.objects.get(pk=order.line_id)
    WorkOrder.objects.filter(line=line).exclude(pk=order.pk).delete()
    inspected(line, loading="conform")
    assert settled(line) is Disposition.CONDITIONAL_RELEASE
