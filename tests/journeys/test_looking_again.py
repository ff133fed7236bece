"""A request for re-inspection sends another inspector, or has the counter-sample tested."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.journeys.builders import FOUNDED, NOW, RECORDED, how, wine
from tests.journeys.inspection_orders import complete, give, given
from tests.journeys.laboratory import bench
from tests.journeys.test_settling import inspected

from guomen.core.dispose import Disposition
from guomen.journeys import disposal, laboratory
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.dispositions.models import Nonconformity, Review
from guomen.supervision.inspections.models import WorkOrder
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.samples.models import Accreditation, Sample
from guomen.supervision.samples.operations import Hand

HOUR = timedelta(hours=1)


def asked(hours: int) -> Review:
    row = Nonconformity.objects.get()
    named = disposal.ask_review(row.reference, ground="不服", how=how(NOW + hours * HOUR))
    return Review.objects.get(reference=named)


@pytest.mark.parametrize(("answer", "state", "review"), [
    ({}, "released", "overturned"), ({"P-CONDITION": "fail"}, "nonconforming", "upheld"),
])  # fmt: skip
def test_what_an_inspector_failed_is_seen_by_another(
    register: Any, answer: dict[str, str], state: str, review: str
) -> None:
    first = given(wine())
    complete(first, **{"P-CONDITION": "fail"})
    request = asked(3)
    again = WorkOrder.objects.select_related("line", "agency").exclude(pk=first.pk).get()
    assert (again.follows, again.obligations) == (first, ["reinspection"])
    body = ledger.entries_of(first.line.reference, kind="review.asked")[0].value()
    assert body["orders"] == [again.reference]
    # Until the other has looked, what is disputed decides nothing.
    told = disposal.settle([first.line.reference], how=how(NOW + 4 * HOUR))
    assert set(told.values()) == {Disposition.OPEN}
    assert Line.objects.get().state == "reinspection"
    give(again, "OFF-2")
    complete(again, at=NOW + 5 * HOUR, by="OFF-2", **answer)
    request.refresh_from_db()
    assert (Line.objects.get().state, request.state) == (state, review)
    assert Standing.objects.count() == 3


def test_what_a_test_failed_is_tested_again_in_the_counter_sample(register: Any) -> None:
    made = bench.found()
    Accreditation.objects.create(
        laboratory=made, method=bench.UNACCREDITED, certificate="L1", begins=FOUNDED,
        recorded_at=RECORDED,
    )  # fmt: skip
    line, sample = bench.delivered()
    WorkOrder.objects.filter(line=line).update(state="completed")
    inspected(line, loading="conform")
    tests = bench.measured(sample, {"lead": "0.9"})
    laboratory.approve([test.pk for test in tests], how=bench.how(bench.APPROVER, minutes=200))
    assert Line.objects.get().state == "nonconforming"
    asked(5)
    counter = Sample.objects.get(portion="counter")
    assert [test.hazard for test in counter.tests.all()] == ["lead"]
    # Nobody is sent: nothing that was seen is disputed.
    assert not WorkOrder.objects.exclude(follows=None).exists()
    hand = Hand(taker=bench.COURIER, seal=counter.seal)
    laboratory.hand_over(counter.reference, hand, how=bench.how(bench.SAMPLER, minutes=400))
    hand = Hand(taker=bench.ANALYST, seal=counter.seal)
    laboratory.receive(counter.reference, hand, how=bench.how(bench.ANALYST, minutes=410))
    again = bench.measured(counter, {"lead": "ND"})
    laboratory.approve([test.pk for test in again], how=bench.how(bench.APPROVER, minutes=500))
    assert Line.objects.get().state == "conditionally_released"
    assert (Review.objects.get().state, Nonconformity.objects.get().state) == (
        "overturned",
        "lifted",
    )
