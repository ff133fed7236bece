"""Inspections: records merged without loss, and examinations that carry lines on."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck
from hypothesis import given as with_examples
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image
from pytest_django.fixtures import Settings
from tests.journeys.builders import NOW, Register, how, meat, vegetables, wine
from tests.journeys.inspection_orders import (
    INSPECTOR,
    LATER,
    complete,
    event,
    finding,
    give,
    given,
    send,
    standing,
)

from guomen.core.examine import Examined, Showed
from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys import inspection
from guomen.journeys.inspection import photos
from guomen.journeys.inspection.checklist import WrongAnswerError
from guomen.journeys.inspection.completing import NotForgoableError
from guomen.journeys.inspection.recording import BadRecordError, NotYoursError, Status
from guomen.journeys.replay import replay
from guomen.supervision.declarations.models import LineResult, OwedCheck
from guomen.supervision.inspections.models import (
    Conflict,
    Examination,
    Finding,
    LoadedLot,
    Photo,
    Visit,
    WorkOrder,
)
from guomen.supervision.inspections.queries import findings_of
from guomen.supervision.ledger import queries as ledger

HOUR = timedelta(hours=1)


# -- the examination ----------------------------------------------------------------------------
def test_an_inspection_in_order_asks_for_the_samples_that_the_gate_asked_for(
    register: Register,
) -> None:
    order = given(vegetables())
    done = complete(order)
    order.refresh_from_db()
    wants = Examined.MORE_SAMPLING if "sampling" in order.checks else Examined.CONFORM
    assert done.outcome is wants
    assert order.state == "completed"
    known = findings_of([order.line_id], known=LATER)[order.line_id]
    assert (known.documentary, known.identity, known.physical) == (Showed.CONFORM,) * 3
    assert known.quantity == order.line.quantity
    kinds = [e.kind for e in ledger.entries_of(order.line.reference)]
    assert kinds[-2:] == ["inspection_record", "examination"]
    assert replay().different == []


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        ({"D-AGREE": "fail"}, Examined.SUSPECT),
        ({"P-CONDITION": "fail"}, Examined.FAIL),
        ({"P-PESTS": "fail"}, Examined.FAIL),
        ({"P-PACKAGING": "fail"}, Examined.MORE_SAMPLING),
        ({"I-MARKS": "unknown"}, Examined.OPEN),
        ({"P-CONTAINER": "fail"}, Examined.MORE_SAMPLING),
        ({"P-WOOD": "fail"}, Examined.FAIL),
        ({"I-QUANTITY": Decimal(30_000)}, Examined.SUSPECT),
    ],
)
def test_answers_become_facts_and_facts_an_outcome(
    register: Register, other: dict[str, str], outcome: Examined
) -> None:
    order = given(meat())
    found = complete(order, **other).outcome
    assert found is outcome


def test_what_is_open_stays_with_the_inspector_and_is_examined_again(register: Register) -> None:
    order = given(meat())
    done = complete(order, **{"I-MARKS": "unknown"})
    order.refresh_from_db()
    assert (done.outcome, order.state) == (Examined.OPEN, "underway")
    assert done.missing["marks_agree"] == ("EXM-MARKS",)
    assert not findings_of([order.line_id], known=LATER)[order.line_id].complete
    before = ledger.entries_of(order.line.reference, kind="examination")
    again = complete(order, at=LATER + HOUR)
    assert again.outcome is not Examined.OPEN
    # The later ruling is a further entry; the earlier one is as it was.
    after = ledger.entries_of(order.line.reference, kind="examination")
    assert (len(after), after[:1]) == (2, before)
    with pytest.raises(MoveRefusedError):
        complete(order, at=LATER + 2 * HOUR)


def test_what_is_suspect_gets_a_second_look_by_another(register: Register) -> None:
    order = given(meat())
    done = complete(order, **{"D-AGREE": "fail"})
    second = WorkOrder.objects.get(reference=done.follow_up)
    assert (second.follows, second.state, second.checks) == (order, "open", order.checks)
    known = findings_of([order.line_id], known=LATER)[order.line_id]
    assert (known.outcome, known.live) == (Examined.SUSPECT, (second.reference,))
    give(second, "OFF-2")
    assert complete(second, at=LATER + HOUR, by="OFF-2").follow_up is None
    known = findings_of([order.line_id], known=LATER + HOUR)[order.line_id]
    assert known.outcome is not Examined.SUSPECT


def test_samples_are_asked_for_on_the_line(register: Register) -> None:
    order = given(meat())
    complete(order, **{"P-PACKAGING": "fail"})
    order.line.refresh_from_db()
    assert order.line.state == "sampling"


def test_an_unsigned_record_and_one_changed_after_signing_are_open(register: Register) -> None:
    order = given(meat())
    complete(order, **{"I-MARKS": "unknown"})
    marks = Finding.objects.get(order=order, item="I-MARKS", standing=True)
    send(order, finding("I-MARKS", replaces=marks.client_id))
    done = inspection.complete(order.reference, how=how(LATER + HOUR, by=INSPECTOR))
    assert (done.outcome, set(done.missing)) == (Examined.OPEN, set())
    send(order, event("signature", role="inspector", strokes=[[0, 0, 5, 5]]), at=LATER + HOUR)
    done = inspection.complete(order.reference, how=how(LATER + HOUR, by=INSPECTOR))
    assert done.outcome is not Examined.OPEN


def test_a_lot_counted_on_the_spot_gets_the_plan_that_was_missing(register: Register) -> None:
    order = given(vegetables(units_in_lot=None))
    assert (order.plan_n, bool(order.policy)) == (None, True)
    done = complete(order, **{"P-LOT": 240, "P-UNITS": 0, "P-DEFECTIVES": 0})
    assert done.outcome is Examined.OPEN
    facts = ledger.latest("examination", [order.line.reference])[order.line.reference].value()
    assert facts["facts"]["plan_n"] > 0


def test_answers_to_items_of_another_checklist_are_refused_whole(register: Register) -> None:
    order = given(meat())
    with pytest.raises(WrongAnswerError):
        complete(order, **{"L-TAGS": "conform"})
    assert standing(order) == {}


# -- loading and the port -------------------------------------------------------------------------
def test_a_lot_loaded_without_supervision_fails_and_one_without_a_seal_is_open(
    register: Register,
) -> None:
    order = given(vegetables(), "loading_supervision")
    lot = {"lot": "A", "quantity": "600", "seal": "ZH0001", "supervised": True}
    send(order, event("lot", **lot), event("lot", **(lot | {"lot": "B", "seal": ""})))
    assert complete(order).outcome is Examined.OPEN
    other = given(vegetables(own="A-2", lot="Z"), "loading_supervision")
    send(other, event("lot", **(lot | {"supervised": False})))
    assert complete(other).outcome is Examined.FAIL


def test_loading_lot_by_lot_with_seals_conforms(register: Register) -> None:
    order = given(vegetables(), "loading_supervision")
    lots = [
        event("lot", lot=f"L{n}", quantity="400", seal=f"ZH{n:04d}", supervised=True)
        for n in range(3)
    ]
    assert {taken.status for taken in send(order, *lots)} == {Status.STORED}
    assert complete(order).outcome is Examined.CONFORM
    row = Examination.objects.get(order=order)
    assert (row.loading, row.quantity) == ("conform", Decimal(1200))
    assert row.seals == ["ZH0000", "ZH0001", "ZH0002"]


@pytest.mark.parametrize(
    ("item", "outcome"),
    [
        ("X-TRANSFER", Examined.OPEN),
        ("X-SEAL", Examined.SUSPECT),
        ("X-CERTIFICATE", Examined.FAIL),
        ("X-IDENTITY", Examined.FAIL),
    ],
)
def test_the_port_checks_the_goods_against_what_was_sent(
    register: Register, item: str, outcome: Examined
) -> None:
    order = given(vegetables(), "port_check")
    assert complete(order, **{item: "fail"}).outcome is outcome


# -- not carried out ------------------------------------------------------------------------------
def test_an_inspection_not_carried_out_is_owed_and_the_goods_go_on(register: Register) -> None:
    order = given(wine())
    line = order.line
    inspection.forgo(order.reference, reason="capacity", how=how(LATER, by=INSPECTOR))
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.state, order.reason, line.state) == ("not_performed", "capacity", "released")
    assert LineResult.objects.filter(line=line).get().performed is False
    assert OwedCheck.objects.filter(owed_by=line.reference).exists()


def test_loading_is_never_left_out_and_a_reason_is_one_of_the_book(register: Register) -> None:
    order = given(vegetables(), "loading_supervision")
    for reference, reason in ((order.reference, "capacity"), (order.reference, "no_wish")):
        with pytest.raises(NotForgoableError):
            inspection.forgo(reference, reason=reason, how=how(LATER, by=INSPECTOR))


# -- merging --------------------------------------------------------------------------------------
def test_the_same_record_again_changes_nothing_and_gets_the_same_answer(register: Register) -> None:
    order = given(meat())
    one = finding("I-MARKS", "fail", note="箱号不符")
    (first,), (second,) = send(order, one), send(order, one, at=LATER + HOUR)
    assert (first.status, first.repeated, second.repeated) == (Status.STORED, False, True)
    assert Finding.objects.count() == 1
    (forged,) = send(order, finding("I-MARKS", "conform", identity=one.client_id))
    assert (forged.status, forged.code) == (Status.REFUSED, "client_id_reused")
    assert standing(order) == {"I-MARKS": "fail"}


def test_two_phones_that_did_not_see_each_other_are_shown_to_a_person(register: Register) -> None:
    order = given(meat())
    mine, theirs = finding("I-MARKS", "conform"), finding("I-MARKS", "fail")
    send(order, mine)
    (taken,) = send(order, theirs)
    assert taken.status is Status.CONFLICT
    assert standing(order) == {"I-MARKS": "conform"}
    with pytest.raises(inspection.ConflictsOpenError):
        inspection.complete(order.reference, how=how(LATER, by=INSPECTOR))
    conflict = Conflict.objects.get()
    inspection.settle_conflict(
        order.reference, conflict.pk, chosen=conflict.other_id, by=INSPECTOR, at=LATER
    )
    assert standing(order) == {"I-MARKS": "fail"}
    assert Finding.objects.count() == 2
    with pytest.raises(BadRecordError):
        inspection.settle_conflict(
            order.reference, conflict.pk, chosen=conflict.standing_id, by=INSPECTOR, at=LATER
        )


def test_two_phones_that_agree_are_no_conflict(register: Register) -> None:
    order = given(meat())
    taken = send(order, finding("I-MARKS")) + send(order, finding("I-MARKS"))
    assert {one.status for one in taken} == {Status.STORED}
    assert not Conflict.objects.exists()


def test_a_record_of_one_from_whom_the_order_was_taken_is_kept(register: Register) -> None:
    order = given(meat())
    give(order, "OFF-2")
    assert send(order, finding("I-MARKS"), by=INSPECTOR)[0].status is Status.STORED
    with pytest.raises(NotYoursError):
        send(order, finding("I-GOODS"), by="OFF-3")


def test_what_arrives_after_the_order_was_closed_is_kept_and_shown(register: Register) -> None:
    order = given(meat())
    complete(order, **{"P-CONDITION": "fail"})
    (late,) = send(order, finding("I-MARKS", "fail"), at=LATER + HOUR)
    assert late.status is Status.CONFLICT
    assert standing(order)["I-MARKS"] == "conform"


@pytest.mark.parametrize("late_stands", [True, False])
def test_a_late_answer_that_a_person_lets_stand_is_examined_anew(
    register: Register, late_stands: bool
) -> None:
    order = given(meat())
    complete(order)
    first = Examination.objects.values().get()
    send(order, finding("I-GOODS", "fail"), at=LATER + HOUR)
    # It was noted before the order was closed, and waits for a person on the day's page.
    assert [one.reference for one in inspection.undecided(INSPECTOR)] == [order.reference]
    conflict = Conflict.objects.get()
    chosen = conflict.other_id if late_stands else conflict.standing_id
    by = how(LATER + 2 * HOUR, by=INSPECTOR)
    done = inspection.choose(order.reference, conflict.pk, chosen=chosen, how=by)
    assert (done is not None) is late_stands
    assert Examination.objects.count() == 1 + late_stands
    assert Examination.objects.order_by("seq").values()[0] == first
    assert not inspection.undecided(INSPECTOR).exists()
    if done is not None:
        assert done.outcome in (Examined.SUSPECT, Examined.FAIL)
        rulings = ledger.entries_of(order.line.reference, kind="examination")
        assert [entry.seq for entry in rulings] == [first["seq"], done.seq]
    order.refresh_from_db()
    assert order.state == "completed"
    # Nothing else came since: nothing is examined again.
    assert inspection.examine_late(order.reference, how=by) is None
    assert Examination.objects.count() == 1 + late_stands


def test_a_late_seal_waits_for_a_signature_and_is_examined_anew(register: Register) -> None:
    order = given(meat())
    complete(order)
    assert not inspection.undecided(INSPECTOR).exists()
    seal = event("seal", LATER, number="S-9", use="found", state="broken")
    # The same phone sends twice: it is here once.
    for _ in range(2):
        send(order, seal, at=LATER + HOUR)
    assert Examination.objects.count() == 1
    assert [one.reference for one in inspection.undecided(INSPECTOR)] == [order.reference]
    by = how(LATER + 2 * HOUR, by=INSPECTOR)
    done = inspection.examine_late(order.reference, how=by)
    assert done is not None
    # Signed by the person, so nothing of it is open; the record that was examined is another one.
    assert done.outcome is not Examined.OPEN
    records = ledger.entries_of(order.line.reference, kind="inspection_record")
    assert len({entry.value()["record"] for entry in records}) == 2
    assert Examination.objects.count() == 2
    assert not inspection.undecided(INSPECTOR).exists()
    assert inspection.examine_late(order.reference, how=by) is None


def test_a_late_photo_is_kept_marked_and_waits_for_a_signature(
    register: Register, tmp_path: Path, settings: Settings
) -> None:
    settings.GUOMEN_VAR = tmp_path
    order = given(meat())

    def photo(at: datetime) -> Photo:
        out = io.BytesIO()
        Image.effect_noise((40, 30), 40).save(out, "PNG")
        sent = photos.Sent(
            client_id=str(uuid4()), content=out.getvalue(), item="I-GOODS", noted_at=NOW, place={}
        )
        return photos.keep(order.reference, sent, by=INSPECTOR, at=at)

    def waits() -> list[str]:
        return [one.reference for one in inspection.undecided(INSPECTOR)]

    in_time = photo(LATER - HOUR / 2)
    complete(order)
    assert (in_time.late, waits()) == (False, [])
    late = photo(LATER + HOUR)
    assert waits() == [order.reference]
    order.refresh_from_db()
    assert order.late_at == LATER + HOUR
    assert [row.late for row in order.photos.all()] == [False, True]
    done = inspection.examine_late(order.reference, how=how(LATER + 2 * HOUR, by=INSPECTOR))
    assert done is not None
    # The further examination stands on both photos; the earlier one on what it saw.
    records = ledger.entries_of(order.line.reference, kind="inspection_record")
    assert [set(entry.value()["photos"]) for entry in records] == [
        {in_time.sha256}, {in_time.sha256, late.sha256},
    ]  # fmt: skip
    assert waits() == []


def test_a_clock_that_is_off_is_put_right_and_said(register: Register) -> None:
    order = given(meat())
    a_day = 86_400
    fast = event("visit", LATER + timedelta(seconds=a_day), latitude="22.2156", longitude="113.55")
    slow = event("visit", LATER - timedelta(seconds=a_day))
    send(order, fast, off=-a_day)
    send(order, slow, off=a_day)
    visits = Visit.objects.order_by("pk")
    assert [visit.noted_at for visit in visits] == [LATER, LATER]
    assert [visit.clock_off_seconds for visit in visits] == [-a_day, a_day]
    assert visits[0].latitude == Decimal("22.2156")
    order.refresh_from_db()
    assert order.state == "underway"


@pytest.mark.parametrize(
    "bad",
    [
        event("finding", item="NO-SUCH", answer="conform"),
        event("finding", item="I-MARKS", answer="perhaps"),
        event("finding", item="I-QUANTITY", answer="conform", value="-1"),
        event("finding", item="I-QUANTITY", answer="conform", value="NaN"),
        event("finding", item="I-QUANTITY", answer="conform", value="0.0001"),
        event("seal", number="", use="found"),
        event("seal", number="A", use="eaten"),
        event("lot", lot="A", quantity="0", supervised=True),
        event("signature", role="passer-by"),
        event("signature", role="inspector", strokes=[["x"]]),
        event("signature", role="inspector", strokes=[[1] * 2_000] * 3),
        event("poem", text="x"),
        event("visit", identity="../../etc/passwd"),
    ],
    ids=lambda bad: f"{bad.kind}-{sorted(bad.data.items())}"[:60],
)
def test_a_bad_record_is_refused_by_itself_and_the_others_are_stored(
    register: Register, bad: inspection.Event
) -> None:
    order = given(meat())
    refused, stored = send(order, bad, finding("I-MARKS"))
    assert (refused.status, stored.status) == (Status.REFUSED, Status.STORED)
    assert refused.code
    assert standing(order) == {"I-MARKS": "conform"}
    assert not LoadedLot.objects.exists()


@pytest.fixture
def meat_order(register: Register) -> WorkOrder:
    return given(meat())


# The order's records are taken away before each example.
@examples(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@with_examples(
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(["conform", "fail", "unknown"])),
        min_size=1,
        max_size=6,
    ),
    dice=st.randoms(use_true_random=False),
)
def test_nothing_that_was_sent_is_lost_in_any_order_with_repeats(
    meat_order: WorkOrder, steps: list[tuple[int, str]], dice: Random
) -> None:
    """Two phones note answers on their own, then send them in any order, some of them twice."""
    order = meat_order
    for rows in (order.conflicts, order.findings, order.received):
        rows.all().delete()
    last = {0: "", 1: ""}
    made = []
    for phone, answer in steps:
        one = finding("I-MARKS", answer, replaces=last[phone])
        last[phone] = one.client_id
        made.append(one)
    sent = [*made, *made]
    dice.shuffle(sent)
    for one in sent:
        send(order, one)
    kept = set(Finding.objects.filter(order=order).values_list("client_id", flat=True))
    assert kept == {one.client_id for one in made}
    assert Finding.objects.filter(order=order, standing=True).count() == 1
    # Where the two phones ended apart, somebody is shown both.
    ends = {one.data["answer"] for one in made if one.client_id in last.values()}
    if len(ends) > 1:
        assert Conflict.objects.filter(order=order, settled_at__isnull=True).exists()


def test_choosing_what_stands_keeps_its_newest_answer(register: Register) -> None:
    order = given(meat())
    mine, theirs = finding("I-MARKS", "conform"), finding("I-MARKS", "fail")
    send(order, mine, theirs, finding("I-MARKS", "unknown", replaces=mine.client_id))
    conflict = Conflict.objects.get()
    inspection.settle_conflict(
        order.reference, conflict.pk, chosen=conflict.standing_id, by=INSPECTOR, at=LATER
    )
    assert standing(order) == {"I-MARKS": "unknown"}
