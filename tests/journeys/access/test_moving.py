"""A licence through its life: who may move it, what that does to the very next ruling."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from tests.desks import people as officers
from tests.journeys import builders
from tests.journeys.access import people
from tests.journeys.access.people import DAY, FIRST, HOLDER, HOUR, SECOND, THIRD

from guomen.core.lifecycle import MoveRefusedError
from guomen.core.severity import Outcome
from guomen.journeys import replay
from guomen.journeys.access import appealing, applying, moving, noticing, reviewing
from guomen.journeys.access.actors import TiedError
from guomen.journeys.access.moving import Wish
from guomen.journeys.clearance import lodge
from guomen.rulebooks import licensing
from guomen.rulebooks.checklists import items_for
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import InterestKind, Officer, Role
from guomen.supervision.licences.lifecycle import (
    APPEAL,
    LICENCE,
    REVIEW,
    AppealMove,
    LicenceMove,
    LicenceState,
)
from guomen.supervision.licences.models import (
    AnswerKind,
    Conclusion,
    HolderNotice,
    Licence,
    LicenceAct,
    LicenceKind,
    LicenceTerm,
    Occasion,
)
from guomen.supervision.licences.operations import LicenceMovedError

pytestmark = pytest.mark.usefixtures("register")

SUSPEND = Wish(move=LicenceMove.SUSPEND, reason="correction_due")
REVOKE = Wish(move=LicenceMove.REVOKE, reason="conditions_lost", note="无台账")


def outcome(own: str, at: object) -> Outcome:
    rows = [builders.vegetables(own)]
    (found,) = lodge(rows, how=builders.how(at)).outcomes.values()  # type: ignore[arg-type]
    return found


def answer_all(review: int, who: object, answer: AnswerKind = AnswerKind.CONFORMS) -> None:
    for item in items_for("base_filing"):
        given = reviewing.Answered(item=item.code, answer=answer, note="见记录")
        reviewing.answer(review, given, who=who)  # type: ignore[arg-type]


def test_a_suspension_counts_from_the_next_ruling_and_rewrites_none() -> None:
    licence, now = people.base_filing(), builders.NOW
    before = builders.lodged(builders.vegetables("V-1"), at=now)[0]
    stored = builders.body(before)
    moving.act(licence.pk, SUSPEND, who=people.at(now + HOUR))
    assert outcome("V-2", now + 2 * HOUR) is Outcome.REFUSE
    moving.act(
        licence.pk,
        Wish(move=LicenceMove.REINSTATE, reason="corrected"),
        who=people.at(now + 3 * HOUR),
    )
    assert outcome("V-3", now + 4 * HOUR) is Outcome.INSPECT_AND_SAMPLE
    before.refresh_from_db()
    assert builders.body(before) == stored
    assert replay.replay().holds


def test_a_move_made_at_the_moment_of_a_ruling_is_known_only_after_it() -> None:
    licence = people.base_filing()
    builders.lodged(builders.vegetables("V-1"), at=builders.NOW + HOUR)
    # The clock of the officer lags behind the newest ruling.
    act = moving.act(licence.pk, SUSPEND, who=FIRST)
    assert act.decided_at > builders.NOW + HOUR
    assert outcome("V-2", builders.NOW + 2 * HOUR) is Outcome.REFUSE


def test_a_revocation_waits_for_the_holder_and_a_second_person() -> None:
    licence, now = people.base_filing(), builders.NOW
    act = moving.act(licence.pk, REVOKE, who=FIRST)
    assert outcome("V-1", now + HOUR) is not Outcome.REFUSE
    intent = HolderNotice.objects.get(act=act)
    assert intent.kind == "intent"
    assert intent.heard_until == act.heard_until
    # Five working days after Thursday 24 May 2012 end on 31 May.
    assert noticing.working_day(now, 5) == date(2012, 5, 31)
    with pytest.raises(moving.SecondPersonError):
        moving.decide(act.pk, approve=True, who=people.later(now + 9 * DAY, by="OFC-1"))
    with pytest.raises(moving.NotYetHeardError):
        moving.decide(act.pk, approve=True, who=SECOND)
    appealing.state_case(act.pk, "台账已补。", who=HOLDER)
    decided = moving.decide(act.pk, approve=True, who=people.later(now + 2 * HOUR))
    assert (decided.approved, decided.decided_by) == (True, "OFC-2")
    assert outcome("V-2", now + 3 * HOUR) is Outcome.REFUSE
    told = HolderNotice.objects.filter(act=act).exclude(pk=intent.pk).get()
    assert "无台账" in told.body_zh
    assert told.appeal_until is not None


def test_a_refused_proposal_changes_nothing_for_the_holder() -> None:
    licence = people.base_filing()
    act = moving.act(licence.pk, REVOKE, who=FIRST)
    moving.decide(act.pk, approve=False, who=SECOND)
    assert outcome("V-1", builders.NOW + HOUR) is not Outcome.REFUSE
    moving.act(licence.pk, SUSPEND, who=people.at(builders.NOW + 2 * HOUR))
    assert outcome("V-2", builders.NOW + 3 * HOUR) is Outcome.REFUSE


def test_the_database_itself_refuses_one_person_for_a_serious_move() -> None:
    act = moving.act(people.base_filing().pk, REVOKE, who=FIRST)
    with pytest.raises(IntegrityError), transaction.atomic():
        LicenceAct.objects.filter(pk=act.pk).update(approved=True, decided_by="OFC-1")


def test_whoever_has_a_tie_decides_nothing() -> None:
    licence = people.base_filing()
    officer = officers.officer("tied", Role.ACCESS_REVIEWER)
    Officer.objects.filter(pk=officer.pk).update(key="OFC-1")
    agencies.declare_interest(
        Officer.objects.get(pk=officer.pk),
        licence.site.enterprise.pk,  # type: ignore[union-attr]
        InterestKind.RELATIVE,
        on=builders.FOUNDED,
        at=builders.RECORDED,
    )
    with pytest.raises(TiedError):
        moving.act(licence.pk, SUSPEND, who=FIRST)
    act = moving.act(licence.pk, REVOKE, who=SECOND)
    with pytest.raises(TiedError):
        moving.decide(act.pk, approve=True, who=people.later(builders.NOW + 9 * DAY, by="OFC-1"))
    assert LicenceTerm.objects.filter(licence=licence).current().get(ends=None).state == "granted"


def test_an_assessor_neither_grants_nor_decides() -> None:
    licence = people.base_filing()
    review = reviewing.plan(
        licence, Occasion.YEARLY, due=builders.TODAY, assessors=["OFC-2"], who=FIRST
    )
    answer_all(review.pk, SECOND, AnswerKind.MAJOR)
    assert reviewing.conclude(review.pk, who=SECOND).conclusion == Conclusion.FAIL
    act = moving.act(licence.pk, REVOKE, who=FIRST)
    with pytest.raises(TiedError):
        moving.decide(act.pk, approve=True, who=people.later(builders.NOW + 9 * DAY))
    moving.decide(act.pk, approve=True, who=people.later(builders.NOW + 9 * DAY, by="OFC-3"))


def test_two_officers_on_one_licence_the_second_is_told() -> None:
    licence = people.base_filing()
    seen = licence.version
    moving.act(licence.pk, SUSPEND, who=FIRST, version=seen)
    with pytest.raises(LicenceMovedError):
        moving.act(licence.pk, REVOKE, who=SECOND, version=seen)
    assert people.acts(licence) == [("suspend", "granted", "suspended")]


def test_only_one_proposal_waits() -> None:
    licence = people.base_filing()
    moving.act(licence.pk, REVOKE, who=FIRST)
    with pytest.raises(moving.ActDecidedError):
        moving.act(licence.pk, SUSPEND, who=SECOND)


def test_nothing_counts_from_a_past_day_or_without_a_reason_of_the_book() -> None:
    licence = people.base_filing()
    with pytest.raises(moving.EffectiveDayError):
        moving.act(
            licence.pk,
            Wish(move=LicenceMove.SUSPEND, reason="correction_due", on=date(2012, 5, 23)),
            who=FIRST,
        )
    with pytest.raises(moving.ReasonRefusedError):
        moving.act(licence.pk, Wish(move=LicenceMove.SUSPEND, reason="renewed"), who=FIRST)
    assert people.acts(licence) == []


def reviewed_base_filing() -> Licence:
    """Return a filing whose file is complete, so that only the table says what is open."""
    licence = people.base_filing()
    Licence.objects.filter(pk=licence.pk).update(
        documents=list(licensing.DOCUMENTS_FOR["base_filing"])
    )
    review = reviewing.plan(
        licence, Occasion.APPLICATION, due=builders.TODAY, assessors=["OFC-9"], who=FIRST
    )
    answer_all(review.pk, people.at(by="OFC-9"))
    reviewing.conclude(review.pk, who=people.at(by="OFC-9"))
    return licence


def test_every_state_answers_every_move_as_the_table_says() -> None:
    licence = reviewed_base_filing()
    tried = 0
    for state, move in product(LicenceState, moving.BY_OFFICERS):
        wish = Wish(move=move, reason=licensing.REASONS_FOR[move.value][0])
        mark = transaction.savepoint()
        LicenceTerm.objects.filter(licence=licence).current().update(state=state.value)
        if (state, move) not in LICENCE.moves:
            with pytest.raises(MoveRefusedError):
                moving.act(licence.pk, wish, who=FIRST)
        else:
            act = moving.act(licence.pk, wish, who=FIRST)
            if move in LICENCE.serious:
                moving.decide(act.pk, approve=True, who=people.later(builders.NOW + 9 * DAY))
            act.refresh_from_db()
            assert act.approved is True
            held = LicenceTerm.objects.filter(licence=licence).current().order_by("begins").last()
            assert held is not None
            assert held.state == LICENCE.moves[state, move].value
            tried += 1
        transaction.savepoint_rollback(mark)
    assert tried == sum(move in moving.BY_OFFICERS for _, move in LICENCE.moves)


def test_the_tables_of_reviews_and_appeals_reach_every_state_and_name_it() -> None:
    for table in (REVIEW, APPEAL):
        assert set(table.states()) == set(table.state_names)
        assert {move for _, move in table.moves} == set(table.move_names)


def test_an_application_from_documents_to_grant() -> None:
    site = people.base_filing().site
    assert site is not None
    asked = applying.Asked(
        kind=LicenceKind.BASE_FILING,
        hs_prefixes=("0705",),
        site=site,
        documents=("application_form",),
    )
    licence = applying.apply(site.enterprise, asked, who=HOLDER)
    with pytest.raises(applying.ApplicationRefusedError):
        applying.apply(site.enterprise, asked, who=HOLDER)
    with pytest.raises(moving.DocumentsMissingError):
        moving.act(licence.pk, Wish(move=LicenceMove.ACCEPT, reason="complete"), who=FIRST)
    ask = Wish(move=LicenceMove.ASK_DOCUMENTS, reason="documents_missing")
    moving.act(licence.pk, ask, who=FIRST)
    told = HolderNotice.objects.get(licence=licence)
    assert "土地使用证明" in told.body_zh
    licence.refresh_from_db()
    with pytest.raises(applying.ApplicationRefusedError):
        applying.complete(licence, ["land_right"], who=HOLDER)
    applying.complete(licence, list(licensing.DOCUMENTS_FOR["base_filing"]), who=HOLDER)
    moving.act(licence.pk, Wish(move=LicenceMove.ACCEPT, reason="complete"), who=FIRST)
    grant = Wish(move=LicenceMove.GRANT, reason="review_passed")
    with pytest.raises(moving.ReviewMissingError):
        moving.act(licence.pk, grant, who=FIRST)
    review = reviewing.plan(
        licence, Occasion.APPLICATION, due=builders.TODAY, assessors=["OFC-2"], who=FIRST
    )
    answer_all(review.pk, SECOND)
    reviewing.conclude(review.pk, who=SECOND)
    moving.act(licence.pk, grant, who=THIRD)
    held = LicenceTerm.objects.as_of(builders.TODAY, known=builders.NOW + HOUR).get(licence=licence)
    assert (held.state, held.hs_prefixes) == ("granted", ["0705"])
    # Decree 120: a filing of a base holds for four years.
    assert held.ends == date(2016, 5, 24)


def test_a_renewal_in_time_adds_to_the_old_end_and_a_late_one_begins_anew() -> None:
    licence = people.base_filing()
    LicenceTerm.objects.filter(licence=licence).current().update(ends=date(2012, 6, 10))
    applying.ask_renewal(licence, who=HOLDER)
    licence.refresh_from_db()
    with pytest.raises(applying.ApplicationRefusedError):
        applying.ask_renewal(licence, who=HOLDER)
    renew = Wish(move=LicenceMove.RENEW, reason="renewed")
    moving.act(licence.pk, renew, who=FIRST)
    term = LicenceTerm.objects.as_of(builders.TODAY, known=builders.NOW + HOUR)
    assert term.get(licence=licence).ends == date(2016, 6, 10)
    LicenceTerm.objects.filter(licence=licence).current().update(ends=date(2012, 5, 30))
    assert outcome("V-1", builders.NOW + 7 * DAY) is Outcome.REFUSE
    moving.act(licence.pk, renew, who=people.at(builders.NOW + 8 * DAY))
    builders.commit_keys(builders.TODAY + 8 * DAY, builders.TODAY + 10 * DAY)
    late = LicenceTerm.objects.as_of(date(2012, 6, 1), known=builders.NOW + 9 * DAY)
    assert late.get(licence=licence).ends == date(2016, 6, 1)


# -- appeals ---------------------------------------------------------------------------------------


def revoked(licence: Licence) -> LicenceAct:
    act = moving.act(licence.pk, REVOKE, who=FIRST)
    appealing.state_case(act.pk, "请复核。", who=HOLDER)
    return moving.decide(act.pk, approve=True, who=SECOND)


def test_by_law_a_revocation_goes_on_during_an_appeal_until_it_is_stayed() -> None:
    licence, now = people.base_filing(), builders.NOW
    act = revoked(licence)
    appeal = appealing.file(
        act.pk,
        licence.site.enterprise,  # type: ignore[union-attr]
        "事实有误",
        who=people.at(now + HOUR, "REP-1"),
    )
    assert appeal.holds_back == ["publication", "closing"]
    assert outcome("V-1", now + 2 * HOUR) is Outcome.REFUSE
    with pytest.raises(appealing.AppealRefusedError):
        appealing.decide(appeal.pk, AppealMove.STAY, who=people.later(now + 3 * HOUR), note="-")
    appealing.decide(
        appeal.pk, AppealMove.STAY, who=people.later(now + 3 * HOUR, "OFC-3"), note="影响重大"
    )
    assert outcome("V-2", now + 4 * HOUR) is not Outcome.REFUSE
    appealing.decide(
        appeal.pk, AppealMove.DISMISS, who=people.later(now + 5 * HOUR, "OFC-3"), note="维持"
    )
    assert outcome("V-3", now + 6 * HOUR) is Outcome.REFUSE
    assert replay.replay().holds


def test_an_upheld_appeal_brings_back_what_stood_before() -> None:
    licence, now = people.base_filing(), builders.NOW
    moving.act(licence.pk, SUSPEND, who=FIRST)
    act = revoked(licence)
    appeal = appealing.file(
        act.pk,
        licence.site.enterprise,  # type: ignore[union-attr]
        "事实有误",
        who=people.at(now + HOUR, "REP-1"),
    )
    appealing.decide(
        appeal.pk, AppealMove.UPHOLD, who=people.later(now + 2 * HOUR, "OFC-3"), note="证据不足"
    )
    held = LicenceTerm.objects.as_of(builders.TODAY, known=now + 3 * HOUR).get(licence=licence)
    # It was suspended before it was revoked, and is again.
    assert held.state == "suspended"


def test_a_lapse_that_is_appealed_against_leaves_the_licence_in_force() -> None:
    licence, now = people.base_filing(), builders.NOW
    act = moving.act(licence.pk, Wish(move=LicenceMove.LAPSE, reason="idle"), who=FIRST)
    assert outcome("V-1", now + HOUR) is Outcome.REFUSE
    appeal = appealing.file(
        act.pk,
        licence.site.enterprise,  # type: ignore[union-attr]
        "仍在供货",
        who=people.at(now + 2 * HOUR, "REP-1"),
    )
    assert "admission" in appeal.holds_back
    assert outcome("V-2", now + 3 * HOUR) is not Outcome.REFUSE
    appealing.withdraw(appeal.pk, who=people.at(now + 4 * HOUR, "REP-1"))
    assert outcome("V-3", now + 5 * HOUR) is Outcome.REFUSE


def test_an_appeal_comes_in_time_once_and_against_a_decision() -> None:
    licence, now = people.base_filing(), builders.NOW
    enterprise = licence.site.enterprise  # type: ignore[union-attr]
    proposed = moving.act(licence.pk, REVOKE, who=FIRST)
    with pytest.raises(appealing.AppealRefusedError):
        appealing.file(proposed.pk, enterprise, "事实有误", who=HOLDER)
    appealing.state_case(proposed.pk, "请复核。", who=HOLDER)
    act = moving.decide(proposed.pk, approve=True, who=SECOND)
    with pytest.raises(appealing.AppealRefusedError):
        appealing.file(act.pk, enterprise, "迟", who=people.at(now + timedelta(days=61), "REP-1"))
    appealing.file(act.pk, enterprise, "事实有误", who=people.at(now + HOUR, "REP-1"))
    with pytest.raises(appealing.AppealRefusedError):
        appealing.file(act.pk, enterprise, "再次", who=people.at(now + HOUR, "REP-1"))
