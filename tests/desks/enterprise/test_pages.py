"""What people of enterprises see and do: their own goods, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.desks import people
from tests.journeys import builders

from guomen.core.severity import Outcome
from guomen.desks.enterprise import urls
from guomen.journeys import clearance
from guomen.supervision.agencies.models import Role
from guomen.supervision.declarations.models import Line

pytestmark = pytest.mark.usefixtures("bureau")


@pytest.fixture
def firm() -> Client:
    return people.signed_in(people.trader(builders.IMPORTER))


@pytest.fixture
def held() -> Line:
    (line,) = builders.lodged(builders.meat(documents=None))
    return line


def address(line: Line, move: str = "") -> str:
    one = f"/enterprise/consignments/{line.declaration.reference}/"
    return f"{one}lines/{line.number}/{move}/" if move else one


def test_an_agent_sees_what_it_declared_for_another_and_may_carry_it_on(held: Line) -> None:
    agent = people.signed_in(people.trader(builders.AGENT))
    assert agent.get(address(held)).status_code == 404
    (line,) = builders.lodged(builders.meat("BY-AGENT", documents=None, agent=builders.AGENT))
    assert agent.get(address(line)).status_code == 200
    assert agent.get(address(line, "supply")).status_code == 200
    assert line.declaration.reference in agent.get("/enterprise/").content.decode()
    assert held.declaration.reference not in agent.get("/enterprise/").content.decode()


def test_every_address_is_for_the_own_enterprise_only(firm: Client, held: Line) -> None:
    general = ["/enterprise/", "/enterprise/new/", "/enterprise/file/", "/enterprise/jobs/"]
    own = [address(held), *(address(held, move) for move in ("supply", "amend", "withdraw"))]
    here = {"home", "lodge", "file", "consignment", "act", "jobs"}
    # Licences, filings, registers, standing, failed goods and papers are walked elsewhere.
    rooms = ("licence", "filings/", "notices/", "credit/", "class/", "failed/", "certificates/")
    # Of long work each person sees their own: ``tests.desks.test_jobs``.
    rooms += ("jobs/", "register/")
    rest = [p for p in urls.urlpatterns if p.name not in here]  # type: ignore[union-attr]
    assert all(str(p.pattern).startswith(rooms) for p in rest)
    other = people.signed_in(people.trader(builders.VINTNER))
    officer = people.signed_in(people.officer("o", Role.BRANCH_HEAD))
    for one in (*general, *own):
        assert firm.get(one).status_code == 200
        assert officer.get(one).status_code == 403
        assert Client().get(one)["Location"].startswith("/sign-in/")
    assert [other.get(one).status_code for one in own] == [404] * 4
    assert held.reference not in other.get("/enterprise/").content.decode()


def test_the_home_says_what_waits_and_how_the_enterprise_stands(firm: Client, held: Line) -> None:
    page = firm.get("/enterprise/").content.decode()
    assert "1 line of yours is held and waits for you" in page
    assert held.reference in page
    assert "Class 2" in page


def test_a_trader_fills_in_what_is_missing_and_takes_goods_back(firm: Client, held: Line) -> None:
    papers = {"version": held.version, "documents": ["contract", "official_certificate"]}
    assert firm.post(address(held, "supply"), papers).status_code == 302
    held.refresh_from_db()
    assert held.rulings == 2
    reason = {"version": held.version, "reason": "sold elsewhere"}
    assert firm.post(address(held, "withdraw"), reason).status_code == 302
    held.refresh_from_db()
    assert held.state == "withdrawn"
    assert "withdrawn" in firm.get(address(held)).content.decode()


def test_suspicion_is_not_a_traders_to_read(firm: Client, held: Line) -> None:
    wish = clearance.Wish(reason="tip_off", note="a caller said so", outcome=Outcome.REFUSE)
    clearance.override(held.reference, wish, how=builders.how(by="OFC-9"))
    page = firm.get(address(held)).content.decode()
    assert "a caller said so" not in page
    assert "A report from the public" not in page
    assert "OFC-9" not in page


def test_a_trader_lodges_for_the_own_enterprise_whatever_is_sent(firm: Client) -> None:
    sent = {
        "key": "k",
        "lines": "1",
        "direction": "import",
        "declaration": "T-1",
        "enterprise": builders.VINTNER,
        "line-0-goods": "beef",
        "line-0-hs_code": "0202300090",
    }
    answer = firm.post("/enterprise/new/", sent)
    assert answer.status_code == 302
    assert Line.objects.get().declaration.enterprise_number == builders.IMPORTER
    assert firm.get(answer["Location"]).status_code == 200


def test_other_enterprises_are_not_suggested_to_traders(firm: Client) -> None:
    assert firm.get("/look-up/enterprises/?e=Company").content == b""
