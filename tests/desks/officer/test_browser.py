"""The desks in a real browser: one way through the pages by keyboard; no barrier at any width."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from tests.desks import people
from tests.journeys import builders

from guomen.desks.components import clock
from guomen.supervision.agencies.models import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Check = Callable[[Page], None]
Fits = Callable[[Page, str], None]


@pytest.fixture
def bureau(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.custody_in(tmp_path, settings)
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    builders.build()


def sign_in(page: Page, server: LiveServer, client: object, language: str) -> None:
    session = client.cookies["sessionid"].value  # type: ignore[attr-defined]
    for name, value in (("sessionid", session), ("django_language", language)):
        page.context.add_cookies([{"name": name, "value": value, "url": server.url}])


@pytest.mark.usefixtures("bureau")
def test_the_desks_have_no_barrier_and_are_walked_by_keyboard(
    page: Page, live_server: LiveServer, axe: Check, at_both_widths: Fits
) -> None:
    (held,) = builders.lodged(builders.meat(documents=None, goods="冻去骨牛肉" * 12))
    builders.lodged(builders.vegetables("A-2"), builders.vegetables("A-2", 2, lot="LOT-22"))
    sign_in(page, live_server, people.signed_in(people.officer("h", Role.BRANCH_HEAD)), "zh-hans")

    def look(name: str, address: str = "") -> None:
        if address:
            page.goto(live_server.url + address)
        at_both_widths(page, name)
        axe(page)

    one = f"/desk/declarations/{held.declaration.reference}/"
    look("today", "/desk/")
    look("declaration-of-two", "/desk/declarations/?q=A-2")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/declarations/DEC-**")
    look("declaration")
    look("declaration-held", one)
    for move in ("supply", "amend", "settle"):
        look(f"act-{move}", f"{one}lines/1/{move}/")
    look("lodge", "/desk/declarations/new/")
    page.get_by_label("货物", exact=True).fill("玩具")
    page.get_by_role("button", name="加一批货物").click()
    page.locator("#id_line-1-goods").wait_for()
    assert page.locator("#id_line-0-goods").input_value() == "玩具"
    look("file", "/desk/declarations/file/")
    sign_in(page, live_server, people.signed_in(people.trader(builders.IMPORTER)), "en")
    look("enterprise-home", "/enterprise/")
    look("enterprise-one", f"/enterprise/consignments/{held.declaration.reference}/")
    look("enterprise-lodge", "/enterprise/new/")
