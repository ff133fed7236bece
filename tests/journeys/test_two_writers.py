"""Two at once on the same enterprise and product: nobody decides on what no longer holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from tests.journeys.access.people import FIRST, base_filing
from tests.journeys.builders import NOW, body, how, lines_of, lodged, order, vegetables, wine
from tests.journeys.inspection_orders import LATER, from_jiuzhou
from tests.journeys.test_settling import let_go

from guomen.core.certificates import TRANSFER
from guomen.core.frequency import Finding
from guomen.journeys import controlling
from guomen.journeys.access import moving
from guomen.journeys.certification import messages
from guomen.journeys.clearance import Result, amend, conclude, lodge, lodging, withdraw
from guomen.journeys.clearance.later import LineMovedError, amend_many
from guomen.journeys.clearance.storing import BusyError
from guomen.journeys.replay import replay
from guomen.rulebooks import licensing
from guomen.supervision.declarations.models import Line, OwedCheck, SamplingState
from guomen.supervision.dispositions import custody
from guomen.supervision.dispositions.models import Message
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.verification import verify
from guomen.supervision.licences.lifecycle import LicenceMove


def result(line: Line, *, performed: bool = True) -> None:
    finding = Finding.CONFORM if performed else Finding.UNKNOWN
    conclude(
        [Result(line=line.reference, performed=performed, finding=finding)], at=NOW, by="OFF-1"
    )


@pytest.fixture
def between(monkeypatch) -> Callable[..., list[int]]:
    """Let something happen between a decision and its store, the first ``times`` times."""
    decide = lodging.deciding.decide

    def arrange(happens: Callable[[], object], *, times: int = 1) -> list[int]:
        calls: list[int] = []

        def interleaved(*args: Any, **kwargs: Any) -> Any:
            found = decide(*args, **kwargs)
            calls.append(1)
            if len(calls) <= times:
                monkeypatch.setattr(lodging.deciding, "decide", decide)
                happens()
                monkeypatch.setattr(lodging.deciding, "decide", interleaved)
            return found

        monkeypatch.setattr(lodging.deciding, "decide", interleaved)
        return calls

    return arrange


def test_a_result_that_arrives_meanwhile_is_decided_on(register, between):
    lines = [lodged(wine(f"W-{n}"))[0] for n in range(5)]
    for line in lines[:4]:
        result(line)
    calls = between(lambda: result(lines[4]))
    (line,) = lodged(wine("NEW"))
    assert len(calls) == 2
    facts = body(line)["facts"]
    assert (facts["sampling_phase"], facts["sampling_version"]) == ("sampling", 5)
    assert len(ledger.entries_of(line.reference, kind="ruling")) == 1
    assert replay().holds


def test_an_owed_check_that_another_takes_meanwhile_is_not_carried_twice(register, between):
    first = lodged(wine("W-1"))[0]
    result(first, performed=False)
    other: list[Line] = []
    between(lambda: other.extend(lodged(wine("W-2"))))
    (line,) = lodged(wine("W-3"))
    carried = [body(one)["facts"]["owed_checks"] for one in (other[0], line)]
    assert carried == [1, 0]
    assert OwedCheck.objects.get().claimed_by == other[0].reference


def test_who_comes_second_is_told_although_both_looked_at_the_same_line(register, between):
    (line,) = lodged(wine("W-1"))
    other = {"seal": "CIQ0000001"}
    between(lambda: amend(line.reference, other, how=how(), version=line.version))
    with pytest.raises(LineMovedError):
        amend(line.reference, {"seal": "CIQ0000002"}, how=how(), version=line.version)
    withdrawing = {"reason": "sold", "how": how()}
    with pytest.raises(LineMovedError):
        withdraw(line.reference, version=line.version, **withdrawing)
    line.refresh_from_db()
    assert (line.seal, line.state == "withdrawn") == ("CIQ0000001", False)
    withdraw(line.reference, version=line.version, **withdrawing)


def test_lines_of_the_same_goods_that_change_together_are_ruled_on_one_after_the_other(register):
    lines = [lodged(wine(f"W-{n}", lot=f"LOT-{n}00"))[0] for n in range(3)]
    made = amend_many({line.reference: {"lot": "ONE-LOT"} for line in lines}, how=how())
    assert {one.line for one in made} == {line.reference for line in lines}
    # Each takes the smallest draw of those before it; one that saw nobody would keep its own.
    drawn = [line.u for line in lines]
    now = [Line.objects.get(pk=line.pk).u for line in lines]
    assert now == [min(drawn[: place + 1]) for place in range(len(drawn))]
    assert replay().holds


def test_results_that_never_stop_end_in_an_answer_and_nothing_stored(register, between):
    lines = [lodged(wine(f"W-{n}"))[0] for n in range(6)]
    before = Line.objects.count()
    between(lambda: result(lines.pop()), times=99)
    with pytest.raises(BusyError):
        lodge([wine("NEW")], how=how())
    assert Line.objects.count() == before
    assert verify().holds


def test_the_same_goods_lodged_by_two_at_once_share_a_draw(register, between):
    other: list[Line] = []
    calls = between(lambda: other.extend(lodged(wine("W-1", lot="LOT-1", quantity="10"))))
    (line,) = lodged(wine("W-2", lot="LOT-1", quantity="10"), at=NOW + timedelta(seconds=1))
    assert len(calls) == 2, "decided again, on what the other left"
    assert body(line)["facts"]["earlier_chance_ppm"] == other[0].chance_ppm


def test_an_order_that_is_committed_late_does_not_change_what_was_decided(register):
    lodged(wine("W-1"))
    late = NOW - timedelta(milliseconds=1)
    controlling.issue([order("BK-1", hs_prefix="2204")], at=late, by="OFF-1")
    assert replay().holds
    (line,) = lodged(wine("W-2"), at=NOW + timedelta(seconds=1))
    assert body(line)["ruling"]["orders"] == ["BK-1"]


def test_an_order_issued_while_a_line_is_decided_is_seen(register, between):
    calls = between(
        lambda: controlling.issue([order("BK-1", hs_prefix="2204")], at=NOW, by="OFF-1")
    )
    (line,) = lodged(wine("W-1"), at=NOW + timedelta(seconds=1))
    assert len(calls) == 2, "decided again, under the order"
    assert body(line)["ruling"]["orders"] == ["BK-1"]
    assert replay().holds


def test_a_licence_that_is_suspended_in_the_same_instant_is_seen(register, between):
    wish = moving.Wish(
        move=LicenceMove.SUSPEND, reason=licensing.REASONS_FOR[LicenceMove.SUSPEND.value][0]
    )
    (before,) = lodged(vegetables("V-0"))
    calls = between(lambda: moving.act(base_filing().pk, wish, who=FIRST))
    (line,) = lodged(vegetables("V-1"))
    assert len(calls) == 2, "decided again, under the licence as it stands"
    (other,) = lodged(vegetables("V-2"), at=NOW + timedelta(seconds=1))
    assert line.outcome == other.outcome != before.outcome
    assert replay().holds


@pytest.mark.postgres
def test_many_writers_of_one_kind_lose_and_double_nothing(committed):
    count, errors, answers = 6, [], []
    first = [lodged(wine(f"S-{n}"))[0] for n in range(count)]
    barrier = threading.Barrier(2 * count)

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            answers.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    work: list[Callable[[], object]] = []
    for n, line in enumerate(first):
        work.append(lambda line=line, n=n: result(line, performed=n % 2 == 0))
        work.append(lambda n=n: lines_of(lodge([wine(f"N-{n}")], how=how())))
    threads = [threading.Thread(target=run, args=(w,)) for w in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(error, BusyError) for error in errors)
    assert SamplingState.objects.get().version == count
    claimed = [o.claimed_by for o in OwedCheck.objects.exclude(claimed_by=None)]
    assert len(claimed) == len(set(claimed))
    carried = {line.reference for line in Line.objects.all() if body(line)["facts"]["owed_checks"]}
    assert carried == set(claimed)
    assert verify().holds
    assert replay().holds


@pytest.mark.postgres
@pytest.mark.usefixtures("committed")
def test_two_who_send_what_is_due_at_once_sign_each_transfer_once(tmp_path, settings, monkeypatch):
    settings.GUOMEN_DEMO, settings.GUOMEN_CERTIFICATE_KEYS = True, tmp_path / "keys"
    custody.begin_key(at=NOW, by="OFC-K", demonstration=True)
    order = from_jiuzhou()
    let_go(order)
    read, both = messages.transfers_due, threading.Barrier(2)
    waited = threading.local()

    def read_together(path):
        found = read(path)
        if not getattr(waited, "once", False):
            waited.once = True
            both.wait(timeout=20)
        return found

    monkeypatch.setattr(messages, "transfers_due", read_together)

    def send() -> list[str]:
        try:
            return [one.number for one in messages.send_due("/", how=how(LATER))]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as two:
        made = [one.result() for one in [two.submit(send), two.submit(send)]]
    assert sorted(len(numbers) for numbers in made) == [0, 1]
    assert Message.objects.get(sort=TRANSFER).line == order.line
