"""Signed messages at the desk and over the API: sent, downloaded, taken in, refused, compared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.desks import people
from tests.journeys.builders import NOW, how, vegetables
from tests.journeys.inspection_orders import LATER, complete, from_jiuzhou, given
from tests.journeys.test_certification import pen, released
from tests.journeys.test_settling import let_go

from guomen.core import canonical
from guomen.core import certificates as papers
from guomen.core.examine import Examined
from guomen.journeys import certification
from guomen.journeys.inspection import transferred
from guomen.supervision.agencies.models import Role
from guomen.supervision.dispositions import custody
from guomen.supervision.dispositions.models import Message, TakenMessage
from guomen.supervision.inspections.models import LoadedLot, Seal, WorkOrder

__all__ = ["pen"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bureau", "pen")]
TO_ZHJZ = {"n": "MSG-1", "v": 1, "from": "ZHGB", "to": "ZHJZ", "declaration": "DEC-1"}
RELEASED = {"line": "L", "outcome": "release", "conditions": ["check_seal_at_exit"]}


def signed(said: dict[str, Any], sort: str = papers.TRANSFER) -> dict[str, str]:
    thing = custody.pen(at=NOW, by="OFC-K", purpose="test").sign(sort, said)
    return {"sort": sort, "text": thing.text, "signature": thing.signature.hex(), "key": thing.key}


def uploaded(content: bytes) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("m.json", content, content_type="application/json")}


def test_a_message_goes_from_one_office_to_another_by_file_and_by_api() -> None:
    line = released(seal="SEAL-77")
    sender = people.signed_in(people.officer("s", Role.CERTIFICATE_OFFICER))
    send = reverse("officer:message-send")
    assert sender.post(send, {"line": "DEC-1/1", "to": "ZHGB"}).status_code == 422
    assert sender.post(send, {"line": line.reference, "to": "customs"}).status_code == 302
    assert sender.post(send, {"line": line.reference, "to": "ZHGB"}).status_code == 302
    row = Message.objects.get(recipient="ZHGB")
    assert "SEAL-77" in sender.get(reverse("officer:message", args=[row.number])).content.decode()
    file = sender.get(reverse("officer:message-file", args=[row.number])).content
    port = people.signed_in(people.officer("p", Role.PORT_CHECKER, agency="ZHGB"))
    take = reverse("officer:message-take-in")
    for _ in range(2):
        assert port.post(take, uploaded(file)).status_code == 302
    taken = TakenMessage.objects.get()
    assert (taken.number, taken.agency.code) == (row.number, "ZHGB")
    shown = port.get(reverse("officer:message-received", args=[taken.pk])).content.decode()
    assert "SEAL-77" in shown
    answer = port.post("/api/v1/messages/received", file, content_type="application/json")
    assert (answer.status_code, answer.json()["number"]) == (201, row.number)
    assert TakenMessage.objects.count() == 1
    assert port.get(f"/api/v1/messages/{row.number}").json() == json.loads(file)
    assert len(port.get("/api/v1/messages/received").json()["messages"]) == 1
    assert len(port.get("/api/v1/messages").json()["messages"]) == 1
    to_customs = Message.objects.get(recipient="customs").number
    listed = port.get(reverse("officer:messages")).content.decode()
    assert (row.number in listed, to_customs in listed) == (True, False)
    assert row.number in port.get(reverse("officer:messages-received")).content.decode()
    assert port.get(f"/api/v1/messages/{to_customs}").status_code == 404
    inspector = people.signed_in(people.officer("i", Role.INSPECTOR, agency="ZHGB"))
    refused = inspector.post("/api/v1/messages/received", file, content_type="application/json")
    assert refused.status_code == 403


def test_a_message_that_was_taken_in_is_given_out_as_its_sender_signed_it() -> None:
    row = certification.take_in(
        signed(TO_ZHJZ | RELEASED | {"unit": "KGM"}), path="", how=how(LATER)
    )
    reader = people.signed_in(people.officer("r", Role.PORT_CHECKER, agency="ZHJZ"))
    page = reader.get(reverse("officer:message-received", args=[row.pk])).content.decode()
    file = reverse("officer:message-received-file", args=[row.pk])
    assert (file in page, "Check the seal at the port of exit" in page) == (True, True)
    assert '<dd>kg <span class="small muted mono nowrap">KGM</span></dd>' in page
    assert reader.get(file).json()["text"] == row.text
    abroad = people.signed_in(people.officer("a", Role.PORT_CHECKER, agency="ZHGB"))
    assert abroad.get(file).status_code == 404


def test_what_is_wrong_is_named_and_nothing_is_kept() -> None:
    good = TO_ZHJZ | {"line": "L", "outcome": "release"}
    whole = signed(good)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("signature", whole | {"text": whole["text"].replace("MSG-1", "MSG-2")}),
        ("signature", whole | {"signature": "zz"}),
        ("key", whole | {"key": "0" * 16}),
        ("sort", signed(good, papers.CERTIFICATE)),
        ("signature", whole | {"sort": papers.CLEARANCE}),
        ("text", {"sort": papers.TRANSFER, "signature": "", "key": ""}),
        ("v", signed(good | {"v": 2})),
        ("line", signed({**good, "line": 7})),
        ("certificates", signed(good | {"certificates": "C-1"})),
        ("from", signed(good | {"from": "NOBODY"})),
        ("to", signed(good | {"to": "ZHGB"})),
        ("to", signed(good | {"to": "customs"}, papers.CLEARANCE)),
    ]
    port = people.signed_in(people.officer("p", Role.PORT_CHECKER, agency="ZHJZ"))
    for part, body in cases:
        sent = port.post("/api/v1/messages/received", body, content_type="application/json")
        assert (sent.status_code, sent.json()["error"].get("part")) == (422, part), sent.content
    for content in (b"\xff", b"[]", b" " * 70_000):
        page = port.post(reverse("officer:message-take-in"), uploaded(content))
        assert page.status_code == 422
        assert "no signed message" in page.content.decode()
    assert TakenMessage.objects.count() == 0


def sent_of(order: Any, **other: Any) -> None:
    line = order.line
    said = TO_ZHJZ | {
        "line": line.reference,
        "outcome": "release",
        "goods": line.goods,
        "quantity": line.quantity,
        "seal": "S-1; S-2",
    }
    certification.take_in(signed(said | other), path="", how=how(LATER, by="OFC-P"))


def found_seal(order: Any, number: str) -> None:
    Seal.objects.create(
        order=order, number=number, use="found", client_id=f"seal-{number}", by="OFC-I",
        noted_at=LATER, received_at=LATER,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "seals", "outcome", "differ"),
    [
        ({}, "S-2 S-1", Examined.CONFORM, []),
        ({}, "S-3", Examined.SUSPECT, ["Seal number"]),
        # Sent, and nobody noted what is there: an answer that all agrees does not make it known.
        ({}, "", Examined.OPEN, []),
        ({"container": "MSCU1234565"}, "S-1,S-2", Examined.OPEN, []),
        ({"certificates": ["C-9"]}, "S-1,S-2", Examined.OPEN, ["Certificate"]),
        ({"quantity": 5}, "S-1,S-2", Examined.OPEN, ["Quantity"]),
    ],
)
def test_the_port_lays_what_was_sent_beside_what_is_there(
    other: dict[str, Any], seals: str, outcome: Examined, differ: list[str]
) -> None:
    order = given(vegetables(), "port_check")
    sent_of(order, **other)
    if seals:
        found_seal(order, seals)
    found = transferred.compared(order, list(order.seals.all()))
    assert found is not None
    assert [point.name.en for point in found.differences] == differ
    reader = people.signed_in(people.officer("r", Role.INSPECTOR))
    page = reader.get(reverse("officer:order", args=[order.reference])).content.decode()
    assert ("differs</strong>" in page) is bool(differ)
    assert ("the check stays open without" in page) is bool(found.unseen)
    assert "MSG-1" in page
    assert complete(order).outcome is outcome


def test_goods_that_the_port_inspected_itself_need_no_transfer() -> None:
    order = given(vegetables(), "port_check")
    reader = people.signed_in(people.officer("r", Role.INSPECTOR))
    page = reader.get(reverse("officer:order", args=[order.reference])).content.decode()
    assert "No transfer is needed" in page
    assert complete(order).outcome is Examined.CONFORM


def test_goods_of_another_office_wait_for_its_transfer() -> None:
    order = from_jiuzhou()
    port = people.signed_in(people.officer("p", Role.PORT_CHECKER, agency="ZHGB"))
    address = reverse("officer:order", args=[order.reference])
    page = port.get(address).content.decode()
    assert "The transfer is missing" in page
    assert "ZHJZ" in page
    # The declaration lies with the other office: named, but no way to a page that is not open.
    declaration = reverse("officer:declaration", args=[order.line.declaration.reference])
    assert port.get(declaration).status_code == 404
    assert (order.line.reference in page, declaration in page) == (True, False)
    home = people.signed_in(people.officer("d", Role.DIRECTOR))
    assert declaration in home.get(address).content.decode()
    # Whatever the officer answers: nobody at the port knows what left there.
    assert complete(order).outcome is Examined.OPEN
    # A message about the line that another office signed is not the one that is missing.
    sent_of(order, **{"from": "AQSIQ"})
    assert transferred.compared(order, []).missing
    sent_of(order, n="MSG-2", **{"from": "ZHJZ"})
    assert "The transfer is missing" not in port.get(address).content.decode()
    found_seal(order, "S-1,S-2")
    # A later message by another office neither hides the one that counts nor takes its place.
    sent_of(order, n="MSG-3", seal="S-9", **{"from": "AQSIQ"})
    assert transferred.compared(order, list(order.seals.all())).message.number == "MSG-2"
    assert complete(order).outcome is Examined.CONFORM


def test_a_transfer_is_due_once_the_goods_are_let_go_and_is_sent_once() -> None:
    order = from_jiuzhou()
    assert certification.transfers_due("/") == []
    let_go(order)
    loading = WorkOrder.objects.exclude(pk=order.pk).get(line=order.line)
    LoadedLot.objects.create(
        order=loading, lot="L", quantity=1, unit="KGM", seal="ZH-1", supervised=True,
        client_id="lot", by="OFC-I", noted_at=LATER, received_at=LATER,
    )  # fmt: skip
    sender = people.signed_in(people.officer("s", Role.CERTIFICATE_OFFICER, agency="ZHJZ"))
    page = sender.get(reverse("officer:messages")).content.decode()
    assert "1 transfer is still to be sent" in page
    other = people.signed_in(people.officer("o", Role.CERTIFICATE_OFFICER, agency="ZHGB"))
    other.post(reverse("officer:messages-send-due"))
    assert Message.objects.count() == 0
    for _ in range(2):
        assert sender.post(reverse("officer:messages-send-due")).status_code == 302
    row = Message.objects.get()
    assert (row.recipient, row.line.reference) == ("ZHGB", order.line.reference)
    # What the port will find is the seal put on under supervision, not the one declared before.
    assert canonical.loads(row.text)["seal"] == "ZH-1"
    assert "still to be sent" not in sender.get(reverse("officer:messages")).content.decode()
    port = people.signed_in(people.officer("p", Role.PORT_CHECKER, agency="ZHGB"))
    file = sender.get(reverse("officer:message-file", args=[row.number])).content
    assert port.post(reverse("officer:message-take-in"), uploaded(file)).status_code == 302
    assert not transferred.compared(order, []).missing


def test_a_longer_list_of_messages_costs_no_more_queries() -> None:
    line = released()
    client = people.signed_in(people.officer("s", Role.CERTIFICATE_OFFICER))
    addresses = [reverse(f"officer:{name}") for name in ("messages", "messages-received")]

    def more(numbers: range) -> None:
        for n in numbers:
            certification.transfer([line.reference], to="ZHGB", how=how(LATER))
            said = TO_ZHJZ | {"n": f"MSG-{n}", "line": "L", "outcome": "release"}
            certification.take_in(signed(said), path="", how=how(LATER))

    def costs() -> list[tuple[int, int]]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                page = client.get(address).content.decode()
            found.append((len(queries), page.count("<tr data-row")))
        return found

    more(range(1))
    client.get(addresses[0])
    before = costs()
    more(range(1, 6))
    after = costs()
    assert [rows for _, rows in before + after] == [1, 1, 6, 6]
    assert [cost for cost, _ in before] == [cost for cost, _ in after]
