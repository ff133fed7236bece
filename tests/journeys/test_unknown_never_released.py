"""Whatever is done in whatever order, no goods are let go with a mandatory result unknown."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from tests.journeys import builders
from tests.journeys.inspection_orders import give, in_order
from tests.journeys.laboratory import bench
from tests.journeys.test_settling import inspected

from guomen.core.conformity import Outcome as Judged
from guomen.core.errors import GuomenError
from guomen.core.examine import Examined, Showed
from guomen.core.frequency import Finding
from guomen.journeys import certification, clearance, disposal, inspection, laboratory
from guomen.journeys.certification import Draft
from guomen.journeys.clearance import Result
from guomen.journeys.disposal import settling
from guomen.journeys.laboratory import Taking
from guomen.supervision.declarations.lifecycle import LINE, LineMove, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions.models import Certificate
from guomen.supervision.inspections.lifecycle import LIVE, OrderState
from guomen.supervision.inspections.models import Examination, WorkOrder
from guomen.supervision.samples.lifecycle import SampleState, TestState
from guomen.supervision.samples.models import Sample, TestOrder, Verdict
from guomen.supervision.samples.operations import Hand

GONE = (LineState.RELEASED, LineState.CONDITIONALLY_RELEASED)
LET_GO = (LineMove.RELEASE, LineMove.RELEASE_CONDITIONALLY)
UNKNOWN_YET = (LineState.SAMPLING, LineState.TESTING, LineState.REINSPECTION)


def test_no_release_leads_out_of_a_state_in_which_a_result_is_to_come() -> None:
    assert {move for (_, move), target in LINE.moves.items() if target in GONE} == set(LET_GO)
    for state in UNKNOWN_YET:
        assert not [move for move in LET_GO if (state, move) in LINE.moves]


# -- state by state -------------------------------------------------------------------------------
Spoil = Callable[[Line], object]


def _orders(state: OrderState) -> Spoil:
    def spoil(line: Line) -> None:
        Examination.objects.filter(line=line).delete()
        WorkOrder.objects.filter(line=line).update(state=state)

    return spoil


def _shown(check: str) -> Spoil:
    return lambda line: Examination.objects.filter(line=line).update(**{check: "unknown"})


def _examined(outcome: Examined) -> Spoil:
    return lambda line: Examination.objects.filter(line=line).update(outcome=outcome)


def _doubted(state: OrderState) -> Spoil:
    """Let the inspector doubt the goods, and the second look stand where it was not taken."""

    def spoil(line: Line) -> None:
        _examined(Examined.SUSPECT)(line)
        order = WorkOrder.objects.get(line=line)
        order.pk, order.reference, order.follows_id = None, "WO-AGAIN", order.pk
        order.state, order.closed_at = state, None
        order.save()

    return spoil


def _tests(state: TestState, *, every: bool = False) -> Spoil:
    def spoil(line: Line) -> None:
        tests = TestOrder.objects.filter(line=line).order_by("pk")
        tests.filter(pk__in=tests.values("pk") if every else [tests[0].pk]).update(state=state)

    return spoil


def _samples(state: SampleState) -> Spoil:
    """Let the sample stand where its tests can say nothing yet, or nothing any more."""
    left = TestState.CANCELLED if state in _LOST else TestState.ORDERED

    def spoil(line: Line) -> None:
        Sample.objects.filter(line=line, portion="test").update(state=state)
        _tests(left, every=True)(line)

    return spoil


def _verdicts(**said: object) -> Spoil:
    return lambda line: Verdict.objects.filter(
        test=TestOrder.objects.filter(line=line).order_by("pk")[0]
    ).update(**said)


_LOST = (SampleState.REFUSED, SampleState.DISPOSED)
_ANSWERED = (Examined.CONFORM, Examined.MORE_SAMPLING, Examined.SUSPECT)
_SAID = (TestState.APPROVED, TestState.CANCELLED)
#: What leaves a mandatory result unknown, by every state of the tables of orders, samples, tests.
SPOILT: Mapping[str, Spoil] = {
    **{f"order {s}": _orders(s) for s in OrderState},
    **{f"{c} not seen": _shown(c) for c in ("documentary", "identity", "physical")},
    **{f"second look {s}": _doubted(s) for s in LIVE},
    # What is doubted, or to be sampled further, is answered by the second look and by the tests.
    **{f"examined {o}": _examined(o) for o in Examined if o not in _ANSWERED},
    **{f"sample {s}": _samples(s) for s in SampleState if s is not SampleState.TESTED},
    **{f"test {s}": _tests(s) for s in TestState if s not in _SAID},
    "tests cancelled": _tests(TestState.CANCELLED, every=True),
    "no verdict": lambda line: Verdict.objects.filter(test__line=line).delete(),
    "verdict that decides nothing": _verdicts(decides=False),
    **{f"verdict {o}": _verdicts(outcome=o) for o in Judged if o is not Judged.CONFORM},
}
# Where the last ruling may find a line that it has not let go.
BEFORE = tuple(s for s in LineState if s not in (*GONE, *settling.CANNOT))


def known_line(kind: Callable[..., builders.Row]) -> Line:
    """Return a line of which everything is known and conforms, and that nobody settled yet."""
    bench.found()
    builders.issue(builders.order("BK-1", hs_prefix="2204", effect="inspect_and_sample"))
    (line,) = builders.lodged(kind("K-1", lot="LOT-0001"))
    laboratory.take_samples(line.reference, Taking(seal="S-1"), how=bench.how("OFC-S", minutes=5))
    for sample in Sample.objects.filter(line=line, portion="test"):
        hand = Hand(taker=bench.ANALYST, seal="S-1")
        laboratory.receive(sample.reference, hand, how=bench.how(bench.ANALYST, minutes=60))
        bench.measured(sample)
    tests = TestOrder.objects.filter(line=line).values_list("pk", flat=True)
    laboratory.approve(list(tests), how=bench.how(bench.APPROVER, minutes=150))
    # The inspector comes last: what is known already settles nothing by itself.
    WorkOrder.objects.filter(line=line).delete()
    inspected(line)
    line.refresh_from_db()
    return line


def settled_from(line: Line, state: LineState, spoil: Spoil | None = None) -> tuple[str, bool]:
    """Settle a line from a state, spoilt or not, and put everything back; say where it came to."""
    with transaction.atomic():
        Line.objects.filter(pk=line.pk).update(state=state)
        if spoil is not None:
            spoil(line)
        # A line cannot come to a release from everywhere; then nothing was stored.
        with suppress(GuomenError), transaction.atomic():
            disposal.settle([line.reference], how=builders.how(builders.NOW + timedelta(hours=3)))
        found = Line.objects.get(pk=line.pk).state
        with suppress(GuomenError), transaction.atomic():
            draft = Draft(line=line.reference, kind="entry")
            certification.draft(draft, how=builders.how(builders.NOW + timedelta(hours=4)))
        papers = Certificate.objects.filter(line=line).exists()
        transaction.set_rollback(True)
    return found, papers


def test_one_unknown_in_any_state_of_any_table_keeps_the_goods_and_their_certificate(
    register: builders.Register,
) -> None:
    line = known_line(builders.wine)
    # With everything known they go, from everywhere where a result was still to come.
    for state in UNKNOWN_YET:
        assert settled_from(line, state) == (LineState.RELEASED, True), state
    for name, spoil in SPOILT.items():
        found, papers = settled_from(line, LineState.TESTING, spoil)
        assert (found in GONE, papers) == (False, False), name
    for state in BEFORE:
        found, papers = settled_from(line, state, SPOILT["test entered"])
        assert (found in GONE, papers) == (False, False), state


# -- step by step ---------------------------------------------------------------------------------


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
