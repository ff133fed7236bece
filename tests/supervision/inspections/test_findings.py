"""What is known of a line from its orders and examinations, as of a moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.journeys.builders import NOW, Register, lodged, vegetables

from guomen.core.examine import Examined, Showed
from guomen.core.lifecycle import MoveRefusedError
from guomen.supervision.declarations.lifecycle import (
    AWAITING_RESULT,
    LINE,
    LineMove,
    LineState,
)
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections.models import Examination, WorkOrder
from guomen.supervision.inspections.queries import findings_of

HOUR = timedelta(hours=1)


def bare() -> Line:
    """Return a line without the orders that lodging opened."""
    (line,) = lodged(vegetables())
    WorkOrder.objects.all().delete()
    return line


def order(line: Line, kind: str, checks: list[str], **more: Any) -> WorkOrder:
    given = {
        "reference": f"WO-{kind}", "line": line, "agency_id": line.agency_id, "kind": kind,
        "checks": checks, "skill": "plants", "due_on": NOW.date(), "minutes": 30,
        "ruling_seq": 1, "opened_at": NOW,
    }  # fmt: skip
    return WorkOrder.objects.create(**(given | more))


def examined(of: WorkOrder, seq: int, **more: Any) -> None:
    unknown = dict.fromkeys(("documentary", "identity", "physical", "loading", "port"), "unknown")
    given = unknown | {
        "order": of, "line": of.line, "outcome": "conform", "at": NOW + HOUR, "by": "OFF-1",
        "seq": seq,
    }  # fmt: skip
    Examination.objects.create(**(given | more))


def test_a_line_without_orders_is_absent_and_one_with_a_live_order_unknown(
    register: Register,
) -> None:
    line = bare()
    assert findings_of([line.pk], known=NOW) == {}
    order(line, "inspection", ["documentary", "physical"])
    found = findings_of([line.pk], known=NOW)[line.pk]
    assert (found.documentary, found.outcome, found.live) == (
        Showed.UNKNOWN, None, ("WO-inspection",)
    )  # fmt: skip
    assert found.asked == {"documentary", "physical"}
    assert not found.complete


def test_the_newest_examination_of_each_order_counts_and_the_most_severe_of_them(
    register: Register,
) -> None:
    line = bare()
    closed = {"state": "completed", "closed_at": NOW + HOUR, "inspector": "OFF-1"}
    inspection = order(line, "inspection", ["documentary"], **closed)
    loading = order(line, "loading_supervision", ["loading"], **closed)
    examined(inspection, 1, documentary="fail", outcome="fail", obligations=["refer_case"])
    examined(loading, 2, loading="conform", seals=["S-1"])
    found = findings_of([line.pk], known=NOW + HOUR)[line.pk]
    assert (found.documentary, found.loading) == (Showed.FAIL, Showed.CONFORM)
    assert (found.outcome, found.seals) == (Examined.FAIL, ("S-1",))
    assert found.complete
    # A correction of the inspection replaces what was thought of it, not the loading.
    examined(inspection, 3, documentary="conform", at=NOW + 2 * HOUR)
    assert findings_of([line.pk], known=NOW + HOUR)[line.pk].outcome is Examined.FAIL
    after = findings_of([line.pk], known=NOW + 2 * HOUR)[line.pk]
    assert (after.outcome, after.documentary, after.obligations) == (
        Examined.CONFORM, Showed.CONFORM, ()
    )  # fmt: skip
    # Before anything was completed both orders were live, and nothing was known.
    before = findings_of([line.pk], known=NOW)[line.pk]
    assert len(before.live) == 2
    assert not before.complete


def test_an_order_that_was_cancelled_asks_nothing(register: Register) -> None:
    line = bare()
    order(line, "inspection", ["physical"], state="cancelled", closed_at=NOW)
    assert findings_of([line.pk], known=NOW)[line.pk].asked == frozenset()


@pytest.mark.parametrize("state", [LineState.SAMPLING, LineState.TESTING, LineState.REINSPECTION])
def test_nothing_is_released_while_a_result_is_wanted(state: LineState) -> None:
    with pytest.raises(MoveRefusedError):
        LINE.after(state, LineMove.RELEASE)


def test_every_way_from_samples_to_release_leads_over_known_results() -> None:
    # Without the state in which every result is known, and without the officer's own ruling that
    # opens the gate again, no release can be reached.
    barred = {LineState.ASSESSED, LineState.NONCONFORMING, LineState.UNDER_INSPECTION}
    reached, ahead = set(), [LineState.SAMPLING, LineState.TESTING]
    while ahead:
        state = ahead.pop()
        if state not in reached | barred:
            reached.add(state)
            ahead += [LINE.after(state, move) for move in LINE.moves_from(state)]
    assert LineState.RELEASED not in reached
    assert reached <= set(AWAITING_RESULT)
