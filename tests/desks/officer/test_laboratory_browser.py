"""The laboratory in a real browser: sampler, receipt, entry by paste, approval; no barrier."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from tests.desks import people
from tests.desks.officer.test_browser import sign_in
from tests.journeys import builders
from tests.journeys.laboratory import bench

from guomen.desks.components import clock
from guomen.supervision.agencies.models import Role
from guomen.supervision.samples.models import Run, Sample

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Check = Callable[[Page], None]
Fits = Callable[[Page, str], None]

PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def bureau(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.custody_in(tmp_path, settings)
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    builders.build()
    bench.found()


@pytest.mark.usefixtures("bureau")
def test_from_the_lot_to_the_verdict(  # noqa: PLR0915 - one way, told in order
    page: Page, live_server: LiveServer, axe: Check, at_both_widths: Fits
) -> None:
    builders.lodged(builders.vegetables())
    sampler = people.signed_in(people.officer("s", Role.SAMPLER, agency="ZHGB"))
    analyst = people.signed_in(people.officer("a", Role.ANALYST, agency=bench.LAB))
    approver = people.signed_in(people.officer("p", Role.APPROVER, agency=bench.LAB))

    def look(name: str) -> None:
        at_both_widths(page, f"laboratory-{name}")
        axe(page)
        page.set_viewport_size({"width": 1440, "height": 900})

    sign_in(page, live_server, sampler, "zh-hans")
    page.goto(live_server.url + "/desk/samples/")
    look("due")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_label("封识号").fill("CIQ-8801")
    look("take")
    page.get_by_role("button", name="抽签定单元并抽样").click()
    page.get_by_role("link", name="交接").click()
    page.get_by_label("交给").fill("冷链车 粤C-10086")
    page.get_by_role("button", name="交接").click()
    sample = Sample.objects.get(portion="test")
    page.get_by_text("冷链车 粤C-10086", exact=True).wait_for()

    sign_in(page, live_server, analyst, "zh-hans")
    page.goto(live_server.url + "/desk/bench/")
    page.get_by_role("link", name=sample.reference).click()
    page.get_by_label("封识号").fill("CIQ-8801")
    look("receive")
    page.get_by_role("button", name="收样或拒收").click()
    page.goto(live_server.url + "/desk/bench/?state=ordered&method=LAB-LEAD")
    look("bench")
    page.get_by_role("button", name="用所选项目开一个检测批").click()
    run = Run.objects.get()
    values = [f"{value:.4f}" for value in bench.in_control(run).values()]
    page.locator("[data-cell]").first.focus()
    page.evaluate(PASTE, "\n".join([*values, "0.9"]))
    assert page.locator("[data-cell]").last.input_value() == "0.9"
    look("run")
    page.get_by_role("button", name="保存并判断质控").click()
    page.get_by_text("已保存。质控在控。").wait_for()
    page.goto(f"{live_server.url}/desk/bench/runs/{run.reference}/import/")
    look("import")

    sign_in(page, live_server, approver, "en")
    page.goto(live_server.url + "/desk/bench/approvals/")
    look("approvals")
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Approve the chosen results").click()
    page.get_by_text("of which 1 do not conform").wait_for()
    page.goto(f"{live_server.url}/desk/samples/{sample.reference}/")
    look("sample")
    page.goto(live_server.url + "/desk/bench/controls/")
    page.locator("#control-chart canvas").wait_for()
    look("controls")
