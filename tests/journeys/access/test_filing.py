"""What enterprises report: what is taken, what is granted for it, what is shown as missing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.journeys import builders
from tests.journeys.access.people import FIRST, HOLDER

from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys.access import filing
from guomen.journeys.access.filing import FilingRefusedError, Inspected, Used, Written
from guomen.supervision.filings.lifecycle import FILING, FilingMove, FilingState
from guomen.supervision.filings.models import EntryKind, Finding, Substance
from guomen.supervision.licences.models import LicenceKind, LicenceTerm
from guomen.supervision.parties.models import Enterprise

SORBATE = Used(
    kind=Substance.ADDITIVE, name="山梨酸钾", food="酱油", most=Decimal("1.0"), ins="202"
)


@pytest.fixture
def firm(register: builders.Register) -> Enterprise:
    return register.enterprises[builders.TOYMAKER]


def granted(firm: Enterprise) -> list[str]:
    rows = LicenceTerm.objects.as_of(builders.TODAY, known=builders.NOW + timedelta(hours=1))
    return list(
        rows.filter(
            licence__enterprise=firm, licence__kind=LicenceKind.ADDITIVE_FILING
        ).values_list("state", flat=True)
    )


def test_an_accepted_filing_grants_what_the_gate_asks_for(firm: Enterprise) -> None:
    made = filing.file_additives(firm, [SORBATE], who=HOLDER)
    assert granted(firm) == []
    filing.decide(made.pk, FilingMove.ACCEPT, who=FIRST)
    assert granted(firm) == ["granted"]
    newer = filing.file_additives(firm, [SORBATE], who=HOLDER)
    filing.decide(newer.pk, FilingMove.ACCEPT, who=FIRST)
    made.refresh_from_db()
    assert made.state == FilingState.REPLACED
    assert granted(firm) == ["granted"]


def test_a_filing_names_each_substance_once_and_is_returned_with_words(firm: Enterprise) -> None:
    for used in ([], [SORBATE, SORBATE]):
        with pytest.raises(FilingRefusedError):
            filing.file_additives(firm, used, who=HOLDER)
    made = filing.file_additives(firm, [SORBATE], who=HOLDER)
    with pytest.raises(FilingRefusedError):
        filing.decide(made.pk, FilingMove.RETURN, who=FIRST)
    filing.decide(made.pk, FilingMove.RETURN, who=FIRST, note="缺供应商")
    with pytest.raises(MoveRefusedError):
        filing.decide(made.pk, FilingMove.ACCEPT, who=FIRST)


def test_the_table_of_filings_reaches_every_state() -> None:
    assert set(FILING.states()) == set(FilingState)
    assert {move for _, move in FILING.moves} == set(FilingMove)


def medicine(on: date, days: int | None, unit: str = "3号塘") -> Written:
    return Written(
        kind=EntryKind.MEDICATION,
        on=on,
        unit=unit,
        product="氟苯尼考",
        amount=Decimal(2),
        measure="KGM",
        prescriber="备案兽医",
        withdrawal_days=days,
    )


def harvest(on: date, unit: str = "3号塘") -> Written:
    return Written(
        kind=EntryKind.HARVEST, on=on, unit=unit, product="鳗鱼", amount=Decimal(500), measure="KGM"
    )


def test_goods_leave_only_after_the_withdrawal_period(register: builders.Register) -> None:
    site = register.sites[builders.BASE]
    written = filing.write(site, medicine(date(2012, 5, 10), 21), who=HOLDER)
    assert written.free_from == date(2012, 5, 31)
    with pytest.raises(FilingRefusedError) as refused:
        filing.write(site, harvest(date(2012, 5, 24)), who=HOLDER)
    assert refused.value.data["free_from"] == date(2012, 5, 31)
    filing.write(site, harvest(date(2012, 5, 24), unit="4号塘"), who=HOLDER)
    # The dose was written down wrongly: the correction counts, both stay on record.
    filing.write(site, medicine(date(2012, 5, 10), 7), who=HOLDER, corrects=written)
    filing.write(site, harvest(date(2012, 5, 24)), who=HOLDER)
    with pytest.raises(FilingRefusedError):
        filing.write(site, medicine(date(2012, 5, 10), 1), who=HOLDER, corrects=written)


def test_an_unknown_withdrawal_period_is_never_none(register: builders.Register) -> None:
    site = register.sites[builders.BASE]
    for bad in (
        medicine(date(2012, 5, 10), None),
        medicine(date(2012, 5, 25), 3),
    ):
        with pytest.raises(FilingRefusedError):
            filing.write(site, bad, who=HOLDER)


def test_a_failed_lot_needs_its_disposal(firm: Enterprise) -> None:
    failed = Inspected(
        on=builders.TODAY, lot="L1", product="酱油", items="菌落总数", finding=Finding.NONCONFORM
    )
    with pytest.raises(FilingRefusedError):
        filing.inspect(firm, failed, who=HOLDER)


def test_the_gaps_of_checked_enterprises_are_counted_and_named(register: builders.Register) -> None:
    firms = [register.enterprises[n] for n in (builders.TOYMAKER, builders.GROWER, builders.AGENT)]
    for firm in firms:
        filing.check(firm, on=builders.TODAY, shortcoming="", who=FIRST)
    made = filing.file_additives(firms[0], [SORBATE], who=HOLDER)
    filing.decide(made.pk, FilingMove.ACCEPT, who=FIRST)
    filing.file_additives(firms[1], [SORBATE], who=HOLDER)
    filing.sign(firms[0], "负责人", who=HOLDER)
    with pytest.raises(FilingRefusedError):
        filing.sign(firms[0], "负责人", who=HOLDER)
    found = filing.gaps("/", first=builders.TODAY, last=builders.TODAY)
    assert (found.checked, found.filed, found.signed) == (3, 1, 1)
    assert set(found.not_filed) == {firms[1], firms[2]}
    assert set(found.not_signed) == {firms[1], firms[2]}
