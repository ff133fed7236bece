"""Classes: evidence for every element, a second person at the right place, the next ruling."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.desks import people
from tests.journeys import builders

from guomen.core.classification import Element
from guomen.core.lifecycle import MoveRefusedError
from guomen.core.ruling import Mode
from guomen.journeys.standing import acting, classing
from guomen.supervision.agencies.operations import ConflictOfInterestError, SamePersonError
from guomen.supervision.classification import operations, queries
from guomen.supervision.classification.lifecycle import ASSESSMENT
from guomen.supervision.classification.lifecycle import AssessmentMove as Move
from guomen.supervision.classification.models import EnterpriseClass
from guomen.supervision.credit.models import RulingFlag

DAY, TODAY, NOW = timedelta(days=1), builders.TODAY, builders.NOW


def how(by="OFC-B", at=NOW, agency=builders.BUREAU):
    return builders.how(at, by=by, agency=agency)


def scored(score, **more):
    plain = {e: (0 if e is Element.OTHER else score, "核查记录") for e in Element}
    return plain | {Element(name): given for name, given in more.items()}


@pytest.fixture
def firm(register):
    return register.enterprises[builders.TOYMAKER]


@pytest.fixture
def assessor(register):
    return people.officer("assessor")


def submitted(firm, assessor, score=60, at=NOW):
    made = classing.begin(firm, how=how(assessor.key, at))
    classing.write(made, scored(score), how=how(assessor.key, at))
    return classing.move(made, Move.SUBMIT, how=how(assessor.key, at))


def grade(firm, on=TODAY, known=None):
    rows = EnterpriseClass.objects.as_of(on, known=known or NOW + DAY).filter(enterprise=firm)
    return rows.get().grade


def test_a_signed_class_binds_the_very_next_ruling_and_flags_open_ones(firm, assessor):
    (before,) = builders.lodged(builders.toys(documents=None))
    made = submitted(firm, assessor)
    assert grade(firm) == 2
    at = NOW + timedelta(minutes=1)
    classing.move(made, Move.SIGN, reason="同意", how=how(at=at))
    (after,) = builders.lodged(builders.toys("A-9"), at=at + timedelta(minutes=1))
    assert builders.body(before)["facts"]["enterprise_class"] == 2
    assert builders.body(after)["facts"]["enterprise_class"] == 3
    flag = RulingFlag.objects.get(fact="enterprise_class")
    assert (flag.line, flag.read, flag.now) == (before.reference, "2", "3")


def test_a_class_is_valid_for_its_years_and_then_due(firm, assessor):
    classing.move(submitted(firm, assessor), Move.SIGN, how=how())
    held = EnterpriseClass.objects.current().get(enterprise=firm, ends=date(2015, 5, 24))
    assert held.assessment is not None
    assert not queries.due(on=TODAY, known=NOW).filter(enterprise=firm).exists()
    soon = date(2015, 3, 1)
    assert queries.due(on=soon, known=NOW).get(enterprise=firm) == held
    late = NOW + 1030 * DAY
    classing.move(submitted(firm, assessor, at=late), Move.SIGN, how=how(at=late))
    assert not queries.due(on=soon, known=late).filter(enterprise=firm).exists()
    assert [c.grade for c in queries.history_of(firm.pk)] == [2, 3, 3]


@pytest.mark.parametrize("score", [95, 20])
def test_classes_1_and_4_are_signed_at_the_bureau_only(firm, assessor, score):
    made = submitted(firm, assessor, score)
    with pytest.raises(acting.NotAtBureauError):
        classing.move(made, Move.SIGN, how=how(agency="ZHGB"))
    classing.move(made, Move.SIGN, how=how())
    assert grade(firm) == (1 if score == 95 else 4)


def test_classes_2_and_3_are_signed_where_the_enterprise_is_looked_after(firm, assessor):
    classing.move(submitted(firm, assessor), Move.SIGN, how=how(agency="ZHGB"))
    assert grade(firm) == 3


def test_the_assessor_does_not_sign_now_nor_next_time(firm, assessor):
    made = submitted(firm, assessor)
    with pytest.raises(SamePersonError):
        classing.move(made, Move.SIGN, how=how(assessor.key))
    classing.move(made, Move.RETURN, reason="证据不足", how=how())
    other = people.officer("other")
    classing.write(made, scored(60), how=how(other.key))
    classing.move(made, Move.SUBMIT, how=how(other.key))
    with pytest.raises(ConflictOfInterestError):
        classing.move(made, Move.SIGN, how=how(assessor.key))


@pytest.mark.parametrize(
    "gap", [{"credit": (None, "")}, {"credit": (80, " ")}, {"other": (None, "x")}]
)
def test_an_element_without_score_or_evidence_is_not_submitted(firm, assessor, gap):
    made = classing.begin(firm, how=how(assessor.key))
    classing.write(made, scored(60, **gap), how=how(assessor.key))
    with pytest.raises(classing.AssessmentRefusedError):
        classing.move(made, Move.SUBMIT, how=how(assessor.key))


def test_of_two_assessors_the_second_is_told_and_nothing_is_lost(firm, assessor):
    made = classing.begin(firm, how=how(assessor.key))
    assert classing.begin(firm, how=how("OFC-X")) == made
    classing.write(made, scored(60), how=how(assessor.key), seen=made.version)
    with pytest.raises(operations.AssessmentChangedError):
        classing.write(made, scored(90), how=how("OFC-X"), seen=made.version)
    made.refresh_from_db()
    assert made.total == 6_000


def test_what_was_submitted_is_not_written_to(firm, assessor):
    made = submitted(firm, assessor)
    with pytest.raises(operations.AssessmentClosedError):
        classing.write(made, scored(90), how=how(assessor.key))


def test_the_table_is_walked(firm):
    for state in ASSESSMENT.states():
        for move in Move:
            if (state, move) in ASSESSMENT.moves:
                assert ASSESSMENT.after(state, move) in ASSESSMENT.states()
            else:
                with pytest.raises(MoveRefusedError):
                    ASSESSMENT.after(state, move)


def test_trying_a_class_out_counts_the_goods_of_the_year_and_writes_nothing(firm):
    builders.lodged(builders.toys())
    builders.lodged(builders.toys("A-2", lot="L-2"))
    before = EnterpriseClass.objects.count()
    found = {t.risk: t for t in classing.try_out(firm, 4, at=NOW + DAY, on=TODAY)}
    toys = next(t for t in found.values() if t.lots)
    assert toys.lots == 2
    assert toys.after is Mode.SPECIAL
    assert toys.opened_after == 2
    assert toys.opened_before < 2
    assert EnterpriseClass.objects.count() == before
