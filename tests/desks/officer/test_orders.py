"""Pages of work orders and of an inspector's day: what they show, for whom, and what they do."""

from __future__ import annotations

import io
import json
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from PIL.ExifTags import Base
from pytest_django.fixtures import Settings
from tests.desks import people, walk
from tests.journeys import builders, inspection_orders
from tests.journeys.builders import FOUNDED, NOW, RECORDED

from guomen.desks.officer import inspections
from guomen.desks.officer.permissions import MOVES, Move
from guomen.journeys.inspection import photos
from guomen.supervision.agencies.models import Officer, Role
from guomen.supervision.inspections.models import (
    Conflict,
    Finding,
    LoadedLot,
    Photo,
    Qualification,
    WorkOrder,
)

pytestmark = pytest.mark.usefixtures("bureau")


def inspector(name: str = "inspector", role: Role = Role.INSPECTOR, **more: str) -> Officer:
    made = people.officer(name, role, **more)
    for skill in ("plants", "animals"):
        Qualification.objects.create(
            officer=made.key, skill=skill, begins=FOUNDED, recorded_at=RECORDED
        )
    return made


@pytest.fixture
def own() -> Officer:
    return inspector()


@pytest.fixture
def order(own: Officer) -> WorkOrder:
    return inspection_orders.given(builders.meat(goods="冻去骨牛肉"), to=own.key)


@pytest.fixture
def at(own: Officer) -> Client:
    return people.signed_in(own)


def head() -> Client:
    return people.signed_in(people.officer("head", Role.BRANCH_HEAD))


def test_the_list_says_what_waits_and_the_draw_gives_it_out(own: Officer) -> None:
    builders.lodged(builders.vegetables(goods="菜心"))
    client = head()
    page = client.get(reverse("officer:orders")).content.decode()
    assert "orders wait for an inspector" in page
    assert "菜心" in page
    answer = client.post(reverse("officer:orders-draw"), follow=True).content.decode()
    assert "An inspector was drawn for 1 order." in answer
    assert "2 wait: nobody with the skill has time left." in answer
    assert WorkOrder.objects.get(kind="inspection").inspector == own.key
    plan = client.get(reverse("officer:orders-plan")).content.decode()
    assert "Inspector" in plan
    assert "菜心" in plan


def test_filters_narrow_the_list_and_nothing_found_teaches(order: WorkOrder) -> None:
    client = head()
    for query, shown in (
        ("state=assigned", True),
        ("state=completed", False),
        ("kind=inspection&due=later", True),
        ("due=late", False),
        ("owed=on", False),
        ("state=nonsense", True),
    ):
        page = client.get(f"{reverse('officer:orders')}?{query}").content.decode()
        assert (order.reference in page) is shown, query


def test_an_order_is_given_by_name_with_its_reason(order: WorkOrder) -> None:
    other = inspector("other")
    client = head()
    address = reverse("officer:order", args=[order.reference])
    assert "Give it to somebody else" in client.get(address).content.decode()
    give = reverse("officer:order-give", args=[order.reference])
    refused = client.post(give, {"officer": other.key, "reason": ""})
    assert refused.status_code == 422
    client.post(give, {"officer": other.key, "reason": "absent", "note": "leave"})
    order.refresh_from_db()
    assert order.inspector == other.key
    page = client.get(address).content.decode()
    assert "The officer is absent or moved" in page
    assert "leave" in page


def test_my_day_leads_to_the_days_beside_it(order: WorkOrder, own: Officer) -> None:
    reader = people.signed_in(own)

    def on(day: str) -> str:
        return reader.get(reverse("officer:my-day"), {"day": day}).content.decode()

    due = order.due_on
    before, after = due - timedelta(days=1), due + timedelta(days=1)
    page = on(due.isoformat())
    assert order.reference in page
    assert f"?day={before}" in page
    assert f"?day={after}" in page
    assert order.reference not in on(str(after))
    assert "No order of yours is due on this day" in on(str(after))
    # What is no day, or too far away, is today.
    today = reader.get(reverse("officer:my-day")).content.decode()
    assert all(f"?day={builders.TODAY + timedelta(days=1)}" in on(d) for d in ("x", "9999-12-31"))
    assert order.reference in today


