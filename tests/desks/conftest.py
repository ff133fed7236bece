"""
The browser of the tests: a real Chromium, axe for accessibility, and pictures of pages.

A test that takes ``page`` fails when the page writes an error to the console, throws, or meets the
content security policy, whatever else it looks at.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
PHONE, DESK = 390, 1440
HEIGHTS = {PHONE: 844, DESK: 900}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
# WCAG 2.2 A and AA, and what axe itself holds for good practice.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Playwright's own loop runs in the thread of the test; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def base_url() -> None:
    """Have no fixed address: each test asks its own live server (the plugin's fixture warns)."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive the system's browser where there is one, else that of Playwright."""
    found = os.environ.get("GUOMEN_BROWSER") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    system = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **system, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Look at pages as an officer in Zhuhai does."""
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": settings.TIME_ZONE,
        "viewport": {"width": DESK, "height": HEIGHTS[DESK]},
        "reduced_motion": "reduce",
    }


@pytest.fixture
def page(page: Page) -> Generator[Page]:
    """Return a page that must stay free of errors; refused requests are the test's own matter."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    assert not complaints, "the page complained:\n" + "\n".join(complaints)


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """Return a check that a page, or a part of it, has no barrier that axe knows of."""
    source = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def has_no_barrier(page: Page, part: str = "") -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        # Only what is wrong comes back: the rest is far more to carry than to find.
        found = page.evaluate(
            "async ([tags, part]) => (await axe.run(part || document, "
            "{runOnly: tags, resultTypes: ['violations']})).violations",
            [AXE_TAGS, part],
        )
        lines = [
            f"{barrier['id']} ({barrier['impact']}): {barrier['help']}\n    {node['html']}"
            for barrier in found
            for node in barrier["nodes"]
        ]
        assert not lines, f"{page.url} has barriers:\n" + "\n".join(lines)

    return has_no_barrier


@pytest.fixture
def at_both_widths() -> Callable[[Page, str], None]:
    """
    Return a check that a page fits a phone and a desk; it leaves a picture of each.

    Pictures lie in ``var/screenshots/NAME-WIDTH.png``, for people to look at.
    """
    folder = ROOT / "var" / "screenshots"

    def fits(page: Page, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
            content = page.evaluate("document.documentElement.scrollWidth")
            assert content <= width, f"{page.url} is {content} px wide on a screen of {width} px"

    return fits
