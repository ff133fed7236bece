"""
What a request for re-inspection sets going: the counter-sample is tested, the goods are seen anew.

For each test that failed the counter-sample that is kept gets a test order; it leaves its store by
a hand-over like any other. Where an inspection failed, or no counter-sample is kept, another
inspector gets an order for the same checks. What either shows is ruled on anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from guomen.core.conformity import Outcome
from guomen.core.examine import Examined
from guomen.journeys import work_orders
from guomen.supervision.inspections.lifecycle import LIVE
from guomen.supervision.inspections.models import WorkOrder
from guomen.supervision.samples import operations, queries
from guomen.supervision.samples.lifecycle import SampleState, TestState
from guomen.supervision.samples.models import Portion, Sample, TestOrder

OBLIGATION = "reinspection"
_GONE = (SampleState.DISPOSED, SampleState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The orders that were opened, and the hazards that are tested in the counter-sample."""

    orders: tuple[str, ...]
    hazards: tuple[str, ...]

    def body(self) -> Mapping[str, object]:
        """Return both as the ledger keeps them."""
        return {"orders": list(self.orders), "tests": list(self.hazards)}


def begin(line: int, *, at: datetime) -> Begun:
    """Open what a re-inspection of a line needs, in the caller's transaction."""
    failed = _failed_tests(line)
    sample = _counter_sample(line)
    hazards = tuple(_order(failed, sample, at=at)) if sample is not None else ()
    untested = len(failed) > len(hazards)
    orders = tuple(
        work_orders.again(order, (OBLIGATION,), at=at)
        for order in _to_see_again(line, whole=untested or not failed)
    )
    return Begun(orders=orders, hazards=hazards)


def _failed_tests(line: int) -> list[TestOrder]:
    tests = list(
        TestOrder.objects.filter(line_id=line, state=TestState.APPROVED)
        .exclude(sample__portion=Portion.COUNTER)
        .order_by("pk")
    )
    verdicts = queries.newest_verdicts([test.pk for test in tests])
    return [t for t in tests if t.pk in verdicts and verdicts[t.pk].outcome == Outcome.FAIL]


def _counter_sample(line: int) -> Sample | None:
    kept = Sample.objects.select_for_update().filter(line_id=line, portion=Portion.COUNTER)
    return kept.exclude(state__in=_GONE).order_by("-taking").first()


def _order(failed: list[TestOrder], sample: Sample, *, at: datetime) -> Iterator[str]:
    """Order the tests that failed once more, in the counter-sample; yield their hazards."""
    tested = set(sample.tests.values_list("hazard", flat=True))
    wanted = [test for test in failed if test.hazard not in tested]
    if not wanted:
        return
    operations.order(
        [
            {
                "sample": sample,
                "line_id": test.line_id,
                "agency_id": test.agency_id,
                "laboratory_id": test.laboratory_id,
                "hazard": test.hazard,
                "method": test.method,
                "ordered_at": at,
            }
            for test in wanted
        ]
    )
    sample.laboratory_id = wanted[0].laboratory_id
    sample.save(update_fields=["laboratory_id"])
    yield from (test.hazard for test in wanted)


def _to_see_again(line: int, *, whole: bool) -> list[WorkOrder]:
    """Return the newest completed order of each kind that failed; else, where asked, the newest."""
    rows = (
        WorkOrder.objects.filter(line_id=line, state="completed")
        .select_related("line", "agency")
        .prefetch_related("examinations")
        .order_by("pk")
    )
    live = WorkOrder.objects.filter(line_id=line, state__in=[s.value for s in LIVE])
    under_way = set(live.values_list("kind", flat=True))
    newest = {order.kind: order for order in rows if order.kind not in under_way}
    failed = [
        order
        for order in newest.values()
        if any(row.outcome == Examined.FAIL for row in order.examinations.all())
    ]
    if failed or not whole:
        return failed
    return [order for order in newest.values() if order.kind == "inspection"]
