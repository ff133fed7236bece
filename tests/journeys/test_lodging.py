"""Lodging: all of a declaration or nothing, once, and never twice for one request."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from django.db import connection, connections
from tests.journeys.builders import (
    DAY,
    GROWER,
    KINDS,
    NOW,
    Register,
    body,
    how,
    lines_of,
    lodged,
    toys,
    vegetables,
)

from guomen.journeys import intake
from guomen.journeys.clearance import batches, deciding, lodge, lodge_many, lodging
from guomen.journeys.clearance.lodging import IntakeRefusedError, RequestReusedError, doubles
from guomen.journeys.replay import replay
from guomen.supervision.declarations import operations, queries
from guomen.supervision.declarations.models import Declaration, Line, Request
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.verification import verify


def stored() -> tuple[int, int, int]:
    return (
        Declaration.objects.count(),
        Line.objects.count(),
        len(list(ledger.iter_entries("ruling"))),
    )


def parsed(*rows: dict[str, Any]) -> pl.DataFrame:
    found = intake.parse(intake.rows_frame(rows), today=NOW.date())
    assert not found.problems
    return found.lines


def test_every_line_is_stored_with_its_ruling_and_the_projection_says_what_the_ledger_says(
    register,
):
    rows = [toys(line=n) for n in (3, 1, 2)]
    answer = lodge(rows, how=how())
    lines = lines_of(answer)
    assert [line.number for line in lines] == [3, 1, 2]
    assert len(answer.declarations) == 1
    assert Declaration.objects.get().lines_count == 3
    for line in lines:
        ruling = body(line)
        assert ruling["facts"]["line"] == line.reference
        assert line.outcome == ruling["ruling"]["outcome"] == answer.outcomes[line.reference]
        assert line.chance_ppm == ruling["ruling"]["chance_ppm"]
        assert line.u == ruling["draw"]["u"]
        assert ledger.entry(line.ruling_seq).subject == line.reference
    assert verify().holds
    assert replay().equal == 3


@pytest.mark.parametrize("step", ["record", "remember_requests", "confirm_versions", "claim_owed"])
def test_a_fault_at_any_step_leaves_nothing(committed, monkeypatch, step):
    before = ledger.head()

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(operations, step, fail)
        with pytest.raises(OSError, match="disk"):
            lodge([toys(), toys(line=2)], how=how(), request_key="K-1")
    assert stored() == (0, 0, 0)
    assert ledger.head() == before
    assert not Request.objects.exists()
    assert len(lodge([toys(), toys(line=2)], how=how(), request_key="K-1").outcomes) == 2


def test_one_bad_line_refuses_the_declaration_with_every_problem(register):
    with pytest.raises(IntakeRefusedError) as caught:
        lodge([toys(), toys(line=2, quantity="-1", origin="CHN")], how=how())
    assert {(p.row, p.column) for p in caught.value.problems} >= {(2, "quantity"), (2, "origin")}
    assert stored() == (0, 0, 0)


def test_nothing_at_all_and_an_unknown_key_are_refused(register):
    for rows in ([], [toys() | {"quantty": "5"}]):
        with pytest.raises(IntakeRefusedError):
            lodge(rows, how=how())
    assert stored() == (0, 0, 0)


def test_one_call_takes_one_declaration(register):
    with pytest.raises(IntakeRefusedError):
        lodge([toys("A-1"), toys("A-2")], how=how())
    assert stored() == (0, 0, 0)


def test_an_own_number_is_taken_once_an_enterprise(register):
    lodged(toys("A-1"))
    lodged(vegetables("A-1"))  # another enterprise numbers as it likes
    with pytest.raises(IntakeRefusedError) as caught:
        lodge([toys("A-1", line=7)], how=how(NOW + DAY))
    assert [(p.row, p.column) for p in caught.value.problems] == [(1, "declaration")]
    assert [p.row for p in doubles(parsed(toys("A-3"), toys("A-1"), vegetables("A-9")))] == [2]


def test_an_own_number_is_the_same_whatever_number_names_the_enterprise(register: Register):
    """A declarant may write the credit code or the bureau's reference; it is one enterprise."""
    reference = register.enterprises[GROWER].reference
    lodged(vegetables("A-1"))
    with pytest.raises(IntakeRefusedError):
        lodge([vegetables("A-1", enterprise=reference)], how=how())


def test_a_request_key_answers_again_and_changes_nothing(register):
    first = lodge([toys()], how=how(), request_key="K-1")
    before = stored()
    again = lodge([toys()], how=how(NOW + timedelta(hours=1)), request_key="K-1")
    assert again.repeated
    assert (again.declarations, again.outcomes) == (first.declarations, first.outcomes)
    assert stored() == before
    with pytest.raises(RequestReusedError):
        lodge([toys(quantity="999")], how=how(), request_key="K-1")
    with pytest.raises(RequestReusedError):
        lodge([toys("A-2")], how=how(), request_key="K-1")
    # another sender's keys are their own
    assert not lodge([toys("A-2")], how=how(by="REP-2"), request_key="K-1").repeated


