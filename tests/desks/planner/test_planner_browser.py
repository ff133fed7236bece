"""The pages fit a phone and a desk, have no barrier, and work by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

PAGES = {
    "planner": "/sampling/",
    "planner-series": "/sampling/?lot=1200&goods=6109100000&history=normal&unit_cost=3",
    "planner-infeasible": "/sampling/?lot=40&hazard=nematodes&sensitivity=90",
    "planner-sheet": "/sampling/sheet/?lot=4800&hazard=fruit_fly&seed=a",
    "verdict": "/verdict/",
    "verdict-guard": "/verdict/?value=2.4&unit=mg/kg&uncertainty=0.3&coverage=2&rule=guard_band"
    "&taken=2012-05-20",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_and_have_no_barrier(
    page: Page,
    live_server: LiveServer,
    axe: Callable[[Page], None],
    at_both_widths: Callable[[Page, str], None],
    name: str,
) -> None:
    page.goto(live_server.url + PAGES[name])
    axe(page)
    at_both_widths(page, name)


@pytest.mark.django_db(transaction=True)
def test_a_plan_is_asked_for_by_keyboard_alone(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/sampling/")
    page.get_by_label("批量").focus()
    page.keyboard.type("1200")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sampling/?lot=1200*")
    assert "1,200" in page.locator("h1").inner_text()
