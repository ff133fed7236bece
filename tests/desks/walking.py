"""
People of a walk: each in a browser window of their own, signed in on the page as they would be.

What a person does goes through the page; a test reads the database only to know what came of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from tests.desks import people

from guomen.supervision.agencies.models import Officer
from guomen.supervision.parties.models import Representative

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "var" / "screenshots"
PASSWORD = "a walk through the house"
PHONE, DESK = 390, 1440
WIDTHS = {PHONE: 844, DESK: 900}
# With it every page is also shown in the other language, and pictures of all four forms are kept.
FORMS = bool(os.environ.get("GUOMEN_PICTURES"))
# A machine that does much beside is slow, not wrong.
PATIENCE = 30_000

Check = Callable[[Page], None]


@dataclass
class Walk:
    """The house that is walked through, and what was looked at on the way."""

    browser: Browser
    url: str
    axe: Check
    looked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    opened: list[BrowserContext] = field(default_factory=list)

    def visitor(self, language: str, *, url: str = "", width: int = 1440) -> Visitor:
        """Return somebody who has not signed in."""
        context = self.browser.new_context(
            locale="zh-CN" if language == "zh-hans" else "en-US",
            viewport={"width": width, "height": WIDTHS[width]},
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            ignore_https_errors=True,
        )
        self.opened.append(context)
        door = url or self.url
        context.add_cookies([{"name": "django_language", "value": language, "url": door}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return Visitor(walk=self, page=page, url=door, language=language, width=width)

    def person(
        self, who: Officer | Representative, language: str, *, url: str = "", width: int = 1440
    ) -> Visitor:
        """Return a person who is signed in; the first of all does so on the page."""
        one = self.visitor(language, url=url, width=width)
        if len(self.opened) == 1:
            one.sign_in(who)
            return one
        session = people.signed_in(who).cookies["sessionid"].value
        one.page.context.add_cookies([{"name": "sessionid", "value": session, "url": one.url}])
        return one

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def close(self) -> None:
        """Close every window."""
        for context in self.opened:
            context.close()


@dataclass
class Visitor:
    """One person at one window."""

    walk: Walk
    page: Page
    url: str
    language: str
    width: int

    def sign_in(self, who: Officer | Representative) -> None:
        """Sign in on the page."""
        who.user.set_password(PASSWORD)
        who.user.save()
        self.go("/sign-in/")
        self.page.locator("[name=username]").fill(who.user.get_username())
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator("[name=password]").press("Enter")
        self.page.wait_for_url(re.compile(r"/(desk|enterprise)/"))

    def speaking(self, language: str) -> Visitor:
        """Choose the language of the pages that follow."""
        if language != self.language:
            self.language = language
            self._cookie(language)
        return self

    def _cookie(self, language: str) -> None:
        cookie: Any = {"name": "django_language", "value": language, "url": self.url}
        self.page.context.add_cookies([cookie])

    def go(self, address: str) -> None:
        """Open an address of the house."""
        answer = self.page.goto(self.url + address, wait_until="domcontentloaded")
        assert answer is not None
        assert answer.ok, f"{address}: {answer.status}"

    def send(self, form: str) -> None:
        """Hand a form in by its own button."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.locator(form).first.locator("[type=submit]").last.click()

    def fill(self, **fields: str) -> None:
        """Fill in fields by their names; two underscores stand for a hyphen."""
        for name, value in fields.items():
            place = self.page.locator(f'[name="{name.replace("__", "-")}"]').first
            if place.evaluate("e => e.tagName") == "SELECT":
                place.select_option(value)
            else:
                place.fill(value)

    def reads(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page says so."""
        expect(self.page.locator("main")).to_contain_text(text, timeout=PATIENCE)

    def look(self, name: str, *, posted: bool = False) -> None:
        """
        Look at the page on a phone and at a desk: it fits, and nobody meets a barrier.

        Axe looks at a phone's page on the phone, at a desk's in one of the two widths by turns: it
        takes longer than all the rest. GUOMEN_PICTURES lets it look at both.

        :param posted: the page answers a form, and is not there any more when it is loaded anew
        """
        self._look(name, self.language)
        if FORMS and not posted:
            other = "en" if self.language == "zh-hans" else "zh-hans"
            self._in(other)
            self._look(name, other)
            self._in(self.language)
        self.walk.looked.append(name)

    def _look(self, name: str, language: str) -> None:
        turn = 0 if self.width == PHONE else len(self.walk.looked) % len(WIDTHS)
        for at, (width, height) in enumerate(WIDTHS.items()):
            self.page.set_viewport_size({"width": width, "height": height})
            if FORMS:
                PICTURES.mkdir(parents=True, exist_ok=True)
                file = PICTURES / f"walk-{name}-{language[:2]}-{width}.png"
                self.page.screenshot(path=file, full_page=True)
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{self.page.url} is {wide} px wide on a screen of {width} px"
            if FORMS or at == turn:
                self.walk.axe(self.page)
        self.page.set_viewport_size({"width": self.width, "height": WIDTHS[self.width]})

    def _in(self, language: str) -> None:
        self._cookie(language)
        self.page.reload(wait_until="domcontentloaded")
