"""Goods that failed: to the unit, only by what the law opens, only once it is proved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.journeys.builders import NOW, how
from tests.journeys.test_settling import HOUR, inspected, now, ordered, settled

from guomen.core.dispose import DisposalKind, Disposition
from guomen.core.errors import GuomenError
from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys import disposal
from guomen.journeys.disposal import Proof, handling, reviewing
from guomen.rulebooks.disposal_terms import PROOF_FOR
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.models import Disposal, Nonconformity, Review
from guomen.supervision.inspections.models import Examination
from guomen.supervision.ledger import queries as ledger

pytestmark = pytest.mark.usefixtures("register")
RETURN, DESTROY, PURIFY = DisposalKind.RETURN, DisposalKind.DESTROY, DisposalKind.PURIFY
DAY = timedelta(days=1)
RECORD = Proof(kind="exit_record", number="EX-1", seal="S-9")


def failed(quantity: str | None = "100") -> tuple[Line, Nonconformity]:
    line = ordered("inspect", quantity=quantity)
    inspected(line, "fail", physical="fail")
    settled(line)
    return line, Nonconformity.objects.get(line=line)


def officer(name: str = "OFC-1", at: Any = NOW + 2 * HOUR) -> Any:
    return how(at, by=name)


def done(kind: DisposalKind, quantity: str, row: Nonconformity) -> None:
    one = disposal.choose(row.reference, kind, Decimal(quantity), how=how(by="REP-1"))
    disposal.order(one, how=officer("OFC-1"))
    disposal.carry_out(one, how=officer("OFC-1"))
    proof = Proof(kind=PROOF_FOR[kind][0], number="P-1")
    disposal.prove(one, proof, how=officer("OFC-2"))


def test_every_unit_is_accounted_for_before_the_case_closes() -> None:
    line, row = failed()
    done(RETURN, "60", row)
    row.refresh_from_db()
    assert (row.state, now(line).state) == ("disposing", "under_disposal")
    disposal.sort_out(row.reference, Decimal(15), report="R-1", how=officer())
    assert queries.balance(row).left == Decimal(40)  # what is read is of the row, not newer
    row.refresh_from_db()
    assert queries.balance(row).left == Decimal(25)
    with pytest.raises(handling.TooMuchError):
        disposal.choose(row.reference, DESTROY, Decimal("25.001"), how=how())
    done(DESTROY, "25", row)
    row.refresh_from_db()
    assert (row.state, now(line).state) == ("closed", "disposed")
    parts = queries.balance(row)
    assert parts.declared == parts.released + parts.proved == Decimal(100)
    kinds = [e.kind for e in ledger.entries_of(line.reference) if e.kind.startswith("disposal.")]
    assert kinds[-1] == handling.CLOSED


def test_only_what_the_ruling_opens_can_be_chosen() -> None:
    _, row = failed()
    with pytest.raises(handling.NotOpenError):
        disposal.choose(row.reference, PURIFY, Decimal(1), how=how())


def test_nobody_sorts_everything_out_by_word() -> None:
    _, row = failed()
    with pytest.raises(handling.TooMuchError):
        disposal.sort_out(row.reference, Decimal(100), report="R", how=officer())


@pytest.mark.parametrize("quantity", ["0", "-1", "100.001"])
def test_no_quantity_beyond_what_failed_is_disposed_of(quantity: str) -> None:
    _, row = failed()
    with pytest.raises(handling.TooMuchError):
        disposal.choose(row.reference, RETURN, Decimal(quantity), how=how())


def test_what_is_not_known_cannot_be_reconciled() -> None:
    _, row = failed(quantity=None)
    with pytest.raises(handling.TooMuchError):
        disposal.choose(row.reference, RETURN, Decimal(1), how=how())


def test_a_disposal_is_proved_by_the_right_paper_and_another_person() -> None:
    _, row = failed()
    one = disposal.choose(row.reference, RETURN, Decimal(100), how=how())
    with pytest.raises(MoveRefusedError):
        disposal.prove(one, RECORD, how=officer("OFC-2"))
    disposal.order(one, how=officer("OFC-1"))
    disposal.carry_out(one, how=officer("OFC-1"))
    with pytest.raises(handling.BadProofError):
        disposal.prove(one, Proof(kind="retest_report", number="1"), how=officer("OFC-2"))
    with pytest.raises(handling.BadProofError):
        disposal.prove(one, Proof(kind="exit_record", number=" "), how=officer("OFC-2"))
    with pytest.raises(handling.SecondPersonError):
        disposal.prove(one, RECORD, how=officer("OFC-1"))
    disposal.prove(one, RECORD, how=officer("OFC-2"))
    assert Disposal.objects.get().seal == "S-9"


def test_what_failed_again_after_treatment_is_decided_about_again() -> None:
    _, row = failed()
    Nonconformity.objects.update(disposals_open=["purify", "destroy"])
    one = disposal.choose(row.reference, PURIFY, Decimal(100), how=how())
    disposal.order(one, how=officer())
    disposal.carry_out(one, how=officer())
    disposal.retest_failed(one, note="still above the limit", how=officer("OFC-2"))
    row.refresh_from_db()
    assert queries.balance(row).left == Decimal(100)
    done(DESTROY, "100", row)
    row.refresh_from_db()
    assert row.state == "closed"


def test_reinspection_is_asked_for_in_time_and_answered_by_new_results() -> None:
    line, row = failed()
    asked = disposal.ask_review(row.reference, ground="取样不当", how=how(NOW + 15 * DAY))
    assert now(line).state == "reinspection"
    review = Review.objects.get(reference=asked)
    assert (review.answer_until.date() - review.asked_at.date()).days == 60
    Examination.objects.update(physical="conform", outcome="conform")
    assert settled(line, at=NOW + 20 * DAY) is Disposition.RELEASE
    assert now(line).state == "released"
    review.refresh_from_db()
    row.refresh_from_db()
    assert (review.state, row.state) == ("overturned", "lifted")


def test_the_sixteenth_day_is_too_late() -> None:
    line, row = failed()
    with pytest.raises(reviewing.TooLateError):
        disposal.ask_review(row.reference, ground="?", how=how(NOW + 17 * DAY))
    assert now(line).state == "nonconforming"


def test_a_finding_is_upheld_by_somebody_who_did_not_rule() -> None:
    line, row = failed()
    asked = disposal.ask_review(row.reference, ground="?", how=how(NOW + DAY))
    with pytest.raises(handling.SecondPersonError):
        disposal.uphold(asked, answer="no", how=how(NOW + 2 * DAY))  # REP-1 ruled in this test
    disposal.uphold(asked, answer="留样复检仍不合格", how=officer("OFC-9", NOW + 2 * DAY))
    row.refresh_from_db()
    assert (row.state, now(line).state) == ("notified", "nonconforming")
    with pytest.raises(GuomenError):
        disposal.uphold(asked, answer="again", how=officer("OFC-9"))


def test_goods_under_disposal_are_not_reviewed_any_more() -> None:
    _, row = failed()
    one = disposal.choose(row.reference, RETURN, Decimal(10), how=how())
    disposal.order(one, how=officer())
    with pytest.raises(MoveRefusedError):
        disposal.ask_review(row.reference, ground="?", how=how(NOW + DAY))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["choose", "order", "carry_out", "prove", "cancel", "sort_out", "retest"]),
        st.integers(0, 4),
        st.decimals(Decimal("0.001"), Decimal(120), places=3),
    ),
    max_size=14,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_tried_nothing_vanishes_and_nothing_appears(steps: list[Any]) -> None:
    with transaction.atomic():
        _, row = failed()
        for step, which, quantity in steps:
            ones = list(Disposal.objects.filter(nonconformity=row).order_by("pk"))
            one = ones[which % len(ones)].pk if ones else 0
            kind = (RETURN, DESTROY)[which % 2]
            tries = {
                "choose": lambda k=kind, q=quantity: disposal.choose(
                    row.reference, k, q, how=how()
                ),
                "order": lambda d=one: disposal.order(d, how=officer()),
                "carry_out": lambda d=one: disposal.carry_out(d, how=officer()),
                "prove": lambda d=one: disposal.prove(d, _proof(d), how=officer("OFC-2")),
                "cancel": lambda d=one: disposal.cancel(d, how=officer()),
                "sort_out": lambda q=quantity: disposal.sort_out(
                    row.reference, q, report="R", how=officer()
                ),
                "retest": lambda d=one: disposal.retest_failed(d, note="", how=officer()),
            }
            try:
                tries[step]()
            except GuomenError:
                continue
            row.refresh_from_db()
            parts = queries.balance(row)
            assert parts.left is not None
            assert parts.left >= 0
            assert parts.released + parts.disposed + parts.left == parts.declared
            assert (row.state == "closed") == parts.settled
        transaction.set_rollback(True)


def _proof(pk: int) -> Proof:
    one = Disposal.objects.filter(pk=pk).first()
    kind = PROOF_FOR[DisposalKind(one.kind)][0] if one else "exit_record"
    return Proof(kind=kind, number="P")
