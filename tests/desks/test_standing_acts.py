"""
What an enterprise may do about its own standing, in a real browser, with the officers who answer.

One grower: its licence is renewed, suspended and given back on appeal; a credit record is disputed
and withdrawn; a planned consignment is checked before it is lodged. Everything goes by its page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserType
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from tests.desks import people
from tests.desks.walking import Check, Visitor, Walk
from tests.journeys import builders

from guomen.desks.components import clock
from guomen.journeys.standing import crediting
from guomen.supervision.agencies.models import Role
from guomen.supervision.credit import operations
from guomen.supervision.credit.models import CreditRecord, Dispute
from guomen.supervision.declarations.models import Line
from guomen.supervision.licences.models import Appeal, Licence, LicenceAct, LicenceTerm
from guomen.supervision.parties.models import Enterprise

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ENDS = builders.TODAY + timedelta(days=20)


@pytest.fixture
def walk(
    live_server: LiveServer,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    axe: Check,
) -> Iterator[Walk]:
    builders.custody_in(tmp_path, settings)
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    builders.build()
    browser = browser_type.launch(**browser_type_launch_args)
    walk = Walk(browser=browser, url=live_server.url, axe=axe)
    yield walk
    walk.close()
    browser.close()
    assert not walk.complaints, "pages complained:\n" + "\n".join(walk.complaints)


def base() -> Licence:
    return Licence.objects.get(kind="base_filing")


def stands() -> str:
    terms = LicenceTerm.objects.as_of(builders.TODAY, known=builders.NOW + timedelta(days=1))
    return str(terms.get(licence=base()).state)


def test_renewal_appeal_dispute_and_check_are_walked_by_those_concerned(walk: Walk) -> None:
    LicenceTerm.objects.filter(licence=base()).update(ends=ENDS)
    grower = walk.person(people.trader(builders.GROWER), "zh-hans")
    reviewer = walk.person(people.officer("reviewer", Role.ACCESS_REVIEWER), "zh-hans")
    head = walk.person(people.officer("head", Role.BRANCH_HEAD), "en")
    a_renewal(grower, reviewer)
    an_appeal(grower, reviewer, head)
    a_dispute(grower, walk)
    a_check(grower)


def a_renewal(grower: Visitor, reviewer: Visitor) -> None:
    grower.go("/enterprise/licences/")
    grower.page.get_by_role("link", name=base().number).click()
    # An impatient hand sends once.
    asked = grower.page.get_by_role("button", name="申请延续")
    with grower.page.expect_navigation(wait_until="domcontentloaded"):
        asked.dblclick()
    grower.reads("已申请延续")
    grower.look("renewal-asked")
    assert "等待办理" not in grower.page.content()
    reviewer.go(reverse("officer:licence-move", args=[base().number, "renew"]))
    with reviewer.page.expect_navigation(wait_until="domcontentloaded"):
        reviewer.page.locator("main form [type=submit]").dblclick()
    reviewer.reads("已办理")
    assert LicenceAct.objects.filter(licence=base(), move="renew").count() == 1
    ends = LicenceTerm.objects.filter(licence=base()).current().latest("begins").ends
    assert ends is None or ends > ENDS


def an_appeal(grower: Visitor, reviewer: Visitor, head: Visitor) -> None:
    reviewer.go(reverse("officer:licence-move", args=[base().number, "suspend"]))
    reviewer.fill(reason="correction_due", note="记录不全")
    reviewer.send("main form")
    assert stands() == "suspended"
    grower.go(f"/enterprise/licences/one/{base().number}/")
    grower.page.locator("details summary", has_text="复议").click()
    grower.page.locator("details [name=text]").fill("记录已经补齐")
    grower.look("appeal-form", posted=True)
    with grower.page.expect_navigation(wait_until="domcontentloaded"):
        grower.page.locator("details [value=appeal]").click()
    grower.reads("记录已经补齐")
    head.go(reverse("officer:licence", args=[base().number]))
    head.page.locator("[name=note]").fill("The records are complete")
    head.look("appeal-to-decide", posted=True)
    with head.page.expect_navigation(wait_until="domcontentloaded"):
        head.page.get_by_role("button", name="Uphold the appeal").click()
    assert (Appeal.objects.get().state, stands()) == ("upheld", "granted")
    grower.go(f"/enterprise/licences/one/{base().number}/")
    grower.reads("The records are complete")


def a_dispute(grower: Visitor, walk: Walk) -> None:
    firm, before = Enterprise.objects.get(uscc=builders.GROWER), builders.NOW - timedelta(days=2)
    operations.open_file(firm.pk, on=builders.FOUNDED)
    day = before.date()
    new = operations.NewRecord(
        item="QLT-CLAIM", happened_on=day, counts_from=day, evidence="珠检〔2012〕9号"
    )
    record = crediting.record(firm, new, how=builders.how(before, by="OFC-9"))
    grower.go("/enterprise/credit/")
    grower.page.get_by_role("link", name=f"提出异议 {record.reference}").click()
    grower.send("main form")
    grower.reads("必填")
    grower.fill(text="货物不是我司所产")
    grower.send("main form")
    # Going back shows the form again, and it can be sent: the record is disputed already.
    grower.page.go_back(wait_until="domcontentloaded")
    grower.go("/enterprise/credit/")
    grower.reads("货物不是我司所产")
    grower.look("disputed")
    judge = walk.person(people.officer("case", Role.CASE_OFFICER), "en")
    judge.go("/desk/credit/disputes/")
    judge.page.get_by_role("link", name=f"Answer {record.reference}").click()
    judge.page.locator("[name=uphold][value=yes]").check()
    judge.fill(text="Another maker's goods")
    judge.look("dispute-answer", posted=True)
    judge.send("main form")
    assert Dispute.objects.get().state == "upheld"
    assert CreditRecord.objects.get().state == "withdrawn"
    grower.go("/enterprise/credit/")
    grower.reads("Another maker's goods")


def a_check(grower: Visitor) -> None:
    row = builders.vegetables()
    grower.go("/enterprise/new/")
    head = ("direction", "declaration", "port", "transport")
    grower.fill(**{name: row[name] for name in head if row.get(name)})
    grower.page.locator("form.paper details summary").first.click()
    for name in ("goods", "hs_code", "quantity", "unit", "units_in_lot", "value_cny", "origin",
                 "destination", "site"):  # fmt: skip
        grower.fill(**{f"line__0__{name}": str(row[name])})
    with grower.page.expect_navigation(wait_until="domcontentloaded"):
        grower.page.locator('form.paper [name="do"][value="check"]').last.click()
    grower.reads("HKM-SUPPLY-PROOF")
    assert grower.page.locator('[name="line-0-hs_code"]').input_value() == row["hs_code"]
    grower.look("checked", posted=True)
    assert not Line.objects.exists()