def test_a_request_may_hold_numbers_and_dates_as_well_as_texts(register):
    row = toys(quantity=Decimal("10.5"), units_in_lot=10, value_cny=500.25, produced_on=NOW.date())
    (line,) = lines_of(lodge([row], how=how(), request_key="K-1"))
    assert (line.quantity, line.value_cny) == (Decimal("10.500"), Decimal("500.25"))


@pytest.mark.postgres
def test_the_same_request_from_many_at_once_is_carried_out_once(committed):
    answers, errors = _at_once([lambda: lodge([toys()], how=how(), request_key="K")] * 6)
    assert errors == []
    assert len({a.declarations for a in answers}) == 1
    assert [a.repeated for a in answers].count(False) == 1
    assert stored() == (1, 1, 1)
    assert verify().holds


@pytest.mark.postgres
def test_one_own_number_from_many_at_once_is_taken_once(committed):
    answers, errors = _at_once([lambda: lodge([toys()], how=how())] * 5)
    assert len(answers) == 1
    assert {type(error) for error in errors} == {IntakeRefusedError}
    assert stored() == (1, 1, 1)


def _at_once(calls: list[Any]) -> tuple[list[Any], list[BaseException]]:
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = []
    errors: list[BaseException] = []

    def run(call: Any) -> None:
        try:
            barrier.wait()
            answers.append(call())
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, errors


def test_a_request_that_lost_the_race_gets_the_winner_s_answer(committed, monkeypatch):
    """Between the look at the key and the store, the other of two equal requests was stored."""
    decide = lodging.deciding.decide
    winner: list[Any] = []

    def slow(*args: Any, **kwargs: Any) -> Any:
        if not winner:
            winner.append(None)
            winner[0] = lodge([toys()], how=how(), request_key="K-1")
        return decide(*args, **kwargs)

    monkeypatch.setattr(lodging.deciding, "decide", slow)
    answer = lodge([toys()], how=how(), request_key="K-1")
    assert answer.repeated
    assert answer.declarations == winner[0].declarations
    assert stored() == (1, 1, 1)


# -- many ---------------------------------------------------------------------------------------
def test_a_file_of_many_declarations_is_stored_whole_across_chunks(register, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 4)
    monkeypatch.setattr(batches, "BATCH", 10)
    rows = [k(f"F-{d}", line=n) for d in range(9) for k in KINDS[:1] for n in range(1, 4)]
    answers = list(lodge_many(parsed(*rows), how=how()))
    assert len(answers) > 3
    assert stored() == (9, 27, 27)
    assert all(d.lines_count == d.lines.count() == 3 for d in Declaration.objects.all())
    assert verify().holds


def test_chunks_follow_how_long_others_waited(register, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 4)
    rows = [toys(f"P-{n}", lot=f"LOT-{n}") for n in range(24)]
    monkeypatch.setattr(batches, "HELD", 0.0)
    slow = [len(done.outcomes) for done in lodge_many(parsed(*rows[:12]), how=how())]
    monkeypatch.setattr(batches, "HELD", 1e6)
    quick = [len(done.outcomes) for done in lodge_many(parsed(*rows[12:]), how=how())]
    assert slow == [4, 2, 2, 2, 2]
    assert quick == [4, 8]


def test_who_waited_for_a_turn_lets_the_next_one_wait_half_as_long(register, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 8)
    store = batches.storing.store

    def beside_others(*args: Any, **more: Any) -> Any:
        return replace(store(*args, **more), held=batches.HELD, waited=1.0)

    monkeypatch.setattr(batches.storing, "store", beside_others)
    rows = [toys(f"T-{n}", lot=f"LOT-{n}") for n in range(20)]
    sizes = [len(done.outcomes) for done in lodge_many(parsed(*rows), how=how())]
    assert sizes == [8, 4, 4, 4]


def test_inside_a_transaction_no_second_process_decides(register, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 4)
    rows = [toys(f"T-{n}", lot=f"LOT-{n}") for n in range(12)]
    with batches.Second(connection.settings_dict) as second:
        monkeypatch.setattr(second, "give", None)
        assert (
            sum(len(d.outcomes) for d in lodge_many(parsed(*rows), how=how(), second=second)) == 12
        )
    assert stored() == (12, 12, 12)


