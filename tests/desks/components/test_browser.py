"""The shared parts in a real browser: no barrier, no overflow, everything by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("demo_mode"),
]
Check = Callable[[Page], None]
Fits = Callable[[Page, str], None]
ADDRESSES = {
    "home": "/",
    "fair-draw": "/fair-draw/",
    "styleguide": "/styleguide/",
    "in": "/sign-in/",
}


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "light"), ("en", "dark")])
@pytest.mark.parametrize("name", ADDRESSES)
def test_pages_have_no_barrier_and_fit(
    page: Page,
    live_server: LiveServer,
    axe: Check,
    at_both_widths: Fits,
    name: str,
    language: str,
    scheme: str,
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    page.goto(live_server.url + ADDRESSES[name])
    axe(page)
    at_both_widths(page, f"{name}-{language}-{scheme}")
    axe(page)


def test_the_keys_walk_a_list_and_show_themselves(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/styleguide/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert "DEC-2012-000123-7" in page.locator("[data-row]:focus").inner_text()
    page.keyboard.press("Enter")
    assert page.url.endswith("#row")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_a_gate_opens_by_keyboard_and_without_scripts(
    browser: object, live_server: LiveServer
) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{live_server.url}/styleguide/")
    gate = page.locator("details.gate").nth(2)
    assert gate.get_attribute("open") is None
    gate.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert gate.get_attribute("open") is not None
    assert gate.locator(".gate-body").is_visible()
    assert page.locator("details.gate").first.get_attribute("open") is None
    context.close()


def test_the_whole_gate_line_is_printed(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/styleguide/")
    page.emulate_media(media="print")
    bodies = page.locator("details.gate .gate-body")
    assert all(bodies.nth(at).is_visible() for at in range(bodies.count()))
    assert not page.locator(".top").is_visible()
