"""
The chain of custody: every hand-over of a sample, receipt by the laboratory, the counter-sample.

Only the holder gives a sample away, and who records a hand-over gives or takes; so the chain from
the goods to the bench has no gap. A sample whose seal or condition is not as it should be is
refused, its tests are cancelled, and the line waits for a new sample.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.journeys.clearance import Lodgement
from guomen.journeys.laboratory import sampling
from guomen.rulebooks import laboratory as book
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LineMove, LineState
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.samples import operations
from guomen.supervision.samples.lifecycle import SampleMove, SampleState, TestMove, TestState
from guomen.supervision.samples.models import Condition, HandOver, Portion, Sample, TestOrder
from guomen.supervision.samples.operations import Hand

KIND = "sample.handed_over"


class NoSuchSampleError(GuomenError):
    """There is no such sample among those that may be seen."""

    code: ClassVar[str] = "laboratory.no-such-sample"


class NoCounterSampleError(GuomenError):
    """There is no counter-sample that could be tested."""

    code: ClassVar[str] = "laboratory.no-counter-sample"


def hand_over(reference: str, hand: Hand, *, how: Lodgement) -> None:
    """
    Give a sample to a person, a courier or a laboratory; the holder records it.

    :raises NoSuchSampleError, CustodyGapError, MoveRefusedError: as they say
    """
    with transaction.atomic():
        sample = _locked(reference)
        done = operations.hand_over(sample, hand, move=SampleMove.PASS_ON, at=how.at, by=how.by)
        _record(sample, done, at=how.at, by=how.by)


def receive(reference: str, hand: Hand, *, how: Lodgement) -> SampleState:
    """
    Take a sample in at the laboratory, or refuse it for its seal or condition.

    The tests of a received sample get their deadlines; those of a refused one are cancelled.
    Returns where the sample stands then.

    :raises NoSuchSampleError, CustodyGapError, MoveRefusedError: as they say
    """
    with transaction.atomic():
        sample = _locked(reference)
        found = _condition(sample, hand)
        good = found.condition == Condition.GOOD
        sample.received_at = how.at
        move = SampleMove.RECEIVE if good else SampleMove.REFUSE
        done = operations.hand_over(sample, found, move=move, at=how.at, by=how.by)
        waiting = operations.locked_tests(
            sample.tests.filter(state=TestState.ORDERED).values_list("pk", flat=True)
        )
        if good:
            _set_deadlines(waiting, at=how.at)
        else:
            operations.move_tests(waiting, TestMove.CANCEL)
            _want_again(sample)
        _record(sample, done, at=how.at, by=how.by)
    return SampleState(sample.state)


def counter_analysis(test: int, *, taker: str, how: Lodgement) -> str:
    """
    Have the counter-sample of a line tested for a hazard that was judged; return its reference.

    The counter-sample leaves its store by a hand-over like any other, under its own seal.

    :raises NoCounterSampleError: if none is kept, or the hazard is being tested in it already
    """
    with transaction.atomic():
        first = TestOrder.objects.select_related("sample").filter(pk=test).first()
        sample = _counter_of(first) if first is not None else None
        if first is None or sample is None or sample.tests.filter(hazard=first.hazard).exists():
            raise NoCounterSampleError(
                "no counter-sample is kept for this test, or it is being tested already", test=test
            )
        operations.order(
            [
                {
                    "sample": sample,
                    "line_id": first.line_id,
                    "agency_id": first.agency_id,
                    "laboratory_id": first.laboratory_id,
                    "hazard": first.hazard,
                    "method": first.method,
                    "ordered_at": how.at,
                }
            ]
        )
        sample.laboratory_id = first.laboratory_id
        sample.save(update_fields=["laboratory_id"])
        if sample.state in (SampleState.TAKEN, SampleState.KEPT):
            hand = Hand(taker=taker, seal=sample.seal)
            done = operations.hand_over(sample, hand, move=SampleMove.PASS_ON, at=how.at, by=how.by)
            _record(sample, done, at=how.at, by=how.by)
    return sample.reference


def dispose(reference: str, *, how: Lodgement) -> None:
    """
    Say that a sample was disposed of.

    :raises NoSuchSampleError, MoveRefusedError: as they say
    """
    with transaction.atomic():
        sample = _locked(reference)
        operations.move_sample(sample, SampleMove.DISPOSE)
        draft = ledger.Draft(
            kind="sample.disposed", subject=sample.reference, body={"holder": sample.holder}
        )
        ledger.append([draft], at=how.at, by=how.by)


def _counter_of(test: TestOrder) -> Sample | None:
    return (
        Sample.objects.select_for_update()
        .filter(line_id=test.line_id, portion=Portion.COUNTER)
        .exclude(state__in=(SampleState.DISPOSED, SampleState.REFUSED))
        .order_by("-taking")
        .first()
    )


def _locked(reference: str) -> Sample:
    sample = operations.locked_sample(reference)
    if sample is None:
        raise NoSuchSampleError(f"there is no sample {reference}", sample=reference)
    return sample


def _condition(sample: Sample, hand: Hand) -> Hand:
    """Say of a sample whose seal is not the one that it was given that its seal differs."""
    if hand.seal == sample.seal or hand.condition != Condition.GOOD:
        return hand
    return replace(hand, condition=Condition.SEAL_DIFFERS)


def _want_again(sample: Sample) -> None:
    """Let the line of a refused sample wait for a new one."""
    (line,) = declarations.locked_lines([sample.line.reference])
    if line.state == LineState.TESTING:
        sampling.move_line(line, LineMove.SAMPLE)


def _set_deadlines(tests: list[TestOrder], *, at: datetime) -> None:
    for test in tests:
        test.due_at = book.due(book.BY_CODE.get(test.method), at)
    TestOrder.objects.bulk_update(tests, ["due_at"], batch_size=100)


def _record(sample: Sample, done: HandOver, *, at: datetime, by: str) -> None:
    body = {
        "condition": done.condition,
        "giver": done.giver,
        "number": done.number,
        "seal": done.seal,
        "state": sample.state,
        "taker": done.taker,
    }
    draft = ledger.Draft(kind=KIND, subject=sample.reference, body=body)
    ledger.append([draft], at=at, by=by)
