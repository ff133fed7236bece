"""
A browser without a network: what the application answered is shown, with the files of the house.

The browser is a real one, the answers those of the real application; what is left out is the
socket, so that a set-up may live in the test's own transaction. The browser runs in a thread of its
own: its event loop in the thread of the tests would part them from their database connection.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route, sync_playwright

# A name that browsers trust without a certificate.
HOST = "http://localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A page as the application answered it."""

    address: str
    status: int
    headers: dict[str, str]
    body: bytes


def ask(client: Client, address: str, language: str) -> Answer:
    """Ask the application for a page, as a person who reads a language."""
    client.cookies["django_language"] = language
    sent: Any = client.get(address)
    return Answer(
        address=address, status=sent.status_code, headers=dict(sent.items()), body=sent.content
    )


class Wire:
    """The way to a page: what is shown, and what it complained of."""

    def __init__(self, page: Page) -> None:
        """Answer every request of a page."""
        self.page = page
        self.answer: Answer | None = None
        self.complaints: list[str] = []
        page.route("**/*", self._fulfil)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def show(self, answer: Answer) -> None:
        """Show a page."""
        self.answer = answer
        self.page.goto(HOST + answer.address)

    def _fulfil(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            route.fulfill(path=str(finders.find(path.removeprefix("/static/"))))
        elif route.request.is_navigation_request() and self.answer is not None:
            sent = self.answer
            route.fulfill(status=sent.status, headers=sent.headers, body=sent.body)
        else:
            route.fulfill(status=404)


def in_a_browser(launch: dict[str, Any], look: Callable[[Wire], None]) -> None:
    """Look at pages in a browser of one's own, in a thread of its own."""

    def looked() -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch)
            wire = Wire(browser.new_page(locale="zh-CN", reduced_motion="reduce"))
            look(wire)
            browser.close()
            assert not wire.complaints, "the pages complained:\n" + "\n".join(wire.complaints)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(looked).result()
