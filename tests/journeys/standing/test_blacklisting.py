"""The blacklist: nobody is listed unheard, by one person, or without effect on the next ruling."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.desks import people
from tests.journeys import builders

from guomen.core.lifecycle import MoveRefusedError
from guomen.core.severity import Outcome
from guomen.journeys.standing import acting, blacklisting, crediting
from guomen.supervision.agencies.models import InterestKind
from guomen.supervision.agencies.operations import (
    ConflictOfInterestError,
    SamePersonError,
    declare_interest,
)
from guomen.supervision.credit import operations, queries
from guomen.supervision.credit.lifecycle import BlacklistMove as Move
from guomen.supervision.credit.operations import ChangedMeanwhileError, NewRecord

DAY, TODAY, NOW = timedelta(days=1), builders.TODAY, builders.NOW
LATER = NOW + 8 * DAY


@pytest.fixture
def firm(register):
    made = register.enterprises[builders.VINTNER]
    operations.open_file(made.pk, on=builders.FOUNDED)
    return made


def how(by="OFC-A", at=NOW, agency=builders.BUREAU):
    return builders.how(at, by=by, agency=agency)


@pytest.fixture
def record(firm):
    new = NewRecord(item="CMP-EVASION", happened_on=TODAY, counts_from=TODAY, evidence="笔录")
    return crediting.record(firm, new, how=how("OFC-R"))


@pytest.fixture
def entry(record):
    made = blacklisting.propose(record, how=how())
    return blacklisting.move(made.number, Move.NOTIFY, reason="告知", how=how())


def listed(entry, at=LATER):
    return blacklisting.move(entry.number, Move.LIST, reason="属实", how=how("OFC-B", at))


def test_the_enterprise_has_five_working_days_to_state_its_case(entry):
    # Told on a Thursday: the last of five working days is the Thursday after.
    assert entry.heard_until.date() == TODAY + 7 * DAY
    with pytest.raises(blacklisting.ListingRefusedError):
        listed(entry, at=NOW + 3 * DAY)
    assert listed(entry).state == "listed"


def test_one_that_has_spoken_need_not_be_waited_for(entry, firm):
    said = blacklisting.state_case(entry.number, "申辩", how=how("REP-1"), enterprise=firm)
    assert said.statement == "申辩"
    assert listed(entry, at=NOW + DAY).state == "listed"


def test_the_time_to_speak_ends(entry, firm):
    with pytest.raises(blacklisting.ListingRefusedError):
        blacklisting.state_case(entry.number, "x", how=how("REP-1", LATER), enterprise=firm)


def test_who_proposed_who_is_kin_and_a_branch_do_not_list(entry, firm):
    kin = people.officer("kin")
    declare_interest(kin, firm.pk, InterestKind.PARTY, on=builders.FOUNDED, at=builders.RECORDED)
    for acts, error in (
        (how("OFC-A", LATER), SamePersonError),
        (how(kin.key, LATER), ConflictOfInterestError),
        (how("OFC-B", LATER, agency="ZHGB"), acting.NotAtBureauError),
    ):
        with pytest.raises(error):
            blacklisting.move(entry.number, Move.LIST, reason="x", how=acts)


def test_a_listing_binds_the_next_ruling_until_the_release(entry, firm):
    (before,) = builders.lodged(builders.wine())
    assert builders.body(before)["facts"]["blacklisted"] is False
    listed(entry)
    (during,) = builders.lodged(builders.wine("A-2", lot="L-2"), at=LATER + timedelta(hours=1))
    assert builders.body(during)["facts"]["blacklisted"] is True
    assert during.outcome in (Outcome.REFUSE, Outcome.HOLD, Outcome.INSPECT_AND_SAMPLE)
    with pytest.raises(blacklisting.ListingRefusedError):
        blacklisting.apply_for_exit(
            entry.number, "已整改", how=how("REP-1", NOW + 100 * DAY), enterprise=firm
        )
    year = NOW + 380 * DAY
    blacklisting.apply_for_exit(entry.number, "已整改", how=how("REP-1", year), enterprise=firm)
    with pytest.raises(SamePersonError):
        blacklisting.move(entry.number, Move.RELEASE, reason="x", how=how("OFC-A", year))
    done = blacklisting.move(entry.number, Move.RELEASE, reason="核实", how=how("OFC-B", year))
    assert done.state == "exited"
    assert queries.published(on=year.date(), known=year + DAY) == []


def test_an_appeal_suspends_the_publication_and_nothing_else(entry, firm):
    made = listed(entry)
    assert [e.number for e in queries.published(on=LATER.date(), known=LATER)] == [made.number]
    at = LATER + timedelta(minutes=5)
    blacklisting.appeal(entry.number, "不服", how=how("REP-1", at), enterprise=firm)
    assert queries.published(on=LATER.date(), known=at) == []
    (line,) = builders.lodged(builders.wine("A-2"), at=at + timedelta(hours=1))
    assert builders.body(line)["facts"]["blacklisted"] is True
    with pytest.raises(SamePersonError):
        blacklisting.close_appeal(entry.number, reason="x", how=how("OFC-B", at + DAY))
    blacklisting.close_appeal(entry.number, reason="维持", how=how("OFC-C", at + DAY))
    assert len(queries.published(on=LATER.date() + DAY, known=at + DAY)) == 1


def test_a_second_proposal_and_an_ordinary_ground_are_refused(record, entry, firm):
    with pytest.raises(blacklisting.ListingRefusedError):
        blacklisting.propose(record, how=how())
    new = NewRecord(item="QLT-LABEL", happened_on=TODAY, counts_from=TODAY, evidence="x")
    with pytest.raises(blacklisting.ListingRefusedError):
        blacklisting.propose(crediting.record(firm, new, how=how()), how=how())


def test_of_two_officers_the_second_is_told_and_a_move_off_the_table_refused(entry, firm):
    seen = entry.pk
    blacklisting.state_case(entry.number, "x", how=how("REP-1"), enterprise=firm)
    with pytest.raises(ChangedMeanwhileError):
        blacklisting.move(entry.number, Move.DROP, reason="x", how=how("OFC-B"), seen=seen)
    with pytest.raises(MoveRefusedError):
        blacklisting.move(entry.number, Move.RELEASE, reason="x", how=how("OFC-B"))


def test_another_enterprise_speaks_for_nobody(entry, register):
    other = register.enterprises[builders.TOYMAKER]
    for act in (blacklisting.state_case, blacklisting.apply_for_exit, blacklisting.appeal):
        with pytest.raises(crediting.NotYoursError):
            act(entry.number, "x", how=how("REP-2"), enterprise=other)
