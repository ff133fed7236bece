"""A base that does nothing for a year loses its filing by the clock, and is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.journeys import builders
from tests.journeys.access.people import DAY, at, base_filing

from guomen.journeys.access import lapsing, moving
from guomen.journeys.clearance import lodge
from guomen.supervision.filings.models import FarmEntry
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import HolderNotice, LicenceTerm

pytestmark = pytest.mark.usefixtures("register")

NIGHT = "SYS-NIGHT"
IN_TIME = builders.NOW + timedelta(days=360)
TOO_LATE = builders.NOW + timedelta(days=368)


def declared() -> None:
    lodge([builders.vegetables("V-1")], how=builders.how(builders.NOW))


def test_a_base_that_declares_stays_and_one_that_stops_lapses_once_with_a_notice() -> None:
    declared()
    licence = base_filing()
    assert lapsing.sweep(who=at(IN_TIME, NIGHT)) == lapsing.Swept(lapsed=[], left={})
    who = at(TOO_LATE, NIGHT)
    assert lapsing.sweep(who=who).lapsed == [licence.number]
    term = LicenceTerm.objects.as_of(who.day, known=TOO_LATE + DAY).get(licence=licence)
    assert term.state == "lapsed"
    notice = HolderNotice.objects.get(licence=licence)
    assert "2012-05-24" in notice.body_zh
    assert notice.appeal_until is not None
    assert notice.appeal_until > TOO_LATE
    assert lapsing.sweep(who=at(TOO_LATE + DAY, NIGHT)) == lapsing.Swept(lapsed=[], left={})


def test_who_writes_the_farm_ledger_is_not_idle() -> None:
    declared()
    licence = base_filing()
    FarmEntry.objects.create(
        site=licence.site, kind="fertiliser", on=IN_TIME.date(), unit="1", product="肥", amount=1,
        measure="kg", written_by="REP-1", written_at=IN_TIME,
    )  # fmt: skip
    assert lapsing.idle(on=TOO_LATE.date(), known=TOO_LATE) == []


def test_what_waits_for_a_second_person_is_left_and_named() -> None:
    declared()
    licence = base_filing()
    wish = moving.Wish(move=LicenceMove.REVOKE, reason="conditions_lost")
    moving.act(licence.pk, wish, who=at(IN_TIME))
    swept = lapsing.sweep(who=at(TOO_LATE, NIGHT))
    assert swept == lapsing.Swept(lapsed=[], left={licence.number: "access.act-decided"})


def test_looking_asks_seven_times_however_many_there_are() -> None:
    with CaptureQueriesContext(connection) as asked:
        lapsing.idle(on=TOO_LATE.date(), known=TOO_LATE)
    assert len(asked) == 7
