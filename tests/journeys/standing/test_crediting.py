"""Credit files: the level always follows the records, the next ruling follows the level."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from tests.desks import people
from tests.journeys import builders

from guomen.core.credit import Level, level_on, rate
from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys.standing import acting, crediting, merits, reconsidering
from guomen.rulebooks.credit_items import ITEMS, TERMS
from guomen.supervision.agencies.models import InterestKind
from guomen.supervision.agencies.operations import (
    ConflictOfInterestError,
    SamePersonError,
    declare_interest,
)
from guomen.supervision.credit import operations, queries
from guomen.supervision.credit.lifecycle import MERIT, RECORD, MeritMove, MeritState, RecordState
from guomen.supervision.credit.models import CreditFile, CreditRecord, Dispute, Rating, RulingFlag
from guomen.supervision.credit.operations import ChangedMeanwhileError, NewRecord
from guomen.supervision.ledger.models import Entry

DAY, TODAY, NOW = timedelta(days=1), builders.TODAY, builders.NOW
TERMS_2012 = TERMS.on(TODAY).value


@pytest.fixture
def firm(register):
    made = register.enterprises[builders.TOYMAKER]
    operations.open_file(made.pk, on=builders.FOUNDED)
    crediting.rerate([made.pk], at=NOW - 30 * DAY)
    return made


def how(by="OFC-A", at=NOW, agency=builders.BUREAU):
    return builders.how(at, by=by, agency=agency)


def act(item="QLT-SAFETY", day=TODAY, **more):
    given = {"happened_on": day, "counts_from": day, "evidence": "报告 12-345"} | more
    return NewRecord(item=item, **given)


def shown(firm, on=TODAY, known=None):
    rows = Rating.objects.as_of(on, known=known or NOW + DAY).filter(enterprise=firm)
    return rows.get().level


def stored(firm):
    rows = Rating.objects.current().filter(enterprise=firm, authority="ciq").order_by("begins")
    return [(r.begins, r.level, r.score, r.cause, r.fallen_on) for r in rows]


def derived(firm, on=TODAY):
    file = queries.dossiers([firm.pk])[firm.pk]
    steps = rate(file, on=on, terms=TERMS_2012)
    return [(s.begins, s.level.value, s.score, s.cause.value, s.fallen_on) for s in steps]


def test_a_grave_act_binds_the_very_next_ruling_and_rewrites_no_old_one(firm):
    (before,) = builders.lodged(builders.toys())
    bodies = builders.body(before)
    crediting.record(firm, act("CMP-EVASION"), how=how(at=NOW + timedelta(minutes=1)))
    (after,) = builders.lodged(builders.toys("A-9"), at=NOW + timedelta(minutes=2))
    assert bodies["facts"]["credit_level"] == "B"
    assert builders.body(before) == bodies
    assert builders.body(after)["facts"]["credit_level"] == "D"
    assert after.chance_ppm == 1_000_000


def test_what_was_known_before_is_still_read_as_of_then(firm):
    crediting.record(firm, act("CMP-EVASION", day=TODAY - 9 * DAY), how=how())
    on = TODAY - 5 * DAY
    assert shown(firm, on=on, known=NOW - DAY) == "B"
    assert shown(firm, on=on) == "D"


def test_ordinary_points_wait_for_the_end_of_the_cycle(firm):
    crediting.record(firm, act("CMP-FALSE-FILING"), how=how())
    assert shown(firm) == "B"
    later = how(at=NOW + 140 * DAY)
    assert crediting.due_files(how=later) == [firm.pk]
    assert crediting.close_cycle(how=later) == 1
    assert shown(firm, on=date(2012, 10, 11), known=later.at + DAY) == "C"
    assert crediting.due_files(how=later) == []
    assert crediting.close_cycle(how=how(at=later.at + DAY)) == 0


def test_a_record_takes_the_points_of_the_day_of_the_act(firm):
    at = NOW + 700 * DAY
    late = act("SOC-DEPARTMENT", day=date(2013, 12, 30), counts_from=date(2014, 3, 1))
    assert crediting.record(firm, late, how=how(at=at)).points == 6
    later = act("SOC-DEPARTMENT", day=date(2014, 1, 2))
    row = crediting.record(firm, later, how=how(at=at))
    assert row.points == ITEMS["SOC-DEPARTMENT"].on(date(2014, 1, 2)).value.points == 12
    assert row.expires_on == date(2014, 10, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        act(evidence="  "),
        act(day=TODAY + DAY),
        act(day=TODAY, counts_from=TODAY - DAY),
        act("NO-SUCH-ITEM"),
        act(day=date(2008, 1, 1)),
    ],
)
def test_a_record_that_cannot_be_right_is_refused_and_leaves_nothing(firm, wrong):
    entries = Entry.objects.count()
    with pytest.raises((crediting.RecordRefusedError, operations.NoSuchItemError)):
        crediting.record(firm, wrong, how=how())
    assert not CreditRecord.objects.exists()
    assert Entry.objects.count() == entries


def test_of_two_officers_on_one_file_the_second_is_told(firm):
    seen = CreditFile.objects.get(enterprise=firm).version
    crediting.record(firm, act(), how=how(), seen=seen)
    with pytest.raises(ChangedMeanwhileError):
        crediting.record(firm, act("QLT-CLAIM"), how=how("OFC-B"), seen=seen)
    assert CreditRecord.objects.count() == 1


# -- disputes --------------------------------------------------------------------------------------
@pytest.fixture
def record(firm):
    day = date(2011, 9, 1)
    crediting.record(firm, act("CND-REFUSED", day=day), how=how(at=NOW - DAY))
    return crediting.record(firm, act("QLT-FOREIGN-NOTICE", day=day), how=how(at=NOW - DAY))


def test_a_dispute_suspends_ordinary_points_until_its_answer(firm, record):
    assert shown(firm) == "C"
    found = crediting.dispute(record, grounds="非我司货物", how=how("REP-1"), enterprise=firm)
    assert shown(firm, known=NOW + DAY) == "B"
    assert found.due_at == NOW + 20 * DAY
    crediting.answer(found, uphold=False, text="查无误", how=how("OFC-B", NOW + DAY))
    assert shown(firm, known=NOW + 2 * DAY) == "C"


def test_a_dispute_suspends_nothing_of_a_grave_act(firm):
    grave = crediting.record(firm, act("CMP-EVASION"), how=how())
    crediting.dispute(grave, grounds="x", how=how("REP-1"), enterprise=firm)
    assert shown(firm) == "D"


def test_a_dispute_that_is_right_takes_the_record_out_and_flags_what_read_it(firm, record):
    (line,) = builders.lodged(builders.toys())
    found = crediting.dispute(record, grounds="x", how=how("REP-1"), enterprise=firm)
    crediting.answer(found, uphold=True, text="确有误", how=how("OFC-B", NOW + DAY))
    record.refresh_from_db()
    assert record.state == RecordState.WITHDRAWN
    flag = RulingFlag.objects.get(cleared_at=None)
    assert (flag.line, flag.fact, flag.read, flag.now) == (line.reference, "credit_level", "C", "B")
    reconsidering.decide_again([line.reference], how=how("OFC-B", NOW + DAY))
    assert builders.body(line)["facts"]["credit_level"] == "B"
    assert not RulingFlag.objects.filter(cleared_at=None).exists()


def test_who_recorded_does_not_answer_nor_withdraw_nor_does_kin(firm, record):
    found = crediting.dispute(record, grounds="x", how=how("REP-1"), enterprise=firm)
    kin = people.officer("kin")
    declare_interest(kin, firm.pk, InterestKind.RELATIVE, on=builders.FOUNDED, at=builders.RECORDED)
    for by, error in (("OFC-A", SamePersonError), (kin.key, ConflictOfInterestError)):
        with pytest.raises(error):
            crediting.answer(found, uphold=True, text="x", how=how(by))
        with pytest.raises(error):
            crediting.withdraw(record, because="x", how=how(by))
    assert Dispute.objects.get().state == "open"


def test_a_foreign_enterprise_disputes_and_takes_back_nothing(firm, record, register):
    other = register.enterprises[builders.VINTNER]
    with pytest.raises(crediting.NotYoursError):
        crediting.dispute(record, grounds="x", how=how("REP-2"), enterprise=other)
    found = crediting.dispute(record, grounds="x", how=how("REP-1"), enterprise=firm)
    with pytest.raises(crediting.NotYoursError):
        crediting.take_back(found, how=how("REP-2"), enterprise=other)
    crediting.take_back(found, how=how("REP-1"), enterprise=firm)
    assert shown(firm) == "C"


def test_no_dispute_is_answered_twice(firm, record):
    found = crediting.dispute(record, grounds="x", how=how("REP-1"), enterprise=firm)
    crediting.answer(found, uphold=False, text="x", how=how("OFC-B"))
    with pytest.raises(MoveRefusedError):
        crediting.answer(found, uphold=True, text="x", how=how("OFC-B"))


# -- merits ----------------------------------------------------------------------------------------
def test_aa_is_applied_for_recommended_and_granted_by_three_people(firm):
    verified = merits.verify(firm, evidence="现场核查", how=how(at=NOW - 800 * DAY))
    merits.decide(verified, MeritMove.GRANT, reason="同意", how=how("OFC-B", NOW - 800 * DAY))
    crediting.close_cycle(how=how())
    assert shown(firm) == "A"
    asked = merits.apply(firm, evidence="三年无质量问题", how=how("REP-1"))
    with pytest.raises(merits.AwardRefusedError):
        merits.apply(firm, evidence="again", how=how("REP-1"))
    # The file is younger than three years: unknown is for the officer to look into.
    merits.decide(asked, MeritMove.RECOMMEND, reason="符合", how=how("OFC-A"))
    with pytest.raises(SamePersonError):
        merits.decide(asked, MeritMove.GRANT, reason="x", how=how("OFC-A"))
    with pytest.raises(acting.NotAtBureauError):
        merits.decide(asked, MeritMove.GRANT, reason="x", how=how("OFC-B", agency="ZHGB"))
    merits.decide(asked, MeritMove.GRANT, reason="同意", how=how("OFC-B"))
    assert shown(firm) == "AA"


def test_aa_is_not_to_be_had_from_level_b(firm):
    with pytest.raises(merits.AwardRefusedError):
        merits.apply(firm, evidence="x", how=how("REP-1"))


# -- always ----------------------------------------------------------------------------------------
def _moves(dice, firm, at):
    by = dice.choice(["OFC-A", "OFC-B", "OFC-C"])
    day = at.date() - dice.randrange(300) * DAY
    item = dice.choice([code for code, series in ITEMS.items() if series.on(TODAY)])
    yield lambda: crediting.record(firm, act(item, day=max(day, builders.FOUNDED)), how=how(by, at))
    rows = CreditRecord.objects.filter(enterprise=firm)
    for row in rows:
        yield lambda row=row: crediting.withdraw(row, because="x", how=how(by, at))
        yield lambda row=row: crediting.dispute(
            row, grounds="x", how=how("REP-1", at), enterprise=firm
        )
    for found in Dispute.objects.filter(record__enterprise=firm):
        uphold = dice.random() < 0.5
        yield lambda found=found, uphold=uphold: crediting.answer(
            found, uphold=uphold, text="x", how=how(by, at)
        )
        yield lambda found=found: crediting.take_back(found, how=how("REP-1", at), enterprise=firm)
    yield lambda: merits.verify(firm, evidence="x", how=how(by, at))
    for merit in firm.credit_merits.all():
        yield lambda merit=merit: merits.decide(
            merit, dice.choice(list(MeritMove)), reason="x", how=how(by, at)
        )
    yield lambda: merits.apply(firm, evidence="x", how=how("REP-1", at))
    yield lambda: crediting.close_cycle(how=how(by, at))


REFUSALS = (MoveRefusedError, SamePersonError, merits.AwardRefusedError)


@pytest.mark.parametrize("seed", range(3))
def test_the_level_shown_is_always_the_one_that_the_records_give(firm, seed):
    dice = random.Random(seed)
    done = 0
    for number in range(24):
        at = NOW + number * 17 * DAY
        try:
            dice.choice(list(_moves(dice, firm, at)))()
            done += 1
        except REFUSALS:
            pass
        if crediting.due_files(how=how(at=at)):
            crediting.close_cycle(how=how(at=at))
        assert stored(firm) == derived(firm, on=at.date()), number
        step = level_on(queries.dossiers([firm.pk])[firm.pk], on=at.date(), terms=TERMS_2012)
        assert shown(firm, on=at.date(), known=at + DAY) == step.level
    assert done > 6


@pytest.mark.parametrize("table", [RECORD, MERIT])
def test_every_state_of_the_table_refuses_what_it_does_not_name(table):
    moves = {move for _, move in table.moves}
    for state in table.states():
        for move in moves:
            if (state, move) in table.moves:
                assert table.after(state, move) in table.states()
            else:
                with pytest.raises(MoveRefusedError):
                    table.after(state, move)
    assert MERIT.is_final(MeritState.GRANTED)
    assert Level(Level.AA) in Level


def test_deriving_many_files_takes_a_fixed_number_of_queries(
    firm, register, django_assert_num_queries
):
    keys = [e.pk for e in register.enterprises.values() if e.pk != firm.pk]
    for key in keys:
        operations.open_file(key, on=builders.FOUNDED)
    with django_assert_num_queries(3):
        queries.dossiers([firm.pk, *keys])
    crediting.rerate(keys, at=NOW)
    # Files, records, merits; levels held; nothing moved, nothing written.
    with django_assert_num_queries(4):
        crediting.rerate([firm.pk, *keys], at=NOW + DAY)
