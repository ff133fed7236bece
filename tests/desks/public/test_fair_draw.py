"""What the browser calculates on the fair-draw page is what the core draws."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from guomen.core import draw
from guomen.desks.components import clock
from guomen.supervision.ledger import custody, queries

OFFICE = custody.Office(agency="ZHCIQ")
LINE = "DEC-2012-000123-7/1"


def revealed() -> queries.PublishedKey:
    """Commit keys around today and reveal that of yesterday."""
    now = clock.now()
    day = OFFICE.day_of(now) - timedelta(days=1)
    use = custody.Use(at=now, who="test", purpose="test")
    with transaction.atomic():
        custody.commit_days(day, day + timedelta(days=1), OFFICE, use=use, demonstration=True)
        custody.reveal(day, OFFICE, use=use)
    published = queries.draw_key(day, OFFICE.agency)
    assert published is not None
    return published


def address(published: queries.PublishedKey, **more: object) -> str:
    asked = {"day": published.day, "agency": published.agency, "root": LINE, "counter": 0}
    return f"/fair-draw/?{urlencode(asked | more)}"


def true_u(published: queries.PublishedKey) -> int:
    assert published.key is not None
    anchor = queries.previous_anchor(published.day)
    basis = draw.Basis(agency=published.agency, previous_anchor=anchor)
    return draw.draw_one(bytes.fromhex(published.key), draw.message(basis, LINE))


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_mode")
def test_keys_are_listed_with_the_sealed_ones_sealed(client: Client) -> None:
    published = revealed()
    page = client.get("/fair-draw/").content.decode()
    sealed = queries.draw_key(published.day + timedelta(days=1), OFFICE.agency)
    assert sealed is not None
    assert sealed.key is None
    assert published.key is not None
    assert published.key in page
    assert sealed.commitment in page


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["", "2012-13-45", "<script>", "0000-00-00"])
def test_a_wrong_day_in_the_address_is_harmless(client: Client, day: str) -> None:
    answer = client.get("/fair-draw/", {"day": day, "agency": "ZHCIQ", "root": LINE})
    assert answer.status_code == 200
    assert b"<script>" not in answer.content.replace(b"<script src", b"").replace(
        b'<script type="module"', b""
    )


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demo_mode")
@pytest.mark.parametrize("beside", [-1, 1])
def test_the_browser_agrees_with_the_core(page: Page, live_server: LiveServer, beside: int) -> None:
    published = revealed()
    u = true_u(published)
    # The chance nearest to the number on either side of it, in parts per million.
    chance = u * 1_000_000 // 2**52 + (1 if beside > 0 else 0)
    page.goto(live_server.url + address(published, chance=chance))
    result = page.locator("[data-result]")
    result.wait_for()
    assert f"{u} / 2^52" in result.inner_text()
    assert result.locator(".tone-jade").count() == 1
    chosen = bool(draw.selected(u, chance))
    assert chosen == (beside > 0)
    assert result.locator(".tone-teal").count() == int(chosen)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demo_mode")
def test_an_exchanged_key_is_noticed(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + address(revealed()))
    page.fill("[name=key]", "0" * 64)
    page.click("[data-verify] [type=submit]")
    assert page.locator("[data-result] .tone-seal").count() == 1


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_wrong_entry_is_named_and_focused(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/fair-draw/")
    page.click("[data-verify] [type=submit]")
    page.locator("[data-result] .tone-seal").wait_for()
    assert page.locator("[name=day]").evaluate("field => field === document.activeElement")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_a_secure_context_the_page_says_so(page: Page, live_server: LiveServer) -> None:
    page.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', {value: false})")
    page.goto(f"{live_server.url}/fair-draw/")
    page.locator("[data-insecure]").wait_for()
    assert page.locator("[data-verify] [type=submit]").is_disabled()
