"""Declarations that arrive together are stored together, and answered as if each came alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from tests.journeys.builders import how, toys, wine

from guomen.journeys.clearance import Lodged, lodge, together
from guomen.journeys.clearance.lodging import IntakeRefusedError
from guomen.journeys.replay import replay
from guomen.supervision.declarations.models import Declaration, Line
from guomen.supervision.ledger.models import Batch, Entry
from guomen.supervision.ledger.verification import verify

pytestmark = pytest.mark.usefixtures("committed")


def together_with(monkeypatch: pytest.MonkeyPatch, *sent: tuple[list[Any], str]) -> list[Any]:
    """Lodge while the counter is taken, so that everything is carried out at once."""
    counter = together.Counter()
    monkeypatch.setattr("guomen.journeys.clearance.lodging.COUNTER", counter)
    counter._busy = True

    def one(rows: list[Any], by: str) -> Lodged | Exception:
        try:
            return lodge(rows, how=how(by=by), request_key=f"{by} {rows[0]['declaration']}")
        except IntakeRefusedError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(sent)) as threads:
        running = [threads.submit(one, rows, by) for rows, by in sent]
        for _ in range(600):
            if len(counter._queue) == len(sent):
                break
            threading.Event().wait(0.05)
        with counter._changed:
            counter._busy = False
            counter._changed.notify_all()
        return [future.result() for future in running]


def test_what_waits_is_stored_in_one_batch_and_answered_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Batch.objects.count()
    sent = [([toys(f"T-{n}", lot=f"L{n}")], f"REP-{n}") for n in range(3)]
    answers = together_with(monkeypatch, *sent, ([wine("W-1"), wine("W-1", 2)], "REP-9"))
    assert Batch.objects.count() == before + 1
    for (rows, by), answer in zip([*sent, ([wine("W-1")] * 2, "REP-9")], answers, strict=True):
        (reference,) = answer.declarations
        stored = Declaration.objects.get(reference=reference)
        assert (stored.own_number, stored.lodged_by) == (rows[0]["declaration"], by)
        lines = {line.reference: line for line in stored.lines.all()}
        assert set(answer.outcomes) == set(answer.rulings) == set(lines)
        for name, (seq, _) in answer.rulings.items():
            entry = Entry.objects.get(seq=seq)
            assert (entry.subject, entry.by, lines[name].ruling_seq) == (name, by, seq)
    again = lodge(sent[0][0], how=how(by="REP-0"), request_key="REP-0 T-0")
    assert (again.repeated, again.declarations) == (True, answers[0].declarations)
    assert verify().holds
    assert replay().holds


def test_the_same_number_and_the_same_goods_do_not_spoil_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twin = [toys("T-1", lot="LOT-0001")]
    answers = together_with(
        monkeypatch,
        (twin, "REP-1"),
        (twin, "REP-2"),
        ([toys("T-2", lot="LOT-0001")], "REP-3"),
        ([toys("T-3", lot="LOT-0003")], "REP-4"),
    )
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(refused) == 1
    assert sorted(Declaration.objects.values_list("own_number", flat=True)) == ["T-1", "T-2", "T-3"]
    roots = dict(Line.objects.values_list("declaration__own_number", "root"))
    # The same goods on two declarations of one moment share one draw.
    assert roots["T-1"] == roots["T-2"] != roots["T-3"]
    assert replay().holds
