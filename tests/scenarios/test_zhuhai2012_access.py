"""The second part of Zhuhai 2012: reviews, exits and filings, counted from their own records."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
from django.db.models import Q

from guomen.journeys import inbox
from guomen.journeys.access import campaigning, due, filing, rooms
from guomen.journeys.standing import reading
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.rows import moment
from guomen.supervision.licences.models import Licence, LicenceAct, LicenceTerm, ReviewCampaign
from guomen.supervision.parties.models import (
    Enterprise,
    ImportFile,
    LikePair,
    Registration,
    SystemCertificate,
    TradeRole,
)

pytestmark = pytest.mark.django_db
KNOWN = moment(TODAY)


def outcome(*numbers: str) -> tuple[int, int]:
    """Return eliminated and reviewed of campaigns together."""
    found = [campaigning.outcome(ReviewCampaign.objects.get(number=n)) for n in numbers]
    return sum(o.eliminated for o in found), sum(o.reviewed for o in found)


def percent(share: tuple[int, int], rounding: str, digits: str = "0.01") -> Decimal:
    count, of = share
    return (Decimal(count) * 100 / Decimal(of)).quantize(Decimal(digits), rounding=rounding)


def certified(systems: tuple[str, ...], roles: tuple[str, ...]) -> tuple[int, int]:
    """Return how many enterprises of some parts hold a valid certificate, of how many."""
    parts = TradeRole.objects.as_of(TODAY, known=KNOWN).filter(role__in=roles)
    held = SystemCertificate.objects.as_of(TODAY, known=KNOWN).filter(system__in=systems)
    firms = Enterprise.objects.filter(pk__in=parts.values("enterprise_id"))
    return firms.filter(pk__in=held.values("enterprise_id")).count(), firms.count()


def test_supply_bases_20_of_47_and_three_stopped_from_declaring(loaded: object) -> None:
    share = outcome("RRC-2010-001", "RRC-2010-002")
    assert share == (20, 47)
    assert percent(share, ROUND_HALF_UP) == Decimal("42.55")
    stopped = LicenceAct.objects.filter(
        move="suspend", approved=True, licence__kind="declaration_right"
    )
    assert stopped.count() == 3


def test_importers_of_meat_12_of_35(loaded: object) -> None:
    share = outcome("RRC-2011-001")
    assert share == (12, 35)
    assert percent(share, ROUND_HALF_UP) == Decimal("34.29")  # the article: "over 30 %"


def test_additives_67_checked_62_filed_62_signed(loaded: object) -> None:
    found = filing.gaps("/", first=date(2011, 5, 1), last=TODAY)
    assert (found.checked, found.filed, found.signed) == (67, 62, 62)
    assert set(found.not_filed) == set(found.not_signed)
    assert len(found.not_filed) == 5


def test_certified_systems_252_of_640_and_31_of_64(loaded: object) -> None:
    iso = certified(("iso9001",), ("export_producer",))
    assert iso == (252, 640)
    # The article cuts this one and rounds the next.
    assert percent(iso, ROUND_DOWN) == Decimal("39.37")
    haccp = certified(("haccp",), ("food_producer", "animal_farmer"))
    assert haccp == (31, 64)
    assert percent(haccp, ROUND_HALF_UP) == Decimal("48.44")


def test_every_exit_has_its_decision_by_two_people_and_its_notice(loaded: object) -> None:
    gone = LicenceTerm.objects.as_of(TODAY, known=KNOWN).filter(
        state__in=["revoked", "forced_exit"]
    )
    acts = LicenceAct.objects.filter(Q(move="revoke") | Q(move="force_exit"), approved=True)
    assert set(gone.values_list("licence", flat=True)) == set(
        acts.values_list("licence", flat=True)
    )
    for act in acts.prefetch_related("notices"):
        assert act.decided_by != act.proposed_by
        assert act.decided_at > act.proposed_at
        assert act.notices.count() == 1
        assert LicenceTerm.objects.filter(
            licence=act.licence_id, state=act.state_after, begins=act.on
        ).exists()


def test_no_room_of_access_is_empty_on_the_day_of_the_article(loaded: object) -> None:
    found = due.due(rooms.Reach(path="/", on=TODAY, known=KNOWN), now=KNOWN)
    assert {one.term.state for one in found.applications} == {
        "applied",
        "documents_due",
        "under_review",
    }
    heard = [act.heard_until for act in found.proposals]
    # One holder may still speak; of the other the second person may decide.
    assert [until < KNOWN for until in heard if until] == [True, False]
    (appeal,) = found.appeals
    assert appeal.act.move == "lapse"
    assert "admission" in appeal.holds_back
    assert found.ending >= 3
    assert Licence.objects.filter(renewal_asked_at__isnull=False).count() == 1
    assert found.sign_ups == 2
    assert found.requests == 2
    assert found.filings == 1
    assert LikePair.objects.filter(state="open").count() == found.pairs == 3
    assert ImportFile.objects.values_list("state", "good", "bad").get() == ("checked", 6, 2)
    assert Enterprise.objects.exclude(head_office=None).count() == 2
    merged = Registration.objects.as_of(TODAY, known=KNOWN).filter(state="merged")
    assert merged.exclude(successor=None).count() == 4


def test_the_inbox_says_what_each_room_says(loaded: object) -> None:
    reach = rooms.Reach(path="/", on=TODAY, known=KNOWN)
    found = {
        one.what.value: one.count
        for one in inbox.waiting(inbox.Asker(by="nobody", reach=reach), list(inbox.Waits))
    }
    due_now = due.due(reach, now=KNOWN)
    assert found["act"] == len(due_now.proposals)
    assert found["appeal"] == len(due_now.appeals)
    assert found["application"] == len(due_now.applications)
    assert found.get("review", 0) == due_now.late_reviews
    assert (found["filing"], found["change"]) == (due_now.filings, due_now.requests)
    assert (found["sign_up"], found["pair"]) == (due_now.sign_ups, due_now.pairs)
    assert found["dispute"] == len(reading.open_disputes("/"))
