"""Every result teaches the next decision: sampling, ledger, series of hazards, credit, bar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from tests.desks import people
from tests.journeys.builders import DAY, FOUNDED, NOW, how
from tests.journeys.laboratory import bench
from tests.journeys.test_settling import inspected

from guomen.journeys import history, laboratory
from guomen.journeys.standing import proposing
from guomen.supervision.agencies.models import Role
from guomen.supervision.credit import operations as credit
from guomen.supervision.credit.models import CreditRecord, Rating
from guomen.supervision.declarations.models import Line, LineResult, SamplingState
from guomen.supervision.dispositions.models import BarredLine, Nonconformity
from guomen.supervision.inspections.models import WorkOrder
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties.models import Enterprise
from guomen.supervision.samples.models import TestOrder


@pytest.fixture
def failed(register: Any) -> Nonconformity:
    """Let lead be found in a lot of vegetables, and nothing else; the lot fails."""
    bench.found()
    line, sample = bench.delivered()
    # What nobody is accredited for would keep the line open: it is not tested here.
    TestOrder.objects.filter(method=bench.UNACCREDITED).update(state="cancelled")
    WorkOrder.objects.filter(line=line).update(state="completed")
    inspected(line, loading="conform")
    tests = bench.measured(sample, {"lead": "0.9"})
    waiting = [test.pk for test in tests if test.method != bench.UNACCREDITED]
    laboratory.approve(waiting, how=bench.how(bench.APPROVER, minutes=200))
    return Nonconformity.objects.select_related("line", "agency").get()


def test_one_failed_test_reaches_everything_that_learns(failed: Nonconformity) -> None:
    line = failed.line
    assert failed.faults == ["safety", "lead"]
    # The ledger and the row of the result, once.
    assert [e.value()["finding"] for e in ledger.entries_of(line.reference, kind="outcome")] == [
        "nonconform"
    ]
    assert LineResult.objects.get().finding == "nonconform"
    # Continuous sampling begins with every lot again.
    state = SamplingState.objects.get(enterprise=line.enterprise, hs6=line.hs6)
    assert (state.phase, state.run) == ("screening", 0)
    # The series of hazards read the verdict of the test.
    known = NOW + DAY
    rows = history._tests(Line.objects.all(), known).to_dicts()
    assert {row["hazard"] for row in rows if row["verdict"] == "fail"} == {"lead"}
    # The goods do not come back.
    assert BarredLine.objects.get().line == line


def test_a_final_failure_is_proposed_and_a_credit_officer_puts_it_on_file(
    failed: Nonconformity,
) -> None:
    owner = Enterprise.objects.get(reference=failed.enterprise)
    credit.open_file(owner.pk, on=FOUNDED)
    assert proposing.proposal_of(failed, now=NOW + DAY) is None
    late = failed.review_until + timedelta(hours=1)
    found = proposing.proposal_of(failed, now=late)
    assert found is not None
    assert (found.item, found.points, found.enterprise) == ("QLT-SAFETY", 12, owner)
    before = Rating.objects.count()
    record = proposing.accept(failed, how=how(late, by="OFC-C"))
    assert (record.item, record.source_reference) == ("QLT-SAFETY", failed.reference)
    assert Rating.objects.count() >= before
    assert proposing.proposal_of(failed, now=late) is None
    with pytest.raises(proposing.NothingProposedError):
        proposing.accept(failed, how=how(late, by="OFC-C"))
    assert CreditRecord.objects.count() == 1


def test_only_who_keeps_credit_files_is_shown_and_may_accept_it(failed: Nonconformity) -> None:
    owner = Enterprise.objects.get(reference=failed.enterprise)
    credit.open_file(owner.pk, on=FOUNDED)
    Nonconformity.objects.update(state="disposing")
    names = {"reference": failed.reference}
    page, act = (
        reverse("officer:nonconformity", kwargs=names),
        reverse("officer:failed-credit", kwargs=names),
    )
    inspector = people.signed_in(people.officer("i", Role.INSPECTOR))
    assert "QLT-SAFETY" not in inspector.get(page).content.decode()
    assert inspector.post(act).status_code == 403
    keeper = people.signed_in(people.officer("k", Role.CREDIT_OFFICER))
    assert "QLT-SAFETY" in keeper.get(page).content.decode()
    assert keeper.post(act).status_code == 302
    assert CreditRecord.objects.get().source_reference == failed.reference
    assert "QLT-SAFETY" not in keeper.get(page).content.decode()