def test_no_stored_line_pays_for_an_index_that_another_one_begins_with(db):
    with connection.cursor() as cursor:
        for table in ("declarations_declaration", "declarations_line"):
            found = connection.introspection.get_constraints(cursor, table)
            columns = [tuple(one["columns"]) for one in found.values() if one["index"]]
            assert ("agency_id",) not in columns
            assert ("declaration_id",) not in columns
            assert any(held[0] == "agency_id" for held in columns)


def test_lines_of_a_declaration_need_not_stand_together_in_a_file(register, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 2)
    monkeypatch.setattr(batches, "BATCH", 4)
    rows = [toys(f"F-{d}", line=n) for n in range(1, 4) for d in range(5)]
    for _ in lodge_many(parsed(*rows), how=how()):
        pass
    assert stored() == (5, 15, 15)
    assert all(d.lines_count == 3 for d in Declaration.objects.all())


def test_the_same_goods_on_many_declarations_of_a_file_are_decided_one_after_the_other(register):
    rows = [toys(f"F-{d}", lot="LOT-7788", quantity="10") for d in range(9)]
    for _ in lodge_many(parsed(*rows), how=how()):
        pass
    lines = Line.objects.order_by("reference")
    assert lines.count() == 9
    # the first is the root; whoever shares a draw shares it with one that came before
    assert lines[0].root == lines[0].reference
    assert min(line.u for line in lines) <= lines[0].u
    us = [line.u for line in lines]
    assert us == sorted(us, reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_goods_that_others_lodge_between_the_chunks_of_a_file_are_known_again(
    register, monkeypatch, seed
):
    monkeypatch.setattr(batches, "CHUNK", 2)
    monkeypatch.setattr(batches, "BATCH", 14)
    monkeypatch.setattr(batches, "HELD", 0.0)
    dice, others, met = random.Random(seed), {}, 0
    file = [toys(f"F-{n}", lot=f"LOT-{n}", quantity="10") for n in range(30)]
    for done in lodge_many(parsed(*file), how=how(NOW + timedelta(hours=1))):
        for number in dice.sample(range(30), k=dice.randint(0, 4)):
            if number not in others:
                others[number] = lodged(toys(f"O-{number}", lot=f"LOT-{number}", quantity="10"))[0]
        assert done.outcomes
    for number, other in others.items():
        line = Line.objects.get(declaration__own_number=f"F-{number}")
        if line.ruling_seq > other.ruling_seq:
            assert body(line)["facts"]["earlier_chance_ppm"] == other.chance_ppm
            met += 1
    assert met > 5
    assert len(others) > met
    assert stored() == (30 + len(others),) * 3
    assert verify().holds
    assert replay().holds


def test_a_batch_that_was_decided_earlier_reads_what_the_one_before_did_not(register):
    (line,) = lodged(toys("O-1", lot="LOT-1"))
    lodged(toys("O-2", lot="LOT-2"))
    end = ledger.head()[1] + 1
    keys = next(keys for place, _, keys in queries.ruled_since(0) if place == line.ruling_seq)
    own = deciding.Own()
    own.read(line.ruling_seq, end)
    assert not any(own.moved(key, "F-1", head=0) for key in keys)
    own.read(line.ruling_seq - 1, end)
    assert keys
    assert all(own.moved(key, "F-1", head=0) for key in keys)


def test_a_chunk_with_a_double_is_refused_whole_and_the_others_stand(register, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 2)
    lodged(toys("F-2"))
    rows = parsed(*(toys(f"F-{d}") for d in range(6)))
    taken = {p.row for p in doubles(rows)}
    good = rows.filter(~pl.col(intake.ROW).is_in(list(taken)))
    for _ in lodge_many(good, how=how()):
        pass
    assert sorted(Declaration.objects.values_list("own_number", flat=True)) == [
        f"F-{d}" for d in range(6)
    ]


def test_long_texts_are_stored_on_either_database(register):
    lodged(toys(goods="长" * 400, consignor="C" * 396, seal="S" * 400, lot="L" * 400))
    assert connection.vendor in ("sqlite", "postgresql")
    assert Line.objects.get().goods == "长" * 400


def test_doubles_are_found_in_a_file_of_any_length(register):
    lodged(toys("F-39999"))
    (row,) = parsed(toys()).to_dicts()
    count = 40_000
    frame = pl.DataFrame({name: [value] * count for name, value in row.items()}).with_columns(
        pl.int_range(1, count + 1).alias(intake.ROW),
        ("F-" + pl.int_range(count).cast(pl.String)).alias("declaration"),
    )
    assert [p.row for p in doubles(frame)] == [40_000]


def test_a_double_under_another_name_of_the_enterprise_is_found_in_a_file(register: Register):
    reference = register.enterprises[GROWER].reference
    rows = parsed(vegetables("A-1"), vegetables("A-1", enterprise=reference))
    assert [p.row for p in doubles(rows)] == [2]
