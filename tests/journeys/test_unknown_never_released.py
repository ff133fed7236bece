"""Whatever is done in whatever order, no goods are let go with a mandatory result unknown."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from tests.journeys import builders
from tests.journeys.inspection_orders import give, in_order
from tests.journeys.laboratory import bench

from guomen.core.errors import GuomenError
from guomen.core.examine import Showed
from guomen.core.frequency import Finding
from guomen.journeys import clearance, disposal, inspection, laboratory
from guomen.journeys.clearance import Result
from guomen.journeys.laboratory import Taking
from guomen.supervision.declarations.lifecycle import LINE, LineMove, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections.models import Examination, WorkOrder
from guomen.supervision.samples.models import Sample, TestOrder, Verdict
from guomen.supervision.samples.operations import Hand

GONE = (LineState.RELEASED, LineState.CONDITIONALLY_RELEASED)
UNKNOWN_YET = (LineState.SAMPLING, LineState.TESTING, LineState.REINSPECTION)


def test_no_release_leads_out_of_a_state_in_which_a_result_is_to_come() -> None:
    for state in UNKNOWN_YET:
        assert (state, LineMove.RELEASE) not in LINE.moves


class Walk:
    """One line and everything that people can do about it, well or badly."""

    def __init__(self, kind: Callable[..., builders.Row], seed: int) -> None:
        self.dice = random.Random(f"{kind.__name__}{seed}")
        (self.line,) = builders.lodged(kind(f"W-{seed}", lot=f"LOT-{seed:04d}"))
        self.at = builders.NOW
        self.acts = (
            self.typed, self.look, self.look, self.leave_out, self.take, self.deliver, self.measure,
            self.approve, self.approve, self.settle,
        )  # fmt: skip

    def step(self) -> None:
        self.at += timedelta(minutes=7)
        with suppress(GuomenError):
            self.dice.choice(self.acts)()
        self.line.refresh_from_db()

    def how(self, by: str) -> clearance.Lodgement:
        return builders.how(self.at, by=by)

    def typed(self) -> None:
        performed = self.dice.random() < 0.8
        finding = self.dice.choice(list(Finding)) if performed else Finding.UNKNOWN
        result = Result(line=self.line.reference, performed=performed, finding=finding)
        clearance.record_outcome(result, at=self.at, by="OFF-1")

    def order(self) -> WorkOrder:
        order = self.dice.choice(list(WorkOrder.objects.filter(line=self.line)))
        if order.state == "open":
            give(order, "OFF-1")
        return order

    def look(self) -> None:
        order = self.order()
        answers = in_order(order)
        for code in self.dice.sample(sorted(answers), self.dice.choice((0, 0, 0, 0, 1))):
            answers[code] = self.dice.choice((Showed.FAIL, Showed.UNKNOWN))
        inspection.complete(order.reference, answers, how=self.how("OFF-1"))

    def leave_out(self) -> None:
        if self.dice.random() < 0.03:
            inspection.forgo(self.order().reference, reason="capacity", how=self.how("OFF-1"))

    def take(self) -> None:
        laboratory.take_samples(self.line.reference, Taking(seal="S-1"), how=self.how("OFC-S"))

    def deliver(self) -> None:
        for sample in Sample.objects.filter(line=self.line, portion="test"):
            hand = Hand(taker=bench.COURIER, seal="S-1")
            with suppress(GuomenError):
                laboratory.hand_over(sample.reference, hand, how=self.how("OFC-S"))
            hand = Hand(taker=bench.ANALYST, seal="S-1")
            laboratory.receive(sample.reference, hand, how=self.how(bench.ANALYST))

    def measure(self) -> None:
        for sample in Sample.objects.filter(line=self.line, portion="test"):
            raw = self.dice.choice(("ND", "ND", "ND", "9999"))
            bench.measured(sample, {"sulphur_dioxide": raw})

    def approve(self) -> None:
        waiting = list(TestOrder.objects.filter(line=self.line).values_list("pk", flat=True))
        some = self.dice.sample(waiting, self.dice.randint(1, len(waiting))) if waiting else []
        laboratory.approve(some, how=self.how(bench.APPROVER))

    def settle(self) -> None:
        disposal.settle([self.line.reference], how=self.how("OFF-1"))


def lacks(line: Line) -> list[str]:
    """Return what is not known of a line, read from the rows and not from any ruling."""
    orders = {order.kind: order for order in WorkOrder.objects.filter(line=line).order_by("pk")}
    last = {row.order.kind: row for row in Examination.objects.filter(line=line).order_by("seq")}
    if orders and all(order.state == "not_performed" for order in orders.values()):
        # Left out as a whole, with a reason, and owed to the next goods.
        return []
    due = {kind: order for kind, order in orders.items() if kind != "port_check"}
    found = [
        f"{kind}: {check}"
        for kind, order in due.items()
        for check in order.checks
        if check in ("documentary", "identity", "physical", "loading")
        and (kind not in last or getattr(last[kind], check) != "conform")
    ]
    tests = {}
    for test in TestOrder.objects.filter(line=line).exclude(state="cancelled").order_by("pk"):
        tests[test.hazard] = test
    if line.outcome == "inspect_and_sample" and not tests:
        found.append("no test")
    for hazard, test in tests.items():
        verdict = Verdict.objects.filter(test=test).order_by("pk").last()
        if test.state != "approved" or verdict is None or verdict.outcome != "conform":
            found.append(hazard)
    return found


def ends(kind: Callable[..., builders.Row], seed: int) -> tuple[str, bool]:
    """Walk until the goods are let go; return where they stand, and whether they were tested."""
    walk = Walk(kind, seed)
    for _ in range(_STEPS):
        walk.step()
        if walk.line.state in GONE:
            assert lacks(walk.line) == []
            break
    return walk.line.state, Verdict.objects.filter(test__line=walk.line).exists()


_STEPS = 40


def test_no_walk_through_the_journeys_releases_what_is_unknown(register: builders.Register) -> None:
    bench.found()
    builders.issue(builders.order("BK-1", hs_prefix="2204", effect="inspect_and_sample"))
    ended = [ends(builders.wine, seed) for seed in range(_WALKS)]
    # The walks do come to an end in this way too, or they would prove nothing.
    assert ("released", True) in ended, ended


_WALKS = 4