def test_my_day_shows_my_orders_owed_checks_first(order: WorkOrder, own: Officer) -> None:
    second = inspection_orders.given(builders.meat(own="A-9", lot="X", goods="羊肉"), to=own.key)
    WorkOrder.objects.update(due_on=NOW.date())
    WorkOrder.objects.filter(pk=second.pk).update(owed=True)
    page = people.signed_in(own).get(reverse("officer:my-day")).content.decode()
    assert "2 orders for you today" in page
    assert page.index("羊肉") < page.index("Boneless beef, frozen")
    stranger = people.signed_in(inspector("stranger"))
    assert "No work for you today" in stranger.get(reverse("officer:my-day")).content.decode()


def form_of(order: WorkOrder, **other: Any) -> dict[str, str]:
    form = {"stamp": "1"}
    for code, answer in inspection_orders.in_order(order, **other).items():
        name = "answer" if str(answer) in ("conform", "fail", "unknown") else "value"
        form[f"{name}-{code}"] = str(answer)
    return form


def test_a_phone_without_a_script_stores_and_completes(order: WorkOrder, at: Client) -> None:
    page = at.get(reverse("officer:my-order", args=[order.reference])).content.decode()
    assert "items to answer" in page
    save = reverse("officer:my-order-save", args=[order.reference])
    form = form_of(order, **{"P-CONDITION": "fail"})
    at.post(save, form)
    kept = Finding.objects.count()
    # The same form again, as by a double tap, changes nothing.
    at.post(save, form)
    assert Finding.objects.count() == kept == len(form) - 1
    at.post(reverse("officer:my-order-complete", args=[order.reference]), {"stamp": "1"})
    order.refresh_from_db()
    assert order.state == "completed"
    after = at.get(reverse("officer:my-order", args=[order.reference])).content.decode()
    assert "Does not conform" in after
    assert "EXM-CONDITION" in after


def test_what_is_not_known_is_named_and_the_order_stays(order: WorkOrder, at: Client) -> None:
    complete = reverse("officer:my-order-complete", args=[order.reference])
    page = at.post(complete, {"stamp": "1"}, follow=True).content.decode()
    order.refresh_from_db()
    assert order.state == "underway"
    assert "Something that must be known is not known yet" in page
    assert "EXM-GOODS-AS-DECLARED" in page


def test_two_answers_that_differ_are_shown_and_one_is_chosen(order: WorkOrder, at: Client) -> None:
    own = order.inspector or ""
    inspection_orders.send(order, inspection_orders.finding("I-MARKS", "conform"), by=own, at=NOW)
    inspection_orders.send(order, inspection_orders.finding("I-MARKS", "fail"), by=own, at=NOW)
    address = reverse("officer:my-order", args=[order.reference])
    assert "Let this one stand" in at.get(address).content.decode()
    conflict = Conflict.objects.get()
    (waits,) = at.get(reverse("officer:inbox")).context["lists"]
    assert (waits[0].what, waits[0].count) == ("conflict", 1)
    assert waits[3][0][1] == address
    other = people.officer("another", Role.INSPECTOR)
    assert people.signed_in(other).get(reverse("officer:inbox")).context["lists"] == []
    choose = reverse("officer:my-order-choose", args=[order.reference, conflict.pk])
    at.post(choose, {"chosen": str(conflict.other_id)})
    assert inspection_orders.standing(order) == {"I-MARKS": "fail"}
    assert "Let this one stand" not in at.get(address).content.decode()


def test_a_check_not_carried_out_is_recorded_with_its_reason(order: WorkOrder, at: Client) -> None:
    forgo = reverse("officer:my-order-forgo", args=[order.reference])
    at.post(forgo, {"reason": "no such reason"})
    order.refresh_from_db()
    assert order.state == "assigned"
    at.post(forgo, {"reason": "not_presented"})
    order.refresh_from_db()
    assert (order.state, order.reason) == ("not_performed", "not_presented")


# -- what a phone sends -------------------------------------------------------------------------
def sent(order: WorkOrder, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"order": order.reference, "sent_at": NOW.isoformat(), "events": list(events)} | more


def an_event(kind: str, **data: Any) -> dict[str, Any]:
    noted = (NOW - timedelta(hours=1)).isoformat()
    return {"client_id": str(uuid4()), "kind": kind, "noted_at": noted, "data": data}


