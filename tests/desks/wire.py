"""
A browser without a network: a page is what the application answers, its files those of the house.

The pages are those of a real browser, the answers those of the real application; what is left out
is the socket, so that a set-up may live in the test's own transaction.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route

# A name that browsers trust without a certificate.
HOST = "http://localhost"


class Wire:
    """The way from a page to the application: as one person, in one language."""

    def __init__(self, page: Page) -> None:
        """Answer every request of a page."""
        self.page = page
        self.client = Client()
        self.answer: Any = None
        page.route("**/*", self._fulfil)

    def become(self, client: Client, language: str) -> None:
        """Be another person from now on, reading a language."""
        self.client = client
        self.client.cookies["django_language"] = language

    def open(self, address: str) -> int:
        """Open a page; return the status of the answer."""
        # Asked for here: a route is answered elsewhere, where no transaction of a test reaches.
        self.answer = self.client.get(address)
        self.page.goto(HOST + address)
        return int(self.answer.status_code)

    def _fulfil(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            route.fulfill(path=str(finders.find(path.removeprefix("/static/"))))
        elif route.request.is_navigation_request():
            sent = self.answer
            headers = dict(sent.items())
            route.fulfill(status=sent.status_code, headers=headers, body=sent.content)
        else:
            route.fulfill(status=404)
