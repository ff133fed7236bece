"""What the API takes, answers and refuses, and whom it shows what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.desks import scenario

from guomen.desks.api.callers import caller_or_none, make_token
from guomen.desks.components import clock
from guomen.supervision.agencies.models import RoleHeld
from guomen.supervision.controls.models import ControlOrder
from guomen.supervision.declarations.models import Declaration, Line
from guomen.supervision.parties.models import Enterprise, Representative

scenario_given_back = scenario.scenario_given_back
scenario_loaded = scenario.scenario_loaded
LODGE = "/api/v1/declarations"
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: scenario.NOON)


@pytest.fixture
def registers(scenario_loaded: None, db: None, demo_mode: Path) -> Path:
    scenario.commit()
    return demo_mode


def bearer(username: str) -> dict[str, str]:
    _, secret = make_token(scenario.user(username), label="test", at=clock.now())
    return {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}


def firm(username: str) -> Enterprise:
    return Representative.objects.get(user__username=username).enterprise


def body(username: str = "firm.toys", own: str = "P-1", **more: Any) -> dict[str, Any]:
    return {
        "declaration": own,
        "direction": "export",
        "enterprise": firm(username).uscc,
        "agent": "SELF",
        "port": "CNJZU",
        "transport": "sea",
        "transit_via": "NONE",
        "lines": [
            {
                "line": 1,
                "goods": "玩具",
                "hs_code": "9503001000",
                "origin": "CN",
                "destination": "US",
                "quantity": 900,
                "unit": "C62",
                "units_in_lot": 900,
                "value_cny": "85500.00",
                "produced_on": "2012-05-20",
                "documents": ["contract", "invoice", "packing_list"],
                "lot": "L1",
            },
            {"line": 2, "goods": "玩具", "hs_code": "9503001000", "quantity": 10.5},
        ],
        **more,
    }


def post(path: str, value: Any, *, who: str = "firm.toys", **headers: str) -> Any:
    return Client().post(
        path, json.dumps(value), content_type="application/json", headers=bearer(who) | headers
    )


def get(path: str, *, who: str = "firm.toys") -> Any:
    return Client().get(path, headers=bearer(who))


@pytest.fixture
def lodged(registers: Path) -> dict[str, Any]:
    answer = post(LODGE, body())
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_declaration_is_ruled_on_at_once_with_reasons_and_what_is_missing(
    lodged: dict[str, Any],
) -> None:
    assert [line["line"] for line in lodged["lines"]] == [1, 2]
    held = lodged["lines"][1]
    assert held["outcome"] == {"code": "hold", "name": "Hold"}
    assert "origin" in {missing["fact"] for missing in held["missing"]}
    assert all(reason["says"] and reason["source"] for reason in held["reasons"])
    sources = " ".join(reason["source"] for reason in held["reasons"])
    assert not re.search(r"[一-龥]", sources), "an English reader is cited English clauses"
    assert get(f"{LODGE}/{lodged['reference']}").json()["lines"] == lodged["lines"]


def test_the_same_key_gives_the_first_answer_and_another_content_is_refused(
    registers: Path,
) -> None:
    first = post(LODGE, body(), **{"Idempotency-Key": "k1"})
    again = post(LODGE, body(), **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["reference"] == first.json()["reference"]
    assert again.json() == first.json() | {"repeated": True}
    path = f"{LODGE}/{first.json()['reference']}/lines/2/withdraw"
    assert post(path, {"reason": "sold"}).status_code == 200
    later = post(LODGE, body(), **{"Idempotency-Key": "k1"})
    assert later.json() == again.json(), "answered as it was then"
    other = post(LODGE, body(own="P-2"), **{"Idempotency-Key": "k1"})
    assert other.status_code == 409
    assert Declaration.objects.count() == 1


def test_every_problem_is_named_in_both_languages_and_nothing_is_stored(registers: Path) -> None:
    value = body()
    value["lines"][0] |= {"hs_code": 704909001, "quantity": -1}
    value["lines"][1]["origin"] = "Frankreich"
    answer = post(LODGE, value)
    assert answer.status_code == 422
    problems = answer.json()["error"]["problems"]
    assert {(p["row"], p["column"]) for p in problems} >= {
        (1, "hs_code"),
        (1, "quantity"),
        (2, "origin"),
    }
    assert all(p["says"]["zh"] and p["says"]["en"] for p in problems)
    assert not Declaration.objects.exists()


ODD: list[tuple[Any, int]] = [
    ([], 400),
    ({}, 422),
    ({"lines": []}, 422),
    ({"lines": "x"}, 422),
    ({"lines": [[1]]}, 422),
    ({"lines": [{"line": {"a": 1}}]}, 422),
    ({"lines": [{"goods": "a\0b"}]}, 422),
    ({"lines": [{"weight": 1}]}, 422),
    ({"nonsense": 1, "lines": [{"line": 1}]}, 422),
    ({"lines": [{"line": 1}] * 1_001}, 422),
]


def test_odd_bodies_are_refused_with_a_sentence(registers: Path) -> None:
    for value, status in ODD:
        answer = post(LODGE, value)
        assert answer.status_code == status, answer.content
        assert answer.json()["error"]["says"]


def test_what_is_not_json_is_refused(registers: Path) -> None:
    headers = bearer("firm.toys")
    for content in (b"", b"{", b"\xff", b'"\\ud800"', b"[" * 100_000):
        answer = Client().post(LODGE, content, content_type="application/json", headers=headers)
        assert answer.status_code == 400


def test_an_enterprise_declares_for_itself_or_as_the_agent(registers: Path) -> None:
    foreign = post(LODGE, body("firm.aircon"))
    assert foreign.status_code == 422
    assert {p["column"] for p in foreign.json()["error"]["problems"]} == {"enterprise"}
    as_agent = body("firm.aircon", agent=firm("firm.agent").uscc)
    assert post(LODGE, as_agent, who="firm.agent").status_code == 201
    assert post(LODGE, body("firm.aircon", own="P-9"), who="examiner.gongbei").status_code == 201


def test_a_foreign_enterprise_finds_nothing(lodged: dict[str, Any]) -> None:
    reference = lodged["reference"]
    for path in (f"{LODGE}/{reference}", f"{LODGE}/{reference}/lines/1/explanation"):
        assert get(path, who="firm.toys").status_code == 200
        assert get(path, who="director").status_code == 200
        assert get(path, who="firm.aircon").status_code == 404
    for move in ("supply", "amend", "withdraw"):
        path = f"{LODGE}/{reference}/lines/1/{move}"
        assert post(path, {"origin": "FR"}, who="firm.aircon").status_code == 404
    assert get(f"{LODGE}/DEC-2012-999999-9").status_code == 404


def test_an_officer_sees_its_own_subtree_only(lodged: dict[str, Any]) -> None:
    line = Line.objects.select_related("agency").first()
    assert line is not None
    examiner = caller_or_none(scenario.user("examiner.gongbei"))
    assert examiner is not None
    inside = line.agency.path.startswith(str(examiner.path))
    status = get(f"{LODGE}/{lodged['reference']}", who="examiner.gongbei").status_code
    assert status == (200 if inside else 404)


def test_what_is_missing_is_supplied_and_the_line_ruled_on_again(lodged: dict[str, Any]) -> None:
    path = f"{LODGE}/{lodged['reference']}/lines/2"
    facts = {
        k: v
        for k, v in body()["lines"][0].items()
        if k not in ("line", "goods", "hs_code", "quantity", "lot")
    }
    answer = post(f"{path}/supply", facts)
    assert answer.status_code == 200, answer.content
    before, after = lodged["lines"][1], answer.json()["lines"][1]
    assert after["ledger_entry"] > before["ledger_entry"]
    assert {m["fact"] for m in after["missing"]} < {m["fact"] for m in before["missing"]}
    assert "origin" not in {m["fact"] for m in after["missing"]}
    assert post(f"{path}/supply", {"origin": "FR"}).status_code == 422
    assert post(f"{path}/amend", {"enterprise": "x"}).status_code == 422
    assert post(f"{path}/amend", {}).status_code == 422
    assert post(f"{path}/amend", {"seal": "CIQ0098124"}).status_code == 200


def test_a_withdrawn_line_cannot_be_withdrawn_again(lodged: dict[str, Any]) -> None:
    path = f"{LODGE}/{lodged['reference']}/lines/2/withdraw"
    assert post(path, {"reason": "sold"}).json()["lines"][1]["state"]["code"] == "withdrawn"
    assert post(path, {"reason": "sold"}).status_code == 409


def test_an_explanation_shows_a_trader_no_open_chance_and_no_way_of_choosing(
    lodged: dict[str, Any],
) -> None:
    path = f"{LODGE}/{lodged['reference']}/lines/2/explanation"
    mine, officers = get(path).json(), get(path, who="director").json()
    assert mine["draw"]["chance_ppm"] is None
    assert officers["draw"]["chance_ppm"] is not None
    assert {r["gate"] for r in mine["reasons"]}.isdisjoint({"controls", "targeting"})


@pytest.mark.parametrize("kind", ["text/csv", "application/x-ndjson"])
def test_a_file_is_taken_in_bulk(registers: Path, kind: str) -> None:
    value = body()
    head = {k: v for k, v in value.items() if k != "lines"}
    line = value["lines"][0] | {"documents": "contract;invoice;packing_list"}
    foreign = firm("firm.aircon").uscc
    rows = [
        head | line,
        head | line | {"declaration": "P-2", "quantity": "many"},
        head | line | {"declaration": "P-3", "enterprise": foreign},
    ]
    if kind == "text/csv":
        lines = [",".join(rows[0]), *(",".join(str(v) for v in row.values()) for row in rows)]
        content = "\n".join(lines) + "\n"
    else:
        content = "".join(json.dumps(row) + "\n" for row in rows)
    headers = bearer("firm.toys")
    answer = Client().post(f"{LODGE}/bulk", content.encode(), content_type=kind, headers=headers)
    assert answer.status_code == 200, answer.content
    done = answer.json()
    assert (done["rows"], done["decided"], done["rejected"]) == (3, 1, 2)
    assert [(p["row"], p["column"]) for p in done["problems"]] == [
        (2, "quantity"),
        (3, "enterprise"),
    ]
    broken = Client().post(
        f"{LODGE}/bulk", content.encode()[:-9], content_type=kind, headers=headers
    )
    assert broken.status_code == 422
    assert "half-written" in broken.json()["error"]["says"]
    odd = Client().post(f"{LODGE}/bulk", b"x", content_type="text/plain", headers=headers)
    assert odd.status_code == 415


def test_nobody_gets_in_without_a_token_or_a_session(lodged: dict[str, Any]) -> None:
    path = f"{LODGE}/{lodged['reference']}"
    assert Client().get(path).status_code == 401
    wrong = {"Authorization": "Bearer gm_wrong"}
    assert Client().get(path, headers=wrong).status_code == 401
    assert post(LODGE, body(own="P-3"), who="inspector.gongbei").status_code == 403


def test_a_session_writes_only_with_the_csrf_token(registers: Path) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scenario.user("firm.toys"), "django.contrib.auth.backends.ModelBackend")
    send = {"data": json.dumps(body()), "content_type": "application/json"}
    assert client.post(LODGE, **send).status_code == 403
    client.get("/sign-in/")
    token = client.cookies["csrftoken"].value
    assert client.post(LODGE, headers={"X-CSRFToken": token}, **send).status_code == 201


def test_a_token_is_shown_once_kept_as_a_digest_and_ends_when_revoked(registers: Path) -> None:
    client = Client()
    client.force_login(scenario.user("firm.toys"), "django.contrib.auth.backends.ModelBackend")
    path = "/api/v1/tokens"
    made = client.post(path, json.dumps({"label": "erp"}), content_type="application/json").json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert Client().get(f"{LODGE}/none", headers=headers).status_code == 404
    assert made["token"] not in client.get(path).content.decode()
    assert Client().get(path, headers=headers).status_code == 401, "no token by token"
    client.delete(f"{path}/{made['id']}")
    assert Client().get(f"{LODGE}/none", headers=headers).status_code == 401


def test_a_role_that_is_taken_away_ends_at_once(registers: Path) -> None:
    headers = bearer("examiner.gongbei")
    path = f"{LODGE}/bulk"
    send = {"data": "[]", "content_type": "application/json", "headers": headers}
    assert Client().post(path, **send).status_code != 403
    RoleHeld.objects.filter(officer__user__username="examiner.gongbei").delete()
    assert Client().post(path, **send).status_code == 403


def test_a_proof_is_given_to_those_who_may_read_the_entry(lodged: dict[str, Any]) -> None:
    line = Line.objects.get(reference=lodged["lines"][1]["reference"])
    path = f"/api/v1/ledger/proof/{line.ruling_seq}"
    assert get(path, who="auditor").json()["format"] == "guomen-proof-1"
    assert get(path, who="firm.aircon").status_code == 404
    assert get(path).status_code == 404, "the line is open: the record holds its chance"
    line.state = "withdrawn"
    line.save()
    ControlOrder.objects.update(confidential=False)
    assert get(path).status_code == 200
    assert get("/api/v1/ledger/proof/999999", who="auditor").status_code == 404


def test_keys_and_anchors_are_public_and_no_open_key_is_among_them(registers: Path) -> None:
    keys = Client().get("/api/v1/draw/keys").json()["keys"]
    assert len(keys) == 2
    assert all(key["key"] is None and key["commitment"] for key in keys)
    assert Client().get("/api/v1/ledger/anchors").json() == {"anchors": []}


def test_sentences_come_in_the_language_that_is_asked_for(lodged: dict[str, Any]) -> None:
    headers = bearer("firm.toys") | {"Accept-Language": "zh-CN"}
    found = Client().get(f"{LODGE}/{lodged['reference']}", headers=headers).json()
    assert found["lines"][1]["outcome"]["name"] == "暂停办理"


def test_the_document_and_its_page_name_every_operation(db: None) -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert len(document["paths"]) >= 11
    page = Client().get("/api/v1/docs", headers={"Accept-Language": "en"})
    text = page.content.decode()
    assert all(path in text for path in document["paths"])
    assert "<script>" not in text
    assert "style=" not in text
