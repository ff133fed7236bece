"""
Work on a phone that loses its network, over https: nothing that was noted is lost or doubled.

Faults: no network at all, a request cut in its middle, an answer lost on its way, a tab that is
killed, a clock that is two days wrong, and one order open on two phones.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from PIL import Image
from playwright.sync_api import BrowserContext, BrowserType, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from tests.desks import people
from tests.desks.officer.cut_proxy import CutProxy, cut_proxy
from tests.journeys import builders, inspection_orders

from guomen.desks.components import clock
from guomen.supervision.agencies.models import Officer, Role
from guomen.supervision.inspections.models import Conflict, Finding, Photo, Visit, WorkOrder

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Where the answers of a phone were counted before they reached the server.
COUNT = """async () => {
  const base = await new Promise((done) => {
    const asked = indexedDB.open("guomen-inspection", 1);
    asked.onsuccess = () => done(asked.result);
  });
  const rows = await new Promise((done) => {
    const asked = base.transaction("records").objectStore("records").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  base.close();
  return rows.length;
}"""


@pytest.fixture
def order(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> WorkOrder:
    builders.custody_in(tmp_path, settings)
    settings.GUOMEN_VAR = tmp_path / "var"
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    builders.build()
    own = people.officer("inspector", Role.INSPECTOR)
    made = inspection_orders.given(builders.meat(goods="冻去骨牛肉"), to=own.key)
    WorkOrder.objects.update(due_on=builders.NOW.date())
    return made


@pytest.fixture
def door(order: WorkOrder, live_server: LiveServer, tmp_path: Path) -> Iterator[CutProxy]:
    target = urlsplit(live_server.url)
    with cut_proxy(tmp_path / "tls", (str(target.hostname), int(target.port or 0))) as proxy:
        yield proxy


Phone = Callable[[str], tuple[BrowserContext, Page]]


@pytest.fixture
def phone(
    door: CutProxy,
    tmp_path: Path,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> Iterator[Phone]:
    """Return a maker of phones; the same name is the same phone, switched on again."""
    opened: list[BrowserContext] = []

    def make(name: str) -> tuple[BrowserContext, Page]:
        # A worker runs only under a certificate that the browser takes: here it takes any.
        arguments = [*browser_type_launch_args["args"], "--ignore-certificate-errors"]
        context = browser_type.launch_persistent_context(
            tmp_path / name,
            args=arguments,
            executable_path=browser_type_launch_args.get("executable_path"),
            viewport={"width": 390, "height": 844},
            locale="en-US",
            ignore_https_errors=True,
        )
        opened.append(context)
        client = people.signed_in(Officer.objects.get(user__username="inspector"))
        session = client.cookies["sessionid"].value
        context.add_cookies(
            [
                {"name": "sessionid", "value": session, "url": door.url},
                {"name": "django_language", "value": "en", "url": door.url},
            ]
        )
        page = context.pages[0]
        page.set_default_timeout(30_000)
        return context, page

    yield make
    for context in opened:
        context.close()


def open_order(page: Page, door: CutProxy, order: WorkOrder) -> None:
    page.goto(f"{door.url}/desk/my-day/")
    expect(page.locator("html")).to_have_attribute("data-kept", "yes", timeout=30_000)
    page.get_by_text(order.reference).click()
    page.wait_for_url("**/desk/my-day/WO-**")
    expect(page.locator("html")).to_have_attribute("data-kept", "yes", timeout=30_000)


def pick(page: Page, item: str, answer: str) -> None:
    page.locator(f'[data-item="{item}"] input[value="{answer}"]').dispatch_event("click")


def told(page: Page, text: str) -> None:
    expect(page.locator("#phone-state")).to_contain_text(text, timeout=30_000)


SAVED, WAITING = "Everything is stored at the bureau", "wait for the network"


def answers(order: WorkOrder) -> dict[str, str]:
    connection.close_if_unusable_or_obsolete()
    return inspection_orders.standing(order)


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((900, 700), 60).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def test_nothing_is_lost_whatever_happens_to_the_network_and_the_tab(
    order: WorkOrder, door: CutProxy, phone: Phone
) -> None:
    context, page = phone("one")
    open_order(page, door, order)
    told(page, SAVED)
    assert Visit.objects.count() == 1

    # -- no network: the page opens again from the phone, answers and a photo stay on it ----------
    door.shut = True
    context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_contain_text("Boneless beef, frozen")
    for item, answer in (("D-GENUINE", "conform"), ("D-AGREE", "conform"), ("I-GOODS", "fail")):
        pick(page, item, answer)
    pick(page, "I-GOODS", "conform")
    page.locator('[data-item="P-CONDITION"] [data-photo]').set_input_files(
        {"name": "carton.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    told(page, "5 records are on this phone and wait")
    assert answers(order) == {}

    # -- the tab is killed; the phone is switched on again, still without a network ---------------
    page.close(run_before_unload=False)
    context.close()
    context, page = phone("one")
    context.set_offline(True)
    page.goto(f"{door.url}/desk/my-day/{order.reference}/")
    # Opening the order again is a second visit to the goods.
    told(page, "6 records are on this phone and wait")
    expect(page.locator('[data-item="I-GOODS"] input[value="conform"]')).to_be_checked()

    network_comes_back_badly(door, context, page)
    assert answers(order) == {"D-GENUINE": "conform", "D-AGREE": "conform", "I-GOODS": "conform"}
    # Four answers were noted, each is kept once; the photo too.
    assert Finding.objects.filter(order=order).count() == 4
    assert Photo.objects.count() == 1
    assert page.evaluate(COUNT) == 0

    no_photo_is_refused_when_the_network_is_back(context, page)


def no_photo_is_refused_when_the_network_is_back(context: BrowserContext, page: Page) -> None:
    """It is said why, where it was noted; it stays until it is taken off the phone."""
    context.set_offline(True)
    page.locator('[data-item="P-CONDITION"] [data-photo]').set_input_files(
        {"name": "carton.jpg", "mimeType": "image/jpeg", "buffer": b"these are words"}
    )
    told(page, "1 records are on this phone and wait")
    context.set_offline(False)
    told(page, "Refused, still on this phone: 1")
    says = "This is no JPEG, PNG or WebP picture. Send a photo."
    expect(page.locator("#phone-refused")).to_contain_text(says)
    expect(page.locator('[data-item="P-CONDITION"] [data-state]')).to_have_text(says)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove from this phone").click()
    told(page, SAVED)
    assert page.evaluate(COUNT) == 0


def network_comes_back_badly(door: CutProxy, context: BrowserContext, page: Page) -> None:
    """The photo is cut in its middle, and one answer is lost on its way."""
    lost: list[bytes] = []

    def in_the_middle(head: bytes) -> int | None:
        return 40_000 if b"/photos/ HTTP" in head and door.cuts == 0 else None

    def answer_lost(head: bytes) -> int | None:
        if b"/sync/ HTTP" in head and not lost:
            lost.append(head)
            return 0
        return None

    door.cut, door.swallow = in_the_middle, answer_lost
    door.shut = False
    context.set_offline(False)
    for _ in range(4):
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(400)
    told(page, SAVED)
    assert door.cuts == 2


def test_two_phones_with_wrong_clocks_are_shown_to_a_person_and_the_order_is_completed(
    order: WorkOrder, door: CutProxy, phone: Phone
) -> None:
    one, first = phone("one")
    two, second = phone("two")
    # The clock of the second phone is two days ahead.
    two.add_init_script(
        "const real = Date, off = 172800000;"
        "Date = class extends real { constructor(...a) { if (a.length) super(...a);"
        " else super(real.now() + off); } static now() { return real.now() + off; } };"
    )
    for page in (first, second):
        open_order(page, door, order)
        told(page, SAVED)
    for context in (one, two):
        context.set_offline(True)
    pick(first, "I-MARKS", "conform")
    pick(second, "I-MARKS", "fail")
    told(first, WAITING)
    told(second, WAITING)
    one.set_offline(False)
    told(first, SAVED)
    two.set_offline(False)
    told(second, "Two answers differ")
    assert answers(order) == {"I-MARKS": "conform"}
    assert Finding.objects.filter(item="I-MARKS").count() == 2
    assert Conflict.objects.count() == 1
    assert not Finding.objects.filter(noted_at__gt=builders.NOW).exists()

    choose_and_complete(order, two, second)


def choose_and_complete(order: WorkOrder, two: BrowserContext, second: Page) -> None:
    """A person chooses, answers the rest, and completes without a network."""
    second.reload()
    second.locator('.conflict input[type="radio"]').nth(1).check()
    second.get_by_role("button", name="Let this one stand").click()
    expect(second.get_by_text("Your choice stands")).to_be_visible(timeout=30_000)
    assert answers(order) == {"I-MARKS": "fail"}
    for code, answer in inspection_orders.in_order(order).items():
        if code != "I-MARKS" and str(answer) != "conform":
            second.locator(f'[name="value-{code}"]').fill(str(answer))
            second.locator(f'[name="value-{code}"]').blur()
        else:
            pick(second, code, "conform")
    two.set_offline(True)
    second.get_by_role("button", name="Sign and complete").click()
    told(second, WAITING)
    assert WorkOrder.objects.get(pk=order.pk).state == "underway"
    two.set_offline(False)
    expect(second.locator(".badge-large")).to_be_visible(timeout=30_000)
    done = WorkOrder.objects.get(pk=order.pk)
    assert done.state == "completed"
    assert done.examinations.count() == 1
