"""The plan of the day at the desk: who may see and move it, the second person, what pages say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer
from tests.desks import people
from tests.desks.officer.test_browser import sign_in
from tests.journeys import builders
from tests.journeys.targeting.test_plan_of_the_day import BUILT, DAY_OF_PLAN, past

from guomen.desks.components import clock
from guomen.desks.officer.permissions import MOVES, Move
from guomen.journeys.jobs import regular, worker
from guomen.journeys.targeting import building, releasing
from guomen.supervision.agencies.models import Agency, AgencyKind, Role
from guomen.supervision.jobs.models import RegularRun
from guomen.supervision.targeting.models import DailyPlan

Check = Callable[[Page], None]
Fits = Callable[[Page, str], None]
PAGES = ("officer:plan", "officer:plan-results", "officer:plan-capacity", "officer:plan-regular")
MANY = 20


@pytest.fixture
def on_the_day(bureau: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: BUILT)


@pytest.fixture
def built(on_the_day: None) -> DailyPlan:
    for port in ("CNGBP", "CNJZU"):
        releasing.record_capacity(
            port, minutes=600, slots=5, begins=None, at=builders.NOW, by="OFF-9"
        )
    past(lines=16)
    return building.build(builders.BUREAU, day=DAY_OF_PLAN, at=BUILT, by="SYS-NIGHT")


def in_force(plan: DailyPlan) -> None:
    releasing.propose(plan.reference, at=BUILT, by="OFF-1")
    releasing.release(plan.reference, at=BUILT, by="OFF-2")


def roles_by_moves() -> dict[frozenset[Move], Role]:
    """Return one role for each distinct set of what it may do to plans."""
    of_plans = {Move.SEE_PLAN, Move.PROPOSE_PLAN, Move.RELEASE_PLAN}
    return {frozenset(MOVES[role] & of_plans): role for role in Role}


def do(client: Client, plan: DailyPlan, move: str, reason: str = "") -> int:
    address = reverse("officer:move-plan", args=[plan.reference, move])
    return client.post(address, {"reason": reason}).status_code


def test_every_role_sees_and_moves_what_the_table_says(built: DailyPlan) -> None:
    one = reverse("officer:one-plan", args=[built.reference])
    for moves, role in roles_by_moves().items():
        client = people.signed_in(people.officer(f"home.{role}", role))
        seen = {client.get(address).status_code for address in (reverse(PAGES[0]), one)}
        assert seen == {200 if Move.SEE_PLAN in moves else 403}, role
        if Move.PROPOSE_PLAN not in moves:
            assert do(client, built, "propose") == 403, role
        if Move.RELEASE_PLAN not in moves:
            assert do(client, built, "release") == do(client, built, "roll_back", "x") == 403
    trader = people.signed_in(people.trader(builders.IMPORTER))
    assert trader.get(one).status_code == do(trader, built, "propose") == 403
    assert Client().get(one)["Location"].startswith("/sign-in/")
    built.refresh_from_db()
    assert built.state == "built"


def test_two_persons_put_a_plan_into_force_and_one_takes_it_back(built: DailyPlan) -> None:
    both = people.signed_in(people.officer("both", Role.RISK_ANALYST, Role.DIRECTOR))
    assert do(both, built, "fly") == 404
    assert do(both, built, "propose") == 302
    assert "a colleague must release it" in both.get(reverse("officer:plan")).content.decode()
    assert do(both, built, "release") == 409
    built.refresh_from_db()
    assert (built.state, built.released_seq) == ("proposed", None)
    other = people.signed_in(people.officer("other", Role.APPROVER))
    assert do(other, built, "release") == 302
    assert do(other, built, "release") == 409
    assert "holds" in other.get(reverse("officer:plan")).content.decode()
    assert do(other, built, "roll_back") == 422
    assert do(other, built, "roll_back", "prices are off") == 302
    assert "prices are off" in other.get(reverse("officer:plan")).content.decode()
    built.refresh_from_db()
    assert built.state == "rolled_back"


def test_a_branch_reads_the_plan_above_it_and_does_not_move_it(built: DailyPlan) -> None:
    branch = people.signed_in(people.officer("b", Role.RISK_ANALYST, agency="ZHGB"))
    answer = branch.get(reverse("officer:plan"))
    assert built.reference in answer.content.decode()
    assert not answer.context["moves"]
    assert do(branch, built, "propose") == 403
    assert branch.get(reverse("officer:one-plan", args=["PLAN-X"])).status_code == 404


def test_the_page_tells_load_against_capacity_in_a_fixed_number_of_queries(
    built: DailyPlan, django_assert_max_num_queries: Callable[..., object]
) -> None:
    copies = [
        DailyPlan(
            **{
                f.attname: getattr(built, f.attname)
                for f in DailyPlan._meta.fields
                if f.name != "id"
            }
            | {"reference": f"PLAN-{n}", "version": n + 2}
        )
        for n in range(MANY)
    ]
    DailyPlan.objects.bulk_create(copies)
    client = people.signed_in(people.officer("r", Role.RISK_ANALYST), language="zh-hans")
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
        answer = client.get(reverse("officer:plan"))
    said = answer.content.decode()
    assert "提请发布" in said
    assert {port.port for port, _ in answer.context["ports"]} <= {"CNGBP", "CNJZU"}
    assert said.count("<progress") == 2 * len(answer.context["ports"]) > 0


def test_results_count_what_was_checked(built: DailyPlan) -> None:
    client = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    answer = client.get(reverse("officer:plan-results"))
    found = answer.context["found"]
    assert found.rate.checked > 0
    assert {way.name for way in found.ways} >= {"random", "rules_only", "csp1", "csp3"}
    said = answer.content.decode()
    assert "CSP-3" in said
    assert "16 lines were checked, none of them under a plan" in said


def test_the_officer_reads_why_a_line_was_targeted_and_its_trader_does_not(
    built: DailyPlan,
) -> None:
    in_force(built)
    later = BUILT + timedelta(hours=1)
    one = builders.lodged(builders.machines("N-1"), at=later)
    many = builders.lodged(*(builders.machines("N-6", n) for n in range(1, 7)), at=later)
    head = people.signed_in(people.officer("h", Role.BRANCH_HEAD))
    counts = []
    for lines in (one, many, one):
        address = reverse("officer:declaration", args=[lines[0].declaration.reference])
        with CaptureQueriesContext(connection) as asked:
            said = head.get(address).content.decode()
        counts.append(len(asked))
        assert said.count("chance to fail; drawn under the plan") == len(lines)
    assert counts[1] == counts[2] <= 27
    trader = people.signed_in(people.trader(many[0].declaration.enterprise_number))
    page = trader.get(reverse("enterprise:consignment", args=[many[0].declaration.reference]))
    assert page.status_code == 200
    assert "drawn under the plan" not in page.content.decode()


def test_without_plan_or_result_the_pages_teach(on_the_day: None) -> None:
    client = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    taught = [client.get(reverse(name)).content.decode() for name in PAGES]
    assert "Record what the ports can do, then build a plan" in taught[0]
    assert "Hit rates begin with the first checked lines" in taught[1]
    assert "unknown: lawful minimum rates" in taught[2]
    assert "not due: nothing to do it on" in taught[3]


def test_a_new_capacity_begins_on_its_day_and_the_old_one_stays_to_be_read(
    on_the_day: None,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    analyst = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    address = reverse("officer:plan-capacity")
    given = {"port": "CNGBP", "minutes": 960, "slots": 8, "begins": str(DAY_OF_PLAN)}
    assert analyst.post(address, given).status_code == 302
    # Somebody else at the same instant is told, and what was typed is kept.
    for begins in (str(DAY_OF_PLAN), str(DAY_OF_PLAN + timedelta(days=1))):
        twin = analyst.post(address, given | {"minutes": 777, "begins": begins})
        assert twin.status_code == 409
        assert "at the same moment" in twin.content.decode()
        assert 'value="777"' in twin.content.decode()
    later = str(DAY_OF_PLAN + timedelta(days=3))
    monkeypatch.setattr(clock, "now", lambda: BUILT + timedelta(minutes=5))
    assert analyst.post(address, given | {"minutes": 480, "begins": later}).status_code == 302
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        answer = analyst.get(address)
    port = next(one for one, _ in answer.context["ports"] if one.port == "CNGBP")
    assert port.now is not None
    assert (port.now.minutes, [row.minutes for row in port.history[:2]]) == (960, [480, 960])
    bad = analyst.post(address, given | {"minutes": -1})
    assert bad.status_code == 422
    director = people.signed_in(people.officer("d", Role.DIRECTOR))
    assert director.post(address, given).status_code == 403
    branch = people.signed_in(people.officer("b", Role.RISK_ANALYST, agency="ZHGB"))
    other = branch.post(address, given | {"port": "CNJZU"})
    assert other.status_code == 422


def test_a_plan_is_asked_for_at_the_page_and_waits_on_the_first_page(built: DailyPlan) -> None:
    Agency.objects.filter(code=builders.BUREAU).update(kind=AgencyKind.REGIONAL.value)
    analyst = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    director = people.signed_in(people.officer("d", Role.DIRECTOR))
    assert director.post(reverse("officer:plan-build")).status_code == 403
    asked = analyst.post(reverse("officer:plan-build"))
    assert worker.take_one(lambda: BUILT)
    newest = DailyPlan.objects.get(version=2)
    assert newest.reference in analyst.get(asked["Location"]).content.decode()
    waits = "A plan of the day waits for you"
    today = reverse("officer:today")
    assert waits in analyst.get(today).content.decode()
    assert waits not in director.get(today).content.decode()
    releasing.propose(newest.reference, at=BUILT, by="OFF-1")
    assert newest.reference in director.get(today).content.decode()
    assert waits not in analyst.get(today).content.decode()


def test_a_plan_that_failed_at_night_is_told_with_when_it_is_tried_again(on_the_day: None) -> None:
    Agency.objects.filter(code=builders.BUREAU).update(kind=AgencyKind.REGIONAL.value)
    releasing.record_capacity("CNGBP", minutes=600, slots=5, begins=None, at=BUILT, by="O-9")
    eve = BUILT.replace(hour=13)
    regular.ask(eve)
    while worker.take_one(lambda: eve):
        pass
    client = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    page = client.get(reverse("officer:plan")).content.decode()
    assert "could not be built" in page
    assert "Tried again" in page
    assert "Tried again" in client.get(reverse("officer:plan-regular")).content.decode()
    RegularRun.objects.update(attempts=9)
    assert "Not tried again" in client.get(reverse("officer:plan")).content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_have_no_barrier_and_fit(
    page: Page, live_server: LiveServer, axe: Check, at_both_widths: Fits, built: DailyPlan
) -> None:
    analyst = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    in_force(built)
    (line,) = builders.lodged(builders.machines("N-1"), at=BUILT)
    line_page = reverse("officer:declaration", args=[line.declaration.reference])
    for language in ("zh-hans", "en"):
        sign_in(page, live_server, analyst, language)
        for name, address in {n: reverse(n) for n in PAGES}.items() | {("line", line_page)}:
            page.goto(live_server.url + address)
            at_both_widths(page, f"{name.replace(':', '-')}-{language}")
            axe(page)