def post_json(client: Client, body: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(reverse("officer:my-day-sync"), text, content_type="application/json")


def test_records_are_taken_once_and_the_phone_is_told_what_stands(
    order: WorkOrder, at: Client
) -> None:
    finding = an_event("finding", item="I-MARKS", answer="fail", value="", note="箱号不符")
    for _ in range(2):
        answer = post_json(at, sent(order, finding, an_event("visit"))).json()
        assert {one["status"] for one in answer["taken"]} == {"stored"}
        assert answer["standing"]["I-MARKS"]["answer"] == "fail"
        assert answer["state"] == "underway"
    assert Finding.objects.count() == 1


def test_a_wish_to_complete_is_carried_out_after_the_records(order: WorkOrder, at: Client) -> None:
    events = [
        an_event("finding", item=code, answer="conform", value="" if a == "conform" else str(a))
        for code, a in inspection_orders.in_order(order).items()
    ]
    events += [an_event("signature", role="inspector", strokes=[]), an_event("complete")]
    answer = post_json(at, sent(order, *events)).json()
    assert answer["state"] == "completed"
    # The answer was lost on its way: the same again is taken for what it was.
    again = post_json(at, sent(order, *events)).json()
    assert {one["status"] for one in again["taken"]} == {"stored"}


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"order": 1}', '{"order":"X","sent_at":"now","events":[]}']
)
def test_what_is_no_record_is_refused_clearly(at: Client, body: str) -> None:
    answer = post_json(at, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_who_gives_orders_out_reads_what_differs_and_what_came_late(
    order: WorkOrder, own: Officer
) -> None:
    inspection_orders.complete(order, by=own.key)
    client, address = head(), reverse("officer:order", args=[order.reference])
    assert "Something came after" not in client.get(address).content.decode()
    later = inspection_orders.LATER + timedelta(hours=1)
    told = inspection_orders.finding("I-MARKS", "fail", note="标签不符")
    inspection_orders.send(order, told, by=own.key, at=later)
    page = client.get(address).content.decode()
    for words in ("Something came after this order was closed", "标签不符", "kept beside it"):
        assert words in page
    waiting = client.get(reverse("officer:inbox"))
    (found,) = [one for one, *_ in waiting.context["lists"] if one.what == "late_record"]
    assert [item.key for item in found.items] == [order.reference]
    assert found.items[0].since == later
    # Once a person chose, nobody is told any more.
    conflict = Conflict.objects.get()
    choose = reverse("officer:my-order-choose", args=[order.reference, conflict.pk])
    people.signed_in(own).post(choose, {"chosen": conflict.standing_id})
    assert "Something came after" not in client.get(address).content.decode()
    lists = client.get(reverse("officer:inbox")).context["lists"]
    assert "late_record" not in [one.what for one, *_ in lists]


def test_nobody_sends_to_anothers_order(order: WorkOrder) -> None:
    stranger = people.signed_in(inspector("stranger"))
    assert post_json(stranger, sent(order, an_event("visit"))).status_code == 404
    assert post_json(Client(), sent(order)).status_code == 302
    assert post_json(head(), sent(order)).status_code == 403


def test_lots_are_added_by_a_form_too(own: Officer) -> None:
    made = inspection_orders.given(builders.vegetables(), "loading_supervision", to=own.key)
    form = {"stamp": "1", "lot-name": "L-1", "lot-quantity": "600", "lot-seal": "ZH1",
            "lot-supervised": "yes"}  # fmt: skip
    people.signed_in(own).post(reverse("officer:my-order-save", args=[made.reference]), form)
    assert LoadedLot.objects.values_list("lot", "seal", "supervised").get() == ("L-1", "ZH1", True)


# -- photos ---------------------------------------------------------------------------------------
@pytest.fixture
def evidence(tmp_path: Path, settings: Settings) -> Path:
    settings.GUOMEN_VAR = tmp_path
    return tmp_path / "evidence"


def picture(size: tuple[int, int] = (3000, 2000), form: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, form, **more)
    return out.getvalue()


def upload(client: Client, order: WorkOrder, content: bytes, **more: str) -> Any:
    form = {
        "client_id": str(uuid4()),
        "noted_at": NOW.isoformat(),
        "item": "P-CONDITION",
        "latitude": "22.2",
        "longitude": "113.5",
        "photo": SimpleUploadedFile(more.pop("name", "photo.jpg"), content),
    }
    return client.post(reverse("officer:my-order-photo", args=[order.reference]), form | more)


def test_a_photo_is_made_smaller_and_loses_everything_but_the_picture(
    order: WorkOrder, at: Client, evidence: Path
) -> None:
    exif = Image.Exif()
    exif[Base.Make] = "SECRET-CAMERA"
    content = picture(exif=exif) + b"<script>alert(1)</script>PK\x03\x04zip-behind-the-picture"
    answer = upload(at, order, content, name="../../../etc/passwd")
    assert answer.status_code == 200, answer.content
    kept = Photo.objects.get()
    (file,) = evidence.rglob("*.jpg")
    stored = file.read_bytes()
    assert max(kept.width, kept.height) == photos.LONGEST_SIDE
    assert file.name == f"{kept.sha256}.jpg"
    for hidden in (b"SECRET-CAMERA", b"<script>", b"PK\x03\x04", b"Exif"):
        assert hidden in content
        assert hidden not in stored
    assert (str(kept.latitude), kept.by) == ("22.20000", order.inspector)


def test_the_same_photo_again_is_one_photo_and_another_under_its_name_is_refused(
    order: WorkOrder, at: Client, evidence: Path
) -> None:
    identity, content = str(uuid4()), picture((300, 200))
    for _ in range(2):
        assert upload(at, order, content, client_id=identity).status_code == 200
    assert Photo.objects.count() == 1
    other = upload(at, order, picture((200, 300)), client_id=identity)
    assert (other.status_code, other.json()["code"]) == (422, "other_content")


def bomb() -> bytes:
    """Return a small file that says that it is a picture of four thousand million pixels."""
    out = io.BytesIO()
    Image.new("1", (1, 1)).save(out, "PNG")
    content = bytearray(out.getvalue())
    content[16:24] = (65_500).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


NO_PICTURE = (
    "This is no JPEG, PNG or WebP picture. Send a photo.",
    "不是 JPEG、PNG 或 WebP 图片，请上传照片。",
)
BROKEN = (
    "The picture is damaged and cannot be opened. Take it again.",
    "图片损坏无法打开，请重拍。",
)
TOO_LARGE = (
    "The picture is too large to be opened. Take it again.",
    "图片尺寸过大无法打开，请重拍。",
)
TOO_BIG = (
    "The file is larger than 20 MB. Take the photo again, smaller.",
    "文件超过 20 MB，请调小后重拍。",
)
EMPTY = (
    "The file is empty: nothing was written into it. Take the photo again.",
    "文件为空，照片没有写入，请重拍。",
)
NO_FILE = ("No photo came with its time. Take it again.", "没有收到照片或拍摄时间，请重拍。")
NO_ITEM = (
    "No item of a checklist is named so. Open the order again and retry.",
    "检查清单没有这一项，请重新打开工作单再试。",
)
NO_IDENTITY = (
    "The photo has no identity. Open the order again and retry.",
    "照片缺少编号，请重新打开工作单后再试。",
)
SMALL = picture((60, 40))
REFUSED: dict[str, tuple[bytes, dict[str, str], str, tuple[str, str]]] = {
    "empty": (b"", {}, "empty", EMPTY),
    "text": ("这是文字，不是照片".encode() * 40, {"name": "photo.jpg"}, "no_picture", NO_PICTURE),
    "gif": (b"GIF89a" + b"\0" * 40, {}, "no_picture", NO_PICTURE),
    "svg": (
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        {},
        "no_picture",
        NO_PICTURE,
    ),
    "pdf": (b"%PDF-1.7 \xff\xd8\xff", {}, "no_picture", NO_PICTURE),
    "program": (b"MZ\x90\0", {}, "no_picture", NO_PICTURE),
    "zip before the picture": (b"PK\x03\x04" + SMALL, {}, "no_picture", NO_PICTURE),
    "cut": (picture((400, 300))[:2000], {}, "broken", BROKEN),
    "bomb": (bomb(), {}, "too_many_pixels", TOO_LARGE),
    "huge": (b"\xff" * (photos.MOST_BYTES + 1), {}, "too_big", TOO_BIG),
    "no file": (SMALL, {"photo": "a word"}, "no_file", NO_FILE),
    "no time": (SMALL, {"noted_at": "yesterday"}, "no_file", NO_FILE),
    "item with a nought": (SMALL, {"item": "P-\0"}, "bad_item", NO_ITEM),
    "item as a path": (SMALL, {"item": "../../x"}, "bad_item", NO_ITEM),
    "identity as a path": (SMALL, {"client_id": "../../x"}, "bad_identity", NO_IDENTITY),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_photo_is_refused_and_nothing_is_kept(
    order: WorkOrder, at: Client, evidence: Path, case: str
) -> None:
    content, more, why, sentences = REFUSED[case]
    for language, sentence in zip(("en", "zh-hans"), sentences, strict=True):
        at.cookies["django_language"] = language
        answer = upload(at, order, content, **more)
        assert (answer.status_code, answer.json()["code"]) == (422, why)
        assert answer.json()["says"] == sentence
    assert not Photo.objects.exists()
    assert not list(evidence.rglob("*"))


@pytest.mark.parametrize(
    "name",
    [
        "../../x.jpg",
        "..\\..\\x.jpg",
        "/etc/passwd",
        "C:\\x.jpg",
        "a\0.jpg",
        "長" * 300,
        "x.jpg.html",
    ],
    ids=("up", "up by backslash", "root", "drive", "nought", "long", "html"),
)
def test_the_name_of_a_file_counts_for_nothing(
    order: WorkOrder, at: Client, evidence: Path, name: str
) -> None:
    before = set(evidence.parent.rglob("*"))
    content = SMALL + b"<html><script>alert(1)</script></html>PK\x05\x06" + b"\0" * 18
    assert upload(at, order, content, name=name).status_code == 200
    (file,) = (one for one in {*evidence.parent.rglob("*")} - before if one.is_file())
    sha = Photo.objects.get().sha256
    assert file.relative_to(evidence).parts == (sha[:2], f"{sha}.jpg")
    assert all(hidden not in file.read_bytes() for hidden in (b"<script>", b"PK\x05\x06"))


def test_a_photo_is_shown_to_those_who_may_see_the_order_only(
    order: WorkOrder, at: Client, evidence: Path
) -> None:
    upload(at, order, picture((300, 200)))
    address = reverse("officer:photo", args=[Photo.objects.get().client_id])
    shown = at.get(address)
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown.content[:3] == b"\xff\xd8\xff"
    branch = order.agency.code
    elsewhere = "ZHGB" if branch != "ZHGB" else "ZHJZ"
    for person, status in (
        (people.officer("near", Role.BRANCH_HEAD, agency=branch), 200),
        (people.officer("far", Role.BRANCH_HEAD, agency=elsewhere), 404),
        (people.officer("keeper", Role.KEY_CUSTODIAN), 404),
        (people.trader(builders.TOYMAKER), 403),
    ):
        assert people.signed_in(person).get(address).status_code == status, person
    assert Client().get(address).status_code == 302
    assert at.get(reverse("officer:photo", args=[str(uuid4())])).status_code == 404


# -- who may open what --------------------------------------------------------------------------
def addresses(order: WorkOrder) -> dict[str, tuple[str, Move | None]]:
    one = [order.reference]
    return {
        "orders": (reverse("officer:orders"), Move.SEE),
        "orders-plan": (reverse("officer:orders-plan"), Move.SEE),
        "order": (reverse("officer:order", args=one), Move.SEE),
        "my-day": (reverse("officer:my-day"), None),
    }


POSTS: dict[str, Move] = {
    "orders-draw": Move.ASSIGN,
    "order-give": Move.ASSIGN,
    "my-day-sync": Move.INSPECT,
    "my-order-save": Move.INSPECT,
    "my-order-photo": Move.INSPECT,
    "my-order-complete": Move.INSPECT,
    "my-order-examine-late": Move.INSPECT,
    "my-order-forgo": Move.INSPECT,
    "my-order-choose": Move.INSPECT,
}


@walk.drawn_once()
def test_each_role_opens_what_the_table_says(order: WorkOrder) -> None:
    walked = addresses(order)
    # Another's order is not told from one that does not exist; a photo and the worker are above.
    others = {"my-order", "photo", "my-day-worker"}
    assert set(walked) | set(POSTS) | others == {pattern.name for pattern in inspections.pages}
    for role in walk.ROLES:
        client = people.signed_in(people.officer(f"r.{role}", role))
        for name, (address, move) in walked.items():
            expected = 200 if move is None or move in MOVES[role] else 403
            assert client.get(address).status_code == expected, (role, name)
        mine = client.get(reverse("officer:my-order", args=[order.reference]))
        assert mine.status_code == (404 if Move.INSPECT in MOVES[role] else 403)
        for name, move in POSTS.items():
            if move not in MOVES[role]:
                arguments: list[Any] = (
                    [] if name in ("orders-draw", "my-day-sync") else [order.reference]
                )
                arguments += [1] if name == "my-order-choose" else []
                assert client.post(reverse(f"officer:{name}", args=arguments)).status_code == 403


def test_lists_take_the_same_queries_for_many_orders(
    own: Officer, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        inspection_orders.given(builders.meat(own=f"M-{n}", lot=f"L{n}"), to=own.key)
    WorkOrder.objects.update(due_on=NOW.date())
    at, chief = people.signed_in(own), head()
    for client, name, most in (
        (chief, "orders", 13),
        (chief, "orders-plan", 11),
        (at, "my-day", 12),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(reverse(f"officer:{name}")).status_code == 200
