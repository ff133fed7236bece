"""An enterprise's own class and credit: every point, its dispute, nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from tests.desks import people
from tests.journeys import builders

from guomen.desks.enterprise.views.standing import ACTIONS
from guomen.journeys.standing import blacklisting, crediting
from guomen.supervision.credit import operations
from guomen.supervision.credit.lifecycle import BlacklistMove
from guomen.supervision.credit.models import CreditRecord, Dispute
from guomen.supervision.credit.operations import NewRecord
from guomen.supervision.parties.models import Enterprise

pytestmark = pytest.mark.usefixtures("bureau")
BEFORE = builders.NOW - timedelta(days=2)


@pytest.fixture
def record() -> CreditRecord:
    firm = Enterprise.objects.get(uscc=builders.TOYMAKER)
    operations.open_file(firm.pk, on=builders.FOUNDED)
    day = BEFORE.date()
    new = NewRecord(item="QLT-CLAIM", happened_on=day, counts_from=day, evidence="珠检〔2012〕9号")
    return crediting.record(firm, new, how=builders.how(BEFORE, by="OFC-1"))


def act(kind: str, subject: Any, name: str) -> str:
    return reverse("enterprise:credit-act", args=[kind, subject, name])


def test_the_enterprise_sees_every_point_with_evidence_and_expiry(record: CreditRecord) -> None:
    shown = people.signed_in(people.trader(builders.TOYMAKER)).get(reverse("enterprise:credit"))
    page = shown.content.decode()
    for part in (record.reference, "珠检〔", "2012-10-01", "−6", "94 of 100"):
        assert part in page
    assert "What lifts it" in page
    assert "What would drop it" in page


def test_it_disputes_a_record_and_takes_the_dispute_back(record: CreditRecord) -> None:
    client = people.signed_in(people.trader(builders.TOYMAKER))
    answer = client.post(act("record", record.pk, "dispute"), {"text": "不属我司"}, follow=True)
    assert "answered by 2012-06-13" in answer.content.decode()
    found = Dispute.objects.get()
    assert (found.record, found.state) == (record, "open")
    client.post(act("dispute", found.pk, "take_back"), {"text": "已核实"})
    record.refresh_from_db()
    assert record.state == "standing"


def test_an_empty_dispute_is_refused_at_its_field(record: CreditRecord) -> None:
    client = people.signed_in(people.trader(builders.TOYMAKER))
    answer = client.post(act("record", record.pk, "dispute"), {"text": " "})
    assert answer.status_code == 422
    assert not Dispute.objects.exists()


def test_a_foreign_enterprise_finds_nothing_to_act_on(record: CreditRecord) -> None:
    foreign = people.signed_in(people.trader(builders.VINTNER))
    grave = NewRecord(
        item="CMP-EVASION", happened_on=BEFORE.date(), counts_from=BEFORE.date(), evidence="x"
    )
    firm = record.enterprise
    row = crediting.record(firm, grave, how=builders.how(BEFORE, by="OFC-1"))
    entry = blacklisting.propose(row, how=builders.how(BEFORE, by="OFC-1"))
    dispute = crediting.dispute(
        record, grounds="x", how=builders.how(BEFORE, by="REP-1"), enterprise=firm
    )
    keys = {
        "record": record.pk,
        "dispute": dispute.pk,
        "file": firm.reference,
        "entry": entry.number,
    }
    for kind, name in ACTIONS:
        address = act(kind, keys[kind], name)
        assert foreign.get(address).status_code == 404, (kind, name)
        assert foreign.post(address, {"text": "x"}).status_code == 404, (kind, name)
    assert record.reference not in foreign.get(reverse("enterprise:credit")).content.decode()


def test_an_officer_has_no_such_pages(record: CreditRecord) -> None:
    officer = people.signed_in(people.officer("o"))
    for address in (reverse("enterprise:credit"), reverse("enterprise:class")):
        assert officer.get(address).status_code == 403


def test_the_one_proposed_states_its_case_once_told(record: CreditRecord) -> None:
    day = BEFORE.date()
    grave = NewRecord(item="CMP-EVASION", happened_on=day, counts_from=day, evidence="x")
    row = crediting.record(record.enterprise, grave, how=builders.how(BEFORE, by="OFC-1"))
    entry = blacklisting.propose(row, how=builders.how(BEFORE, by="OFC-1"))
    client = people.signed_in(people.trader(builders.TOYMAKER))
    address = act("entry", entry.number, "state_case")
    assert client.post(address, {"text": "申辩"}).status_code == 422
    told = builders.how(BEFORE, by="OFC-1")
    blacklisting.move(entry.number, BlacklistMove.NOTIFY, reason="告知", how=told)
    assert "State your case" in client.get(reverse("enterprise:credit")).content.decode()
    assert client.post(address, {"text": "申辩"}).status_code == 302
    assert blacklisting.newest(entry.number).statement == "申辩"


def test_both_languages_are_complete(record: CreditRecord) -> None:
    client = people.signed_in(people.trader(builders.TOYMAKER), "zh-hans")
    page = client.get(reverse("enterprise:credit")).content.decode()
    assert "如何上升" in page
    assert "What" not in page.partition("<main")[2]
